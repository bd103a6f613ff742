//! What a pass over everything that matches has counted.

use std::collections::HashSet;
use std::sync::LazyLock;

use observatory_model::document::{Class, Kind};

use crate::filters::{Facet, Failed, KIND_COUNT, Row};
use crate::ranking::{Candidate, Numbers, Works};
use crate::schema::SET_COUNT;
use crate::snapshot::Snapshot;

/// The first and the last year that are counted; dates outside are mistakes of their sources.
const YEARS: (i32, i32) = (1800, 2299);

/// What a pass has found.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Documents that match the words, whatever was chosen.
    pub(crate) matching: u64,
    /// Works that match everything.
    pub(crate) total: u64,
    pub(crate) languages: [u64; SET_COUNT],
    pub(crate) classes: [u64; Class::ALL.len()],
    /// By kind, pieces only.
    pub(crate) series: [u64; KIND_COUNT],
    /// By their places in the snapshot.
    pub(crate) topics: Vec<u64>,
    pub(crate) sources: Vec<u64>,
    pub(crate) institutions: Vec<u64>,
    /// From the first year that is counted.
    pub(crate) years: Vec<u64>,
    /// The first of those that match everything, in order.
    pub(crate) first: Vec<Candidate>,
    /// The documents of works.
    pub(crate) works: Works,
    /// Which works were counted where.
    seen: HashSet<(u64, u64), Numbers>,
}

impl Tally {
    /// Nothing was found yet.
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Self {
            matching: 0,
            total: 0,
            languages: [0; SET_COUNT],
            classes: [0; Class::ALL.len()],
            series: [0; KIND_COUNT],
            topics: vec![0; snapshot.topics.len()],
            sources: vec![0; snapshot.sources.len()],
            institutions: vec![0; snapshot.institutions.len()],
            years: vec![0; usize::try_from(YEARS.1 - YEARS.0 + 1).unwrap_or(0)],
            first: Vec::new(),
            works: Works::default(),
            seen: HashSet::with_hasher(Numbers),
        }
    }

    /// The years that were counted.
    pub(crate) fn years(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> {
        let last = YEARS.0 + i32::try_from(self.years.len()).unwrap_or(0);
        (YEARS.0..last).rev().zip(self.years.iter().rev().copied())
    }

    /// Counts a document that stands alone: nearly all do.
    pub(crate) fn count_alone(&mut self, row: &Row<'_>, failed: Failed) {
        let add = |facet: Facet, counts: &mut [u64], value: usize| {
            if failed.leaves(facet)
                && let Some(count) = counts.get_mut(value)
            {
                *count += 1;
            }
        };
        add(Facet::Language, &mut self.languages, row.set);
        add(Facet::Class, &mut self.classes, class_of(row.kind));
        if is_series(row.kind) {
            add(Facet::Series, &mut self.series, row.kind);
        }
        add(Facet::Source, &mut self.sources, row.source.unwrap_or(usize::MAX));
        add(Facet::Institution, &mut self.institutions, row.institution.unwrap_or(usize::MAX));
        add(
            Facet::Year,
            &mut self.years,
            usize::try_from(row.year - YEARS.0).unwrap_or(usize::MAX),
        );
        for topic in row.topics {
            add(Facet::Topic, &mut self.topics, *topic);
        }
    }

    /// Counts a version of a work for every facet that it passes but for itself.
    pub(crate) fn count_version(&mut self, row: &Row<'_>, failed: Failed, work: u64) {
        let kind = Kind::ALL.get(row.kind).copied();
        let class =
            kind.and_then(|kind| Class::ALL.iter().position(|class| *class == kind.class()));
        let series = kind.and_then(Kind::series).map(|_| row.kind);
        let year = usize::try_from(row.year - YEARS.0).ok();
        let one = [
            (Facet::Language, Some(row.set)),
            (Facet::Class, class),
            (Facet::Series, series),
            (Facet::Source, row.source),
            (Facet::Institution, row.institution),
            (Facet::Year, year),
        ];
        let topics = row.topics.iter().map(|topic| (Facet::Topic, Some(*topic)));
        for (facet, value) in one.into_iter().chain(topics) {
            let Some(value) = value.filter(|_| failed.leaves(facet)) else { continue };
            // Versions of a work count once for each value.
            let mark = (value as u64) << 4 | facet as u64;
            if !self.seen.insert((mark, work)) {
                continue;
            }
            let counts: &mut [u64] = match facet {
                Facet::Language => &mut self.languages,
                Facet::Class => &mut self.classes,
                Facet::Series => &mut self.series,
                Facet::Topic => &mut self.topics,
                Facet::Source => &mut self.sources,
                Facet::Institution => &mut self.institutions,
                Facet::Year => &mut self.years,
            };
            if let Some(count) = counts.get_mut(value) {
                *count += 1;
            }
        }
    }
}

/// The place of a kind's class.
fn class_of(kind: usize) -> usize {
    CLASSES.get(kind).copied().unwrap_or(usize::MAX)
}

/// The classes of all kinds, by their places.
static CLASSES: LazyLock<[usize; KIND_COUNT]> = LazyLock::new(|| {
    Kind::ALL.map(|kind| {
        Class::ALL.iter().position(|class| *class == kind.class()).unwrap_or(usize::MAX)
    })
});

/// Whether a kind is of a series: those are told first.
fn is_series(kind: usize) -> bool {
    Kind::ALL.get(kind).is_some_and(|kind| kind.series().is_some())
}
