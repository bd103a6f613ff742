//! What is measured of every term: how it rises, by several measures of the literature.

use crate::chance::{self, Trials};
use crate::contrast::{Contrast, Ratio};
use crate::counts::At;
use crate::scene::{Counted, Scene};
use crate::tally::Tally;
use crate::windows::PERIODS;

/// The standard score below which no rise can be an alarm.
const HARDLY: f64 = 1.0;

/// The standard score from which on the chance is worked out to the last digit.
const CLEARLY: f64 = 2.0;

/// One thing that is counted: a phrase, or several that name one concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Where its phrases are.
    pub phrases: Vec<At>,
    /// The number of its first phrase: what ties are settled by.
    pub number: u64,
    /// The concept of the glossary it is.
    pub concept: Option<u32>,
}

/// The comparisons of a picture.
#[derive(Clone, Debug)]
pub(crate) struct Contrasts {
    /// The last three periods against the three before.
    pub three: Contrast,
    /// The last two against the four before.
    pub two: Contrast,
    /// The last against the two before.
    pub one: Contrast,
    /// The last against the three that end three before.
    pub last: Contrast,
    /// The last three against the same three of a year before, where periods are shorter than a year.
    pub season: Option<Contrast>,
}

/// What was measured of a unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// The place of the unit.
    pub unit: usize,
    /// Documents by period.
    pub counts: Counted,
    /// Three periods against three.
    pub three: Ratio,
    /// Two against four.
    pub two: Ratio,
    /// One against two.
    pub one: Ratio,
    /// The last period against the three that end three before.
    pub last: Ratio,
    /// The chance of a rise as strong.
    pub chance: f64,
    /// The chance of a beginning as strong.
    pub early_chance: f64,
    /// Signed log-likelihood of the last two periods against the five before.
    pub likelihood: f64,
    /// The share that a logistic curve through the last five periods gains in two and a half more.
    pub forecast: f64,
    /// How far a moving average has left its past, in standard deviations.
    pub moving: f64,
    /// The share of the last two periods' documents.
    pub level: f64,
    /// How many sources it would be, of the last three periods.
    pub breadth: f64,
    /// The part of the largest source.
    pub largest: f64,
    /// The standard score without the source that adds most to the rise.
    pub others: f64,
    /// The logarithm of the part of its documents whose title names it; given later.
    pub title: f64,
    /// How far up it stands by three measures; given later.
    pub places: f64,
}

impl Contrasts {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Contrast> {
        [&self.three, &self.two, &self.one, &self.last].into_iter().chain(&self.season)
    }

    /// The comparisons that this scene allows.
    pub(crate) fn new(scene: &Scene<'_>) -> Self {
        let end = PERIODS;
        let year = scene.windows.in_a_year();
        let season = (year > 1).then(|| (end - year - 3)..(end - year));
        let season = season.filter(|before| scene.total(before.clone()) > 0);
        Self {
            three: Contrast::new(scene, end - 3..end, end - 6..end - 3),
            two: Contrast::new(scene, end - 2..end, end - 6..end - 2),
            one: Contrast::new(scene, end - 1..end, end - 3..end - 1),
            last: Contrast::new(scene, end - 1..end, end - 6..end - 3),
            season: season.map(|before| Contrast::new(scene, end - 3..end, before)),
        }
    }
}

/// Measures a unit.
pub(crate) fn measure(
    tally: &mut Tally<'_>,
    scene: &Scene<'_>,
    contrasts: &Contrasts,
    units: &[Unit],
    unit: usize,
) -> Measured {
    let counts = tally.count(scene, units.get(unit).map_or(&[], |unit| &unit.phrases));
    let Contrasts { three, two, one, last, season } = contrasts;
    let [three, two, one, last] = tally.ratios([three, two, one, last]);
    let hardly = three.z() < HARDLY && two.z() < HARDLY;
    let (breadth, largest) = if hardly { (0.0, 1.0) } else { sources(&tally.by_source(scene)) };
    let mut measured = Measured {
        unit,
        counts,
        three,
        two,
        one,
        last,
        chance: chance_of(tally, &contrasts.three, three),
        early_chance: chance_of(tally, &contrasts.two, two),
        breadth,
        largest,
        others: if hardly { 0.0 } else { without_the_strongest(tally, scene, &contrasts.three) },
        ..Measured::default()
    };
    if let Some(season) = season {
        let chance = chance_of(tally, season, season.ratio(tally.rows(season)));
        measured.chance = measured.chance.max(chance);
        measured.early_chance = measured.early_chance.max(chance);
    }
    crate::curves::measure(scene, &mut measured);
    measured
}

/// How many sources it would be, and the part of the largest.
fn sources(by_source: &[f64]) -> (f64, f64) {
    let all = by_source.iter().sum::<f64>();
    if all <= 0.0 {
        return (0.0, 1.0);
    }
    let parts = by_source.iter().map(|count| count / all).filter(|part| *part > 0.0);
    let entropy = parts.clone().map(|part| -part * part.ln()).sum::<f64>();
    (entropy.exp(), parts.fold(0.0, f64::max))
}

/// The chance of as much; of what hardly rises it is not worked out.
fn chance_of(tally: &Tally<'_>, contrast: &Contrast, ratio: Ratio) -> f64 {
    if ratio.z() < HARDLY {
        return 1.0;
    }
    let mut seen = 0;
    let rows = tally.rows(contrast).filter(|(_, recent, before)| recent + before > 0);
    let trials = rows.map(|(stratum, recent, before)| -> Trials {
        seen += recent;
        (recent + before, contrast.recent_part(stratum))
    });
    let trials = trials.collect::<Vec<_>>();
    let mean = trials.iter().map(|(count, part)| f64::from(*count) * part).sum::<f64>();
    let spread = trials.iter().map(|(count, part)| f64::from(*count) * part * (1.0 - part));
    let z = (f64::from(seen) - 0.5 - mean) / spread.sum::<f64>().sqrt().max(1e-9);
    // Where nothing speaks for a rise the digits do not matter, and most terms are there.
    if z < CLEARLY { chance::upper_normal(z) } else { chance::at_least(&trials, seen) }
}

/// The standard score of the rise without the source that adds most to it.
fn without_the_strongest(tally: &Tally<'_>, scene: &Scene<'_>, contrast: &Contrast) -> f64 {
    let source = |stratum: usize| scene.sources.get(stratum).copied().unwrap_or_default();
    let mut strongest = (u32::MAX, 0.0);
    let mut current = (u32::MAX, 0.0);
    for (stratum, recent, before) in tally.rows(contrast) {
        if source(stratum) != current.0 {
            current = (source(stratum), 0.0);
        }
        current.1 += f64::from(recent) - f64::from(recent + before) * contrast.recent_part(stratum);
        if current.1 > strongest.1 {
            strongest = current;
        }
    }
    contrast.ratio(tally.rows(contrast).filter(|row| source(row.0) != strongest.0)).z()
}
