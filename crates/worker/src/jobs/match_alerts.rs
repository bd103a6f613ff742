//! What has changed is held against the searches of the alerts.

use std::collections::BTreeMap;

use observatory_model::Timestamp;
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_store::{AlertMatch, WatchedSearch};

use crate::{WorkerError, World};

/// Changes that are looked at in one step: their texts are in memory at the same time.
const CHANGES_AT_ONCE: u32 = 200;

/// Searches that are held against them in one step. The documents are indexed once for each step, so
/// that there are few: ten thousand alerts are two.
const SEARCHES_AT_ONCE: u32 = 5000;

/// Finds what has changed since the last time and matches an alert, and plans the mails. Returns how
/// much of it is new.
///
/// How far this has come stands in the store, so that nothing is missed when the program stops; what
/// is found twice is kept once.
///
/// # Errors
/// [`WorkerError::Store`], [`WorkerError::Search`]; what was kept stays, the rest is found again.
pub async fn match_alerts(world: &World) -> Result<u64, WorkerError> {
    let mut kept = 0;
    loop {
        // What follows may still be folded under a story that was told.
        let last = world.store.stories_followed().await?;
        let after = world.store.alerts_followed().await?;
        if after >= last {
            return Ok(kept);
        }
        let now = world.clock.now();
        let page = world.store.watched_searches(None, SEARCHES_AT_ONCE).await?;
        if page.is_empty() {
            // Nobody waits for what came before `last`.
            world.store.keep_matches(&[], last, now).await?;
            return Ok(kept);
        }
        let mut changes = world.store.changes_after(after, CHANGES_AT_ONCE).await?;
        changes.retain(|change| change.number <= last);
        let Some(up_to) = changes.last().map(|change| change.number) else { return Ok(kept) };
        let numbers = changes.into_iter().map(|change| (change.document, change.number));
        let numbers = numbers.collect::<BTreeMap<DocumentKey, ChangeNumber>>();
        let found = find(world, &numbers, page, now).await?;
        kept += world.store.keep_matches(&found, up_to, now).await?;
    }
}

/// What of these changes matches any of the searches that are on, of which `page` are the first.
async fn find(
    world: &World,
    numbers: &BTreeMap<DocumentKey, ChangeNumber>,
    mut page: Vec<WatchedSearch>,
    now: Timestamp,
) -> Result<Vec<AlertMatch>, WorkerError> {
    let keys = numbers.keys().cloned().collect::<Vec<_>>();
    let documents = world.store.documents(&keys, now).await?;
    let mut found = Vec::new();
    while let Some(last) = page.last().map(|search| search.alert)
        && !documents.is_empty()
    {
        let searches = page.iter().map(|search| search.asked.clone()).collect();
        let matches = world.search.matches(documents.clone(), searches, now).await?;
        for (search, documents) in page.iter().zip(matches) {
            let (alert, cadence) = (search.alert, search.cadence);
            found.extend(documents.into_iter().filter_map(|document| {
                let number = numbers.get(&document).copied()?;
                Some(AlertMatch { alert, cadence, document, number })
            }));
        }
        page = world.store.watched_searches(Some(last), SEARCHES_AT_ONCE).await?;
    }
    Ok(found)
}
