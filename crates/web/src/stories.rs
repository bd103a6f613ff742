//! The site as a visitor sees it: every page in every language, and what must never be seen.

mod api;
mod charts;
mod desk;
mod doors;
mod editing;
mod endings;
mod foresight;
mod forms;
mod handed_in;
mod hostile;
mod letters;
mod matrix;
mod queries;
mod radar;
mod reviewing;
mod rights;
mod saving;
mod schema;
mod search;
mod sign_in;
mod timing;
mod uploads;
mod withheld;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use observatory_model::Language;

use crate::assets::{self, Scripts};
use crate::testing::{HOSTILE, TestSite};

/// The paths after the language of one page of each kind.
async fn paths(site: &TestSite) -> Vec<String> {
    let mut paths: Vec<String> = [
        "/",
        "/future-vision",
        "/demystifying-digital",
        "/learning-labs",
        "/academic-network",
        "/future-vision/everywhere",
        "/sources",
        "/sources/a-source",
        "/sources/a-source?page=2",
        "/sources/a-source?page=99",
        "/sources/b-source",
        "/search",
        "/search?q=spectrum",
        "/search?q=islands&kind=entry&source=a-source&from=2020&until=nonsense",
        "/search?q=zzzz&lang=ar",
        "/about",
        "/alerts/new?q=spectrum&source=a-source",
        "/alerts/sent",
        "/trends",
        "/radar",
    ]
    .map(str::to_owned)
    .into();
    paths.push(site.an_entry().await);
    paths
}

#[tokio::test]
async fn every_page_answers_in_six_languages() {
    let site = TestSite::filled().await;
    for language in Language::ALL {
        for path in paths(&site).await {
            let page = site.get(&format!("/{language}{path}")).await;
            assert_eq!(page.status, StatusCode::OK, "{language} {path}");
            let (code, dir) = (language.code(), language.direction().code());
            let html = format!("<html lang={code} dir={dir}>");
            assert!(page.text.contains(&html), "{language} {path}");
            assert_eq!(page.text.matches("<h1").count(), 1, "{language} {path}");
            assert!(page.text.contains("<main id=main"), "{language} {path}");
            for language in Language::ALL {
                let own = crate::locale::own_name(language);
                assert!(page.text.contains(own), "{path} offers {own}");
            }
        }
    }
}

/// A page without the one script that is this site's own.
fn without_own_script(page: &str) -> String {
    let own = format!("<script defer src={}></script>", *assets::SEARCH_SCRIPT_PATH);
    page.replacen(&own, "", 1)
}

#[tokio::test]
async fn words_of_others_never_become_markup() {
    let site = TestSite::filled().await;
    let mut seen = 0;
    let mut all = paths(&site).await;
    all.push("/search?q=%3Cscript%3Ealert(%221%22)%3C/script%3E".to_owned());
    all.push("/%3Cscript%3Ealert(1)".to_owned());
    all.push("/future-vision/only-french".to_owned());
    for path in all {
        let page = site.get(&format!("/en{path}")).await;
        assert!(!without_own_script(&page.text).contains("<script"), "{path}");
        assert!(!page.text.contains("\"1\""), "{path}");
        assert!(!page.text.contains("lang=\"><b>") && !page.text.contains("<b>"), "{path}");
        seen += page.text.matches("&lt;script&gt;").count()
            + page.text.matches("&#60;script&#62;").count();
    }
    assert!(seen > 20, "{HOSTILE} was shown {seen} times");
}

