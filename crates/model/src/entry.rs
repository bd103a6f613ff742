//! One item of a source: a signal that something is going on.

use serde::{Deserialize, Serialize};

use crate::address::WebAddress;
use crate::clock::Timestamp;
use crate::id::{EntryId, SourceId};
use crate::identifier::Identifier;
use crate::institution::Institution;
use crate::language::Language;
use crate::slug::Slug;

/// What a feed says of one item, cleaned, before it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingEntry {
    /// What makes it the same item at the next harvest: the feed's own id, else one derived from its
    /// canonical address, else from title and text. Unique within the feed, 1–512 bytes.
    pub key: String,
    /// Whether `key` was derived because the feed gave none.
    pub derived_key: bool,
    /// The page it speaks of.
    pub url: Option<WebAddress>,
    /// Its title as plain text, 1–500 characters; the beginning of the text when the feed gives none.
    pub title: String,
    /// Its body as safe HTML (an allow-list without scripts, styles and images); may be empty.
    pub html: String,
    /// Its body as plain text, paragraphs separated by an empty line; may be empty.
    pub text: String,
    /// Who wrote it, as written, at most 20.
    pub authors: Vec<String>,
    /// When it was published, as the feed says; never later than the harvest.
    pub published: Option<Timestamp>,
    /// When it was last changed, as the feed says.
    pub updated: Option<Timestamp>,
    /// The language tag that the item, else its feed, declares: as written by a feed; of a record, what
    /// it means as a tag of BCP 47.
    pub declared_language: Option<String>,
    /// What a record says of its language, as written, where that is no such tag: `en_US`, `英语`, at
    /// most 100 characters.
    #[serde(default)]
    pub raw_language: Option<String>,
    /// The language its text is in: detected where the text is long enough to be sure, else declared.
    pub language: Option<Language>,
    /// The detected language as ISO 639-1 or -3, of whatever language; `None` when not sure.
    pub detected_language: Option<String>,
    /// What it is known by, as the source says, at most 20.
    #[serde(default)]
    pub identifiers: Vec<Identifier>,
}

impl IncomingEntry {
    /// Whether the declared language is another than the detected one.
    pub fn language_is_contradicted(&self) -> bool {
        contradicts(self.declared_language.as_deref(), self.detected_language.as_deref())
    }
}

/// An item that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// The source it came from.
    pub source: SourceId,
    /// The source's word in addresses.
    pub source_slug: Slug,
    /// The source's name.
    pub source_name: String,
    /// Whose word the source brings.
    pub institution: Option<Institution>,
    /// When it was first seen here.
    pub first_seen: Timestamp,
    /// When a change of it was last seen here.
    pub last_changed: Timestamp,
    /// What it is about, as rules say.
    pub topics: Vec<Slug>,
    /// What the feed says of it; its language may be what a rule says.
    pub content: IncomingEntry,
}

impl Entry {
    /// The date it is sorted by: published, else first seen.
    pub fn date(&self) -> Timestamp {
        self.content.published.unwrap_or(self.first_seen)
    }

    /// Whether [`Self::date`] is only the time it was first seen.
    pub const fn date_is_first_seen(&self) -> bool {
        self.content.published.is_none()
    }
}

/// Whether a declared tag and a detected code name different languages, compared by primary part.
fn contradicts(declared: Option<&str>, detected: Option<&str>) -> bool {
    let (Some(declared), Some(detected)) = (declared, detected) else { return false };
    let primary = declared.trim().split(['-', '_']).next().unwrap_or_default();
    !primary.is_empty() && !primary.eq_ignore_ascii_case(detected)
}

/// What one harvest did to the entries of its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HarvestCounts {
    /// Seen for the first time.
    pub added: u64,
    /// Known, with other words than before.
    pub changed: u64,
    /// Known and the same.
    pub unchanged: u64,
    /// Known, and taken back by its source.
    #[serde(default)]
    pub removed: u64,
    /// Kept from the public by a rule until somebody releases it.
    #[serde(default)]
    pub held: u64,
    /// Not taken in, as a rule says.
    #[serde(default)]
    pub dropped: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lying_tag_is_seen() {
        assert!(contradicts(Some("fr-FR"), Some("en")));
        assert!(!contradicts(Some("EN_us"), Some("en")));
        assert!(!contradicts(None, Some("en")));
        assert!(!contradicts(Some("fr"), None));
        assert!(!contradicts(Some(" "), Some("en")));
    }
}
