//! The phrases that are counted, in two halves, brought up to date when somebody asks.

use crate::documents::Documents;
use crate::filling;
use crate::grams::Beginnings;
use crate::postings::{Posting, Shard};

/// The fewest documents that make a phrase a term.
const MIN_DOCUMENTS: u32 = 5;

/// One document in so many must have a phrase, in a large archive.
const ONE_IN: usize = 20_000;

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
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    /// The two halves.
    pub shards: [Shard; 2],
    /// How many documents were counted.
    pub counted: usize,
    /// The lowest threshold at which all documents were looked through.
    pub admitted: u32,
}

/// How many documents must have a phrase, of so many that count.
pub(crate) fn threshold(live: usize) -> u32 {
    u32::try_from(live / ONE_IN).unwrap_or(u32::MAX).clamp(MIN_DOCUMENTS, MAX_THRESHOLD)
}

impl Counts {
    /// Nothing counted; the phrases of `always` are admitted when first met.
    pub(crate) fn new(always: &[u64]) -> Self {
        let shard = |half| Shard::new(half, always.iter().copied());
        Self { shards: [shard(0), shard(1)], counted: 0, admitted: u32::MAX }
    }

    /// Whether all of these documents were counted.
    pub(crate) fn is_settled(&self, documents: &Documents) -> bool {
        self.counted == documents.all.len() && self.admitted <= threshold(documents.live())
    }

    /// Counts what was not counted yet, and admits what became frequent enough.
    pub(crate) fn settle(&mut self, documents: &Documents, beginnings: &Beginnings) {
        let (first, end) = (self.counted, documents.all.len());
        let needed = threshold(documents.live());
        // A little early, so that a few documents fewer do not mean to read everything again.
        let threshold = needed - if needed > MIN_DOCUMENTS { needed / 8 } else { 0 };
        let anew = self.admitted > needed;
        let look = if anew { 0 } else { first };
        let settle = |shard: &mut Shard| {
            if shard.is_small(end) {
                shard.clear_counters(end);
                shard.count(documents.counted(0, first), &documents.lexicon, beginnings, false);
            }
            shard.count(documents.counted(first, end), &documents.lexicon, beginnings, true);
            let reach = u8::try_from(threshold).unwrap_or(u8::MAX);
            let new =
                shard.admit(documents.counted(look, end), &documents.lexicon, beginnings, reach);
            if first == 0 {
                shard.shrink();
            }
            new
        };
        let [one, other] = &mut self.shards;
        let new = std::thread::scope(|scope| {
            let beside = scope.spawn(|| settle(one));
            let other = settle(other);
            [beside.join().unwrap_or_default(), other]
        });
        if look > 0 {
            let new = self.shards.iter().zip(new).flat_map(|(shard, new)| shard.since(new));
            let new = new.copied().collect::<Vec<_>>();
            filling::fill(self, &new, documents, beginnings, look);
        }
        self.counted = end;
        self.admitted = if anew { threshold } else { self.admitted.max(threshold) };
    }

    /// Where the documents of a phrase are.
    pub(crate) fn at(&self, number: u64) -> Option<At> {
        let half = usize::from(number >> 63 == 1);
        let place = self.shards.get(half)?.place(number)?;
        Some(At { half, place })
    }

    /// The documents of a phrase.
    pub(crate) fn posting(&self, at: At) -> Option<&Posting> {
        self.shards.get(at.half)?.posting(at.place)
    }
}