#[tokio::test]
async fn every_answer_carries_its_policy() {
    let site = TestSite::filled().await;
    for (path, scripts) in [
        ("/en/", Scripts::Own),
        ("/en/search?q=a", Scripts::Own),
        ("/en/nowhere", Scripts::None),
        ("/en/future-vision/everywhere", Scripts::None),
        ("/robots.txt", Scripts::None),
        ("/healthz", Scripts::None),
        ("/en/feed.atom", Scripts::None),
        ("/", Scripts::None),
    ] {
        let page = site.get(path).await;
        let policy = page.header("content-security-policy");
        assert_eq!(policy, assets::content_security_policy(scripts), "{path}");
        assert_eq!(policy.contains("script-src 'none'"), scripts == Scripts::None, "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!page.header("cache-control").is_empty(), "{path}");
        assert!(!page.text.contains("style="), "{path}: the policy forbids styles in attributes");
    }
    let page = site.get("/en/").await;
    let sheet = page.text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    assert_eq!(sheet, assets::Sheet::Lists.css(), "the hash is that of the sheet in the page");
    let tag = page.header("etag").to_owned();
    let again = Request::get("/en/").header("if-none-match", tag).body(Body::empty()).unwrap();
    let policy = site.ask(again).await.header("content-security-policy").to_owned();
    assert_eq!(policy, assets::content_security_policy(Scripts::Own), "unchanged, the same policy");
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let site = TestSite::filled().await;
    for path in ["/en/", "/ar/future-vision/everywhere", "/en/feed.atom", "/en/search?q=a"] {
        let first = site.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}");
        for method in ["GET", "HEAD"] {
            let again = Request::builder().method(method).uri(path).header("if-none-match", &tag);
            let again = site.ask(again.body(Body::empty()).unwrap()).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{method} {path}");
            assert!(again.text.is_empty());
            assert_eq!(again.header("etag"), tag);
        }
        let other = Request::get(path).header("if-none-match", "W/\"other\"");
        assert_eq!(site.ask(other.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_piece_under_embargo_is_nowhere_until_its_instant() {
    let site = TestSite::filled().await;
    let lists = [
        "/en/",
        "/en/future-vision",
        "/en/future-vision.atom",
        "/en/feed.atom",
        "/sitemap.xml",
        "/en/search?q=embargoed",
        "/en/search",
        "/en/sources",
    ];
    for path in lists {
        let page = site.get(path).await;
        assert!(!page.text.contains("Embargoed words"), "{path}");
        assert!(!page.text.contains("future-vision/tomorrow"), "{path}");
    }
    let hidden = site.get("/en/future-vision/tomorrow").await;
    let absent = site.get("/en/future-vision/tomorrox").await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    assert_eq!(
        hidden.text.replace("tomorrow", "tomorrox"),
        absent.text,
        "nothing tells them apart"
    );
    assert_eq!(site.get("/fr/future-vision/tomorrow").await.status, StatusCode::NOT_FOUND);
    site.clock.advance(24 * 60 * 60);
    assert_eq!(site.get("/en/future-vision/tomorrow").await.status, StatusCode::OK);
    for path in ["/en/", "/en/feed.atom", "/sitemap.xml"] {
        assert!(site.get(path).await.text.contains("future-vision/tomorrow"), "{path}");
    }
}

#[tokio::test]
async fn a_piece_that_a_language_lacks_is_offered_in_another() {
    let site = TestSite::filled().await;
    let page = site.get("/ar/future-vision/only-french").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("<html lang=ar dir=rtl>"));
    assert!(page.text.contains("href=\"/fr/future-vision/only-french\""));
    assert!(page.text.contains("lang=fr"), "the title carries its language");
    assert!(page.text.contains(crate::locale::of(Language::Ar).say("missing.title")));
    let list = site.get("/ar/future-vision").await;
    assert!(list.text.contains("/fr/future-vision/only-french"), "the list shows the original");
}

#[tokio::test]
async fn what_was_withdrawn_is_gone_and_the_rest_is_not_here() {
    let site = TestSite::filled().await;
    site.store.replace_briefs(&[], site_now(&site)).await.unwrap();
    for language in Language::ALL {
        let t = crate::locale::of(language);
        let gone = site.get(&format!("/{language}/future-vision/everywhere")).await;
        assert_eq!(gone.status, StatusCode::GONE);
        assert!(gone.text.contains(t.say("gone.title")));
        let absent = site.get(&format!("/{language}/future-vision/deep-sea-cables.html")).await;
        assert_eq!(absent.status, StatusCode::NOT_FOUND);
        assert!(absent.text.contains(t.say("error.not_found")));
        assert!(absent.text.contains("value=\"deep sea cables\""), "the box has the words");
        assert_eq!(absent.header("cache-control"), "no-store");
    }
}

fn site_now(site: &TestSite) -> observatory_model::Timestamp {
    use observatory_model::Clock as _;
    site.clock.now()
}

#[tokio::test]
async fn an_empty_site_says_what_will_be_here() {
    let site = TestSite::empty().await;
    let t = crate::locale::of(Language::En);
    for (path, sentence) in [
        ("/en/", "home.none"),
        ("/en/sources", "sources.none"),
        ("/en/search", "search.empty"),
        ("/en/learning-labs", "series_list.none"),
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains(t.say(sentence)), "{path}");
    }
}

#[tokio::test]
async fn strange_requests_get_a_face() {
    let site = TestSite::empty().await;
    let long = format!("/en/search?q={}", "a".repeat(5000));
    for (path, status) in [
        (long.as_str(), 400),
        ("/en//about", 404),
        ("/en/../about", 404),
        ("/de/", 404),
        ("/en/entries/not-an-id", 404),
        ("/en/sources/nobody", 404),
        ("/en/unknown.atom", 404),
        ("/en/future-vision/a/b", 404),
        ("/wp-login.php", 404),
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status.as_u16(), status, "{path}");
        assert!(page.text.contains("<h1>"), "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
    }
    let post = Request::post("/en/").body(Body::from("x")).unwrap();
    let page = site.ask(post).await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(page.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn the_front_door_knows_the_readers_language() {
    let site = TestSite::empty().await;
    let ask = async |languages: &str| {
        let request = Request::get("/").header("accept-language", languages);
        site.ask(request.body(Body::empty()).unwrap()).await
    };
    let page = ask("fr-CH, en;q=0.5").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::FOUND, "/fr/"));
    assert!(page.header("vary").contains("accept-language"));
    let page = ask("de").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("href=\"/ar/\"") && page.text.contains("dir=rtl"));
    for (path, target) in
        [("/en", "/en/"), ("/en/about/", "/en/about"), ("/en/search/?q=a", "/en/search?q=a")]
    {
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::PERMANENT_REDIRECT, "{path}");
        assert_eq!(page.header("location"), target);
    }
    assert_eq!(site.get("//example.org/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_hit_leads_to_its_paragraph_with_marks() {
    let site = TestSite::filled().await;
    let page = site.get("/en/search?q=%22paragraph+7%22&lang=en").await;
    assert!(page.text.contains("<mark>"), "{}", page.text);
    assert!(page.text.contains("href=\"/en/future-vision/everywhere#p7\""));
    assert!(page.text.contains("checked"), "the filter stays chosen");
    assert_eq!(page.header("cache-control"), "private, no-cache");
}

#[tokio::test]
async fn a_fault_of_ours_says_so_with_a_number() {
    let site = TestSite::filled().await;
    site.store.close().await;
    let page = site.get("/ru/sources").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains(crate::locale::of(Language::Ru).say("error.internal")));
    assert!(!page.text.to_lowercase().contains("pool"), "causes are for the log");
    assert_eq!(site.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.get("/ru/search?q=spectrum").await.status, StatusCode::OK, "searching goes on");
}

#[tokio::test]
async fn the_host_header_is_never_believed() {
    let site = TestSite::filled().await;
    for path in ["/en/", "/en/future-vision/everywhere", "/en/feed.atom", "/sitemap.xml"] {
        let request = Request::get(path)
            .header("host", "evil.example.net")
            .header("x-forwarded-host", "evil.example.net");
        let page = site.ask(request.body(Body::empty()).unwrap()).await;
        assert!(!page.text.contains("evil.example.net"), "{path}");
    }
}

#[tokio::test]
async fn a_page_carries_one_of_the_sheets_that_the_policy_names() {
    let site = TestSite::filled().await;
    for (path, sheet) in [
        ("/en/future-vision/everywhere", assets::Sheet::Reading),
        ("/en/search?q=spectrum", assets::Sheet::Lists),
        ("/en/nowhere", assets::Sheet::Lists),
    ] {
        let page = site.get(path).await;
        assert!(page.text.contains(&format!("<style>{}</style>", sheet.css())), "{path}");
    }
}

#[tokio::test]
async fn a_piece_names_its_topics_and_lists_say_how_sure_it_is() {
    let site = TestSite::filled().await;
    let page = site.get("/ru/future-vision/everywhere").await;
    assert!(page.text.contains("/ru/search?q=%D1%81%D0%BF%D0%B5%D0%BA%D1%82%D1%80\">спектр</a>"));
    assert!(
        page.text.contains("/ru/search?q=deep+sea+cables\">deep sea cables</a>"),
        "no name yet"
    );
    let t = crate::locale::of(Language::Ru);
    let sure = t.plain("confidence.short", &[("level", t.say("confidence.medium"))]);
    for path in ["/ru/", "/ru/future-vision"] {
        assert!(site.get(path).await.text.contains(&sure), "{path}");
    }
}

#[tokio::test]
async fn an_entry_that_contradicts_its_label_says_so_once() {
    let site = TestSite::filled().await;
    let page = site.get(&format!("/en{}", site.an_entry().await)).await;
    let t = crate::locale::of(Language::En);
    let detected = t.plain("entry.detected", &[("language", "<bdi>sw</bdi>")]);
    let note = page.text.contains("but the text reads as <bdi>sw</bdi>");
    assert_ne!(note, page.text.contains(&detected), "the note or the two languages, never both");
}
