//! A new index is built from the store while the old one answers.

use futures_util::future;
use observatory_model::change::ChangeNumber;
use observatory_search::SearchError;

use crate::jobs::fold_stories::fold_stories;
use crate::jobs::index_documents::{fill, index_documents};
use crate::{Progress, WorkerError, World};

/// Builds the index anew and puts it in the place of the old one. Returns the changes told.
///
/// The old one is fed and answers meanwhile; only for the last changes and the switch nobody else may
/// feed. Returns `None` when one is being built already: that one does.
///
/// # Errors
/// [`WorkerError::Store`] and [`WorkerError::Search`]; the old index stays in its place.
pub async fn rebuild_index(
    world: &World,
    progress: &dyn Progress,
) -> Result<Option<u64>, WorkerError> {
    let rebuild = match world.search.begin_rebuild().await {
        Err(SearchError::Busy) => return Ok(None),
        begun => begun?,
    };
    let mut after = ChangeNumber::default();
    // What was never compared is folded meanwhile: the database works on that, the engine on this.
    let filled = fill(world, &rebuild, &mut after, progress);
    let (told, folded) = future::join(filled, fold_stories(&world.store, world.clock.now())).await;
    let mut told = told?;
    folded?;
    let turn = world.turn.take().await;
    told += fill(world, &rebuild, &mut after, progress).await?;
    rebuild.finish().await?;
    drop(turn);
    told += index_documents(world, progress).await?.changes;
    tracing::info!(changes = told, "built the index anew");
    Ok(Some(told))
}
