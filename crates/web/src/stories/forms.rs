//! The site as programs see it: feeds, texts, references, and files at fixed addresses.

use axum::http::StatusCode;
use observatory_model::Language;

use crate::testing::{HOSTILE, TestSite};

#[tokio::test]
async fn every_search_is_a_feed_at_the_same_query() {
    let site = TestSite::filled().await;
    for query in ["q=spectrum", "q=islands&kind=entry&source=a-source", "kind=entry&page=2", ""] {
        let mark = if query.is_empty() { "" } else { "?" };
        let page = site.get(&format!("/fr/search{mark}{query}")).await;
        let own = query.replace("&page=2", "");
        let feed = format!("/fr/search.atom{mark}{own}");
        let escaped = feed.replace('&', "&#38;");
        assert!(
            page.text.matches(&escaped).count() >= 2,
            "{query}: in the head and below the hits"
        );
        let feed = site.get(&feed).await;
        assert_eq!(feed.status, StatusCode::OK, "{query}");
        assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
        assert_eq!(feed.header("cache-control"), "private, no-cache");
        assert!(feed.text.contains("<entry>"), "{query}");
        assert!(!feed.text.contains("Embargoed"), "{query}");
    }
    let all = site.get("/en/search.atom?kind=entry").await;
    assert_eq!(all.text.matches("<entry>").count(), 25, "more than one page of hits");
    let none = site.get("/en/search.atom?q=zzzz").await;
    assert_eq!((none.status, none.text.matches("<entry>").count()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn a_hit_in_another_language_offers_the_readers() {
    let site = TestSite::filled().await;
    let page = site.get("/ru/search?q=paragraph&lang=en").await;
    assert!(page.text.contains("href=\"/en/future-vision/everywhere\""));
    assert!(page.text.contains("href=\"/ru/future-vision/everywhere\""));
    let page = site.get("/ru/search?q=paragraph&lang=fr").await;
    assert!(!page.text.contains("href=\"/ru/future-vision/only-french\""), "it does not exist");
}

#[tokio::test]
async fn a_piece_can_be_taken_away_as_text_and_as_a_reference() {
    let site = TestSite::filled().await;
    let address = "https://observatory.example.org/ar/future-vision/everywhere";
    let page = site.get("/ar/future-vision/everywhere").await;
    for form in ["/ar/future-vision/everywhere.txt", "/ar/future-vision/everywhere.bib"] {
        assert_eq!(page.text.matches(form).count(), 2, "{form}: in the head and in the text");
    }
    let text = site.get("/ar/future-vision/everywhere.txt").await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    let t = crate::locale::of(Language::Ar);
    for words in ["¶ 14  Paragraph 14 on spectrum.", HOSTILE, t.say("brief.checked"), address] {
        assert!(text.text.contains(words), "{words}");
    }
    let reference = site.get("/ar/future-vision/everywhere.bib").await;
    assert_eq!(reference.header("content-type"), "application/x-bibtex; charset=utf-8");
    let lines = [
        "@misc{everywhere-ar-v2,\n",
        "  author = {{Author <script>alert(\"1\")</script> \\& 'quotes'}},\n",
        "  language = {arabic},\n",
        &format!("  url = {{{address}}}\n"),
    ];
    for line in lines {
        assert!(reference.text.contains(line), "{line}: {}", reference.text);
    }
    for absent in ["tomorrow.txt", "tomorrow.bib", "everywhere.pdf", "everywhere.txt.txt"] {
        let page = site.get(&format!("/en/future-vision/{absent}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{absent}");
    }
    assert_eq!(site.get("/ar/future-vision/only-french.txt").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn machines_find_what_they_look_for() {
    let site = TestSite::filled().await;
    for (path, kind, words) in [
        ("/robots.txt", "text/plain", "Sitemap: https://observatory.example.org/sitemap.xml"),
        ("/.well-known/security.txt", "text/plain", "Expires: 2027-"),
        ("/sitemap.xml", "application/xml", "hreflang=\"ar\""),
        ("/icon.svg", "image/svg+xml", "<svg"),
        ("/healthz", "text/plain", "ok"),
        ("/readyz", "application/json", "\"index_lag\":0"),
        ("/en/feed.atom", "application/atom+xml", "/en/future-vision/everywhere"),
        ("/fr/future-vision.atom", "application/atom+xml", "/fr/future-vision/only-french"),
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.header("content-type").starts_with(kind), "{path}");
        assert!(page.text.contains(words), "{path}: {}", page.text);
    }
    assert!(site.get("/en/future-vision").await.text.contains("href=\"/en/future-vision.atom\""));
}

#[tokio::test]
async fn a_concept_is_offered_in_the_other_languages() {
    let site = TestSite::filled().await;
    let page = site.get("/en/search?q=Smart%20Cities&kind=entry&lang=en").await;
    for (language, label) in [("ar", "مدينة ذكية"), ("zh", "智慧城市")] {
        let words = url::form_urlencoded::byte_serialize(label.as_bytes()).collect::<String>();
        let href = format!("href=\"/en/search?q={words}&#38;kind=entry\" lang={language}");
        assert!(page.text.contains(&href), "{href}: {}", page.text);
        assert!(page.text.contains(label), "{label}");
    }
    let page = site.get("/en/search?q=quokka").await;
    assert!(!page.text.contains("hint terms"), "no concept, no line");
}
