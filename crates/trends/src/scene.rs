//! What a picture is made from: each document's period and stratum, and how many there are of each.

use std::ops::Range;

use observatory_model::Timestamp;
use observatory_model::trend::Step;

use crate::beside::both;
use crate::counts::{At, Counts, threshold};
use crate::documents::{Document, Documents, Extent};
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
        let mut periods = Vec::new();
        let longest = longest_step(at, |windows| {
            periods = periods_of(&documents.all, windows);
            let mut counts = [0; PERIODS];
            for period in &periods {
                count(&mut counts, *period);
            }
            counts
        });
        let windows = Windows::new(at, step.or(longest).unwrap_or(Step::Year));
        if longest != Some(windows.step) {
            periods = periods_of(&documents.all, &windows);
        }
        let (of_name, sources) = strata(documents, &periods);
        let found = both_halves(&documents.all, &periods, |documents, periods| {
            Found::new(documents, periods, &of_name, sources.len())
        });
        let (mut found, other) = found;
        found.add(other);
        let seen = periods.iter().filter(|period| **period <= EARLIER).count() as u64;
        let Found { strata, sizes, totals } = found;
        let threshold = threshold(documents.live());
        let scene = Self {
            documents,
            counts,
            windows,
            periods,
            strata,
            sizes,
            sources,
            totals,
            seen,
            threshold,
        };
        let filled = step.is_none() || longest.is_some_and(|longest| Some(longest) >= step);
        (scene, filled && longest.is_some())
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

/// What is found in some of the documents.
#[derive(Debug)]
struct Found {
    strata: Vec<u32>,
    sizes: Vec<Counted>,
    totals: Counted,
}

impl Found {
    fn new(documents: &[Document], periods: &[u8], of_name: &[Strata], count_of: usize) -> Self {
        let mut found =
            Self { strata: Vec::new(), sizes: vec![[0; PERIODS]; count_of], totals: [0; PERIODS] };
        found.strata.extend(documents.iter().map(|document| {
            let of = of_name.get(document.source as usize);
            of.and_then(|of| *of.get(extent(document))?).unwrap_or_default()
        }));
        for (period, stratum) in periods.iter().zip(&found.strata) {
            count(&mut found.totals, *period);
            if let Some(size) = found.sizes.get_mut(*stratum as usize) {
                count(size, *period);
            }
        }
        found
    }

    /// Goes on with what was found in the documents after these.
    fn add(&mut self, other: Self) {
        self.strata.extend(other.strata);
        let sizes = self.sizes.iter_mut().flatten().chain(&mut self.totals);
        let others = other.sizes.iter().flatten().chain(&other.totals);
        sizes.zip(others).for_each(|(size, more)| *size += more);
    }
}

/// Of a name: the stratum of documents with a title only, and of those with more.
type Strata = [Option<u32>; 2];

/// The strata that have documents of the question's time, by the places of the names of their sources, and the
/// source of each.
fn strata(documents: &Documents, periods: &[u8]) -> (Vec<Strata>, Vec<u32>) {
    let names = documents.names.all().len();
    let (mut used, others) = both_halves(&documents.all, periods, |documents, periods| {
        let mut used = vec![[false; 2]; names];
        for (document, _) in documents.iter().zip(periods).filter(|(_, it)| **it <= EARLIER) {
            let of = used.get_mut(document.source as usize);
            of.and_then(|of| of.get_mut(extent(document))).into_iter().for_each(|it| *it = true);
        }
        used
    });
    used.iter_mut().flatten().zip(others.iter().flatten()).for_each(|(used, other)| *used |= other);
    let mut strata = vec![[None; 2]; names];
    let mut sources = Vec::new();
    for source in documents.names.ordered() {
        let of = strata.get_mut(source as usize).zip(used.get(source as usize));
        for (stratum, _) in
            of.into_iter().flat_map(|(of, used)| of.iter_mut().zip(used)).filter(|it| *it.1)
        {
            *stratum = u32::try_from(sources.len()).ok();
            sources.push(source);
        }
    }
    (strata, sources)
}

/// Which of the two strata of its source a document belongs to.
fn extent(document: &Document) -> usize {
    usize::from(document.extent == Extent::Text)
}

/// The period of each document.
fn periods_of(all: &[Document], windows: &Windows) -> Vec<u8> {
    let of = |documents: &[Document]| {
        documents.iter().map(|document| period_of(document, windows)).collect::<Vec<_>>()
    };
    let (one, other) = all.split_at(all.len() / 2);
    let (mut periods, others) = both(|| of(one), || of(other));
    periods.extend(others);
    periods
}

fn period_of(document: &Document, windows: &Windows) -> u8 {
    if !document.live || document.extent == Extent::Nothing {
        return DEAD;
    }
    if document.date >= windows.at {
        return LATER;
    }
    windows.period(document.date).and_then(|at| u8::try_from(at).ok()).unwrap_or(EARLIER)
}

/// One more of a period, if it is one.
fn count(counts: &mut Counted, period: u8) {
    if let Some(count) = counts.get_mut(usize::from(period)) {
        *count += 1;
    }
}

/// Looks at both halves of the documents at the same time.
fn both_halves<Seen: Send>(
    all: &[Document],
    periods: &[u8],
    look: impl Fn(&[Document], &[u8]) -> Seen + Sync,
) -> (Seen, Seen) {
    let half = all.len().min(periods.len()) / 2;
    let ((one, other), (first, second)) = (all.split_at(half), periods.split_at(half));
    both(|| look(one, first), || look(other, second))
}
