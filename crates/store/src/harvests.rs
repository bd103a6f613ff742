//! What came of reading a source: kept with the plan for the next time, in one transaction.

use std::collections::BTreeSet;

use observatory_model::change::DocumentKey;
use observatory_model::entry::{HarvestCounts, IncomingEntry};
use observatory_model::job::Work;
use observatory_model::rhythm::{NextReading, Rhythm, Timetable};
use observatory_model::rule::Verdicts;
use observatory_model::source::{Failure, FailureReason, SourceState};
use observatory_model::{SourceId, Timestamp, WebAddress};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::changes::give_numbers;
use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::Store;
use crate::rows::{get, noun, optional_time, to_json, without_nul};

mod judged;
mod keep;
mod pages;
mod papers;

use judged::prune_dropped;
pub(crate) use judged::{print_of, shortened};
use keep::{cleaned, keep};

pub use pages::{Page, PageEnd};
pub use papers::{IncomingPaper, PaperHarvest};

/// Most entries that one harvest adds. A feed that invents new keys at each answer cannot fill the
/// store faster than this; a long archive is taken over several harvests.
pub const MAX_NEW_ENTRIES: u64 = 500;

/// Most problems that are kept of a harvest.
const MAX_PROBLEMS: usize = 20;

/// Longest key of an entry, in bytes; PostgreSQL's indexes take keys of up to 2,704 bytes.
const MAX_KEY_BYTES: usize = 512;

/// A feed as it was read, ready to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harvest {
    /// Its own title.
    pub title: Option<String>,
    /// The site it speaks of.
    pub homepage: Option<WebAddress>,
    /// The language tag it declares for itself, as written.
    pub declared_language: Option<String>,
    /// Its entries, in its order.
    pub entries: Vec<IncomingEntry>,
    /// Entries that could not be read, each in a few words.
    pub problems: Vec<String>,
    /// `ETag` of the answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer, as written.
    pub last_modified: Option<String>,
    /// Where it lives from now on, when it moved permanently.
    pub moved_to: Option<WebAddress>,
    /// What it says of when it is worth reading.
    pub timetable: Timetable,
    /// When it is to be read next.
    pub next: NextReading,
}

/// What is known of a source while its harvest is kept. Its row is locked.
struct Known {
    url: WebAddress,
    kind: String,
    name: String,
    name_is_provisional: bool,
    state: SourceState,
    rhythm: Rhythm,
}

/// What the harvest has done so far.
struct Tally {
    counts: HarvestCounts,
    /// Most entries that are added.
    most_new: u64,
    changed: BTreeSet<DocumentKey>,
    /// What the rules say of the entries.
    verdicts: Verdicts,
    left_over: u64,
    problems: Vec<String>,
}

impl Store {
    /// Keeps what a harvest brought where no rule says anything of it.
    ///
    /// # Errors
    /// As [`Self::record_judged_harvest`].
    pub async fn record_harvest(
        &self,
        source: SourceId,
        harvest: &Harvest,
        now: Timestamp,
    ) -> Result<HarvestCounts, StoreError> {
        self.record_judged_harvest(source, harvest, Verdicts::new(), now).await
    }

    /// Keeps what a harvest brought: new and changed entries with their change numbers, the health of
    /// the source, and the next harvest in the queue. One transaction: all of it or nothing.
    ///
    /// An entry that is absent from this harvest stays. An entry whose date of publication disappears
    /// keeps the date it had. Of new entries, [`MAX_NEW_ENTRIES`] are taken; when some are left over,
    /// that is a problem of the source, and its next answer is asked for in full.
    ///
    /// What the rules say of an entry holds when it is new or its words change: a rule does nothing to
    /// what is the same as before. Of what is dropped, the key, the title and the print of its words
    /// stay, so that it is not taken in at the next harvest; of the 5,000 that were dropped last.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such source; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`]. Nothing was kept.
    pub async fn record_judged_harvest(
        &self,
        source: SourceId,
        harvest: &Harvest,
        verdicts: Verdicts,
        now: Timestamp,
    ) -> Result<HarvestCounts, StoreError> {
        let mut turn = self.join().await?;
        let counts = write_harvest(turn.connection()?, source, harvest, verdicts, now).await;
        turn.end(counts).await
    }

    /// Writes down that a source answered "not modified", where it lives from now on when it moved
    /// permanently, and puts its next harvest into the queue.
    ///
    /// # Errors
    /// As [`Self::record_harvest`].
    pub async fn record_not_modified(
        &self,
        source: SourceId,
        moved_to: Option<&WebAddress>,
        next: NextReading,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut turn = self.join().await?;
        let written = write_not_modified(turn.connection()?, source, moved_to, next, now).await;
        turn.end(written).await
    }

