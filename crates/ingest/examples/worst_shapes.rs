//! Prints what the documents of `tests/limits` cost at the largest size that is read, 10 MiB: seconds and
//! memory. Each runs in a process of its own, for which the argument is its number.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

#[path = "../tests/limits/shapes.rs"]
mod shapes;

use std::error::Error;
use std::process::Command;
use std::time::Instant;

use observatory_ingest::parse_feed;
use observatory_model::{Timestamp, WebAddress};

const SIZE: usize = 10 * 1024 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(number) = std::env::args().nth(1) else {
        for number in 0..shapes::SHAPES.len() {
            Command::new(std::env::current_exe()?).arg(number.to_string()).status()?;
        }
        return Ok(());
    };
    let Some((name, make)) = shapes::SHAPES.get(number.parse::<usize>()?) else { return Ok(()) };
    let text = make(SIZE);
    let base: WebAddress = format!("https://a.org/{}/", "x".repeat(1900)).parse()?;
    let now = Timestamp::from_millis(4_000_000_000_000);
    let begun = Instant::now();
    let read = parse_feed(text.as_bytes(), None, &base, now);
    let took = begun.elapsed();
    let came_to = match read {
        Ok(feed) => format!("{} entries, {} problems", feed.entries.len(), feed.problems.len()),
        Err(failure) => failure.to_string(),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    println!("{name}\t{} bytes\t{took:?}\t{}\t{came_to}", text.len(), peak.trim());
    Ok(())
}
