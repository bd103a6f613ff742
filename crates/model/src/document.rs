//! Anything that can be found: what the index is told, whatever it was made from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::change::DocumentKey;
use crate::clock::Timestamp;
use crate::identifier::Identifier;
use crate::language::Language;
use crate::series::Series;
use crate::slug::Slug;

/// What kind of thing a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Kind {
    /// An entry of a source.
    Entry,
    /// A white paper: a document of its own, read page by page.
    Paper,
    /// A piece of a series.
    Piece(Series),
}

/// The text names no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a kind is one of entry, paper, future-vision, demystifying-digital, learning-labs, academic-network"
)]
pub struct InvalidKind;

impl Kind {
    /// All kinds, pieces first.
    pub const ALL: [Self; 6] = [
        Self::Piece(Series::FutureVision),
        Self::Piece(Series::DemystifyingDigital),
        Self::Piece(Series::LearningLabs),
        Self::Piece(Series::AcademicNetwork),
        Self::Paper,
        Self::Entry,
    ];

    /// The word in addresses, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Paper => "paper",
            Self::Piece(series) => series.slug(),
        }
    }

    /// What readers choose by.
    pub const fn class(self) -> Class {
        match self {
            Self::Entry => Class::Entry,
            Self::Paper => Class::Paper,
            Self::Piece(_) => Class::Piece,
        }
    }

    /// The series of a piece.
    pub const fn series(self) -> Option<Series> {
        match self {
            Self::Piece(series) => Some(series),
            Self::Entry | Self::Paper => None,
        }
    }
}

/// What readers choose kinds by: all pieces are one class, their series is another choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A piece of any series.
    Piece,
    /// A white paper.
    Paper,
    /// An entry of a source.
    Entry,
}

/// The text names no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a class of documents is one of piece, paper, entry")]
pub struct InvalidClass;

impl Class {
    /// All classes, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Piece, Self::Paper, Self::Entry];

    /// The word in addresses, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Piece => "piece",
            Self::Paper => "paper",
            Self::Entry => "entry",
        }
    }
}

impl FromStr for Class {
    type Err = InvalidClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|class| class.code() == text).ok_or(InvalidClass)
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
    /// What it is a version of: documents with the same work are one result, told with its versions.
    /// `None`: it stands alone.
    pub work: Option<String>,
    /// Its title.
    pub title: String,
    /// One or two sentences above the text; may be empty.
    pub summary: String,
    /// The headings of its sections, in order.
    pub headings: Vec<String>,
    /// Its text in parts that can be pointed at.
    pub passages: Vec<Passage>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// What it is about.
    pub topics: Vec<Slug>,
    /// What it is known by, and what its text names: DOIs, document symbols, …
    pub identifiers: Vec<Identifier>,
    /// The institution it comes from, by name.
    pub institution: Option<String>,
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
    /// The page it stands on, from 1; `None` where the text has no pages.
    pub page: Option<u32>,
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
