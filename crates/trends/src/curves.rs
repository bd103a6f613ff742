//! Measures of the curve of a term's share, all sources together.

use crate::measure::Measured;
use crate::scene::Scene;
use crate::windows::PERIODS;

/// Fills in the measures.
pub(crate) fn measure(scene: &Scene<'_>, measured: &mut Measured) {
    let spans = |back: usize, long: usize| {
        let span = PERIODS - back - long..PERIODS - back;
        let with = measured.counts.get(span.clone()).unwrap_or_default().iter().sum::<u32>();
        (f64::from(with), f64::from(scene.total(span)))
    };
    let (recent, of_recent) = spans(0, 2);
    let (before, of_before) = spans(2, 5);
    measured.level = if of_recent > 0.0 { recent / of_recent } else { 0.0 };
    measured.likelihood = likelihood((recent, of_recent), (before, of_before));
}

/// The log-likelihood ratio of Dunning (Comput. Linguist. 19, 1993), negative where the share falls.
pub(crate) fn likelihood(recent: (f64, f64), before: (f64, f64)) -> f64 {
    let all = recent.1 + before.1;
    let with = recent.0 + before.0;
    if recent.1 <= 0.0 || before.1 <= 0.0 || with <= 0.0 {
        return 0.0;
    }
    let part = |seen: f64, expected: f64| {
        if seen > 0.0 && expected > 0.0 { seen * (seen / expected).ln() } else { 0.0 }
    };
    let cells = |(seen, of): (f64, f64)| {
        part(seen, of * with / all) + part(of - seen, of * (all - with) / all)
    };
    let sum = 2.0 * (cells(recent) + cells(before));
    if recent.0 / recent.1 >= before.0 / before.1 { sum } else { -sum }
}
