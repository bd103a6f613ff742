//! The lines of a file in batches of entries, read on a thread of their own while others are kept.

use std::io::{self, BufRead};
use std::thread;

use observatory_model::entry::IncomingEntry;
use observatory_model::{Clock as _, SystemClock};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::lines::Lines;
use super::record;

/// Records in one transaction: enough that its end costs little, few enough that others who write
/// wait for less than a second.
const BATCH: usize = 500;

/// Batches that wait for the database.
const WAITING: usize = 2;

/// Some lines, read.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// How many lines they are.
    pub(super) lines: u64,
    /// How far into the file they reach, in bytes.
    pub(super) bytes: u64,
    pub(super) entries: Vec<IncomingEntry>,
    /// The numbers of those that are no records, and why.
    pub(super) left_out: Vec<(u64, String)>,
}

/// Reads `lines` to their end, or to the first that the disk does not give. The thread ends when nobody
/// takes its batches any more.
///
/// # Errors
/// When there is no thread.
pub(super) fn read(
    lines: Lines<Box<dyn BufRead + Send>>,
) -> io::Result<Receiver<io::Result<Batch>>> {
    let (batches, taken) = mpsc::channel(WAITING);
    let thread = thread::Builder::new().name("import-read".to_owned());
    thread.spawn(move || read_all(lines, &batches))?;
    Ok(taken)
}

fn read_all(mut lines: Lines<Box<dyn BufRead + Send>>, batches: &Sender<io::Result<Batch>>) {
    loop {
        let batch = next(&mut lines);
        let is_end = batch.as_ref().map_or(true, |batch| batch.lines == 0);
        if batches.blocking_send(batch).is_err() || is_end {
            return;
        }
    }
}

/// The next batch; one without lines at the end.
fn next(lines: &mut Lines<Box<dyn BufRead + Send>>) -> io::Result<Batch> {
    let mut batch = Batch::default();
    while batch.entries.len() < BATCH && batch.left_out.len() < BATCH {
        let Some(line) = lines.next()? else { break };
        batch.lines += 1;
        let bytes = line.bytes.as_deref().ok_or_else(|| "it is longer than 1 MiB".to_owned());
        match bytes.and_then(|bytes| record::read(bytes, SystemClock.now())) {
            Ok(entry) => batch.entries.push(entry),
            Err(why) => batch.left_out.push((line.number, why)),
        }
    }
    batch.bytes = lines.bytes();
    Ok(batch)
}
