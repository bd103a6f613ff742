//! Where a story takes place: an empty store of its own.

use observatory_model::brief::{Audience, Body, Brief, Evidence};
use observatory_model::entry::IncomingEntry;
use observatory_model::rhythm::{NextReading, Timetable};
use observatory_model::source::{NewSource, Source};
use observatory_model::{Language, Timestamp};
use observatory_store::{Harvest, Settings, Store};
use sqlx::AnyPool;

use crate::postgres_cluster::PostgresCluster;

/// An empty store, its files in a temporary folder.
pub(crate) struct Ground {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) folder: tempfile::TempDir,
}

impl Ground {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::at(folder, url).await
    }

    pub(crate) async fn postgres(cluster: &PostgresCluster, story: &str) -> Self {
        Self::at(tempfile::tempdir().unwrap(), cluster.database(story).unwrap()).await
    }

    async fn at(folder: tempfile::TempDir, url: String) -> Self {
        let settings = Settings {
            url,
            files_folder: folder.path().join("files"),
            max_connections: 8,
            busy_timeout_seconds: 30,
        };
        let store = Store::open(&settings).await.unwrap();
        Self { store, settings, folder }
    }

    /// A second program on the same database.
    pub(crate) async fn another(&self) -> Store {
        Store::open(&self.settings).await.unwrap()
    }

    /// What somebody does to the database past the store.
    pub(crate) async fn tamper(&self, sql: &'static str) {
        let pool = AnyPool::connect(&self.settings.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }

    pub(crate) async fn leave(self) {
        self.store.close().await;
        self.folder.close().unwrap();
    }

    /// A source that is read at 09:00.
    pub(crate) async fn source(&self) -> Source {
        self.store
            .add_source(&new_source("https://a.org/feed", "a", Some("A")), nine())
            .await
            .unwrap()
    }
}

pub(crate) fn nine() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// So many seconds after nine.
pub(crate) fn later(seconds: i64) -> Timestamp {
    nine().plus_seconds(seconds)
}

pub(crate) fn new_source(url: &str, slug: &str, name: Option<&str>) -> NewSource {
    let name = name.map(str::to_owned);
    NewSource::feed(url.parse().unwrap(), slug.parse().unwrap(), name)
}

pub(crate) fn entry(key: &str, title: &str) -> IncomingEntry {
    IncomingEntry {
        key: key.to_owned(),
        derived_key: false,
        url: Some(format!("https://a.org/{key}").parse().unwrap()),
        title: title.to_owned(),
        html: format!("<p>{title}</p><p>more</p>"),
        text: format!("{title}\n\nmore"),
        authors: vec!["Ada \"O'Neil\"".to_owned()],
        // Not a whole second: no millisecond may be lost.
        published: Some(Timestamp::from_millis(nine().millis() - 86_400_000 + 123)),
        updated: None,
        declared_language: Some("fr-FR".to_owned()),
        language: Some(Language::Fr),
        detected_language: Some("fr".to_owned()),
        raw_language: None,
        identifiers: Vec::new(),
    }
}

pub(crate) fn harvest(entries: Vec<IncomingEntry>) -> Harvest {
    Harvest {
        title: Some("The feed's own title".to_owned()),
        homepage: Some("https://a.org/".parse().unwrap()),
        declared_language: Some("fr".to_owned()),
        entries,
        problems: Vec::new(),
        etag: Some("\"1\"".to_owned()),
        last_modified: Some("Tue, 24 Nov 2026 08:00:00 GMT".to_owned()),
        moved_to: None,
        timetable: Timetable::default(),
        next: NextReading::At(later(3600)),
    }
}

pub(crate) fn brief(address: &str, language: Language, published: Timestamp) -> Brief {
    Brief {
        address: address.parse().unwrap(),
        language,
        original: Language::En,
        translation: None,
        title: format!("Title in {language}"),
        standfirst: "What it is about.".to_owned(),
        bottom_line: Some("The bottom line.".to_owned()),
        questions: vec!["Why?".to_owned()],
        unknowns: Vec::new(),
        authors: vec!["Ada".to_owned(), "Grace".to_owned()],
        institution: None,
        audience: Audience::Public,
        published,
        version: 2,
        topics: vec!["satellites".parse().unwrap()],
        confidence: Some((observatory_model::brief::Confidence::Medium, "few sources".to_owned())),
        evidence: vec![Evidence {
            id: "itu".parse().unwrap(),
            title: "A report".to_owned(),
            publisher: "ITU".to_owned(),
            url: "https://www.itu.int/r".parse().unwrap(),
            date: Some("2026".to_owned()),
            language: "en".to_owned(),
            quote: None,
            verified: true,
            cited_in: vec![1],
        }],
        related: Vec::new(),
        body: Body {
            html: "<p id=\"p1\">One.</p><p id=\"p2\">Two.</p>".to_owned(),
            headings: Vec::new(),
            paragraphs: vec!["One.".to_owned(), "Two.".to_owned()],
            words: 2,
            charts: Vec::new(),
        },
    }
}
