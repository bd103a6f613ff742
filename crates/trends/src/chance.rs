//! How often chance alone would give as much: the share of shuffles of the dates within each source.
//!
//! When dates are shuffled within a source, the documents of a phrase that fall into the later span
//! are drawn from those of the source: hypergeometric, which is no wider than the binomial that is
//! used here, so the chance is never stated too small. The sum over sources is worked out exactly
//! for few documents and by the saddlepoint formula of Lugannani and Rice (Adv. Appl. Prob. 12, 1980)
//! for many.

/// The most documents for which the sum is worked out exactly.
const EXACT: u32 = 160;

/// The documents of a phrase in one source, and the part of the source's documents that is recent.
pub(crate) type Trials = (u32, f64);

/// The chance that at least `seen` of these documents fall into the later span.
pub(crate) fn at_least(trials: &[Trials], seen: u32) -> f64 {
    let mut open = Vec::with_capacity(trials.len());
    let mut sure = 0;
    for (count, part) in trials {
        if *part >= 1.0 {
            sure += count;
        } else if *part > 0.0 && *count > 0 {
            open.push((*count, *part));
        }
    }
    let Some(seen) = seen.checked_sub(sure).filter(|seen| *seen > 0) else { return 1.0 };
    let all = open.iter().map(|(count, _)| count).sum::<u32>();
    if seen > all {
        return 0.0;
    }
    let chance = if all <= EXACT { exact(&open, all, seen) } else { saddlepoint(&open, seen) };
    if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 1.0 }
}

fn exact(trials: &[Trials], all: u32, seen: u32) -> f64 {
    let mut chances = vec![0.0_f64; all as usize + 1];
    if let Some(none) = chances.first_mut() {
        *none = 1.0;
    }
    let mut tried = 1;
    for (count, part) in trials {
        for _ in 0..*count {
            tried += 1;
            let mut before = 0.0;
            for chance in chances.iter_mut().take(tried) {
                let here = *chance;
                *chance = here * (1.0 - part) + before * part;
                before = here;
            }
        }
    }
    chances.iter().skip(seen as usize).rev().sum()
}

fn saddlepoint(trials: &[Trials], seen: u32) -> f64 {
    let mean = trials.iter().map(|(count, part)| f64::from(*count) * part).sum::<f64>();
    let target = f64::from(seen) - 0.5;
    if target <= mean {
        // Below the middle nobody asks for the second digit.
        let spread = trials.iter().map(|(count, part)| f64::from(*count) * part * (1.0 - part));
        return upper_normal((target - mean) / spread.sum::<f64>().sqrt().max(1e-9));
    }
    let slopes = |t: f64| {
        let (mut first, mut second) = (0.0, 0.0);
        for (count, part) in trials {
            let tilted = part * t.exp() / (1.0 - part + part * t.exp());
            first += f64::from(*count) * tilted;
            second += f64::from(*count) * tilted * (1.0 - tilted);
        }
        (first, second)
    };
    let (mut low, mut high) = (0.0, 60.0);
    let mut t = 0.5;
    for _ in 0..80 {
        let (first, second) = slopes(t);
        if first < target {
            low = t;
        } else {
            high = t;
        }
        let next = t - (first - target) / second.max(1e-12);
        let next = if next > low && next < high { next } else { f64::midpoint(low, high) };
        if (next - t).abs() < 1e-10 {
            break;
        }
        t = next;
    }
    let grown =
        trials.iter().map(|(count, part)| f64::from(*count) * (1.0 - part + part * t.exp()).ln());
    let (_, second) = slopes(t);
    let away = (2.0 * (t * target - grown.sum::<f64>())).max(0.0).sqrt();
    let lattice = 2.0 * (t / 2.0).sinh() * second.sqrt();
    if away < 1e-4 || lattice <= 0.0 {
        return 0.5;
    }
    upper_normal(away) + density(away) * (1.0 / lattice - 1.0 / away)
}

