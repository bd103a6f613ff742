//! A part of the radar, and two editions beside each other.

use axum::http::StatusCode;
use observatory_model::Slug;
use observatory_model::decision::{Act, Decision};
use observatory_model::edition::Edition;
use observatory_model::{Clock as _, DecisionId, Timestamp};

use super::foresight::{finding, picture};
use crate::testing::{TestSite, now};

async fn decide(site: &TestSite, trend: &str, act: Act) {
    // One after the other: of two at the same instant nobody knows which came last.
    site.clock.advance(1);
    let at = site.clock.now();
    let decision = Decision {
        id: DecisionId::new(at),
        trend: trend.parse().unwrap(),
        at,
        by: "Ana".parse().unwrap(),
        act,
        reason: "so".to_owned(),
    };
    site.store.decide(&decision).await.unwrap();
}

fn slug(word: &str) -> Slug {
    word.parse().unwrap()
}

/// The radar as it stands, changed and kept as an edition.
async fn keep(site: &TestSite, name: &str, at: Timestamp, change: impl Fn(&mut Edition)) {
    let text = site.get("/en/radar.json").await.text;
    let mut edition = serde_json::from_str::<Edition>(&text).unwrap();
    (edition.name, edition.at) = (slug(name), at);
    change(&mut edition);
    site.store.keep_edition(&edition).await.unwrap();
}

/// Ten trends of two sectors, an edition of May, and what has happened since: two moved inwards, one
/// outwards, one is new and one is gone.
async fn site() -> TestSite {
    let site = TestSite::empty().await;
    let words = ["a0", "a1", "a2", "a3", "a4", "b5", "b6", "b7", "b8", "b9"];
    let found = (1..).zip(words).map(|(rank, word)| finding(word, rank, &[])).collect();
    site.store.keep_picture(&picture(found, Vec::new()), now()).await.unwrap();
    for word in words {
        let sector = if word.starts_with('a') { "social" } else { "political" };
        decide(&site, word, Act::Sector { to: slug(sector) }).await;
        decide(&site, word, Act::Horizon { to: slug("h2") }).await;
    }
    keep(&site, "2026-05", now().plus_seconds(-300), |edition| {
        edition.blips.retain(|blip| blip.trend.as_str() != "b9");
        let mut gone = edition.blips[0].clone();
        gone.trend = slug("gone");
        edition.blips.push(gone);
    })
    .await;
    for (word, ring) in [("a0", "h1"), ("b5", "h1"), ("b6", "h3")] {
        decide(&site, word, Act::Horizon { to: slug(ring) }).await;
    }
    site
}

/// The trends that the page of the radar links to, in its picture and in its table.
fn shown(page: &str) -> (Vec<String>, Vec<String>) {
    let links = |part: &str| {
        let hrefs = part.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let words = hrefs.filter_map(|href| href.split_once("/trends/"));
        words.map(|(_, word)| word.to_owned()).collect::<Vec<_>>()
    };
    let picture = page.split_once("<svg class=radar").map_or("", |(_, rest)| rest);
    let picture = picture.split_once("</svg>").map_or("", |(picture, _)| picture);
    let table = page.split_once("<tbody>").map_or("", |(_, rest)| rest);
    (links(picture), links(table.split_once("</tbody>").map_or("", |(table, _)| table)))
}

