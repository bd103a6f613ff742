//! Reads every file of a folder as a feed, in this process: `tests/bench/feeds.sh` puts it beside other
//! readers of feeds.
//!
//! `read_feeds FOLDER ROUNDS` prints entries and bytes of one round and of how many the language is sure, then of
//! each round the seconds, the seconds that telling the languages of these entries once more takes, which other
//! readers do not do, and the seconds for splitting the feeds into entries alone, whose texts nobody cleans.

#![expect(clippy::print_stdout, reason = "figures are this program's result")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use observatory_ingest::{FeedText, parse_feed};
use observatory_model::{Timestamp, WebAddress};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: read_feeds FOLDER ROUNDS")?;
    let rounds = arguments.next().ok_or("usage: read_feeds FOLDER ROUNDS")?.parse::<u32>()?;
    let base: WebAddress = "https://a.org/feed".parse()?;
    let now: Timestamp = "2026-11-24".parse()?;
    let mut feeds = Vec::new();
    for path in files(Path::new(&folder))? {
        feeds.push(fs::read(path)?);
    }
    let mut entries = 0;
    let (mut told, mut split) = (0, 0);
    let mut seconds = Vec::new();
    let mut splitting = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        split = feeds.iter().map(|bytes| entries_of(bytes, &base)).sum::<usize>();
        splitting.push(begun.elapsed());
    }
    for splitting in splitting {
        let begun = Instant::now();
        let read = feeds.iter().filter_map(|bytes| parse_feed(bytes, None, &base, now).ok());
        let read = read.collect::<Vec<_>>();
        let whole = begun.elapsed();
        entries = read.iter().map(|feed| feed.entries.len()).sum::<usize>();
        let begun = Instant::now();
        let languages = read.iter().flat_map(|feed| &feed.entries);
        told = languages
            .filter(|entry| is_told(&entry.title, &entry.text, entry.declared_language.as_deref()))
            .count();
        let language = begun.elapsed();
        let each = [whole, language, splitting].map(|time| format!("{:.4}", time.as_secs_f64()));
        seconds.push(each.join(" "));
    }
    let bytes = feeds.iter().map(Vec::len).sum::<usize>();
    println!("{entries} {bytes} {told} {split} {}", seconds.join(" "));
    Ok(())
}

/// How many entries a feed is split into.
fn entries_of(bytes: &[u8], base: &WebAddress) -> usize {
    let Ok(text) = FeedText::decode(bytes, None) else { return 0 };
    text.split(base).map_or(0, |feed| feed.entries())
}

/// Whether the language is sure, of as much as is looked at when an entry is read.
fn is_told(title: &str, text: &str, declared: Option<&str>) -> bool {
    let words = format!("{title}\n{text}");
    observatory_text::detect_beside(observatory_text::beginning(&words, 2_000), declared).is_some()
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
