//! `observatory import`: many records from a file, as entries of a source that is not fetched.

mod batches;
mod lines;
mod record;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use observatory_model::entry::{HarvestCounts, IncomingEntry};
use observatory_model::source::{NewSource, Source, SourceState};
use observatory_model::{Clock as _, Slug, SystemClock, WebAddress};
use observatory_store::{Page, Store};
use observatory_worker::jobs::judge_entries::keep_page;
use serde_json::{Value, json};

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};
use lines::Lines;

/// After so many records a line is written where there is no bar.
const TELL_EVERY: u64 = 10_000;

/// Most lines that are named in JSON. All are named to a person.
const MOST_NAMED: usize = 1_000;

/// The flags of the command.
#[derive(Debug, Args)]
#[command(after_long_help = "A line is one object: {\"id\": \"…\", \"title\": \"…\", \
\"abstract\" or \"text\": \"…\", \"date\": \"2025-03-01\", \"authors\": [\"…\"], \"language\": \"en\", \
\"url\": \"https://…\", \"doi\": \"10.…\"}. id and title must be there, other fields are ignored. \
A line that cannot be read is named by its number and left out; then the exit code is 1.")]
pub(crate) struct Import {
    /// The records, one JSON object a line, at most 1 MiB each. `-` reads the standard input.
    #[arg(
        help = "The records, one JSON object a line, at most 1 MiB each; - reads the standard input"
    )]
    file: PathBuf,
    /// The word of their source in addresses. It is added when there is none.
    #[arg(long, value_name = "SLUG")]
    source: Slug,
    /// The name of the source for people.
    #[arg(long)]
    name: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Totals {
    read: u64,
    counts: HarvestCounts,
    left_out: u64,
    named: Vec<Value>,
}

impl Import {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let (reader, size) = open(&self.file)?;
        let store = lifecycle::open_store(&config).await?;
        let outcome = self.read(&store, Lines::new(reader), size, said).await;
        store.close().await;
        outcome
    }

    async fn read(
        &self,
        store: &Store,
        lines: Lines<Box<dyn BufRead + Send>>,
        size: Option<u64>,
        said: Said,
    ) -> anyhow::Result<Exit> {
        let Some(source) = self.source(store, said).await? else { return Ok(Exit::WrongUse) };
        let shown = Shown::new(size, said);
        let mut totals = Totals::default();
        // What is read waits for the database or the other way round, never both for each other.
        let mut batches = batches::read(lines).context("cannot start a thread")?;
        loop {
            let batch = batches.recv().await.context("the thread that reads ended too early")?;
            let batch = batch.with_context(|| format!("cannot read {}", self.file.display()))?;
            if batch.lines == 0 {
                break;
            }
            for (line, why) in batch.left_out {
                totals.left_out += 1;
                shown.line(&format!("line {line}: {}", output::foreign(&why)));
                if totals.named.len() < MOST_NAMED {
                    totals.named.push(json!({ "line": line, "why": why }));
                }
            }
            let before = totals.read;
            totals.read += batch.lines;
            keep(store, &source, batch.entries, &mut totals).await?;
            shown.progress(batch.bytes, before, &totals);
        }
        shown.finish();
        report(&source, &totals, said);
        Ok(if totals.left_out == 0 { Exit::Done } else { Exit::No })
    }

    /// The source, which is added when there is none; `None` after it was said why it cannot be used.
    async fn source(&self, store: &Store, said: Said) -> anyhow::Result<Option<Source>> {
        let now = SystemClock.now();
        if let Some(source) = store.source_by_slug(&self.source).await? {
            if source.state == SourceState::Active {
                said.tell(&format!("error: the source {} is read over the network", source.slug));
                said.tell("hint: name another one with --source");
                return Ok(None);
            }
            return Ok(Some(source));
        }
        // No such host exists (RFC 6761 §6.4): were it ever asked, nothing would answer.
        let address: WebAddress = format!("https://{}.invalid/", self.source).parse()?;
        let name = self.name.clone().unwrap_or_else(|| self.source.to_string());
        let new = NewSource::feed(address, self.source.clone(), Some(name));
        let added = store.add_source(&new, now).await?;
        store.set_source_active(added.id, false, now).await?;
        Ok(Some(added))
    }
}

/// Keeps a batch in one transaction. What is known and the same changes nothing.
async fn keep(
    store: &Store,
    source: &Source,
    entries: Vec<IncomingEntry>,
    totals: &mut Totals,
) -> anyhow::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let page = Page { entries, progress: "{}".to_owned(), ..Page::default() };
    let counts = keep_page(store, source, &page, SystemClock.now()).await?;
    totals.counts.added += counts.added;
    totals.counts.changed += counts.changed;
    totals.counts.unchanged += counts.unchanged;
    totals.counts.held += counts.held;
    totals.counts.dropped += counts.dropped;
    Ok(())
}

/// The records and how many bytes they are, where that is known.
fn open(file: &Path) -> anyhow::Result<(Box<dyn BufRead + Send>, Option<u64>)> {
    if file == Path::new("-") {
        return Ok((Box::new(BufReader::new(io::stdin())), None));
    }
    let cannot = || format!("cannot read {}", file.display());
    let opened = File::open(file).with_context(cannot)?;
    let about = opened.metadata().with_context(cannot)?;
    anyhow::ensure!(!about.is_dir(), "{} is a folder", file.display());
    Ok((Box::new(BufReader::with_capacity(1 << 18, opened)), Some(about.len())))
}

fn report(source: &Source, totals: &Totals, said: Said) {
    let Totals { read, counts, left_out, named } = totals;
    if said.json {
        output::json(&json!({
            "schema": "observatory.import/1",
            "source": source.slug,
            "lines": read,
            "counts": counts,
            "left_out": left_out,
            "problems": named,
        }));
    }
    let HarvestCounts { added, changed, unchanged, .. } = counts;
    said.tell(&format!(
        "{read} lines: {added} new entries, {changed} changed, {unchanged} known, {left_out} left out"
    ));
    if added + changed > 0 {
        said.tell("hint: observatory index build, where no observatory is running");
    }
}

/// How far it has come: a bar on a terminal, lines elsewhere.
struct Shown {
    bar: Option<ProgressBar>,
    said: Said,
}

impl Shown {
    fn new(size: Option<u64>, said: Said) -> Self {
        let drawn = size.filter(|_| !said.quiet && output::is_watched());
        let bar = drawn.map(|size| {
            let bar = ProgressBar::new(size);
            let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {wide_msg}");
            style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
        });
        Self { bar, said }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => self.said.tell(line),
        }
    }

    fn progress(&self, bytes: u64, before: u64, totals: &Totals) {
        let read = totals.read;
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
            bar.set_message(format!("{read} records"));
        } else if read / TELL_EVERY > before / TELL_EVERY {
            self.said.tell(&format!("{read} lines read"));
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
