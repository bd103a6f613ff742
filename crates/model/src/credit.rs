//! What a published piece owes to the people who handed it in, and what stands in its place when it is
//! taken back.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::SubmissionId;
use crate::submission::{Attachment, Author, Licence, PieceKind};

/// Beside a piece that was handed in: who wrote it, by what it is known, and under what it may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The submission it was.
    pub submission: SubmissionId,
    /// Its number: `2026-0017`.
    pub number: String,
    /// What kind of piece it is.
    pub kind: PieceKind,
    /// Under what others may use it.
    pub licence: Licence,
    /// Its authors, with numbers in their normal form or none.
    pub authors: Vec<Author>,
    /// What could be thought to sway them.
    pub interests: String,
    /// For what AI was used.
    pub ai_use: String,
    /// The file that was handed in with it.
    pub attachment: Option<Attachment>,
}

/// A version of a piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceVersion {
    /// Its number: 1, 2, 3, …
    pub version: u32,
    /// When it was published.
    pub published: Timestamp,
}

/// What stands in the place of a piece that was published and taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// When.
    pub at: Timestamp,
    /// What it was called.
    pub title: String,
    /// By whom: [`Self::EDITORS`], or a name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// An address of this site or another at which readers go on; may be empty.
    pub instead: String,
}

impl Tombstone {
    /// The word for the editors, whom each language calls by its own.
    pub const EDITORS: &'static str = "editors";
}
