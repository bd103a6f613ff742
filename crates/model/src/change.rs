//! What has changed since: the thread by which the index follows the store.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::EntryId;
use crate::language::Language;
use crate::series::Series;
use crate::slug::Slug;

/// The number of a change: 1, 2, 3, … in the order in which changes became durable, without end.
///
/// A later change of the same document replaces the number of the earlier one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ChangeNumber(pub u64);

/// One thing that can be found: an entry, or a brief in one language.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKey {
    /// An entry of a source.
    Entry(EntryId),
    /// A piece of a series in one language.
    Brief {
        /// Its series.
        series: Series,
        /// Its slug.
        slug: Slug,
        /// The language of this text.
        language: Language,
    },
}

/// A document and the number of its last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number.
    pub number: ChangeNumber,
    /// What changed. Whether it was added, changed or taken away is seen by looking it up.
    pub document: DocumentKey,
}

impl fmt::Display for DocumentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(id) => write!(formatter, "entry:{id}"),
            Self::Brief { series, slug, language } => {
                write!(formatter, "brief:{series}/{slug}/{language}")
            }
        }
    }
}

/// The text is no document key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a document key is entry:ID or brief:SERIES/SLUG/LANGUAGE")]
pub struct InvalidDocumentKey;

impl FromStr for DocumentKey {
    type Err = InvalidDocumentKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(id) = text.strip_prefix("entry:") {
            return id.parse().map(Self::Entry).or(Err(InvalidDocumentKey));
        }
        let rest = text.strip_prefix("brief:").ok_or(InvalidDocumentKey)?;
        let mut parts = rest.split('/');
        let (Some(series), Some(slug), Some(language), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidDocumentKey);
        };
        Ok(Self::Brief {
            series: series.parse().or(Err(InvalidDocumentKey))?,
            slug: slug.parse().or(Err(InvalidDocumentKey))?,
            language: language.parse().or(Err(InvalidDocumentKey))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back() {
        let entry = DocumentKey::Entry(EntryId::new("2026-01-01".parse().unwrap()));
        assert_eq!(entry.to_string().parse(), Ok(entry));
        let brief = "brief:future-vision/satellites/ar";
        assert_eq!(brief.parse::<DocumentKey>().unwrap().to_string(), brief);
        for wrong in ["", "entry:", "brief:a/b/c", "brief:future-vision/a", "page:x"] {
            assert_eq!(wrong.parse::<DocumentKey>(), Err(InvalidDocumentKey), "{wrong}");
        }
    }
}
