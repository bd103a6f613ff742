//! `observatory demo`: the whole way once, on this machine alone.
//!
//! A small network is served on a free port, harvested over real HTTP, indexed and shown. Nothing but
//! this machine is contacted, unless `--live` says so.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use observatory_model::decision::{Act, Decision};
use observatory_model::mail::MailAddress;
use observatory_model::person::{Person, Role, Roles};
use observatory_model::radar::{Sight, standings};
use observatory_model::source::NewSource;
use observatory_model::trend::Picture;
use observatory_model::vocabulary::Vocabularies;
use observatory_model::{
    Clock as _, DecisionId, Language, Slug, SourceId, SystemClock, WebAddress,
};
use observatory_search::glossary;
use observatory_worker::jobs::paint_picture::{Wish, paint_picture};
use observatory_worker::jobs::publish_content::publish_content;
use observatory_worker::{Silent, World};
use rust_embed::RustEmbed;

use crate::commands::ingest::harvest_and_index;
use crate::commands::{Said, publish, serve, source, user};
use crate::config::Config;
use crate::exit::Exit;
use crate::lifecycle;
use crate::replay::{self, Answer};

/// Who edits in the demo.
const EDITOR: &str = "editor@demo.example";

/// In a folder that the demo made, and may therefore empty.
const MARK: &str = "made-by-observatory-demo";

/// The pieces as they were when the program was built, for a demo away from the sources.
#[derive(RustEmbed)]
#[folder = "../../content/"]
struct BundledContent;

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where the site answers.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    bind: String,
    /// The folder for everything that is written. It is emptied first, if a demo made it.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    /// Harvest the recorded answers in this folder instead of the bundled network.
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Also harvest the starter sources on the Internet.
    #[arg(long)]
    live: bool,
    /// Stop when everything is ready, instead of serving.
    #[arg(long)]
    once: bool,
}

impl Demo {
    pub(crate) async fn run(self, mut config: Config, said: Said) -> anyhow::Result<Exit> {
        let begun = Instant::now();
        let stop = lifecycle::stop_signal()?;
        empty(&self.data)?;
        let database_url = config.store.url.clone();
        config.keep_in(&self.data);
        if !database_url.starts_with("sqlite:") {
            config.store.url = database_url;
        }
        config.web.bind.clone_from(&self.bind);
        config.web.public_origin = format!("http://{}", self.bind);
        config.ingest.allow_loopback = true;
        let listener = serve::bind(&config).await?;

        let content = content_folder(&config, &self.data)?;
        let answers = match &self.recordings {
            Some(folder) => replay::recorded(folder)?,
            None => replay::bundled(SystemClock.now())?,
        };
        let origin = replay::serve(&answers).await?;
        said.tell(&format!("1. {} answers are served at {origin}/", answers.len()));

        let world = lifecycle::open_world(&config).await?;
        let published = publish_content(&world.store, &*world.clock, &content).await?;
        said.tell("2. the content folder:");
        publish::report(&published, &content, Said { json: false, ..said });
        if !published.problems.is_empty() {
            lifecycle::close(world).await?;
            return Ok(Exit::No);
        }

        let mut sources = add_answers(&world, &origin, &answers).await?;
        if self.live {
            sources.extend(add_starters(&world, &config).await?);
        }
        said.tell(&format!("3. {} sources are harvested over HTTP:", sources.len()));
        let harvest_begun = Instant::now();
        harvest_and_index(&world, &sources, said).await?;
        let seconds = harvest_begun.elapsed().as_secs_f64();

        let documents = world.search.document_count().await?;
        let entries = world.store.entry_count().await?;
        said.tell(&format!("   {entries} entries from HTTP to searchable in {seconds:.2} s"));
        said.tell(&format!(
            "4. ready after {:.1} s: {documents} documents can be found, in {}",
            begun.elapsed().as_secs_f64(),
            self.data.display()
        ));
        let picture = paint_picture(&world, &Silent, Wish::default()).await?;
        if self.recordings.is_none() {
            judge(&world, &picture).await?;
            keep_edition(&world, &picture).await?;
        }
        let (trends, signals) = (picture.trends.len(), picture.signals.len());
        said.tell(&format!("5. {trends} trends and {signals} signals were found in what was read"));
        let desk = editor(&world, &config.web.public_origin).await?;
        say_where_to_look(&config.web.public_origin, &desk, said);
        if !self.once {
            serve::serve(&config, &world, listener, stop).await?;
        }
        lifecycle::close(world).await?;
        Ok(Exit::Done)
    }
}

/// An editor who may do everything, and the link that signs them in.
async fn editor(world: &World, origin: &str) -> anyhow::Result<String> {
    let now = world.clock.now();
    let mail: MailAddress = EDITOR.parse()?;
    let person = Person {
        name: "Demo Editor".to_owned(),
        ..Person::new(mail.clone(), Roles::of([Role::Editor, Role::Admin]), Language::En, now)
    };
    world.store.add_person(&person, user::OPERATOR).await?;
    user::link(&world.store, mail, Language::En, origin).await
}

