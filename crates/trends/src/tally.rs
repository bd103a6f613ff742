//! The documents of one unit, counted by source and period.

use std::ops::Range;

use crate::contrast::{Contrast, Row, Weighed};
use crate::counts::At;
use crate::measure::Contrasts;
use crate::postings::Posting;
use crate::scene::{Counted, Scene};
use crate::windows::PERIODS;

/// Of how many strata for each document on the strata that have documents are put in order instead of being
/// looked for among all.
const FEW: usize = 4;

/// Where documents are counted: in the cell of their stratum and period; those of periods that nothing is
/// compared with in one of their period, after those of all strata.
#[derive(Debug)]
pub(crate) struct Cells {
    /// The first period that anything is compared with.
    first: usize,
    /// The cells of a stratum, some of which may stand for no period: a power of two.
    width: usize,
    strata: usize,
    of: Each,
}

/// The cell of each document, in as few bytes as all cells need: it is looked up here and there, and half of the
/// memory is twice as often near.
#[derive(Debug)]
enum Each {
    Few(Vec<u16>),
    Many(Vec<u32>),
}

impl Cells {
    /// The cells of all documents of a scene.
    pub(crate) fn new(scene: &Scene<'_>, contrasts: &Contrasts) -> Self {
        let first = contrasts.all().map(|contrast| contrast.before.start).min();
        let first = first.unwrap_or_default().min(PERIODS - 1);
        let width = if PERIODS - first <= 8 { 8 } else { 32 };
        let strata = scene.sizes.len();
        let cell = |(period, stratum): (&u8, &u32)| match usize::from(*period) {
            period if (first..PERIODS).contains(&period) => {
                *stratum as usize * width + period - first
            }
            period => strata * width + period.min(PERIODS),
        };
        let cells = scene.periods.iter().zip(&scene.strata).map(cell);
        let of = if strata * width + PERIODS < usize::from(u16::MAX) {
            Each::Few(cells.map(|cell| u16::try_from(cell).unwrap_or(u16::MAX)).collect())
        } else {
            Each::Many(cells.map(|cell| u32::try_from(cell).unwrap_or(u32::MAX)).collect())
        };
        Self { first, width, strata, of }
    }

    /// How many cells there are.
    const fn len(&self) -> usize {
        self.strata * self.width + PERIODS + 1
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
    /// The documents of phrases that were read ahead.
    ahead: [(Option<At>, Vec<u32>); 2],
}

impl<'a> Tally<'a> {
    /// Room for what is counted in `cells`.
    pub(crate) fn new(cells: &'a Cells) -> Self {
        let counted = vec![0; cells.len()];
        Self {
            cells,
            counted,
            touched: Vec::new(),
            documents: Vec::new(),
            ahead: Default::default(),
        }
    }

    /// Reads the documents of two phrases, so that they are there when these are counted.
    pub(crate) fn read_ahead(&mut self, scene: &Scene<'_>, phrases: [At; 2]) {
        let [one, other] = phrases.map(|at| scene.counts.posting(at));
        let (Some(one), Some(other)) = (one, other) else { return };
        let [(first, documents), (second, others)] = &mut self.ahead;
        let [one_at, other_at] = phrases;
        (*first, *second) = (Some(one_at), Some(other_at));
        documents.clear();
        others.clear();
        Posting::each_of([one, other], |it| documents.push(it), |it| others.push(it));
    }

    /// Counts the documents that have any of these phrases; how many there are by period.
    pub(crate) fn count(&mut self, scene: &Scene<'_>, phrases: &[At]) -> Counted {
        self.documents.clear();
        if let [only] = phrases {
            let ahead = self.ahead.iter_mut().find(|(at, _)| *at == Some(*only));
            if let Some((at, documents)) = ahead {
                *at = None;
                std::mem::swap(&mut self.documents, documents);
            } else if let Some(posting) = scene.counts.posting(*only) {
                posting.each(|document| self.documents.push(document));
            }
        } else {
            self.documents = scene.documents_of(phrases);
        }
        // Rows whose length is known are walked in fewer steps.
        if self.cells.width == 8 { self.count_rows::<8>() } else { self.count_rows::<32>() }
    }

