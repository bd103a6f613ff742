//! Which terms are tested: what is frequent enough in the six periods that are compared.
//!
//! Whether a term is tested depends on how many documents of the six periods have it, not on which of
//! them, so that the shuffles of chance test the same terms.

use crate::concepts::Concepts;
use crate::counts::At;
use crate::measure::{Contrasts, Measured, Tally, Unit, by_period};
use crate::scene::{Counted, Scene};
use crate::windows::{NEEDED, PERIODS};

/// The fewest documents of the six periods.
const MIN_DOCUMENTS: u32 = 5;

/// The most terms that are tested; the most frequent ones.
const MAX_TESTED: usize = 2_000_000;

/// The units that are tested, in the order of their numbers.
pub(crate) fn units(scene: &Scene<'_>, concepts: &Concepts) -> Vec<Unit> {
    let single = |half: usize| {
        let shard = scene.counts.shards.get(half);
        let phrases = shard.into_iter().flat_map(|shard| shard.all()).zip(0..);
        let units = phrases.filter_map(|((number, posting), place)| {
            if posting.len() < scene.threshold || concepts.of(number).is_some() {
                return None;
            }
            let mut counts = [0; PERIODS];
            let live = by_period(scene, posting, &mut counts);
            let recent = frequent(&counts)?;
            let unit = Unit { phrases: vec![At { half, place }], number, concept: None };
            (live >= scene.threshold).then_some((recent, unit))
        });
        units.collect::<Vec<_>>()
    };
    let mut found = std::thread::scope(|scope| {
        let beside = scope.spawn(|| single(0));
        let mut found = single(1);
        found.extend(beside.join().unwrap_or_default());
        found
    });
    found.extend(named(scene, concepts));
    if found.len() > MAX_TESTED {
        found.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.number.cmp(&other.1.number)));
        found.truncate(MAX_TESTED);
    }
    let mut units = found.into_iter().map(|(_, unit)| unit).collect::<Vec<_>>();
    units.sort_unstable_by_key(|unit| unit.number);
    units
}

/// The concepts of the glossary, each with all its names.
fn named(scene: &Scene<'_>, concepts: &Concepts) -> Vec<(u32, Unit)> {
    let grouped = concepts.grouped().into_iter().filter_map(|(concept, phrases)| {
        let number = phrases.first().copied()?;
        let phrases = phrases.into_iter().filter_map(|number| scene.counts.at(number));
        let phrases = phrases.collect::<Vec<_>>();
        let mut counts = [0; PERIODS];
        for document in scene.documents_of(&phrases) {
            if let Some(count) = counts.get_mut(usize::from(scene.period(document))) {
                *count += 1;
            }
        }
        let recent = frequent(&counts)?;
        Some((recent, Unit { phrases, number, concept: Some(concept) }))
    });
    grouped.collect()
}

/// How many documents of the six periods there are, if they are enough.
fn frequent(counts: &Counted) -> Option<u32> {
    let recent = counts.iter().skip(PERIODS - NEEDED).sum::<u32>();
    (recent >= MIN_DOCUMENTS).then_some(recent)
}

/// Measures units on two threads, in their order.
pub(crate) fn measured(scene: &Scene<'_>, units: &[Unit]) -> Vec<Measured> {
    let contrasts = Contrasts::new(scene);
    let part = |places: std::ops::Range<usize>| {
        let mut tally = Tally::new(scene);
        places.map(|unit| tally.measure(scene, &contrasts, units, unit)).collect::<Vec<_>>()
    };
    let half = units.len() / 2;
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| part(0..half));
        let second = part(half..units.len());
        let mut measured = beside.join().unwrap_or_default();
        measured.extend(second);
        measured
    })
}
