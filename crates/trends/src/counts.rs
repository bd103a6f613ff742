//! The phrases that are counted, in two halves, brought up to date when somebody asks.

use std::ops::Range;
use std::sync::Mutex;

use crate::documents::Documents;
use crate::filling;
use crate::grams::Beginnings;
use crate::phrases;
use crate::postings::{Posting, Shard};
use crate::rare::Rare;
use crate::sums::Known;

/// The fewest documents that make a phrase a term.
const MIN_DOCUMENTS: u32 = 5;

/// One document in so many must have a phrase, in a large archive.
const ONE_IN: usize = 20_000;

/// By what part of the threshold phrases are admitted early, in a large archive, one in so many: documents can be
/// forgotten without all others being read again.
const EARLY: u32 = 16;

/// The same where all documents are read anyway, so that little of what comes after has to be looked for.
const EARLIER: u32 = 7;

/// Where more than one phrase for so many documents became frequent, reading all of them takes less time …
const DOCUMENTS_EACH: usize = 4;

/// … but so many phrases are looked for in any case.
const FEW: usize = 2_000;

/// The highest threshold: a counter of the sketch ends at 255.
const MAX_THRESHOLD: u32 = 200;

/// Where the documents of a phrase are kept: half and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    /// The half.
    pub half: usize,
    /// The place in it.
    pub place: u32,
}

/// All phrases that were admitted, and the documents that have them.
#[derive(Debug)]
pub(crate) struct Counts {
    /// The two halves: by the highest bit of the number of a phrase.
    pub shards: [Shard; 2],
    /// How many documents were counted.
    pub counted: usize,
    /// The documents of words that are no terms.
    pub rare: Rare,
    /// What the last picture read from all postings.
    pub known: Mutex<Known>,
    /// Every phrase that so many documents have was admitted.
    admitted: u32,
    /// What was not admitted had fewer when all documents were read last.
    base: u32,
}

/// From how many documents on a phrase is admitted where so many are needed.
fn early(needed: u32) -> u32 {
    if needed > MIN_DOCUMENTS { needed - (needed / EARLY).max(1) } else { needed }
}

/// How many documents must have a phrase, of so many that count.
pub(crate) fn threshold(live: usize) -> u32 {
    u32::try_from(live / ONE_IN).unwrap_or(u32::MAX).clamp(MIN_DOCUMENTS, MAX_THRESHOLD)
}

impl Counts {
    /// Nothing counted; the phrases of `always` are admitted when first met.
    pub(crate) fn new(always: &[u64]) -> Self {
        let of = |half| always.iter().copied().filter(move |number| number >> 63 == half);
        let shards = [Shard::new(of(0)), Shard::new(of(1))];
        let (rare, known) = (Rare::default(), Mutex::default());
        Self { shards, counted: 0, rare, known, admitted: u32::MAX, base: u32::MAX }
    }

    /// Whether all of these documents were counted.
    pub(crate) fn is_settled(&self, documents: &Documents) -> bool {
        self.counted == documents.all.len() && self.admitted <= threshold(documents.live())
    }

    /// Counts what was not counted yet, and admits what became frequent enough.
    ///
    /// Of the documents that were counted only those are read again that have what became frequent; all of them
    /// only where many were forgotten, so that less is frequent now, or where looking for each phrase would take
    /// longer.
    pub(crate) fn settle(&mut self, documents: &Documents, beginnings: &Beginnings) {
        let (first, end) = (self.counted, documents.all.len());
        if self.shards.iter().any(|shard| shard.is_small(end)) {
            self.shards.iter_mut().for_each(|shard| shard.clear(end));
            self.count(documents, beginnings, 0..first);
        }
        let needed = threshold(documents.live());
        self.counted = end;
        if first == 0 {
            self.count(documents, beginnings, first..end);
            return self.admit(documents, beginnings, needed);
        }
        let least = early(needed).max(self.admitted);
        let since = least.saturating_sub(self.base).saturating_add(1);
        let [reach, since] = [least, since].map(|it| u8::try_from(it).unwrap_or(u8::MAX));
        phrases::each(&mut self.shards, documents, beginnings, first..end, |shard, phrases| {
            shard.keep(phrases, reach, since);
        });
        let missed = self.shards.iter_mut().flat_map(Shard::take_missed);
        let mut missed = missed.collect::<Vec<_>>();
        if needed < self.admitted || missed.len() > (end / DOCUMENTS_EACH).max(FEW) {
            return self.admit(documents, beginnings, needed);
        }
        self.keep_rare(documents, first..end);
        missed.sort_unstable_by_key(|(number, document)| (*document, *number));
        filling::fill(self, &missed, documents, beginnings, least as usize);
        self.admitted = least;
    }

    fn count(&mut self, documents: &Documents, beginnings: &Beginnings, range: Range<usize>) {
        phrases::each(&mut self.shards, documents, beginnings, range, Shard::count);
    }

    /// Admits every phrase that `needed` documents have, or not much less, and reads all documents for it.
    fn admit(&mut self, documents: &Documents, beginnings: &Beginnings, needed: u32) {
        let end = documents.all.len();
        let least = if needed > MIN_DOCUMENTS { needed - needed / EARLIER } else { needed };
        let reach = u8::try_from(least).unwrap_or(u8::MAX);
        let [low, high] = &mut self.shards;
        let [of_low, of_high] = [low.len(), high.len()];
        let mut halves = [(low, of_low), (high, of_high)];
        phrases::each(&mut halves, documents, beginnings, 0..end, |(shard, filled), phrases| {
            shard.admit(phrases, reach, *filled);
        });
        self.shards.iter_mut().for_each(Shard::settle);
        self.rare = Rare::default();
        self.keep_rare(documents, 0..end);
        (self.admitted, self.base) = (least, least);
    }

    /// Keeps the documents of the words that are no terms.
    fn keep_rare(&mut self, documents: &Documents, range: Range<usize>) {
        let mut rare = std::mem::take(&mut self.rare);
        rare.keep(documents, range, |number| self.at(number).is_some());
        self.rare = rare;
    }

    /// Where the documents of a phrase are.
    pub(crate) fn at(&self, number: u64) -> Option<At> {
        let half = usize::from(number >> 63 == 1);
        let place = self.shards.get(half)?.place(number)?;
        Some(At { half, place })
    }

    /// How many documents a phrase has, forgotten ones too.
    pub(crate) fn size(&self, at: At) -> u32 {
        self.shards.get(at.half).map_or(0, |shard| shard.documents(at.place))
    }

    /// The documents of a phrase.
    pub(crate) fn posting(&self, at: At) -> Option<Posting<'_>> {
        self.shards.get(at.half)?.posting(at.place)
    }
}
