//! Names that the observatory gives to its records.
//!
//! All are UUIDs of version 7 (RFC 9562 §5.7): made by us and not by the database, so that the same
//! SQL serves both databases, and sorted by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{ContextV7, Uuid};

use crate::clock::Timestamp;

/// The text is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID, such as 01939c5e-7b1a-7c3e-8d55-2f9f0c4b6a10")]
pub struct InvalidId;

fn version_7(at: Timestamp) -> Uuid {
    let millis = at.millis().max(0).unsigned_abs();
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let nanos = u32::try_from(rest * 1_000_000).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(ContextV7::new(), seconds, nanos))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: its first 48 bits are `at` in milliseconds, the rest is random.
            pub fn new(at: Timestamp) -> Self {
                Self(version_7(at))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Reads the hyphenated form of 36 characters, and no other: one record, one address.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let id = Uuid::try_parse(text).or(Err(InvalidId))?;
                if id.as_hyphenated().to_string() == text { Ok(Self(id)) } else { Err(InvalidId) }
            }
        }
    )*};
}

ids! {
    /// The id of what an editor said of a story.
    HandId;
    /// The id of a rule.
    RuleId;
    /// A decision about a trend.
    DecisionId;
    /// What one rater says of a trend.
    RatingId;
    /// The id of an entry.
    EntryId;
    /// The id of a source.
    SourceId;
    /// The id of a job.
    JobId;
    /// The id of an alert.
    AlertId;
    /// The id of a mail.
    MailId;
    /// The id of a person.
    PersonId;
    /// The id of a session: by it its owner ends it; the word in the cookie is another one.
    SessionId;
    /// The id of a submission.
    SubmissionId;
    /// The id of a review.
    ReviewId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_time_and_are_read_back() {
        let first = EntryId::new("2026-01-01".parse().unwrap());
        let second = EntryId::new("2026-01-02".parse().unwrap());
        assert!(first < second && first.to_string() < second.to_string());
        assert_eq!(first.to_string().parse(), Ok(first));
        assert_eq!(first.to_string().to_uppercase().parse::<EntryId>(), Err(InvalidId));
        assert_eq!("1".parse::<EntryId>(), Err(InvalidId));
    }
}
