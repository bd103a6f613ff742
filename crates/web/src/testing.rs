//! A site with a real store and a real index, for the tests of this crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use observatory_model::brief::{Audience, Body as Text, Brief, Confidence, Evidence, Translation};
use observatory_model::entry::IncomingEntry;
use observatory_model::rhythm::{NextReading, Timetable};
use observatory_model::source::{Failure, FailureReason, NewSource};
use observatory_model::{Clock, Language, Timestamp};
use observatory_search::{Batch, Search};
use observatory_store::{Harvest, Store};
use tower::ServiceExt as _;

use crate::{Settings, Site, router};

pub(crate) mod desk;

/// Words that would be markup if anything forgot to escape them.
pub(crate) const HOSTILE: &str = "<script>alert(\"1\")</script> & 'quotes'";

/// The instant at which tests begin.
pub(crate) const NOON: &str = "2026-11-25T12:00:00Z";

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A site and what it stands on.
pub(crate) struct TestSite {
    pub(crate) router: Router,
    pub(crate) store: Store,
    pub(crate) search: Search,
    pub(crate) clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
}

/// An answer of the site.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        public_origin: "https://observatory.example.org".to_owned(),
        proxies: Vec::new(),
        max_connections: 50,
        first_byte_timeout_seconds: 1,
        header_timeout_seconds: 1,
        body_timeout_seconds: 1,
        response_timeout_seconds: 5,
        max_body_bytes: 1024,
    }
}

impl TestSite {
    /// A site on which nothing is published.
    pub(crate) async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(now().millis())));
        let store = Store::open(&observatory_store::Settings {
            url: format!("sqlite:{}", folder.path().join("observatory.db").display()),
            files_folder: folder.path().join("files"),
            max_connections: 4,
            busy_timeout_seconds: 5,
        })
        .await
        .unwrap();
        let settings_of_search = observatory_search::Settings {
            folder: folder.path().join("index"),
            writer_memory_bytes: 15_000_000,
            commit_after_documents: 1000,
            commit_after_milliseconds: 1000,
            reader_threads: 1.try_into().unwrap(),
            waiting: 8,
            budget_milliseconds: 5000,
        };
        let search =
            Search::open(&settings_of_search, &store.store_id().await.unwrap()).await.unwrap();
        let site = Self { router: Router::new(), store, search, clock, _folder: folder };
        Self { router: router(site.site()), ..site }
    }

    /// What its pages are given.
    pub(crate) fn site(&self) -> Site {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Site::new(self.store.clone(), self.search.clone(), clock, settings())
    }

    /// A site with pieces in several languages, one of them in the future, and two sources.
    pub(crate) async fn filled() -> Self {
        let site = Self::empty().await;
        let mut briefs: Vec<Brief> =
            Language::ALL.map(|language| brief("everywhere", language)).into();
        briefs.push(brief("only-french", Language::Fr));
        let mut tomorrow = brief("tomorrow", Language::En);
        tomorrow.title = "Embargoed words".to_owned();
        tomorrow.published = now().plus_seconds(24 * 60 * 60);
        briefs.push(tomorrow);
        site.store.replace_briefs(&briefs, now()).await.unwrap();
        for slug in ["a-source", "b-source"] {
            let new = NewSource::feed(
                format!("https://{slug}.example.org/feed").parse().unwrap(),
                slug.parse().unwrap(),
                Some(format!("{HOSTILE} {slug}")),
            );
            let source = site.store.add_source(&new, now()).await.unwrap();
            if slug == "b-source" {
                let failure = Failure::new(FailureReason::WebPage, HOSTILE);
                site.store.record_failure(source.id, &failure, None, now()).await.unwrap();
                continue;
            }
            let harvest = Harvest {
                title: None,
                homepage: None,
                declared_language: None,
                entries: (0..25).map(entry).collect(),
                problems: vec![HOSTILE.to_owned()],
                etag: None,
                last_modified: None,
                moved_to: None,
                timetable: Timetable::default(),
                next: NextReading::At(now()),
            };
            site.store.record_harvest(source.id, &harvest, now()).await.unwrap();
        }
        site.index().await;
        site
    }

    /// Brings the index up to the store.
    pub(crate) async fn index(&self) {
        let changes = self.store.changes_after(self.search.applied(), 1000).await.unwrap();
        let keys: Vec<_> = changes.iter().map(|change| change.document.clone()).collect();
        let upserts = self.store.documents(&keys, self.clock.now()).await.unwrap();
        let up_to = changes.last().map_or_else(|| self.search.applied(), |change| change.number);
        let present = |key: &_| upserts.iter().any(|document| document.key == *key);
        let removals = keys.into_iter().filter(|key| !present(key)).collect();
        self.search.apply(Batch { upserts, removals, up_to }).await.unwrap();
        self.search.commit().await.unwrap();
    }

    /// What a visitor gets at an address.
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// The address of an entry.
    pub(crate) async fn an_entry(&self) -> String {
        let entry = self.store.newest_entries(1).await.unwrap().pop().unwrap();
        format!("/entries/{}", entry.id)
    }
}