#[tokio::test]
async fn a_part_of_the_radar_is_the_same_in_picture_table_and_files() {
    let site = site().await;
    for (query, expected) in [
        ("", "a0 a1 a2 a3 a4 b5 b6 b7 b8 b9"),
        ("?sector=&ring=", "a0 a1 a2 a3 a4 b5 b6 b7 b8 b9"),
        ("?sector=nonsense", "a0 a1 a2 a3 a4 b5 b6 b7 b8 b9"),
        ("?sector=social", "a0 a1 a2 a3 a4"),
        ("?sector=political&ring=h2&moved=", "b7 b8 b9"),
        ("?moved=only", "a0 b5 b6 b9"),
        ("?moved=only&ring=h1", "a0 b5"),
        ("?moved=only&ring=h1&sector=social", "a0"),
        ("?sector=environmental", ""),
    ] {
        for language in ["en", "ar"] {
            let page = site.get(&format!("/{language}/radar{query}")).await;
            assert_eq!(page.status, StatusCode::OK);
            let (picture, table) = shown(&page.text);
            assert_eq!(table.join(" "), expected, "{query}: {}", page.text);
            // Three dots are no picture.
            let drawn = if table.len() < 4 { Vec::new() } else { table.clone() };
            assert_eq!(picture, drawn, "{query}");
            let file = site.get(&format!("/{language}/radar.csv{query}")).await.text;
            assert_eq!(file.lines().count(), table.len() + 1, "{query}: {file}");
            let json = site.get(&format!("/{language}/radar.json{query}")).await.text;
            let edition = serde_json::from_str::<Edition>(&json).unwrap();
            assert_eq!(edition.blips.len(), table.len(), "{query}");
        }
    }
    let page = site.get("/en/radar?moved=only&ring=h1").await.text;
    assert!(page.contains("2 of 10 trends."), "{page}");
    // Each choice says how many there would be with the others as they are.
    let choice = |text: &str| page.contains(text);
    assert!(choice("<option value=social>society (1)</option>"), "{page}");
    assert!(choice("<option value=h1 selected>"), "{page}");
    assert!(choice("(2)</label>") && choice("value=only checked"), "{page}");
    assert!(choice("/en/radar.csv?ring=h1&#38;moved=only"), "{page}");
    let none = site.get("/en/radar?sector=environmental").await.text;
    assert!(
        none.contains("Nothing on the radar fits") && none.contains("Show everything"),
        "{none}"
    );
    let first = site.get("/en/radar/2026-05?moved=only").await.text;
    assert!(first.contains("Nothing on the radar fits"), "there is none before it: {first}");
    assert!(!first.contains("name=moved"), "{first}");
}

#[tokio::test]
async fn a_trend_from_elsewhere_that_has_no_page_is_shown_without_a_link() {
    let site = site().await;
    let page = site.get("/en/radar/2026-05").await.text;
    let (picture, table) = shown(&page);
    assert_eq!(table.join(" "), "a0 a1 a2 a3 a4 b5 b6 b7 b8", "{page}");
    assert_eq!(picture, table);
    for word in &table {
        assert_eq!(site.get(&format!("/en/trends/{word}")).await.status, StatusCode::OK, "{word}");
    }
    assert_eq!(site.get("/en/trends/gone").await.status, StatusCode::NOT_FOUND);
    let numbered = page.matches("<title>10. ").count();
    assert_eq!((page.matches("<tr><td>").count(), numbered), (10, 1), "all are there: {page}");
    let file = site.get("/en/radar/2026-05.svg").await.text;
    assert!(file.contains("/trends/b8\"") && !file.contains("/trends/gone"), "{file}");
}

#[tokio::test]
async fn two_editions_beside_each_other_say_what_happened() {
    let site = site().await;
    let page = site.get("/en/radar/diff/2026-05_now").await.text;
    let (_, rest) = page.split_once("<tbody>").unwrap();
    let (table, _) = rest.split_once("</tbody>").unwrap();
    let rows = table.split("<tr>").skip(1).map(|row| {
        // What nothing is known of beside that it was on a radar has no page.
        let word =
            row.split("/trends/").nth(1).map_or("–", |rest| rest.split('"').next().unwrap());
        let what = row.split("<strong>").nth(1).unwrap().split('<').next().unwrap();
        format!("{word} {what}")
    });
    let expected = ["b9 new", "a0 inwards", "b5 inwards", "b6 outwards", "– gone"];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
    assert!(page.contains("stayed: <strong>6</strong>"), "{page}");
    // The other way round, what is new is gone.
    let back = site.get("/ar/radar/diff/now_2026-05").await.text;
    assert_eq!(back.matches("<strong>اختفى</strong>").count(), 1, "{back}");
    let same = site.get("/zh/radar/diff/now_now").await;
    assert_eq!(same.status, StatusCode::OK);
    assert!(same.text.contains("两期之间没有变化"), "{}", same.text);
    let table = site.get("/en/radar/diff/2026-05_now.csv").await;
    assert_eq!(table.text.lines().count(), 1 + 11, "{}", table.text);
    assert!(table.text.contains(",in,social,h2,h1"), "{}", table.text);
    let chosen = site.get("/en/radar/diff?from=2026-05&to=now").await;
    assert_eq!(chosen.header("location"), "/en/radar/diff/2026-05_now");
    let newest = site.get("/en/radar/diff").await;
    assert_eq!(newest.header("location"), "/en/radar/diff/2026-05_now");
    for path in ["/en/radar/diff/never_now", "/en/radar/diff/now", "/en/radar/diff/A_b"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let empty = TestSite::empty().await;
    assert_eq!(empty.get("/en/radar/diff").await.status, StatusCode::NOT_FOUND);
}
