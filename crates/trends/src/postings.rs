//! Which documents have which phrase: half of the phrases, so that two threads can work.
//!
//! All phrases are counted in a sketch, a table of small counters that several phrases may share, so
//! that it counts at least as many as there are. Phrases whose counter reaches the threshold are
//! admitted: from then on every document that has them is kept, and those of the past are looked up in
//! one reading of all documents. A phrase can be admitted too early, never too late; whoever asks
//! filters by the exact count.

use crate::grams::{self, Beginnings, Place};
use crate::hashing::NumberMap;
use crate::lexicon::Lexicon;
use crate::varint;

/// How many counters there are for a document.
const COUNTERS_EACH: usize = 1024;

/// The least and the most counters of one half: half a mebibyte, 64 MiB.
const COUNTERS: (usize, usize) = (1 << 19, 1 << 26);

/// A document that is to be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'a> {
    /// Its number.
    pub document: u32,
    /// The languages whose stop words hold for it.
    pub mask: u8,
    /// Its words.
    pub words: &'a [u8],
}

/// The documents that have a phrase.
#[derive(Clone, Debug, Default)]
pub(crate) struct Posting {
    /// Distances from one document to the next, the first from zero.
    bytes: Vec<u8>,
    last: u32,
    count: u32,
}

impl Posting {
    /// Adds a document that is not before the last one.
    fn add(&mut self, document: u32) {
        if self.count > 0 && document <= self.last {
            return;
        }
        if self.bytes.len() == self.bytes.capacity() {
            self.bytes.reserve_exact((self.bytes.len() / 8).max(8));
        }
        varint::push(&mut self.bytes, document - self.last);
        self.last = document;
        self.count += 1;
    }

    /// The documents in ascending order, forgotten ones too.
    pub(crate) fn documents(&self) -> impl Iterator<Item = u32> {
        varint::read(&self.bytes).scan(0, |document, distance| {
            *document += distance;
            Some(*document)
        })
    }

    /// How many there are, forgotten ones too.
    pub(crate) const fn len(&self) -> u32 {
        self.count
    }
}

/// Half of the phrases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shard {
    /// Which half: the highest bit of the number of the phrase.
    half: u64,
    counters: Vec<u8>,
    places: NumberMap<u32>,
    numbers: Vec<u64>,
    postings: Vec<Posting>,
    /// Names of concepts, which are admitted when they are first met.
    always: Vec<u64>,
}

impl Shard {
    /// An empty half that admits the phrases of `always` at once.
    pub(crate) fn new(half: u64, always: impl Iterator<Item = u64>) -> Self {
        let always = always.filter(|number| number >> 63 == half).collect();
        Self { half, always, ..Self::default() }
    }