pub(crate) fn now() -> Timestamp {
    NOON.parse().unwrap()
}

/// A piece whose every text field is hostile.
pub(crate) fn brief(slug: &str, language: Language) -> Brief {
    let hostile = |words: &str| format!("{words} {HOSTILE}");
    let paragraphs: Vec<String> =
        (1..=14).map(|number| format!("Paragraph {number} on spectrum.")).collect();
    let numbered = |(text, n): (&String, u32)| {
        format!("<p id=p{n}><a class=n href=#p{n}>¶\u{a0}{n}</a> {text}</p>\n")
    };
    let html = paragraphs.iter().zip(1..).map(numbered).collect::<Vec<_>>().concat();
    Brief {
        address: format!("future-vision/{slug}").parse().unwrap(),
        language,
        original: Language::Fr,
        translation: (language != Language::Fr)
            .then_some(Translation { version: 1, reviewed: false }),
        title: hostile("Title"),
        standfirst: hostile("Standfirst"),
        bottom_line: Some(hostile("Bottom line")),
        questions: vec![hostile("Question")],
        unknowns: vec![hostile("Unknown")],
        authors: vec![hostile("Author")],
        institution: None,
        audience: Audience::Public,
        published: now().plus_seconds(-60),
        version: 2,
        topics: ["spectrum", "deep-sea-cables"].map(|topic| topic.parse().unwrap()).into(),
        confidence: Some((Confidence::Medium, hostile("Reason"))),
        evidence: vec![Evidence {
            id: "a".parse().unwrap(),
            title: hostile("Evidence"),
            publisher: hostile("Publisher"),
            url: "https://example.org/?a=\"b\"&c=<d>".parse().unwrap(),
            date: Some("2025-03".to_owned()),
            language: "\"><b>".to_owned(),
            quote: Some(hostile("Quote")),
            verified: true,
            cited_in: vec![1, 2],
        }],
        related: Vec::new(),
        body: Text { html, paragraphs, words: 500, ..Text::default() },
    }
}

pub(crate) fn entry(number: u32) -> IncomingEntry {
    IncomingEntry {
        key: format!("key-{number}"),
        derived_key: false,
        url: Some(format!("https://example.org/{number}?\"x\"").parse().unwrap()),
        title: format!("Entry {number} {HOSTILE}"),
        html: "<p>Satellites reach the islands.</p>".to_owned(),
        text: "Satellites reach the islands.".to_owned(),
        authors: vec![HOSTILE.to_owned()],
        published: None,
        updated: None,
        declared_language: Some(HOSTILE.to_owned()),
        language: None,
        detected_language: Some("sw".to_owned()),
        raw_language: None,
        identifiers: Vec::new(),
    }
}