/// Sorts the trends of the bundled network as an editor would, so that the radar has something to show.
async fn judge(world: &World, picture: &Picture) -> anyhow::Result<()> {
    let judged = [
        ("digital-twin", "technological", "h1"),
        ("post-quantum-cryptography", "technological", "h2"),
        ("ai-governance", "political", "h1"),
        ("artificial-intelligence", "technological", "h1"),
        ("digital-identity", "social", "h2"),
        ("early-warning-system", "environmental", "h2"),
    ];
    for (trend, sector, horizon) in judged {
        let trend = trend.parse::<Slug>()?;
        if picture.finding(&trend).is_none() {
            continue;
        }
        let acts = [Act::Sector { to: sector.parse()? }, Act::Horizon { to: horizon.parse()? }];
        for act in acts {
            let at = world.clock.now();
            let decision = Decision {
                id: DecisionId::new(at),
                trend: trend.clone(),
                at,
                by: "The editors of the demo".parse()?,
                act,
                reason: String::new(),
            };
            world.store.decide(&decision).await?;
        }
    }
    Ok(())
}

/// Keeps an edition of the radar from before the editors' last meeting, so that there is something to
/// compare: two trends have moved since, one is new and one is gone.
async fn keep_edition(world: &World, picture: &Picture) -> anyhow::Result<()> {
    let now = world.clock.now();
    let decisions = world.store.decisions(None).await?;
    let (standings, vocabularies) = (standings(&decisions), Vocabularies::bundled());
    let sight = Sight {
        picture: Some(picture),
        standings: &standings,
        vocabularies: &vocabularies,
        glossary: glossary(),
    };
    let mut edition = sight.radar("first".parse()?, now.plus_seconds(-30 * 24 * 3600));
    for (blip, ring) in edition.blips.iter_mut().zip(["h3", "h1"]) {
        blip.ring = ring.parse()?;
    }
    if let Some(new) = edition.blips.last_mut() {
        new.trend = "metaverse".parse()?;
        new.names = glossary()
            .named(&new.trend)
            .map(|concept| Language::ALL.map(|one| (one, concept.preferred(one).to_owned())).into())
            .unwrap_or_default();
    }
    world.store.keep_edition(&edition).await?;
    Ok(())
}

fn say_where_to_look(origin: &str, desk: &str, said: Said) {
    let places = [
        ("", "the front page, in the language of your browser"),
        ("en/demystifying-digital/itu-101", "an explainer whose every ¶ can be quoted"),
        ("ar/search?q=الذكاء", "a search in Arabic"),
        ("zh/search?q=互联网", "a search in Chinese"),
        ("en/trends", "what rises, with the evidence behind it"),
        ("en/sources", "what was harvested, and what could not be read and why"),
        ("en/feed.atom", "everything that is published, as a feed"),
    ];
    for (path, what) in places {
        said.tell(&format!("   {origin}/{path}  {what}"));
    }
    said.tell(&format!("   {desk}  the desk, as an editor (once, within the hour)"));
    said.tell("   Ctrl-C stops.");
}

/// Makes `folder`, empty. A folder that the demo did not make is left alone.
fn empty(folder: &Path) -> anyhow::Result<()> {
    let mark = folder.join(MARK);
    if folder.exists() {
        let is_empty = folder.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        if !is_empty && !mark.exists() {
            bail!("{} was not made by a demo; name another folder with --data", folder.display());
        }
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&mark, ""))
        .with_context(|| format!("cannot make {}", folder.display()))
}

/// The configured content folder where there is one, else the bundled pieces, unpacked into `data`.
fn content_folder(config: &Config, data: &Path) -> anyhow::Result<PathBuf> {
    let folder = &config.content.folder;
    if folder.is_dir() {
        return Ok(folder.clone());
    }
    let unpacked = data.join("content");
    for name in BundledContent::iter() {
        let Some(file) = BundledContent::get(&name) else { continue };
        let path = unpacked.join(&*name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, &file.data)?;
    }
    Ok(unpacked)
}

/// Adds a source for every answer that is one: a redirect's aim is reached through the redirect.
async fn add_answers(
    world: &World,
    origin: &str,
    answers: &[Answer],
) -> anyhow::Result<Vec<SourceId>> {
    let mut added = Vec::new();
    for answer in answers.iter().filter(|answer| answer.name.is_some()) {
        let url = format!("{origin}{}", answer.path).parse::<WebAddress>()?;
        let name = answer.name.clone();
        let slug = answer.slug.clone().unwrap_or_else(|| source::slug_for(name.as_deref(), &url));
        let new = NewSource {
            kind: answer.kind.clone(),
            institution: answer.institution.clone(),
            region: answer.region.clone(),
            ..NewSource::feed(url, slug, name)
        };
        added.push(world.store.add_source(&new, world.clock.now()).await?.id);
    }
    Ok(added)
}

async fn add_starters(world: &World, config: &Config) -> anyhow::Result<Vec<SourceId>> {
    let mut added = Vec::new();
    for starter in &config.starter_sources {
        let (url, name) = (starter.url.parse()?, starter.name.clone());
        let slug = source::slug_for(Some(&name), &url);
        let new = NewSource::feed(url, slug, Some(name));
        added.push(world.store.add_source(&new, world.clock.now()).await?.id);
    }
    Ok(added)
}