    /// Writes down why a source could not be read, and when it is tried again.
    ///
    /// [`FailureReason::Gone`] ends its harvest, whatever `next` says; its entries stay.
    ///
    /// # Errors
    /// As [`Self::record_harvest`].
    pub async fn record_failure(
        &self,
        source: SourceId,
        failure: &Failure,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut turn = self.join().await?;
        let written = write_failure(turn.connection()?, source, failure, next, now).await;
        turn.end(written).await
    }
}

async fn write_harvest(
    connection: &mut AnyConnection,
    source: SourceId,
    harvest: &Harvest,
    verdicts: Verdicts,
    now: Timestamp,
) -> Result<HarvestCounts, StoreError> {
    let known = lock(connection, source, now).await?;
    let mut tally = Tally::of(MAX_NEW_ENTRIES, verdicts);
    keep_all(connection, source, &harvest.entries, now, &mut tally).await?;
    write_health(connection, source, harvest, known, now, &mut tally).await?;
    give_numbers(connection, &tally.changed).await?;
    Ok(tally.counts)
}

async fn write_not_modified(
    connection: &mut AnyConnection,
    source: SourceId,
    moved_to: Option<&WebAddress>,
    next: NextReading,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = lock(connection, source, now).await?;
    let url = moved(connection, moved_to, &known, &mut Vec::new()).await?;
    let next = next.time(source, known.rhythm, now);
    let next = (known.state == SourceState::Active).then_some(next);
    let sql = "UPDATE sources SET last_success = $2, failure_reason = NULL, \
        failure_detail = NULL, failures = 0, next_attempt = $3, url = $4 WHERE id = $1";
    sqlx::query(sql)
        .bind(source.to_string())
        .bind(now.millis())
        .bind(next.map(Timestamp::millis))
        .bind(url.as_str())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    plan(connection, source, next, now).await
}

async fn write_failure(
    connection: &mut AnyConnection,
    source: SourceId,
    failure: &Failure,
    next: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = lock(connection, source, now).await?;
    let gone = failure.reason == FailureReason::Gone;
    let state = if gone { SourceState::Gone } else { known.state };
    let next = next.filter(|_| state == SourceState::Active);
    let sql = "UPDATE sources SET state = $2, failure_reason = $3, failure_detail = $4, \
        failures = failures + 1, next_attempt = $5 WHERE id = $1";
    sqlx::query(sql)
        .bind(source.to_string())
        .bind(state.code())
        .bind(failure.reason.code())
        .bind(without_nul(&failure.detail))
        .bind(next.map(Timestamp::millis))
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    plan(connection, source, next, now).await
}

impl Tally {
    fn of(most_new: u64, verdicts: Verdicts) -> Self {
        let (counts, changed) = (HarvestCounts::default(), BTreeSet::new());
        Self { counts, most_new, changed, verdicts, left_over: 0, problems: Vec::new() }
    }
}

/// Keeps those entries that have a key of their own.
async fn keep_all(
    connection: &mut AnyConnection,
    source: SourceId,
    entries: &[IncomingEntry],
    now: Timestamp,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    let mut with_keys = Vec::with_capacity(entries.len());
    for incoming in entries {
        let incoming = cleaned(incoming);
        if !(1..=MAX_KEY_BYTES).contains(&incoming.key.len()) {
            tally.problems.push("an entry has no key of 1 to 512 bytes".to_owned());
        } else if seen.insert(incoming.key.clone()) {
            with_keys.push(incoming);
        } else {
            tally.problems.push(format!("two entries have the key {}", incoming.key));
        }
    }
    keep(connection, source, &with_keys, now, tally).await?;
    if tally.counts.dropped > 0 {
        prune_dropped(connection, source).await?;
    }
    Ok(())
}

/// Locks the row of a source, so that two harvests of it follow one another, and reads it.
async fn lock(
    connection: &mut AnyConnection,
    source: SourceId,
    now: Timestamp,
) -> Result<Known, StoreError> {
    let sql = "UPDATE sources SET last_attempt = $2 WHERE id = $1 \
        RETURNING url, kind, name, name_is_provisional, state, usual_seconds, last_news";
    let row = sqlx::query(sql)
        .bind(source.to_string())
        .bind(now.millis())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    let Some(row) = row else {
        return Err(StoreError::conflict(format!("there is no source {source}")));
    };
    Ok(Known {
        url: noun(&row, "url")?,
        kind: get(&row, "kind")?,
        name: get(&row, "name")?,
        name_is_provisional: get::<i64>(&row, "name_is_provisional")? == 1,
        state: noun(&row, "state")?,
        rhythm: rhythm(&row)?,
    })
}

