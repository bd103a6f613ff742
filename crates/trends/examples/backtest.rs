//! The ranked lists of a corpus, year by year, for the scorer of the protocol; what was measured of the
//! best terms, for fitting weights; or what would have been told, for counting false alarms.
//!
//! `backtest CORPUS.jsonl FIRST LAST OUT.json [--titles] [--samples | --alarms] [GLOSSARY.tsv …]`

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};

use observatory_model::glossary::Glossary;
use observatory_trends::backtest::{alarms, backtest, read, samples};

/// How many terms of a year are measured, by each way to choose them.
const POOL: usize = 250;

/// How many terms a list has: fifty are judged, some names may be no longer found.
const LIMIT: usize = 60;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (switches, words): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let [corpus, first, last, out, glossaries @ ..] = words.as_slice() else {
        return Err(
            "CORPUS.jsonl FIRST LAST OUT.json [--titles] [--samples] [GLOSSARY.tsv …]".into()
        );
    };
    let has = |switch: &str| switches.iter().any(|given| given == switch);
    let texts = glossaries.iter().map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    let glossary = Glossary::read(texts.iter().map(String::as_str))?;
    let corpus = read(BufReader::new(File::open(corpus)?), has("--titles"))?;
    let mut said = std::io::stderr().lock();
    writeln!(said, "{} documents, {} bad lines", corpus.documents.len(), corpus.bad_lines)?;
    let years = first.parse()?..=last.parse()?;
    let mut out = BufWriter::new(File::create(out)?);
    if has("--samples") {
        let mut written = Ok(());
        samples(corpus, &glossary, years, POOL, |sample| {
            if written.is_ok() {
                let line = serde_json::to_string(&sample).map_err(std::io::Error::from);
                written = line.and_then(|line| writeln!(out, "{line}"));
            }
        });
        written?;
    } else if has("--alarms") {
        serde_json::to_writer(&mut out, &alarms(corpus, &glossary, years, LIMIT))?;
    } else {
        serde_json::to_writer(&mut out, &backtest(corpus, &glossary, years, LIMIT, |_| ()))?;
    }
    Ok(out.flush()?)
}
