//! `observatory ingest`: the sources are read once.

use clap::Args;
use observatory_model::source::SourceState;
use observatory_model::{Slug, SourceId};
use observatory_search::Opened;
use observatory_worker::jobs::harvest::harvest;
use observatory_worker::jobs::index_documents::index_documents;
use observatory_worker::{FetchReport, Fetched, World};
use serde_json::{Value, json};

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::progress::Shown;
use crate::{lifecycle, output};

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Only these sources, by the word in their address. Without it, all that are active.
    #[arg(long, value_name = "SOURCE")]
    source: Vec<Slug>,
}

impl Ingest {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let world = lifecycle::open_world_beside(&config).await?;
        let outcome = self.read(&world, said).await;
        lifecycle::close(world).await?;
        outcome
    }

    async fn read(&self, world: &World, said: Said) -> anyhow::Result<Exit> {
        let all = world.store.sources().await?;
        for wanted in &self.source {
            if !all.iter().any(|source| source.slug == *wanted) {
                said.tell(&format!("error: there is no source {wanted}"));
                said.tell("hint: observatory source list");
                return Ok(Exit::WrongUse);
            }
        }
        let chosen = all
            .iter()
            .filter(|source| source.state == SourceState::Active)
            .filter(|source| self.source.is_empty() || self.source.contains(&source.slug))
            .map(|source| source.id)
            .collect::<Vec<_>>();
        let reports = harvest_and_index(world, &chosen, said).await?;
        for report in reports.iter().filter(|_| said.json) {
            output::json(&as_json(report));
        }
        let failed = reports.iter().filter(|report| matches!(report.fetched, Fetched::Failed(_)));
        let all_failed = !reports.is_empty() && failed.count() == reports.len();
        Ok(if all_failed { Exit::Surroundings } else { Exit::Done })
    }
}

/// Reads `sources`, showing each as it comes, and brings the index up to date. An index that is only
/// looked at is brought up to date by the process that has it open.
pub(crate) async fn harvest_and_index(
    world: &World,
    sources: &[SourceId],
    said: Said,
) -> anyhow::Result<Vec<FetchReport>> {
    let shown = Shown::new(u64::try_from(sources.len())?, said.quiet || said.json);
    let reports = harvest(world, sources, &shown).await;
    let indexed = match world.search.opened() {
        Opened::Looking => None,
        _ => Some(index_documents(world, &shown).await),
    };
    shown.finish();
    let (reports, indexed) = (reports?, indexed.transpose()?);
    let totals = totals(&reports);
    let indexed = match indexed {
        Some(indexed) => format!("{} documents indexed", indexed.changes),
        None => "the running observatory indexes them".to_owned(),
    };
    said.tell(&format!(
        "read {} sources, {} could not be read; {} new entries, {} changed, {} not kept; {indexed}",
        totals.read, totals.failed, totals.added, totals.changed, totals.refused
    ));
    Ok(reports)
}

#[derive(Default)]
struct Totals {
    read: u64,
    failed: u64,
    added: u64,
    changed: u64,
    refused: usize,
}

fn totals(reports: &[FetchReport]) -> Totals {
    let mut totals = Totals::default();
    for report in reports {
        match &report.fetched {
            Fetched::Kept { counts, problems } => {
                totals.read += 1;
                totals.added += counts.added;
                totals.changed += counts.changed;
                totals.refused += problems.len();
            }
            Fetched::NotModified => totals.read += 1,
            Fetched::Failed(_) => totals.failed += 1,
            Fetched::Skipped => {}
        }
    }
    totals
}

fn as_json(report: &FetchReport) -> Value {
    let outcome = match &report.fetched {
        Fetched::Kept { counts, problems } => {
            json!({ "outcome": "kept", "counts": counts, "problems": problems })
        }
        Fetched::NotModified => json!({ "outcome": "not-modified" }),
        Fetched::Failed(failure) => json!({ "outcome": "failed", "failure": failure }),
        Fetched::Skipped => json!({ "outcome": "skipped" }),
    };
    let mut value = json!({
        "schema": "observatory.ingest/1",
        "source": report.source,
        "name": report.name,
    });
    if let (Some(whole), Value::Object(part)) = (value.as_object_mut(), outcome) {
        whole.extend(part);
    }
    value
}
