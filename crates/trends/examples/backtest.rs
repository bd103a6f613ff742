//! The ranked lists of a corpus, year by year, for the scorer of the protocol.
//!
//! `backtest CORPUS.jsonl FIRST LAST OUT.json [--titles] [GLOSSARY.tsv …]`

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};

use observatory_model::glossary::Glossary;
use observatory_trends::backtest::{backtest, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1).collect::<Vec<_>>();
    let titles = words.iter().any(|word| word == "--titles");
    words.retain(|word| word != "--titles");
    let [corpus, first, last, out, glossaries @ ..] = words.as_slice() else {
        return Err("CORPUS.jsonl FIRST LAST OUT.json [--titles] [GLOSSARY.tsv …]".into());
    };
    let texts = glossaries.iter().map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    let glossary = Glossary::read(texts.iter().map(String::as_str))?;
    let corpus = read(BufReader::new(File::open(corpus)?), titles)?;
    let mut said = std::io::stderr().lock();
    writeln!(said, "{} documents, {} bad lines", corpus.documents.len(), corpus.bad_lines)?;
    let years = first.parse()?..=last.parse()?;
    let lists = backtest(corpus, &glossary, years, 60, |_| ());
    serde_json::to_writer(BufWriter::new(File::create(out)?), &lists)?;
    Ok(())
}
