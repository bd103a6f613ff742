//! A review: who was asked, by which link, and what they say.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{ReviewId, SubmissionId};
use crate::language::Language;
use crate::mail::MailAddress;
use crate::submission::Verdict;

/// Days a reviewer has when an editor names no others.
pub const DAYS_TO_REVIEW: i64 = 21;

/// Most reviewers of one piece at a time.
pub const MOST_REVIEWERS: usize = 6;

/// Longest remarks of a reviewer, in bytes.
pub const MAX_REMARKS_BYTES: usize = 64 * 1024;

/// Who knows whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blinding {
    /// The authors do not learn who reviews.
    Single,
    /// The reviewers do not learn who wrote it either.
    #[default]
    Double,
}

/// The text names no blinding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a review is single or double anonymous")]
pub struct InvalidBlinding;

impl Blinding {
    /// Both, the usual one first.
    pub const ALL: [Self; 2] = [Self::Double, Self::Single];

    /// The word in forms, in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Double => "double",
        }
    }
}

impl FromStr for Blinding {
    type Err = InvalidBlinding;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|blinding| blinding.code() == text).ok_or(InvalidBlinding)
    }
}

/// How far a review has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The reviewer was asked and has not said anything.
    Asked,
    /// The reviewer will do it.
    Accepted,
    /// The reviewer will not do it.
    Declined,
    /// The review was sent.
    Done,
    /// An editor took the request back.
    Revoked,
}

/// The text names no such answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a review is asked, accepted, declined, done or revoked")]
pub struct InvalidAnswer;

impl Answer {
    /// All.
    pub const ALL: [Self; 5] =
        [Self::Asked, Self::Accepted, Self::Declined, Self::Done, Self::Revoked];

    /// The word in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Done => "done",
            Self::Revoked => "revoked",
        }
    }

    /// Whether something is still expected of the reviewer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Accepted)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Answer {
    type Err = InvalidAnswer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|answer| answer.code() == text).ok_or(InvalidAnswer)
    }
}

/// What a reviewer says: kept as it is typed, sent when it is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarks {
    /// A mark of 1–5 for each criterion of the kind, by its word.
    pub marks: Vec<(String, u8)>,
    /// For the authors.
    pub to_authors: String,
    /// For the editors alone.
    pub to_editors: String,
    /// What the reviewer would do.
    pub verdict: Option<Verdict>,
}

/// A review that somebody was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// Of which submission.
    pub submission: SubmissionId,
    /// Of which sending of it.
    pub round: u32,
    /// Who was asked.
    pub name: String,
    /// Where the reviewer is written to.
    pub mail: MailAddress,
    /// The language in which the reviewer is written to.
    pub language: Language,
    /// Who knows whom.
    pub blinding: Blinding,
    /// How far it has come.
    pub answer: Answer,
    /// When the reviewer was asked.
    pub asked: Timestamp,
    /// Until when it is wanted.
    pub due: Timestamp,
    /// When it was sent.
    pub done: Option<Timestamp>,
    /// What the reviewer says, as far as it was typed.
    pub remarks: Remarks,
}
