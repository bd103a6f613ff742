//! `observatory source`: the feeds that are harvested.

use clap::{Args, Subcommand};
use observatory_model::source::{NewSource, Source as Feed};
use observatory_model::{Clock as _, Slug, SystemClock, WebAddress};
use observatory_store::Store;
use serde_json::{Value, json};

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// What to do with sources.
#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Add a feed. It is read by the next `ingest`, or within seconds by a running `serve`.
    Add(Add),
    /// List the sources with their health.
    List,
}

/// The flags of `source add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The address of the feed.
    url: WebAddress,
    /// Its name for people; without it, the feed's own title.
    #[arg(long)]
    name: Option<String>,
    /// Its word in addresses; without it, made from name or host.
    #[arg(long)]
    slug: Option<Slug>,
}

impl Source {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        if let Self::Add(add) = &self
            && let Err(refusal) =
                observatory_ingest::guard::check_url(&add.url, config.ingest.allow_loopback)
        {
            output::error(&anyhow::Error::new(refusal), None);
            return Ok(Exit::WrongUse);
        }
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            Self::Add(add) => add_one(&store, add, said).await,
            Self::List => list(&store, said).await,
        };
        store.close().await;
        outcome
    }
}

async fn add_one(store: &Store, add: Add, said: Said) -> anyhow::Result<Exit> {
    let slug = add.slug.unwrap_or_else(|| slug_for(add.name.as_deref(), &add.url));
    let new = NewSource { url: add.url, slug, name: add.name };
    let source = store.add_source(&new, SystemClock.now()).await?;
    if said.json {
        output::json(&as_json(&source, None));
    } else {
        said.tell(&format!("added {}: {}", source.slug, source.url));
    }
    Ok(Exit::Done)
}

/// A word for addresses from the name, else from the host of the feed.
pub(crate) fn slug_for(name: Option<&str>, url: &WebAddress) -> Slug {
    name.and_then(Slug::from_words)
        .or_else(|| Slug::from_words(url.host()))
        .unwrap_or_else(Slug::unnamed)
}

async fn list(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let sources = store.sources().await?;
    let stats = store.source_stats().await?;
    for source in &sources {
        let entries =
            stats.iter().find(|(id, ..)| *id == source.id).map(|(_, entries, _)| *entries);
        if said.json {
            let mut value = as_json(source, entries);
            let kept = store.kept_answer(source.id).await?;
            if let Value::Object(fields) = &mut value {
                fields.insert("kept_answer".to_owned(), json!(kept.map(|file| file.to_string())));
            }
            output::json(&value);
        } else {
            output::result(&in_words(source, entries));
        }
    }
    if sources.is_empty() {
        said.tell("no sources yet");
        said.tell("hint: observatory source add https://…");
        return Ok(Exit::No);
    }
    Ok(Exit::Done)
}

fn in_words(source: &Feed, entries: Option<u64>) -> String {
    let health = match (&source.health.last_failure, source.health.last_success) {
        (Some(failure), _) => format!("{}: {}", failure.reason.code(), failure.detail),
        (None, Some(time)) => format!("read {time}"),
        (None, None) => "not read yet".to_owned(),
    };
    let name = output::foreign(&source.name);
    let (slug, state) = (&source.slug, source.state.code());
    format!("{slug}\t{state}\t{}\t{name}\t{}\t{health}", entries.unwrap_or(0), source.url)
}

fn as_json(source: &Feed, entries: Option<u64>) -> Value {
    let health = &source.health;
    json!({
        "schema": "observatory.source/1",
        "slug": source.slug,
        "name": source.name,
        "url": source.url,
        "homepage": source.homepage,
        "declared_language": source.declared_language,
        "state": source.state,
        "entries": entries,
        "last_attempt": health.last_attempt,
        "last_success": health.last_success,
        "last_failure": health.last_failure,
        "failures": health.failures,
        "problems": health.problems,
        "next_attempt": health.next_attempt,
    })
}