    /// The phrases with their documents.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &Posting)> {
        self.numbers.iter().copied().zip(&self.postings)
    }

    /// The phrase at this place.
    pub(crate) fn number(&self, place: u32) -> Option<u64> {
        self.numbers.get(place as usize).copied()
    }

    /// The place of a phrase among those that were admitted.
    pub(crate) fn place(&self, number: u64) -> Option<u32> {
        self.places.get(&number).copied()
    }

    /// The documents of the phrase at this place.
    pub(crate) fn posting(&self, place: u32) -> Option<&Posting> {
        self.postings.get(place as usize)
    }

    /// Whether the sketch is too small for so many documents.
    pub(crate) fn is_small(&self, documents: usize) -> bool {
        self.counters.len() < wanted(documents)
    }

    /// Makes the sketch anew, large enough for so many documents and empty.
    pub(crate) fn clear_counters(&mut self, documents: usize) {
        self.counters = vec![0; wanted(documents)];
        // What was admitted counts as seen, though its documents may be forgotten.
        let marks = self.numbers.iter().map(|number| (number, 1));
        for (number, least) in marks.chain(self.always.iter().map(|number| (number, u8::MAX))) {
            let place = counter(*number, self.counters.len());
            if let Some(counter) = self.counters.get_mut(place) {
                *counter = least.max(*counter);
            }
        }
    }

    /// Counts the phrases of documents in the sketch, and keeps them for the phrases admitted before.
    pub(crate) fn count<'a>(
        &mut self,
        documents: impl Iterator<Item = Counted<'a>>,
        lexicon: &Lexicon,
        beginnings: &Beginnings,
        keep: bool,
    ) {
        let (mut places, mut numbers) = (Vec::new(), Vec::new());
        for document in documents {
            self.numbers_of(document, lexicon, beginnings, &mut places, &mut numbers);
            for number in &numbers {
                let place = counter(*number, self.counters.len());
                let Some(counter) = self.counters.get_mut(place) else { continue };
                let before = *counter;
                *counter = before.saturating_add(1);
                // What was never counted cannot have been admitted.
                if keep
                    && before > 0
                    && let Some(place) = self.places.get(number)
                    && let Some(posting) = self.postings.get_mut(*place as usize)
                {
                    posting.add(document.document);
                }
            }
        }
    }

    /// The phrases of a document that are of this half. They are put together first, so that the
    /// processor can wait for many counters at once.
    fn numbers_of(
        &self,
        document: Counted<'_>,
        lexicon: &Lexicon,
        beginnings: &Beginnings,
        places: &mut Vec<Place>,
        numbers: &mut Vec<u64>,
    ) {
        numbers.clear();
        grams::places(varint::read(document.words), lexicon, places);
        grams::each(places, document.mask, beginnings, |_, _, number| {
            if number >> 63 == self.half {
                numbers.push(number);
            }
        });
    }

    /// Admits the phrases of documents whose counters have reached `threshold`; the first new place.
    pub(crate) fn admit<'a>(
        &mut self,
        documents: impl Iterator<Item = Counted<'a>>,
        lexicon: &Lexicon,
        beginnings: &Beginnings,
        threshold: u8,
    ) -> usize {
        let first = self.numbers.len();
        let (mut places, mut numbers) = (Vec::new(), Vec::new());
        for document in documents {
            self.numbers_of(document, lexicon, beginnings, &mut places, &mut numbers);
            numbers.retain(|number| {
                let place = counter(*number, self.counters.len());
                self.counters.get(place).is_some_and(|counter| *counter >= threshold)
            });
            for number in &numbers {
                let Ok(next) = u32::try_from(self.numbers.len()) else { continue };
                let place = *self.places.entry(*number).or_insert(next);
                if place == next {
                    self.numbers.push(*number);
                    self.postings.push(Posting::default());
                }
                // All documents are read in order: what is new can be filled at once.
                if place as usize >= first
                    && let Some(posting) = self.postings.get_mut(place as usize)
                {
                    posting.add(document.document);
                }
            }
        }
        first
    }

    /// The phrases admitted since `first`.
    pub(crate) fn since(&self, first: usize) -> &[u64] {
        self.numbers.get(first..).unwrap_or_default()
    }

    /// Replaces the documents of a phrase by what was found in all of them.
    pub(crate) fn replace(&mut self, number: u64, documents: &[u32]) {
        let place = self.place(number);
        let posting = place.and_then(|place| self.postings.get_mut(place as usize));
        if let Some(posting) = posting {
            *posting = Posting::default();
            for document in documents {
                posting.add(*document);
            }
        }
    }

    /// Gives back the room that growing left.
    pub(crate) fn shrink(&mut self) {
        self.numbers.shrink_to_fit();
        self.postings.shrink_to_fit();
        for posting in &mut self.postings {
            if posting.bytes.capacity() > posting.bytes.len() + posting.bytes.len() / 8 {
                posting.bytes.shrink_to_fit();
            }
        }
    }
}

/// The counters of one half for so many documents.
fn wanted(documents: usize) -> usize {
    let wanted = documents.saturating_mul(COUNTERS_EACH / 2).next_power_of_two();
    wanted.clamp(COUNTERS.0, COUNTERS.1)
}

/// The place of the counter of a phrase, of a power of two of them.
#[expect(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
const fn counter(number: u64, counters: usize) -> usize {
    number as usize & counters.wrapping_sub(1)
}
