//! From a feed on the network to a page, a search and a health that says what happened.

use observatory_model::entry::HarvestCounts;
use observatory_model::source::FailureReason;
use observatory_worker::{FetchReport, Fetched};

use crate::site::TestSite;
use crate::upstream::{Answer, Manner, Upstream};

const SATELLITES: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel>
<title>Orbit notes</title><link>http://orbit.example/</link><language>en</language>
<item><guid>1</guid><title>Satellites in low orbit</title><link>http://orbit.example/1</link>
<pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate>
<description>&lt;p&gt;Constellations bring broadband to remote islands.&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</description></item>
<item><title>A note without id and date</title><link>http://orbit.example/2</link>
<description>Ground stations matter as much as the satellites do.</description></item>
</channel></rss>"#;

fn counts(report: &FetchReport) -> HarvestCounts {
    match &report.fetched {
        Fetched::Kept { counts, .. } => *counts,
        other => panic!("{}: {other:?}", report.source),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_becomes_pages_and_answers_of_the_search() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set_document("/feed", "application/rss+xml", SATELLITES);
    site.add_source(&upstream.url("/feed"), "orbit").await;

    let reports = site.harvest().await;
    assert_eq!(counts(&reports[0]), HarvestCounts { added: 2, ..HarvestCounts::default() });

    let found = site.get("/en/search?q=constellation").await;
    assert_eq!(found.status, 200);
    assert!(found.text.contains("<mark>Constellations</mark>"), "{}", found.text);
    let source = site.get("/en/sources/orbit").await;
    assert!(source.text.contains("Satellites in low orbit"), "{}", source.text);
    let path = source.text.split("href=").filter_map(|rest| {
        let path = rest.trim_start_matches('"');
        path.starts_with("/en/entries/")
            .then(|| path.split(['"', ' ', '>']).next().expect("a path"))
    });
    for path in path.collect::<Vec<_>>() {
        let entry = site.get(path).await;
        assert_eq!(entry.status, 200, "{path}");
        assert!(!entry.text.contains("alert(1)"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_harvest_adds_nothing() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set_document("/feed", "application/rss+xml", SATELLITES);
    site.add_source(&upstream.url("/feed"), "orbit").await;
    site.harvest().await;
    let reports = site.harvest().await;
    assert_eq!(counts(&reports[0]), HarvestCounts { unchanged: 2, ..HarvestCounts::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_sent_again() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let headers = vec![("etag", "\"one\"".to_owned())];
    let answer = Answer { headers, body: SATELLITES.into(), ..Answer::default() };
    upstream.set("/feed", answer);
    site.add_source(&upstream.url("/feed"), "orbit").await;
    site.harvest().await;
    let reports = site.harvest().await;
    assert_eq!(reports[0].fetched, Fetched::NotModified);
    assert_eq!(upstream.requests(), [("/feed".to_owned(), false), ("/feed".to_owned(), true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_title_is_found_under_its_new_words_only() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set_document("/feed", "application/rss+xml", SATELLITES);
    site.add_source(&upstream.url("/feed"), "orbit").await;
    site.harvest().await;
    let changed = SATELLITES.replace("Satellites in low orbit", "Balloons in the stratosphere");
    upstream.set_document("/feed", "application/rss+xml", changed);
    let reports = site.harvest().await;
    assert_eq!(
        counts(&reports[0]),
        HarvestCounts { changed: 1, unchanged: 1, ..HarvestCounts::default() }
    );
    let total = async |words: &str| {
        let words = words.to_owned();
        let request = observatory_model::search::SearchRequest { words, ..Default::default() };
        site.world.search.search(request).await.expect("an answer").total
    };
    assert_eq!(total("stratosphere").await, 1);
    assert_eq!(total("\"low orbit\"").await, 0);
}

/// Answers that are no feed, each with the reason a reader of the sources page is given.
fn misfits() -> Vec<(&'static str, FailureReason, Answer)> {
    let document = |body: &str| Answer { body: body.into(), ..Answer::default() };
    let with = |name, value: &str, answer: Answer| Answer {
        headers: vec![(name, value.to_owned())],
        ..answer
    };
    let redirect = |to: &str| with("location", to, Answer { status: 302, ..Answer::default() });
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><rss>&b;</rss>";
    vec![
        ("html", FailureReason::WebPage, document("<!DOCTYPE html><title>Hello</title><p>Hi")),
        ("empty", FailureReason::Empty, document("")),
        ("entities", FailureReason::Entities, document(bomb)),
        ("truncated", FailureReason::Malformed, document("<rss version=\"2.0\"><channel><tit")),
        ("loop", FailureReason::TooManyRedirects, redirect("/loop")),
        ("inside", FailureReason::AddressRefused, redirect("http://10.0.0.1/")),
        ("missing", FailureReason::HttpStatus, Answer { status: 404, ..Answer::default() }),
        ("gone", FailureReason::Gone, Answer { status: 410, ..Answer::default() }),
        (
            "endless",
            FailureReason::TooLarge,
            Answer {
                body: vec![b' '; 65_536],
                manner: Manner::Repeated(100 * 1024 * 1024),
                ..Answer::default()
            },
        ),
        ("gzip-bomb", FailureReason::TooLarge, with("content-encoding", "gzip", gzip_bomb())),
        (
            "slow",
            FailureReason::TooSlow,
            Answer { body: b"<rss".to_vec(), manner: Manner::Stalled, ..Answer::default() },
        ),
        (
            "not-gzip",
            FailureReason::BrokenAnswer,
            with("content-encoding", "gzip", document("this is no gzip")),
        ),
    ]
}

/// 100 MB of zeros in about 100 kB.
fn gzip_bomb() -> Answer {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        packed.write_all(&vec![0; 1024 * 1024]).expect("memory");
    }
    Answer { body: packed.finish().expect("memory"), ..Answer::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_misfit_ends_with_its_reason_and_the_others_go_on() {
    let limits = |settings: &mut observatory_ingest::Settings| {
        settings.read_timeout_seconds = 1;
        settings.total_timeout_seconds = 5;
    };
    let (site, upstream) = (TestSite::start_with(limits).await, Upstream::start().await);
    upstream.set_document("/good", "application/rss+xml", SATELLITES);
    site.add_source(&upstream.url("/good"), "good").await;
    for (name, _, answer) in misfits() {
        upstream.set(&format!("/{name}"), answer);
        site.add_source(&upstream.url(&format!("/{name}")), name).await;
    }
    let reports = site.harvest().await;
    for (name, reason, _) in misfits() {
        let report = reports.iter().find(|report| report.source.as_str() == name).expect(name);
        match &report.fetched {
            Fetched::Failed(failure) => assert_eq!(failure.reason, reason, "{name}: {failure}"),
            other => panic!("{name}: {other:?}"),
        }
        let page = site.get(&format!("/en/sources/{name}")).await;
        assert_eq!(page.status, 200, "{name}");
    }
    let good = reports.iter().find(|report| report.source.as_str() == "good").expect("it");
    assert_eq!(counts(good).added, 2);
    let sources = site.world.store.sources().await.expect("sources");
    for source in sources.iter().filter(|source| source.slug.as_str() != "good") {
        assert!(source.health.last_failure.is_some(), "{}", source.slug);
    }
    let health = site.get("/ar/sources").await;
    assert_eq!(health.status, 200);
}
