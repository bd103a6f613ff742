//! `observatory trends edition`: the radar as it stood at one time.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use observatory_ingest::radar::{MAX_RADAR_BYTES, read_radar};
use observatory_model::edition::{Blip, Edition};
use observatory_model::radar::standings;
use observatory_model::vocabulary::Vocabularies;
use observatory_model::{Clock as _, Slug, SystemClock};
use observatory_store::Store;
use serde_json::json;

use super::sight;
use crate::commands::Said;
use crate::exit::Exit;
use crate::output;

/// What to do with editions.
#[derive(Debug, Subcommand)]
pub(crate) enum EditionCommand {
    /// Keep the radar as it is now.
    Make(Name),
    /// List all editions, the latest first.
    List,
    /// Show what is on an edition.
    Show(Name),
    /// Keep a radar that was made elsewhere: CSV or JSON with name, ring and quadrant.
    Import(Import),
}

/// The flags of `edition make` and `edition show`.
#[derive(Debug, Args)]
pub(crate) struct Name {
    /// The word of the edition, such as 2026-11.
    name: Slug,
}

/// The flags of `edition import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The word of the edition, such as 2026-11.
    name: Slug,
    /// The file.
    file: PathBuf,
}

impl EditionCommand {
    pub(super) async fn run(
        self,
        store: &Store,
        vocabularies: &Vocabularies,
        said: Said,
    ) -> anyhow::Result<Exit> {
        match self {
            Self::Make(flags) => make(store, flags.name, vocabularies, said).await,
            Self::List => list(store, said).await,
            Self::Show(flags) => show(store, &flags.name, said).await,
            Self::Import(flags) => import(store, flags, said).await,
        }
    }
}

async fn make(
    store: &Store,
    name: Slug,
    vocabularies: &Vocabularies,
    said: Said,
) -> anyhow::Result<Exit> {
    let picture = store.latest_picture().await?;
    let decisions = store.decisions(None).await?;
    let standings = standings(&decisions);
    let radar = sight(picture.as_ref(), &standings, vocabularies).radar(name, SystemClock.now());
    keep(store, &radar, said).await
}

async fn keep(store: &Store, edition: &Edition, said: Said) -> anyhow::Result<Exit> {
    if edition.blips.is_empty() {
        said.tell("nothing is on it; `trends list` shows what was found");
        return Ok(Exit::No);
    }
    store.keep_edition(edition).await?;
    said.tell(&format!("kept {} trends as edition {}", edition.blips.len(), edition.name));
    Ok(Exit::Done)
}

async fn list(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let editions = store.editions().await?;
    for line in &editions {
        if said.json {
            output::json(&json!({
                "schema": "observatory.edition-line/1",
                "name": line.name,
                "at": line.at,
            }));
        } else {
            output::result(&format!("{}\t{}", line.name, line.at));
        }
    }
    Ok(if editions.is_empty() { Exit::No } else { Exit::Done })
}

async fn show(store: &Store, name: &Slug, said: Said) -> anyhow::Result<Exit> {
    let Some(edition) = store.edition(name).await? else {
        said.tell(&format!("there is no edition {name}; `trends edition list` names them"));
        return Ok(Exit::No);
    };
    if said.json {
        let mut shown = serde_json::to_value(&edition)?;
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("schema".to_owned(), json!("observatory.edition/1"));
        }
        output::json(&shown);
        return Ok(Exit::Done);
    }
    for blip in &edition.blips {
        let Blip { trend, names, sector, ring, .. } = blip;
        let name = names.values().next().map(String::as_str).unwrap_or_default();
        output::result(&format!("{trend}\t{ring}\t{sector}\t{}", output::foreign(name)));
    }
    Ok(Exit::Done)
}

async fn import(store: &Store, flags: Import, said: Said) -> anyhow::Result<Exit> {
    let shown = flags.file.display();
    let size =
        std::fs::metadata(&flags.file).with_context(|| format!("cannot read {shown}"))?.len();
    if size > MAX_RADAR_BYTES {
        said.tell(&format!("{shown} has {size} bytes; a radar has at most {MAX_RADAR_BYTES}"));
        return Ok(Exit::WrongUse);
    }
    let bytes = std::fs::read(&flags.file).with_context(|| format!("cannot read {shown}"))?;
    let read = match read_radar(&bytes, flags.name, SystemClock.now()) {
        Ok(read) => read,
        Err(error) => {
            said.tell(&format!("{shown}: {error}"));
            return Ok(Exit::No);
        }
    };
    for problem in &read.problems {
        said.tell(&format!("{shown}: {problem}"));
    }
    keep(store, &read.edition, said).await
}
