//! What is measured of every term: how it rises, by several measures of the literature.

use std::ops::Range;

use crate::chance::{self, Trials};
use crate::contrast::{Contrast, Ratio, Row};
use crate::counts::At;
use crate::scene::{Counted, Scene};
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

/// Where the documents of a unit are counted, used again for each.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Of each stratum its documents by period; while a unit is measured, those of each period and after.
    rows: Vec<Counted>,
    is_touched: Vec<bool>,
    touched: Vec<usize>,
}

impl Tally {
    /// Room for the strata of a scene.
    pub(crate) fn new(scene: &Scene<'_>) -> Self {
        let strata = scene.sizes.len();
        Self {
            rows: vec![[0; PERIODS]; strata],
            is_touched: vec![false; strata],
            touched: Vec::new(),
        }
    }

    /// Forgets what was counted before.
    fn clear(&mut self) {
        for touched in self.touched.drain(..) {
            if let Some(row) = self.rows.get_mut(touched) {
                *row = [0; PERIODS];
            }
            if let Some(is_touched) = self.is_touched.get_mut(touched) {
                *is_touched = false;
            }
        }
    }

    /// Counts a document by stratum and period.
    fn add(&mut self, scene: &Scene<'_>, document: u32) {
        let period = usize::from(scene.period(document));
        if period >= PERIODS {
            return;
        }
        let stratum = scene.stratum(document);
        let (Some(row), Some(is_touched)) =
            (self.rows.get_mut(stratum), self.is_touched.get_mut(stratum))
        else {
            return;
        };
        if !*is_touched {
            *is_touched = true;
            self.touched.push(stratum);
        }
        if let Some(count) = row.get_mut(period) {
            *count += 1;
        }
    }

    /// The sums of all strata by period; each row is turned into those of each period and after.
    fn add_up(&mut self) -> Counted {
        self.touched.sort_unstable();
        let mut counts = [0; PERIODS];
        for stratum in &self.touched {
            let Some(row) = self.rows.get_mut(*stratum) else { continue };
            counts.iter_mut().zip(&*row).for_each(|(sum, count)| *sum += count);
            let mut after = 0;
            for count in row.iter_mut().rev() {
                after += *count;
                *count = after;
            }
        }
        counts
    }

    fn rows(&self, contrast: &Contrast) -> Vec<Row> {
        let rows = self.touched.iter().filter_map(|stratum| {
            let row = self.rows.get(*stratum)?;
            let from = |period: usize| row.get(period).copied().unwrap_or_default();
            let sum = |span: &Range<usize>| from(span.start) - from(span.end);
            let (recent, before) = (sum(&contrast.recent), sum(&contrast.before));
            (recent + before > 0).then_some((*stratum, recent, before))
        });
        rows.collect()
    }

    /// Measures a unit.
    pub(crate) fn measure(
        &mut self,
        scene: &Scene<'_>,
        contrasts: &Contrasts,
        units: &[Unit],
        unit: usize,
    ) -> Measured {
        let phrases = units.get(unit).map_or(&[][..], |unit| &unit.phrases);
        self.clear();
        if let [only] = phrases {
            if let Some(posting) = scene.counts.posting(*only) {
                posting.each(|document| self.add(scene, document));
            }
        } else {
            scene.documents_of(phrases).into_iter().for_each(|document| self.add(scene, document));
        }
        let counts = self.add_up();
        let (rows_of_three, rows_of_two) = (self.rows(&contrasts.three), self.rows(&contrasts.two));
        let three = contrasts.three.ratio(&rows_of_three);
        let two = contrasts.two.ratio(&rows_of_two);
        let hardly = three.z() < HARDLY && two.z() < HARDLY;
        let (breadth, largest) = if hardly { (0.0, 1.0) } else { self.sources(scene) };
        let others = || without_the_strongest(scene, &contrasts.three, &rows_of_three);
        let mut measured = Measured {
            unit,
            counts,
            three,
            two,
            one: contrasts.one.ratio(&self.rows(&contrasts.one)),
            last: contrasts.last.ratio(&self.rows(&contrasts.last)),
            chance: chance_of(&contrasts.three, three, &rows_of_three),
            early_chance: chance_of(&contrasts.two, two, &rows_of_two),
            breadth,
            largest,
            others: if hardly { 0.0 } else { others() },
            ..Measured::default()
        };
        if let Some(season) = &contrasts.season {
            let rows = self.rows(season);
            let chance = chance_of(season, season.ratio(&rows), &rows);
            measured.chance = measured.chance.max(chance);
            measured.early_chance = measured.early_chance.max(chance);
        }
        crate::curves::measure(scene, &mut measured);
        measured
    }

