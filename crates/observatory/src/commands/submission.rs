//! `observatory submission`: what was handed in, for the operator.

use clap::Subcommand;
use observatory_store::Store;
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// Submissions and reviews that are read at once.
const AT_ONCE: u32 = 500;

/// What to do with submissions.
#[derive(Debug, Subcommand)]
pub(crate) enum SubmissionCommand {
    /// List what was handed in; drafts are their authors' alone.
    List,
    /// List all reviews, one JSON object a line.
    Reviews,
}

impl SubmissionCommand {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            Self::List => list(&store, said).await,
            Self::Reviews => reviews(&store, said).await,
        };
        store.close().await;
        outcome
    }
}

async fn list(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let (mut after, mut count) = (None, 0_usize);
    loop {
        let page = store.submissions(after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        count += page.len();
        for one in &page {
            let number = one.number.as_deref().unwrap_or("-");
            if said.json {
                output::json(&json!({
                    "schema": "observatory.submission/1",
                    "id": one.id,
                    "number": one.number,
                    "kind": one.draft.kind,
                    "language": one.draft.language,
                    "title": one.draft.title,
                    "mail": one.mail,
                    "stage": one.stage,
                    "since": one.since,
                    "round": one.round,
                    "slug": one.slug,
                }));
                continue;
            }
            let title = output::foreign(&one.draft.title);
            output::result(&format!(
                "{number}\t{}\t{}\t{}\t{title}",
                one.stage, one.since, one.mail
            ));
        }
    }
    said.tell(&format!("{count} submissions"));
    Ok(Exit::Done)
}

async fn reviews(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let (mut after, mut count) = (None, 0_usize);
    loop {
        let page = store.all_reviews(after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        count += page.len();
        for one in &page {
            output::json(&serde_json::to_value(one)?);
        }
    }
    said.tell(&format!("{count} reviews"));
    Ok(Exit::Done)
}
