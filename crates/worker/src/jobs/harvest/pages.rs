//! What the harvests of repositories have in common: they ask page by page within limits, and keep each
//! page together with how far they have come.

use std::sync::Arc;
use std::time::Duration;

use observatory_ingest::{Fetch, Records, asked_seconds};
use observatory_model::Timestamp;
use observatory_model::entry::HarvestCounts;
use observatory_model::progress::HarvestProgress;
use observatory_model::rhythm::{NextReading, Timetable};
use observatory_model::source::{Failure, FailureReason, Source};
use observatory_store::{Page, PageEnd};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::jobs::fetch_feed::{Fetched, write_down};
use crate::jobs::judge_entries::keep_page;
use crate::schedule::after_success;
use crate::{Progress, WorkerError, World};

/// Most pages of one harvest; the rest follows in the next, which comes at once.
const MAX_PAGES: u32 = 50;

/// Most records of one harvest.
const MAX_RECORDS: usize = 10_000;

/// Most bytes of all answers of one harvest together.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Seconds until a harvest that has used up what is allowed at once goes on.
const CONTINUE_SECONDS: i64 = 5;

/// Longest `Retry-After` that is waited for on the spot, in seconds: repositories pace those who read
/// long lists by it (OAI-PMH §3.1.2.2). Who asks for more is asked again at another time.
const LONGEST_PAUSE_SECONDS: u64 = 10;

/// Pauses of one request.
const MAX_PAUSES: u32 = 2;

/// Most problems that are remembered.
const MAX_PROBLEMS: usize = 20;

/// One harvest of a repository.
pub(crate) struct Harvest<'a> {
    pub(crate) world: &'a World,
    pub(crate) source: &'a Source,
    counts: HarvestCounts,
    problems: Vec<String>,
    pages: u32,
    records: usize,
    bytes: usize,
    begun: Instant,
    watching: &'a dyn Progress,
}

/// Whoever watches is told that it is over also when the harvest is given up half-way.
impl Drop for Harvest<'_> {
    fn drop(&mut self) {
        self.watching.harvest_ended(self.source);
    }
}

/// How a harvest ended, when nothing was wrong with the store.
pub(crate) type Ended = Result<(), Failure>;

impl<'a> Harvest<'a> {
    pub(crate) fn new(world: &'a World, source: &'a Source, watching: &'a dyn Progress) -> Self {
        let counts = HarvestCounts::default();
        let begun = Instant::now();
        let (pages, records, bytes, problems) = (0, 0, 0, Vec::new());
        Self { world, source, counts, problems, pages, records, bytes, begun, watching }
    }

    /// How far the last harvest has come. What another program has written is begun anew.
    pub(crate) fn progress<T: DeserializeOwned + Default>(&self) -> T {
        let kept = self.source.progress.as_deref().unwrap_or("{}");
        serde_json::from_str(kept).unwrap_or_else(|error| {
            tracing::warn!(source = %self.source.slug, %error, "a harvest begins anew");
            T::default()
        })
    }

    /// Whether another page may be asked for. The last one must end within the lease of the job.
    pub(crate) fn has_room(&self) -> bool {
        let lease = u64::try_from(self.world.settings.lease_seconds).unwrap_or(0);
        self.pages < MAX_PAGES
            && self.records < MAX_RECORDS
            && self.bytes < MAX_BYTES
            && self.begun.elapsed() < Duration::from_secs(lease / 2)
    }

    /// Asks the repository, and once more after a short pause where it asks for one.
    pub(crate) async fn ask(
        &mut self,
        url: &observatory_model::WebAddress,
    ) -> Result<Arc<Fetch>, Failure> {
        let mut pauses = 0;
        loop {
            match self.world.fetcher.ask(url).await {
                Ok(fetch) => {
                    self.pages += 1;
                    self.bytes = self.bytes.saturating_add(fetch.bytes.len());
                    return Ok(Arc::new(fetch));
                }
                Err(failure) => {
                    let pause = asked_seconds(&failure).filter(|_| {
                        pauses < MAX_PAUSES && failure.reason == FailureReason::HttpStatus
                    });
                    let Some(pause) = pause.filter(|pause| *pause <= LONGEST_PAUSE_SECONDS) else {
                        return Err(failure);
                    };
                    pauses += 1;
                    sleep(Duration::from_secs(pause)).await;
                }
            }
        }
    }

    /// Notes something that could not be kept.
    pub(crate) fn problem(&mut self, problem: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Keeps one page, and how far the harvest has come with it.
    ///
    /// `end` is `None` while the harvest goes on; at its end it is the repository's name, where that is
    /// known, and whether all of the list is kept.
    pub(crate) async fn keep(
        &mut self,
        records: Records,
        progress: &(impl Serialize + Sync),
        end: Option<End>,
    ) -> Result<(), WorkerError> {
        let Records { entries, deleted, problems } = records;
        self.records += entries.len() + deleted.len();
        for problem in problems {
            self.problem(problem);
        }
        let now = self.world.clock.now();
        let end = end.map(|end| PageEnd {
            title: end.title,
            homepage: None,
            problems: self.problems.clone(),
            has_news: self.counts.added > 0,
            next: self.next(end.is_all, now),
        });
        let progress = serde_json::to_string(progress).map_err(WorkerError::Progress)?;
        let page = Page { entries, deleted, progress, end };
        let counts = keep_page(&self.world.store, self.source, &page, now).await?;
        self.counts.added += counts.added;
        self.counts.changed += counts.changed;
        self.counts.unchanged += counts.unchanged;
        self.counts.removed += counts.removed;
        self.counts.held += counts.held;
        self.counts.dropped += counts.dropped;
        let records = u64::try_from(self.records).unwrap_or(u64::MAX);
        let progress = HarvestProgress { answers: u64::from(self.pages), records };
        self.watching.harvested(self.source, progress);
        Ok(())
    }

    fn next(&self, is_all: bool, now: Timestamp) -> NextReading {
        if is_all {
            after_success(&self.world.settings, 0, Timetable::default())
        } else {
            NextReading::At(now.plus_seconds(CONTINUE_SECONDS))
        }
    }

    /// Writes down how it ended. What was kept before a failure stays kept.
    pub(crate) async fn finish(mut self, ended: Ended) -> Result<Fetched, WorkerError> {
        let problems = std::mem::take(&mut self.problems);
        match ended {
            Ok(()) => Ok(Fetched::Kept { counts: self.counts, problems }),
            Err(failure) => write_down(self.world, self.source, failure).await,
        }
    }
}

/// What ends with a page.
pub(crate) struct End {
    /// The repository's name.
    pub(crate) title: Option<String>,
    /// Whether all that there is to keep for now is kept.
    pub(crate) is_all: bool,
}

/// What a server said with an error that is no answer of its protocol.
pub(crate) fn refused(fetch: &Fetch) -> Failure {
    let detail = format!("{} answered {}", fetch.final_url, fetch.status);
    Failure::new(FailureReason::HttpStatus, detail)
}
