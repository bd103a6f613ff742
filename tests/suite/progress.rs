//! A long harvest is seen while it goes on, by a few readers at a time, and is not in anybody's way.

use http_body_util::BodyExt as _;
use observatory_model::progress::HarvestProgress;
use observatory_model::source::{ArxivWish, NewSource, SourceKind};

use crate::site::TestSite;

async fn add_query(site: &TestSite) -> observatory_model::SourceId {
    let url = "https://export.arxiv.org/api/query".parse().expect("an address");
    let kind = SourceKind::Arxiv(ArxivWish { query: "cat:cs.NI".to_owned(), rows: None });
    let new = NewSource { kind, ..NewSource::feed(url, "query".parse().expect("a slug"), None) };
    site.world.store.add_source(&new, site.clock_now()).await.expect("a source").id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_is_told_as_it_goes_on() {
    let site = TestSite::start().await;
    let source = add_query(&site).await;
    site.board.note(source, HarvestProgress { answers: 3, records: 1250 });
    let page = site.get("/en/sources/query").await;
    assert!(page.text.contains("Answers: 3; records: 1,250."), "{}", page.text);

    let mut events = site.open("/en/sources/query/events").await;
    assert_eq!(events.status(), 200);
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert_eq!(events.headers()["cache-control"], "no-store");
    let mut next = async || {
        let frame = events.frame().await?.expect("a piece").into_data().expect("bytes");
        Some(String::from_utf8_lossy(&frame).into_owned())
    };
    let told = next().await.expect("an event");
    assert!(told.contains("data: Being read now. Answers: 3; records: 1,250.\n\n"), "{told}");
    site.board.note(source, HarvestProgress { answers: 4, records: 1300 });
    assert!(next().await.expect("an event").contains("Answers: 4; records: 1,300."));
    site.board.end(source);
    let over = next().await.expect("an event");
    assert!(!over.contains("Answers"), "{over}");
    // Who ends the program waits for nobody.
    site.board.close();
    assert_eq!(next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_watch_and_the_page_works_without() {
    let site = TestSite::start().await;
    add_query(&site).await;
    let mut watching = Vec::new();
    for _ in 0..64 {
        let events = site.open("/en/sources/query/events").await;
        assert_eq!(events.status(), 200);
        watching.push(events);
    }
    assert_eq!(site.open("/en/sources/query/events").await.status(), 503);
    assert_eq!(site.get("/fr/sources/query").await.status, 200);
    assert_eq!(site.get("/en/sources/nobody/events").await.status, 404);
}
