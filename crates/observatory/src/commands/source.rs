//! `observatory source`: the feeds, repositories and documents that are harvested.

mod add;
mod list;
mod lists;
mod tried;

use clap::{Args, Subcommand};
use observatory_model::source::Source as Kept;
use observatory_model::vocabulary::Vocabulary;
use observatory_model::{Clock as _, Institution, Slug, SystemClock};
use observatory_store::Store;

use crate::commands::Said;
use crate::commands::trends::refuse_word;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

pub(crate) use add::slug_for;

/// What to do with sources.
#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Add a feed, a repository, a document or a folder of documents. It is read by the next `ingest`, or within seconds by a running `serve`.
    Add(add::Add),
    /// List the sources with their health, and what to do where one cannot be read.
    List(list::List),
    /// Stop reading sources. What they brought stays.
    Pause(Named),
    /// Read sources again, also those that were gone.
    Resume(Named),
    /// Say whose word sources bring; what they brought is found by it.
    Set(Set),
    /// Ask an address once, and say what it would bring. Nothing is added or kept.
    Test(add::Add),
    /// Ask the sources once, and say which of them cannot be read. Nothing is kept.
    Check(tried::Check),
    /// Add the feeds of a list in OPML.
    Import(lists::Import),
    /// Write the feeds as a list in OPML, to the standard output.
    Export,
}

/// Sources by name.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Their words in addresses.
    #[arg(required = true)]
    source: Vec<Slug>,
}

/// What is said of sources.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Their words in addresses.
    #[arg(required = true)]
    source: Vec<Slug>,
    /// The institution, such as "World Bank".
    #[arg(
        long,
        required_unless_present_any = ["no_institution", "region", "no_region"],
        conflicts_with = "no_institution"
    )]
    institution: Option<Institution>,
    /// No institution.
    #[arg(long)]
    no_institution: bool,
    /// The part of the world that it speaks from, such as africa: trends tell how many regions name them.
    #[arg(long, conflicts_with = "no_region")]
    region: Option<Slug>,
    /// No part of the world.
    #[arg(long)]
    no_region: bool,
}

impl Source {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        if let Self::Add(add) | Self::Test(add) = &self
            && let Err(refused) = add.check(&config)
        {
            output::error(&refused, None);
            return Ok(Exit::WrongUse);
        }
        let region = match &self {
            Self::Add(add) | Self::Test(add) => add.region.as_ref(),
            Self::Set(set) => set.region.as_ref(),
            _ => None,
        };
        if let Some(region) = region {
            let vocabularies = config.vocabularies()?;
            if !vocabularies.has(Vocabulary::Regions, region) {
                refuse_word(&vocabularies, Vocabulary::Regions, region, said);
                return Ok(Exit::WrongUse);
            }
        }
        if let Self::Test(add) = self {
            return tried::test(&config, add, said).await;
        }
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            Self::Add(add) => add::add_one(&store, add, said).await,
            Self::List(list) => list.run(&store, said).await,
            Self::Pause(named) => set_active(&store, &named, false, said).await,
            Self::Set(set) => say_whose(&store, &set, said).await,
            Self::Resume(named) => set_active(&store, &named, true, said).await,
            Self::Check(check) => tried::check(&config, &store, check, said).await,
            Self::Import(import) => lists::import(&config, &store, import, said).await,
            Self::Export => lists::export(&store, said).await,
            Self::Test(_) => Ok(Exit::WrongUse),
        };
        store.close().await;
        outcome
    }
}

/// The sources with these names, or `None` after it was said which is missing.
async fn named(store: &Store, wanted: &[Slug], said: Said) -> anyhow::Result<Option<Vec<Kept>>> {
    let mut found = Vec::with_capacity(wanted.len());
    for slug in wanted {
        let Some(source) = store.source_by_slug(slug).await? else {
            said.tell(&format!("error: there is no source {slug}"));
            said.tell("hint: observatory source list");
            return Ok(None);
        };
        found.push(source);
    }
    Ok(Some(found))
}

async fn set_active(
    store: &Store,
    wanted: &Named,
    is_active: bool,
    said: Said,
) -> anyhow::Result<Exit> {
    let Some(sources) = named(store, &wanted.source, said).await? else {
        return Ok(Exit::WrongUse);
    };
    for source in sources {
        store.set_source_active(source.id, is_active, SystemClock.now()).await?;
        let now = store.source(source.id).await?.unwrap_or(source);
        if said.json {
            output::json(&list::as_json(&now, None));
        } else {
            said.tell(&format!("{}: {}", now.slug, now.state.code()));
        }
    }
    Ok(Exit::Done)
}

async fn say_whose(store: &Store, set: &Set, said: Said) -> anyhow::Result<Exit> {
    let Some(sources) = named(store, &set.source, said).await? else {
        return Ok(Exit::WrongUse);
    };
    for source in sources {
        if set.institution.is_some() || set.no_institution {
            store.set_institution(source.id, set.institution.as_ref()).await?;
        }
        if set.region.is_some() || set.no_region {
            store.set_region(source.id, set.region.as_ref()).await?;
        }
        let now = store.source(source.id).await?.unwrap_or(source);
        if said.json {
            output::json(&list::as_json(&now, None));
        } else {
            let whose = now.institution.as_ref().map_or("no institution", Institution::as_str);
            let region = now.region.as_ref().map_or("no region", Slug::as_str);
            said.tell(&format!("{}: {}, {region}", now.slug, output::foreign(whose)));
        }
    }
    Ok(Exit::Done)
}
