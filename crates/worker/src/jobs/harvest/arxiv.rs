//! A query to arXiv is harvested: what was changed last comes first, until what is known is reached.

use observatory_ingest::arxiv::{self, Page, page};
use observatory_model::Timestamp;
use observatory_model::source::{ArxivWish, Failure, FailureReason, Source};
use serde::{Deserialize, Serialize};

use super::pages::{End, Ended, Harvest, refused};
use crate::jobs::fetch_feed::Fetched;
use crate::{Progress as Watching, WorkerError, World};

/// How often a page is asked for that is empty although there are results: arXiv gives such pages now
/// and then, and the same request gives the results a little later.
const MAX_TRIES: u32 = 3;

/// The last place that arXiv gives results from (manual, §3.1.1.2).
const LAST_START: u64 = 30_000;

/// How far a harvest has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// Everything that was changed up to this time is kept.
    done: Option<Timestamp>,
    /// The place of the next page; 0 at the beginning.
    start: u64,
    /// The newest change of the pages read so far.
    newest: Option<Timestamp>,
}

/// Harvests what `source` asks arXiv for.
///
/// # Errors
/// [`WorkerError::Store`] when the outcome could not be written down.
pub(crate) async fn harvest_arxiv(
    world: &World,
    source: &Source,
    wish: &ArxivWish,
    watching: &dyn Watching,
) -> Result<Fetched, WorkerError> {
    let mut harvest = Harvest::new(world, source, watching);
    let mut progress = harvest.progress::<Progress>();
    let ended = read_pages(&mut harvest, &mut progress, wish).await?;
    harvest.finish(ended).await
}

async fn read_pages(
    harvest: &mut Harvest<'_>,
    progress: &mut Progress,
    wish: &ArxivWish,
) -> Result<Ended, WorkerError> {
    loop {
        let found = match next_page(harvest, progress, wish).await {
            Ok(found) => found,
            Err(failure) => return Ok(Err(failure)),
        };
        if found.broke_off {
            let detail = format!("the answer breaks off after {} records", found.seen);
            harvest.keep(found.records, progress, None).await?;
            return Ok(Err(Failure::new(FailureReason::Malformed, detail)));
        }
        let is_all = progress.go_on(&found);
        let end = is_all || !harvest.has_room();
        if end && !is_all {
            let (start, total) = (progress.start, found.total);
            harvest.problem(format!("{start} of {total} records so far: the harvest goes on"));
        }
        let title = format!("arXiv: {}", wish.query);
        let end_of = end.then_some(End { title: Some(title), is_all });
        harvest.keep(found.records, progress, end_of).await?;
        if end {
            return Ok(Ok(()));
        }
    }
}

/// The next page, asked for again where it is empty by mistake.
async fn next_page(
    harvest: &mut Harvest<'_>,
    progress: &Progress,
    wish: &ArxivWish,
) -> Result<Page, Failure> {
    let url = page(&harvest.source.url, wish, progress.start)?;
    let mut total = 0;
    for _ in 0..MAX_TRIES {
        let fetch = harvest.ask(&url).await?;
        let found = match arxiv::parse(fetch.clone(), harvest.world.clock.now()).await {
            Ok(found) => found,
            Err(failure) if failure.reason == FailureReason::Declined => return Err(failure),
            Err(_) if fetch.status >= 400 => return Err(refused(&fetch)),
            Err(failure) => return Err(failure),
        };
        if !progress.is_mistaken(&found) {
            return Ok(found);
        }
        total = found.total;
    }
    let start = progress.start;
    let detail = format!("the page from {start} on is empty, although there are {total} results");
    Err(Failure::new(FailureReason::BrokenAnswer, detail))
}

impl Progress {
    /// Whether a page without records should have some.
    fn is_mistaken(&self, page: &Page) -> bool {
        let had_some = self.done.is_some() && page.total == 0;
        page.seen == 0 && (self.start < page.total || had_some)
    }

    /// Notes that a page was read; whether everything is read for now.
    fn go_on(&mut self, page: &Page) -> bool {
        let changed = || page.records.entries.iter().filter_map(|entry| entry.updated);
        self.newest = self.newest.max(changed().max());
        self.start = self.start.saturating_add(u64::try_from(page.seen).unwrap_or(u64::MAX));
        let is_known =
            changed().min().is_some_and(|oldest| self.done.is_some_and(|done| oldest < done));
        let is_all =
            is_known || page.seen == 0 || self.start >= page.total || self.start >= LAST_START;
        if is_all {
            *self = Self { done: self.done.max(self.newest), ..Self::default() };
        }
        is_all
    }
}

#[cfg(test)]
mod tests {
    use observatory_ingest::Records;
    use observatory_model::entry::IncomingEntry;

    use super::*;

    fn found(total: u64, updated: &[&str]) -> Page {
        let entry = |updated: &&str| IncomingEntry {
            key: (*updated).to_owned(),
            derived_key: false,
            url: None,
            title: "t".to_owned(),
            html: String::new(),
            text: String::new(),
            authors: Vec::new(),
            published: None,
            updated: Some(updated.parse().unwrap()),
            declared_language: None,
            raw_language: None,
            language: None,
            detected_language: None,
            identifiers: Vec::new(),
        };
        let entries = updated.iter().map(entry).collect();
        let records = Records { entries, ..Records::default() };
        Page { records, seen: updated.len(), total, ..Page::default() }
    }

    #[test]
    fn pages_are_read_until_what_is_known() {
        let mut progress = Progress::default();
        assert!(!progress.go_on(&found(3, &["2026-11-20", "2026-11-19"])));
        assert_eq!(progress.start, 2);
        assert!(progress.go_on(&found(3, &["2026-11-18"])));
        let done = Some("2026-11-20".parse().unwrap());
        assert_eq!(progress, Progress { done, ..Progress::default() });
        assert!(
            !progress.go_on(&found(9, &["2026-11-22", "2026-11-20"])),
            "the same time may go on"
        );
        assert!(progress.go_on(&found(9, &["2026-11-20", "2026-11-19"])));
        assert_eq!(progress.done, Some("2026-11-22".parse().unwrap()));
    }

    #[test]
    fn empty_pages_are_mistakes_where_there_are_results() {
        let mut progress = Progress::default();
        assert!(progress.is_mistaken(&found(3, &[])));
        assert!(!progress.is_mistaken(&found(0, &[])));
        progress.go_on(&found(1, &["2026-11-20"]));
        assert!(progress.is_mistaken(&found(0, &[])), "there were some");
        assert!(!progress.is_mistaken(&found(1, &["2026-11-20"])));
    }
}
