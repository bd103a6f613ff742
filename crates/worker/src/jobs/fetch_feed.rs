//! A source is read, and what is new in it is kept.

use std::sync::Arc;

use observatory_ingest::{Conditional, Fetch, Fetched as Answer, asked_seconds};
use observatory_model::entry::HarvestCounts;
use observatory_model::source::{Failure, FailureReason, Source, SourceKind, SourceState};
use observatory_model::{Slug, SourceId};
use observatory_store::Harvest;

use crate::jobs::harvest::arxiv::harvest_arxiv;
use crate::jobs::harvest::crossref::harvest_crossref;
use crate::jobs::harvest::document::harvest_document;
use crate::jobs::harvest::folder::harvest_folder;
use crate::jobs::harvest::oai::harvest_oai;
use crate::jobs::judge_entries::keep_harvest;
use crate::jobs::subscribe::{beside_hub, note_hub};
use crate::schedule::{after_failure, after_success};
use crate::{Progress, WorkerError, World};

/// What came of reading a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchReport {
    /// The source's word in addresses.
    pub source: Slug,
    /// Its name.
    pub name: String,
    /// What came of it.
    pub fetched: Fetched,
}

/// What came of reading a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It was read.
    Kept {
        /// What that did to its entries.
        counts: HarvestCounts,
        /// Entries that could not be kept, each in a few words.
        problems: Vec<String>,
    },
    /// It has not changed since the last time.
    NotModified,
    /// It could not be read.
    Failed(Failure),
    /// It is paused or gone, and was not asked.
    Skipped,
}

/// Reads `source` and keeps what is new; returns `None` when there is no such source.
///
/// That a source cannot be read is no error of the job: it is written into the source's health, and
/// the next try is planned in the same transaction.
///
/// # Errors
/// [`WorkerError::Store`] when the outcome could not be written down.
pub async fn fetch_feed(
    world: &World,
    source: SourceId,
    progress: &dyn Progress,
) -> Result<Option<FetchReport>, WorkerError> {
    let Some(source) = world.store.source(source).await? else { return Ok(None) };
    let fetched = match source.state {
        SourceState::Active => match &source.kind {
            SourceKind::Feed => read_and_keep(world, &source).await?,
            SourceKind::Oai(wish) => harvest_oai(world, &source, wish, progress).await?,
            SourceKind::Arxiv(wish) => harvest_arxiv(world, &source, wish, progress).await?,
            SourceKind::Crossref(wish) => harvest_crossref(world, &source, wish, progress).await?,
            SourceKind::Document => harvest_document(world, &source).await?,
            SourceKind::Folder(wish) => harvest_folder(world, &source, wish).await?,
        },
        SourceState::Paused | SourceState::Gone => Fetched::Skipped,
    };
    let report = FetchReport { source: source.slug, name: source.name, fetched };
    say(&report);
    progress.fetched(&report);
    Ok(Some(report))
}

async fn read_and_keep(world: &World, source: &Source) -> Result<Fetched, WorkerError> {
    let conditional = Conditional {
        etag: source.health.etag.as_deref(),
        last_modified: source.health.last_modified.as_deref(),
    };
    let begun = world.clock.now();
    let answer = match world.fetcher.fetch(&source.url, conditional).await {
        Ok(Answer::Body(answer)) => Arc::new(answer),
        Ok(Answer::NotModified { moved_to, fresh_seconds }) => {
            let now = world.clock.now();
            let next = after_success(&world.settings, fresh_seconds, source.health.timetable);
            let next = beside_hub(world, source, next, begun).await?;
            let (store, moved_to) = (&world.store, moved_to.as_ref());
            store.record_not_modified(source.id, moved_to, next, now).await?;
            return Ok(Fetched::NotModified);
        }
        Err(failure) => return write_down(world, source, failure).await,
    };
    let now = world.clock.now();
    let feed = match observatory_ingest::parse(Arc::clone(&answer), now).await {
        Ok(feed) => feed,
        Err(failure) => {
            keep_for_a_look(world, source, &answer).await?;
            return write_down(world, source, failure).await;
        }
    };
    if !feed.problems.is_empty() {
        keep_for_a_look(world, source, &answer).await?;
    }
    note_hub(world, source, &answer, &feed.links).await?;
    let next = after_success(&world.settings, answer.fresh_seconds, feed.timetable);
    let harvest = Harvest {
        title: feed.title,
        homepage: feed.homepage,
        declared_language: feed.declared_language,
        entries: feed.entries,
        problems: feed.problems.clone(),
        etag: answer.etag.clone(),
        last_modified: answer.last_modified.clone(),
        moved_to: answer.moved_to.clone(),
        timetable: feed.timetable,
        next: beside_hub(world, source, next, begun).await?,
    };
    let counts = keep_harvest(&world.store, source, &harvest, now).await?;
    Ok(Fetched::Kept { counts, problems: feed.problems })
}

/// Keeps an answer that could not be read whole: whoever looks into it wants to see what was seen.
async fn keep_for_a_look(
    world: &World,
    source: &Source,
    answer: &Fetch,
) -> Result<(), WorkerError> {
    let bytes = answer.bytes.clone();
    let file = world.store.keep_answer(source.id, bytes, world.clock.now()).await?;
    tracing::info!(source = %source.slug, file = %file, "kept an answer that was not read whole");
    Ok(())
}

pub(crate) async fn write_down(
    world: &World,
    source: &Source,
    failure: Failure,
) -> Result<Fetched, WorkerError> {
    let now = world.clock.now();
    let next = (failure.reason != FailureReason::Gone)
        .then(|| after_failure(source.id, source.health.failures, asked_seconds(&failure), now));
    world.store.record_failure(source.id, &failure, next, now).await?;
    Ok(Fetched::Failed(failure))
}

fn say(report: &FetchReport) {
    let source = report.source.as_str();
    match &report.fetched {
        Fetched::Kept { counts, problems } => tracing::info!(
            source,
            entries.added = counts.added,
            entries.changed = counts.changed,
            entries.removed = counts.removed,
            entries.held = counts.held,
            entries.dropped = counts.dropped,
            entries.refused = problems.len(),
            "read source {source}"
        ),
        Fetched::NotModified => tracing::debug!(source, "source {source} has not changed"),
        Fetched::Failed(failure) => tracing::warn!(
            source,
            failure.reason = failure.reason.code(),
            failure.detail,
            "source {source} could not be read"
        ),
        Fetched::Skipped => tracing::debug!(source, "source {source} is not read"),
    }
}
