//! What is measured of every term: how it rises, by several measures of the literature.

use crate::chance::{self, Trials};
use crate::contrast::{Contrast, Ratio, Weighed};
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
    /// Whether it may be an alarm: of others only that is measured by which these find their places.
    pub open: bool,
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

/// Measures a unit, which may be an alarm where its chance, as a rise or as a beginning, is within `bound`.
pub(crate) fn measure(
    tally: &mut Tally<'_>,
    scene: &Scene<'_>,
    contrasts: &Contrasts,
    bound: f64,
    (units, unit): (&[Unit], usize),
) -> Measured {
    let counts = tally.count(scene, units.get(unit).map_or(&[], |unit| &unit.phrases));
    let Contrasts { three, two, one, last, season } = contrasts;
    let [of_three, of_two] = tally.weighed([three, two]);
    let mut measured = Measured {
        unit,
        counts,
        three: three.ratio_of(of_three),
        two: two.ratio_of(of_two),
        chance: chance_of(tally, three, of_three),
        early_chance: chance_of(tally, two, of_two),
        largest: 1.0,
        ..Measured::default()
    };
    if let Some(season) = season {
        let [of_season] = tally.weighed([season]);
        let chance = chance_of(tally, season, of_season);
        measured.chance = measured.chance.max(chance);
        measured.early_chance = measured.early_chance.max(chance);
    }
    if measured.three.z() >= HARDLY || measured.two.z() >= HARDLY {
        measured.others = without_the_strongest(tally, scene, three);
    }
    measured.open = measured.chance.min(measured.early_chance) <= bound;
    if measured.open {
        let [of_one, of_last] = tally.weighed([one, last]);
        measured.one = one.ratio_of(of_one);
        measured.last = last.ratio_of(of_last);
        if measured.three.z() >= HARDLY || measured.two.z() >= HARDLY {
            (measured.breadth, measured.largest) = sources(&tally.by_source(scene));
        }
        crate::curves::measure(scene, &mut measured);
    }
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
fn chance_of(tally: &Tally<'_>, contrast: &Contrast, weighed: Weighed) -> f64 {
    if contrast.ratio_of(weighed).z() < HARDLY {
        return 1.0;
    }
    let z = weighed.z();
    // Where nothing speaks for a rise the digits do not matter, and most terms are there.
    if z < CLEARLY {
        return chance::upper_normal(z);
    }
    let mut seen = 0;
    let rows = tally.compared(contrast).filter(|(_, recent, before)| recent + before > 0);
    let trials = rows.map(|(stratum, recent, before)| -> Trials {
        seen += recent;
        (recent + before, contrast.recent_part(stratum))
    });
    let trials = trials.collect::<Vec<_>>();
    chance::at_least(&trials, seen)
}

/// The standard score of the rise without the source that adds most to it.
fn without_the_strongest(tally: &Tally<'_>, scene: &Scene<'_>, contrast: &Contrast) -> f64 {
    let source = |stratum: usize| scene.sources.get(stratum).copied().unwrap_or_default();
    // Walked twice rather than kept: this is asked of nearly every term.
    let rows = || {
        let compared = tally.compared(contrast);
        compared.map(|(stratum, recent, before)| {
            (source(stratum), contrast.recent_part(stratum), recent, before)
        })
    };
    let mut strongest = (u32::MAX, 0.0);
    let mut current = (u32::MAX, 0.0);
    for (source, part, recent, before) in rows() {
        if source != current.0 {
            current = (source, 0.0);
        }
        current.1 += f64::from(recent) - f64::from(recent + before) * part;
        if current.1 > strongest.1 {
            strongest = current;
        }
    }
    let mut others = Weighed::default();
    for (_, part, recent, before) in rows().filter(|row| row.0 != strongest.0) {
        others.add(part, recent, before);
    }
    contrast.ratio_of(others).z()
}
