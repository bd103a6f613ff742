//! The terms of a text and where they stand in it.

use crate::arabic::{may_be_article, normal_letters};
use crate::letters::{Folded, LONGEST_WORD, LetterSet, lower_russian};
use crate::stems::Stems;
use crate::surfaces::Surfaces;
use crate::words::Piece;

/// What a term is to its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The form of a word.
    Main,
    /// Another form of the same word at the same place.
    Variant,
    /// The parts of a hyphenated word in one piece, at the place of its first part.
    Joined,
    /// A single ideograph.
    Single,
    /// An ideograph and its right neighbour.
    Pair,
}

/// A term and where it came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    /// First byte of the text that is meant.
    pub(crate) start: usize,
    /// The byte after it.
    pub(crate) end: usize,
    /// Which word of the text it is.
    pub(crate) position: usize,
    /// Which symbol or run it belongs to.
    pub(crate) chain: usize,
    /// What it is to its place.
    pub(crate) role: Role,
    term_start: usize,
    term_end: usize,
}

/// The terms of a text, in a form that is filled again and again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lexemes {
    items: Vec<Lexeme>,
    terms: String,
    /// Room for the work on a text.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) forms: Forms,
}

/// The forms of a word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forms {
    pub(crate) folded: Folded,
    /// Under which it is searched.
    pub(crate) main: String,
    /// Under which it is searched too; may be empty.
    pub(crate) variant: String,
    /// Whether it stands in an English sentence in a document of another script.
    pub(crate) is_english: bool,
    /// Stems of before, where all texts are read by the rules of one language.
    pub(crate) stems: Option<Stems>,
    /// Its words as they are written, for those who want them too.
    pub(crate) surfaces: Option<Surfaces>,
}

impl Lexemes {
    /// For many texts that are all read by the rules of one language: remembers the stems of words.
    pub(crate) fn for_many_texts() -> Self {
        let forms = Forms { stems: Some(Stems::default()), ..Forms::default() };
        Self { forms, ..Self::default() }
    }

    /// The terms in the order of the text.
    pub(crate) fn items(&self) -> &[Lexeme] {
        &self.items
    }

    /// The term itself.
    pub(crate) fn term(&self, lexeme: &Lexeme) -> &str {
        self.terms.get(lexeme.term_start..lexeme.term_end).unwrap_or_default()
    }

    /// How long the terms are together, in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.terms.len()
    }

    /// Begins a new text.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.terms.clear();
    }

    /// Adds a term.
    pub(crate) fn push(&mut self, place: Place, role: Role, term: &str) {
        let term_start = self.terms.len();
        self.terms.push_str(term);
        self.items.push(Lexeme {
            start: place.start,
            end: place.end,
            position: place.position,
            chain: place.chain,
            role,
            term_start,
            term_end: self.terms.len(),
        });
    }
}

/// Where a term stands.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) position: usize,
    pub(crate) chain: usize,
}

/// By what a word is told that cannot have one of the sought terms, before its endings are cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    /// The first letters of the terms: every rule keeps the first letter, except those of Arabic.
    letters: Vec<char>,
    /// The same, each at one of 64 places: most letters are told by this alone.
    places: u64,
    /// What of each Arabic term must be in its words, and of which letters it is.
    parts: Vec<(String, LetterSet)>,
}

impl Hints {
    /// Adds a term that is sought.
    pub(crate) fn add(&mut self, term: &str) {
        if let Some(first) = term.chars().next() {
            self.letters.push(first);
            self.places |= place_of(first);
        }
        // The Arabic stemmer takes off beginnings and endings, and writes يست as است.
        let part = term.strip_prefix('ا').unwrap_or(term);
        let letters: Vec<char> = part.chars().collect();
        self.parts.push((part.to_owned(), LetterSet::arabic(&letters)));
    }

    /// Whether a term may begin with this letter.
    pub(crate) fn may_begin(&self, letter: char) -> bool {
        self.places & place_of(letter) != 0 && self.letters.contains(&letter)
    }

    /// Whether an Arabic word may have one of the terms.
    pub(crate) fn may_be_in(&self, word: &str) -> bool {
        self.parts.iter().any(|(part, _)| word.contains(part.as_str()))
    }

    /// Whether a word may have one of the terms, or take no place in its text, as far as can be told
    /// without normalising it. `true` when in doubt.
    pub(crate) fn may_be(&self, word: &str, letters: LetterSet) -> bool {
        // The end of a very long word is not looked at, so that its letters say nothing.
        if !letters.is_told() || word.len() > LONGEST_WORD {
            return true;
        }
        match word.chars().next() {
            Some(first @ ('a'..='z' | 'A'..='Z' | '0'..='9')) => {
                self.may_begin(first.to_ascii_lowercase())
            }
            Some(first @ ('\u{410}'..='\u{44F}' | 'ё' | 'Ё')) => {
                self.may_begin(lower_russian(first))
            }
            Some('\u{621}'..='\u{64A}') => {
                let normal = normal_letters(letters);
                may_be_article(letters) || self.parts.iter().any(|(_, part)| part.is_within(normal))
            }
            _ => true,
        }
    }
}

fn place_of(letter: char) -> u64 {
    1 << (u32::from(letter) % 64)
}
