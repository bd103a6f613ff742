//! One walk over the words of a search box, from left to right, with its own stack.

use super::fields::{Named, named, understood};
use super::{
    Clause, Filter, MAX_DEPTH, MAX_FILTERS, MAX_PREFIXES, MAX_TERMS, Meaning, Part, begins_a_term,
    dates, has_letter_or_digit, is_minus, is_space, prefix, quote_ends,
};
use crate::clock::Timestamp;
use crate::identifier::Identifier;
use crate::search::Note;

mod group;
mod identifiers;

use group::Group;

/// The operators do not fit together.
pub(super) struct Misfit;

/// One walk over the words, from left to right, with its own stack instead of the program's.
pub(super) struct Reading<'a> {
    words: &'a str,
    /// How many bytes were read.
    at: usize,
    now: Timestamp,
    outer: Vec<Group>,
    group: Group,
    terms: usize,
    filters: usize,
    prefixes: usize,
    pub(super) parts: Vec<Part>,
    pub(super) notes: Vec<Note>,
    /// What follows is left out.
    is_full: bool,
}

/// A term, as it begins.
#[derive(Clone, Copy)]
struct Begun {
    /// Where it stands, with its minus.
    start: usize,
    is_unwanted: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(words: &'a str, now: Timestamp) -> Self {
        Self {
            words,
            at: 0,
            now,
            outer: Vec::new(),
            group: Group::default(),
            terms: 0,
            filters: 0,
            prefixes: 0,
            parts: Vec::new(),
            notes: Vec::new(),
            is_full: false,
        }
    }

    pub(super) fn read(&mut self) -> Result<Option<Clause>, Misfit> {
        let mut begun: Option<usize> = None;
        while let Some(first) = self.next_character() {
            let start = begun.unwrap_or(self.at);
            let is_unwanted = begun.is_some();
            let after = self.rest().get(first.len_utf8()..).unwrap_or_default();
            if is_minus(first) && !is_unwanted && begins_a_term(after) {
                self.at += first.len_utf8();
                begun = Some(start);
                continue;
            }
            let term = Begun { start, is_unwanted };
            if quote_ends(first).is_some() {
                let phrase = self.take_quoted()?;
                self.add_phrase(phrase, is_unwanted)?;
            } else if matches!(first, '(' | '（') {
                self.at += first.len_utf8();
                self.open(is_unwanted)?;
            } else if matches!(first, ')' | '）') {
                self.at += first.len_utf8();
                self.close()?;
            } else {
                self.add_term(term)?;
            }
            begun = None;
            if self.is_full {
                self.close_all()?;
                break;
            }
        }
        if !self.outer.is_empty() || self.group.is_joining() {
            return Err(Misfit);
        }
        let whole = std::mem::take(&mut self.group);
        if self.is_full {
            self.note(Note::TooManyTerms);
        }
        if whole.has_only_exclusions() {
            self.note(Note::OnlyExclusions);
        }
        Ok(whole.into_clause())
    }

    /// Every word for itself; signs are left to whoever takes the words apart.
    pub(super) fn read_plainly(&mut self) -> Option<Clause> {
        for word in self.words.split(is_space) {
            if has_letter_or_digit(word) && self.count(1) == 1 {
                self.group.want(Clause::Word(word.to_owned()));
            }
        }
        if self.is_full {
            self.note(Note::TooManyTerms);
        }
        std::mem::take(&mut self.group).into_clause()
    }

