//! `observatory trends`: what rises, why, and what people made of it.

mod backtest;
mod brief;
mod decide;
mod edition;
mod rate;

use std::collections::BTreeMap;

use clap::{Args, Subcommand, ValueEnum};
use observatory_model::decision::Standing;
use observatory_model::radar::{Sight, standings};
use observatory_model::trend::{Finding, List, Picture, Step};
use observatory_model::vocabulary::{Vocabularies, Vocabulary};
use observatory_model::{Language, Slug, Timestamp};
use observatory_search::Opened;
use observatory_store::Store;
use observatory_worker::jobs::index_documents::index_documents;
use observatory_worker::jobs::paint_picture::{Wish, paint_picture};
use serde_json::{Value, json};

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::progress::Shown;
use crate::{lifecycle, output};

/// What to do with trends.
#[derive(Debug, Subcommand)]
pub(crate) enum Trends {
    /// Count what rises now, and keep it as the picture of this day.
    Run(Run),
    /// List what rises, the strongest first.
    List(ListFlags),
    /// Show a trend with all its figures, its evidence and what people said of it.
    Explain(One),
    /// Say what an editor decides about a trend.
    Decide(decide::Decide),
    /// Say what a rater thinks of a trend, with a call on the future if there is one.
    Rate(rate::Rate),
    /// Say how a call ended, when its date has come.
    Resolve(rate::Resolve),
    /// Score past calls: how often what was called likely came true.
    Calibration(rate::CalibrationFlags),
    /// Begin a Future Vision brief on a trend, with its figures and its evidence filled in.
    Brief(brief::Brief),
    /// Stand in the past of a file of documents, and list what would have been found.
    Backtest(backtest::Backtest),
    /// Make, list, show and import editions of the radar.
    #[command(subcommand)]
    Edition(edition::EditionCommand),
}

/// The flags of `trends run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Forget what was counted before and read everything again.
    #[arg(long)]
    anew: bool,
    /// Stand at this instant, such as 2025-01-01, and know nothing of what came after.
    #[arg(long)]
    at: Option<Timestamp>,
    /// The length of a period, instead of the longest of which the documents fill enough.
    #[arg(long, value_enum)]
    step: Option<WhichStep>,
}

/// The flags of `trends list`.
#[derive(Debug, Args)]
pub(crate) struct ListFlags {
    /// Only one of the two lists.
    #[arg(long, value_enum)]
    list: Option<WhichList>,
    /// List at most so many of each.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Also those that editors set aside or said are the same as another.
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WhichList {
    Trends,
    Signals,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WhichStep {
    Month,
    Quarter,
    Year,
}

impl From<WhichStep> for Step {
    fn from(step: WhichStep) -> Self {
        match step {
            WhichStep::Month => Self::Month,
            WhichStep::Quarter => Self::Quarter,
            WhichStep::Year => Self::Year,
        }
    }
}

/// The flags of `trends explain`.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The trend, by the word of its address.
    trend: Slug,
}

impl Trends {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        if let Self::Run(flags) = self {
            return run(&config, &flags, said).await;
        }
        if let Self::Backtest(flags) = self {
            return flags.run(said);
        }
        let vocabularies = config.vocabularies()?;
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            // They have returned above.
            Self::Run(_) | Self::Backtest(_) => Ok(Exit::WrongUse),
            Self::List(flags) => list(&store, &flags, &vocabularies, said).await,
            Self::Explain(one) => explain(&store, &one.trend, &vocabularies, said).await,
            Self::Decide(flags) => decide::decide(&store, flags, &vocabularies, said).await,
            Self::Rate(flags) => rate::rate(&store, flags, &vocabularies, said).await,
            Self::Resolve(flags) => rate::resolve(&store, flags, said).await,
            Self::Calibration(flags) => rate::calibration(&store, &flags, said).await,
            Self::Brief(flags) => brief::brief(&store, &config, flags, said).await,
            Self::Edition(command) => command.run(&store, &vocabularies, said).await,
        };
        store.close().await;
        outcome
    }
}

