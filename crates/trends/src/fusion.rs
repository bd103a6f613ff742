//! Measures put together: each is put in order within the picture first, so that no unit and no
//! outlier counts, then their places are averaged.

use crate::measure::Measured;
use crate::ranking::share;
use crate::windows::PERIODS;

/// The least number of sources that it must be as if it stood in.
const MIN_BREADTH: f64 = 1.5;

/// The largest part that one source may have.
const MAX_LARGEST: f64 = 0.85;

/// Scores for what has risen.
pub(crate) fn trends(measured: &[Measured]) -> Vec<f64> {
    let parts = [
        ranks(measured, |it| it.three.z()),
        ranks(measured, |it| it.likelihood),
        ranks(measured, |it| it.forecast),
        ranks(measured, |it| it.moving),
    ];
    together(measured, &parts)
}

/// Scores for what begins to rise.
pub(crate) fn signals(measured: &[Measured], totals: &[u32; PERIODS]) -> Vec<f64> {
    let parts = [
        ranks(measured, |it| it.one.z()),
        ranks(measured, |it| it.two.z()),
        ranks(measured, |it| it.two.log),
        ranks(measured, |it| -share(it, totals, 3, 5)),
    ];
    together(measured, &parts)
}

fn together(measured: &[Measured], parts: &[Vec<f64>]) -> Vec<f64> {
    let count = f64::from(u32::try_from(parts.len()).unwrap_or(1));
    let scores = measured.iter().enumerate().map(|(place, it)| {
        let sum = parts.iter().filter_map(|part| part.get(place)).sum::<f64>();
        if is_broad(it) { sum / count } else { sum / count - 1.0 }
    });
    scores.collect()
}

/// Whether a term stands in several sources and not mostly in one.
pub(crate) fn is_broad(it: &Measured) -> bool {
    it.breadth >= MIN_BREADTH && it.largest <= MAX_LARGEST && it.others > 0.0
}

/// The place of each value among all, from 0.0 for the smallest to 1.0; equal values share a place.
pub(crate) fn ranks(measured: &[Measured], value: impl Fn(&Measured) -> f64) -> Vec<f64> {
    let values = measured.iter().map(value).collect::<Vec<_>>();
    let mut order = (0..values.len()).collect::<Vec<_>>();
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    order.sort_unstable_by(|one, other| at(*one).total_cmp(&at(*other)).then(one.cmp(other)));
    let last = f64::from(u32::try_from(values.len().max(2) - 1).unwrap_or(u32::MAX));
    let mut ranks = vec![0.0; values.len()];
    let mut place = 0.0;
    for same in order.chunk_by(|one, other| at(*one).total_cmp(&at(*other)).is_eq()) {
        let long = f64::from(u32::try_from(same.len()).unwrap_or(u32::MAX));
        for index in same {
            if let Some(rank) = ranks.get_mut(*index) {
                *rank = (place + (long - 1.0) / 2.0) / last;
            }
        }
        place += long;
    }
    ranks
}
