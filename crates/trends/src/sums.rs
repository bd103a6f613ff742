//! How many documents have each phrase, in the spans that decide whether it is tested.
//!
//! Read from all postings once; after that a picture reads only the documents that came, went or changed
//! their span since the one before.

use crate::beside::both;
use crate::grams::Beginnings;
use crate::phrases::{self, Phrases};
use crate::postings::{Posting, Shard};
use crate::scene::{DEAD, Scene};
use crate::sketch::TOGETHER;
use crate::windows::{NEEDED, PERIODS};

/// One document in so many may have changed: above that all postings are read, which takes less time.
const CHANGED: usize = 16;

/// How many documents have a phrase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// At any time, before and after the question.
    pub live: u32,
    /// In the last six periods, three and two.
    pub six: u32,
    pub three: u32,
    pub two: u32,
}

/// The span of a document: none for one that does not count, then any, six periods, three and two.
type Span = u8;

/// Where in time each document was, and what that gave for each phrase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    spans: Vec<Span>,
    of: [Vec<Sums>; 2],
}

/// What a document in each span adds to the sums, two of them in a number: all postings may be read, so that
/// each step counts.
const ADDS: [[u64; 2]; 5] =
    [[0, 0], [1 << 32, 0], [1 << 32 | 1, 0], [1 << 32 | 1, 1 << 32], [1 << 32 | 1, 1 << 32 | 1]];

impl Known {
    /// The sums of half of the phrases, in the order of their places.
    pub(crate) fn half(&self, half: usize) -> &[Sums] {
        self.of.get(half).map_or(&[], Vec::as_slice)
    }

    /// Brings what was known earlier of the same counts to where this scene stands.
    pub(crate) fn renew(&mut self, scene: &Scene<'_>, beginnings: &Beginnings) {
        let spans = scene.periods.iter().map(|period| span(*period)).collect::<Vec<_>>();
        let earlier = self.spans.iter().copied().chain(std::iter::repeat(0));
        let changed = (0..).zip(earlier.zip(&spans)).filter(|(_, (then, now))| then != *now);
        let changed = changed.map(|(document, _)| document).take(spans.len() / CHANGED + 1);
        let changed = changed.collect::<Vec<u32>>();
        let is_much = changed.len() > spans.len() / CHANGED;
        if is_much {
            self.of.iter_mut().for_each(Vec::clear);
        }
        let [low, high] = &mut self.of;
        let [of_low, of_high] = scene.counts.shards.each_ref();
        if !is_much {
            let moved = |document: u32| {
                let at = |spans: &[Span]| spans.get(document as usize).copied().unwrap_or_default();
                (at(&self.spans), at(&spans))
            };
            let mut halves = [(of_low, &mut *low), (of_high, &mut *high)];
            let documents = scene.documents;
            phrases::each_of(&mut halves, documents, beginnings, &changed, |(shard, of), it| {
                change(of, shard, it, moved);
            });
        }
        both(|| read(low, of_low, &spans), || read(high, of_high, &spans));
        self.spans = spans;
    }
}

/// The sums of the phrases that have none yet, from their documents.
fn read(of: &mut Vec<Sums>, shard: &Shard, spans: &[Span]) {
    let new = shard.all().skip(of.len()).map(|(_, posting)| sums(posting, spans));
    of.reserve_exact(shard.len() - of.len());
    of.extend(new);
}

fn sums(posting: Posting<'_>, spans: &[Span]) -> Sums {
    let (mut long, mut short) = (0_u64, 0_u64);
    posting.each(|document| {
        let span = spans.get(document as usize).copied().unwrap_or_default();
        let [one, other] = ADDS.get(usize::from(span)).copied().unwrap_or_default();
        long += one;
        short += other;
    });
    let halves = |sum: u64| (high(sum), high(sum << 32));
    let ((live, six), (three, two)) = (halves(long), halves(short));
    Sums { live, six, three, two }
}

/// Takes the phrases of each document out of its earlier span and puts them into the present one.
fn change(
    of: &mut [Sums],
    shard: &Shard,
    phrases: Phrases<'_>,
    moved: impl Fn(u32) -> (Span, Span),
) {
    let mut once = Vec::new();
    for (document, numbers) in phrases.by_document() {
        let (then, now) = moved(document);
        once.clear();
        once.extend_from_slice(numbers);
        once.sort_unstable();
        once.dedup();
        for numbers in once.chunks(TOGETHER) {
            shard.touch(numbers);
            for number in numbers {
                let place = shard.place(*number).map(|place| place as usize);
                if let Some(sums) = place.and_then(|place| of.get_mut(place)) {
                    sums.add(then, false);
                    sums.add(now, true);
                }
            }
        }
    }
}

impl Sums {
    /// Adds a document of this span, or takes it away.
    fn add(&mut self, span: Span, more: bool) {
        let sums = [&mut self.live, &mut self.six, &mut self.three, &mut self.two];
        for sum in sums.into_iter().take(usize::from(span)) {
            *sum = if more { sum.saturating_add(1) } else { sum.saturating_sub(1) };
        }
    }
}

/// The span that a period belongs to.
fn span(period: u8) -> Span {
    let is_last = |count: usize| {
        let period = usize::from(period);
        Span::from(period < PERIODS && period + count >= PERIODS)
    };
    Span::from(period != DEAD) + is_last(NEEDED) + is_last(3) + is_last(2)
}

/// The upper half of a number.
fn high(sum: u64) -> u32 {
    u32::try_from(sum >> 32).unwrap_or(u32::MAX)
}
