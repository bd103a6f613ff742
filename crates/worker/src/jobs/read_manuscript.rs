//! The file of a submission is read, and a copy made of it that does not tell who wrote it.

use observatory_model::SubmissionId;
use observatory_model::job::Work;
use observatory_store::{FileHash, Manuscript};

use crate::readers::PaperError;
use crate::{WorkerError, World};

/// Reads the file in a process of its own and keeps what it said, or the reason why it cannot be read;
/// and the copy for reviewers, where one can be made.
///
/// A file that was read before is not read again. Run twice, it comes to the same.
///
/// # Errors
/// [`WorkerError::Store`]; [`WorkerError::Reader`] when this machine reads nothing.
pub async fn read_manuscript(world: &World, id: SubmissionId) -> Result<(), WorkerError> {
    let store = &world.store;
    let Some(submission) = store.submission(id).await? else { return Ok(()) };
    let Some(attachment) = submission.draft.attachment else { return Ok(()) };
    if store.manuscript(&attachment.file).await?.is_some() {
        return Ok(());
    }
    let Ok(hash) = attachment.file.parse::<FileHash>() else { return Ok(()) };
    let Some(_turn) = world.papers.manuscript_turn() else {
        // Another file is being read: this one takes no place and no memory until then.
        let now = world.clock.now();
        store.enqueue(&Work::ReadManuscript { submission: id }, now.plus_seconds(1), now).await?;
        return Ok(());
    };
    let Some(bytes) = store.file(&hash).await? else { return Ok(()) };
    let manuscript = match world.papers.read_named(bytes, Some(&attachment.name)).await {
        Ok(paper) => Manuscript::Paper(Box::new(paper)),
        Err(PaperError::Unreadable(why)) => Manuscript::Unreadable(why),
        Err(error) => return Err(WorkerError::Reader(error)),
    };
    // Read again instead of kept twice.
    let Some(bytes) = store.file(&hash).await? else { return Ok(()) };
    let copy = match world.papers.anonymous(bytes, &attachment.name).await {
        Ok(bytes) => Some(store.put_file(bytes).await?),
        Err(PaperError::Unreadable(why)) => {
            tracing::info!(submission = %id, reason = ?why.reason, "no anonymous copy can be made");
            None
        }
        Err(error) => return Err(WorkerError::Reader(error)),
    };
    store.keep_manuscript(&attachment.file, &manuscript, copy.as_ref(), world.clock.now()).await?;
    Ok(())
}
