//! A search and its answer.

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::change::DocumentKey;
use crate::clock::Timestamp;
use crate::document::{Class, Kind};
use crate::language::Language;
use crate::marked::Marked;
use crate::series::Series;
use crate::slug::Slug;

/// Longest search, in bytes. Longer words are cut at this point, with a note.
pub const MAX_WORDS_BYTES: usize = 512;

/// Hits on a page. More than one screen holds, fewer than a slow line minds.
pub const HITS_PER_PAGE: u32 = 20;

/// The last page that is computed: deeper hits cost the server more than they give a reader.
pub const LAST_PAGE: u32 = 50;

/// Most hits on a page that a program may ask for.
pub const MOST_HITS_PER_PAGE: u32 = 100;

/// What a reader asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// The words as typed. Empty: everything the filters leave, newest first.
    pub words: String,
    /// Only these languages; empty for all.
    pub languages: Vec<Language>,
    /// Only these classes; empty for all.
    pub classes: Vec<Class>,
    /// Only pieces of these series; empty for all.
    pub series: Vec<Series>,
    /// Only what is about one of these topics; empty for all.
    pub topics: Vec<Slug>,
    /// Only these sources; empty for all.
    pub sources: Vec<Slug>,
    /// Only these institutions, by name; empty for all.
    pub institutions: Vec<String>,
    /// Only documents of these years; empty for all.
    pub years: Vec<i32>,
    /// Only documents of this time or later.
    pub from: Option<Timestamp>,
    /// Only documents before this time.
    pub before: Option<Timestamp>,
    /// What comes first.
    pub order: Order,
    /// Only with the words as typed, without what the glossary knows of them in other languages.
    pub only_typed: bool,
    /// Of a work with several versions that match, the one in this language is shown; where there is
    /// none, the one that matches best. Neither order nor counts depend on it.
    pub reader: Option<Language>,
    /// The page, from 1; drawn into 1 ..= the last page.
    pub page: u32,
    /// Hits on a page, drawn into 1 ..= [`MOST_HITS_PER_PAGE`]; `None`: [`HITS_PER_PAGE`].
    pub per_page: Option<u32>,
    /// Instead of a page: what comes after this place.
    pub after: Option<Cursor>,
    /// The instant from which `since:2w` is counted.
    pub now: Timestamp,
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// What matches best.
    #[default]
    Best,
    /// The newest.
    Newest,
}

/// A place in the hits of a search, to go on from: the rank of the last hit that was told.
///
/// Documents that come or go meanwhile neither repeat nor hide others. As text it is a short word of
/// letters and digits that means nothing to anybody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The score of that hit.
    pub score: f32,
    /// Its date.
    pub date: Timestamp,
    /// Its key.
    pub key: String,
}

impl Eq for Cursor {}

/// The text is no cursor of this version of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the hits of a search")]
pub struct InvalidCursor;

impl Cursor {
    /// The first byte of every cursor; another one when its parts change.
    const VERSION: u8 = 1;
    /// Longest cursor, in characters: a key has at most 200 bytes.
    const MAX_TEXT: usize = 320;
}

