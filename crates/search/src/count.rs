//! One pass over everything that matches: how many there are, of what, and which come first.

use std::time::{Duration, Instant};

use observatory_model::Timestamp;
use observatory_model::document::Kind;
use observatory_model::search::{Cursor, Order};
use tantivy::query::{Scorer, Weight};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, SegmentReader, TERMINATED, TantivyError};

use crate::error::SearchError;
use crate::filters::{Choices, Row, year_of};
use crate::nearby::{Nearby, NearbyScorer};
use crate::nearly::HAS_ALL;
use crate::ranking::{Candidate, First, Works, put_in_order};
use crate::schema::number_of;
use crate::snapshot::{Columns, Snapshot, Texts};
use crate::tally::Tally;

/// Documents whose columns are read together: reading one value after the other costs twice as much.
const BLOCK: usize = COLLECT_BLOCK_BUFFER_LEN;

/// By how much an entry of today counts more than an old one: a news item is worth a little more while
/// it is new, but never so much that it passes what clearly matches better.
const NEWNESS: f32 = 0.1;

/// After so many days half of that is gone.
const NEWNESS_HALF_LIFE_DAYS: f32 = 180.0;

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;

/// When a search must be finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// So many milliseconds from now.
    pub(crate) fn in_milliseconds(milliseconds: u64) -> Self {
        Self(Instant::now().checked_add(Duration::from_millis(milliseconds)))
    }

    /// # Errors
    /// [`SearchError::TooSlow`] when the time is over.
    pub(crate) fn check(self) -> Result<(), SearchError> {
        let is_over = self.0.is_some_and(|end| Instant::now() >= end);
        if is_over { Err(SearchError::TooSlow) } else { Ok(()) }
    }
}

/// What is looked for in one set of fields.
pub(crate) struct Wanted<'a> {
    /// The documents, and how well they match.
    pub(crate) weight: &'a dyn Weight,
    /// What counts more where it stands side by side.
    pub(crate) nearby: &'a [Nearby],
    /// Only documents of this set; `None`: of all.
    pub(crate) set: Option<usize>,
}

/// How it is counted and ordered.
pub(crate) struct Pass<'a> {
    pub(crate) choices: &'a Choices,
    pub(crate) order: Order,
    /// How many of the first are wanted.
    pub(crate) keep: usize,
    /// Only what comes after this.
    pub(crate) after: Option<&'a Cursor>,
    /// The present, or the beginning of 1970 for none.
    pub(crate) now: Timestamp,
    /// Whether there are no words, so that nothing matches better than anything else.
    pub(crate) is_everything: bool,
    pub(crate) deadline: Deadline,
}

/// Goes once over all documents that match one of `wanted`, of which no two match the same.
///
/// Each facet is counted without its own filter and with all others, so that its numbers say what a
/// further choice would bring.
///
/// # Errors
/// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when a file of the
/// index cannot be read.
pub(crate) fn count(
    snapshot: &Snapshot,
    wanted: &[Wanted<'_>],
    pass: &Pass<'_>,
) -> Result<Tally, SearchError> {
    let mut tally = Tally::new(snapshot);
    let readers = snapshot.searcher.segment_readers();
    let mut alone = Vec::new();
    let mut total = 0;
    for (number, (reader, columns)) in readers.iter().zip(&snapshot.segments).enumerate() {
        let first = First::new(snapshot, number, pass.after, pass.keep).map_err(reading)?;
        let mut segment = Segment { number, reader, columns, pass, first, total: 0 };
        for wanted in wanted {
            let scorer = wanted.weight.scorer(reader, 1.0).map_err(reading)?;
            let nearby = NearbyScorer::new(wanted.nearby, reader);
            segment.go(scorer, nearby, wanted.set, &mut tally)?;
        }
        total += segment.total;
        alone.extend(segment.first.finish());
    }
    tally.total = total + u64::try_from(tally.works.len()).unwrap_or(u64::MAX);
    let first = put_in_order(snapshot, alone, &tally.works, pass.after, pass.keep);
    tally.first = first.map_err(reading)?;
    Ok(tally)
}

fn reading(error: TantivyError) -> SearchError {
    SearchError::while_doing("be read")(error)
}

struct Segment<'a> {
    number: usize,
    reader: &'a SegmentReader,
    columns: &'a Columns,
    pass: &'a Pass<'a>,
    first: First,
    /// Documents that stand alone and match everything.
    total: u64,
}

