//! One story that several sources tell, and why two entries count as one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::WebAddress;
use crate::clock::Timestamp;
use crate::id::{EntryId, SourceId};
use crate::identifier::Identifier;
use crate::slug::Slug;

/// Most entries of one story, the leading one counted: 50.
///
/// Syndication brings a text to a dozen places; whoever posts the same a thousand times begins a new
/// story with each fiftieth, and no change of one entry touches more than this many others.
pub const MOST_MEMBERS: usize = 50;

/// Numbers under which a text is filed for being nearly the same as another.
pub const BANDS: usize = 8;

/// What of an entry is compared with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The entry.
    pub entry: EntryId,
    /// Who brought it.
    pub source: SourceId,
    /// When it was first read here.
    pub first_seen: Timestamp,
    /// The page it speaks of.
    pub url: Option<WebAddress>,
    /// Its title.
    pub title: String,
    /// Its text, without markup.
    pub text: String,
    /// When it was published, as its source says.
    pub published: Option<Timestamp>,
    /// By what it is known elsewhere.
    pub identifiers: Vec<Identifier>,
}

/// Why an entry is folded under another: what the two have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SameBy {
    /// An editor has said so.
    Hand,
    /// The same DOI.
    Doi,
    /// The same number of arXiv.
    Arxiv,
    /// The same address.
    Address,
    /// The same title and text, word for word.
    Words,
    /// Nearly the same text.
    Alike,
}

/// The text names no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason to fold is one of hand, doi, arxiv, address, words, alike")]
pub struct InvalidSameBy;

impl SameBy {
    /// All reasons, the most certain first.
    pub const ALL: [Self; 6] =
        [Self::Hand, Self::Doi, Self::Arxiv, Self::Address, Self::Words, Self::Alike];

    /// The word in the store, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Doi => "doi",
            Self::Arxiv => "arxiv",
            Self::Address => "address",
            Self::Words => "words",
            Self::Alike => "alike",
        }
    }

    /// Whether what the two have in common is their text, so that what is like the one is like the
    /// other.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Words | Self::Alike)
    }
}

impl fmt::Display for SameBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for SameBy {
    type Err = InvalidSameBy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|reason| reason.code() == text).ok_or(InvalidSameBy)
    }
}

/// That an entry tells the same as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// What they have in common.
    pub by: SameBy,
    /// How much of their words, in percent; 100 for all but [`SameBy::Alike`].
    pub percent: u8,
}

impl Likeness {
    /// What is the same, wholly.
    pub const fn whole(by: SameBy) -> Self {
        Self { by, percent: 100 }
    }
}

/// Under what an entry is filed, so that others that tell the same are found without comparing
/// everything with everything. Each is a number that stands for a key or a part of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// All that counts of the entry: while it is the same, there is nothing to look at again.
    pub print: u64,
    /// Its canonical address, unless that is the beginning of a site.
    pub address: Option<u64>,
    /// Its DOI.
    pub doi: Option<u64>,
    /// Its number of arXiv.
    pub arxiv: Option<u64>,
    /// Its title and text, word for word; `None` for one that is too short.
    pub words: Option<u64>,
    /// The bands of its text ([`BANDS`]); none for one that is too short.
    pub bands: Vec<u64>,
}

impl Marks {
    /// The same without those of the text: for an entry that is filed under another for its text.
    #[must_use]
    pub fn without_text(&self) -> Self {
        Self { words: None, bands: Vec::new(), ..self.clone() }
    }

    /// The same without any: for an entry that is to be found by nothing.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        Self { print: self.print, ..Self::default() }
    }
}

/// An entry that is folded under the leading one of its story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The entry.
    pub entry: EntryId,
    /// The entry of the story that it is like: the leading one, or one that is folded itself.
    pub like: EntryId,
    /// What they have in common.
    pub likeness: Likeness,
    /// Whether another entry of the same source stands before it in the story: then it is left out of
    /// the list of its source too.
    pub is_again: bool,
    /// When it was folded.
    pub since: Timestamp,
}

/// Where a story is told, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The entry.
    pub entry: EntryId,
    /// Its source's word in addresses.
    pub source: Slug,
    /// Its source's name.
    pub source_name: String,
    /// Its title.
    pub title: String,
    /// Its page at its source.
    pub url: Option<String>,
    /// The date it is sorted by.
    pub date: Timestamp,
    /// Why it is folded; `None` for the leading entry of the story.
    pub likeness: Option<Likeness>,
    /// When it was folded; for the leading entry, when it was first seen.
    pub since: Timestamp,
}

/// What an editor did to a story by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByHand {
    /// An entry was taken out, and is never folded again by itself.
    Split,
    /// Two entries were declared one story.
    Join,
}

impl ByHand {
    /// The word in the store and in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Join => "join",
        }
    }
}

/// The text names nothing that is done by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is done by hand is one of split, join")]
pub struct InvalidByHand;

impl FromStr for ByHand {
    type Err = InvalidByHand;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Split, Self::Join].into_iter().find(|act| act.code() == text).ok_or(InvalidByHand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_back() {
        for reason in SameBy::ALL {
            assert_eq!(reason.code().parse(), Ok(reason));
        }
        assert_eq!("".parse::<SameBy>(), Err(InvalidSameBy));
        assert_eq!("join".parse(), Ok(ByHand::Join));
        assert_eq!("".parse::<ByHand>(), Err(InvalidByHand));
    }
}