/// The digits of base64url (RFC 4648 §5).
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl fmt::Display for Cursor {
    /// Version, score, date and key as base64url without padding.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![Self::VERSION];
        bytes.extend(self.score.to_bits().to_be_bytes());
        bytes.extend(self.date.millis().to_be_bytes());
        bytes.extend(self.key.bytes());
        for three in bytes.chunks(3) {
            let bits = (0..3).fold(0_usize, |bits, place| {
                bits << 8 | three.get(place).copied().map_or(0, usize::from)
            });
            for place in 0..=three.len() {
                let digit = DIGITS.get(bits >> (18 - 6 * place) & 63).copied().ok_or(fmt::Error)?;
                formatter.write_char(char::from(digit))?;
            }
        }
        Ok(())
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_TEXT {
            return Err(InvalidCursor);
        }
        let (mut bytes, mut bits, mut known) = (Vec::new(), 0_u32, 0);
        for digit in text.bytes() {
            let place = DIGITS.iter().position(|known| *known == digit).ok_or(InvalidCursor)?;
            bits = bits << 6 | u32::try_from(place).or(Err(InvalidCursor))?;
            known += 6;
            if known >= 8 {
                known -= 8;
                bytes.push(u8::try_from(bits >> known & 255).or(Err(InvalidCursor))?);
            }
        }
        let (version, rest) = bytes.split_first().ok_or(InvalidCursor)?;
        let (score, rest) = rest.split_first_chunk().ok_or(InvalidCursor)?;
        let (date, key) = rest.split_first_chunk().ok_or(InvalidCursor)?;
        let cursor = Self {
            score: f32::from_bits(u32::from_be_bytes(*score)),
            date: Timestamp::from_millis(i64::from_be_bytes(*date)),
            key: String::from_utf8(key.to_vec()).or(Err(InvalidCursor))?,
        };
        // One place has one text, and a score is a number.
        let is_own =
            *version == Self::VERSION && cursor.score.is_finite() && cursor.to_string() == text;
        is_own.then_some(cursor).ok_or(InvalidCursor)
    }
}

/// The answer to a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchPage {
    /// How many documents match; versions of one work count once.
    pub total: u64,
    /// The page that is shown, from 1.
    pub page: u32,
    /// The last page that can be shown.
    pub last_page: u32,
    /// The hits of the page.
    pub hits: Vec<Hit>,
    /// Where the next hits begin; `None` after the last.
    pub next: Option<Cursor>,
    /// Counts of what could be chosen further.
    pub facets: Facets,
    /// What was done with the words that a reader may not expect.
    pub notes: Vec<Note>,
    /// Concepts that were also searched by their other names.
    pub also: Vec<AlsoSearched>,
    /// Words that would find something, where these find little or nothing.
    pub did_you_mean: Option<String>,
    /// Ways on when nothing was found.
    pub ways: Ways,
}

/// Matches per value of each filter, each counted as if nothing was chosen in its own filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// `None`: other languages.
    pub languages: Vec<(Option<Language>, u64)>,
    /// By class.
    pub classes: Vec<(Class, u64)>,
    /// By series, pieces only.
    pub series: Vec<(Series, u64)>,
    /// By topic, the most first, at most 20.
    pub topics: Vec<(Slug, u64)>,
    /// By source (its word and its name), the most first, at most 20.
    pub sources: Vec<(Slug, String, u64)>,
    /// By institution, the most first, at most 20.
    pub institutions: Vec<(String, u64)>,
    /// By year, the newest first, at most 30.
    pub years: Vec<(i32, u64)>,
}

/// A concept of the glossary that a search named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsoSearched {
    /// The words of the search that name it.
    pub typed: String,
    /// Its name in the glossary.
    pub concept: Slug,
    /// The other names that were searched with less weight, in the order of the languages.
    pub labels: Vec<(Language, String)>,
}

/// Ways on from a search that found nothing. Each number was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// How many there are without one of the filters (those of the words included), the most first.
    pub without: Vec<(Narrowing, u64)>,
    /// How many there are in each language with no filter at all.
    pub languages: Vec<(Option<Language>, u64)>,
    /// The concept of the glossary that the words resemble most, as readers of each language call it.
    pub concept: Option<Slug>,
}

/// A filter that can be taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrowing {
    /// The chosen languages.
    Languages,
    /// The chosen classes.
    Classes,
    /// The chosen series.
    Series,
    /// The chosen topics.
    Topics,
    /// The chosen sources.
    Sources,
    /// The chosen institutions.
    Institutions,
    /// The chosen years, and the first and last day.
    Dates,
    /// A part of the words, where it stands in them.
    Words(Range<usize>),
}

