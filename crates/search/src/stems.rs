//! Words whose endings were cut before, and what was left of them.

use std::hash::BuildHasher as _;

use frostem::Stemmer;
use hashbrown::DefaultHashBuilder;

/// Words that are remembered: a later one takes the place of an earlier one with the same number. Nine
/// in ten words of a text are among the most frequent thousands of its language, and looking a word up
/// costs a tenth of cutting it.
const SLOTS: usize = 8 * 1024;

/// Stems by words, for texts that are read one after the other by the same rules. Takes nothing before
/// the first word, half a megabyte after many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stems {
    slots: Vec<(String, String)>,
    hasher: DefaultHashBuilder,
}

impl Stems {
    /// Adds the stem of `word` to `into`. The same word must always come with the same stemmer.
    pub(crate) fn cut(&mut self, stemmer: Stemmer, word: &str, into: &mut String) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, (String::new(), String::new()));
        }
        let number = self.hasher.hash_one(word);
        let slot = usize::try_from(number % SLOTS as u64).unwrap_or_default();
        let Some((known, stem)) = self.slots.get_mut(slot) else { return };
        if known != word {
            known.clear();
            known.push_str(word);
            stem.clear();
            stem.push_str(&stemmer.stem(word));
        }
        into.push_str(stem);
    }
}

#[cfg(test)]
mod tests {
    use frostem::Algorithm;

    use super::*;

    #[test]
    fn a_remembered_stem_is_the_stem() {
        let (mut stems, english) = (Stems::default(), Stemmer::new(Algorithm::English));
        let words: Vec<String> = (0..3 * SLOTS).map(|number| format!("w{number:x}ings")).collect();
        for word in words.iter().chain(words.iter().rev()).chain([&String::new()]) {
            let mut found = String::new();
            stems.cut(english, word, &mut found);
            assert_eq!(found, english.stem(word));
        }
    }
}
