//! `observatory audit`: the log of what was done.

use clap::{Args, Subcommand};
use observatory_store::{Store, Verified};
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// Lines that are read at once.
const AT_ONCE: u32 = 1000;

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Read the whole log and say whether each line follows the one before it.
    Verify,
    /// Print the log, one JSON object a line, oldest first.
    Export(Export),
}

/// The flags of `audit export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Only the lines after this number.
    #[arg(long, default_value_t = 0)]
    after: u64,
}

impl Audit {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            Self::Verify => verify(&store, said).await,
            Self::Export(export) => print(&store, export.after, said).await,
        };
        store.close().await;
        outcome
    }
}

async fn verify(store: &Store, said: Said) -> anyhow::Result<Exit> {
    match store.verify_audit().await? {
        Verified::Whole { lines, hash } => {
            if said.json {
                output::json(&json!({
                    "schema": "observatory.audit/1", "whole": true, "lines": lines, "hash": hash,
                }));
            } else {
                output::result(&format!("whole\t{lines}\t{hash}"));
            }
            Ok(Exit::Done)
        }
        Verified::Broken { at } => {
            if said.json {
                output::json(&json!({
                    "schema": "observatory.audit/1", "whole": false, "broken_at": at,
                }));
            } else {
                output::result(&format!("broken\t{at}"));
            }
            Ok(Exit::Damaged)
        }
    }
}

async fn print(store: &Store, after: u64, said: Said) -> anyhow::Result<Exit> {
    let (mut last, mut count) = (after, 0_usize);
    loop {
        let lines = store.audit_lines(last, AT_ONCE).await?;
        let Some(end) = lines.last() else { break };
        last = end.number;
        count += lines.len();
        for line in &lines {
            output::json(&serde_json::to_value(line)?);
        }
    }
    said.tell(&format!("{count} lines"));
    Ok(Exit::Done)
}
