//! The same list at the same address with an ending: feeds and tables, read back by the rules of their
//! formats.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use observatory_model::{Language, Series};
use url::Url;

use crate::testing::TestSite;

/// The lists that are feeds, without their endings, and the query string of each.
fn lists(language: Language) -> Vec<(String, &'static str)> {
    let mut lists = vec![
        (format!("/{language}/feed"), ""),
        (format!("/{language}/search"), "?q=spectrum"),
        (format!("/{language}/search"), "?q=islands&kind=entry&source=a-source"),
        (format!("/{language}/search"), ""),
        (format!("/{language}/search"), "?q=%3Cscript%3E+%26+%22zzzz%22"),
    ];
    lists.extend(Series::ALL.map(|series| (format!("/{language}/{series}"), "")));
    lists
}

#[tokio::test]
async fn every_list_is_a_feed_in_three_formats() {
    let site = TestSite::filled().await;
    let mut items_seen = 0;
    for language in [Language::En, Language::Ar] {
        for (path, query) in lists(language) {
            let mut ids_of_formats = BTreeSet::new();
            for (ending, kind) in [
                ("atom", "application/atom+xml; charset=utf-8"),
                ("rss", "application/rss+xml; charset=utf-8"),
                ("json", "application/feed+json"),
            ] {
                let address = format!("{path}.{ending}{query}");
                let page = site.get(&address).await;
                assert_eq!(page.status, StatusCode::OK, "{address}");
                assert_eq!(page.header("content-type"), kind, "{address}");
                let own = format!("https://observatory.example.org{address}");
                items_seen += check_feed(&address, &page.text, &own, &mut ids_of_formats);
            }
            assert!(ids_of_formats.len() <= 1, "{path}{query}: the formats tell the same items");
        }
    }
    assert!(items_seen > 100, "{items_seen}");
}

/// What all three formats demand: a name, its own address, items with unique ids, absolute addresses,
/// dates, the newest first. Gives the number of items.
fn check_feed(address: &str, text: &str, own: &str, seen: &mut BTreeSet<Vec<String>>) -> usize {
    let feed = feed_rs::parser::parse(text.as_bytes()).expect(address);
    assert!(!feed.title.as_ref().unwrap().content.is_empty(), "{address}");
    // The query string may be written in another order, but leads to the same list.
    let self_url = own_address(text).expect(address);
    assert_eq!(Url::parse(&self_url).unwrap().path(), Url::parse(own).unwrap().path());
    let ids: Vec<String> = feed.entries.iter().map(|entry| entry.id.clone()).collect();
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{address}: ids are unique");
    let mut before = None;
    for entry in &feed.entries {
        assert!(Url::parse(&entry.id).is_ok(), "{address}: {}", entry.id);
        assert!(!entry.links.is_empty(), "{address}");
        for link in &entry.links {
            let url = Url::parse(&link.href).expect(address);
            assert!(url.as_str().starts_with("https://observatory.example.org/"), "{url}");
        }
        let date = entry.published.expect(address);
        assert!(before.is_none_or(|before| date <= before), "{address}: the newest first");
        before = Some(date);
    }
    seen.insert(ids);
    feed.entries.len()
}

/// The address that a feed says it is read from.
fn own_address(text: &str) -> Option<String> {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(text) {
        return json["feed_url"].as_str().map(str::to_owned);
    }
    let link = text.split('<').find(|tag| tag.contains("link ") && tag.contains("\"self\""))?;
    let href = link.split("href=\"").nth(1)?.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

#[tokio::test]
async fn a_json_feed_keeps_the_rules_of_its_format() {
    let site = TestSite::filled().await;
    for path in ["/fr/feed.json", "/fr/search.json?q=islands", "/fr/learning-labs.json"] {
        let page = site.get(path).await;
        let feed: serde_json::Value = serde_json::from_str(&page.text).unwrap();
        assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
        assert_eq!(feed["language"], "fr");
        for name in ["title", "home_page_url", "feed_url"] {
            assert!(feed[name].as_str().is_some_and(|text| !text.is_empty()), "{path} {name}");
        }
        for item in feed["items"].as_array().unwrap() {
            assert!(item["id"].is_string() && item["url"].is_string(), "{path}");
            let has_content = item["content_text"].is_string() || item["content_html"].is_string();
            assert!(has_content, "{path}: {item}");
            let date = item["date_published"].as_str().unwrap();
            assert!(date.parse::<observatory_model::Timestamp>().is_ok(), "{date}");
        }
    }
}

#[tokio::test]
async fn endings_are_kept_and_asked_for_like_their_pages() {
    let site = TestSite::filled().await;
    for (path, policy) in [
        ("/en/feed.rss", "public, max-age=300"),
        ("/en/future-vision.json", "public, max-age=300"),
        ("/en/search.rss?q=spectrum", "private, no-cache"),
        ("/en/search.json?q=spectrum", "private, no-cache"),
        ("/en/search.csv?q=spectrum", "private, no-cache"),
    ] {
        let first = site.get(path).await;
        assert_eq!(first.header("cache-control"), policy, "{path}");
        let again = Request::get(path).header("if-none-match", first.header("etag"));
        let again = site.ask(again.body(Body::empty()).unwrap()).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        let head = Request::head(path).body(Body::empty()).unwrap();
        assert_eq!(site.ask(head).await.header("content-type"), first.header("content-type"));
    }
    for path in ["/en/feed.xml", "/en/future-vision.csv", "/en/search.txt", "/en/search.atom.rss"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_search_is_a_table() {
    let site = TestSite::filled().await;
    let page = site.get("/ar/search.csv?q=islands").await;
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"search.csv\"");
    let lines: Vec<&str> = page.text.split_terminator("\r\n").collect();
    assert_eq!(
        lines[0],
        "\u{feff}title,address,kind,language,date,source,paragraph,page,passage,key"
    );
    assert_eq!(lines.len(), 26, "25 entries");
    assert!(lines[1].contains(",https://observatory.example.org/ar/entries/"), "{}", lines[1]);
    assert!(lines[1].contains(",2026-11-25T12:00:00Z,"), "{}", lines[1]);
    let none = site.get("/ar/search.csv?q=zzzz").await;
    assert_eq!(none.text.matches("\r\n").count(), 1, "only the names of the columns");
}

#[tokio::test]
async fn a_table_goes_on_after_the_first_hundred_rows() {
    let site = TestSite::empty().await;
    let piece = |number| crate::testing::brief(&format!("piece-{number}"), Language::En);
    let pieces: Vec<_> = (0..230).map(piece).collect();
    site.store.replace_briefs(&pieces, crate::testing::now()).await.unwrap();
    site.index().await;
    for query in ["q=spectrum", "order=newest", ""] {
        let page = site.get(&format!("/en/search.csv?{query}")).await;
        let rows: BTreeSet<&str> = page.text.split_terminator("\r\n").skip(1).collect();
        assert_eq!(rows.len(), 230, "{query}: each once");
    }
}
