//! A piece that was handed in, once it is public: every version for good, its credit, and what stands in
//! its place when it is taken back.

use axum::http::StatusCode;
use observatory_model::person::Person;
use observatory_model::rights::Stage;
use observatory_model::submission::{Author, Draft, PieceKind};
use observatory_model::{Clock as _, Language, SubmissionId};

use crate::locale;
use crate::testing::desk::{told, whole};
use crate::testing::{TestSite, brief};

const ORCID: &str = "0000-0002-1825-0097";
const ROR: &str = "05a28rw58";
const HERE: &str = "/en/academic-network/cables-of-the-islands";

fn credited(kind: PieceKind) -> Draft {
    Draft {
        kind,
        authors: vec![
            Author {
                name: "Ada Example".to_owned(),
                orcid: format!("https://orcid.org/{ORCID}"),
                affiliation: "University of the Islands".to_owned(),
                ror: ROR.to_owned(),
            },
            Author { name: "Bo Example".to_owned(), ..Author::default() },
        ],
        ..whole("Cables of the islands")
    }
}

async fn published(kind: PieceKind) -> (TestSite, Person, Person, SubmissionId) {
    let site = TestSite::filled().await;
    let owner = site.person("ada@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    let id = site.at(Stage::Published, &owner, &editor, credited(kind)).await;
    site.index().await;
    (site, owner, editor, id)
}

#[tokio::test]
async fn the_page_says_whose_it_is_and_how_it_is_cited() {
    let (site, ..) = published(PieceKind::WhitePaper).await;
    let page = site.get(HERE).await;
    assert_eq!(page.status, StatusCode::OK);
    let t = locale::of(Language::En);
    for words in [
        t.say("credit.title"),
        &format!("href=\"/en/people/{ORCID}\""),
        &format!("href=\"/en/institutions/{ROR}\""),
        "Bo Example",
        "CC BY 4.0",
        "2026-0001",
        "https://observatory.example.org/en/academic-network/cables-of-the-islands/v1",
        "/v1.bib",
        "/v1.ris",
        "/v1.csl.json",
    ] {
        assert!(page.text.contains(words), "{words}");
    }
    let v1 = format!("{HERE}/v1");
    for (form, kind, words) in [
        (".bib", "application/x-bibtex", "title = {"),
        (".ris", "application/x-research-info-systems", "TI  - Cables of the islands"),
        (".csl.json", "application/vnd.citationstyles.csl+json", "\"Cables of the islands\""),
    ] {
        let file = site.get(&format!("{v1}{form}")).await;
        assert_eq!(file.status, StatusCode::OK, "{form}");
        assert!(file.header("content-type").starts_with(kind), "{form}");
        assert!(file.text.contains(words), "{form}: {}", file.text);
        assert!(file.text.contains("Ada") && file.text.contains(&v1), "{form}: {}", file.text);
    }
    serde_json::from_str::<serde_json::Value>(&site.get(&format!("{v1}.csl.json")).await.text)
        .unwrap();
    for absent in ["/v0", "/v2", "/v01", "/v1.pdf", "/v+1", "/v1/v1", "/V1", "/file", "/v1.txt"] {
        let page = site.get(&format!("{HERE}{absent}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{absent}");
    }
    let other = site.get("/fr/academic-network/cables-of-the-islands/v1").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "a version is in one language");
}

#[tokio::test]
async fn scholarly_kinds_alone_are_told_to_scholarly_search_engines() {
    for kind in PieceKind::ALL {
        let (site, ..) = published(kind).await;
        for path in [HERE.to_owned(), format!("{HERE}/v1")] {
            let page = site.get(&path).await;
            assert_eq!(page.text.contains("citation_title"), kind.is_scholarly(), "{kind} {path}");
            assert_eq!(page.text.contains("citation_author"), kind.is_scholarly(), "{kind} {path}");
        }
    }
}

#[tokio::test]
async fn people_and_institutions_have_a_page_from_their_first_piece_on() {
    let site = TestSite::filled().await;
    let owner = site.person("ada@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    let pages = [format!("/en/people/{ORCID}"), format!("/en/institutions/{ROR}")];
    let others = ["/en/people/0000-0002-1694-233X", "/en/institutions/013meh722"];
    let absent = async |site: &TestSite, when: &str| {
        for (page, other) in pages.iter().zip(others) {
            let (own, none) = (site.get(page).await, site.get(other).await);
            assert_eq!(own.status, StatusCode::NOT_FOUND, "{when}");
            let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
            let spaced = |path: &str| last(path).replace('-', " ");
            let same = told(&none)
                .replace(&last(other), &last(page))
                .replace(&spaced(other), &spaced(page));
            assert_eq!(told(&own), same, "{when}: {page} tells that something is there");
        }
    };
    absent(&site, "nothing").await;
    for stage in Stage::ALL.into_iter().filter(|stage| *stage != Stage::Published) {
        site.at(stage, &owner, &editor, credited(PieceKind::ThoughtPiece)).await;
        absent(&site, stage.code()).await;
    }
    let draft = credited(PieceKind::ThoughtPiece);
    let id = site.at(Stage::Published, &owner, &editor, draft).await;
    for page in &pages {
        let page = site.get(page).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Cables of the islands") && page.text.contains("Ada Example"));
    }
    for wrong in ["/en/people/000000021825009", "/en/people/https://orcid.org/0000-0002-1825-0097"]
    {
        assert_eq!(site.get(wrong).await.status, StatusCode::NOT_FOUND, "one thing, one address");
    }
    site.retracted(id, "Wrong.", "").await;
    absent(&site, "taken back").await;
}

#[tokio::test]
async fn a_piece_lists_where_it_was_used() {
    let (site, ..) = published(PieceKind::Sprint).await;
    let t = locale::of(Language::En);
    assert!(!site.get(HERE).await.text.contains(t.say("credit.used")));
    let mut citing = brief("on-cables", Language::En);
    citing.title = "On cables".to_owned();
    citing.evidence[0].url =
        format!("https://observatory.example.org{HERE}/v1#p2").parse().unwrap();
    citing.evidence[0].cited_in = vec![3, 7];
    // One that is called the same and more, and one that nobody may read yet.
    let mut namesake = brief("on-others", Language::En);
    namesake.title = "On others".to_owned();
    namesake.evidence[0].url =
        format!("https://observatory.example.org{HERE}-and-seas").parse().unwrap();
    let mut hidden = brief("on-tomorrow", Language::En);
    hidden.title = "On tomorrow".to_owned();
    hidden.published = site.clock.now().plus_seconds(60);
    hidden.evidence = citing.evidence.clone();
    let all = [citing, namesake, hidden];
    site.store.replace_briefs(&all, site.clock.now()).await.unwrap();
    let page = site.get(HERE).await;
    assert_eq!(page.status, StatusCode::OK, "pieces of the house are put in place around it");
    let used = page.text.split(t.say("credit.used")).nth(1).unwrap().split("</section>").next();
    let used = used.unwrap();
    for words in ["On cables", "/en/future-vision/on-cables#p3", "¶ 3", "¶ 7"] {
        assert!(used.contains(words), "{words}: {used}");
    }
    assert!(!used.contains("On others") && !used.contains("On tomorrow"), "{used}");
}

#[tokio::test]
async fn what_is_taken_back_says_who_and_why_and_what_instead() {
    for (instead, href) in [
        ("https://example.org/better", Some("https://example.org/better")),
        ("/en/future-vision/everywhere", Some("/en/future-vision/everywhere")),
        ("javascript:alert(1)", None),
        ("//evil.example", None),
    ] {
        let (site, .., id) = published(PieceKind::WhitePaper).await;
        site.retracted(id, "The figures <script>alert(2)</script> were wrong.", instead).await;
        site.index().await;
        let t = locale::of(Language::En);
        for path in ["", "/v1", "/v1.bib", "/file"] {
            let page = site.get(&format!("{HERE}{path}")).await;
            assert_eq!(page.status, StatusCode::GONE, "{path}");
            for words in [t.say("tomb.by_editors"), "Cables of the islands", "The figures"] {
                assert!(page.text.contains(words), "{path}: {words}");
            }
            assert!(!page.text.contains("<script>alert"), "{path}");
            assert!(
                !page.text.contains("Ships, cables and satellites"),
                "{path}: its text is gone"
            );
            let leads = page.text.contains(t.say("tomb.instead"));
            assert_eq!(leads, href.is_some(), "{instead}");
            if let Some(href) = href {
                assert!(page.text.contains(&format!("href=\"{href}\"")), "{instead}");
            }
            assert!(!page.text.contains("javascript:") && !page.text.contains("evil.example"));
        }
        for path in [".txt", ".bib"] {
            let page = site.get(&format!("{HERE}{path}")).await;
            assert_eq!(page.status, StatusCode::GONE, "{path}");
        }
        for list in ["/en/academic-network", "/sitemap.xml", "/en/feed.atom", "/en/search?q=cables"]
        {
            assert!(!site.get(list).await.text.contains("cables-of-the-islands"), "{list}");
        }
    }
}
