//! Many sources are read now, whatever their schedule says.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use observatory_model::SourceId;

use crate::jobs::fetch_feed::{FetchReport, fetch_feed};
use crate::{Progress, WorkerError, World};

/// Reads `sources`, as many at once as the settings allow, and says what came of each, by name.
///
/// # Errors
/// [`WorkerError::Store`] when an outcome could not be written down; what was kept stays.
pub async fn harvest(
    world: &World,
    sources: &[SourceId],
    progress: &dyn Progress,
) -> Result<Vec<FetchReport>, WorkerError> {
    let at_once = world.settings.parallel_fetches.get();
    let mut reports = stream::iter(sources)
        .map(|source| fetch_feed(world, *source, progress))
        .buffer_unordered(at_once)
        .try_filter_map(async |report| Ok(report))
        .try_collect::<Vec<_>>()
        .await?;
    reports.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(reports)
}
