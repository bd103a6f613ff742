//! A folder of the machine is looked into: what is new or changed and lies still is read, and what is
//! no longer there is taken back.
//!
//! Each document is kept in a transaction of its own: who is killed in between goes on with the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::io;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use observatory_ingest::MAX_DOCUMENT_BYTES;
use observatory_ingest::folder::{self, Look, Seen};
use observatory_model::entry::HarvestCounts;
use observatory_model::rhythm::NextReading;
use observatory_model::source::{FolderWish, Source};
use observatory_store::{Harvest, KnownPaper, PaperHarvest};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::papers::{Arrived, Taken, keep, take, too_large};
use crate::jobs::fetch_feed::{Fetched, write_down};
use crate::{WorkerError, World};

/// Seconds between two looks while something is new: a file that is the same at both is not being
/// written.
const SETTLE_SECONDS: u32 = 5;

/// Most documents that are read after one look; the next one follows soon.
const MAX_READ: usize = 200;

/// Most problems that are remembered.
const MAX_PROBLEMS: usize = 20;

/// What was seen at the last look and is not yet sure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// Files that are new or changed, with their stamps.
    waiting: BTreeMap<String, String>,
    /// Files that are known and were not there.
    missing: BTreeSet<String>,
}

/// What follows from a look.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Are read now.
    ready: Vec<Seen>,
    /// Were not there twice.
    deleted: Vec<String>,
    /// What is to be remembered.
    progress: Progress,
}

/// Looks into the folder of `source`.
///
/// # Errors
/// [`WorkerError::Store`] when the outcome could not be written down, [`WorkerError::Reader`] when this
/// machine cannot read documents.
pub(crate) async fn harvest_folder(
    world: &World,
    source: &Source,
    wish: &FolderWish,
) -> Result<Fetched, WorkerError> {
    let look = match folder::look(wish).await {
        Ok(look) => look,
        Err(failure) => return write_down(world, source, failure).await,
    };
    let known = world.store.known_papers(source.id).await?;
    let before = source.progress.as_deref().unwrap_or("{}");
    let before = serde_json::from_str(before).unwrap_or_default();
    let mut problems = look.problems.clone();
    let Plan { ready, deleted, mut progress } = plan(look, &known, &before);
    let settled = read_all(world, source, wish, &known, ready).await?;
    for key in &settled.done {
        progress.waiting.remove(key);
    }
    problems.extend(settled.problems);
    problems.truncate(MAX_PROBLEMS);
    let now = world.clock.now();
    let every = wish.every_seconds.unwrap_or(FolderWish::EVERY_SECONDS);
    let is_still = progress.waiting.keys().all(|key| settled.refused.contains(key))
        && progress.missing.is_empty();
    let wait = if is_still { every } else { every.min(SETTLE_SECONDS) };
    let next = NextReading::At(now.plus_seconds(i64::from(wait)));
    let harvest = PaperHarvest {
        deleted,
        progress: Some(serde_json::to_string(&progress).map_err(WorkerError::Progress)?),
        end: Some(Harvest { problems: problems.clone(), ..Harvest::nothing(next) }),
        ..PaperHarvest::default()
    };
    let last = keep(world, source, &harvest).await?;
    let counts = added(settled.counts, last);
    Ok(Fetched::Kept { counts, problems })
}

/// What is to be done after a look. What is not there is only believed when everything was seen, and
/// at the second look: a file that is being replaced is gone for a moment.
fn plan(look: Look, known: &BTreeMap<String, KnownPaper>, before: &Progress) -> Plan {
    let mut plan = Plan::default();
    let mut there = BTreeSet::new();
    for seen in look.files {
        there.insert(seen.key.clone());
        if known.get(&seen.key).is_some_and(|known| known.stamp == seen.stamp) {
            continue;
        }
        let is_settled = before.waiting.get(&seen.key) == Some(&seen.stamp);
        plan.progress.waiting.insert(seen.key.clone(), seen.stamp.clone());
        if is_settled {
            plan.ready.push(seen);
        }
    }
    for key in known.keys().filter(|key| look.is_whole && !there.contains(*key)) {
        if before.missing.contains(key) {
            plan.deleted.push(key.clone());
        } else {
            plan.progress.missing.insert(key.clone());
        }
    }
    plan
}

/// What became of the files that lay still.
#[derive(Debug, Default)]
struct Settled {
    counts: HarvestCounts,
    /// Those that need no further look.
    done: Vec<String>,
    /// Those that may not be read; they are tried again at the usual time.
    refused: BTreeSet<String>,
    problems: Vec<String>,
}

