//! Reads feeds from files and prints what was understood, one JSON object a line, for comparisons
//! with other readers (`tests/conformance`).
//!
//! Each line of standard input is a path, the address it is said to come from, and its
//! `Content-Type` (may be empty), separated by tabs.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::io::{self, BufRead as _};

use observatory_ingest::{Feed, parse_feed};
use observatory_model::entry::IncomingEntry;
use observatory_model::source::Failure;
use observatory_model::{InvalidAddress, Timestamp, WebAddress};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    // Late enough that no date of a test lies in the future.
    let now = Timestamp::from_millis(4_000_000_000_000);
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let (path, address, content_type) = (field(), field(), field());
        let address: WebAddress =
            address.parse().map_err(|error: InvalidAddress| io::Error::other(error))?;
        let content_type = Some(content_type).filter(|said| !said.is_empty());
        let read = parse_feed(&std::fs::read(path)?, content_type, &address, now);
        println!("{}", as_json(path, read));
    }
    Ok(())
}

fn as_json(path: &str, read: Result<Feed, Failure>) -> Value {
    match read {
        Ok(feed) => json!({
            "file": path,
            "title": feed.title,
            "link": feed.homepage,
            "language": feed.declared_language,
            "entries": feed.entries.into_iter().map(entry).collect::<Vec<_>>(),
            "problems": feed.problems,
        }),
        Err(failure) => json!({
            "file": path, "reason": failure.reason.code(), "detail": failure.detail,
        }),
    }
}

fn entry(entry: IncomingEntry) -> Value {
    json!({
        "id": if entry.derived_key { None } else { Some(entry.key) },
        "link": entry.url,
        "title": entry.title,
        "html": entry.html,
        "text": entry.text,
        "authors": entry.authors,
        "published": entry.published.map(Timestamp::rfc3339),
        "updated": entry.updated.map(Timestamp::rfc3339),
        "language": entry.declared_language,
    })
}
