//! What is under embargo or withdrawn shows at no door: not its words, not its existence, not a count.

use std::collections::BTreeSet;
use std::path::Path;

use observatory_model::brief::{Brief, BriefAddress, Heading};
use observatory_model::{Clock as _, Language};
use url::form_urlencoded::byte_serialize;

use super::withheld::withhold;
use crate::testing::{TestSite, brief};

/// What every word of a hidden piece begins with.
pub(super) const HIDDEN: &str = "zyxw";

/// The same for words that no piece has.
const NOWHERE: &str = "qvkj";

/// What is asked for where a door takes words.
const WORDS: [&str; 12] = [
    "zyxwembargo",
    "\"zyxwembargo\"",
    "zyxwemb",
    "zyxwemb*",
    "zyxwembarga",
    "spectrum zyxwembargo",
    "spectrum OR zyxwembargo",
    "title:zyxwembargo",
    "author:zyxwembargo",
    "topic:zyxwembargo",
    "zyxwwithdrawn",
    "zyxwwithdraw",
];

/// Every route and what is asked of it. `WORDS` stands for each of [`WORDS`], `ENTRY` for an entry.
const DOORS: &[(&str, &[&str])] = &[
    ("/", &["/"]),
    ("/{lang}/", &["/en/", "/fr/", "/ar/"]),
    (
        "/{lang}/search",
        &[
            "/en/search",
            "/en/search?q=WORDS",
            "/en/search?q=spectrum",
            "/en/search?topic=zyxwembargo",
            "/en/search?q=spectrum&year=2027&order=newest",
            "/fr/search?q=WORDS&across=off&lang=en",
        ],
    ),
    ("/{lang}/suggest", &["/en/suggest?q=WORDS", "/en/suggest?q=t", "/fr/suggest?q=zy"]),
    ("/{lang}/about", &["/en/about"]),
    (
        "/{lang}/alerts/new",
        &["/en/alerts/new", "/en/alerts/new?q=WORDS", "/en/alerts/new?topic=zyxwembargo"],
    ),
    ("/{lang}/alerts/sent", &["/en/alerts/sent"]),
    ("/{lang}/alerts/confirm", &["/en/alerts/confirm?key=zyxwembargo"]),
    ("/{lang}/alerts/manage", &["/en/alerts/manage?key=zyxwembargo"]),
    ("/{lang}/alerts/stop", &["/en/alerts/stop?key=zyxwembargo"]),
    ("/opensearch.xml", &["/opensearch.xml", "/opensearch.xml?hl=zyxwembargo"]),
    ("/{lang}/api", &["/en/api"]),
    (
        "/{lang}/related",
        &[
            "/en/related?of=brief:future-vision/everywhere/en",
            "/en/related?of=brief:future-vision/zyxwembargo/en",
        ],
    ),
    ("/{lang}/sources", &["/en/sources"]),
    ("/{lang}/sources/{slug}", &["/en/sources/a-source", "/en/sources/zyxwembargo"]),
    // Of a source that is there, it goes on for seconds, and tells numbers alone.
    ("/{lang}/sources/{slug}/events", &["/en/sources/zyxwembargo/events"]),
    ("/{lang}/entries/{id}", &["/en/entries/ENTRY", "/en/entries/zyxwembargo"]),
    (
        "/{lang}/entries/{id}/pages/{number}",
        &["/en/entries/ENTRY/pages/1", "/en/entries/zyxwembargo/pages/1"],
    ),
    (
        "/{lang}/{series}",
        &[
            "/en/future-vision",
            "/fr/future-vision",
            "/en/future-vision.atom",
            "/en/future-vision.rss",
            "/en/future-vision.json",
            "/en/zyxwembargo",
            "/en/zyxwembargo.rss",
        ],
    ),
    (
        "/{lang}/{series}/{slug}",
        &[
            "/en/future-vision/everywhere",
            "/en/future-vision/half",
            "/fr/future-vision/half",
            "/en/future-vision/zyxwembargo",
            "/fr/future-vision/zyxwembargo",
            "/en/future-vision/zyxwembargo.txt",
            "/en/future-vision/zyxwembargo.bib",
            "/en/future-vision/zyxwembarg",
            "/en/future-vision/taken-away",
            "/fr/future-vision/taken-away",
            "/en/future-vision/taken-away.txt",
        ],
    ),
    ("/{lang}/feed.atom", &["/en/feed.atom"]),
    ("/{lang}/feed.rss", &["/en/feed.rss"]),
    ("/{lang}/feed.json", &["/en/feed.json"]),
    ("/{lang}/search.atom", &["/en/search.atom", "/en/search.atom?q=WORDS"]),
    ("/{lang}/search.rss", &["/en/search.rss", "/en/search.rss?q=WORDS"]),
    ("/{lang}/search.json", &["/en/search.json", "/en/search.json?q=WORDS"]),
    ("/{lang}/search.csv", &["/en/search.csv", "/en/search.csv?q=WORDS"]),
    ("/{lang}/trends", &["/en/trends", "/fr/trends"]),
    (
        "/{lang}/trends/{slug}",
        &[
            "/en/trends/zyxwembargo",
            "/en/trends/zyxwembargo.csv",
            "/en/trends/zyxwembargo.json",
            "/en/trends/zyxwembargo.atom",
        ],
    ),
    ("/{lang}/trends.atom", &["/en/trends.atom"]),
    ("/{lang}/trends.csv", &["/en/trends.csv"]),
    ("/{lang}/trends.json", &["/en/trends.json"]),
    ("/{lang}/radar", &["/en/radar"]),
    ("/{lang}/radar/{edition}", &["/en/radar/zyxwembargo", "/en/radar/zyxwembargo.json"]),
    ("/{lang}/radar.svg", &["/en/radar.svg"]),
    ("/{lang}/radar.csv", &["/en/radar.csv"]),
    ("/{lang}/radar.json", &["/en/radar.json"]),
    ("/robots.txt", &["/robots.txt"]),
    ("/sitemap.xml", &["/sitemap.xml"]),
    ("files::SECURITY_TXT", &["/.well-known/security.txt"]),
    ("SEARCH_SCRIPT_PATH", &[]),
    ("SOURCE_SCRIPT_PATH", &[]),
    ("/icon.svg", &["/icon.svg"]),
    ("/favicon.ico", &["/favicon.ico"]),
    ("/healthz", &["/healthz"]),
    ("/readyz", &["/readyz"]),
    (
        "/api/v1/search",
        &[
            "/api/v1/search",
            "/api/v1/search?q=WORDS",
            "/api/v1/search?topic=zyxwembargo",
            "/api/v1/search?limit=100",
        ],
    ),
    (
        "/api/v1/documents/{*key}",
        &[
            "/api/v1/documents/brief:future-vision/zyxwembargo/en",
            "/api/v1/documents/brief:future-vision/half/en",
            "/api/v1/documents/brief:future-vision/half/fr",
            "/api/v1/documents/brief:future-vision/everywhere/en",
            "/api/v1/documents/brief:future-vision/taken-away/en",
        ],
    ),
    (
        "/api/v1/related/{*key}",
        &[
            "/api/v1/related/brief:future-vision/everywhere/en",
            "/api/v1/related/brief:future-vision/everywhere/fr?lang=en",
            "/api/v1/related/brief:future-vision/zyxwembargo/en",
            "/api/v1/related/brief:future-vision/half/en",
            "/api/v1/related/brief:future-vision/taken-away/en",
        ],
    ),
    (
        "/api/v1/suggest",
        &["/api/v1/suggest?q=WORDS", "/api/v1/suggest?q=s", "/api/v1/suggest?q=title&hl=fr"],
    ),
    ("/{lang}/suggest.json", &["/en/suggest.json?q=WORDS", "/en/suggest.json?q=zy"]),
    ("/api/v1/sources", &["/api/v1/sources"]),
    ("/api/v1/series", &["/api/v1/series"]),
    (
        "/api/v1/briefs",
        &["/api/v1/briefs?limit=100", "/api/v1/briefs?lang=en&series=future-vision"],
    ),
    ("/api/v1/glossary", &["/api/v1/glossary?q=WORDS"]),
    ("/api/v1/openapi.json", &["/api/v1/openapi.json"]),
];