/// One work that matches, as the version of it that matches best.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Which record it is.
    pub key: DocumentKey,
    /// Its kind.
    pub kind: Kind,
    /// The language of its text.
    pub language: Option<Language>,
    /// Its title, with marks.
    pub title: Marked,
    /// The passage that matches best, with marks, at most about 240 characters.
    pub passage: Marked,
    /// The ¶ number of that passage.
    pub paragraph: Option<u32>,
    /// The page that passage stands on.
    pub passage_page: Option<u32>,
    /// The source's word in addresses; `None` for pieces.
    pub source: Option<Slug>,
    /// The name of the source, or of the authors.
    pub source_name: String,
    /// Its date.
    pub date: Timestamp,
    /// How well it matches, only comparable within one answer.
    pub score: f32,
    /// Other versions of the same work that match too.
    pub versions: Vec<(DocumentKey, Option<Language>)>,
    /// Why it is here.
    pub why: Vec<Reason>,
}

/// A word of a search and where a document has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The word as typed.
    pub typed: String,
    /// The word as it was searched: another name of a concept, or the same.
    pub searched: String,
    /// The concept that joins the two; `None` when it was searched as typed.
    pub concept: Option<Slug>,
    /// The language by whose rules it was compared.
    pub language: Option<Language>,
    /// Where it stands.
    pub fields: Vec<Place>,
}

/// A part of a document that is searched for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The title.
    Title,
    /// The summary above the text.
    Abstract,
    /// A heading.
    Heading,
    /// The text.
    Body,
    /// An identifier.
    Identifier,
    /// The names of the authors.
    Author,
}

/// What the search box asks while a reader types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestRequest {
    /// What was typed so far, at least one character.
    pub typed: String,
    /// The reader's language: its titles and names come first.
    pub language: Language,
    /// Most suggestions, 1–10.
    pub limit: usize,
}

/// Something that a reader may be about to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Its words.
    pub text: String,
    /// Their language, where it is known.
    pub language: Option<Language>,
    /// What it is.
    pub what: Suggested,
}

/// What a suggestion leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggested {
    /// A document with this title.
    Title(DocumentKey),
    /// A concept of the glossary.
    Concept(Slug),
    /// A source.
    Source(Slug),
    /// An identifier that a document is known by.
    Symbol,
    /// A word of the index.
    Word,
}

/// What was done with the words that a reader may not expect. Each has its sentence in six languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// The words were longer than [`MAX_WORDS_BYTES`] and were cut.
    TooLong,
    /// There were more terms than are searched; the later ones were left out.
    TooManyTerms,
    /// Parentheses or operators did not fit together; they were read as plain words.
    PlainWords,
    /// Only words to leave out were given; nothing can be found with these alone.
    OnlyExclusions,
    /// No document has all the words; those that have the most of them are shown.
    SomeWords,
    /// Few documents have all the words; they come first, and those that lack one word follow.
    LackOneWord,
    /// A field of the words, such as `kind:x`, does not exist or has no such value; it was read as
    /// plain words.
    UnknownField,
    /// A prefix stands for more words than are searched; the most frequent were.
    ManyPrefixWords,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        for (score, key) in [
            (0.0, String::new()),
            (1.5, "a".to_owned()),
            (-0.25, "brief:future-vision/satellites/ar".to_owned()),
            (f32::MAX, "é".repeat(100)),
        ] {
            let cursor = Cursor { score, date: "2026-11-25".parse().unwrap(), key };
            let text = cursor.to_string();
            assert!(text.bytes().all(|byte| DIGITS.contains(&byte)), "{text}");
            assert_eq!(text.parse(), Ok(cursor));
        }
    }

    #[test]
    fn what_was_changed_is_no_place() {
        let place = |score| Cursor { score, date: Timestamp::EPOCH, key: "entry:x".to_owned() };
        let text = place(1.0).to_string();
        let (head, _) = text.split_at(text.len() - 1);
        for wrong in
            ["", "A", "=", "AQAA", &format!("{text}="), &format!("B{text}"), head, &"A".repeat(400)]
        {
            assert_eq!(wrong.parse::<Cursor>(), Err(InvalidCursor), "{wrong}");
        }
        assert_eq!(place(f32::NAN).to_string().parse::<Cursor>(), Err(InvalidCursor));
        assert_eq!(text.replacen("AT", "Aj", 1).parse::<Cursor>(), Err(InvalidCursor), "version 2");
    }
}
