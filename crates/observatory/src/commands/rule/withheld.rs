//! What rules keep from the public: listed, and released.

use clap::Args;
use observatory_model::rule::Withheld;
use observatory_model::{Clock as _, EntryId, Slug, SystemClock};
use observatory_store::Store;
use serde_json::json;

use crate::commands::Said;
use crate::commands::story::entry_id;
use crate::exit::Exit;
use crate::output;

/// The flags of `rule held` and `rule dropped`.
#[derive(Debug, Args)]
pub(crate) struct Withholding {
    /// Only entries of this source.
    #[arg(long)]
    source: Option<Slug>,
    /// List at most so many, and at most 1000.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// The flags of `rule release`.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The entries: their ids, keys or addresses.
    #[arg(value_parser = entry_id, required = true)]
    entries: Vec<EntryId>,
}

pub(super) async fn withheld(
    store: &Store,
    how: Withheld,
    flags: &Withholding,
    said: Said,
) -> anyhow::Result<Exit> {
    let lines = store.withheld(how, flags.source.as_ref(), flags.limit).await?;
    for line in &lines {
        if said.json {
            output::json(&json!({
                "schema": "observatory.withheld/1",
                "entry": line.entry,
                "state": line.how,
                "rule": line.by,
                "since": line.since,
                "source": line.source,
                "title": line.title,
                "url": line.url,
            }));
        } else {
            let title = output::foreign(&line.title);
            let (entry, since, by, source) = (line.entry, line.since, &line.by, &line.source);
            output::result(&format!("{entry}\t{since}\t{by}\t{source}\t{title}"));
        }
    }
    said.tell(&format!("{} entries are {}", lines.len(), how.code()));
    Ok(Exit::Done)
}

impl Release {
    pub(super) async fn run(self, store: &Store, said: Said) -> anyhow::Result<Exit> {
        let mut exit = Exit::Done;
        for entry in self.entries {
            if store.release(entry, SystemClock.now()).await? {
                said.tell(&format!("released {entry}"));
            } else {
                said.tell(&format!("{entry} is not held; `observatory rule held` lists what is"));
                exit = Exit::No;
            }
        }
        Ok(exit)
    }
}
