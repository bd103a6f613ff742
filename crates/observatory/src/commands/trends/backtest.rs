//! `observatory trends backtest`: what would have been found, standing in the past.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use observatory_trends::backtest::{backtest, read};
use serde_json::json;

use crate::commands::Said;
use crate::exit::Exit;
use crate::output;

/// How many terms a list has: fifty are judged, and some may have lost their names by then.
const TERMS: usize = 60;

/// The flags of `trends backtest`.
#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// Documents, one JSON object a line: id, date (2014-05-31), title, abstract, source, lang.
    corpus: PathBuf,
    /// The first year at whose end one stands.
    #[arg(long)]
    from: i32,
    /// The last year; its future has to be in the documents for the lists to be judged.
    #[arg(long)]
    to: i32,
    /// Where the lists go: ours, and those of the simple methods it has to beat.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Look at titles alone, for corpora whose abstracts are thin.
    #[arg(long)]
    titles: bool,
}

impl Backtest {
    pub(super) fn run(&self, said: Said) -> anyhow::Result<Exit> {
        let shown = self.corpus.display();
        if self.to < self.from {
            said.tell("--to is before --from");
            return Ok(Exit::WrongUse);
        }
        let file = File::open(&self.corpus).with_context(|| format!("cannot read {shown}"))?;
        let corpus = read(BufReader::new(file), self.titles)?;
        let (documents, bad_lines) = (corpus.documents.len(), corpus.bad_lines);
        said.tell(&format!("{documents} documents; {bad_lines} lines are none and are left out"));
        let glossary = observatory_search::glossary();
        let done = |year| said.tell(&format!("stood at the end of {year}"));
        let systems = backtest(corpus, glossary, self.from..=self.to, TERMS, done);
        let out = self.out.display();
        let mut file = File::create(&self.out).with_context(|| format!("cannot write {out}"))?;
        serde_json::to_writer(&mut file, &systems)?;
        file.flush()?;
        for system in &systems {
            if said.json {
                output::json(&json!({
                    "schema": "observatory.backtest/1",
                    "system": system.system,
                    "years": system.runs.len(),
                    "documents": documents,
                    "bad_lines": bad_lines,
                }));
            } else {
                output::result(&format!("{}\t{} years", system.system, system.runs.len()));
            }
        }
        said.tell(&format!("the lists are in {out}; tests/foresight/run scores them"));
        Ok(if documents == 0 { Exit::No } else { Exit::Done })
    }
}
