//! The bundled pieces, published and read.

use std::path::{Path, PathBuf};

use observatory_model::{Language, Series};

use crate::site::TestSite;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../content")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundled_pieces_have_no_problem_and_every_page_of_them_answers() {
    let site = TestSite::start().await;
    let published = site.publish(&folder()).await;
    assert!(published.problems.is_empty(), "{:#?}", published.problems);
    let now = observatory_model::Clock::now(&*site.clock);
    let all = site.world.store.briefs(None, now).await.expect("the pieces");
    let originals = all.iter().filter(|brief| brief.language == brief.original).count();
    assert!(originals >= 8, "{originals} originals");
    for brief in &all {
        let path = format!("/{}/{}", brief.language, brief.address);
        let page = site.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        let known = site.get_with(&path, &[("if-none-match", page.header("etag"))]).await;
        assert_eq!(known.status, 304, "{path} is not sent twice");
        assert!(
            page.text.contains("id=p1") || page.text.contains("id=\"p1\""),
            "{path} has no ¶ 1"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pieces_are_in_all_six_languages_and_the_others_in_one_more() {
    let site = TestSite::start().await;
    site.publish(&folder()).await;
    let now = observatory_model::Clock::now(&*site.clock);
    let all = site.world.store.briefs(None, now).await.expect("the pieces");
    let versions = |address: &observatory_model::brief::BriefAddress| {
        all.iter().filter(|brief| brief.address == *address).count()
    };
    let addresses = all.iter().map(|brief| brief.address.clone());
    let addresses = addresses.collect::<std::collections::BTreeSet<_>>();
    assert!(addresses.iter().all(|address| versions(address) >= 2), "{addresses:?}");
    let in_six = addresses.iter().filter(|address| versions(address) == Language::ALL.len());
    let in_six = in_six.map(|address| address.series).collect::<Vec<_>>();
    assert!(in_six.contains(&Series::FutureVision), "{in_six:?}");
    assert!(in_six.contains(&Series::DemystifyingDigital), "{in_six:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_every_piece_is_found_at_its_paragraph() {
    let site = TestSite::start().await;
    site.publish(&folder()).await;
    let now = observatory_model::Clock::now(&*site.clock);
    let all = site.world.store.briefs(None, now).await.expect("the pieces");
    for brief in all {
        let whole = site.world.store.brief(&brief.address, brief.language, now).await;
        let whole = whole.expect("the store answers").expect("a public piece");
        let phrase = phrase_of(&whole.body.paragraphs[0]);
        let request = observatory_model::search::SearchRequest {
            words: format!("\"{phrase}\""),
            languages: vec![brief.language],
            ..Default::default()
        };
        let found = site.world.search.search(request).await.expect("an answer");
        let hit = found.hits.iter().find(|hit| {
            hit.key.to_string() == format!("brief:{}/{}", brief.address, brief.language)
        });
        let hit = hit.unwrap_or_else(|| panic!("{} {}: {phrase}", brief.address, brief.language));
        let number = usize::try_from(hit.paragraph.expect("a ¶ number")).expect("a small number");
        let shown = whole.body.paragraphs[number - 1].to_lowercase();
        let what = format!("{} {} ¶ {number}: {phrase}", brief.address, brief.language);
        assert!(shown.contains(&phrase.to_lowercase()), "{what}: {shown}");
    }
}

/// Words of a paragraph as a reader would quote them: the first four in a row, or the first eight
/// characters of a text without spaces, with no mark or number among them.
fn phrase_of(paragraph: &str) -> String {
    let is_plain = |word: &&str| word.chars().all(char::is_alphabetic);
    let words = paragraph.split_whitespace().collect::<Vec<_>>();
    if let Some(four) = words.windows(4).find(|four| four.iter().all(is_plain)) {
        return four.join(" ");
    }
    let runs = paragraph.split(|c: char| !c.is_alphabetic());
    let longest = runs.max_by_key(|run| run.chars().count()).expect("a run");
    longest.chars().take(8).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_embargoed_is_nowhere_until_its_instant() {
    let site = TestSite::start().await;
    let content = tempfile::tempdir().expect("a folder");
    let piece = content.path().join("academic-network/secret-of-tomorrow");
    std::fs::create_dir_all(&piece).expect("a folder");
    std::fs::write(piece.join("index.en.md"), EMBARGOED).expect("a file");
    let published = site.publish(content.path()).await;
    assert!(published.problems.is_empty(), "{:#?}", published.problems);

    let doors = [
        "/en/",
        "/en/academic-network",
        "/en/academic-network.atom",
        "/en/feed.atom",
        "/fr/academic-network/secret-of-tomorrow",
        "/en/academic-network/secret-of-tomorrow",
        "/en/search?q=quokka",
        "/sitemap.xml",
    ];
    for door in doors {
        let page = site.get(door).await;
        let text = page.text.replace("secret-of-tomorrow", "");
        assert!(!text.to_lowercase().contains("embargoed wonder"), "{door}: {text}");
        assert!(!text.contains("quokkas"), "{door}: {text}");
    }
    let absent = site.get("/en/academic-network/never-written-piece").await;
    let hidden = site.get("/en/academic-network/secret-of-tomorrow").await;
    assert_eq!(hidden.status, 404);
    let same = |text: &str| {
        text.replace("secret-of-tomorrow", "X")
            .replace("secret of tomorrow", "Y")
            .replace("never-written-piece", "X")
            .replace("never written piece", "Y")
    };
    assert_eq!(same(&hidden.text), same(&absent.text), "the two answers differ");

    // A second before the instant, and a second after it.
    site.clock.advance(3599);
    run_due(&site).await;
    assert_eq!(site.get("/en/academic-network/secret-of-tomorrow").await.status, 404);
    assert!(!site.get("/en/search?q=quokka").await.text.contains("quokkas"));
    site.clock.advance(2);
    run_due(&site).await;
    assert_eq!(site.get("/en/academic-network/secret-of-tomorrow").await.status, 200);
    assert!(site.get("/en/search?q=quokka").await.text.contains("Embargoed wonder"));
    assert!(site.get("/en/feed.atom").await.text.contains("Embargoed wonder"));
    assert!(site.get("/sitemap.xml").await.text.contains("secret-of-tomorrow"));
}

async fn run_due(site: &TestSite) {
    let silent = std::sync::Arc::new(observatory_worker::Silent);
    let runner = observatory_worker::Runner::new(site.world.clone(), silent);
    runner.run_until_idle().await.expect("the queue is worked off");
}

/// Public an hour after the instant at which tests begin.
const EMBARGOED: &str = r#"---
title: "Embargoed wonder"
standfirst: "A piece that nobody may read before its instant."
authors: ["Observatory editorial team"]
published: 2026-11-25T13:00:00Z
version: 1
original: en
topics: [governance]
evidence:
  - id: own
    title: "Embargo"
    publisher: "Observatory"
    url: https://example.org/embargo
    language: en
    verified: true
---
## What it says

There are quokkas in this paragraph, and nobody knows of them yet.[^own]
"#;
