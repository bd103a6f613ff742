//! Trends and the radar, as a visitor sees them.

use axum::http::StatusCode;
use observatory_model::change::DocumentKey;
use observatory_model::decision::{Act, Decision};
use observatory_model::rating::{Call, Grade, Outcome, Percent, Rating};
use observatory_model::trend::{Count, Finding, Lack, List, Neighbour, Part, Picture, Shown, Step};
use observatory_model::{DecisionId, Language, RatingId, Slug, Timestamp};

use crate::testing::{HOSTILE, TestSite, now};

pub(super) fn finding(slug: &str, rank: u32, evidence: &[DocumentKey]) -> Finding {
    let count = |year: i32, with: u32| Count {
        from: format!("{year}-01-01").parse().unwrap(),
        with,
        all: 100,
    };
    let part = |name: &str| Part { name: name.to_owned(), recent: 7, before: 2 };
    Finding {
        slug: slug.parse().unwrap(),
        concept: None,
        name: format!("{slug} {HOSTILE}"),
        language: Some(Language::En),
        aliases: vec![HOSTILE.to_owned(), "شبكة".to_owned()],
        rank,
        score: 0.75,
        growth: 3.2,
        growth_between: (1.5, 6.0),
        z: 4.0,
        false_alarms: 0.0004,
        counts: (2019..=2026).zip([1, 1, 2, 2, 3, 5, 9, 14]).map(|(y, n)| count(y, n)).collect(),
        first_seen: "2019-03-01".parse().unwrap(),
        rising_since: "2023-01-01".parse().unwrap(),
        breadth: 4.5,
        sources: vec![part("a-source"), part(HOSTILE)],
        institutions: vec![part(HOSTILE)],
        languages: vec![part("en"), part("zh")],
        regions: vec![part("arab-states"), part("")],
        evidence: evidence
            .iter()
            .map(|key| Shown { document: key.to_string(), date: now(), name: "islands".to_owned() })
            .collect(),
        neighbours: vec![
            Neighbour {
                slug: Some("other".parse().unwrap()),
                name: HOSTILE.to_owned(),
                together: 3,
            },
            Neighbour { slug: None, name: "beside".to_owned(), together: 2 },
        ],
    }
}

pub(super) fn picture(trends: Vec<Finding>, signals: Vec<Finding>) -> Picture {
    Picture {
        at: "2026-11-26".parse().unwrap(),
        step: Step::Year,
        documents: 800,
        sources: 6,
        tested: 123,
        lack: (trends.is_empty() && signals.is_empty()).then_some(Lack::Rise),
        trends,
        signals,
    }
}

/// A site with six trends, whose first is shown by entries that are there and one that is not.
async fn site() -> TestSite {
    let site = TestSite::filled().await;
    let entries = site.store.newest_entries(3).await.unwrap();
    let mut evidence = entries.iter().map(|entry| DocumentKey::Entry(entry.id)).collect::<Vec<_>>();
    evidence.push(DocumentKey::Entry(observatory_model::EntryId::new(now())));
    let mut trends = vec![finding("mesh", 1, &evidence)];
    for (rank, slug) in (2..).zip(["other", "third", "fourth", "fifth"]) {
        trends.push(finding(slug, rank, &[]));
    }
    let painted = picture(trends, vec![finding("faint", 1, &[])]);
    site.store.keep_picture(&painted, now()).await.unwrap();
    site
}

async fn decide(site: &TestSite, trend: &str, act: Act) {
    let decision = Decision {
        id: DecisionId::new(now()),
        trend: trend.parse().unwrap(),
        at: now(),
        by: "Ana <b>".parse().unwrap(),
        act,
        reason: HOSTILE.to_owned(),
    };
    site.store.decide(&decision).await.unwrap();
}

