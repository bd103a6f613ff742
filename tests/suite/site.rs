//! A whole observatory on a free port: real store, real index, real HTTP.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use observatory_identity::providers::{
    Asked, Carried, Courier, NotCarried, Provider, ProviderSettings,
};
use observatory_ingest::Fetcher;
use observatory_mail::Mailer;
use observatory_model::progress::Board;
use observatory_model::source::{NewSource, Source};
use observatory_model::{Clock, Slug, Timestamp};
use observatory_search::Search;
use observatory_store::Store;
use observatory_web::{Site, SiteLetters};
use observatory_worker::jobs::harvest::harvest;
use observatory_worker::jobs::index_documents::index_documents;
use observatory_worker::jobs::publish_content::publish_content;
use observatory_worker::readers::PaperReader;
use observatory_worker::{FetchReport, Lookout, Published, Silent, Turn, World};
use tokio::net::TcpListener;

/// The instant at which tests begin: noon of a day on which the bundled pieces are public.
pub(crate) const NOON: &str = "2026-11-25T12:00:00Z";

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    /// Moves it forward.
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An answer of the site.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// A header field, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn page_of(response: hyper::Response<Incoming>) -> Page {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a whole answer").to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Page { status: parts.status.as_u16(), headers: parts.headers, text }
}

/// Carries what providers are asked past the guard of the harvest, as the program does.
struct Guarded(Fetcher);

impl Courier for Guarded {
    fn carry(&self, request: Asked) -> Carried<'_> {
        Box::pin(async move {
            let carried = self.0.exchange(request).await;
            carried.map_err(|failure| NotCarried(failure.to_string()))
        })
    }
}

/// A running observatory. Its folder goes with it.
pub(crate) struct TestSite {
    pub(crate) world: World,
    pub(crate) clock: Arc<TestClock>,
    /// The harvests that its pages show.
    pub(crate) board: Board,
    client: Client<HttpConnector, Full<Bytes>>,
    origin: String,
    _folder: tempfile::TempDir,
}

impl TestSite {
    /// With nothing in it, on the embedded database.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other limits of the harvest.
    pub(crate) async fn start_with(change: impl FnOnce(&mut observatory_ingest::Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("observatory.db").display());
        Self::start_in(folder, url, change, None, None).await
    }

    /// With a mail server on this port of this machine.
    pub(crate) async fn start_mailing(smtp_port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("observatory.db").display());
        Self::start_in(folder, url, |_| {}, Some(smtp_port), None).await
    }

    /// On the database at `url`.
    pub(crate) async fn start_on(url: String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start_in(folder, url, |_| {}, None, None).await
    }

    /// Letting people in whom this provider names.
    pub(crate) async fn start_believing(provider: ProviderSettings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("observatory.db").display());
        Self::start_in(folder, url, |_| {}, None, Some(provider)).await
    }

    async fn start_in(
        folder: tempfile::TempDir,
        url: String,
        change: impl FnOnce(&mut observatory_ingest::Settings),
        smtp_port: Option<u16>,
        provider: Option<ProviderSettings>,
    ) -> Self {
        let store = Store::open(&store_settings(folder.path(), url)).await.expect("a store");
        let id = store.store_id().await.expect("its id");
        let search = Search::open(&search_settings(folder.path()), &id).await.expect("an index");
        let mut ingest = ingest_settings();
        change(&mut ingest);
        let fetcher = Fetcher::new(ingest).expect("a fetcher");
        let noon = NOON.parse::<Timestamp>().expect("a time");
        let clock = Arc::new(TestClock(AtomicI64::new(noon.millis())));
        let turn = Turn::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("its address"));
        let mail = mail_settings(folder.path(), smtp_port);
        let mailer = Mailer::open(&mail).await.expect("a way out for mails");
        let letters = Arc::new(SiteLetters::new(&origin));
        let world = World {
            store,
            search,
            fetcher,
            // Documents are read by the program, whose own tests do so.
            papers: PaperReader::new("/nonexistent/reader".into(), NonZeroUsize::MIN),
            mailer,
            letters,
            clock: clock.clone(),
            lookout: Lookout::start(Some(folder.path().join("trends.archive"))).expect("a thread"),
            turn,
            callback_origin: Some(origin.as_str().into()),
            settings: worker_settings(),
        };
        let settings = web_settings(&origin);
        let site =
            Site::new(world.store.clone(), world.search.clone(), clock.clone(), settings.clone());
        let site = match provider {
            Some(provider) => {
                let back = format!("{origin}{}", observatory_web::sign_in_back(&provider.code));
                let provider = Provider::new(provider, &back).expect("a provider");
                let guarded = Guarded(world.fetcher.clone());
                site.believing(vec![provider], Arc::new(guarded))
            }
            None => site,
        };
        let board = Board::default();
        let router = observatory_web::router(site.watching(board.clone()));
        tokio::spawn(async move {
            observatory_web::serve(listener, router, &settings, std::future::pending()).await
        });
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { world, clock, board, client, origin, _folder: folder }
    }

    /// What a reader gets who opens `path` (beginning with a slash).
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.get_with(path, &[]).await
    }

    /// The same, with header fields.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = hyper::Request::get(format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Full::default()).expect("a request")).await
    }

    /// What a reader gets who sends a form to `path`, with header fields.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = hyper::Request::post(format!("{}{path}", self.origin))
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Full::from(body.to_owned())).expect("a request")).await
    }

    async fn ask(&self, request: hyper::Request<Full<Bytes>>) -> Page {
        page_of(self.client.request(request).await.expect("an answer")).await
    }

    /// An answer that goes on: its head, and its body to be read piece by piece.
    pub(crate) async fn open(&self, path: &str) -> hyper::Response<Incoming> {
        let request = hyper::Request::get(format!("{}{path}", self.origin));
        let request = request.body(Full::default()).expect("a request");
        self.client.request(request).await.expect("an answer")
    }

    /// What somebody else's server answers at `url`.
    pub(crate) async fn elsewhere(url: &str) -> Page {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let request = hyper::Request::get(url).body(Full::default()).expect("a request");
        page_of(client.request(request).await.expect("an answer")).await
    }

    /// The present there.
    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where it answers, without a slash at the end.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Adds the feed at `url`.
    pub(crate) async fn add_source(&self, url: &str, slug: &str) -> Source {
        let url = url.parse().expect("a web address");
        let slug = slug.parse::<Slug>().expect("a slug");
        let new = NewSource::feed(url, slug, None);
        self.world.store.add_source(&new, self.world.clock.now()).await.expect("a new source")
    }

    /// Reads every source once and brings the index up to date.
    pub(crate) async fn harvest(&self) -> Vec<FetchReport> {
        let sources = self.world.store.sources().await.expect("the sources");
        let ids = sources.iter().map(|source| source.id).collect::<Vec<_>>();
        let reports = harvest(&self.world, &ids, &Silent).await.expect("a harvest");
        self.index().await;
        reports
    }

    /// Brings the index up to date.
    pub(crate) async fn index(&self) {
        index_documents(&self.world, &Silent).await.expect("an index that follows");
    }

    /// Publishes a folder of pieces and brings the index up to date.
    pub(crate) async fn publish(&self, folder: &Path) -> Published {
        let (store, clock) = (&self.world.store, &*self.world.clock);
        let published = publish_content(store, clock, folder).await.expect("published");
        self.index().await;
        published
    }
}

