//! `observatory source list`: the sources, how reading them goes, and what to do where it fails.

use clap::Args;
use observatory_model::source::{Figures, Source};
use observatory_model::subscription::Subscription;
use observatory_model::{Clock as _, Language, Slug, SystemClock};
use observatory_store::Store;
use serde_json::{Value, json};

use crate::commands::Said;
use crate::exit::Exit;
use crate::output;

/// The flags of `source list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those that could not be read the last time.
    #[arg(long)]
    failing: bool,
    /// Only those after this one, in the order of the list.
    #[arg(long, value_name = "SOURCE")]
    after: Option<Slug>,
    /// At most so many.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

impl List {
    pub(super) async fn run(self, store: &Store, said: Said) -> anyhow::Result<Exit> {
        let all = store.sources().await?;
        let figures = store.figures(SystemClock.now()).await?;
        let begin = match &self.after {
            None => 0,
            Some(after) => {
                let Some(place) = all.iter().position(|source| source.slug == *after) else {
                    said.tell(&format!("error: there is no source {after}"));
                    return Ok(Exit::WrongUse);
                };
                place + 1
            }
        };
        let wanted = all
            .iter()
            .skip(begin)
            .filter(|source| !self.failing || source.health.last_failure.is_some())
            .take(self.limit.unwrap_or(usize::MAX));
        for source in wanted {
            let figures = figures.get(&source.id).copied().unwrap_or_default();
            if said.json {
                let mut value = as_json(source, Some(&figures));
                let kept = store.kept_answer(source.id).await?;
                let subscription = store.subscription(source.id).await?;
                if let Value::Object(fields) = &mut value {
                    let subscription = subscription.map(|known| hub_as_json(&known));
                    fields.insert("subscription".to_owned(), json!(subscription));
                    let kept = json!(kept.map(|file| file.to_string()));
                    fields.insert("kept_answer".to_owned(), kept);
                }
                output::json(&value);
            } else {
                output::result(&in_words(source, &figures));
            }
        }
        if all.is_empty() {
            said.tell("no sources yet");
            said.tell("hint: observatory source add https://…");
            return Ok(Exit::No);
        }
        Ok(Exit::Done)
    }
}

fn in_words(source: &Source, figures: &Figures) -> String {
    let health = match (&source.health.last_failure, source.health.last_success) {
        (Some(failure), _) => {
            let (what, remedy) = observatory_web::failure_in_words(Language::En, failure.reason);
            let detail = output::foreign(&failure.detail);
            format!("{}: {what} {remedy} ({detail})", failure.reason.code())
        }
        (None, Some(time)) => format!("read {time}"),
        (None, None) => "not read yet".to_owned(),
    };
    let name = output::foreign(&source.name);
    let (slug, state, kind) = (&source.slug, source.state.code(), source.kind.code());
    let (entries, url) = (figures.entries, source.place());
    format!("{slug}\t{state}\t{entries}\t{name}\t{kind}\t{url}\t{health}")
}

/// A source for programs; `figures` are left out where they were not asked for.
pub(crate) fn as_json(source: &Source, figures: Option<&Figures>) -> Value {
    let health = &source.health;
    let words = health
        .last_failure
        .as_ref()
        .map(|failure| observatory_web::failure_in_words(Language::En, failure.reason));
    let usual = figures.and_then(Figures::usual_tenths).map(|tenths| json!(per_week(tenths)));
    json!({
        "schema": "observatory.source/1",
        "slug": source.slug,
        "name": source.name,
        "url": source.place(),
        "asks": source.kind,
        "folder": source.folder,
        "institution": source.institution,
        "region": source.region,
        "homepage": source.homepage,
        "declared_language": source.declared_language,
        "state": source.state,
        "entries": figures.map(|figures| figures.entries),
        "newest": figures.and_then(|figures| figures.newest),
        "entries_last_week": figures.map(|figures| figures.last_week),
        "entries_usual_week": usual,
        "last_attempt": health.last_attempt,
        "last_success": health.last_success,
        "last_failure": health.last_failure,
        "last_failure_means": words.map(|(what, _)| what),
        "what_to_do": words.map(|(_, remedy)| remedy),
        "failures": health.failures,
        "problems": health.problems,
        "next_attempt": health.next_attempt,
        "usual_seconds_between_news": health.rhythm.usual_seconds,
        "last_news": health.rhythm.last_news,
        "timetable": health.timetable,
    })
}

/// How a source stands with its hub. The words that only the hub knows are left out.
fn hub_as_json(known: &Subscription) -> Value {
    json!({
        "hub": known.hub,
        "topic": known.topic,
        "state": known.stands(SystemClock.now()).code(),
        "since": known.since,
        "asked": known.asked,
        "lease_end": known.lease_end,
        "last_told": known.last_push,
        "reason": known.reason,
    })
}

/// Tenths as a number.
fn per_week(tenths: u64) -> f64 {
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}
