//! How often a term stands in the title where it stands in a document: what a document is about.

use crate::beside::both;
use crate::documents::Extent;
use crate::grams::{self, Place};
use crate::hashing::NumberSet;
use crate::lexicon::TEXT;
use crate::measure::{Measured, Unit};
use crate::scene::Scene;
use crate::varint;
use crate::windows::PERIODS;

/// How many terms are looked up, the best by what is known before.
const LOOKED_UP: usize = 1_500;

/// In how many documents each, the newest ones.
const DOCUMENTS: usize = 60;

/// What stands for a term of which nothing is known: half of five documents.
const UNKNOWN: (f64, f64) = (0.5, 5.0);

/// Gives each term the logarithm of the part of its documents with more than a title that name it there.
pub(crate) fn measure(
    scene: &Scene<'_>,
    beginnings: &grams::Beginnings,
    units: &[Unit],
    measured: &mut [Measured],
) {
    let unknown = (UNKNOWN.0 / UNKNOWN.1).ln();
    let mut order = (0..measured.len()).collect::<Vec<_>>();
    let places = |at: usize| measured.get(at).map_or(f64::NEG_INFINITY, |it| it.places);
    if order.len() > LOOKED_UP {
        order.select_nth_unstable_by(LOOKED_UP, |one, other| {
            places(*other).total_cmp(&places(*one)).then(one.cmp(other))
        });
        order.truncate(LOOKED_UP);
    }
    let half = order.len() / 2;
    let (one, other) = order.split_at(half);
    let part = |of: &[usize]| {
        let titles = of.iter().map(|at| {
            let unit = measured.get(*at).filter(|it| it.open).and_then(|it| units.get(it.unit));
            (*at, unit.map_or(unknown, |unit| title(scene, beginnings, unit)))
        });
        titles.collect::<Vec<_>>()
    };
    let (titles, others) = both(|| part(one), || part(other));
    let titles = titles.into_iter().chain(others);
    let least = (UNKNOWN.0 / (UNKNOWN.1 + f64::from(60_u8))).ln();
    for it in measured.iter_mut() {
        it.title = least;
    }
    for (at, title) in titles {
        if let Some(it) = measured.get_mut(at) {
            it.title = title;
        }
    }
}

fn title(scene: &Scene<'_>, beginnings: &grams::Beginnings, unit: &Unit) -> f64 {
    let all = &scene.documents.all;
    let documents = scene.documents_of(&unit.phrases).into_iter();
    let recent = documents.filter(|it| {
        let period = usize::from(scene.period(*it));
        (PERIODS - 3..PERIODS).contains(&period)
    });
    let recent =
        recent.filter_map(|it| all.get(it as usize)).filter(|it| it.extent == Extent::Text);
    let recent = scene.documents.newest(recent, DOCUMENTS);
    let numbers = scene.numbers(unit).collect::<NumberSet>();
    let mut places = Vec::<Place>::new();
    let mut named = 0_u32;
    for document in &recent {
        let ids = varint::read(scene.documents.words(document)).take_while(|id| *id != TEXT);
        grams::places(ids, &scene.documents.lexicon, &mut places);
        let mut found = false;
        let mask = crate::stops::mask(document.language);
        grams::each(&places, mask, beginnings, |_, _, number| {
            found |= numbers.contains(&number);
        });
        named += u32::from(found);
    }
    let of = f64::from(u32::try_from(recent.len()).unwrap_or(u32::MAX));
    ((f64::from(named) + UNKNOWN.0) / (of + UNKNOWN.1)).ln()
}
