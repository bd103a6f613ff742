//! Courtesy towards hosts: one source of a host at a time, and one that is stuck holds up only its own.

use std::sync::{Arc, Mutex};

use observatory_model::Slug;
use observatory_model::job::Work;
use observatory_worker::{FetchReport, Fetched, Progress, Runner, Silent};

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

/// Who was read, in that order, and whether that went well.
#[derive(Debug, Default)]
struct Order(Mutex<Vec<(Slug, bool)>>);

impl Progress for Order {
    fn fetched(&self, report: &FetchReport) {
        let is_kept = matches!(report.fetched, Fetched::Kept { .. });
        self.0.lock().expect("not poisoned").push((report.source.clone(), is_kept));
    }

    fn indexed(&self, _documents: u64) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_hang_delay_nobody() {
    // Each hangs for longer than all others together take.
    let limits = |settings: &mut observatory_ingest::Settings| {
        settings.read_timeout_seconds = 12;
        settings.total_timeout_seconds = 12;
    };
    let site = TestSite::start_with(limits).await;
    let mut hosts = Vec::new();
    // Five times as many as are read at once, and all before the others.
    for number in 0..80 {
        let hanging = Upstream::start().await;
        let answer =
            Answer { body: b"<rss".to_vec(), manner: Manner::Stalled, ..Answer::default() };
        hanging.set("/feed", answer);
        site.add_source(&hanging.url("/feed"), &format!("stuck-{number}")).await;
        hosts.push(hanging);
    }
    for number in 0..120 {
        let good = Upstream::start().await;
        good.set_document("/feed", "application/rss+xml", FEED);
        site.add_source(&good.url("/feed"), &format!("fine-{number}")).await;
        hosts.push(good);
    }
    let order = Arc::new(Order::default());
    let runner = Runner::new(site.world.clone(), order.clone());
    runner.run_until_idle().await.expect("the work is done");
    let order = order.0.lock().expect("not poisoned");
    assert_eq!(order.len(), 200);
    let first_failure = order.iter().position(|(_, is_kept)| !is_kept);
    assert_eq!(first_failure, Some(120), "all that answer are read before the first that hangs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_with_a_thousand_sources_is_no_queue_for_the_others() {
    let site = TestSite::start().await;
    let (crowded, alone) = (Upstream::start().await, Upstream::start().await);
    for number in 0..1000 {
        let path = format!("/{number}");
        crowded.set_document(&path, "application/rss+xml", FEED);
        site.add_source(&crowded.url(&path), &format!("crowd-{number}")).await;
    }
    alone.set_document("/feed", "application/rss+xml", FEED);
    site.add_source(&alone.url("/feed"), "alone").await;
    let order = Arc::new(Order::default());
    Runner::new(site.world.clone(), order.clone())
        .run_until_idle()
        .await
        .expect("the work is done");
    let place = |order: &Order| {
        let order = order.0.lock().expect("not poisoned");
        order.iter().position(|(slug, _)| slug.as_str() == "alone").expect("it was read")
    };
    let place = place(&order);
    assert!(place < 100, "{place} others were read before it");
    // All of them have a place in the queue, each at a time of its own.
    let counts = site.world.store.job_counts(site.world.clock.now()).await.expect("counts");
    assert_eq!((counts.waiting, counts.leased, counts.given_up), (1001, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_was_not_begun_is_there_for_the_next() {
    let site = TestSite::start().await;
    let hanging = Upstream::start().await;
    hanging
        .set("/feed", Answer { manner: Manner::Stalled, body: b"<".to_vec(), ..Answer::default() });
    for number in 0..30 {
        site.add_source(&hanging.url(&format!("/feed?{number}")), &format!("s-{number}")).await;
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let runner = Runner::new(site.world.clone(), Arc::new(Silent));
    let running = tokio::spawn(async move { runner.run(stopped).await });
    while hanging.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    running.await.expect("it ends");
    let counts = site.world.store.job_counts(site.world.clock.now()).await.expect("counts");
    // The thirty, and the picture that is painted when nothing has changed for a while.
    assert_eq!((counts.waiting, counts.leased), (31, 0));
    let one = site.world.store.lease_jobs(100, 60, site.world.clock.now()).await.expect("jobs");
    assert!(one.iter().all(|job| job.attempt == 1 && matches!(job.work, Work::FetchFeed { .. })));
}
