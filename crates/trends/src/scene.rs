//! What a picture is made from: each document's period and stratum, and how many there are of each.

use std::ops::Range;

use observatory_model::Timestamp;
use observatory_model::trend::Step;

use crate::counts::{At, Counts, threshold};
use crate::documents::{Documents, Extent};
use crate::measure::Unit;
use crate::postings::Posting;
use crate::windows::{PERIODS, Windows, longest_step};

/// A document that does not count.
pub(crate) const DEAD: u8 = 255;
/// A document of the instant of the question or later.
pub(crate) const LATER: u8 = 254;
/// A document from before the first period.
pub(crate) const EARLIER: u8 = 253;

/// Counts by period, oldest first.
pub(crate) type Counted = [u32; PERIODS];

/// Documents seen from one instant.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// The documents.
    pub documents: &'a Documents,
    /// What was counted of them.
    pub counts: &'a Counts,
    /// The periods.
    pub windows: Windows,
    /// The period of each document, or why it has none.
    pub periods: Vec<u8>,
    /// The stratum of each document: its source and whether it has more than a title.
    pub strata: Vec<u32>,
    /// How many documents of each stratum there are, by period.
    pub sizes: Vec<Counted>,
    /// The source of each stratum; strata of one source stand together, sources in order of their names.
    pub sources: Vec<u32>,
    /// How many documents there are, by period.
    pub totals: Counted,
    /// How many of all periods and before.
    pub seen: u64,
    /// How many documents must have a phrase, at any time.
    pub threshold: u32,
}

impl<'a> Scene<'a> {
    /// The documents seen from `at`; the second is whether six periods of the step are filled.
    pub(crate) fn new(
        documents: &'a Documents,
        counts: &'a Counts,
        at: Timestamp,
        step: Option<Step>,
    ) -> (Self, bool) {
        let with_text = documents.all.iter().filter(|document| counts_at(document, at));
        let dates = with_text.clone().map(|document| document.date).collect::<Vec<_>>();
        let longest = longest_step(at, &dates);
        let windows = Windows::new(at, step.or(longest).unwrap_or(Step::Year));
        // Of each name: the stratum of documents with a title only and of those with more.
        let mut strata = vec![[None; 2]; documents.names.all().len()];
        for document in with_text {
            if let Some(of) = strata.get_mut(document.source as usize) {
                let [short, long] = of;
                *(if document.extent == Extent::Text { long } else { short }) = Some(0);
            }
        }
        let mut sources = Vec::new();
        for source in documents.names.ordered() {
            for stratum in strata.get_mut(source as usize).into_iter().flatten().flatten() {
                *stratum = u32::try_from(sources.len()).unwrap_or(u32::MAX);
                sources.push(source);
            }
        }
        let mut scene = Self {
            documents,
            counts,
            windows,
            periods: Vec::with_capacity(documents.all.len()),
            strata: Vec::with_capacity(documents.all.len()),
            sizes: vec![[0; PERIODS]; sources.len()],
            sources,
            totals: [0; PERIODS],
            seen: dates.len() as u64,
            threshold: threshold(documents.live()),
        };
        for document in &documents.all {
            let [short, long] = strata.get(document.source as usize).copied().unwrap_or_default();
            let stratum =
                if document.extent == Extent::Text { long } else { short }.unwrap_or_default();
            let period = scene.period_of(document);
            scene.strata.push(stratum);
            scene.periods.push(period);
            let at = usize::from(period);
            if let Some(total) = scene.totals.get_mut(at) {
                *total += 1;
            }
            let size = scene.sizes.get_mut(stratum as usize);
            if let Some(size) = size.and_then(|size| size.get_mut(at)) {
                *size += 1;
            }
        }
        let filled = step.is_none() || longest.is_some_and(|longest| Some(longest) >= step);
        (scene, filled && longest.is_some())
    }

    fn period_of(&self, document: &crate::documents::Document) -> u8 {
        if !document.live || document.extent == Extent::Nothing {
            return DEAD;
        }
        if document.date >= self.windows.at {
            return LATER;
        }
        let period = self.windows.period(document.date).and_then(|at| u8::try_from(at).ok());
        period.unwrap_or(EARLIER)
    }

    /// How many documents of the question's time there are of each source, by name.
    pub(crate) fn source_count(&self) -> usize {
        let mut sources = self.sources.clone();
        sources.dedup();
        sources.len()
    }

    /// The period of a document.
    pub(crate) fn period(&self, document: u32) -> u8 {
        self.periods.get(document as usize).copied().unwrap_or(DEAD)
    }

    /// The documents that have any of these phrases and were dated before the question, in order.
    pub(crate) fn documents_of(&self, phrases: &[At]) -> Vec<u32> {
        let postings = phrases.iter().filter_map(|at| self.counts.posting(*at));
        let mut documents = Vec::new();
        for posting in postings {
            posting.each(|document| {
                if self.period(document) <= EARLIER {
                    documents.push(document);
                }
            });
        }
        if phrases.len() > 1 {
            documents.sort_unstable();
            documents.dedup();
        }
        documents
    }

    /// Whether so many documents have a phrase, at any time, that it is a term.
    pub(crate) fn is_frequent(&self, posting: Posting<'_>) -> bool {
        let mut live = 0;
        posting.each(|document| live += u32::from(self.period(document) != DEAD));
        live >= self.threshold
    }

    /// The numbers of the phrases of a unit.
    pub(crate) fn numbers(&self, unit: &Unit) -> impl Iterator<Item = u64> {
        let shards = &self.counts.shards;
        unit.phrases.iter().filter_map(|at| shards.get(at.half)?.number(at.place))
    }

    /// All documents of some periods.
    pub(crate) fn total(&self, periods: Range<usize>) -> u32 {
        self.totals.get(periods).unwrap_or_default().iter().sum()
    }
}

/// Whether a document counts that is looked at from `at`.
fn counts_at(document: &crate::documents::Document, at: Timestamp) -> bool {
    document.live && document.extent != Extent::Nothing && document.date < at
}
