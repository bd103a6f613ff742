//! A new picture is held against the alerts that watch trends.

use observatory_model::alert::{About, TrendKey};
use observatory_model::radar::{listed, standings};
use observatory_model::trend::{Finding, List, Picture};
use observatory_store::{TrendMatch, WatchedTrends};

use crate::{WorkerError, World};

/// Alerts that are in memory at the same time.
const ALERTS_AT_ONCE: u32 = 5000;

/// Finds what of a picture is news for somebody, and plans the mails. Returns how much of it is new.
///
/// A trend is told once for each list it comes into; what editors have set aside, or merged into
/// another, is no news. Who follows one trend is also told of documents that newly show it. What was
/// found twice is kept once, so that a picture may be looked at as often as it is painted.
///
/// # Errors
/// [`WorkerError::Store`]; what was kept stays, the rest is found in the next picture.
pub async fn match_trends(world: &World, picture: &Picture) -> Result<u64, WorkerError> {
    let standings = standings(&world.store.decisions(None).await?);
    let found = List::ALL.into_iter().flat_map(|list| {
        listed(picture, &standings, list).into_iter().map(move |finding| (list, finding))
    });
    let found = found.collect::<Vec<(List, &Finding)>>();
    let (mut after, mut kept) = (None, 0);
    loop {
        let page = world.store.watched_trends(after, ALERTS_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(kept) };
        after = Some(last.alert);
        let of = |watched: &WatchedTrends| {
            let held = found.iter().filter(|(_, finding)| {
                let standing = standings.get(&finding.slug).cloned().unwrap_or_default();
                watched.watch.holds(finding, &standing)
            });
            let held = held.collect::<Vec<_>>();
            let is_followed = matches!(watched.watch.about, About::Trend(_));
            let shown = held.iter().filter(|_| is_followed).flat_map(|(_, one)| &one.evidence);
            TrendMatch {
                alert: watched.alert,
                cadence: watched.cadence,
                documents: shown.filter_map(|shown| shown.document.parse().ok()).collect(),
                trends: held
                    .iter()
                    .map(|(list, one)| TrendKey { list: *list, trend: one.slug.clone() })
                    .collect(),
            }
        };
        let matches = page.iter().map(of).collect::<Vec<_>>();
        kept += world.store.keep_trends(&matches, world.clock.now()).await?;
    }
}