/// A piece every part of which has `word`.
fn piece_of(word: &str, slug: &str, language: Language) -> Brief {
    let mut piece = brief(slug, language);
    let words = |before: &str| format!("{before} {word}");
    piece.title = words("Spectrum");
    piece.standfirst = words("Standfirst");
    piece.bottom_line = Some(words("Bottom line"));
    piece.questions = vec![words("Question")];
    piece.unknowns = vec![words("Unknown")];
    piece.authors = vec![words("Author")];
    piece.topics = vec![word.parse().unwrap()];
    piece.confidence = piece.confidence.map(|(level, _)| (level, words("Reason")));
    piece.evidence[0].title = words("Evidence");
    let heading =
        Heading { id: word.to_owned(), level: 2, text: words("Part"), first_paragraph: 1 };
    piece.body.headings = vec![heading];
    piece.body.paragraphs = vec![words("Satellites, spectrum and")];
    piece.body.html = format!("<p id=p1>Satellites and spectrum {word}</p>");
    piece
}

fn address(slug: &str) -> BriefAddress {
    format!("future-vision/{slug}").parse().unwrap()
}

/// A site with a piece under embargo, one of which only a language is, one that was withdrawn, and a
/// public one that names the first as related.
async fn site_with_secrets() -> TestSite {
    let site = TestSite::filled().await;
    let now = site.clock.now();
    let tomorrow = now.plus_seconds(24 * 60 * 60);
    let withdrawn = Language::ALL.map(|language| piece_of("zyxwwithdrawn", "taken-away", language));
    let mut public = brief("everywhere", Language::En);
    public.related = vec![address("zyxwembargo"), address("taken-away")];
    let mut shown = vec![public, brief("half", Language::Fr)];
    shown.extend([Language::Fr, Language::Ru].map(|language| brief("everywhere", language)));
    let all: Vec<Brief> = shown.iter().cloned().chain(withdrawn).collect();
    site.store.replace_briefs(&all, now).await.unwrap();
    site.index().await;
    assert!(site.get("/en/search?q=zyxwwithdrawn").await.text.contains("<mark>zyxw"));
    for slug in ["zyxwembargo", "half"] {
        for language in [Language::En, Language::Ru] {
            let secret = piece_of("zyxwembargo", slug, language);
            shown.push(Brief { published: tomorrow, ..secret });
        }
    }
    site.store.replace_briefs(&shown, now).await.unwrap();
    withhold(&site).await;
    site.index().await;
    site
}