#[tokio::test]
async fn every_page_stands_in_six_languages_and_no_word_of_others_is_markup() {
    let site = site().await;
    decide(&site, "mesh", Act::Stage { to: "mature".parse().unwrap() }).await;
    for language in Language::ALL {
        for path in ["/trends", "/trends/mesh", "/radar"] {
            let page = site.get(&format!("/{language}{path}")).await;
            assert_eq!(page.status, StatusCode::OK, "{language} {path}");
            assert_eq!(page.text.matches("<h1").count(), 1, "{language} {path}");
            assert!(!page.text.contains("<script>"), "{language} {path}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn a_trend_opens_at_its_evidence_and_says_how_sure_it_is() {
    let site = site().await;
    let page = site.get("/en/trends/mesh").await.text;
    assert_eq!(page.matches("/en/entries/").count(), 3, "what is not there is not shown");
    assert!(page.contains("Satellites reach the islands"), "the passage");
    for words in [
        "3.2 times as often",
        "between 1.5 and 6",
        "Rising since",
        "fewer than 0.1 in 100 come from chance",
        "Stage, by the figures: emerging",
        "28 documents from 2 sources",
        ">Arab States<",
        ">not said<",
        "<svg class=line",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(page.matches("<tr>").count(), 9 + 3 + 2 + 3 + 3, "the table has what the line has");
    let source = site.store.source_by_slug(&"a-source".parse().unwrap()).await.unwrap().unwrap();
    let name = crate::html::Html::name(&source.name);
    let link = format!("<a href=\"/en/sources/a-source\">{name}</a>");
    assert!(page.contains(&link), "a source by its name, {link}: {page}");
    let arabic = site.get("/ar/trends/mesh").await.text;
    assert!(arabic.contains("<svg class=line") && arabic.contains("الدول العربية"), "{arabic}");
    assert_eq!(site.get("/en/trends/never").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn editors_decide_and_readers_see_what_they_said() {
    let site = site().await;
    decide(&site, "fourth", Act::Pin).await;
    decide(&site, "third", Act::Dismiss).await;
    decide(&site, "fifth", Act::Merge { into: "mesh".parse().unwrap() }).await;
    let name = "réseau maillé".to_owned();
    decide(&site, "mesh", Act::Rename { language: Language::Fr, name }).await;
    let list = site.get("/en/trends").await.text;
    let place = |slug: &str| list.find(&format!("/en/trends/{slug}\""));
    assert!(place("fourth").unwrap() < place("mesh").unwrap(), "what is pinned stands first");
    assert!(place("third").unwrap() > place("faint").unwrap(), "set aside, below the lists");
    assert_eq!(place("fifth"), None);
    let moved = site.get("/en/trends/fifth").await;
    assert_eq!(moved.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(moved.header("location"), "/en/trends/mesh");
    assert!(site.get("/fr/trends/mesh").await.text.contains("<bdi>réseau maillé</bdi>"));
    let dismissed = site.get("/en/trends/third").await.text;
    assert!(dismissed.contains("Set aside by <bdi>Ana &lt;b&gt;</bdi>"), "{dismissed}");
}

#[tokio::test]
async fn ratings_show_their_spread_and_calls_their_end() {
    let site = site().await;
    let rate = async |rater: &str, impact: u8, call: bool| {
        let rating = Rating {
            id: RatingId::new(now()),
            trend: "mesh".parse().unwrap(),
            rater: rater.parse().unwrap(),
            at: now(),
            horizon: None,
            impact: Some(Grade::try_from(impact).unwrap()),
            novelty: None,
            uncertainty: None,
            call: call.then(|| Call {
                probability: Percent::try_from(80).unwrap(),
                until: "2028-01-01".parse().unwrap(),
                criterion: HOSTILE.to_owned(),
            }),
            note: String::new(),
        };
        site.store.rate(&rating).await.unwrap();
        rating.id
    };
    rate("Ana", 5, false).await;
    rate("Bo", 5, false).await;
    let id = rate("Chi", 1, true).await;
    let page = site.get("/en/trends/mesh").await.text;
    assert!(page.contains("Impact: median 5 of 5, between 1 and 5, 3 people."), "{page}");
    assert!(page.contains("See it otherwise: 1."), "{page}");
    assert!(page.contains("80% by") && !page.contains("Came true"), "{page}");
    let outcome = Outcome {
        rating: id,
        at: now(),
        by: "Ana".parse().unwrap(),
        came_true: true,
        reason: String::new(),
    };
    site.store.resolve(&outcome).await.unwrap();
    assert!(site.get("/en/trends/mesh").await.text.contains("Came true."));
}

#[tokio::test]
async fn an_empty_picture_says_what_is_missing() {
    let site = TestSite::empty().await;
    let page = site.get("/en/trends").await.text;
    assert!(page.contains("Nothing has been counted yet"), "{page}");
    assert!(site.get("/en/radar").await.text.contains("Nothing is on the radar yet"));
    assert_eq!(site.get("/en/radar.svg").await.status, StatusCode::NOT_FOUND);
    let lacks = [
        (Lack::Documents, "No document with text"),
        (Lack::Time, "too short a time"),
        (Lack::Sources, "from one source"),
        (Lack::Rise, "more than chance explains"),
    ];
    for (seconds, (lack, words)) in (1..).zip(lacks) {
        let empty = Picture { lack: Some(lack), ..picture(Vec::new(), Vec::new()) };
        site.store.keep_picture(&empty, now().plus_seconds(seconds)).await.unwrap();
        let page = site.get("/en/trends").await.text;
        assert!(page.contains(words), "{words}: {page}");
    }
    let two_points =
        Finding { counts: finding("mesh", 1, &[]).counts[..2].to_vec(), ..finding("mesh", 1, &[]) };
    site.store
        .keep_picture(&picture(vec![two_points], Vec::new()), now().plus_seconds(9))
        .await
        .unwrap();
    let page = site.get("/en/trends/mesh").await.text;
    assert!(!page.contains("<svg class=line") && page.contains("no longer here"), "{page}");
}

#[tokio::test]
async fn what_was_found_once_and_is_not_now_keeps_its_page() {
    let site = site().await;
    let later = picture(Vec::new(), Vec::new());
    let later = Picture { at: later.at.plus_seconds(86_400), ..later };
    site.store.keep_picture(&later, now()).await.unwrap();
    let page = site.get("/en/trends/mesh").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Not in the present list"), "{}", page.text);
    assert!(page.text.contains("Place 1 on"), "{}", page.text);
}

#[tokio::test]
async fn the_same_figures_are_there_as_files() {
    let site = site().await;
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let all = json(&site.get("/en/trends.json").await.text);
    assert_eq!(all["listed"].as_array().unwrap().len(), 6);
    assert_eq!(all["listed"][0]["finding"]["slug"], "mesh");
    let one = json(&site.get("/en/trends/mesh.json").await.text);
    assert_eq!(one["finding"]["counts"].as_array().unwrap().len(), 8);
    let evidence = one["finding"]["evidence"].as_array().unwrap();
    assert_eq!(evidence.len(), 3, "what the public may not read is not named: {evidence:?}");
    let table = site.get("/en/trends/mesh.csv").await;
    assert!(table.header("content-disposition").contains("attachment"));
    assert!(table.text.contains("2026-01-01T00:00:00Z,14,100,0.140000"), "{}", table.text);
    assert_eq!(site.get("/en/trends.csv").await.text.lines().count(), 7);
    let feed = site.get("/en/trends.atom").await.text;
    assert_eq!(feed.matches("<entry>").count(), 6, "{feed}");
    assert!(site.get("/sitemap.xml").await.text.contains("/fr/trends/mesh<"));
    let sure = site.get("/en/trends.atom?chance=0.01").await.text;
    assert_eq!(sure.matches("<entry>").count(), 0, "four in ten thousand are more");
    assert_eq!(site.get("/en/trends.csv?chance=NaN").await.text.lines().count(), 7);
    let evidence = site.get("/en/trends/mesh.atom").await.text;
    assert_eq!(evidence.matches("<entry>").count(), 3);
    assert!(evidence.contains("come from chance alone"), "{evidence}");
    for path in ["/en/trends/mesh.exe", "/en/trends/never.csv", "/en/radar/never.csv"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Keeps the radar as it stands at a time as an edition of this name.
async fn keep(site: &TestSite, name: &str, at: Timestamp) {
    let text = site.get("/en/radar.json").await.text;
    let mut edition = serde_json::from_str::<observatory_model::edition::Edition>(&text).unwrap();
    (edition.name, edition.at) = (name.parse().unwrap(), at);
    site.store.keep_edition(&edition).await.unwrap();
}

#[tokio::test]
async fn editions_stay_as_they_were_and_the_next_says_what_moved() {
    let site = site().await;
    keep(&site, "2026-05", now().plus_seconds(-300)).await;
    decide(&site, "mesh", Act::Horizon { to: "h1".parse().unwrap() }).await;
    decide(&site, "third", Act::Dismiss).await;
    let page = site.get("/en/radar").await.text;
    for words in ["inwards", "stayed", "No longer on it", "2026-05"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    keep(&site, "2026-08", now().plus_seconds(-200)).await;
    keep(&site, "2026-10", now().plus_seconds(-100)).await;
    let page = site.get("/en/radar").await.text;
    let unseen = page.matches("Nobody has looked at it for three editions").count();
    assert_eq!(unseen, 4, "all but the one that was decided on: {page}");
    let old = site.get("/en/radar/2026-05").await.text;
    assert!(
        old.contains("Edition <bdi>2026-05</bdi>") && old.contains("/en/trends/third"),
        "{old}"
    );
    assert!(!old.contains("inwards"));
    let svg = site.get("/ar/radar/2026-05.svg").await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert!(svg.text.contains("https://observatory.example.org/ar/trends/mesh"), "{}", svg.text);
    let table = site.get("/en/radar.csv").await.text;
    assert!(table.contains("name,ring,quadrant,isNew,description"), "{table}");
}

#[tokio::test]
async fn the_dots_of_the_picture_are_the_rows_of_the_table() {
    let site = site().await;
    let page = site.get("/en/radar").await.text;
    let links = |part: &str| {
        let hrefs = part.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        hrefs.filter(|href| href.starts_with("/en/trends/")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (_, rest) = page.split_once("<svg class=radar").unwrap();
    let (picture, rest) = rest.split_once("</svg>").unwrap();
    let (_, table) = rest.split_once("<tbody>").unwrap();
    assert_eq!(links(picture), links(table));
    assert_eq!(links(picture).len(), 6);
}

#[test]
fn a_list_is_called_by_its_name() {
    let painted = picture(vec![finding("mesh", 1, &[])], vec![finding("faint", 1, &[])]);
    let slug = |text: &str| text.parse::<Slug>().unwrap();
    assert_eq!(painted.finding(&slug("faint")).unwrap().0, List::Signals);
    assert_eq!(painted.finding(&slug("absent")), None);
}