    fn count_rows<const WIDTH: usize>(&mut self) -> Counted {
        let (rows, rest) = self.counted.split_at_mut(self.cells.strata * WIDTH);
        let (rows, _) = rows.as_chunks_mut::<WIDTH>();
        for stratum in self.touched.drain(..) {
            rows.get_mut(stratum).into_iter().for_each(|row| *row = [0; WIDTH]);
        }
        rest.fill(0);
        match &self.cells.of {
            Each::Few(of) => look_up(&mut self.documents, of),
            Each::Many(of) => look_up(&mut self.documents, of),
        }
        for cell in &self.documents {
            if let Some(count) = self.counted.get_mut(*cell as usize) {
                *count += 1;
            }
        }
        let (rows, rest) = self.counted.split_at_mut(self.cells.strata * WIDTH);
        let (rows, _) = rows.as_chunks_mut::<WIDTH>();
        if self.documents.len() * FEW < rows.len() {
            let strata = self.documents.iter().map(|cell| *cell as usize / WIDTH);
            self.touched.extend(strata.filter(|stratum| *stratum < rows.len()));
            self.touched.sort_unstable();
            self.touched.dedup();
        } else {
            let touched = rows.iter().enumerate().filter(|(_, row)| **row != [0; WIDTH]);
            self.touched.extend(touched.map(|(stratum, _)| stratum));
        }
        // Each row is turned into the documents of each period and after.
        let mut sums = [0; WIDTH];
        for stratum in &self.touched {
            let Some(row) = rows.get_mut(*stratum) else { continue };
            let mut after = 0;
            for (count, sum) in row.iter_mut().zip(&mut sums).rev() {
                *sum += *count;
                after += *count;
                *count = after;
            }
        }
        let mut counts = [0; PERIODS];
        counts.iter_mut().zip(rest).for_each(|(count, here)| *count = *here);
        counts.iter_mut().skip(self.cells.first).zip(sums).for_each(|(count, sum)| *count = sum);
        counts
    }

    /// The strata that have documents, each with those of each period and after.
    fn rows(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let row = |stratum: usize| stratum * self.cells.width..(stratum + 1) * self.cells.width;
        let touched = self.touched.iter();
        touched.map(move |it| (*it, self.counted.get(row(*it)).unwrap_or_default()))
    }

    /// What several comparisons weigh, in one walk through the strata.
    pub(crate) fn weighed<const COUNT: usize>(
        &self,
        contrasts: [&Contrast; COUNT],
    ) -> [Weighed; COUNT] {
        let places = contrasts.map(|contrast| self.places(contrast));
        let mut weighed = [Weighed::default(); COUNT];
        for (stratum, row) in self.rows() {
            let each = weighed.iter_mut().zip(contrasts).zip(&places);
            for ((weighed, contrast), places) in each {
                let (later, earlier) = spans(row, places);
                weighed.add(contrast.recent_part(stratum), later, earlier);
            }
        }
        weighed
    }

    /// Where the spans of a comparison begin and end in the row of a stratum, the later one first.
    fn places(&self, contrast: &Contrast) -> [Range<usize>; 2] {
        let place = |period: usize| period.saturating_sub(self.cells.first);
        [&contrast.recent, &contrast.before].map(|span| place(span.start)..place(span.end))
    }

    /// The strata that have documents in these periods, with those of the spans of a comparison.
    pub(crate) fn compared(&self, contrast: &Contrast) -> impl Iterator<Item = Row> {
        let places = self.places(contrast);
        self.rows().map(move |(stratum, row)| {
            let (recent, before) = spans(row, &places);
            (stratum, recent, before)
        })
    }

    /// The documents of each source of the last three periods.
    pub(crate) fn by_source(&self, scene: &Scene<'_>) -> Vec<f64> {
        let three = PERIODS - 3 - self.cells.first.min(PERIODS - 3);
        let mut last = None;
        let mut by_source = Vec::<f64>::new();
        for (stratum, row) in self.rows() {
            let count = row.get(three).copied().map_or(0.0, f64::from);
            let source = scene.sources.get(stratum);
            match by_source.last_mut().filter(|_| last == source) {
                Some(sum) => *sum += count,
                None => by_source.push(count),
            }
            last = source;
        }
        by_source
    }
}

/// Puts the cell of each document in its place; not while they are read, so that the memory is asked for many
/// at once.
fn look_up<Cell: Copy + Into<u32>>(documents: &mut [u32], of: &[Cell]) {
    for document in documents {
        *document = of.get(*document as usize).map_or(u32::MAX, |cell| (*cell).into());
    }
}

/// The documents of two spans of a row that has those of each period and after.
#[inline]
fn spans(row: &[u32], places: &[Range<usize>; 2]) -> (u32, u32) {
    let from = |place: usize| row.get(place).copied().unwrap_or_default();
    let [recent, before] = places;
    (from(recent.start) - from(recent.end), from(before.start) - from(before.end))
}