/// The addresses that are asked of a door.
async fn asked(site: &TestSite, asks: &[&str]) -> Vec<String> {
    let entry = site.an_entry().await.replace("/entries/", "");
    let mut addresses = Vec::new();
    for ask in asks {
        let ask = ask.replace("ENTRY", &entry);
        if ask.contains("WORDS") {
            let encoded = |words: &&str| byte_serialize(words.as_bytes()).collect::<String>();
            let words = WORDS.iter().map(encoded);
            addresses.extend(words.map(|words| ask.replace("WORDS", &words)));
        } else {
            addresses.push(ask);
        }
    }
    addresses
}

/// What a visitor can tell answers apart by.
pub(super) async fn seen(site: &TestSite, address: &str) -> String {
    let page = site.get(address).await;
    let mut headers: Vec<String> =
        page.headers.keys().map(|name| format!("{name}: {}", page.header(name.as_str()))).collect();
    // A tag and a length follow from the bytes, which are compared themselves.
    headers.retain(|line| !line.starts_with("etag:") && !line.starts_with("content-length:"));
    headers.sort();
    format!("{}\n{}\n\n{}", page.status, headers.join("\n"), page.text)
}

#[tokio::test]
async fn what_is_hidden_shows_at_no_door() {
    let site = site_with_secrets().await;
    let mut compared = 0;
    for (route, asks) in DOORS {
        for address in asked(&site, asks).await {
            let hidden = seen(&site, &address).await;
            if address.contains(HIDDEN) {
                let nowhere = seen(&site, &address.replace(HIDDEN, NOWHERE)).await;
                let same = nowhere.replace(NOWHERE, HIDDEN);
                assert_eq!(hidden, same, "{route}: {address} tells that something is there");
                compared += 1;
            } else {
                assert!(!hidden.contains(HIDDEN), "{route}: {address} shows it: {hidden}");
            }
        }
    }
    assert!(compared > 80, "{compared}");
}