    /// How many sources it would be, and the part of the largest.
    fn sources(&self, scene: &Scene<'_>) -> (f64, f64) {
        let by_source = self
            .by_source(scene, |row| f64::from(row.get(PERIODS - 3).copied().unwrap_or_default()));
        let all = by_source.iter().map(|(_, count)| count).sum::<f64>();
        if all <= 0.0 {
            return (0.0, 1.0);
        }
        let parts = by_source.iter().map(|(_, count)| count / all).filter(|part| *part > 0.0);
        let entropy = parts.clone().map(|part| -part * part.ln()).sum::<f64>();
        (entropy.exp(), parts.fold(0.0, f64::max))
    }

    /// A figure of each source, from the sum of its strata; of each it is worked out from the documents of
    /// each period and after.
    fn by_source(&self, scene: &Scene<'_>, figure: impl Fn(&Counted) -> f64) -> Vec<(u32, f64)> {
        let mut by_source = Vec::<(u32, f64)>::new();
        for stratum in &self.touched {
            let (Some(row), Some(source)) = (self.rows.get(*stratum), scene.sources.get(*stratum))
            else {
                continue;
            };
            let figure = figure(row);
            match by_source.last_mut() {
                Some((last, sum)) if last == source => *sum += figure,
                _ => by_source.push((*source, figure)),
            }
        }
        by_source
    }
}

/// The chance of as much; of what hardly rises it is not worked out.
fn chance_of(contrast: &Contrast, ratio: Ratio, rows: &[Row]) -> f64 {
    if ratio.z() < HARDLY {
        return 1.0;
    }
    let mut seen = 0;
    let trials = rows.iter().map(|(stratum, recent, before)| -> Trials {
        seen += recent;
        (recent + before, contrast.recent_part(*stratum))
    });
    let trials = trials.collect::<Vec<_>>();
    let mean = trials.iter().map(|(count, part)| f64::from(*count) * part).sum::<f64>();
    let spread = trials.iter().map(|(count, part)| f64::from(*count) * part * (1.0 - part));
    let z = (f64::from(seen) - 0.5 - mean) / spread.sum::<f64>().sqrt().max(1e-9);
    // Where nothing speaks for a rise the digits do not matter, and most terms are there.
    if z < CLEARLY { chance::upper_normal(z) } else { chance::at_least(&trials, seen) }
}

/// The standard score of the rise without the source that adds most to it.
fn without_the_strongest(scene: &Scene<'_>, contrast: &Contrast, rows: &[Row]) -> f64 {
    let source = |row: &Row| scene.sources.get(row.0).copied().unwrap_or_default();
    let mut strongest = (u32::MAX, 0.0);
    let mut current = (u32::MAX, 0.0);
    for row in rows {
        if source(row) != current.0 {
            current = (source(row), 0.0);
        }
        let (stratum, recent, before) = *row;
        current.1 += f64::from(recent) - f64::from(recent + before) * contrast.recent_part(stratum);
        if current.1 > strongest.1 {
            strongest = current;
        }
    }
    contrast.ratio(rows.iter().filter(|row| source(row) != strongest.0)).z()
}