/// The chance of a standard normal value above `z`.
pub(crate) fn upper_normal(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - upper_normal(-z);
    }
    if z < 3.0 {
        // The series of the middle: all terms have one sign.
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while term > 1e-17 * sum {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        return 0.5 - density(z) * sum;
    }
    // The continued fraction of the tail.
    let fraction = (1..=60).rev().fold(0.0, |sum, k| f64::from(k) / (z + sum));
    density(z) / (z + fraction)
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The share of alarms at least as strong as each that chance alone would give, of all the chances
/// that were `tested` (Benjamini and Hochberg, J. R. Stat. Soc. B 57, 1995), in the order given.
pub(crate) fn corrected(chances: &[f64], tested: usize) -> Vec<f64> {
    let chance = |at: usize| chances.get(at).copied().unwrap_or(1.0);
    // Of chances of one, which come last, the share of alarms is one.
    let mut order = (0..chances.len()).filter(|at| chance(*at) < 1.0).collect::<Vec<_>>();
    order.sort_by(|one, other| chance(*one).total_cmp(&chance(*other)).then(one.cmp(other)));
    let tested = f64::from(u32::try_from(tested.max(chances.len())).unwrap_or(u32::MAX));
    let mut corrected = vec![1.0; chances.len()];
    let mut least = 1.0_f64;
    let mut place = f64::from(u32::try_from(order.len()).unwrap_or(u32::MAX));
    for at in order.iter().rev() {
        least = least.min(chance(*at) * tested / place);
        place -= 1.0;
        if let Some(value) = corrected.get_mut(*at) {
            *value = least;
        }
    }
    corrected
}

/// Above this chance nothing has a share of alarms of `share` or less, as [`corrected`] gives it, of so many
/// chances of all that were `tested`.
pub(crate) fn bound(share: f64, chances: usize, tested: usize) -> f64 {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    // A little more, so that rounding leaves nothing out.
    1.000_001 * share * count(chances) / count(tested.max(chances)).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, other: f64, part: f64) -> bool {
        (one - other).abs() <= part * other.abs()
    }

    #[test]
    fn tails_of_the_normal() {
        for (z, chance) in
            [(0.0, 0.5), (1.0, 0.158_655_254), (1.96, 0.024_997_895), (5.0, 2.866_516e-7)]
        {
            assert!(close(upper_normal(z), chance, 1e-5), "{z}");
        }
        assert!(close(upper_normal(-1.0), 0.841_344_746, 1e-6));
        assert!(close(upper_normal(2.999_999), upper_normal(3.000_001), 1e-4));
    }

    #[test]
    fn exact_and_saddlepoint_agree() {
        assert!(close(at_least(&[(10, 0.5)], 10), 1.0 / 1024.0, 1e-12));
        let trials = [(60, 0.3), (50, 0.6), (50, 0.1)];
        for seen in [56, 60, 70, 80, 100] {
            let (one, other) = (exact(&trials, 160, seen), saddlepoint(&trials, seen));
            assert!(close(other, one, 0.02), "{seen}: {one} {other}");
        }
    }

    #[test]
    fn what_is_sure_or_impossible() {
        for (trials, seen, chance) in
            [(&[][..], 0, 1.0), (&[], 1, 0.0), (&[(7, 1.0)], 7, 1.0), (&[(7, 0.0)], 1, 0.0)]
        {
            assert!((at_least(trials, seen) - chance).abs() < 1e-12);
        }
        assert!(at_least(&[(100_000, 0.5)], 100_000).is_finite());
    }

    #[test]
    fn corrected_for_how_many_were_tested() {
        let found = corrected(&[0.04, 0.001, 0.03], 10);
        let wanted = [0.4 / 3.0, 0.01, 0.4 / 3.0];
        assert!(
            found.iter().zip(wanted).all(|(one, other)| close(*one, other, 1e-12)),
            "{found:?}"
        );
        assert!(corrected(&[], 0).is_empty());
    }

    #[test]
    fn what_is_above_the_bound_changes_nothing_below_the_share() {
        let chances =
            (1..=400_u32).map(|n| 0.3 * (f64::from(n) / 400.0).powi(4)).collect::<Vec<_>>();
        let bound = bound(0.05, chances.len(), 900);
        let above = chances.iter().filter(|it| **it > bound).count();
        assert!((100..300).contains(&above), "{above}");
        let cut = chances.iter().map(|it| if *it > bound { 1.0 } else { *it }).collect::<Vec<_>>();
        let (whole, cut) = (corrected(&chances, 900), corrected(&cut, 900));
        let alarms = whole.iter().zip(&cut).filter(|(one, other)| **one <= 0.05 || **other <= 0.05);
        assert!(
            alarms.clone().count() > 50
                && alarms.clone().all(|(one, other)| one.total_cmp(other).is_eq())
        );
    }
}
