//! Which terms are tested: what is frequent enough in the six periods that are compared.
//!
//! Whether a term is tested depends on how many documents of the six periods have it, not on which of
//! them, so that the shuffles of chance test the same terms.

use std::collections::BTreeMap;

use crate::acronyms;
use crate::beside::both;
use crate::concepts::Concepts;
use crate::counts::At;
use crate::hashing::NumberSet;
use crate::measure::{self, Contrasts, Measured, Unit};
use crate::scene::{Counted, Scene};
use crate::sums::{Known, Sums};
use crate::tally::{Cells, Tally};
use crate::windows::{NEEDED, PERIODS};

/// The fewest documents of the six periods.
const MIN_DOCUMENTS: u32 = 5;

/// How many standard deviations a share must rise before its sources are looked at.
const RISES: f64 = 1.5;

/// The most terms that are tested; the most frequent ones.
const MAX_TESTED: usize = 2_000_000;

/// The units that are tested, in the order of their numbers, and how many they are; without `all` what
/// does not rise at all is counted, but not given.
pub(crate) fn units(
    scene: &Scene<'_>,
    known: &Known,
    concepts: &Concepts,
    all: bool,
) -> (Vec<Unit>, usize) {
    let of = |half: usize| {
        let mut tested = 0;
        let mut found = Vec::new();
        let Some(shard) = scene.counts.shards.get(half) else { return (tested, found) };
        for (place, sums) in (0..).zip(known.half(half)) {
            if sums.six < MIN_DOCUMENTS || sums.live < scene.threshold {
                continue;
            }
            let Some(number) = shard.number(place) else { continue };
            if concepts.of(number).is_some() {
                continue;
            }
            tested += 1;
            if all || may_rise(scene, *sums) {
                let unit = Unit { phrases: vec![At { half, place }], number, concept: None };
                found.push((sums.six, unit));
            }
        }
        (tested, found)
    };
    let ((mut tested, mut found), (more, others)) = both(|| of(0), || of(1));
    tested += more;
    found.extend(others);
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
pub(crate) fn measured(
    scene: &Scene<'_>,
    contrasts: &Contrasts,
    cells: &Cells,
    bound: f64,
    units: &[Unit],
) -> Vec<Measured> {
    // In the order in which their documents were first kept: what is near in memory is read one after the other.
    let mut order = (0..units.len()).collect::<Vec<_>>();
    let at = |unit: usize| units.get(unit).and_then(|unit| unit.phrases.first());
    order.sort_by_key(|unit| at(*unit).map(|at| (at.half, at.place)));
    let part =
        |order: &[usize]| {
            let mut tally = Tally::new(cells);
            let mut measured = Vec::with_capacity(order.len());
            for two in order.chunks(2) {
                let phrases = |unit: &usize| units.get(*unit).map(|unit| unit.phrases.as_slice());
                if let [one, other] = two
                    && let (Some([one]), Some([other])) = (phrases(one), phrases(other))
                {
                    tally.read_ahead(scene, [*one, *other]);
                }
                measured.extend(two.iter().map(|unit| {
                    measure::measure(&mut tally, scene, contrasts, bound, (units, *unit))
                }));
            }
            measured
        };
    let (one, other) = order.split_at(units.len() / 2);
    let (mut measured, second) = both(|| part(one), || part(other));
    measured.extend(second);
    measured.sort_unstable_by_key(|it| it.unit);
    measured
}