async fn run(config: &Config, flags: &Run, said: Said) -> anyhow::Result<Exit> {
    let world = lifecycle::open_world_beside(config).await?;
    let changes = world.store.last_change().await?;
    let shown = Shown::new(changes.0, said.quiet || said.json);
    let painted = async {
        if world.search.opened() != Opened::Looking {
            // What tells one story is folded on the way into the index, and counts once.
            index_documents(&world, &observatory_worker::Silent).await?;
        }
        let step = flags.step.map(Step::from);
        let wish = Wish { anew: flags.anew, at: flags.at, step };
        paint_picture(&world, &shown, wish).await
    }
    .await;
    shown.finish();
    let outcome = painted.map(|picture| {
        tell_of(&picture, said);
        if picture.trends.is_empty() && picture.signals.is_empty() { Exit::No } else { Exit::Done }
    });
    lifecycle::close(world).await?;
    Ok(outcome?)
}

fn tell_of(picture: &Picture, said: Said) {
    let Picture { at, step, documents, sources, tested, trends, signals, lack } = picture;
    if said.json {
        output::json(&json!({
            "schema": "observatory.picture/1",
            "at": at,
            "step": step,
            "documents": documents,
            "sources": sources,
            "tested": tested,
            "trends": trends.len(),
            "signals": signals.len(),
            "lack": lack,
        }));
        return;
    }
    output::result(&format!(
        "{} trends and {} signals among {tested} terms of {documents} documents of {sources} sources",
        trends.len(),
        signals.len()
    ));
    if let Some(lack) = lack {
        use observatory_model::trend::Lack;
        said.tell(match lack {
            Lack::Documents => "no document with text has been read; `ingest` or `import` some",
            Lack::Time => "the documents cover less than six months: nothing can be compared yet",
            Lack::Sources => "all documents are from one source; add others with `source add`",
            Lack::Rise => "nothing rises more than chance explains",
        });
    }
}

async fn list(
    store: &Store,
    flags: &ListFlags,
    vocabularies: &Vocabularies,
    said: Said,
) -> anyhow::Result<Exit> {
    let picture = store.latest_picture().await?;
    let decisions = store.decisions(None).await?;
    let standings = standings(&decisions);
    let sight = sight(picture.as_ref(), &standings, vocabularies);
    let mut shown = 0;
    for (list, which) in [(List::Trends, WhichList::Trends), (List::Signals, WhichList::Signals)] {
        if flags.list.is_some_and(|only| only as u8 != which as u8) {
            continue;
        }
        let found = match &picture {
            Some(picture) if flags.all => picture.list(list).iter().collect(),
            _ => sight.listed(list),
        };
        for finding in found.into_iter().take(flags.limit) {
            shown += 1;
            tell_line(list, finding, &sight.standing(&finding.slug), said);
        }
    }
    match &picture {
        None => said.tell("nothing has been counted yet; `trends run` does"),
        Some(picture) => said.tell(&format!("{shown} as counted for {}", picture.at)),
    }
    Ok(if shown == 0 { Exit::No } else { Exit::Done })
}

fn tell_line(list: List, finding: &Finding, standing: &Standing, said: Said) {
    let suggested = finding.suggested_stage(list);
    let stage = standing.stage.as_ref().map_or(suggested, Slug::as_str);
    let Finding { slug, name, rank, growth, false_alarms, breadth, .. } = finding;
    if said.json {
        output::json(&json!({
            "schema": "observatory.trend-line/1",
            "list": list,
            "rank": rank,
            "slug": slug,
            "name": name,
            "growth": growth,
            "false_alarms": false_alarms,
            "breadth": breadth,
            "stage": stage,
            "stage_is_decided": standing.stage.is_some(),
            "pinned": standing.is_pinned,
        }));
    } else {
        let name = output::foreign(name);
        output::result(&format!(
            "{rank}\t{slug}\t{growth:.1} times\t{:.1} % by chance\t{stage}\t{name}",
            false_alarms * 100.0
        ));
    }
}

