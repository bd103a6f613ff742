//! Finding the past documents of phrases that have become frequent: one quick reading of everything.
//!
//! Whether a new phrase may begin at a word is asked of a few bits of the word and the next one and of a filter
//! of such pairs, both small enough for a near cache; only where it may, the phrase is followed.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::beside::both;
use crate::counts::Counts;
use crate::documents::Documents;
use crate::grams::{self, Beginnings, Place, finished};
use crate::hashing::{NumberMap, NumberSet, mixed, then};
use crate::lexicon::{DIGITS, FIRST};
use crate::phrases::Counted;
use crate::varint;

/// The documents of each phrase.
type Found = BTreeMap<u64, Vec<u32>>;

/// What is looked for.
struct Wanted<'a> {
    documents: &'a Documents,
    numbers: NumberSet,
    /// The longest phrase, in words.
    longest: usize,
    /// For each word: whether it is one by itself, begins one and is the second of one, as bits, and
    /// above them some bits that stand for the word.
    parts: Vec<u32>,
    /// A bit for each pair of words that begins a phrase, which other pairs may share.
    pairs: Vec<u64>,
}

/// How many bits the filter of pairs has.
const PAIR_BITS: u32 = 1 << 18;

/// A word is looked for by itself.
const SINGLE: u32 = 1;
/// A word begins a phrase.
const FIRST_WORD: u32 = 2;
/// A word is the second of a phrase.
const SECOND_WORD: u32 = 4;

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
    let (mut found, other) = both(|| wanted.look(0..half), || wanted.look(half..end));
    for (number, mut later) in other {
        found.entry(number).or_default().append(&mut later);
    }
    for (number, documents) in found {
        if let Some(shard) = counts.shards.get_mut(usize::from(number >> 63 == 1)) {
            shard.fill(number, &documents);
        }
    }
}

impl<'a> Wanted<'a> {
    fn new(new: &[u64], documents: &'a Documents, beginnings: &Beginnings, look: usize) -> Self {
        let numbers = new.iter().copied().collect::<NumberSet>();
        let mut keys = NumberMap::<u32>::default();
        let mut pairs = vec![0_u64; (PAIR_BITS / 64) as usize];
        let mut longest = 1;
        let mut places = Vec::<Place>::new();
        for document in documents.counted(look, documents.all.len()) {
            grams::places(varint::read(document.words), &documents.lexicon, &mut places);
            grams::each(&places, document.mask, beginnings, |start, length, number| {
                if !numbers.contains(&number) {
                    return;
                }
                longest = longest.max(length);
                let mut words = places.iter().skip(start).flatten().map(|word| word.key);
                let (Some(first), second) = (words.next(), words.next()) else { return };
                let mut is = |key, part| {
                    let bits = keys.entry(key).or_insert_with(|| code(key));
                    *bits |= part;
                    *bits
                };
                match second.filter(|_| length > 1) {
                    None => drop(is(first, SINGLE)),
                    Some(second) => {
                        let bit = pair(is(first, FIRST_WORD), is(second, SECOND_WORD));
                        if let Some(bits) = pairs.get_mut((bit / 64) as usize) {
                            *bits |= 1 << (bit % 64);
                        }
                    }
                }
            });
        }
        let words = documents.lexicon.known().iter();
        let parts = words.map(|word| keys.get(&word.key).copied().unwrap_or_default());
        let parts = std::iter::repeat_n(0, FIRST as usize).chain(parts).collect();
        Self { documents, numbers, longest, parts, pairs }
    }

    fn look(&self, part: Range<usize>) -> Found {
        let mut found = Found::new();
        let mut ids = Vec::new();
        for document in self.documents.counted(part.start, part.end) {
            ids.clear();
            ids.extend(varint::read(document.words));
            let of = |id: Option<&u32>| {
                id.and_then(|id| self.parts.get(*id as usize)).copied().unwrap_or_default()
            };
            let mut next = of(ids.first());
            for start in 0..ids.len() {
                let here = next;
                next = of(ids.get(start + 1));
                let begins = here & FIRST_WORD != 0
                    && next & SECOND_WORD != 0
                    && self.may_begin(pair(here, next));
                if begins || here & SINGLE != 0 {
                    let length = if begins { self.longest } else { 1 };
                    let words = ids.iter().skip(start).take(length);
                    self.follow(document, words, &mut found);
                }
            }
        }
        found
    }

    fn may_begin(&self, bit: u32) -> bool {
        self.pairs.get((bit / 64) as usize).is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
    }

    /// Keeps the document for every phrase that begins here.
    fn follow<'b>(
        &self,
        document: Counted<'_>,
        words: impl Iterator<Item = &'b u32>,
        found: &mut Found,
    ) {
        let mut row = 0;
        for (at, id) in words.enumerate() {
            let Some(word) = self.documents.lexicon.word(*id) else { return };
            if at == 0 && (word.stops & document.mask != 0 || word.flags & DIGITS != 0) {
                return;
            }
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

/// The bits that stand for a word.
#[expect(clippy::cast_possible_truncation, reason = "only some of the bits are wanted")]
const fn code(key: u64) -> u32 {
    (mixed(key) as u32) << 3
}

/// The bit of the filter for two words.
const fn pair(first: u32, second: u32) -> u32 {
    let both = (first >> 3).wrapping_mul(0x9e37_79b1) ^ (second >> 3);
    (both ^ both >> 15) % PAIR_BITS
}
