//! Identifiers among the words of a search box.

use super::{Begun, Misfit, Reading};
use crate::identifier::{self, Identifier};
use crate::query::{Clause, Meaning, has_letter_or_digit, is_space};

/// How far beside an identifier of several words the text is looked at, in bytes.
const BESIDE: usize = 256;

impl<'a> Reading<'a> {
    /// Takes an identifier that has spaces, as `ITU-T Y.3172`, and says of which words it is made.
    pub(super) fn take_long_identifier(
        &mut self,
        term: Begun,
    ) -> Option<(Identifier, Vec<&'a str>)> {
        let start = self.at;
        let rest = self.rest();
        let (length, identifier) = identifier::begins(rest)?;
        let text = rest.get(..length)?;
        let words: Vec<&str> =
            text.split(is_space).filter(|word| has_letter_or_digit(word)).collect();
        if words.len() < 2 || Identifier::parse(&words.join(" ")).as_ref() != Some(&identifier) {
            return None;
        }
        self.at += length;
        // A comma after it goes with it; a letter makes it something else.
        let tail = self.take_word();
        if has_letter_or_digit(tail) || self.would_return(term, &identifier) {
            self.at = start;
            return None;
        }
        Some((identifier, words))
    }

    /// Whether an identifier would come together from both sides if this one, which ends here, was taken
    /// off: a tag that comes back when it is taken off is none.
    pub(super) fn would_return(&self, term: Begun, taken: &Identifier) -> bool {
        let (Some(before), after) = (self.words.get(..term.start), self.rest()) else {
            return false;
        };
        let joined = format!("{before}{after}");
        let mut at = before.len().saturating_sub(BESIDE);
        at = joined.floor_char_boundary(at);
        before.get(at..).unwrap_or_default().char_indices().any(|(offset, _)| {
            let text = joined.get(at + offset..).unwrap_or_default();
            identifier::begins(text).is_some_and(|(length, found)| {
                found == *taken && at + offset + length > before.len()
            })
        })
    }

    /// An identifier that stands as words: it is searched as both.
    pub(super) fn add_identifier(
        &mut self,
        term: Begun,
        identifier: Identifier,
        words: &[&str],
    ) -> Result<(), Misfit> {
        let word = |word: &&str| Clause::Word((*word).to_owned());
        let as_words = match words {
            [one] => word(one),
            several => {
                Clause::All { wanted: several.iter().map(word).collect(), unwanted: Vec::new() }
            }
        };
        let either = Clause::Any(vec![Clause::Identifier(identifier.clone()), as_words]);
        self.add_understood(term, either, Meaning::Identifier(identifier), words.len())
    }
}
