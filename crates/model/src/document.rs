//! Anything that can be found: what the index is told, whatever it was made from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::change::DocumentKey;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::series::Series;
use crate::slug::Slug;

/// What kind of thing a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Kind {
    /// An entry of a source.
    Entry,
    /// A piece of a series.
    Piece(Series),
}

/// The text names no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a kind is one of entry, future-vision, demystifying-digital, learning-labs, academic-network"
)]
pub struct InvalidKind;

impl Kind {
    /// All kinds, pieces first.
    pub const ALL: [Self; 5] = [
        Self::Piece(Series::FutureVision),
        Self::Piece(Series::DemystifyingDigital),
        Self::Piece(Series::LearningLabs),
        Self::Piece(Series::AcademicNetwork),
        Self::Entry,
    ];

    /// The word in addresses, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Piece(series) => series.slug(),
        }
    }
}

/// A document as the index takes it: only what anonymous readers may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which record of the store it stands for.
    pub key: DocumentKey,
    /// Its kind.
    pub kind: Kind,
    /// The language its text is in; `None` for languages other than the six, or not known.
    pub language: Option<Language>,
    /// Its title.
    pub title: String,
    /// One or two sentences above the text; may be empty.
    pub summary: String,
    /// Its text in parts that can be pointed at.
    pub passages: Vec<Passage>,
    /// The source it came from; `None` for pieces.
    pub source: Option<Slug>,
    /// The name of the source, or of the authors.
    pub source_name: String,
    /// The date it is sorted and filtered by.
    pub date: Timestamp,
}

/// A part of a text that has an address of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The ¶ number; `None` where the text has no numbers.
    pub number: Option<u32>,
    /// Its text.
    pub text: String,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Kind {
    type Err = InvalidKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.code() == text).ok_or(InvalidKind)
    }
}

impl TryFrom<String> for Kind {
    type Error = InvalidKind;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.code().to_owned()
    }
}