/// How often a source changes, as its columns have it.
pub(crate) fn rhythm(row: &AnyRow) -> Result<Rhythm, StoreError> {
    let usual_seconds = get(row, "usual_seconds")?;
    Ok(Rhythm { usual_seconds, last_news: optional_time(row, "last_news")? })
}

/// The next harvest, where there is to be one. It has just been read, so that one that was waiting,
/// perhaps for now, waits until then.
async fn plan(
    connection: &mut AnyConnection,
    source: SourceId,
    next: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(next) = next {
        jobs::put_off(connection, &Work::FetchFeed { source }, next, now).await?;
    }
    Ok(())
}

/// Writes what the harvest says of its source, and plans the next one.
async fn write_health(
    connection: &mut AnyConnection,
    source: SourceId,
    harvest: &Harvest,
    known: Known,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    if tally.left_over > 0 {
        let left_over = tally.left_over;
        let problem = format!("{left_over} new entries wait for the next harvest");
        tally.problems.insert(0, problem);
    }
    let url = moved(connection, harvest.moved_to.as_ref(), &known, &mut tally.problems).await?;
    let title = harvest.title.as_deref().map(without_nul).filter(|title| !title.trim().is_empty());
    let title = title.filter(|_| known.name_is_provisional);
    if title.is_some() {
        // The index knows entries by the name of their source.
        tally.changed.extend(entries_of(connection, source).await?);
    }
    let problems = tally.problems.iter().chain(&harvest.problems).take(MAX_PROBLEMS);
    let problems = problems.collect::<Vec<_>>();
    // With these the next answer could be "not modified", and what is left over would never come.
    let complete = tally.left_over == 0;
    let validator = |text: &Option<String>| text.as_deref().filter(|_| complete).map(without_nul);
    let dates = harvest.entries.iter().filter_map(|entry| entry.published).collect::<Vec<_>>();
    let rhythm = known.rhythm.after(&dates, tally.counts.added > 0, now);
    let next = harvest.next.time(source, rhythm, now);
    let next = (known.state == SourceState::Active).then_some(next);
    let sql = "UPDATE sources SET url = $2, name = $3, name_is_provisional = $4, \
        homepage = COALESCE($5, homepage), declared_language = $6, last_success = $7, \
        failure_reason = NULL, failure_detail = NULL, failures = 0, problems = $8, \
        next_attempt = $9, etag = $10, last_modified = $11, usual_seconds = $12, last_news = $13, \
        timetable = $14 WHERE id = $1";
    sqlx::query(sql)
        .bind(source.to_string())
        .bind(url.as_str())
        .bind(title.as_deref().unwrap_or(&known.name))
        .bind(i64::from(known.name_is_provisional && title.is_none()))
        .bind(harvest.homepage.as_ref().map(WebAddress::as_str))
        .bind(harvest.declared_language.as_deref().map(without_nul))
        .bind(now.millis())
        .bind(to_json(&problems)?)
        .bind(next.map(Timestamp::millis))
        .bind(validator(&harvest.etag))
        .bind(validator(&harvest.last_modified))
        .bind(rhythm.usual_seconds)
        .bind(rhythm.last_news.map(Timestamp::millis))
        .bind(to_json(&harvest.timetable)?)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    plan(connection, source, next, now).await
}

/// The address to read next time: the new one, unless another source is read there.
async fn moved(
    connection: &mut AnyConnection,
    moved_to: Option<&WebAddress>,
    known: &Known,
    problems: &mut Vec<String>,
) -> Result<WebAddress, StoreError> {
    let Some(moved_to) = moved_to.filter(|url| **url != known.url) else {
        return Ok(known.url.clone());
    };
    let taken = sqlx::query("SELECT slug FROM sources WHERE url = $1 AND kind = $2")
        .bind(moved_to.as_str())
        .bind(known.kind.as_str())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    let Some(row) = taken else { return Ok(moved_to.clone()) };
    let slug = get::<String>(&row, "slug")?;
    problems.insert(0, format!("moved to {moved_to}, which is the source {slug}"));
    Ok(known.url.clone())
}

/// The entries of a source, also those it took back.
pub(crate) async fn entries_of(
    connection: &mut AnyConnection,
    source: SourceId,
) -> Result<Vec<DocumentKey>, StoreError> {
    let rows = sqlx::query("SELECT id FROM entries WHERE source_id = $1")
        .bind(source.to_string())
        .fetch_all(connection)
        .await
        .map_err(of_engine)?;
    rows.iter().map(|row| noun(row, "id").map(DocumentKey::Entry)).collect()
}
