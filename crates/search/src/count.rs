//! One pass over everything that matches: how many there are, of what, and which come first.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::{Duration, Instant};

use observatory_model::Timestamp;
use observatory_model::document::Kind;
use observatory_model::search::SearchRequest;
use tantivy::query::{Scorer, Weight};
use tantivy::{DocId, SegmentReader, TERMINATED, TantivyError};

use crate::error::SearchError;
use crate::schema::{SET_COUNT, number_of, set_of};
use crate::snapshot::{Columns, Snapshot, Values, source_of};

/// How often the time is looked at, in documents: some microseconds of work.
const DOCUMENTS_PER_LOOK: u32 = 512;

/// When a search must be finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// So many milliseconds from now.
    pub(crate) fn in_milliseconds(milliseconds: u64) -> Self {
        Self(Instant::now() + Duration::from_millis(milliseconds))
    }

    /// # Errors
    /// [`SearchError::TooSlow`] when the time is over.
    pub(crate) fn check(self) -> Result<(), SearchError> {
        if Instant::now() < self.0 { Ok(()) } else { Err(SearchError::TooSlow) }
    }
}

/// What a reader has chosen; where nothing is chosen, everything passes.
#[derive(Debug)]
pub(crate) struct Filters {
    languages: Vec<usize>,
    kinds: Vec<usize>,
    sources: Vec<String>,
    from: i64,
    before: i64,
}

impl Filters {
    pub(crate) fn of(request: &SearchRequest) -> Self {
        Self {
            languages: request.languages.iter().map(|&language| set_of(Some(language))).collect(),
            kinds: kinds_of(request),
            sources: request.sources.iter().map(ToString::to_string).collect(),
            from: request.from.map_or(i64::MIN, Timestamp::millis),
            before: request.before.map_or(i64::MAX, Timestamp::millis),
        }
    }

    pub(crate) fn is_language_chosen(&self, set: usize) -> bool {
        self.languages.contains(&set)
    }

    pub(crate) fn is_kind_chosen(&self, kind: usize) -> bool {
        self.kinds.contains(&kind)
    }

    pub(crate) fn is_source_chosen(&self, slug: &str) -> bool {
        self.sources.iter().any(|chosen| chosen == slug)
    }
}

fn kinds_of(request: &SearchRequest) -> Vec<usize> {
    let is_chosen = |kind: &Kind| {
        request.classes.contains(&kind.class())
            || kind.series().is_some_and(|series| request.series.contains(&series))
    };
    Kind::ALL.into_iter().filter(is_chosen).map(number_of).collect()
}

/// A document that may be shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) score: f32,
    pub(crate) date: i64,
    pub(crate) segment: usize,
    pub(crate) document: DocId,
    key: u64,
}

impl Candidate {
    /// Better before worse, newer before older.
    fn by_rank(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(other.date.cmp(&self.date))
    }
}

/// Ordered within one segment, in which the places of keys are in the order of the keys; the
/// greatest is the worst.
struct Ranked(Candidate);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.by_rank(&other.0).then(self.0.key.cmp(&other.0.key))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

/// What a pass has found.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Documents that match the words, whatever was chosen.
    pub(crate) matching: u64,
    /// Documents that match everything.
    pub(crate) total: u64,
    pub(crate) languages: [u64; SET_COUNT],
    pub(crate) kinds: [u64; Kind::ALL.len()],
    /// Name and count by slug.
    pub(crate) sources: BTreeMap<String, (String, u64)>,
    /// The first of those that match everything, in order.
    pub(crate) first: Vec<Candidate>,
}

/// Goes once over all documents that match one of the `weights`, of which no two match the same.
///
/// Each facet is counted without its own filter and with all others, so that its numbers say what a
/// further choice would bring.
///
/// # Errors
/// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when a file of the
/// index cannot be read.
pub(crate) fn count(
    snapshot: &Snapshot,
    weights: &[&dyn Weight],
    filters: &Filters,
    keep: usize,
    deadline: Deadline,
) -> Result<Tally, SearchError> {
    let mut tally = Tally::default();
    let readers = snapshot.searcher.segment_readers();
    for (number, (reader, columns)) in readers.iter().zip(&snapshot.segments).enumerate() {
        let mut segment = Segment::new(number, reader, columns, &snapshot.sources, filters, keep);
        for weight in weights {
            let mut scorer = weight.scorer(reader, 1.0).map_err(reading)?;
            segment.pass(&mut *scorer, &mut tally, deadline)?;
        }
        segment.finish(&mut tally);
    }
    put_in_order(snapshot, &mut tally.first, keep).map_err(reading)?;
    Ok(tally)
}

fn reading(error: TantivyError) -> SearchError {
    SearchError::while_doing("be read")(error)
}

struct Segment<'a> {
    number: usize,
    reader: &'a SegmentReader,
    columns: &'a Columns,
    values: &'a Values,
    filters: &'a Filters,
    /// Whether each language, kind and source of the segment passes.
    languages: [bool; SET_COUNT],
    kinds: [bool; Kind::ALL.len()],
    sources: Vec<bool>,
    source_counts: Vec<u64>,
    keep: usize,
    first: BinaryHeap<Ranked>,
}

