//! The folder of the pieces becomes what the store holds.

use std::path::Path;

use observatory_content::Problem;
use observatory_model::Clock;
use observatory_model::brief::PublishCounts;
use observatory_store::Store;

use crate::WorkerError;

/// What came of publishing a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Everything that is wrong in the folder. When there is anything, nothing was changed.
    pub problems: Vec<Problem>,
    /// Language versions that were read.
    pub versions: usize,
    /// What changed; `None` when there were problems, or nothing was to be changed.
    pub counts: Option<PublishCounts>,
}

/// Reads and checks `folder` without changing anything.
///
/// # Errors
/// [`WorkerError::Content`] when the folder cannot be read.
pub fn check(folder: &Path) -> Result<Published, WorkerError> {
    let (briefs, problems) = observatory_content::read(folder)?;
    Ok(Published { problems, versions: briefs.len(), counts: None })
}

/// Makes the store equal to `folder`, in one transaction, unless anything is wrong in it.
///
/// # Errors
/// [`WorkerError::Content`] when the folder cannot be read, [`WorkerError::Store`].
pub async fn publish_content(
    store: &Store,
    clock: &dyn Clock,
    folder: &Path,
) -> Result<Published, WorkerError> {
    let (briefs, problems) = observatory_content::read(folder)?;
    if !problems.is_empty() {
        return Ok(Published { problems, versions: briefs.len(), counts: None });
    }
    let counts = store.replace_briefs(&briefs, clock.now()).await?;
    // What has no figures yet gets them with the next picture.
    let frozen = store.freeze_charts(clock.now()).await?;
    tracing::info!(
        briefs.added = counts.added,
        briefs.changed = counts.changed,
        briefs.removed = counts.removed,
        charts.frozen = frozen,
        "published the content folder"
    );
    Ok(Published { problems, versions: briefs.len(), counts: Some(counts) })
}
