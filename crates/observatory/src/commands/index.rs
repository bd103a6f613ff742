//! `observatory index`: the search index, which is made from the store.

use clap::Subcommand;
use observatory_search::Search;
use observatory_store::Store;
use observatory_worker::World;
use observatory_worker::jobs::rebuild_index::rebuild_index;
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::progress::Shown;
use crate::{lifecycle, output};

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
                let world = lifecycle::open_world(&config).await?;
                let outcome = build(&world, said).await;
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
    let told = told?;
    said.tell(&format!("built the index anew from {told} changes"));
    status(&world.store, &world.search, said).await
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
