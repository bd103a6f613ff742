//! Finds the words of a text by its characters alone, the same in every language.
//!
//! Where a word begins and ends depends only on its own characters and the sign that follows it, so
//! that the same word is found whatever comes after it.

use crate::letters::{Class, LetterSet, class};

/// Most parts of one symbol: an address on the web has more, and is searched in pieces of this size.
const MOST_PARTS: usize = 8;

/// What a piece is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters and digits of a word.
    Word,
    /// One ideograph of a run.
    Run,
}

/// A word, a part of a symbol, or one character of a run of ideographs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte after it.
    pub(crate) end: usize,
    /// What it is made of.
    pub(crate) kind: Kind,
    /// The sign that holds it to the piece before; `None` for the first.
    pub(crate) glue: Option<char>,
    /// What a word is made of.
    pub(crate) letters: LetterSet,
}

impl Piece {
    /// Its text.
    pub(crate) fn of<'a>(&self, text: &'a str) -> Option<&'a str> {
        text.get(self.start..self.end)
    }
}

/// A walk over the words of a text.
#[derive(Clone, Debug)]
pub(crate) struct Chains<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Chains<'a> {
    /// Begins at the beginning.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Fills in the pieces of the next word, symbol or run; `false` at the end.
    pub(crate) fn next_chain(&mut self, pieces: &mut Vec<Piece>) -> bool {
        pieces.clear();
        for (at, character) in self.rest().char_indices() {
            match class(character) {
                Class::Ideograph => {
                    self.at += at;
                    self.run(pieces);
                    return true;
                }
                Class::Arabic | Class::Letter | Class::Digit => {
                    self.at += at;
                    self.symbol(pieces);
                    return true;
                }
                _ => {}
            }
        }
        self.at = self.text.len();
        false
    }

    fn here(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self, pieces: &mut Vec<Piece>) {
        while let Some(character) = self.here().filter(|&next| class(next) == Class::Ideograph) {
            let start = self.at;
            self.at += character.len_utf8();
            // Variation selectors and sound marks belong to their character.
            while let Some(mark) = self.here().filter(|&next| class(next) == Class::Mark) {
                self.at += mark.len_utf8();
            }
            let letters = LetterSet::default();
            pieces.push(Piece { start, end: self.at, kind: Kind::Run, glue: None, letters });
        }
    }

    fn symbol(&mut self, pieces: &mut Vec<Piece>) {
        let mut glue = None;
        loop {
            let start = self.at;
            let (before, letters) = self.word();
            pieces.push(Piece { start, end: self.at, kind: Kind::Word, glue, letters });
            if pieces.len() == MOST_PARTS {
                return;
            }
            let mut following = self.rest().chars();
            let (Some(sign), Some(next)) = (following.next(), following.next()) else { return };
            if class(sign) != Class::Glue {
                return;
            }
            let after = class(next);
            let holds = match sign {
                // 3,5 is a number; "one,two" is a missing space.
                ',' => before == Class::Digit && after == Class::Digit,
                _ => matches!(after, Class::Arabic | Class::Letter | Class::Digit),
            };
            if !holds {
                return;
            }
            self.at += sign.len_utf8();
            glue = Some(sign);
        }
    }

    /// Goes to the end of a word and returns the class of its last letter or digit, and its letters.
    fn word(&mut self) -> (Class, LetterSet) {
        if let Some(end) = plain_word(self.rest().as_bytes()) {
            self.at += end;
            let last = self.text.get(..self.at).and_then(|text| text.chars().next_back());
            return (last.map_or(Class::Gap, class), LetterSet::default());
        }
        let (mut last, mut letters) = (Class::Gap, LetterSet::default());
        let mut script = None;
        let mut end = 0;
        let mut characters = self.rest().char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let class_here = class(character);
            let is_inside = match class_here {
                // An Arabic article before a Latin name is another word: الـITU.
                letter @ (Class::Arabic | Class::Letter) => *script.get_or_insert(letter) == letter,
                Class::Digit | Class::Mark | Class::Invisible => true,
                Class::Apostrophe => {
                    last == Class::Letter
                        && characters.peek().is_some_and(|&(_, next)| class(next) == Class::Letter)
                }
                Class::Ideograph | Class::Glue | Class::Gap => false,
            };
            if !is_inside {
                break;
            }
            if !matches!(class_here, Class::Mark | Class::Invisible) {
                last = class_here;
            }
            letters.add(character, class_here);
            end = at + character.len_utf8();
        }
        self.at += end;
        (last, letters)
    }
}

/// Where a word of ASCII letters and digits ends, when what follows cannot belong to it: most words are
/// found so, many letters at a time. `None` when it is to be looked at letter by letter.
fn plain_word(rest: &[u8]) -> Option<usize> {
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let is_over = rest.get(end).is_none_or(|byte| byte.is_ascii() && *byte != b'\'');
    (end > 0 && is_over).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chains(text: &str) -> Vec<Vec<&str>> {
        let mut walk = Chains::new(text);
        let (mut pieces, mut found) = (Vec::new(), Vec::new());
        while walk.next_chain(&mut pieces) {
            found.push(pieces.iter().map(|piece| piece.of(text).unwrap()).collect());
        }
        found
    }

    #[test]
    fn words_symbols_and_runs_are_found() {
        assert_eq!(chains("Hello, world."), [["Hello"], ["world"]]);
        assert_eq!(chains("C23/52"), [["C23", "52"]]);
        assert_eq!(chains("A/RES/78/265"), [["A", "RES", "78", "265"]]);
        assert_eq!(chains("l’eau d'ici"), [["l’eau"], ["d'ici"]]);
        assert_eq!(chains("'quoted'"), [["quoted"]]);
        assert_eq!(chains("5G网络"), [vec!["5G"], vec!["网", "络"]]);
        assert_eq!(chains("الـITU"), [["الـ"], ["ITU"]]);
        assert_eq!(chains("one,two 3,5"), [vec!["one"], vec!["two"], vec!["3", "5"]]);
        assert_eq!(chains("a - b"), [["a"], ["b"]]);
        assert_eq!(chains("…!?"), Vec::<Vec<&str>>::new());
    }
}