/// Some documents and what their columns say.
struct Block {
    length: usize,
    documents: [DocId; BLOCK],
    scores: [f32; BLOCK],
    languages: [u64; BLOCK],
    kinds: [u64; BLOCK],
    dates: [i64; BLOCK],
    works: [u64; BLOCK],
    sources: [Option<u64>; BLOCK],
    institutions: [Option<u64>; BLOCK],
}

impl Block {
    fn new() -> Self {
        Self {
            length: 0,
            documents: [0; BLOCK],
            scores: [0.0; BLOCK],
            languages: [0; BLOCK],
            kinds: [0; BLOCK],
            dates: [0; BLOCK],
            works: [0; BLOCK],
            sources: [None; BLOCK],
            institutions: [None; BLOCK],
        }
    }

    fn push(&mut self, document: DocId, score: f32) {
        let places = (self.documents.get_mut(self.length), self.scores.get_mut(self.length));
        if let (Some(place), Some(of_score)) = places {
            (*place, *of_score) = (document, score);
            self.length += 1;
        }
    }

    fn read(&mut self, columns: &Columns) {
        let length = self.length;
        let Some(documents) = self.documents.get(..length) else { return };
        let read = |column: &dyn tantivy::columnar::ColumnValues<u64>, into: &mut [u64; BLOCK]| {
            if let Some(into) = into.get_mut(..length) {
                column.get_vals(documents, into);
            }
        };
        read(&*columns.language, &mut self.languages);
        read(&*columns.kind, &mut self.kinds);
        read(&*columns.work, &mut self.works);
        if let Some(into) = self.dates.get_mut(..length) {
            columns.date.get_vals(documents, into);
        }
        let texts = [(&columns.sources, &mut self.sources)];
        let other = [(&columns.institutions, &mut self.institutions)];
        for (texts, into) in texts.into_iter().chain(other) {
            if let (Some(texts), Some(into)) = (texts, into.get_mut(..length)) {
                texts.ordinals.first_vals(documents, into);
            }
        }
    }
}

/// A document of a block.
struct Found {
    document: DocId,
    score: f32,
    work: u64,
}

