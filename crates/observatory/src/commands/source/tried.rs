//! `observatory source test` and `check`: sources are asked once, and nothing is kept.

use anyhow::Context as _;
use clap::Args;
use futures_util::stream::{self, StreamExt as _};
use observatory_ingest::Fetcher;
use observatory_model::source::{Failure, Source, SourceState};
use observatory_model::{Clock as _, Slug, SystemClock};
use observatory_store::Store;
use observatory_worker::jobs::try_source::{Tried, try_source};
use serde_json::json;

use super::add::Add;
use super::named;
use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// Entries that are shown of an answer.
const SHOWN: usize = 5;

/// What is said of a hub that could not reach us.
const NOT_REACHABLE: &str = "would not be asked: web.public_origin is not on the public internet";

/// The flags of `source check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Only these, by their words in addresses. Without it, all that are active.
    source: Vec<Slug>,
}

fn fetcher(config: &Config) -> anyhow::Result<Fetcher> {
    Fetcher::new(config.ingest_settings()).context("cannot start the harvest")
}

pub(super) async fn test(config: &Config, add: Add, said: Said) -> anyhow::Result<Exit> {
    let (url, kind) = (add.url()?, add.kind()?);
    let (fetcher, reader) = (fetcher(config)?, lifecycle::paper_reader()?);
    let tried = try_source(&fetcher, &reader, (&url, &kind), SystemClock.now()).await;
    if said.json {
        output::json(&json!({
            "schema": "observatory.tried/1", "url": url, "asks": kind, "failure": tried.as_ref().err(),
            "title": tried.as_ref().ok().and_then(|tried| tried.title.as_ref()),
            "total": tried.as_ref().ok().and_then(|tried| tried.total),
            "entries": tried.as_ref().map(|tried| tried.entries.clone()).unwrap_or_default(),
            "hub": tried.as_ref().ok().and_then(|tried| tried.links.hub.as_ref()),
            "hub_topic": tried.as_ref().ok().and_then(|tried| tried.links.topic.as_ref()),
            "would_subscribe": tried.as_ref().is_ok_and(|tried| tried.links.hub.is_some())
                && config.callback_origin().is_some(),
            "problems": tried.as_ref().map(|tried| tried.problems.clone()).unwrap_or_default(),
        }));
    } else {
        output::result(&in_words(&tried));
        for entry in tried.iter().flat_map(|tried| &tried.entries).take(SHOWN) {
            let language = entry.language.map_or("?", observatory_model::Language::code);
            let date = entry.published.map(observatory_model::Timestamp::date).unwrap_or_default();
            output::result(&format!("  {date}\t{language}\t{}", output::foreign(&entry.title)));
        }
        if let Some(hub) = tried.as_ref().ok().and_then(|tried| tried.links.hub.as_ref()) {
            let reachable = config.callback_origin().is_some();
            let how = if reachable { "would be asked to tell of changes" } else { NOT_REACHABLE };
            said.tell(&format!("  hub: {} {how}", output::foreign(hub.as_str())));
        }
        for problem in tried.iter().flat_map(|tried| &tried.problems) {
            said.tell(&format!("  not read: {}", output::foreign(problem)));
        }
    }
    Ok(if tried.is_ok() { Exit::Done } else { Exit::No })
}

pub(super) async fn check(
    config: &Config,
    store: &Store,
    check: Check,
    said: Said,
) -> anyhow::Result<Exit> {
    let chosen = if check.source.is_empty() {
        let mut all = store.sources().await?;
        all.retain(|source| source.state == SourceState::Active);
        all
    } else {
        let Some(chosen) = named(store, &check.source, said).await? else {
            return Ok(Exit::WrongUse);
        };
        chosen
    };
    let (fetcher, reader) = (fetcher(config)?, lifecycle::paper_reader()?);
    let ask = async |source: Source| {
        let asked = (&source.url, &source.kind);
        let tried = try_source(&fetcher, &reader, asked, SystemClock.now()).await;
        (source, tried)
    };
    let at_once = config.worker_settings().parallel_fetches.get();
    let mut asked = std::pin::pin!(stream::iter(chosen).map(ask).buffered(at_once));
    let mut exit = Exit::Done;
    while let Some((source, tried)) = asked.next().await {
        if tried.is_err() {
            exit = Exit::No;
        }
        if said.json {
            output::json(&json!({
                "schema": "observatory.checked/1", "slug": source.slug, "url": source.place(),
                "asks": source.kind, "failure": tried.as_ref().err(),
                "entries": tried.as_ref().ok().map(|tried| tried.entries.len()),
                "problems": tried.as_ref().map(|tried| tried.problems.clone()).unwrap_or_default(),
            }));
        } else {
            output::result(&format!("{}\t{}", source.slug, in_words(&tried)));
        }
    }
    Ok(exit)
}

fn in_words(tried: &Result<Tried, Failure>) -> String {
    match tried {
        Ok(tried) => {
            let title = output::foreign(tried.title.as_deref().unwrap_or("no title"));
            let (entries, deleted) = (tried.entries.len(), tried.deleted);
            let of = tried.total.map(|total| format!(" of {total}")).unwrap_or_default();
            let problems = tried.problems.len();
            format!("ok\t{title}: {entries}{of} entries, {deleted} taken back, {problems} not read")
        }
        Err(failure) => {
            format!("{}\t{}", failure.reason.code(), output::foreign(&failure.detail))
        }
    }
}
