//! A walk over the beginning of a text, from which identifiers are read.

/// A place in a text. Copies are cheap: whoever tries a way that may fail walks on a copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Bytes walked so far.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// What lies ahead.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes on by `bytes`, which must end a character.
    pub(super) const fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Takes this character, if it is next.
    pub(super) fn eat(&mut self, character: char) -> bool {
        let is_next = self.peek() == Some(character);
        if is_next {
            self.at += character.len_utf8();
        }
        is_next
    }

    /// Takes these letters of ASCII in whatever case, if they are next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let head = self.rest().get(..word.len());
        let is_next = head.is_some_and(|head| head.eq_ignore_ascii_case(word));
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Takes the first of these words that is next.
    pub(super) fn eat_one_of(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat_word(word))
    }

    pub(super) fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Takes all digits that are next; `None` when there are fewer or more.
    pub(super) fn digits(&mut self, fewest: usize, most: usize) -> Option<&'a str> {
        let digits = self.take_while(|character| character.is_ascii_digit());
        (fewest..=most).contains(&digits.len()).then_some(digits)
    }

    /// Takes spaces on one line; says how many.
    pub(super) fn spaces(&mut self) -> usize {
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\u{a0}' | '\u{2009}' | '\u{202f}');
        self.take_while(is_space).len()
    }

    /// Whether a name may end here: no letter or digit of ASCII goes on.
    pub(super) fn is_end(&self) -> bool {
        self.peek().is_none_or(|next| !next.is_ascii_alphanumeric())
    }
}
