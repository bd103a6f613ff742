//! `observatory serve`: site, harvest and index in one process.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use observatory_model::progress::Board;
use observatory_search::Opened;
use observatory_web::Site;
use observatory_worker::{Runner, World};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::commands::Said;
use crate::config::Config;
use crate::elsewhere::{self, Guarded};
use crate::exit::Exit;
use crate::lifecycle;

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where the site answers, instead of the configured address.
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<String>,
}

impl Serve {
    pub(crate) async fn run(self, mut config: Config, said: Said) -> anyhow::Result<Exit> {
        if let Some(bind) = self.bind {
            config.web.bind = bind;
        }
        let stop = lifecycle::stop_signal()?;
        let listener = bind(&config).await?;
        let world = lifecycle::open_world(&config).await?;
        // The index is ours alone, so that whoever worked here before is dead.
        world.store.release_leases(world.clock.now()).await?;
        tell_of_index(&world, said);
        said.tell(&format!("serving on http://{}/", listener.local_addr()?));
        serve(&config, &world, listener, stop).await?;
        lifecycle::close(world).await?;
        said.tell("stopped");
        Ok(Exit::Done)
    }
}

/// Takes the address the site answers at.
///
/// # Errors
/// When it is taken or not ours.
pub(crate) async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let bind = &config.web.bind;
    TcpListener::bind(bind).await.with_context(|| format!("cannot answer at {bind}"))
}

/// Serves and works until `stop` turns true, then ends both in order.
///
/// # Errors
/// When the listener breaks.
pub(crate) async fn serve(
    config: &Config,
    world: &World,
    listener: TcpListener,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let (settings, board) = (config.web_settings(), Board::default());
    let site = Site::new(
        world.store.clone(),
        world.search.clone(),
        Arc::clone(&world.clock),
        settings.clone(),
    )
    .watching(board.clone())
    .posting(world.mailer.outbox())
    .believing(elsewhere::providers(config)?, Arc::new(Guarded(world.fetcher.clone())));
    let router = observatory_web::router(site);
    let runner = Runner::new(world.clone(), Arc::new(board.clone()));
    let working = stop.clone();
    let worker = lifecycle::start(async move { runner.run(working).await });
    let stopped = async move {
        lifecycle::stopped(stop).await;
        board.close();
    };
    observatory_web::serve(listener, router, &settings, stopped).await?;
    worker.await.context("the background work ended in an unforeseen way")
}

fn tell_of_index(world: &World, said: Said) {
    if let Opened::Rebuilding { why } = world.search.opened() {
        said.tell(&format!("the search index is built anew from the store: {why}"));
    }
}
