//! What outside input must never do to the parsers, as targets for a fuzzer: panic, take more time or
//! memory than its size explains, or come out as something that was promised not to.
//!
//! `tests/fuzz/run` drives them with libFuzzer; an ordinary test runs each over its own seeds.

mod answers;
mod entries;
mod feeds;
mod lists;
mod markup;
mod papers;
mod words;

use nix::sys::resource::{UsageWho, getrusage};
use peak_alloc::PeakAlloc;

/// A parser and what must hold of what it makes of any bytes.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line, and of its folder of seeds.
    pub name: &'static str,
    /// Reads the bytes; panics when something does not hold.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 15] = [
    Target { name: "feed", run: feeds::feed },
    Target { name: "json-feed", run: feeds::feed },
    Target { name: "dates", run: feeds::dates },
    Target { name: "oai", run: answers::oai },
    Target { name: "arxiv", run: answers::arxiv },
    Target { name: "crossref", run: answers::crossref },
    Target { name: "opml", run: lists::opml },
    Target { name: "radar", run: lists::radar },
    Target { name: "docx", run: papers::docx },
    Target { name: "paper", run: papers::text },
    Target { name: "markdown", run: markup::markdown },
    Target { name: "html", run: markup::html },
    Target { name: "identifier", run: words::identifier },
    Target { name: "query", run: words::query },
    Target { name: "address", run: words::address },
];

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Most milliseconds of processor that any input may take, however small: what is made once (tables,
/// languages) falls on the first.
const LEAST_MILLIS: u128 = 500;

/// Most microseconds of processor for each byte, without optimisation of our own code: ten times what
/// the slowest of the seeds takes.
const MICROS_FOR_EACH: u128 = 50;

/// Most bytes of memory that any input may take, however small.
const LEAST_BYTES: usize = 8 * 1024 * 1024;

/// Most bytes of memory for each byte: `crates/ingest/tests/limits` holds 64 for what is large.
const BYTES_FOR_EACH: usize = 128;

/// Runs `target` over `bytes`; `memory` is what the program allocates by.
///
/// # Panics
/// When something does not hold of what is made of them, or it took too much time or memory.
pub fn check(target: &Target, bytes: &[u8], memory: PeakAlloc) {
    let size = bytes.len();
    let begun = processor_micros();
    let before = memory.current_usage();
    memory.reset_peak_usage();
    (target.run)(bytes);
    let more = memory.peak_usage().saturating_sub(before);
    let took = processor_micros().saturating_sub(begun);
    let most_memory = LEAST_BYTES + BYTES_FOR_EACH * size;
    assert!(more <= most_memory, "{}: {more} bytes of memory for {size}", target.name);
    let most_micros = LEAST_MILLIS * 1000 + MICROS_FOR_EACH * size as u128;
    assert!(took <= most_micros, "{}: {took} microseconds for {size} bytes", target.name);
}

/// Time of the processor that this thread has had, in microseconds: other programs do not count.
fn processor_micros() -> u128 {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) else { return 0 };
    [usage.user_time(), usage.system_time()]
        .into_iter()
        .map(|time| {
            let seconds = u128::try_from(time.tv_sec()).unwrap_or(0);
            seconds * 1_000_000 + u128::try_from(time.tv_usec()).unwrap_or(0)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_seeds_hold() {
        for target in &TARGETS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target.name);
            let seeds = fs::read_dir(folder).unwrap().map(|seed| seed.unwrap().path());
            let seeds = seeds.map(|seed| check(target, &fs::read(seed).unwrap(), PeakAlloc));
            assert!(seeds.count() > 0, "{}", target.name);
        }
    }
}
