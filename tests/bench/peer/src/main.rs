//! The same searches on the site over HTTP and on its peers, in one run: raw tantivy in this process,
//! SQLite FTS5 and PostgreSQL full text. Called by `search.sh`.
//!
//! `search-peer RECORDS.jsonl HOST:PORT [--databases]` asks 200 questions made from the records and
//! prints a table; `search-peer --load HOST:PORT SECONDS PATHS` counts answers a second with 64
//! connections.

#![expect(clippy::print_stdout, reason = "figures are this program's result")]
#![expect(clippy::print_stderr, reason = "what was left out and why")]

#[path = "../../../support/postgres_cluster.rs"]
mod postgres_cluster;

mod client;
mod databases;
mod engine;
mod load;
mod questions;
mod records;

use std::error::Error;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::questions::{KINDS, Question};

/// Any error: a bench stops at the first.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What one search took, with the kind of its question.
type Times = Vec<(&'static str, Duration)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--load", address, seconds, paths] => load::run(address, seconds.parse()?, paths),
        [records, address] => compare(records, address, false).await,
        [records, address, "--databases"] => compare(records, address, true).await,
        _ => Err("usage: search-peer RECORDS.jsonl HOST:PORT [--databases]".into()),
    }
}

async fn compare(path: &str, address: &str, with_databases: bool) -> Result<()> {
    let records = records::read(path)?;
    let questions = questions::make(&records);
    std::fs::write("questions.txt", questions.iter().map(Question::path).collect::<String>())?;
    let begun = Instant::now();
    let engine = engine::Engine::build(&records)?;
    let seconds = begun.elapsed().as_secs_f64();
    let count = records.len();
    println!("raw tantivy indexed {count} records in {seconds:.1} s");

    let mut client = Client::new(address);
    // Twice, and the second time counts: both have their files in memory then.
    let mut site = Times::new();
    let mut raw = Times::new();
    for round in 0..2 {
        site.clear();
        raw.clear();
        for question in &questions {
            let begun = Instant::now();
            let found = engine.answer(question)?;
            raw.push((question.kind, begun.elapsed()));
            client.connect()?;
            let begun = Instant::now();
            let answer = client.get(question.path().trim())?;
            site.push((question.kind, begun.elapsed()));
            if answer.status != 200 {
                return Err(format!("{} for {}", answer.status, question.path()).into());
            }
            if round == 0 && found == 0 {
                println!("raw tantivy finds nothing for {}", question.path().trim());
            }
        }
    }
    println!("\n| {count} records, 200 searches | p50 ms | p99 ms | max ms |\n|---|---|---|---|");
    row("the site over HTTP, snippets and facets", &site);
    row("raw tantivy in process, the same work", &raw);
    for kind in KINDS {
        let of_kind = |times: &Times| times.iter().filter(|(k, _)| *k == kind).copied().collect();
        row(&format!("· {kind}, the site"), &of_kind(&site));
        row(&format!("· {kind}, raw tantivy"), &of_kind(&raw));
    }
    if with_databases {
        row("SQLite FTS5 in process", &databases::sqlite(&records, &questions).await?);
        if let Some(times) = databases::postgres(&records, &questions).await? {
            row("PostgreSQL full text over a socket", &times);
        }
    }
    Ok(())
}

fn row(name: &str, times: &Times) {
    let mut sorted: Vec<Duration> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_unstable();
    let at = |share: usize| {
        let place = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
        sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    };
    println!("| {name} | {:.2} | {:.2} | {:.2} |", at(50), at(99), at(100));
}
