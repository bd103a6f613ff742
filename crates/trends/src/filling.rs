//! Finding the past documents of phrases that have become frequent: one quick reading of everything.
//!
//! Whether a new phrase may begin at a word is asked of the word and the next one together, in a table
//! small enough for the nearest cache; only where it may, the phrase is followed.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::counts::Counts;
use crate::documents::Documents;
use crate::grams::{self, Beginnings, Place, finished};
use crate::hashing::{NumberSet, mixed, then};
use crate::lexicon::DIGITS;
use crate::varint;

/// The documents of each phrase.
type Found = BTreeMap<u64, Vec<u32>>;

/// What is looked for.
struct Wanted {
    numbers: NumberSet,
    /// The longest phrase, in words.
    longest: usize,
    /// Whether some are single words.
    single: bool,
    /// A bit for each pair of words that a longer one begins with.
    pairs: Vec<u64>,
}

/// Fills in the documents of the phrases `new`, all of which stand in documents from `look` on.
pub(crate) fn fill(
    counts: &mut Counts,
    new: &[u64],
    documents: &Documents,
    beginnings: &Beginnings,
    look: usize,
) {
    if new.is_empty() {
        return;
    }
    let wanted = Wanted::new(new, documents, beginnings, look);
    let (end, half) = (documents.all.len(), documents.all.len() / 2);
    let (one, other) = std::thread::scope(|scope| {
        let beside = scope.spawn(|| wanted.look(documents, 0..half));
        let other = wanted.look(documents, half..end);
        (beside.join().unwrap_or_default(), other)
    });
    let mut found = one;
    for (number, mut later) in other {
        found.entry(number).or_default().append(&mut later);
    }
    for (number, documents) in found {
        if let Some(shard) = counts.shards.get_mut(usize::from(number >> 63 == 1)) {
            shard.replace(number, &documents);
        }
    }
}

impl Wanted {
    fn new(new: &[u64], documents: &Documents, beginnings: &Beginnings, look: usize) -> Self {
        let words = (new.len() / 2).next_power_of_two().clamp(64, 1 << 16);
        let mut wanted = Self {
            numbers: new.iter().copied().collect(),
            longest: 0,
            single: false,
            pairs: vec![0; words],
        };
        let mut places = Vec::<Place>::new();
        for document in documents.counted(look, documents.all.len()) {
            grams::places(varint::read(document.words), &documents.lexicon, &mut places);
            grams::each(&places, document.mask, beginnings, |start, length, number| {
                if !wanted.numbers.contains(&number) {
                    return;
                }
                wanted.longest = wanted.longest.max(length);
                let mut words = places.iter().skip(start).flatten();
                match (length, words.next(), words.next()) {
                    (2.., Some(first), Some(second)) => {
                        let (word, bit) = wanted.pair(first.key, second.key);
                        if let Some(bits) = wanted.pairs.get_mut(word) {
                            *bits |= 1 << bit;
                        }
                    }
                    _ => wanted.single = true,
                }
            });
        }
        wanted
    }

    #[expect(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
    const fn pair(&self, first: u64, second: u64) -> (usize, u32) {
        let number = mixed(then(first, second));
        ((number >> 6) as usize & (self.pairs.len() - 1), (number & 63) as u32)
    }

    fn look(&self, documents: &Documents, part: Range<usize>) -> Found {
        let mut found = Found::new();
        let mut places = Vec::<Place>::new();
        for document in documents.counted(part.start, part.end) {
            grams::places(varint::read(document.words), &documents.lexicon, &mut places);
            for (start, place) in places.iter().enumerate() {
                let Some(first) = place else { continue };
                let next = places.get(start + 1).copied().flatten();
                let begins = next.is_some_and(|next| {
                    let (word, bit) = self.pair(first.key, next.key);
                    self.pairs.get(word).is_some_and(|bits| bits >> bit & 1 == 1)
                });
                let may = first.stops & document.mask == 0 && first.flags & DIGITS == 0;
                if !may || !(self.single || begins) {
                    continue;
                }
                let mut row = 0;
                let length = if begins { self.longest } else { 1 };
                for place in places.iter().skip(start).take(length) {
                    let Some(word) = place else { break };
                    row = then(row, word.key);
                    if word.stops & document.mask == 0 && self.numbers.contains(&finished(row)) {
                        let documents = found.entry(finished(row)).or_default();
                        if documents.last() != Some(&document.document) {
                            documents.push(document.document);
                        }
                    }
                }
            }
        }
        found
    }
}
