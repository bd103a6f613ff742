//! What a document may cost: memory and time stay in proportion to its size, whatever stands in it.

#![expect(clippy::unwrap_used, reason = "a test stops where the ground it stands on breaks")]

mod answers;
mod anything;
mod shapes;

use std::fs;
use std::time::{Duration, Instant};

use observatory_ingest::parse_feed;
use observatory_model::{Timestamp, WebAddress};

/// Size of each document, in bytes: large enough to tell a proportion from a square.
const SIZE: usize = 1024 * 1024;

/// Most memory for a document, in bytes for each of its own: what real feeds take is below twelve.
const MOST_FOR_EACH: u64 = 64;

/// The most memory this process had since [`forget_peak`], in bytes; `None` where nobody says.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Linux forgets the peak when a 5 is written here (proc(5)).
fn forget_peak() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

#[test]
fn nothing_small_becomes_big_or_slow() {
    let base: WebAddress = format!("https://a.org/{}/", "x".repeat(1900)).parse().unwrap();
    let now: Timestamp = "2026-11-24".parse().unwrap();
    let mut too_much = Vec::new();
    let measured = forget_peak();
    // What the process itself takes; freed memory that it still holds counts against the next shape.
    let before = peak().filter(|_| measured);
    for (name, make) in shapes::SHAPES {
        let text = make(SIZE);
        forget_peak();
        let begun = Instant::now();
        let read = parse_feed(text.as_bytes(), None, &base, now);
        let took = begun.elapsed();
        let size = u64::try_from(text.len()).unwrap();
        let more = before.and_then(|before| peak()?.checked_sub(before)).unwrap_or(0);
        let times = more / size;
        eprintln!("{name}: {took:?}, {times} bytes for each");
        drop(read);
        // Without optimisation on a busy machine; what grows with the square needs minutes.
        if took > Duration::from_secs(20) || times > MOST_FOR_EACH {
            too_much.push(format!("{name}: {took:?}, {times} bytes for each"));
        }
    }
    assert!(too_much.is_empty(), "{too_much:#?}");
}
