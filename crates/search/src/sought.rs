//! What a search looks for in a text, to be marked there.

use std::ops::Range;

use observatory_model::Slug;
use observatory_model::search::Place;
use tantivy::Term;

use crate::letters::{Class, class};
use crate::lexemes::{Hints, Lexemes, Role};
use crate::surfaces::surface;

/// Where a part of a search comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// As typed.
    pub(crate) typed: String,
    /// As searched.
    pub(crate) searched: String,
    /// The concept that joins the two.
    pub(crate) concept: Option<Slug>,
}

impl Origin {
    /// Searched as it was typed.
    pub(crate) fn as_typed(word: &str) -> Self {
        Self { typed: word.to_owned(), searched: word.to_owned(), concept: None }
    }
}

/// By what a part of a search is seen in a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(crate) origin: Origin,
    /// The ways in which it is written: one term, or terms at their distances.
    pub(crate) writings: Vec<Vec<(usize, String)>>,
    /// With what its words begin, as [`surface`] has it.
    pub(crate) beginning: Option<String>,
    /// Terms by which it is found in fields that are not read for a hit.
    pub(crate) elsewhere: Vec<(Place, Term)>,
}

/// Something that is sought.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) origin: Origin,
    pub(crate) elsewhere: Vec<(Place, Term)>,
}

/// The terms of a search in one language.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sought {
    /// Terms that count alone, sorted, each with the number of what it belongs to.
    words: Vec<(String, usize)>,
    /// Terms that count only together, at these distances.
    sequences: Vec<(Vec<(usize, String)>, usize)>,
    /// Beginnings of words.
    beginnings: Vec<(String, usize)>,
    /// What is sought, by its number.
    items: Vec<Item>,
    /// By what their words are told.
    hints: Hints,
}

/// A place in a text that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Which of the sought things it is.
    pub(crate) what: usize,
}

impl Match {
    pub(crate) const fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

impl Sought {
    /// Adds one thing in all its writings.
    pub(crate) fn add(&mut self, trace: Trace) {
        let number = self.items.len();
        for mut writing in trace.writings {
            for (_, term) in &writing {
                self.hints.add(term);
            }
            match writing.len() {
                0 => {}
                1 => self.words.extend(writing.pop().map(|(_, term)| (term, number))),
                _ => self.sequences.push((writing, number)),
            }
        }
        if let Some(beginning) = &trace.beginning {
            self.hints.add(beginning);
        }
        self.beginnings.extend(trace.beginning.map(|beginning| (beginning, number)));
        self.words.sort();
        self.items.push(Item { origin: trace.origin, elsewhere: trace.elsewhere });
    }

    /// Whether nothing is sought.
    pub(crate) const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What is sought, by its number.
    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    /// By what the words that are sought are told from most others; `None` where every word must be
    /// looked at.
    pub(crate) fn hints(&self) -> Option<&Hints> {
        // The rules of Arabic take off beginnings of words.
        let is_arabic = |beginning: &String| {
            beginning.chars().next().is_none_or(|first| class(first) == Class::Arabic)
        };
        let is_told = !self.beginnings.iter().any(|(beginning, _)| is_arabic(beginning));
        is_told.then_some(&self.hints)
    }

    /// Where a text of these terms matches, in its order.
    pub(crate) fn find(&self, text: &str, lexemes: &Lexemes, into: &mut Vec<Match>) {
        into.clear();
        let items = lexemes.items();
        for (index, lexeme) in items.iter().enumerate() {
            let term = lexemes.term(lexeme);
            let first = self.words.partition_point(|(word, _)| word.as_str() < term);
            let words = self.words.get(first..).unwrap_or_default().iter();
            for (_, what) in words.take_while(|(word, _)| word == term) {
                into.push(Match { start: lexeme.start, end: lexeme.end, what: *what });
            }
            // Only the rules of Arabic change the first letter.
            let may_begin = |(beginning, _): &(String, usize)| {
                beginning.chars().next() == term.chars().next()
                    || beginning.chars().next().is_none_or(|first| class(first) == Class::Arabic)
            };
            if lexeme.role == Role::Main && self.beginnings.iter().any(may_begin) {
                let word = surface(text.get(lexeme.start..lexeme.end).unwrap_or_default());
                for (beginning, what) in &self.beginnings {
                    if word.starts_with(beginning.as_str()) {
                        into.push(Match { start: lexeme.start, end: lexeme.end, what: *what });
                    }
                }
            }
            for (sequence, what) in &self.sequences {
                let Some(((_, first), others)) = sequence.split_first() else { continue };
                if first != term {
                    continue;
                }
                let following = items.get(index..).unwrap_or_default();
                let place = |distance: usize, wanted: &str| {
                    following
                        .iter()
                        .take_while(|other| other.position <= lexeme.position + distance + 1)
                        .find(|other| {
                            other.position == lexeme.position + distance
                                && lexemes.term(other) == wanted
                        })
                };
                let end = others.iter().try_fold(lexeme.end, |end, (distance, wanted)| {
                    place(*distance, wanted).map(|other| end.max(other.end))
                });
                into.extend(end.map(|end| Match { start: lexeme.start, end, what: *what }));
            }
        }
        into.sort_by_key(|found| (found.start, found.end));
    }
}
