//! `observatory source import` and `export`: lists in OPML.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use observatory_ingest::opml::{self, Listed};
use observatory_model::source::{NewSource, SourceKind};
use observatory_model::{Clock as _, SystemClock};
use observatory_store::{Store, StoreError};
use serde_json::json;

use super::add::slug_for;
use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::output;

/// The flags of `source import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The list. One that is not well-formed is read as far as it can be.
    file: PathBuf,
    /// Say what would be added, and add nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What became of a feed of the list.
enum Outcome {
    Added(String),
    WouldBeAdded,
    Known(String),
    Refused(String),
}

pub(super) async fn import(
    config: &Config,
    store: &Store,
    import: Import,
    said: Said,
) -> anyhow::Result<Exit> {
    let shown = import.file.display();
    let size =
        std::fs::metadata(&import.file).with_context(|| format!("cannot read {shown}"))?.len();
    anyhow::ensure!(size <= u64::try_from(opml::MAX_BYTES)?, "{shown} is larger than any list");
    let bytes = std::fs::read(&import.file).with_context(|| format!("cannot read {shown}"))?;
    let list = match opml::read(&bytes) {
        Ok(list) => list,
        Err(failure) => {
            output::error(
                &anyhow::Error::new(failure).context(format!("{shown} is no list")),
                None,
            );
            return Ok(Exit::No);
        }
    };
    let (mut added, mut known, mut refused) = (0, 0, 0);
    for feed in &list.feeds {
        let outcome = add(config, store, feed, import.dry_run).await?;
        match &outcome {
            Outcome::Added(_) | Outcome::WouldBeAdded => added += 1,
            Outcome::Known(_) => known += 1,
            Outcome::Refused(_) => refused += 1,
        }
        tell(feed, &outcome, said);
    }
    for problem in &list.problems {
        said.tell(&format!("not read: {}", output::foreign(problem)));
    }
    let verb = if import.dry_run { "would be added" } else { "added" };
    let (twice, unread) = (list.duplicates, list.problems.len());
    said.tell(&format!(
        "{added} {verb}, {known} known, {twice} named twice, {refused} refused, {unread} problems"
    ));
    if said.json {
        output::json(&json!({
            "schema": "observatory.import/1", "added": added, "known": known, "refused": refused,
            "duplicates": twice, "problems": list.problems, "dry_run": import.dry_run,
        }));
    }
    Ok(if added + known == 0 { Exit::No } else { Exit::Done })
}

async fn add(
    config: &Config,
    store: &Store,
    feed: &Listed,
    dry_run: bool,
) -> anyhow::Result<Outcome> {
    if let Err(refusal) =
        observatory_ingest::guard::check_url(&feed.url, config.ingest.allow_loopback)
    {
        return Ok(Outcome::Refused(refusal.to_string()));
    }
    if dry_run {
        return Ok(Outcome::WouldBeAdded);
    }
    let slug = slug_for(feed.name.as_deref(), &feed.url);
    let new = NewSource {
        folder: feed.folder.clone(),
        homepage: feed.homepage.clone(),
        ..NewSource::feed(feed.url.clone(), slug, feed.name.clone())
    };
    match store.add_source(&new, SystemClock.now()).await {
        Ok(source) => Ok(Outcome::Added(source.slug.to_string())),
        Err(error @ StoreError::Conflict { .. }) => Ok(Outcome::Known(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn tell(feed: &Listed, outcome: &Outcome, said: Said) {
    let name = output::foreign(feed.name.as_deref().unwrap_or_default());
    let (code, detail) = match outcome {
        Outcome::Added(slug) => ("added", slug.as_str()),
        Outcome::WouldBeAdded => ("would be added", ""),
        Outcome::Known(why) => ("known", why.as_str()),
        Outcome::Refused(why) => ("refused", why.as_str()),
    };
    if said.json {
        output::json(&json!({
            "schema": "observatory.imported/1", "url": feed.url, "name": feed.name,
            "folder": feed.folder, "outcome": code, "detail": detail,
        }));
    } else {
        said.tell(&format!("{code}\t{name}\t{}\t{detail}", feed.url));
    }
}

pub(super) async fn export(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let sources = store.sources().await?;
    let text = observatory_publish::opml("Sources of the observatory", &sources, SystemClock.now());
    output::result(text.trim_end());
    let others = sources.iter().filter(|source| source.kind != SourceKind::Feed).count();
    if others > 0 {
        said.tell(&format!("{others} sources are left out: a list in OPML holds feeds"));
    }
    Ok(Exit::Done)
}
