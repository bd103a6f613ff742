//! What terms are ranked by: measures put in order within the picture, then put together.

use crate::fusion::{self, Fit};
use crate::measure::Measured;
use crate::windows::PERIODS;

/// A way to rank: ours, and those of the literature it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// Ours, for what has risen.
    Trends(Fit),
    /// Ours, for what begins to rise.
    Signals(Fit),
    /// The share of the last period.
    Frequency,
    /// The growth of the share over one period.
    Growth,
    /// The last period against the mean and deviation of the five before.
    Deviation,
    /// The weight of the bursts of a two-state automaton (Kleinberg, KDD 2002).
    Bursts,
    /// Absolute times relative growth of the last two periods (significant terms of Elasticsearch).
    Significance,
    /// Signed log-likelihood, two periods against five (Dunning).
    Likelihood,
    /// Three measures by their places, nothing fitted.
    Places,
    /// Three periods against three, strata are sources (Mantel and Haenszel).
    Stratified,
}

/// The scores of all that was measured, in its order; [`f64::NEG_INFINITY`] for what is left out.
pub(crate) fn scores(measured: &[Measured], totals: &[u32; PERIODS], by: By) -> Vec<f64> {
    let each = |score: &dyn Fn(&Measured) -> f64| measured.iter().map(score).collect::<Vec<_>>();
    match by {
        By::Trends(fit) => fusion::trends(measured, totals, fit),
        By::Signals(fit) => fusion::signals(measured, totals, fit),
        By::Places => fusion::places(measured),
        By::Frequency => each(&|it| share(it, totals, 0, 1)),
        By::Growth => each(&|it| share(it, totals, 0, 1) - share(it, totals, 1, 1)),
        By::Deviation => each(&|it| deviation(it, totals)),
        By::Bursts => each(&|it| bursts(it, totals)),
        By::Significance => each(&|it| {
            let (now, then) = (share(it, totals, 0, 2), share(it, totals, 2, 5));
            let (now, then) = (now.max(0.0), then + half_a_document(totals));
            if now > then { (now - then) * now / then } else { now - then }
        }),
        By::Likelihood => each(&|it| it.likelihood),
        By::Stratified => each(&|it| it.three.z()),
    }
}

/// The share of the documents of `long` periods that end `back` periods ago.
pub(crate) fn share(it: &Measured, totals: &[u32; PERIODS], back: usize, long: usize) -> f64 {
    let span = PERIODS - back - long..PERIODS - back;
    let sum = |counts: &[u32; PERIODS]| {
        f64::from(counts.get(span.clone()).unwrap_or_default().iter().sum::<u32>())
    };
    let of = sum(totals);
    if of > 0.0 { sum(&it.counts) / of } else { 0.0 }
}

/// The share of half a document of the five periods before the last two.
fn half_a_document(totals: &[u32; PERIODS]) -> f64 {
    let before = totals.get(PERIODS - 7..PERIODS - 2).unwrap_or_default();
    0.5 / f64::from(before.iter().sum::<u32>().max(1))
}

fn deviation(it: &Measured, totals: &[u32; PERIODS]) -> f64 {
    let past = (1..=5).map(|back| share(it, totals, back, 1)).collect::<Vec<_>>();
    let mean = past.iter().sum::<f64>() / 5.0;
    let spread = (past.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 5.0).sqrt();
    let least = 1.0 / f64::from(totals.last().copied().unwrap_or_default().max(1));
    (share(it, totals, 0, 1) - mean) / spread.max(least)
}

/// The weight of the burst that the last period is in: what the busy state costs less than the usual
/// one, over the run of busy periods, with states of once and twice the usual rate.
fn bursts(it: &Measured, totals: &[u32; PERIODS]) -> f64 {
    let known = it.counts.iter().zip(totals).filter(|(_, of)| **of > 0);
    let points = known.map(|(with, of)| (f64::from(*with), f64::from(*of))).collect::<Vec<_>>();
    let (with, of) = points.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    if with <= 0.0 {
        return 0.0;
    }
    let usual = (with / of).min(0.499);
    let busy = 2.0 * usual;
    let enter = f64::from(u32::try_from(points.len()).unwrap_or(1).max(1)).ln();
    // The cheapest way to each state, and the gain of the burst that ends there.
    let (mut quiet, mut bursting) = (0.0, enter);
    let mut gain = 0.0;
    for (with, of) in &points {
        let cost = |rate: f64| -(with * rate.ln() + (of - with) * (1.0 - rate).ln());
        let saved = cost(usual) - cost(busy);
        let goes_on = bursting <= quiet + enter;
        gain = if goes_on { gain + saved } else { saved };
        let next_quiet = f64::min(quiet, bursting) + cost(usual);
        bursting = f64::min(bursting, quiet + enter) + cost(busy);
        quiet = next_quiet;
    }
    if bursting <= quiet + enter { gain } else { f64::min(gain, 0.0) }
}
