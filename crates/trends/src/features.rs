//! What the weights of a ranking are multiplied with: measures on scales that mean the same in every
//! archive, so that weights found in one serve in another.

use crate::measure::Measured;
use crate::ranking::share;
use crate::windows::PERIODS;

/// A feature of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    /// Root of the standard score of three periods against three.
    Rise,
    /// The same without the source that adds most, negative where the others fall.
    Others,
    /// Logarithm of the growth of three periods against three.
    Growth,
    /// The lower end of its one-sided 90 % interval.
    Surely,
    /// Logarithm of the growth of the last period against the three that end three before.
    Last,
    /// The lower end of its interval.
    LastSurely,
    /// Logarithm of the growth of the last period against the two before.
    Newest,
    /// Root of the standard score of two periods against four.
    Two,
    /// Logarithm of the share, in quarters of a per cent.
    Level,
    /// Logarithm of the share of long ago against that of three to six periods ago.
    Past,
    /// Logarithm of the part of the documents whose title names it.
    Title,
    /// How far up it stands by three measures: minus the sum of the logarithms of its places.
    Places,
}

/// The features with the names under which weights and samples are written.
pub(crate) const FEATURES: [(&str, Feature); 12] = [
    ("rise", Feature::Rise),
    ("others", Feature::Others),
    ("growth", Feature::Growth),
    ("surely", Feature::Surely),
    ("last", Feature::Last),
    ("last-surely", Feature::LastSurely),
    ("newest", Feature::Newest),
    ("two", Feature::Two),
    ("level", Feature::Level),
    ("past", Feature::Past),
    ("title", Feature::Title),
    ("places", Feature::Places),
];

/// The share that is level nought: about where the protocol calls a term visible.
const VISIBLE: f64 = 0.0025;

/// From one-sided 90 %.
const ONE_SIDED: f64 = 1.28;

impl Feature {
    /// Its value for a term.
    pub(crate) fn of(self, it: &Measured, totals: &[u32; PERIODS]) -> f64 {
        let root = |z: f64| z.signum() * z.abs().min(40.0).sqrt();
        match self {
            Self::Rise => root(it.three.z().max(0.0)),
            Self::Others => root(it.others),
            Self::Growth => it.three.log.clamp(-1.0, 3.0),
            Self::Surely => (it.three.log - ONE_SIDED * it.three.error).clamp(-1.5, 2.5),
            Self::Last => it.last.log.clamp(-2.0, 3.5),
            Self::LastSurely => (it.last.log - ONE_SIDED * it.last.error).clamp(-2.0, 3.0),
            Self::Newest => it.one.log.clamp(-2.0, 2.0),
            Self::Two => root(it.two.z().max(0.0)),
            Self::Level => ((it.level + 1e-5) / VISIBLE).ln().clamp(-2.0, 2.0),
            Self::Past => {
                let (long, before) = (share(it, totals, 6, 10), share(it, totals, 3, 3));
                ((long + 1e-4) / (before + 1e-4)).ln().clamp(-3.0, 2.0)
            }
            Self::Title => it.title,
            Self::Places => it.places,
        }
    }
}

/// Gives each its place by three measures that need no weights: the rise, its surely part, and the rise
/// without the source that adds most.
pub(crate) fn place(measured: &mut [Measured]) {
    let by: [fn(&Measured) -> f64; 3] =
        [|it| it.three.z(), |it| it.three.log - ONE_SIDED * it.three.error, |it| it.others];
    for value in by {
        let values = measured.iter().map(value).collect::<Vec<_>>();
        for (it, place) in measured.iter_mut().zip(places(&values)) {
            it.places -= place.ln();
        }
    }
}

/// The place of each value among all, 1.0 for the largest; equal values share a place.
fn places(values: &[f64]) -> Vec<f64> {
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    let mut order = (0..values.len()).collect::<Vec<_>>();
    order.sort_unstable_by(|one, other| at(*other).total_cmp(&at(*one)));
    let mut places = vec![1.0; values.len()];
    let mut before = 0.0;
    for same in order.chunk_by(|one, other| at(*one).total_cmp(&at(*other)).is_eq()) {
        let many = f64::from(u32::try_from(same.len()).unwrap_or(u32::MAX));
        for index in same {
            if let Some(place) = places.get_mut(*index) {
                *place = before + f64::midpoint(1.0, many);
            }
        }
        before += many;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_place() {
        assert_eq!(places(&[5.0, 7.0, 5.0, 1.0]), [2.5, 1.0, 2.5, 4.0]);
        assert!(places(&[]).is_empty());
    }
}
