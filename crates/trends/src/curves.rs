//! Measures of the curve of a term's share, all sources together.

use crate::measure::Measured;
use crate::scene::Scene;
use crate::windows::PERIODS;

/// How much of a moving average is the newest value (Roberts, Technometrics 1, 1959).
const WEIGHT: f64 = 0.3;

/// How far ahead the logistic curve is read, in periods.
const AHEAD: f64 = 2.5;

/// What holds the slope of the logistic curve back, as if that many documents spoke for none.
const RIDGE: f64 = 4.0;

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
    let last = |count: usize| (0..count).rev().map(|back| spans(back, 1)).collect::<Vec<_>>();
    measured.forecast = forecast(&last(5));
    measured.moving = moving(&last(8));
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

/// What the share gains in [`AHEAD`] periods on the logistic curve through `points`.
pub(crate) fn forecast(points: &[(f64, f64)]) -> f64 {
    let (mut weights, mut xs, mut ys, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut x = 0.0;
    for (with, of) in points {
        if *of > 0.0 {
            let share = (with + 0.5) / (of + 1.0);
            let weight = (of + 1.0) * share * (1.0 - share);
            let y = (share / (1.0 - share)).ln();
            weights += weight;
            xs += weight * x;
            ys += weight * y;
            xx += weight * x * x;
            xy += weight * x * y;
        }
        x += 1.0;
    }
    if weights <= 0.0 {
        return 0.0;
    }
    let (mean_x, mean_y) = (xs / weights, ys / weights);
    let slope = (xy - weights * mean_x * mean_y) / (xx - weights * mean_x * mean_x + RIDGE);
    let share = |x: f64| 1.0 / (1.0 + (-(mean_y + slope * (x - mean_x))).exp());
    share(x - 1.0 + AHEAD) - share(x - 1.0)
}

/// How far the moving average of the shares is above what the first half says, in standard deviations.
pub(crate) fn moving(points: &[(f64, f64)]) -> f64 {
    let early = points.get(..points.len() / 2).unwrap_or_default();
    let with = early.iter().map(|(with, _)| with).sum::<f64>() + 0.5;
    let of = early.iter().map(|(_, of)| of).sum::<f64>() + 1.0;
    let usual = with / of;
    let mut average = usual;
    let mut variance = 0.0;
    for (with, of) in points.get(points.len() / 2..).unwrap_or_default() {
        if *of > 0.0 {
            average += WEIGHT * (with / of - average);
            let spread = usual * (1.0 - usual) / of;
            variance = variance * (1.0 - WEIGHT).powi(2) + WEIGHT * WEIGHT * spread;
        }
    }
    if variance > 0.0 { (average - usual) / variance.sqrt() } else { 0.0 }
}
