//! Manners: what a server asks for is done, and what it says of a source is remembered.

use observatory_model::source::{FailureReason, Health, Source, SourceState};

use crate::site::{NOON, TestSite};
use crate::upstream::{Answer, Upstream};

const FEED: &str = "<rss version=\"2.0\"><channel><title>T</title><item><guid>1</guid>\
    <title>An entry</title></item></channel></rss>";

const HOUR: i64 = 3600;

fn with(status: u16, headers: &[(&'static str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let body = if status == 200 { FEED.into() } else { Vec::new() };
    Answer { status, headers, body, ..Answer::default() }
}

async fn known(site: &TestSite, source: &Source) -> Source {
    site.world.store.source(source.id).await.expect("an answer").expect("the source")
}

/// Reads the source once and says how it is, and in how many seconds it is read again.
async fn read(site: &TestSite, source: &Source) -> (Health, i64) {
    site.harvest().await;
    let health = known(site, source).await.health;
    let now = site.world.clock.now();
    let wait = health.next_attempt.map_or(-1, |next| next.seconds_since(now));
    (health, wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_sees_who_asks_and_where_to_complain() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set("/feed", with(200, &[]));
    site.add_source(&upstream.url("/feed"), "a").await;
    site.harvest().await;
    let agent = upstream.last_header("user-agent");
    assert!(agent.starts_with("observatory/") && agent.ends_with("(+test@example.org)"), "{agent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_to_be_left_alone_is() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let source = site.add_source(&upstream.url("/feed"), "a").await;
    let two_hours_later = [
        ("date", "Wed, 25 Nov 2026 12:00:00 GMT"),
        ("retry-after", "Wed, 25 Nov 2026 14:00:00 GMT"),
    ];
    for (answer, least, most) in [
        (with(429, &[("retry-after", "7200")]), 2 * HOUR, 9 * HOUR / 4),
        (with(503, &two_hours_later), 2 * HOUR, 9 * HOUR / 4),
        (with(503, &[("retry-after", "999999999")]), 24 * HOUR, 27 * HOUR),
    ] {
        upstream.set("/feed", answer);
        let (health, wait) = read(&site, &source).await;
        assert!((least..=most).contains(&wait), "{wait} s after {health:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_asked_for_more_and_more_seldom_and_a_success_ends_that() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let source = site.add_source(&upstream.url("/feed"), "a").await;
    upstream.set("/feed", with(404, &[]));
    let mut last = 0;
    for count in 1..=12 {
        let (health, wait) = read(&site, &source).await;
        assert_eq!(health.failures, count);
        assert!(wait > last || wait >= 24 * HOUR, "{wait} s after {last} s");
        assert!(wait <= 27 * HOUR);
        last = wait;
    }
    assert!(last >= 24 * HOUR, "{last}");
    upstream.set("/feed", with(200, &[]));
    let (health, wait) = read(&site, &source).await;
    assert_eq!((health.failures, health.last_failure), (0, None));
    assert!((3240..=3960).contains(&wait), "{wait}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_is_the_end() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let source = site.add_source(&upstream.url("/feed"), "a").await;
    upstream.set("/feed", with(410, &[]));
    let (health, wait) = read(&site, &source).await;
    assert_eq!(health.last_failure.expect("a failure").reason, FailureReason::Gone);
    assert_eq!((known(&site, &source).await.state, wait), (SourceState::Gone, -1));
    site.harvest().await;
    assert_eq!(upstream.requests().len(), 1, "it is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_for_good_is_remembered_and_another_is_not() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let etag = ("etag", "\"1\"");
    for (status, is_remembered) in
        [(301, true), (308, true), (302, false), (303, false), (307, false)]
    {
        // Once with a body at the new place, and once where that says "not modified".
        for is_known in [false, true] {
            let (from, to) = (format!("/{status}{is_known}"), format!("/{status}{is_known}/new"));
            let source =
                site.add_source(&upstream.url(&from), &format!("s{status}{is_known}")).await;
            upstream.set(&to, with(200, &[etag]));
            if is_known {
                upstream.set(&from, with(200, &[etag]));
                site.harvest().await;
            }
            upstream.set(&from, with(status, &[("location", &to)]));
            site.harvest().await;
            let url = known(&site, &source).await.url;
            let expected = upstream.url(if is_remembered { &to } else { &from });
            assert_eq!(url.as_str(), expected, "{status}, known: {is_known}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_still_good_is_not_asked_for_again() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let source = site.add_source(&upstream.url("/feed"), "a").await;
    let etag = ("etag", "\"1\"");
    upstream.set("/feed", with(200, &[etag, ("cache-control", "max-age=20000")]));
    let (_, wait) = read(&site, &source).await;
    assert!((20_000..=22_000).contains(&wait), "{wait}");
    let (health, wait) = read(&site, &source).await;
    assert_eq!(upstream.requests().last(), Some(&("/feed".to_owned(), true)));
    assert!((3240..=3960).contains(&wait), "a 304 without it says nothing: {wait}");
    assert_eq!(health.rhythm.last_news, NOON.parse().ok());

    let slow = FEED.replace("<item>", "<ttl>400</ttl><item>");
    upstream.set("/feed", Answer { body: slow.into(), ..with(200, &[("etag", "\"2\"")]) });
    for asked in ["a body", "a 304"] {
        let (health, wait) = read(&site, &source).await;
        assert_eq!(health.timetable.ttl_minutes, 400);
        assert!((24_000..=26_400).contains(&wait), "{asked}: {wait}");
    }
}