    /// Notes it once.
    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn rest(&self) -> &'a str {
        self.words.get(self.at..).unwrap_or_default()
    }

    /// The next character that is no space; what is left begins with it.
    fn next_character(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_space).len();
        self.rest().chars().next()
    }

    /// Takes a word: up to a space, a quote, or the parenthesis that ends the group.
    ///
    /// Parentheses inside a word belong to it: `word(s)`, `国际电信联盟（ITU）`.
    fn take_word(&mut self) -> &'a str {
        let mut open = 0_usize;
        let rest = self.rest();
        let mut end = rest.len();
        for (at, character) in rest.char_indices() {
            let ends = match character {
                '(' | '（' => {
                    open += 1;
                    false
                }
                ')' | '）' if open > 0 => {
                    open -= 1;
                    false
                }
                ')' | '）' => !self.outer.is_empty(),
                other => is_space(other) || quote_ends(other).is_some(),
            };
            if ends {
                end = at;
                break;
            }
        }
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Takes what stands between the quote that is next and its end.
    fn take_quoted(&mut self) -> Result<&'a str, Misfit> {
        let rest = self.rest();
        let open = rest.chars().next().ok_or(Misfit)?;
        let ends = quote_ends(open).ok_or(Misfit)?;
        let after = rest.get(open.len_utf8()..).ok_or(Misfit)?;
        let (phrase, left) = after.split_once(ends).ok_or(Misfit)?;
        self.at = self.words.len() - left.len();
        Ok(phrase)
    }

    /// A word, or what a word can mean: an operator, a field, a date, an identifier, a beginning.
    fn add_term(&mut self, term: Begun) -> Result<(), Misfit> {
        if let Some((identifier, words)) = self.take_long_identifier(term) {
            return self.add_identifier(term, identifier, &words);
        }
        let start = self.at;
        let word = self.take_word();
        match word {
            "OR" if !term.is_unwanted => {
                self.next_character();
                return self.group.join(start..self.at, &mut self.parts);
            }
            "AND" if !term.is_unwanted && !self.group.is_joining() => return Ok(()),
            _ => {}
        }
        if let Some(identifier) = Identifier::parse(word)
            && !self.would_return(term, &identifier)
        {
            return self.add_identifier(term, identifier, &[word]);
        }
        if let Some(done) = self.add_field(term, word) {
            return done;
        }
        if let Some((from, before)) = dates::range(word) {
            let filter = Filter::Dates { from, before };
            let clause = Clause::Filter(filter.clone());
            return self.add_understood(term, clause, Meaning::Filter(filter), 0);
        }
        if let (Some(year), Some(span)) = (dates::year(word), dates::span(word)) {
            let dates = Filter::Dates { from: Some(span.first), before: Some(span.before) };
            let either = vec![Clause::Word(word.to_owned()), Clause::Filter(dates)];
            return self.add_understood(term, Clause::Any(either), Meaning::Year(year), 1);
        }
        match prefix(word) {
            Some(beginning) if self.prefixes == MAX_PREFIXES => {
                self.note(Note::TooManyTerms);
                self.add_word(beginning, term)
            }
            Some(beginning) => {
                self.prefixes += 1;
                let clause = Clause::Prefix(beginning.to_owned());
                self.add_understood(term, clause, Meaning::Prefix(beginning.to_owned()), 1)
            }
            None => self.add_word(word, term),
        }
    }

    /// A word with a colon, and the phrase after it; `None` when it is only a word.
    fn add_field(&mut self, term: Begun, word: &'a str) -> Option<Result<(), Misfit>> {
        let has_phrase = self.rest().starts_with(|next| quote_ends(next).is_some());
        let (field, value) = match named(word)? {
            Named::Field { field, value } => (field, value),
            Named::Unknown { value } => {
                if (value.is_empty() && has_phrase) || value.starts_with(char::is_alphanumeric) {
                    self.note(Note::UnknownField);
                }
                return None;
            }
        };
        let is_phrase = value.is_empty() && has_phrase;
        if value.is_empty() && !is_phrase {
            return None;
        }
        let mut value = value;
        if is_phrase {
            match self.take_quoted() {
                Ok(phrase) => value = phrase,
                Err(misfit) => return Some(Err(misfit)),
            }
        } else if let Some(beginning) = prefix(value)
            && field.is_text()
        {
            if self.prefixes == MAX_PREFIXES {
                self.note(Note::TooManyTerms);
                value = beginning;
            } else {
                self.prefixes += 1;
            }
        }
        if let Some(found) = understood(field, value, is_phrase, self.now) {
            return Some(self.add_understood(term, found.clause, found.meaning, found.terms));
        }
        self.note(Note::UnknownField);
        Some(if is_phrase {
            self.add_phrase(value, term.is_unwanted)
        } else {
            self.add_word(word, term)
        })
    }

    /// Adds what is more than a word, and notes where it stands.
    fn add_understood(
        &mut self,
        term: Begun,
        clause: Clause,
        meaning: Meaning,
        terms: usize,
    ) -> Result<(), Misfit> {
        if matches!(meaning, Meaning::Filter(_) | Meaning::Year(_)) {
            if self.filters == MAX_FILTERS {
                self.is_full = true;
                return Ok(());
            }
            self.filters += 1;
        }
        if self.count(terms) < terms {
            return Ok(());
        }
        let groups = self.outer.iter().chain([&self.group]);
        let turns = groups.filter(|group| group.is_unwanted).count();
        let is_unwanted = term.is_unwanted != (turns % 2 == 1);
        let span = self.group.begins_at(term.start)..self.at;
        self.group.add(clause, term.is_unwanted, Some(self.parts.len()))?;
        self.parts.push(Part { span, meaning, is_unwanted });
        Ok(())
    }

    fn add_word(&mut self, word: &str, term: Begun) -> Result<(), Misfit> {
        if has_letter_or_digit(word) && self.count(1) == 1 {
            return self.group.add(Clause::Word(word.to_owned()), term.is_unwanted, None);
        }
        Ok(())
    }

    fn add_phrase(&mut self, phrase: &str, is_unwanted: bool) -> Result<(), Misfit> {
        let words: Vec<&str> =
            phrase.split(is_space).filter(|word| has_letter_or_digit(word)).collect();
        let taken = self.count(words.len());
        match words.get(..taken) {
            None | Some([]) => Ok(()),
            Some(words) => self.group.add(Clause::Phrase(words.join(" ")), is_unwanted, None),
        }
    }

    /// Counts terms and says how many of them are still taken.
    fn count(&mut self, terms: usize) -> usize {
        let taken = terms.min(MAX_TERMS - self.terms);
        self.terms += taken;
        self.is_full |= taken < terms;
        taken
    }

    fn open(&mut self, is_unwanted: bool) -> Result<(), Misfit> {
        if self.outer.len() == MAX_DEPTH {
            return Err(Misfit);
        }
        let inner = Group::unwanted(is_unwanted);
        self.outer.push(std::mem::replace(&mut self.group, inner));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Misfit> {
        let outer = self.outer.pop().ok_or(Misfit)?;
        let inner = std::mem::replace(&mut self.group, outer);
        if inner.is_joining() {
            return Err(Misfit);
        }
        if inner.is_empty() {
            self.group.skip();
            return Ok(());
        }
        let is_unwanted = inner.is_unwanted;
        // Only exclusions between parentheses: nothing says from what to leave them out.
        let clause = inner.into_clause().ok_or(Misfit)?;
        self.group.add(clause, is_unwanted, None)
    }

    /// Ends all groups: the rest is left out, and what waits for it must not count as a mistake.
    fn close_all(&mut self) -> Result<(), Misfit> {
        self.group.stop_joining();
        while !self.outer.is_empty() {
            self.close()?;
            self.group.stop_joining();
        }
        Ok(())
    }
}
