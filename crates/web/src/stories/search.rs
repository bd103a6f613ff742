//! Searching as a visitor sees it.

use axum::http::StatusCode;
use observatory_model::Language;

use crate::assets::SEARCH_SCRIPT_PATH;
use crate::locale;
use crate::testing::TestSite;

#[tokio::test]
async fn only_the_front_page_and_the_search_load_a_script() {
    let site = TestSite::filled().await;
    let tag = format!("<script defer src={}></script>", *SEARCH_SCRIPT_PATH);
    for (path, loads) in [
        ("/ar/", true),
        ("/ar/search?q=a", true),
        ("/ar/search?q=zzzz", true),
        ("/ar/future-vision/everywhere", false),
        ("/ar/sources", false),
        ("/ar/nowhere", false),
    ] {
        let page = site.get(path).await;
        assert_eq!(page.text.contains(&tag), loads, "{path}");
        assert_eq!(page.text.contains("<dialog"), loads, "{path}: its keys");
    }
    let script = site.get(&SEARCH_SCRIPT_PATH).await;
    assert_eq!(script.status, StatusCode::OK);
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn every_filter_and_order_is_an_address() {
    let site = TestSite::filled().await;
    let page = site
        .get("/en/search?q=spectrum&kind=piece&year=2026&institution=ITU&order=newest&across=off")
        .await;
    for (name, value) in [("kind", "piece"), ("year", "2026"), ("institution", "ITU")] {
        let option = format!("type=checkbox name={name} value=\"{value}\" checked");
        assert!(page.text.contains(&option), "{option}: it stays chosen");
    }
    for kept in ["name=order value=newest", "name=across value=off"] {
        assert!(page.text.contains(&format!("<input type=hidden form=find {kept}>")), "{kept}");
    }
    let other = site.get("/en/search?q=spectrum&order=newest").await;
    let t = locale::of(Language::En);
    assert!(
        other.text.contains(&format!("<a href=\"/en/search?q=spectrum\">{}", t.say("search.best")))
    );
    assert!(other.text.contains(&format!("<strong aria-current=true>{}", t.say("search.newest"))));
}

#[tokio::test]
async fn every_search_can_be_kept() {
    let site = TestSite::filled().await;
    let page = site.get("/fr/search?q=spectrum&lang=en&page=2").await;
    let query = "q=spectrum&#38;lang=en";
    for href in [
        format!("/fr/search.atom?{query}"),
        format!("/fr/search.rss?{query}"),
        format!("/fr/search.json?{query}"),
        format!("/fr/search.csv?{query}"),
        format!("/fr/alerts/new?{query}"),
    ] {
        assert!(page.text.contains(&format!("href=\"{href}\"")), "{href}");
    }
    let api = format!("<code dir=ltr>https://observatory.example.org/api/v1/search?{query}</code>");
    assert!(page.text.contains(&api));
}

#[tokio::test]
async fn suggestions_are_silent_without_words() {
    let site = TestSite::filled().await;
    for path in ["/en/suggest", "/en/suggest?q=", "/en/suggest?q=%20"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.text, "{\"said\":\"\",\"items\":[]}", "{path}");
    }
}

#[tokio::test]
async fn an_address_that_is_nowhere_leads_to_the_nearest_pages() {
    let site = TestSite::filled().await;
    let page = site.get("/en/future-vision/paragraph-on-spectrum.html").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains(locale::of(Language::En).say("error.nearest")));
    assert!(page.text.contains("href=\"/en/future-vision/everywhere\""), "{}", page.text);
    for path in ["/paragraph-on-spectrum.php", "/en/zzzz-qqqq"] {
        let page = site.get(path).await;
        assert!(!page.text.contains("list near"), "{path}");
    }
}

#[tokio::test]
async fn suggestions_come_in_one_small_answer() {
    let site = TestSite::filled().await;
    for (language, typed) in
        [("en", "smart"), ("ar", "مد"), ("zh", "智"), ("fr", "t"), ("ru", "спе")]
    {
        let words = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect::<String>();
        let answer = site.get(&format!("/{language}/suggest?q={words}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{typed}");
        assert!(answer.text.len() <= 1024, "{typed}: {} bytes", answer.text.len());
        let json: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert!(!json["items"].as_array().unwrap().is_empty(), "{typed}");
        assert_ne!(json["said"], "", "{typed}");
    }
    let none = site.get("/en/suggest?q=qqqqzzzz").await;
    assert_eq!(none.text, "{\"said\":\"\",\"items\":[]}");
}

#[tokio::test]
async fn pieces_and_entries_lead_to_what_is_like_them() {
    let site = TestSite::filled().await;
    let href = "/fr/related?of=brief:future-vision/everywhere/fr";
    let piece = site.get("/fr/future-vision/everywhere").await;
    assert!(piece.text.contains(&format!("href=\"{href}\"")), "a link: the list has no room");
    let like = site.get(href).await;
    assert_eq!(like.status, StatusCode::OK);
    assert!(like.text.contains("/fr/future-vision/only-french"), "{}", like.text);
    let itself = "<h3><a href=\"/fr/future-vision/everywhere\"";
    assert!(!like.text.contains(itself), "neither itself nor another version of it");
    let entry = site.get(&format!("/en{}", site.an_entry().await)).await;
    let named = entry.text.split("o-like").nth(2).unwrap_or_default();
    let count = named.matches("href=\"/en/entries/").count();
    assert!((1..=4).contains(&count), "{count} other entries are named");
    for wrong in
        ["/fr/related", "/fr/related?of=x", "/fr/related?of=brief:future-vision/tomorrow/en"]
    {
        assert_eq!(site.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}
