//! The documents of one unit, counted by source and period.

use std::ops::Range;

use crate::contrast::{Contrast, Ratio, Row, Weighed};
use crate::counts::At;
use crate::measure::Contrasts;
use crate::scene::{Counted, Scene};
use crate::windows::PERIODS;

/// Of how many strata for each document on the strata that have documents are put in order instead of being
/// looked for among all.
const FEW: usize = 4;

/// The cells before those of the strata: one for each period, one for what has none.
const BEFORE: usize = PERIODS + 1;

/// Where documents are counted: in the cell of their stratum and period; those of periods that nothing is
/// compared with in one of their period.
#[derive(Debug)]
pub(crate) struct Cells {
    /// The first period that anything is compared with.
    first: usize,
    strata: usize,
    of: Vec<u32>,
}

impl Cells {
    /// The cells of all documents of a scene.
    pub(crate) fn new(scene: &Scene<'_>, contrasts: &Contrasts) -> Self {
        let first = contrasts.all().map(|contrast| contrast.before.start).min();
        let first = first.unwrap_or_default().min(PERIODS - 1);
        let cell = |(period, stratum): (&u8, &u32)| match usize::from(*period) {
            period @ PERIODS.. => period.min(PERIODS),
            period if period < first => period,
            period => BEFORE + *stratum as usize * (PERIODS - first) + period - first,
        };
        let cells = scene.periods.iter().zip(&scene.strata).map(cell);
        let of = cells.map(|cell| u32::try_from(cell).unwrap_or(u32::MAX)).collect();
        Self { first, strata: scene.sizes.len(), of }
    }

    const fn width(&self) -> usize {
        PERIODS - self.first
    }
}

/// The documents of a unit, in room that is used again for each.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    cells: &'a Cells,
    /// The documents of each cell; after [`Tally::count`] those of each period of a stratum and after.
    counted: Vec<u32>,
    /// The strata that have documents in periods that are compared, in order.
    touched: Vec<usize>,
    documents: Vec<u32>,
}

impl<'a> Tally<'a> {
    /// Room for what is counted in `cells`.
    pub(crate) fn new(cells: &'a Cells) -> Self {
        let counted = vec![0; BEFORE + cells.strata * cells.width()];
        Self { cells, counted, touched: Vec::new(), documents: Vec::new() }
    }

    /// Counts the documents that have any of these phrases; how many there are by period.
    pub(crate) fn count(&mut self, scene: &Scene<'_>, phrases: &[At]) -> Counted {
        self.clear();
        if let [only] = phrases {
            if let Some(posting) = scene.counts.posting(*only) {
                posting.each(|document| self.documents.push(document));
            }
        } else {
            self.documents = scene.documents_of(phrases);
        }
        // Not while they are read, so that the memory is asked for many cells at once.
        for document in &mut self.documents {
            *document = self.cells.of.get(*document as usize).copied().unwrap_or(u32::MAX);
            if let Some(count) = self.counted.get_mut(*document as usize) {
                *count += 1;
            }
        }
        self.touch();
        self.add_up()
    }

    /// Forgets what was counted before.
    fn clear(&mut self) {
        self.documents.clear();
        self.counted.iter_mut().take(BEFORE).for_each(|count| *count = 0);
        for stratum in self.touched.drain(..) {
            let row = row(self.cells, stratum);
            self.counted.get_mut(row).into_iter().flatten().for_each(|count| *count = 0);
        }
    }

    /// Finds the strata that have documents.
    fn touch(&mut self) {
        let width = self.cells.width();
        if self.documents.len() * FEW < self.cells.strata {
            let cells = self.documents.iter().filter_map(|it| (*it as usize).checked_sub(BEFORE));
            self.touched.extend(cells.map(|cell| cell / width));
            self.touched.sort_unstable();
            self.touched.dedup();
        } else {
            let rows = self.counted.get(BEFORE..).unwrap_or_default().chunks(width).enumerate();
            let touched = rows.filter(|(_, row)| row.iter().any(|count| *count > 0));
            self.touched.extend(touched.map(|(stratum, _)| stratum));
        }
    }

    /// The sums by period; each row is turned into those of each period and after.
    fn add_up(&mut self) -> Counted {
        let mut counts = [0; PERIODS];
        counts.iter_mut().zip(&self.counted).for_each(|(sum, count)| *sum = *count);
        for stratum in &self.touched {
            let row = self.counted.get_mut(row(self.cells, *stratum)).into_iter().flatten().rev();
            let mut after = 0;
            for (count, sum) in row.zip(counts.iter_mut().rev()) {
                *sum += *count;
                after += *count;
                *count = after;
            }
        }
        counts
    }

    /// What several comparisons give, in one walk through the strata.
    pub(crate) fn ratios<const COUNT: usize>(
        &self,
        contrasts: [&Contrast; COUNT],
    ) -> [Ratio; COUNT] {
        let places = contrasts.map(|contrast| self.places(contrast));
        let mut weighed = [Weighed::default(); COUNT];
        for stratum in &self.touched {
            let row = self.counted.get(row(self.cells, *stratum)).unwrap_or_default();
            let each = weighed.iter_mut().zip(contrasts).zip(&places);
            for ((weighed, contrast), places) in each {
                let (later, earlier) = spans(row, places);
                weighed.add(contrast.recent_part(*stratum), later, earlier);
            }
        }
        let mut each = weighed.into_iter();
        contrasts.map(|contrast| contrast.ratio_of(each.next().unwrap_or_default()))
    }

    /// Where the spans of a comparison begin and end in the row of a stratum, the later one first.
    fn places(&self, contrast: &Contrast) -> [Range<usize>; 2] {
        let place = |period: usize| period.saturating_sub(self.cells.first);
        [&contrast.recent, &contrast.before].map(|span| place(span.start)..place(span.end))
    }

    /// The strata that have documents in these periods, with those of the spans of a comparison.
    pub(crate) fn rows(&self, contrast: &Contrast) -> impl Iterator<Item = Row> {
        let places = self.places(contrast);
        self.touched.iter().map(move |stratum| {
            let row = self.counted.get(row(self.cells, *stratum)).unwrap_or_default();
            let (recent, before) = spans(row, &places);
            (*stratum, recent, before)
        })
    }

    /// The documents of each source of the last three periods.
    pub(crate) fn by_source(&self, scene: &Scene<'_>) -> Vec<f64> {
        let mut last = None;
        let mut by_source = Vec::<f64>::new();
        for stratum in &self.touched {
            let row = self.counted.get(row(self.cells, *stratum)).unwrap_or_default();
            let count = row.iter().rev().nth(2).copied().map_or(0.0, f64::from);
            let source = scene.sources.get(*stratum);
            match by_source.last_mut().filter(|_| last == source) {
                Some(sum) => *sum += count,
                None => by_source.push(count),
            }
            last = source;
        }
        by_source
    }
}

/// The documents of two spans of a row that has those of each period and after.
#[inline]
fn spans(row: &[u32], places: &[Range<usize>; 2]) -> (u32, u32) {
    let from = |place: usize| row.get(place).copied().unwrap_or_default();
    let [recent, before] = places;
    (from(recent.start) - from(recent.end), from(before.start) - from(before.end))
}

/// The cells of a stratum.
const fn row(cells: &Cells, stratum: usize) -> Range<usize> {
    let start = BEFORE + stratum * cells.width();
    start..start + cells.width()
}
