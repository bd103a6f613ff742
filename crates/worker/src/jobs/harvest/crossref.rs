//! A list of works of Crossref is harvested: by cursor, and after the first time only what was deposited
//! anew since.

use observatory_ingest::crossref::{self, FIRST, Page, page};
use observatory_model::Timestamp;
use observatory_model::source::{CrossrefWish, Failure, FailureReason, Source};
use serde::{Deserialize, Serialize};

use super::pages::{End, Ended, Harvest, refused};
use crate::jobs::fetch_feed::Fetched;
use crate::{Progress as Watching, WorkerError, World};

/// Seconds by which a harvest reaches back behind the beginning of the last one: Crossref counts days,
/// and a deposit can be found some hours after it was made.
const OVERLAP_SECONDS: i64 = 24 * 3600;

/// How far a harvest has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// When the last list began that was read whole.
    done: Option<Timestamp>,
    /// The list that is being read.
    list: Option<List>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct List {
    began: Timestamp,
    since: Option<Timestamp>,
    cursor: String,
    records: u64,
    restarts: u32,
}

/// Harvests what `source` asks Crossref for.
///
/// # Errors
/// [`WorkerError::Store`] when the outcome could not be written down.
pub(crate) async fn harvest_crossref(
    world: &World,
    source: &Source,
    wish: &CrossrefWish,
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
    wish: &CrossrefWish,
) -> Result<Ended, WorkerError> {
    loop {
        let list = progress.list(harvest.world.clock.now()).clone();
        let found = match next_page(harvest, &list, wish).await {
            Ok(found) => found,
            // A cursor lives for minutes: what was interrupted for longer is begun anew, once.
            Err(failure) if failure.reason == FailureReason::Declined && progress.begin_anew() => {
                continue;
            }
            Err(failure) => return Ok(Err(failure)),
        };
        let total = found.total;
        let is_all = progress.go_on(&found);
        let end = is_all || !harvest.has_room();
        if end && !is_all {
            let records = progress.list.as_ref().map_or(0, |list| list.records);
            let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
            harvest.problem(format!("{records}{of} records so far: the harvest goes on"));
        }
        let end_of = end.then_some(End { title: Some(title(wish)), is_all });
        harvest.keep(found.records, progress, end_of).await?;
        if end {
            return Ok(Ok(()));
        }
    }
}

async fn next_page(
    harvest: &mut Harvest<'_>,
    list: &List,
    wish: &CrossrefWish,
) -> Result<Page, Failure> {
    let mailbox = harvest.world.fetcher.mailbox().map(str::to_owned);
    let (base, cursor) = (&harvest.source.url, list.cursor.as_str());
    let url = page(base, wish, list.since, cursor, mailbox.as_deref())?;
    let fetch = harvest.ask(&url).await?;
    match crossref::parse(fetch.clone(), harvest.world.clock.now()).await {
        Err(failure) if fetch.status >= 400 && failure.reason != FailureReason::Declined => {
            Err(refused(&fetch))
        }
        read => read,
    }
}

fn title(wish: &CrossrefWish) -> String {
    let words = wish.query.iter().chain(&wish.filter).map(String::as_str).collect::<Vec<_>>();
    if words.is_empty() { "Crossref".to_owned() } else { format!("Crossref: {}", words.join(", ")) }
}

impl Progress {
    /// The list that is being read, else the next one.
    fn list(&mut self, now: Timestamp) -> &List {
        let since = self.done.map(|done| done.plus_seconds(-OVERLAP_SECONDS));
        let cursor = FIRST.to_owned();
        self.list.get_or_insert(List { began: now, since, cursor, records: 0, restarts: 0 })
    }

    /// Begins the list anew, when that may help; whether it does.
    fn begin_anew(&mut self) -> bool {
        let Some(list) =
            self.list.as_mut().filter(|list| list.cursor != FIRST && list.restarts == 0)
        else {
            return false;
        };
        FIRST.clone_into(&mut list.cursor);
        (list.records, list.restarts) = (0, 1);
        true
    }

    /// Notes that a page was read; whether everything is read for now.
    fn go_on(&mut self, page: &Page) -> bool {
        let Some(list) = &mut self.list else { return true };
        list.records = list.records.saturating_add(u64::try_from(page.seen).unwrap_or(u64::MAX));
        let is_end = page.seen == 0 || page.total.is_some_and(|total| list.records >= total);
        if let Some(cursor) = page.cursor.clone().filter(|_| !is_end) {
            list.cursor = cursor;
            return false;
        }
        self.done = Some(list.began);
        self.list = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(seen: usize, total: u64) -> Page {
        Page { seen, total: Some(total), cursor: Some("c".to_owned()), ..Page::default() }
    }

    #[test]
    fn a_list_ends_with_an_empty_page_or_with_its_number() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let mut progress = Progress::default();
        assert_eq!(progress.list(now).cursor, FIRST);
        assert!(!progress.go_on(&found(2, 9)));
        assert_eq!(progress.list(now.plus_seconds(60)).cursor, "c");
        assert!(progress.go_on(&found(0, 9)));
        assert_eq!(progress, Progress { done: Some(now), list: None });
        let list = progress.list(now.plus_seconds(3600)).clone();
        assert_eq!(list.since, Some(now.plus_seconds(-OVERLAP_SECONDS)));
        assert!(progress.go_on(&found(9, 9)));
    }

    #[test]
    fn a_cursor_that_is_forgotten_begins_anew_once() {
        let mut progress = Progress::default();
        progress.list(Timestamp::EPOCH);
        assert!(!progress.begin_anew(), "the beginning cannot be forgotten");
        progress.go_on(&found(2, 9));
        assert!(progress.begin_anew());
        assert_eq!(progress.list(Timestamp::EPOCH).cursor, FIRST);
        progress.go_on(&found(2, 9));
        assert!(!progress.begin_anew());
    }
}
