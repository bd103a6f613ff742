//! Start and stop: what a command needs is opened here, and closed here in the right order.

use std::future::Future;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use observatory_ingest::Fetcher;
use observatory_mail::Mailer;
use observatory_model::SystemClock;
use observatory_search::{Search, SearchError};
use observatory_store::Store;
use observatory_web::SiteLetters;
use observatory_worker::readers::PaperReader;
use observatory_worker::{Lookout, Turn, World};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;
use crate::exit::Exit;

/// Opens the store alone, for commands that need nothing else.
///
/// # Errors
/// When the database cannot be opened or migrated.
pub(crate) async fn open_store(config: &Config) -> anyhow::Result<Store> {
    if let Some(file) = config.store.url.strip_prefix("sqlite:") {
        make_parent(Path::new(file))?;
    }
    Store::open(&config.store_settings()).await.context("cannot open the store")
}

/// Opens everything.
///
/// # Errors
/// When the store, the index, the network or the mail cannot be opened; or another process writes the index.
pub(crate) async fn open_world(config: &Config) -> anyhow::Result<World> {
    let store = open_store(config).await?;
    let id = store.store_id().await.context("the store does not say who it is")?;
    let search = Search::open(&config.search_settings(), &id).await;
    with(config, store, search.context("cannot open the index")?).await
}

/// Opens everything for a harvest. Where another process has the index open, it is only looked at:
/// that process indexes what is harvested, since it follows the store.
///
/// # Errors
/// As [`open_world`], except that the index may be taken.
pub(crate) async fn open_world_beside(config: &Config) -> anyhow::Result<World> {
    let store = open_store(config).await?;
    let id = store.store_id().await.context("the store does not say who it is")?;
    let search = match Search::open(&config.search_settings(), &id).await {
        Err(SearchError::Held) => Search::look(&config.search_settings(), &id).await,
        opened => opened,
    };
    with(config, store, search.context("cannot open the index")?).await
}

/// Opens the index for reading, and its store, whoever else has them open.
///
/// # Errors
/// When the store cannot be opened, or there is no index of it.
pub(crate) async fn open_look(config: &Config) -> anyhow::Result<(Store, Search)> {
    let store = open_store(config).await?;
    let id = store.store_id().await.context("the store does not say who it is")?;
    let search = Search::look(&config.search_settings(), &id).await;
    Ok((store, search.context("cannot look at the index")?))
}

async fn with(config: &Config, store: Store, search: Search) -> anyhow::Result<World> {
    let fetcher = Fetcher::new(config.ingest_settings()).context("cannot start the harvest")?;
    let mailer = Mailer::open(&config.mail_settings()).await.context("cannot open the mail")?;
    let letters = Arc::new(SiteLetters::new(&config.web.public_origin));
    let clock = Arc::new(SystemClock);
    let (turn, settings) = (Turn::default(), config.worker_settings());
    let papers = paper_reader()?;
    let file = config.foresight.folder.join(store.store_id().await?).with_extension("archive");
    let lookout = Lookout::start(Some(file)).context("the system gives no thread")?;
    let callback_origin = config.callback_origin();
    Ok(World {
        store,
        search,
        fetcher,
        papers,
        mailer,
        letters,
        clock,
        lookout,
        turn,
        callback_origin,
        settings,
    })
}

/// Documents that are read at a time: each may take 512 MB and a core.
const PAPERS_AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// The reader of documents: this program, in processes of its own.
///
/// # Errors
/// When the program does not find itself.
pub(crate) fn paper_reader() -> anyhow::Result<PaperReader> {
    let program = std::env::current_exe().context("the program does not find itself")?;
    Ok(PaperReader::new(program, PAPERS_AT_ONCE))
}

/// Closes everything: the index is made durable first.
///
/// # Errors
/// When the index could not be made durable. It is made from the store, so nothing is lost.
pub(crate) async fn close(world: World) -> anyhow::Result<()> {
    let closed = world.search.close().await;
    world.store.close().await;
    closed.context("the index was not closed cleanly; it is brought up to date at the next start")
}

fn make_parent(file: &Path) -> anyhow::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Turns true when the process is asked to stop: the first Ctrl-C or SIGTERM. The second one ends the
/// process at once; what was acknowledged is safe all the same.
///
/// # Errors
/// When the system refuses to tell us of signals.
pub(crate) fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let watching = async move {
        let mut next = async || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        next().await;
        stop.send_replace(true);
        next().await;
        leave();
    };
    start(watching);
    Ok(stopped)
}

/// Waits until `stop` turns true.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that nobody can turn it any more: the process is ending.
    drop(stop.wait_for(|stop| *stop).await);
}

/// Starts a task of the process.
#[expect(clippy::disallowed_methods, reason = "tasks start here, and only here")]
pub(crate) fn start<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(task)
}

#[expect(clippy::exit, reason = "the person asked twice")]
fn leave() {
    std::process::exit(i32::from(Exit::Interrupted.code()));
}
