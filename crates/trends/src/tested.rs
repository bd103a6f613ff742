//! Which terms are tested: what is frequent enough in the six periods that are compared.
//!
//! Whether a term is tested depends on how many documents of the six periods have it, not on which of
//! them, so that the shuffles of chance test the same terms.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::acronyms;
use crate::beside::both;
use crate::concepts::Concepts;
use crate::counts::At;
use crate::hashing::NumberSet;
use crate::measure::{Contrasts, Measured, Tally, Unit};
use crate::postings::{Posting, Shard};
use crate::scene::{Counted, DEAD, Scene};
use crate::windows::{NEEDED, PERIODS};

/// The fewest documents of the six periods.
const MIN_DOCUMENTS: u32 = 5;

/// How many standard deviations a share must rise before its sources are looked at.
const RISES: f64 = 1.5;

/// The most terms that are tested; the most frequent ones.
const MAX_TESTED: usize = 2_000_000;

/// The units that are tested, in the order of their numbers, and how many they are; without `all` what
/// does not rise at all is counted, but not given.
pub(crate) fn units(scene: &Scene<'_>, concepts: &Concepts, all: bool) -> (Vec<Unit>, usize) {
    let weights = Weights::new();
    let single = |half: usize| {
        let mut tested = 0_usize;
        let shard = scene.counts.shards.get(half);
        let phrases = shard.into_iter().flat_map(Shard::all).zip(0..);
        let units = phrases.filter_map(|((number, posting), place)| {
            if posting.len() < scene.threshold || concepts.of(number).is_some() {
                return None;
            }
            let sums = weights.of(scene, posting);
            if sums.six < MIN_DOCUMENTS || sums.live < scene.threshold {
                return None;
            }
            tested += 1;
            if !all && !may_rise(scene, sums) {
                return None;
            }
            let unit = Unit { phrases: vec![At { half, place }], number, concept: None };
            Some((sums.six, unit))
        });
        let units = units.collect::<Vec<_>>();
        (units, tested)
    };
    let ((others, other), (mut found, tested)) = both(|| single(0), || single(1));
    found.extend(others);
    let mut tested = tested + other;
    let single = found.len();
    found = together(scene, concepts, found);
    tested += found.len().saturating_sub(single);
    if found.len() > MAX_TESTED {
        found.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.number.cmp(&other.1.number)));
        found.truncate(MAX_TESTED);
    }
    let mut units = found.into_iter().map(|(_, unit)| unit).collect::<Vec<_>>();
    units.sort_unstable_by_key(|unit| unit.number);
    (units, tested)
}

/// Puts together what names one thing: the names of a concept, a long form and its acronyms.
fn together(scene: &Scene<'_>, concepts: &Concepts, single: Vec<(u32, Unit)>) -> Vec<(u32, Unit)> {
    let mut groups = BTreeMap::<(Option<u32>, u64), Vec<u64>>::new();
    for (concept, phrases) in concepts.grouped() {
        groups.insert((Some(concept), 0), phrases);
    }
    for (long, shorts) in acronyms::groups(scene) {
        let concept = concepts.of(long).or_else(|| shorts.iter().find_map(|it| concepts.of(*it)));
        let group = groups.entry((concept, if concept.is_some() { 0 } else { long })).or_default();
        for phrase in std::iter::once(long).chain(shorts) {
            // A name of another concept stays with that.
            if concepts.of(phrase).is_none_or(|of| Some(of) == concept) && !group.contains(&phrase)
            {
                group.push(phrase);
            }
        }
    }
    let mut taken = NumberSet::default();
    let mut found = Vec::new();
    for ((concept, _), phrases) in groups {
        let phrases = phrases.into_iter().filter(|phrase| taken.insert(*phrase));
        let known = phrases.filter_map(|number| {
            let at = scene.counts.at(number)?;
            // What is too rare may have been admitted or not: it is not counted either way.
            let is_sure = || scene.is_frequent(scene.counts.posting(at)?).then_some(());
            concepts.of(number).map(|_| ()).or_else(is_sure)?;
            Some((number, at))
        });
        let (numbers, phrases): (Vec<_>, Vec<_>) = known.unzip();
        let Some(number) = numbers.first().copied() else { continue };
        let mut counts = [0; PERIODS];
        for document in scene.documents_of(&phrases) {
            if let Some(count) = counts.get_mut(usize::from(scene.period(document))) {
                *count += 1;
            }
        }
        if let Some(recent) = frequent(&counts) {
            found.push((recent, Unit { phrases, number, concept }));
        }
    }
    found.extend(single.into_iter().filter(|(_, unit)| !taken.contains(&unit.number)));
    found
}

/// How many documents have a phrase.
#[derive(Clone, Copy, Debug)]
struct Sums {
    /// At any time, before and after the question.
    live: u32,
    /// In the last six periods, three and two.
    six: u32,
    three: u32,
    two: u32,
}

/// What a document of each period adds to the sums, two of them in a number: all postings are read for a
/// picture, so that each step counts.
struct Weights(Vec<[u64; 2]>);

impl Weights {
    fn new() -> Self {
        let weight = |period: u8| {
            let is_last = |count: usize| {
                let period = usize::from(period);
                u64::from(period < PERIODS && period + count >= PERIODS)
            };
            let live = u64::from(period != DEAD);
            [live << 32 | is_last(NEEDED), is_last(3) << 32 | is_last(2)]
        };
        Self((0..=u8::MAX).map(weight).collect())
    }

    fn of(&self, scene: &Scene<'_>, posting: Posting<'_>) -> Sums {
        let (mut long, mut short) = (0_u64, 0_u64);
        posting.each(|document| {
            let weight = self.0.get(usize::from(scene.period(document)));
            let [one, other] = weight.copied().unwrap_or_default();
            long += one;
            short += other;
        });
        let halves = |sum: u64| (high(sum), high(sum << 32));
        let ((live, six), (three, two)) = (halves(long), halves(short));
        Sums { live, six, three, two }
    }
}

/// The upper half of a number.
fn high(sum: u64) -> u32 {
    u32::try_from(sum >> 32).unwrap_or(u32::MAX)
}

/// Whether the shares of all sources together rise by what an alarm needs at the very least, in the last two
/// periods or three.
fn may_rise(scene: &Scene<'_>, sums: Sums) -> bool {
    [(2, sums.two), (3, sums.three)].into_iter().any(|(recent, count)| {
        let of = f64::from(scene.total(PERIODS - recent..PERIODS));
        let of_earlier = f64::from(scene.total(PERIODS - NEEDED..PERIODS - recent));
        let (with, earlier) = (f64::from(count), f64::from(sums.six.saturating_sub(count)));
        let part = of / (of + of_earlier).max(1.0);
        let all = with + earlier;
        with - all * part >= RISES * (all * part * (1.0 - part)).sqrt()
    })
}

/// How many documents of the six periods there are, if they are enough.
fn frequent(counts: &Counted) -> Option<u32> {
    let recent = counts.iter().skip(PERIODS - NEEDED).sum::<u32>();
    (recent >= MIN_DOCUMENTS).then_some(recent)
}

/// Measures units on two threads, in their order.
pub(crate) fn measured(scene: &Scene<'_>, units: &[Unit]) -> Vec<Measured> {
    let contrasts = Contrasts::new(scene);
    let part = |places: Range<usize>| {
        let mut tally = Tally::new(scene);
        places.map(|unit| tally.measure(scene, &contrasts, units, unit)).collect::<Vec<_>>()
    };
    let half = units.len() / 2;
    let (mut measured, second) = both(|| part(0..half), || part(half..units.len()));
    measured.extend(second);
    measured
}