/// Reads files, a few at a time, as long as there is time; each is kept as it comes.
async fn read_all(
    world: &World,
    source: &Source,
    wish: &FolderWish,
    known: &BTreeMap<String, KnownPaper>,
    files: Vec<Seen>,
) -> Result<Settled, WorkerError> {
    let begun = Instant::now();
    let lease = u64::try_from(world.settings.lease_seconds).unwrap_or(0);
    let has_time = || begun.elapsed() < Duration::from_secs(lease / 3);
    let reading = stream::iter(files.into_iter().take(MAX_READ))
        .take_while(|_| ready(has_time()))
        .map(|seen| read_one(world, wish, known, seen))
        .buffer_unordered(world.papers.parallel().get());
    let mut reading = std::pin::pin!(reading);
    let mut settled = Settled::default();
    while let Some(outcome) = reading.next().await {
        let (seen, harvest) = outcome?;
        match harvest {
            Ok(harvest) => {
                let counts = keep(world, source, &harvest).await?;
                settled.counts = added(settled.counts, counts);
                settled.done.push(seen.key);
            }
            // It is looked at again, as if it was new.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
            Err(error) => {
                settled.problems.push(format!("{}: {error}", seen.key));
                settled.refused.insert(seen.key);
            }
        }
    }
    Ok(settled)
}

async fn read_one(
    world: &World,
    wish: &FolderWish,
    known: &BTreeMap<String, KnownPaper>,
    seen: Seen,
) -> Result<(Seen, io::Result<PaperHarvest>), WorkerError> {
    let mut harvest = PaperHarvest::default();
    if seen.bytes > MAX_DOCUMENT_BYTES {
        let (key, stamp) = (seen.key.clone(), seen.stamp.clone());
        harvest.papers.push(too_large(key, seen.name(), stamp, seen.bytes));
        return Ok((seen, Ok(harvest)));
    }
    let bytes = match folder::read(wish, &seen).await {
        Ok(bytes) => bytes,
        Err(error) => return Ok((seen, Err(error))),
    };
    let file = known.get(&seen.key).and_then(|known| known.file.as_ref());
    match take(world, arrived(&seen, bytes), file).await? {
        Taken::Same => harvest.same.push((seen.key.clone(), seen.stamp.clone())),
        Taken::Read(paper) => harvest.papers.push(*paper),
    }
    Ok((seen, Ok(harvest)))
}

/// A document as it lies in the folder.
pub(crate) fn arrived(seen: &Seen, bytes: Vec<u8>) -> Arrived {
    Arrived {
        key: seen.key.clone(),
        name: seen.name().to_owned(),
        url: None,
        stamp: seen.stamp.clone(),
        content_type: None,
        bytes,
    }
}

const fn added(one: HarvestCounts, other: HarvestCounts) -> HarvestCounts {
    HarvestCounts {
        added: one.added + other.added,
        changed: one.changed + other.changed,
        unchanged: one.unchanged + other.unchanged,
        removed: one.removed + other.removed,
        held: one.held + other.held,
        dropped: one.dropped + other.dropped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(files: &[(&str, &str)]) -> Look {
        let seen = |(key, stamp): &(&str, &str)| Seen {
            key: (*key).to_owned(),
            bytes: 1,
            stamp: (*stamp).to_owned(),
        };
        Look { files: files.iter().map(seen).collect(), problems: Vec::new(), is_whole: true }
    }

    fn known(papers: &[(&str, &str)]) -> BTreeMap<String, KnownPaper> {
        let known = |stamp: &str| KnownPaper { file: None, stamp: stamp.to_owned() };
        papers.iter().map(|(key, stamp)| ((*key).to_owned(), known(stamp))).collect()
    }

    fn ready_of(plan: &Plan) -> Vec<&str> {
        plan.ready.iter().map(|seen| seen.key.as_str()).collect()
    }

    #[test]
    fn a_file_is_read_when_it_is_the_same_at_two_looks() {
        let first = plan(look(&[("a", "1")]), &known(&[]), &Progress::default());
        assert_eq!(ready_of(&first), [""; 0]);
        let growing = plan(look(&[("a", "2")]), &known(&[]), &first.progress);
        assert_eq!(ready_of(&growing), [""; 0]);
        let still = plan(look(&[("a", "2")]), &known(&[]), &growing.progress);
        assert_eq!(ready_of(&still), ["a"]);
        let read = plan(look(&[("a", "2")]), &known(&[("a", "2")]), &still.progress);
        assert_eq!(read, Plan::default());
    }

    #[test]
    fn a_file_is_gone_when_it_was_not_there_twice() {
        let papers = known(&[("a", "1"), ("b", "1")]);
        let first = plan(look(&[("b", "1")]), &papers, &Progress::default());
        assert_eq!(first.deleted, [""; 0]);
        let back = plan(look(&[("a", "1"), ("b", "1")]), &papers, &first.progress);
        assert_eq!(back, Plan::default());
        let gone = plan(look(&[("b", "1")]), &papers, &first.progress);
        assert_eq!(gone.deleted, ["a"]);
        let partial = Look { is_whole: false, ..look(&[("b", "1")]) };
        assert_eq!(plan(partial, &papers, &first.progress).deleted, [""; 0]);
    }
}
