//! Courtesy towards hosts: one source of a host at a time, and one that is stuck holds up only its own.

use std::sync::Arc;

use observatory_worker::{Runner, Silent};

use crate::site::TestSite;
use crate::upstream::{Answer, Manner, Upstream};

const FEED: &str = "<rss version=\"2.0\"><channel><title>T</title><item><guid>1</guid>\
    <title>An entry</title></item></channel></rss>";

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_host_holds_up_only_its_own_sources() {
    let limits = |settings: &mut observatory_ingest::Settings| {
        settings.read_timeout_seconds = 2;
        settings.total_timeout_seconds = 3;
    };
    let site = TestSite::start_with(limits).await;
    let (stuck, good) = (Upstream::start().await, Upstream::start().await);
    let hanging =
        || Answer { body: b"<rss".to_vec(), manner: Manner::Stalled, ..Answer::default() };
    // More than are read at once, and all before the good one.
    for number in 0..40 {
        let path = format!("/{number}");
        stuck.set(&path, hanging());
        site.add_source(&stuck.url(&path), &format!("stuck-{number}")).await;
    }
    good.set_document("/feed", "application/rss+xml", FEED);
    let fine = site.add_source(&good.url("/feed"), "fine").await;
    let runner = Runner::new(site.world.clone(), Arc::new(Silent));
    runner.run_until_idle().await.expect("the work is done");
    let kept = site.world.store.source(fine.id).await.expect("an answer").expect("the source");
    assert!(kept.health.last_success.is_some(), "{:?}", kept.health);
    // The others of that host wait in the queue, at their own times, and not in the places of workers.
    assert_eq!(stuck.requests().len(), 1);
    let sources = site.world.store.sources().await.expect("sources");
    let failed = sources.iter().filter(|source| source.health.last_failure.is_some());
    assert_eq!(failed.count(), 1);
}
