//! Runs of Latin words in documents of another script.

use crate::letters::{Class, class};
use crate::words::{Chains, Piece};

/// Whether the walk over a text is inside a run of Latin words.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Not known before the first Latin word after another script.
    is_run: Option<bool>,
}

impl Script {
    /// Whether a word stands in a run of at least `shortest`; asked for each word of a text in turn.
    pub(crate) fn is_english(
        &mut self,
        text: &str,
        pieces: &[Piece],
        following: &Chains<'_>,
        shortest: usize,
    ) -> bool {
        match first_class(text, pieces) {
            // A number belongs to the words around it.
            Some(Class::Digit) => false,
            Some(Class::Letter) if is_latin(text, pieces) => {
                *self.is_run.get_or_insert_with(|| {
                    let mut ahead = following.clone();
                    let mut pieces = Vec::new();
                    let mut count = 1;
                    while count < shortest && ahead.next_chain(&mut pieces) {
                        if is_latin(text, &pieces) {
                            count += 1;
                        } else if first_class(text, &pieces) != Some(Class::Digit) {
                            break;
                        }
                    }
                    count >= shortest
                })
            }
            _ => {
                self.is_run = None;
                false
            }
        }
    }
}

fn first_class(text: &str, pieces: &[Piece]) -> Option<Class> {
    let first = pieces.first()?.of(text)?.chars().next()?;
    Some(class(first))
}

fn is_latin(text: &str, pieces: &[Piece]) -> bool {
    let first =
        pieces.first().and_then(|piece| piece.of(text)).and_then(|word| word.chars().next());
    first.is_some_and(|first| {
        first.is_ascii_alphabetic()
            || matches!(first, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
    })
}
