//! A new index is built from the store while the old one answers.

use crate::jobs::index_documents::{fill, index_documents};
use crate::{Progress, WorkerError, World};

/// Builds the index anew and puts it in the place of the old one. Returns the documents told.
///
/// Changes that come in meanwhile are told after the switch.
///
/// # Errors
/// [`WorkerError::Store`] and [`WorkerError::Search`]; the old index stays in its place.
pub async fn rebuild_index(world: &World, progress: &dyn Progress) -> Result<u64, WorkerError> {
    let rebuild = world.search.begin_rebuild().await?;
    let told = fill(world, &rebuild, progress).await?;
    rebuild.finish().await?;
    let followed = index_documents(world, progress).await?;
    tracing::info!(documents = told, "built the index anew");
    Ok(told + followed.changes)
}