impl Segment<'_> {
    fn go(
        &mut self,
        mut scorer: Box<dyn Scorer>,
        mut nearby: NearbyScorer<'_>,
        set: Option<usize>,
        tally: &mut Tally,
    ) -> Result<(), SearchError> {
        let alive = self.reader.alive_bitset();
        let mut block = Block::new();
        let mut topics = Vec::new();
        let mut document = scorer.doc();
        while document != TERMINATED {
            self.pass.deadline.check()?;
            block.length = 0;
            while document != TERMINATED && block.length < BLOCK {
                if alive.is_none_or(|alive| alive.is_alive(document)) {
                    let score = if self.pass.is_everything { 0.0 } else { scorer.score() };
                    block.push(document, score);
                }
                document = scorer.advance();
            }
            block.read(self.columns);
            self.take(&block, set, &mut nearby, &mut topics, tally).map_err(reading)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        block: &Block,
        only: Option<usize>,
        nearby: &mut NearbyScorer<'_>,
        topics: &mut Vec<usize>,
        tally: &mut Tally,
    ) -> tantivy::Result<()> {
        let documents = block.documents.iter().zip(&block.scores).zip(&block.works);
        let columns = block.languages.iter().zip(&block.kinds).zip(&block.dates);
        let texts = block.sources.iter().zip(&block.institutions);
        let rows = documents.zip(columns).zip(texts).take(block.length);
        for ((((document, score), work), ((language, kind), date)), (source, institution)) in rows {
            let set = place(*language);
            if only.is_some_and(|only| only != set) {
                continue;
            }
            tally.matching += 1;
            topics.clear();
            if let Some(texts) = &self.columns.topics {
                let ordinals = texts.ordinals.values_for_doc(*document);
                topics.extend(ordinals.filter_map(|ordinal| texts.place(Some(ordinal))));
            }
            let of = |texts: &Option<Texts>, ordinal| texts.as_ref()?.place(ordinal);
            let row = Row {
                set,
                kind: place(*kind),
                date: *date,
                source: of(&self.columns.sources, *source),
                institution: of(&self.columns.institutions, *institution),
                topics,
                year: year_of(*date),
            };
            let Some(failed) = self.pass.choices.test(&row) else { continue };
            if failed.is_many() {
                continue;
            }
            if *work == 0 {
                tally.count_alone(&row, failed);
            } else {
                tally.count_version(&row, failed, *work);
            }
            if failed.is_none() {
                let found = Found { document: *document, score: *score, work: *work };
                self.rank(&found, &row, nearby, &mut tally.works)?;
            }
        }
        Ok(())
    }

    /// Sees whether a document is among the first.
    fn rank(
        &mut self,
        found: &Found,
        row: &Row<'_>,
        nearby: &mut NearbyScorer<'_>,
        works: &mut Works,
    ) -> tantivy::Result<()> {
        let stands_alone = found.work == 0;
        if stands_alone {
            self.total += 1;
        }
        let factor = self.newness(row);
        // Newness is worth a part of what the words are worth, and that all are there is no word.
        let whole = if found.score >= HAS_ALL { HAS_ALL } else { 0.0 };
        let is_by_score = self.pass.order == Order::Best && !self.pass.is_everything;
        // Only what may come far enough to the front is looked at more closely.
        let most = (found.score - whole + nearby.most()) * factor + whole;
        let most = if is_by_score { most } else { 0.0 };
        if stands_alone && !self.first.may_take(most, row.date) {
            return Ok(());
        }
        let bonus = if is_by_score { nearby.score(found.document)? } else { 0.0 };
        let score = (found.score - whole + bonus) * factor + whole;
        let candidate = Candidate {
            rank: if is_by_score { score } else { 0.0 },
            score,
            date: row.date,
            segment: self.number,
            document: found.document,
            key: self.columns.key.get_val(found.document),
            work: found.work,
        };
        if stands_alone {
            self.first.offer(candidate);
        } else {
            works.add(candidate);
        }
        Ok(())
    }

    /// How much more a new entry counts. Pieces and papers do not age by the day.
    fn newness(&self, row: &Row<'_>) -> f32 {
        let now = self.pass.now.millis();
        if now == 0 || row.kind != number_of(Kind::Entry) {
            return 1.0;
        }
        // Whole days, so that the same search one minute later has the same order.
        let days = (now.div_euclid(DAY_MILLIS) - row.date.div_euclid(DAY_MILLIS)).clamp(0, 36_500);
        let days = f32::from(u16::try_from(days).unwrap_or(u16::MAX));
        1.0 + NEWNESS * (-days / NEWNESS_HALF_LIFE_DAYS).exp2()
    }
}

impl Texts {
    /// The place in the snapshot of a text of the segment.
    pub(crate) fn place(&self, ordinal: Option<u64>) -> Option<usize> {
        let place = self.places.get(usize::try_from(ordinal?).ok()?)?;
        usize::try_from(*place).ok()
    }
}

fn place<N: TryInto<usize>>(number: N) -> usize {
    number.try_into().unwrap_or(usize::MAX)
}
