//! A search and its answer.

use serde::{Deserialize, Serialize};

use crate::change::DocumentKey;
use crate::clock::Timestamp;
use crate::document::Kind;
use crate::language::Language;
use crate::marked::Marked;
use crate::slug::Slug;

/// Longest search, in bytes. Longer words are cut at this point, with a note.
pub const MAX_WORDS_BYTES: usize = 512;

/// Hits on a page. More than one screen holds, fewer than a slow line minds.
pub const HITS_PER_PAGE: u32 = 20;

/// The last page that is computed: deeper hits cost the server more than they give a reader.
pub const LAST_PAGE: u32 = 50;

/// What a reader asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// The words as typed. Empty: everything the filters leave, newest first.
    pub words: String,
    /// Only these languages; empty for all.
    pub languages: Vec<Language>,
    /// Only these kinds; empty for all.
    pub kinds: Vec<Kind>,
    /// Only these sources; empty for all.
    pub sources: Vec<Slug>,
    /// Only documents of this time or later.
    pub from: Option<Timestamp>,
    /// Only documents before this time.
    pub before: Option<Timestamp>,
    /// The page, from 1; drawn into 1 ..= the last page.
    pub page: u32,
}

/// The answer to a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchPage {
    /// How many documents match.
    pub total: u64,
    /// The page that is shown, from 1.
    pub page: u32,
    /// The last page that can be shown.
    pub last_page: u32,
    /// The hits of the page.
    pub hits: Vec<Hit>,
    /// Matches per language, each counted as if no language was chosen. `None`: other languages.
    pub languages: Vec<(Option<Language>, u64)>,
    /// Matches per kind, each counted as if no kind was chosen.
    pub kinds: Vec<(Kind, u64)>,
    /// Matches per source (its word and its name), the most first, at most 20, each counted as if no
    /// source was chosen.
    pub sources: Vec<(Slug, String, u64)>,
    /// What was done with the words that a reader may not expect.
    pub notes: Vec<Note>,
}

/// One document that matches.
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
    /// The source's word in addresses; `None` for pieces.
    pub source: Option<Slug>,
    /// The name of the source, or of the authors.
    pub source_name: String,
    /// Its date.
    pub date: Timestamp,
    /// How well it matches: BM25, only comparable within one answer.
    pub score: f32,
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
}
