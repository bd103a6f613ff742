//! The phrases that are counted, in two halves, brought up to date when somebody asks.

use std::sync::Mutex;

use crate::documents::Documents;
use crate::filling;
use crate::grams::Beginnings;
use crate::phrases;
use crate::postings::{Posting, Shard};
use crate::sums::Known;

/// The fewest documents that make a phrase a term.
const MIN_DOCUMENTS: u32 = 5;

/// One document in so many must have a phrase, in a large archive.
const ONE_IN: usize = 20_000;

/// By what part of the threshold a phrase is admitted early, in a large archive: one in so many.
const EARLY: u32 = 5;

/// The highest threshold: a counter of the sketch ends at 255.
const MAX_THRESHOLD: u32 = 200;

/// Where the documents of a phrase are kept: half and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// What the last picture read from all postings.
    pub known: Mutex<Known>,
    /// Every phrase that so many documents have was admitted.
    admitted: u32,
    /// How many documents there were when phrases were admitted last.
    looked: usize,
    /// The threshold from which on all of them were.
    base: u32,
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
        let known = Mutex::default();
        Self { shards, counted: 0, known, admitted: u32::MAX, looked: 0, base: u32::MAX }
    }

    /// Whether all of these documents were counted.
    pub(crate) fn is_settled(&self, documents: &Documents) -> bool {
        self.counted == documents.all.len() && self.admitted <= threshold(documents.live())
    }

    /// Counts what was not counted yet, and admits what became frequent enough.
    pub(crate) fn settle(&mut self, documents: &Documents, beginnings: &Beginnings) {
        let (first, end) = (self.counted, documents.all.len());
        let needed = threshold(documents.live());
        if self.shards.iter().any(|shard| shard.is_small(end)) {
            self.shards.iter_mut().for_each(|shard| shard.clear(end));
            phrases::each(&mut self.shards, documents, beginnings, 0..first, |shard, phrases| {
                shard.count(phrases);
                false
            });
        }
        let reach = u8::try_from(needed).unwrap_or(u8::MAX);
        // What was not admitted had fewer than the base when phrases were admitted last.
        let since = needed.saturating_sub(self.base).saturating_add(1);
        let since = u8::try_from(since).unwrap_or(u8::MAX);
        let range = first..end;
        let is_missed =
            phrases::each(&mut self.shards, documents, beginnings, range, |shard, phrases| {
                if first > 0 {
                    return shard.keep(phrases, reach, since);
                }
                shard.count(phrases);
                false
            });
        self.counted = end;
        if is_missed || self.admitted > needed {
            self.admit(documents, beginnings, needed);
        } else {
            self.admitted = needed;
        }
    }

    /// Admits every phrase that `needed` documents have and, so that all documents are not read again for
    /// each that becomes frequent, those that have not much less.
    fn admit(&mut self, documents: &Documents, beginnings: &Beginnings, needed: u32) {
        let end = documents.all.len();
        let early = needed - if needed > MIN_DOCUMENTS { needed / EARLY } else { 0 };
        let anew = self.base > needed;
        // What was too rare when phrases were admitted last must stand in what came since.
        let look = if anew { 0 } else { self.looked };
        let known = self.shards.each_ref().map(Shard::len);
        let reach = u8::try_from(early).unwrap_or(u8::MAX);
        let [low, high] = &mut self.shards;
        let [of_low, of_high] = known.map(|known| (look == 0).then_some(known));
        let mut halves = [(low, of_low), (high, of_high)];
        phrases::each(&mut halves, documents, beginnings, look..end, |(shard, filled), phrases| {
            shard.admit(phrases, reach, *filled);
            false
        });
        if look > 0 {
            let new = self.shards.iter().zip(known).flat_map(|(shard, known)| shard.since(known));
            let new = new.collect::<Vec<_>>();
            filling::fill(self, &new, documents, beginnings, look);
        }
        self.shards.iter_mut().for_each(Shard::settle);
        self.looked = end;
        self.base = if anew { early } else { self.base.max(early) };
        self.admitted = self.base;
    }

    /// Where the documents of a phrase are.
    pub(crate) fn at(&self, number: u64) -> Option<At> {
        let half = usize::from(number >> 63 == 1);
        let place = self.shards.get(half)?.place(number)?;
        Some(At { half, place })
    }

    /// The documents of a phrase.
    pub(crate) fn posting(&self, at: At) -> Option<Posting<'_>> {
        self.shards.get(at.half)?.posting(at.place)
    }
}
