//! What kind of piece somebody hands in, and under what others may use it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What kind of piece it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum PieceKind {
    /// One argument, a page or three.
    #[default]
    ThoughtPiece,
    /// A study with its method and its sources.
    WhitePaper,
    /// An answer to the question of a research sprint.
    Sprint,
}

/// The text names no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kind of piece is one of thought-piece, white-paper, sprint")]
pub struct InvalidPieceKind;

impl PieceKind {
    /// All kinds, the shortest first.
    pub const ALL: [Self; 3] = [Self::ThoughtPiece, Self::WhitePaper, Self::Sprint];

    /// The word in forms, in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ThoughtPiece => "thought-piece",
            Self::WhitePaper => "white-paper",
            Self::Sprint => "sprint",
        }
    }

    /// What reviewers of such a piece are asked about, as locale keys.
    pub const fn criteria(self) -> &'static [&'static str] {
        match self {
            Self::ThoughtPiece => &["argument", "evidence", "relevance", "language"],
            Self::WhitePaper => &["method", "evidence", "relevance", "references", "language"],
            Self::Sprint => &["question", "evidence", "relevance", "language"],
        }
    }

    /// Whether reference managers and scholarly search engines are told of it.
    pub const fn is_scholarly(self) -> bool {
        matches!(self, Self::WhitePaper | Self::Sprint)
    }
}

impl fmt::Display for PieceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for PieceKind {
    type Err = InvalidPieceKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.code() == text).ok_or(InvalidPieceKind)
    }
}

/// Under what others may use a piece.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::enum_variant_names, reason = "the names of the licences, which all begin alike")]
pub enum Licence {
    /// Creative Commons Attribution 4.0.
    #[default]
    CcBy,
    /// Creative Commons Attribution-ShareAlike 4.0.
    CcBySa,
    /// Creative Commons Attribution 3.0 IGO, for staff of intergovernmental organisations.
    CcByIgo,
}

/// The text names no licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a licence is one of cc-by, cc-by-sa, cc-by-igo")]
pub struct InvalidLicence;

impl Licence {
    /// All licences that can be chosen.
    pub const ALL: [Self; 3] = [Self::CcBy, Self::CcBySa, Self::CcByIgo];

    /// The word in forms and in the store.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CcBy => "cc-by",
            Self::CcBySa => "cc-by-sa",
            Self::CcByIgo => "cc-by-igo",
        }
    }

    /// Its name, the same in all languages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CcBy => "CC BY 4.0",
            Self::CcBySa => "CC BY-SA 4.0",
            Self::CcByIgo => "CC BY 3.0 IGO",
        }
    }

    /// Where its text is read.
    pub const fn url(self) -> &'static str {
        match self {
            Self::CcBy => "https://creativecommons.org/licenses/by/4.0/",
            Self::CcBySa => "https://creativecommons.org/licenses/by-sa/4.0/",
            Self::CcByIgo => "https://creativecommons.org/licenses/by/3.0/igo/",
        }
    }
}

impl FromStr for Licence {
    type Err = InvalidLicence;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|licence| licence.code() == text).ok_or(InvalidLicence)
    }
}
