//! `observatory publish`: the content folder becomes the site.

use std::path::{Path, PathBuf};

use clap::Args;
use observatory_worker::Published;
use observatory_worker::jobs::publish_content::{check, publish_content};
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Only read and check the folder; change nothing.
    #[arg(long)]
    check: bool,
    /// The folder of the pieces, instead of the configured one.
    #[arg(long, value_name = "DIR")]
    content: Option<PathBuf>,
}

impl Publish {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let folder = self.content.as_deref().unwrap_or(&config.content.folder);
        let published = if self.check {
            check(folder)?
        } else {
            let store = lifecycle::open_store(&config).await?;
            let published = publish_content(&store, &observatory_model::SystemClock, folder).await;
            store.close().await;
            published?
        };
        report(&published, folder, said);
        Ok(if published.problems.is_empty() { Exit::Done } else { Exit::No })
    }
}

/// Says what came of it, every problem on its own line.
pub(crate) fn report(published: &Published, folder: &Path, said: Said) {
    if said.json {
        let problems = published.problems.iter();
        let problems = problems
            .map(|p| json!({ "file": p.file, "line": p.line, "what": p.what }))
            .collect::<Vec<_>>();
        output::json(&json!({
            "schema": "observatory.publish/1",
            "versions": published.versions,
            "problems": problems,
            "counts": published.counts,
        }));
        return;
    }
    for problem in &published.problems {
        output::result(&format!("{}/{problem}", folder.display()));
    }
    let problems = published.problems.len();
    if let Some(counts) = published.counts {
        said.tell(&format!(
            "published {}: {} new, {} changed, {} the same, {} removed",
            folder.display(),
            counts.added,
            counts.changed,
            counts.unchanged,
            counts.removed
        ));
    } else if problems == 0 {
        said.tell(&format!("{}: {} texts, no problem", folder.display(), published.versions));
    } else {
        said.tell(&format!("{problems} problems; nothing was published"));
    }
}
