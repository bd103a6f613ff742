//! A search that tells its reader by mail when something new matches.

use serde::{Deserialize, Serialize};

use crate::asked::Asked;
use crate::clock::Timestamp;
use crate::id::AlertId;
use crate::language::Language;

/// How often an alert writes, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    /// As soon as something matches.
    Once,
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
}

/// A search that somebody wants to be told about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The search.
    pub asked: Asked,
    /// Where to write.
    pub mail: String,
    /// The language to write in.
    pub language: Language,
    /// How often.
    pub cadence: Cadence,
    /// When it was asked for.
    pub created: Timestamp,
    /// When the reader confirmed it; before that nothing is sent but the question.
    pub confirmed: Option<Timestamp>,
}
