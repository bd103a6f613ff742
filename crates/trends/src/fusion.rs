//! Features put together with weights, which are data: found on one corpus and tried on another.
//!
//! A line of weights is list, feature, where it begins to count (nothing: everywhere), weight; a
//! feature may bend at several places (an additive model of broken lines, fitted by ridge logistic
//! regression to what the protocol calls durable and early; `tests/foresight/fit.py`).

use std::sync::LazyLock;

use crate::features::{FEATURES, Feature};
use crate::measure::Measured;
use crate::windows::PERIODS;

/// On what the weights were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// Both corpora: what is used.
    Both,
    /// The titles of the ACL Anthology, to be tried on others.
    Acl,
    /// The abstracts of arXiv, to be tried on others.
    Arxiv,
}

/// The weights of one list.
#[derive(Clone, Debug, Default, PartialEq)]
struct Weights {
    bends: Vec<Bend>,
}

/// What a feature adds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bend {
    feature: Feature,
    from: Option<f64>,
    weight: f64,
}

/// The least number of sources that it must be as if a term stood in.
const MIN_BREADTH: f64 = 1.5;

/// The largest part that one source may have.
const MAX_LARGEST: f64 = 0.85;

/// What a term loses that stands mostly in one source.
const NARROW: f64 = 10.0;

static BOTH: LazyLock<[Weights; 2]> = LazyLock::new(|| read(include_str!("weights/both.tsv")));
static ACL: LazyLock<[Weights; 2]> = LazyLock::new(|| read(include_str!("weights/acl.tsv")));
static ARXIV: LazyLock<[Weights; 2]> = LazyLock::new(|| read(include_str!("weights/arxiv.tsv")));

/// The lists, in the order in which their weights are kept.
const LISTS: [&str; 2] = ["trends", "signals"];

fn read(text: &str) -> [Weights; 2] {
    let mut weights = <[Weights; 2]>::default();
    for line in text.lines() {
        let cells = line.split('\t').collect::<Vec<_>>();
        let [list, feature, from, weight] = cells.as_slice() else { continue };
        let place = LISTS.iter().position(|name| name == list);
        let feature = FEATURES.iter().find(|(name, _)| name == feature).map(|(_, it)| *it);
        let Some(list) = place.and_then(|place| weights.get_mut(place)) else { continue };
        let (Some(feature), Ok(weight)) = (feature, weight.parse()) else { continue };
        list.bends.push(Bend { feature, from: from.parse().ok(), weight });
    }
    weights
}

impl Weights {
    /// What a term is ranked by; `narrow` is whether it stands mostly in one source.
    fn score(&self, it: &Measured, totals: &[u32; PERIODS]) -> f64 {
        let added = self.bends.iter().map(|bend| {
            let value = bend.feature.of(it, totals);
            bend.weight * bend.from.map_or(value, |from| (value - from).max(0.0))
        });
        added.sum::<f64>() - if is_broad(it) { 0.0 } else { NARROW }
    }
}

/// Scores for what has risen.
pub(crate) fn trends(measured: &[Measured], totals: &[u32; PERIODS], fit: Fit) -> Vec<f64> {
    scores(measured, totals, fit, 0)
}

/// Scores for what begins to rise.
pub(crate) fn signals(measured: &[Measured], totals: &[u32; PERIODS], fit: Fit) -> Vec<f64> {
    scores(measured, totals, fit, 1)
}

fn scores(measured: &[Measured], totals: &[u32; PERIODS], fit: Fit, list: usize) -> Vec<f64> {
    let weights = match fit {
        Fit::Both => &*BOTH,
        Fit::Acl => &*ACL,
        Fit::Arxiv => &*ARXIV,
    };
    let Some(weights) = weights.get(list) else { return Vec::new() };
    let score = |it: &Measured| if it.open { weights.score(it, totals) } else { f64::NEG_INFINITY };
    measured.iter().map(score).collect()
}

/// Three measures by their places, nothing fitted.
pub(crate) fn places(measured: &[Measured]) -> Vec<f64> {
    measured.iter().map(|it| if is_broad(it) { it.places } else { it.places - 100.0 }).collect()
}

/// A score as a figure from 0.0 to 1.0 in the same order.
pub(crate) fn bounded(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// Whether a term stands in several sources and not mostly in one.
pub(crate) fn is_broad(it: &Measured) -> bool {
    it.breadth >= MIN_BREADTH && it.largest <= MAX_LARGEST && it.others > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_weights_is_understood() {
        for text in [
            include_str!("weights/both.tsv"),
            include_str!("weights/acl.tsv"),
            include_str!("weights/arxiv.tsv"),
        ] {
            let lines = text.lines().filter(|line| !line.starts_with('#')).count();
            let [trends, signals] = read(text);
            assert_eq!(trends.bends.len() + signals.bends.len(), lines);
            assert!(!trends.bends.is_empty() && !signals.bends.is_empty());
        }
    }
}
