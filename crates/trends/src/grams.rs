//! The phrases of a document that may be terms.

use crate::hashing::{mixed, then};
use crate::lexicon::{HAN, Lexicon, Word};

/// The longest term, in words.
pub(crate) const MAX_WORDS: usize = 4;

/// The longest term that is written in Han characters only, in characters.
pub(crate) const MAX_HAN: usize = 6;

/// The longest name of a concept, in words or characters.
pub(crate) const MAX_LABEL: usize = 16;

/// How many bits the filter of long names has.
const FILTER_BITS: u64 = 1 << 16;

/// The beginnings of names of concepts that are longer than other terms: where one is met, the phrase
/// is followed to [`MAX_LABEL`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Beginnings {
    filter: Vec<u64>,
}

impl Beginnings {
    /// Remembers the beginning of a long name.
    pub(crate) fn add(&mut self, row: u64) {
        if self.filter.is_empty() {
            self.filter.resize((FILTER_BITS / 64) as usize, 0);
        }
        let bit = mixed(row) % FILTER_BITS;
        if let Some(bits) = self.filter.get_mut((bit / 64) as usize) {
            *bits |= 1 << (bit % 64);
        }
    }

    fn may_have(&self, row: u64) -> bool {
        let bit = mixed(row) % FILTER_BITS;
        self.filter.get((bit / 64) as usize).is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
    }
}

/// A place in the words of a document, `None` where no phrase goes on.
pub(crate) type Place = Option<Word>;

/// Reads the ids of a document into `places`.
pub(crate) fn places(ids: impl Iterator<Item = u32>, lexicon: &Lexicon, places: &mut Vec<Place>) {
    places.clear();
    places.extend(ids.map(|id| lexicon.word(id)));
}

/// The number of the phrase of these words.
pub(crate) fn phrase(keys: impl Iterator<Item = u64>) -> u64 {
    finished(keys.fold(0, then))
}

/// The number of a phrase from that of its row.
pub(crate) const fn finished(row: u64) -> u64 {
    mixed(row)
}

/// Gives `give` the start, length and number of every phrase that may be a term: it neither begins nor
/// ends with a stop word of `mask`, does not begin with a number and is more than one letter.
pub(crate) fn each(
    places: &[Place],
    mask: u8,
    beginnings: &Beginnings,
    mut give: impl FnMut(usize, usize, u64),
) {
    for (start, place) in places.iter().enumerate() {
        let Some(first) = place else { continue };
        if first.is_no_beginning(mask) {
            continue;
        }
        let mut row = 0;
        let mut only_han = true;
        for (length, place) in (1..=MAX_LABEL).zip(places.get(start..).unwrap_or_default()) {
            let Some(word) = place else { break };
            only_han &= word.flags & HAN != 0;
            let limit = if only_han { MAX_HAN } else { MAX_WORDS };
            row = then(row, word.key);
            let stops = word.stops & mask != 0;
            let small = length == 1 && word.is_small();
            if !stops && !small {
                give(start, length, finished(row));
            }
            if length >= limit && !beginnings.may_have(row) {
                break;
            }
        }
    }
}