impl<'a> Segment<'a> {
    fn new(
        number: usize,
        reader: &'a SegmentReader,
        columns: &'a Columns,
        values: &'a Values,
        filters: &'a Filters,
        keep: usize,
    ) -> Self {
        let is_chosen = |source: &str| {
            let slug = source_of(source).map(|(slug, _)| slug);
            filters.sources.is_empty() || slug.is_some_and(|slug| filters.is_source_chosen(slug))
        };
        let has = |chosen: &[usize], number| chosen.is_empty() || chosen.contains(&number);
        Self {
            languages: std::array::from_fn(|set| has(&filters.languages, set)),
            kinds: std::array::from_fn(|kind| has(&filters.kinds, kind)),
            number,
            reader,
            columns,
            filters,
            sources: values.iter().map(is_chosen).collect(),
            source_counts: vec![0; values.len()],
            values,
            keep,
            first: BinaryHeap::new(),
        }
    }

    fn pass(
        &mut self,
        scorer: &mut dyn Scorer,
        tally: &mut Tally,
        deadline: Deadline,
    ) -> Result<(), SearchError> {
        let alive = self.reader.alive_bitset();
        let mut until_look = 0;
        let mut document = scorer.doc();
        while document != TERMINATED {
            if until_look == 0 {
                deadline.check()?;
                until_look = DOCUMENTS_PER_LOOK;
            }
            until_look -= 1;
            if alive.is_none_or(|alive| alive.is_alive(document)) {
                self.take(document, scorer, tally);
            }
            document = scorer.advance();
        }
        Ok(())
    }

    fn take(&mut self, document: DocId, scorer: &mut dyn Scorer, tally: &mut Tally) {
        tally.matching += 1;
        let date = self.columns.date.get_val(document);
        if date < self.filters.from || date >= self.filters.before {
            return;
        }
        let language = place(self.columns.language.get_val(document));
        let kind = place(self.columns.kind.get_val(document));
        let source = self.columns.sources.as_ref().and_then(|sources| {
            let ordinal = sources.ordinals.first(document)?;
            sources.places.get(place(ordinal)).copied()
        });
        let source = source.map_or(usize::MAX, |source| place(u64::from(source)));
        let passes = |flags: &[bool], place: usize| flags.get(place).is_some_and(|flag| *flag);
        let has_language = passes(&self.languages, language);
        let has_kind = passes(&self.kinds, kind);
        let has_source =
            self.sources.get(source).map_or(self.filters.sources.is_empty(), |flag| *flag);
        if has_kind && has_source {
            increase(&mut tally.languages, language);
        }
        if has_language && has_source {
            increase(&mut tally.kinds, kind);
        }
        if has_language && has_kind {
            increase(&mut self.source_counts, source);
        }
        if has_language && has_kind && has_source {
            tally.total += 1;
            let (score, segment) = (scorer.score(), self.number);
            let key = self.columns.key.get_val(document);
            self.offer(Ranked(Candidate { score, date, segment, document, key }));
        }
    }

    fn offer(&mut self, ranked: Ranked) {
        if self.first.len() < self.keep {
            self.first.push(ranked);
        } else if let Some(mut worst) = self.first.peek_mut().filter(|worst| ranked < **worst) {
            *worst = ranked;
        }
    }

    fn finish(self, tally: &mut Tally) {
        for (source, count) in self.values.iter().zip(self.source_counts) {
            if let Some((slug, name)) = source_of(source) {
                // Chosen sources are told even when nothing is left of them.
                if count > 0 || self.filters.is_source_chosen(slug) {
                    let (_, all) = tally
                        .sources
                        .entry(slug.to_owned())
                        .or_insert_with(|| (name.to_owned(), 0));
                    *all += count;
                }
            }
        }
        tally.first.extend(self.first.into_iter().map(|Ranked(candidate)| candidate));
    }
}

fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn increase(counts: &mut [u64], place: usize) {
    if let Some(count) = counts.get_mut(place) {
        *count += 1;
    }
}

/// The best of all segments; where score and date are the same, in the order of their keys.
fn put_in_order(
    snapshot: &Snapshot,
    candidates: &mut Vec<Candidate>,
    keep: usize,
) -> tantivy::Result<()> {
    candidates.sort_by(|left, right| {
        left.by_rank(right).then(left.segment.cmp(&right.segment)).then(left.key.cmp(&right.key))
    });
    let mut done = 0;
    // Keys are only looked up where they decide: among equals from different segments.
    let same = |left: &Candidate, right: &Candidate| left.by_rank(right) == Ordering::Equal;
    for equals in candidates.chunk_by_mut(same) {
        if done >= keep {
            break;
        }
        done += equals.len();
        let one_segment =
            equals.iter().all(|one| Some(one.segment) == equals.first().map(|first| first.segment));
        if one_segment {
            continue;
        }
        let mut keyed = Vec::with_capacity(equals.len());
        for candidate in equals.iter() {
            keyed.push((key_of(snapshot, candidate)?, *candidate));
        }
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
        for (place, (_, candidate)) in equals.iter_mut().zip(keyed) {
            *place = candidate;
        }
    }
    candidates.truncate(keep);
    Ok(())
}

fn key_of(snapshot: &Snapshot, candidate: &Candidate) -> tantivy::Result<String> {
    let mut key = String::new();
    if let Some(keys) =
        snapshot.segments.get(candidate.segment).and_then(|columns| columns.keys.as_ref())
    {
        keys.ord_to_str(candidate.key, &mut key)?;
    }
    Ok(key)
}