async fn explain(
    store: &Store,
    trend: &Slug,
    vocabularies: &Vocabularies,
    said: Said,
) -> anyhow::Result<Exit> {
    let picture = store.latest_picture().await?;
    let decisions = store.decisions(Some(trend)).await?;
    let ratings = store.ratings(Some(trend)).await?;
    let outcomes = store.outcomes(Some(trend)).await?;
    let places = store.places_of(trend).await?;
    let found = picture.as_ref().and_then(|picture| picture.finding(trend));
    if found.is_none() && places.is_empty() && decisions.is_empty() {
        said.tell(&format!("there is no trend {trend}; `trends list` names them"));
        return Ok(Exit::No);
    }
    let standing = Standing::of(&decisions);
    if said.json {
        let place = |place: &observatory_store::Place| {
            json!({
                "at": place.at,
                "list": place.list,
                "rank": place.rank,
                "growth": place.growth,
                "false_alarms": place.false_alarms,
            })
        };
        output::json(&json!({
            "schema": "observatory.trend/1",
            "slug": trend,
            "list": found.map(|(list, _)| list),
            "finding": found.map(|(_, finding)| finding),
            "decisions": decisions,
            "ratings": ratings,
            "outcomes": outcomes.values().collect::<Vec<_>>(),
            "places": places.iter().map(place).collect::<Vec<_>>(),
        }));
        return Ok(Exit::Done);
    }
    match found {
        Some((list, finding)) => tell_finding(list, finding, &standing, vocabularies),
        None => said.tell("it is not in the present picture"),
    }
    for decision in &decisions {
        let act = serde_json::to_value(&decision.act)?;
        output::result(&format!("{}\t{}\t{act}\t{}", decision.at, decision.by, decision.reason));
    }
    for rating in &ratings {
        output::result(&rate::line_of(rating, outcomes.get(&rating.id)));
    }
    Ok(Exit::Done)
}

fn tell_finding(list: List, finding: &Finding, standing: &Standing, vocabularies: &Vocabularies) {
    let names = finding.names(standing, observatory_search::glossary());
    for (language, name) in &names {
        output::result(&format!("{language}\t{}", output::foreign(name)));
    }
    let (low, high) = finding.growth_between;
    let suggested = finding.suggested_stage(list).parse().unwrap_or_else(|_| Slug::unnamed());
    let stage = standing.stage.as_ref().unwrap_or(&suggested);
    let stage = vocabularies.label(Vocabulary::Stages, stage, Language::En);
    let lines = [
        format!("{list:?}, place {}; stage: {stage}", finding.rank),
        format!("grown {:.2} times (95 %: {low:.2} to {high:.2})", finding.growth),
        format!("rising since {}, first named {}", finding.rising_since, finding.first_seen),
        format!("{:.1} % of findings this strong come by chance", finding.false_alarms * 100.0),
    ];
    for line in &lines {
        output::result(line);
    }
    for count in &finding.counts {
        output::result(&format!("{}\t{}\t{}", count.from, count.with, count.all));
    }
    for part in &finding.sources {
        output::result(&format!("{}\t{}\t{}", part.name, part.recent, part.before));
    }
    for shown in &finding.evidence {
        let name = output::foreign(&shown.name);
        output::result(&format!("{}\t{}\t{name}", shown.date, shown.document));
    }
}

/// What a radar is drawn from.
fn sight<'a>(
    picture: Option<&'a Picture>,
    standings: &'a BTreeMap<Slug, Standing>,
    vocabularies: &'a Vocabularies,
) -> Sight<'a> {
    Sight { picture, standings, vocabularies, glossary: observatory_search::glossary() }
}

/// Whether anybody has ever heard of this trend.
async fn is_known(store: &Store, trend: &Slug) -> anyhow::Result<bool> {
    let is_listed = store.first_listed(trend).await?.is_some();
    Ok(is_listed || !store.decisions(Some(trend)).await?.is_empty())
}

/// Says that a word is none of a vocabulary's, and which there are.
pub(crate) fn refuse_word(
    vocabularies: &Vocabularies,
    vocabulary: Vocabulary,
    word: &Slug,
    said: Said,
) {
    let words = vocabularies.words(vocabulary).map(Slug::as_str).collect::<Vec<_>>();
    said.tell(&format!("{word} is none of the {}: {}", vocabulary.code(), words.join(", ")));
}

/// Numbers as one value.
fn share(value: f64) -> Value {
    json!((value * 1000.0).round() / 1000.0)
}
