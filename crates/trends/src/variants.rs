//! Spellings of one term with and without a space: `data set` and `dataset`.

use std::collections::BTreeMap;

use crate::beside::both;
use crate::documents::Extent;
use crate::grams::{self, Beginnings, Place};
use crate::keys::key;
use crate::measure::{Measured, Unit};
use crate::scene::Scene;
use crate::varint;

/// How many terms are looked at, those that rise most.
const LOOKED_AT: usize = 1_500;

/// Counts terms that differ only by a space as one, of which `measure` says what is measured.
pub(crate) fn join(
    scene: &Scene<'_>,
    beginnings: &Beginnings,
    units: &mut Vec<Unit>,
    measured: &mut Vec<Measured>,
    mut measure: impl FnMut(&[Unit], usize) -> Measured,
) {
    let mut order = (0..measured.len()).collect::<Vec<_>>();
    let z = |at: usize| measured.get(at).map_or(f64::NEG_INFINITY, |it| it.three.z());
    if order.len() > LOOKED_AT {
        let by_z = |one: &usize, other: &usize| z(*other).total_cmp(&z(*one)).then(one.cmp(other));
        order.select_nth_unstable_by(LOOKED_AT, by_z);
        order.truncate(LOOKED_AT);
    }
    order.sort_unstable();
    let closed = |of: &[usize]| {
        let units = of.iter().map(|at| measured.get(*at).and_then(|it| units.get(it.unit)));
        units.map(|unit| closed(scene, beginnings, unit?)).collect::<Vec<_>>()
    };
    let (one, other) = order.split_at(order.len() / 2);
    let (one, other) = both(|| closed(one), || closed(other));
    let mut spelled = BTreeMap::<String, Vec<usize>>::new();
    for (at, closed) in order.into_iter().zip(one.into_iter().chain(other)) {
        if let Some(closed) = closed {
            spelled.entry(closed).or_default().push(at);
        }
    }
    let mut gone = Vec::new();
    for places in spelled.into_values().filter(|places| places.len() > 1) {
        let members = places.iter().filter_map(|at| units.get(measured.get(*at)?.unit));
        let members = members.cloned().collect::<Vec<_>>();
        let concepts = members.iter().filter_map(|unit| unit.concept).collect::<Vec<_>>();
        let Some(number) = members.first().map(|unit| unit.number) else { continue };
        // Two concepts that are spelled alike stay two.
        if concepts.len() > 1 {
            continue;
        }
        let phrases = members.into_iter().flat_map(|unit| unit.phrases).collect();
        units.push(Unit { phrases, number, concept: concepts.first().copied() });
        measured.push(measure(units, units.len() - 1));
        gone.extend(places);
    }
    gone.sort_unstable();
    let mut at = 0;
    measured.retain(|_| {
        at += 1;
        gone.binary_search(&(at - 1)).is_err()
    });
}

/// The words of a term written as one, in the form under which a word is counted.
fn closed(scene: &Scene<'_>, beginnings: &Beginnings, unit: &Unit) -> Option<String> {
    let number = scene.numbers(unit).next()?;
    let documents = scene.counts.posting(*unit.phrases.first()?)?.documents();
    let mut places = Vec::<Place>::new();
    let mut documents = documents.filter_map(|it| scene.documents.all.get(it as usize));
    let document = documents.find(|it| it.live && it.extent != Extent::Nothing)?;
    let ids = varint::read(scene.documents.words(document)).collect::<Vec<_>>();
    grams::places(ids.iter().copied(), &scene.documents.lexicon, &mut places);
    let mut found = None;
    let mask = crate::stops::mask(document.language);
    grams::each(&places, mask, beginnings, |start, length, other| {
        if other == number {
            found = Some((start, length));
        }
    });
    let (start, length) = found?;
    let words = ids.get(start..start + length)?.iter();
    let joined = words.map(|id| key(scene.documents.lexicon.written(*id))).collect::<String>();
    Some(key(&joined))
}
