//! What a search looks for in a text, to be marked there.

use std::ops::Range;

use crate::lexemes::{Hints, Lexemes};

/// The terms of a search in one language.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sought {
    /// Terms that count alone, sorted, each with the number of what it belongs to.
    words: Vec<(String, usize)>,
    /// Terms that count only together, at these distances.
    sequences: Vec<(Vec<(usize, String)>, usize)>,
    /// How many different things are sought.
    count: usize,
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
    pub(crate) fn add(&mut self, writings: Vec<Vec<(usize, String)>>) {
        for mut writing in writings {
            for (_, term) in &writing {
                self.hints.add(term);
            }
            match writing.len() {
                0 => {}
                1 => self.words.extend(writing.pop().map(|(_, term)| (term, self.count))),
                _ => self.sequences.push((writing, self.count)),
            }
        }
        self.words.sort();
        self.count += 1;
    }

    /// Whether nothing is sought.
    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// By what the words that are sought are told from most others.
    pub(crate) const fn hints(&self) -> &Hints {
        &self.hints
    }

    /// Where the text of these terms matches, in its order.
    pub(crate) fn find(&self, lexemes: &Lexemes, into: &mut Vec<Match>) {
        into.clear();
        let items = lexemes.items();
        for (index, lexeme) in items.iter().enumerate() {
            let term = lexemes.term(lexeme);
            if let Ok(at) = self.words.binary_search_by(|(word, _)| word.as_str().cmp(term)) {
                let what = self.words.get(at).map_or(0, |(_, what)| *what);
                into.push(Match { start: lexeme.start, end: lexeme.end, what });
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
