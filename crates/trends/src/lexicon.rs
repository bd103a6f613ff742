//! The words that were met, each written once and known by a small number.

use crate::hashing::{NumberMap, number};
use crate::keys::key;
use crate::stops;
use crate::words::is_han;

/// The id of the place where no phrase goes on.
pub(crate) const BREAK: u32 = 0;
/// The id of the opening parenthesis.
pub(crate) const OPEN: u32 = 1;
/// The id of the place where the title ends and the text begins.
pub(crate) const TEXT: u32 = 2;
/// The id of the first word.
pub(crate) const FIRST: u32 = 3;

/// A word is a Han character or a kana.
pub(crate) const HAN: u8 = 1;
/// A word is digits and dots only.
pub(crate) const DIGITS: u8 = 2;
/// A word may be an acronym: two capitals at least, ten letters at most.
pub(crate) const CAPITALS: u8 = 4;
/// A word is one letter.
pub(crate) const LETTER: u8 = 8;

/// What is known of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// The number of the form under which it is counted.
    pub key: u64,
    /// What kind of word it is.
    pub flags: u8,
    /// The languages in which it begins and ends no term.
    pub stops: u8,
}

impl Word {
    /// Whether it is one character, which is no term by itself.
    pub(crate) const fn is_small(self) -> bool {
        self.flags & (HAN | LETTER) != 0
    }

    /// Whether no term begins with it in a document whose stop words are those of `mask`.
    pub(crate) const fn is_no_beginning(self, mask: u8) -> bool {
        self.stops & mask != 0 || self.flags & DIGITS != 0
    }
}

/// Words by id, ids by word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lexicon {
    text: String,
    ends: Vec<u32>,
    words: Vec<Word>,
    ids: NumberMap<u32>,
}

impl Lexicon {
    /// The id of `word`; a new one if it is met for the first time.
    ///
    /// Four gigabytes of different words are more than any archive has; what comes after is a break.
    pub(crate) fn id(&mut self, word: &str) -> u32 {
        let number = number(word);
        if let Some(id) = self.ids.get(&number) {
            return *id;
        }
        let end = u32::try_from(self.text.len() + word.len());
        let (Ok(end), Ok(place)) = (end, u32::try_from(self.words.len())) else { return BREAK };
        self.text.push_str(word);
        self.ends.push(end);
        self.words.push(known(word));
        self.ids.insert(number, place + FIRST);
        place + FIRST
    }

    /// What is known of the word of this id; nothing of a break.
    pub(crate) fn word(&self, id: u32) -> Option<Word> {
        self.words.get(id.checked_sub(FIRST)? as usize).copied()
    }

    /// The word of this id as it was written.
    pub(crate) fn written(&self, id: u32) -> &str {
        let Some(place) = id.checked_sub(FIRST).map(|place| place as usize) else { return "" };
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(place).copied().unwrap_or_default();
        self.text.get(start.unwrap_or_default() as usize..end as usize).unwrap_or_default()
    }

    /// What is known of the words, in the order of their ids.
    pub(crate) fn known(&self) -> &[Word] {
        &self.words
    }

    /// Words in the order of their ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        (FIRST..).take(self.words.len()).map(|id| self.written(id))
    }
}

/// What can be said of a word from its letters.
fn known(word: &str) -> Word {
    let lower = word.to_lowercase();
    let mut flags = 0;
    let mut letters = word.chars();
    let (first, second) = (letters.next(), letters.next());
    if second.is_none() {
        flags |= if first.is_some_and(is_han) { HAN } else { LETTER };
    }
    if word.chars().all(|c| c.is_numeric() || c == '.') {
        flags |= DIGITS;
    }
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if capitals >= 2 && capitals * 2 >= word.chars().count() && word.chars().count() <= 10 {
        flags |= CAPITALS;
    }
    Word { key: number(&key(word)), flags, stops: stops::languages(&lower) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_once() {
        let mut lexicon = Lexicon::default();
        let ids = ["LLMs", "llm", "的", "LLMs", "5"].map(|word| lexicon.id(word));
        assert_eq!(ids, [3, 4, 5, 3, 6]);
        assert_eq!(lexicon.all().collect::<Vec<_>>(), ["LLMs", "llm", "的", "5"]);
        let words = ids.map(|id| lexicon.word(id).unwrap());
        assert_eq!(words[0].key, words[1].key);
        assert_eq!(words.map(|word| word.flags), [CAPITALS, 0, HAN, CAPITALS, DIGITS | LETTER]);
        assert_ne!(words[2].stops, 0);
        assert_eq!(lexicon.word(BREAK), None);
        assert_eq!(lexicon.word(99), None);
        assert_eq!(lexicon.written(OPEN), "");
    }
}
