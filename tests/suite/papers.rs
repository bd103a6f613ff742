//! Documents are asked for where their sites allow it. How they are read, kept and found is told by the
//! program's own tests, since the program is who reads them.

use observatory_model::source::{FailureReason, NewSource, SourceKind};
use observatory_worker::Fetched;

use crate::site::TestSite;
use crate::upstream::{Answer, Upstream};

async fn add_document(site: &TestSite, url: &str, slug: &str) {
    let feed = NewSource::feed(url.parse().expect("url"), slug.parse().expect("slug"), None);
    let new = NewSource { kind: SourceKind::Document, ..feed };
    site.world.store.add_source(&new, site.world.clock.now()).await.expect("a new source");
}

async fn failures(site: &TestSite) -> Vec<(String, FailureReason)> {
    let reports = site.harvest().await;
    let failure = |report: observatory_worker::FetchReport| match report.fetched {
        Fetched::Failed(failure) => (report.source.to_string(), failure.reason),
        other => panic!("{}: {other:?}", report.source),
    };
    reports.into_iter().map(failure).collect()
}

fn paths(upstream: &Upstream) -> Vec<String> {
    upstream.requests().into_iter().map(|(path, _)| path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_asks_not_to_read_is_not_asked_for() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set_document("/robots.txt", "text/plain", "User-agent: *\nDisallow: /closed/\n");
    let away = Answer {
        status: 302,
        headers: vec![("location", "/closed/c.pdf".to_owned())],
        ..Answer::default()
    };
    upstream.set("/open/away", away);
    add_document(&site, &upstream.url("/closed/a.pdf"), "a").await;
    add_document(&site, &upstream.url("/closed/b.pdf?x=1"), "b").await;
    add_document(&site, &upstream.url("/open/away"), "c").await;
    let disallowed = |slug: &str| (slug.to_owned(), FailureReason::Disallowed);
    assert_eq!(failures(&site).await, [disallowed("a"), disallowed("b"), disallowed("c")]);
    assert_eq!(paths(&upstream), ["/robots.txt", "/open/away"], "the rules are asked for once");
    for language in ["en", "ar", "zh"] {
        let page = site.get(&format!("/{language}/sources/a")).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("robots.txt"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_say_nothing_is_read() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set("/robots.txt", Answer { status: 503, ..Answer::default() });
    add_document(&site, &upstream.url("/a.pdf"), "a").await;
    assert_eq!(failures(&site).await, [("a".to_owned(), FailureReason::HttpStatus)]);
    assert_eq!(paths(&upstream), ["/robots.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_no_rules_everything_is_read() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    add_document(&site, &upstream.url("/a.pdf"), "a").await;
    assert_eq!(failures(&site).await, [("a".to_owned(), FailureReason::HttpStatus)]);
    assert_eq!(paths(&upstream), ["/robots.txt", "/a.pdf"], "both are not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_are_made_for_programs() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set_document("/robots.txt", "text/plain", "User-agent: *\nDisallow: /\n");
    upstream.set_document("/feed", "application/rss+xml", "<rss version='2.0'><channel/></rss>");
    site.add_source(&upstream.url("/feed"), "feed").await;
    site.harvest().await;
    assert_eq!(paths(&upstream), ["/feed"]);
}
