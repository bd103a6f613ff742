//! `observatory index`: the search index, which is made from the store.

use std::time::Duration;

use clap::Subcommand;
use observatory_model::job::Work;
use observatory_search::{Opened, Search};
use observatory_store::Store;
use observatory_worker::World;
use observatory_worker::jobs::rebuild_index::rebuild_index;
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::progress::Shown;
use crate::{lifecycle, output};

/// How long to wait between two looks at what another process builds.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What to do with the index.
#[derive(Debug, Subcommand)]
pub(crate) enum Index {
    /// Build it anew from the store, beside the old one, which answers until the new one is complete.
    Build,
    /// Say how far it is, how large, and whether it fits the store.
    Status,
}

impl Index {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        match self {
            Self::Build => {
                let world = lifecycle::open_world_beside(&config).await?;
                let outcome = if world.search.opened() == Opened::Looking {
                    ask_for_build(&config, &world, said).await
                } else {
                    build(&world, said).await
                };
                lifecycle::close(world).await?;
                outcome
            }
            Self::Status => {
                let (store, search) = lifecycle::open_look(&config).await?;
                let outcome = status(&store, &search, said).await;
                store.close().await;
                outcome
            }
        }
    }
}

async fn build(world: &World, said: Said) -> anyhow::Result<Exit> {
    let changes = world.store.last_change().await?;
    let shown = Shown::new(changes.0, said.quiet || said.json);
    let told = rebuild_index(world, &shown).await;
    shown.finish();
    let told = told?.unwrap_or_default();
    said.tell(&format!("built the index anew from {told} changes"));
    status(&world.store, &world.search, said).await
}

/// Asks the process that has the index open to build it anew, and waits until it has.
async fn ask_for_build(config: &Config, world: &World, said: Said) -> anyhow::Result<Exit> {
    let before = world.search.report().folder;
    let now = world.clock.now();
    world.store.enqueue(&Work::RebuildIndex, now, now).await?;
    said.tell("the running observatory builds the index anew; the old one answers until then");
    loop {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let (store, search) = lifecycle::open_look(config).await?;
        if search.report().folder != before {
            let outcome = status(&store, &search, said).await;
            store.close().await;
            return outcome;
        }
        let given_up = store.given_up(1).await;
        store.close().await;
        let failed = given_up?.into_iter().find(|job| job.work == Work::RebuildIndex);
        if let Some(job) = failed.filter(|job| job.since >= now) {
            anyhow::bail!("the running observatory could not build the index: {}", job.reason);
        }
    }
}

async fn status(store: &Store, search: &Search, said: Said) -> anyhow::Result<Exit> {
    let report = search.report();
    let last = store.last_change().await?;
    let behind = last.0.saturating_sub(report.applied.0);
    if said.json {
        output::json(&json!({
            "schema": "observatory.index/1",
            "documents": report.documents,
            "segments": report.segments,
            "bytes": report.bytes,
            "applied": report.applied,
            "behind": behind,
            "stamp": report.stamp,
            "folder": report.folder,
        }));
    } else {
        output::result(&format!(
            "{} documents in {} segments, {} bytes, up to change {} of {}, {}, in {}",
            report.documents,
            report.segments,
            report.bytes,
            report.applied.0,
            last.0,
            report.stamp,
            report.folder.display()
        ));
    }
    Ok(if behind == 0 { Exit::Done } else { Exit::No })
}
