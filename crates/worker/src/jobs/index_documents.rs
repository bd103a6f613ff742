//! The index follows the store: changes are read in their order and told to it.

use observatory_model::change::{Change, ChangeNumber, DocumentKey};
use observatory_search::{Batch, Rebuild};

use crate::jobs::fold_stories::fold_stories;
use crate::{Progress, WorkerError, World};

/// How far the index has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The last change that the index has made durable.
    pub up_to: ChangeNumber,
    /// Changes that were told this time.
    pub changes: u64,
}

/// Tells the index everything that has changed since its last durable commit, and commits.
///
/// The place to go on from is read from the index itself, where it was written in the same instant as
/// the documents. Whatever was told and not committed before a crash is told again; telling it twice
/// does no harm.
///
/// # Errors
/// [`WorkerError::Store`] and [`WorkerError::Search`]; what was committed stays.
pub async fn index_documents(
    world: &World,
    progress: &dyn Progress,
) -> Result<Followed, WorkerError> {
    let turn = world.turn.take().await;
    let mut after = world.search.applied();
    let mut told = 0;
    loop {
        // What tells one story is folded first, so that nobody finds it twice.
        fold_stories(&world.store, world.clock.now()).await?;
        let Some((batch, count)) = next_batch(world, after).await? else { break };
        after = batch.up_to;
        world.search.apply(batch).await?;
        told += count;
        progress.indexed(count);
    }
    if told == 0 {
        return Ok(Followed { up_to: after, changes: 0 });
    }
    let up_to = world.search.commit().await?;
    drop(turn);
    Ok(Followed { up_to, changes: told })
}

/// Fills an index that is built beside the live one with what follows `after`, which moves on.
///
/// # Errors
/// As [`index_documents`].
pub(crate) async fn fill(
    world: &World,
    rebuild: &Rebuild,
    after: &mut ChangeNumber,
    progress: &dyn Progress,
) -> Result<u64, WorkerError> {
    let mut told = 0;
    while let Some((batch, count)) = next_batch(world, *after).await? {
        *after = batch.up_to;
        rebuild.apply(batch).await?;
        told += count;
        progress.indexed(count);
    }
    Ok(told)
}

/// The changes that follow `after`, with the documents they speak of as they are now.
///
/// A document that the store does not give is one that the public may not read: it leaves the index.
async fn next_batch(
    world: &World,
    after: ChangeNumber,
) -> Result<Option<(Batch, u64)>, WorkerError> {
    let changes = world.store.changes_after(after, world.settings.index_batch).await?;
    let Some(up_to) = changes.last().map(|change| change.number) else { return Ok(None) };
    let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let keys = changes.into_iter().map(|Change { document, .. }| document).collect::<Vec<_>>();
    let upserts = world.store.documents(&keys, world.clock.now()).await?;
    let kept =
        upserts.iter().map(|document| &document.key).collect::<std::collections::BTreeSet<_>>();
    let removals =
        keys.iter().filter(|key| !kept.contains(key)).cloned().collect::<Vec<DocumentKey>>();
    Ok(Some((Batch { upserts, removals, up_to }, count)))
}