#[tokio::test]
async fn the_doors_would_show_it_if_it_were_public() {
    let site = site_with_secrets().await;
    site.clock.advance(25 * 60 * 60);
    for slug in ["zyxwembargo", "half"] {
        site.store.touch_piece(&address(slug), site.clock.now()).await.unwrap();
    }
    site.index().await;
    // They tell of no piece, whatever is published.
    let silent = [
        "/",
        "/{lang}/about",
        "/{lang}/api",
        "/{lang}/alerts/new",
        "/{lang}/alerts/sent",
        "/{lang}/alerts/confirm",
        "/{lang}/alerts/manage",
        "/{lang}/alerts/stop",
        "/{lang}/sources",
        "/{lang}/sources/{slug}",
        "/{lang}/sources/{slug}/events",
        "/{lang}/entries/{id}",
        "/{lang}/entries/{id}/pages/{number}",
        "/{lang}/suggest",
        // Pieces of the house are not observed.
        "/{lang}/trends",
        "/{lang}/trends/{slug}",
        "/{lang}/trends.atom",
        "/{lang}/trends.csv",
        "/{lang}/trends.json",
        "/{lang}/radar",
        "/{lang}/radar/{edition}",
        "/{lang}/radar.svg",
        "/{lang}/radar.csv",
        "/{lang}/radar.json",
        "/opensearch.xml",
        "/robots.txt",
        "files::SECURITY_TXT",
        "SEARCH_SCRIPT_PATH",
        "SOURCE_SCRIPT_PATH",
        "/icon.svg",
        "/favicon.ico",
        "/healthz",
        "/readyz",
        "/api/v1/sources",
        "/api/v1/series",
        "/api/v1/glossary",
        "/api/v1/openapi.json",
    ];
    for (route, asks) in DOORS.iter().filter(|(route, _)| !silent.contains(route)) {
        let mut shows = false;
        for address in asked(&site, asks).await {
            let page = site.get(&address).await;
            // Words that were asked for may stand in the answer whatever was found.
            let is_telling = !address.contains(HIDDEN) || address.contains("/zyxwembargo");
            shows |= is_telling && page.status.is_success() && page.text.contains(HIDDEN);
            if address.contains("?q=") && address.contains(HIDDEN) {
                let nowhere = seen(&site, &address.replace(HIDDEN, NOWHERE)).await;
                shows |= seen(&site, &address).await != nowhere.replace(NOWHERE, HIDDEN);
            }
        }
        assert!(shows, "{route} is asked in a way that could not show anything");
    }
}

#[test]
fn every_route_stands_in_the_table() {
    let doors: BTreeSet<String> = DOORS.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(doors.len(), DOORS.len(), "none twice");
    assert_eq!(routes(), doors, "a route has no line in DOORS, or a line no route");
}

/// All routes of the router, as its source has them: paths, or the names of constants.
pub(super) fn routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut routes);
    assert!(routes.len() > 20);
    routes
}

fn collect(folder: &Path, routes: &mut BTreeSet<String>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() && !path.ends_with("stories") {
            collect(&path, routes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let own = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let called = own.split(".route(").skip(1).filter_map(|rest| rest.split(',').next());
            routes.extend(called.map(|route| route.trim().trim_matches(['"', '&']).to_owned()));
        }
    }
}
