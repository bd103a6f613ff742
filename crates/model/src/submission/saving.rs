//! Saving: what becomes of words that were typed, when others may have been typed meanwhile.

use serde::{Deserialize, Serialize};

use crate::submission::Draft;

/// A save of a draft: the words, and upon what they were typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Save {
    /// The revision that the words were typed upon.
    pub base: u64,
    /// The page in the browser that typed them: a word made there, at most 40 characters.
    pub device: String,
    /// How many saves that page has sent: 1, 2, 3, …
    pub sequence: u64,
    /// The words.
    pub draft: Draft,
}

/// What the store knows of the words it holds: enough to judge a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// Their revision.
    pub revision: u64,
    /// The page that typed them.
    pub device: &'a str,
    /// Its count.
    pub sequence: u64,
    /// The words.
    pub draft: &'a Draft,
}

/// What becomes of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is what is held already: nothing is to be done.
    Same,
    /// It follows what is held and takes its place.
    Next,
    /// Somebody else has typed meanwhile: it is kept beside, and a person chooses.
    Beside,
}

impl Save {
    /// Judges a save. Words are never refused and never overwrite what their writer has not seen: what
    /// does not follow is kept beside.
    ///
    /// A page whose answer was lost does not know the new revision; but it knows what it sent, so that
    /// its later words follow its earlier ones.
    pub fn judge(&self, held: &Held<'_>) -> Kept {
        if self.draft == *held.draft {
            return Kept::Same;
        }
        let is_own = !self.device.is_empty() && self.device == held.device;
        if is_own && self.sequence <= held.sequence {
            // An older save of the same page that came late: it is kept, but replaces nothing.
            return Kept::Beside;
        }
        if self.base == held.revision || is_own { Kept::Next } else { Kept::Beside }
    }
}
