//! One thing once: phrases inside longer ones, and terms that stand in the same documents.

use std::collections::BTreeMap;

use crate::grams::{self, Beginnings, Place};
use crate::hashing::{NumberMap, mixed};
use crate::measure::{Measured, Unit};
use crate::scene::Scene;
use crate::varint;
use crate::windows::PERIODS;

/// From which part of its documents on a phrase is the longer one it stands in, in tenths.
const SAME: usize = 8;

/// How many of the best-ranked are looked at, for each that is wanted.
const LOOKED_AT: usize = 12;

/// A ranked term with the documents of the last three periods that have it.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    /// Its place among what was measured.
    pub place: usize,
    /// What it was ranked by.
    pub score: f64,
    /// Its documents of the last three periods, in order.
    pub recent: Vec<u32>,
    /// Places of what was folded into it.
    pub folded: Vec<usize>,
}

/// The best `limit` of what was measured and `wanted` says is wanted, each thing once.
pub(crate) fn best(
    scene: &Scene<'_>,
    units: &[Unit],
    measured: &[Measured],
    scores: &[f64],
    limit: usize,
    wanted: impl Fn(usize) -> bool,
) -> Vec<Ranked> {
    let score = |place: usize| scores.get(place).copied().unwrap_or(f64::NEG_INFINITY);
    let mut order = (0..measured.len()).filter(|place| wanted(*place)).collect::<Vec<_>>();
    order.sort_unstable_by(|one, other| score(*other).total_cmp(&score(*one)).then(one.cmp(other)));
    order.truncate(limit.saturating_mul(LOOKED_AT));
    let mut ranked = Vec::with_capacity(order.len());
    for place in order {
        let phrases = measured.get(place).and_then(|it| units.get(it.unit));
        let phrases = phrases.map_or(&[][..], |unit| &unit.phrases);
        let mut recent = scene.documents_of(phrases);
        recent.retain(|it| (PERIODS - 3..PERIODS).contains(&usize::from(scene.period(*it))));
        ranked.push(Ranked { place, score: score(place), recent, folded: Vec::new() });
    }
    let ranked = nested(scene, units, measured, ranked);
    once(ranked, limit)
}

/// Phrases whose documents are nearly all those of a longer phrase give it their rank.
fn nested(
    scene: &Scene<'_>,
    units: &[Unit],
    measured: &[Measured],
    mut ranked: Vec<Ranked>,
) -> Vec<Ranked> {
    let unit = |it: &Ranked| measured.get(it.place).and_then(|it| units.get(it.unit));
    let mut by_number = BTreeMap::new();
    for (at, it) in ranked.iter().enumerate() {
        if let Some(unit) = unit(it).filter(|unit| unit.phrases.len() == 1) {
            by_number.insert(unit.number, at);
        }
    }
    // Into which a phrase goes: the most frequent of those that hold it, found from the best down.
    let mut into = vec![None::<usize>; ranked.len()];
    for (at, it) in ranked.iter().enumerate() {
        let Some(unit) = unit(it) else { continue };
        let most = it.recent.len();
        for part in parts(scene, unit.number, &it.recent) {
            let Some(short) = by_number.get(&part).copied().filter(|short| *short != at) else {
                continue;
            };
            let size = |at: usize| ranked.get(at).map_or(0, |it| it.recent.len());
            let larger = into.get(short).copied().flatten().is_none_or(|it| size(it) < most);
            if most * 10 >= size(short) * SAME
                && larger
                && let Some(into) = into.get_mut(short)
            {
                *into = Some(at);
            }
        }
    }
    for at in 0..ranked.len() {
        let Some(target) = last_of(&into, at) else { continue };
        let (score, place) = ranked.get(at).map_or((0.0, 0), |it| (it.score, it.place));
        if let Some(target) = ranked.get_mut(target) {
            target.score = target.score.max(score);
            target.folded.push(place);
        }
    }
    let mut kept = ranked.into_iter().zip(into).filter(|(_, into)| into.is_none());
    let mut kept = kept.by_ref().map(|(it, _)| it).collect::<Vec<_>>();
    kept.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.place.cmp(&other.place)));
    kept
}

/// Where a phrase ends up that goes into one that may go into another.
fn last_of(into: &[Option<usize>], at: usize) -> Option<usize> {
    let mut target = into.get(at).copied().flatten()?;
    for _ in 0..grams::MAX_LABEL {
        match into.get(target).copied().flatten() {
            Some(next) => target = next,
            None => break,
        }
    }
    Some(target)
}

/// The numbers of the shorter phrases inside a phrase, read from one of its documents.
fn parts(scene: &Scene<'_>, number: u64, documents: &[u32]) -> Vec<u64> {
    let Some(document) =
        documents.first().and_then(|document| scene.documents.all.get(*document as usize))
    else {
        return Vec::new();
    };
    let mut places = Vec::<Place>::new();
    grams::places(
        varint::read(scene.documents.words(document)),
        &scene.documents.lexicon,
        &mut places,
    );
    let mut found = None;
    grams::each(&places, 0, &Beginnings::default(), |start, length, other| {
        if other == number && found.is_none() {
            found = Some((start, length));
        }
    });
    let Some((start, length)) = found else { return Vec::new() };
    let inside = places.get(start..start + length).unwrap_or_default();
    let keys = inside.iter().flatten().map(|word| word.key).collect::<Vec<_>>();
    let mut parts = Vec::new();
    for short in 1..length {
        parts.extend(keys.windows(short).map(|part| grams::phrase(part.iter().copied())));
    }
    parts
}

/// Leaves out what stands in the same documents as something better ranked: half of all documents of
/// both, or four fifths of the smaller where the larger has at most 3.3 times as many.
fn once(ranked: Vec<Ranked>, limit: usize) -> Vec<Ranked> {
    let mut kept = Vec::<Ranked>::new();
    let mut of = NumberMap::<Vec<u32>>::default();
    for it in ranked {
        if kept.len() == limit {
            break;
        }
        let mut together = vec![0_u32; kept.len()];
        for document in &it.recent {
            for other in of.get(&mixed(u64::from(*document))).into_iter().flatten() {
                if let Some(count) = together.get_mut(*other as usize) {
                    *count += 1;
                }
            }
        }
        let same = kept
            .iter()
            .zip(&together)
            .position(|(other, both)| is_same(it.recent.len(), other.recent.len(), *both as usize));
        if let Some(same) = same.and_then(|same| kept.get_mut(same)) {
            same.folded.push(it.place);
            continue;
        }
        let at = u32::try_from(kept.len()).unwrap_or(u32::MAX);
        for document in &it.recent {
            of.entry(mixed(u64::from(*document))).or_default().push(at);
        }
        kept.push(it);
    }
    kept
}

/// Whether two sets of documents of these sizes with so many in both are one thing.
const fn is_same(one: usize, other: usize, both: usize) -> bool {
    let (small, large) = if one < other { (one, other) } else { (other, one) };
    small > 0
        && (both * 2 >= one + other - both || (both * 10 >= small * 8 && small * 10 >= large * 3))
}