fn store_settings(folder: &Path, url: String) -> observatory_store::Settings {
    observatory_store::Settings {
        url,
        files_folder: folder.join("files"),
        max_connections: 4,
        busy_timeout_seconds: 10,
    }
}

fn search_settings(folder: &Path) -> observatory_search::Settings {
    observatory_search::Settings {
        folder: folder.join("index"),
        writer_memory_bytes: 20_000_000,
        commit_after_documents: 20_000,
        commit_after_milliseconds: 1000,
        reader_threads: NonZeroUsize::MIN,
        waiting: 16,
        budget_milliseconds: 5000,
    }
}

fn mail_settings(folder: &Path, smtp_port: Option<u16>) -> observatory_mail::Settings {
    let settings = observatory_mail::Settings {
        from: "Observatory <alerts@observatory.example.org>".to_owned(),
        folder: folder.join("mail"),
        timeout_seconds: 20,
        ..observatory_mail::Settings::default()
    };
    let Some(smtp_port) = smtp_port else { return settings };
    observatory_mail::Settings {
        transport: observatory_mail::Transport::Smtp,
        smtp_host: "127.0.0.1".to_owned(),
        smtp_port,
        tls: observatory_mail::Tls::None,
        ..settings
    }
}

fn ingest_settings() -> observatory_ingest::Settings {
    observatory_ingest::Settings {
        user_agent_contact: "test@example.org".to_owned(),
        allow_loopback: true,
        max_body_bytes: 10 * 1024 * 1024,
        max_redirects: 5,
        connect_timeout_seconds: 5,
        read_timeout_seconds: 10,
        total_timeout_seconds: 20,
    }
}

fn worker_settings() -> observatory_worker::Settings {
    observatory_worker::Settings {
        parallel_fetches: NonZeroUsize::MIN.saturating_add(15),
        slow_fetches: 128,
        patience_milliseconds: 200,
        fetch_every_seconds: 3600,
        fetch_least_seconds: 900,
        fetch_most_seconds: 86_400,
        lease_seconds: 60,
        index_batch: 500,
        picture_after_seconds: 60,
        poll_milliseconds: 20,
    }
}

fn web_settings(origin: &str) -> observatory_web::Settings {
    observatory_web::Settings {
        public_origin: origin.to_owned(),
        proxies: Vec::new(),
        max_connections: 100,
        first_byte_timeout_seconds: 10,
        header_timeout_seconds: 10,
        body_timeout_seconds: 20,
        response_timeout_seconds: 30,
        max_body_bytes: 65_536,
    }
}
