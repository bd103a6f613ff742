//! What is over is forgotten: sessions, links, drafts that nobody claimed, beginnings of files.

use observatory_model::job::Work;
use observatory_model::submission::UNCLAIMED_DAYS;

use crate::{WorkerError, World};

/// Seconds between two rounds: a day.
const EVERY: i64 = 24 * 3600;

/// Forgets what is over, and plans the next round.
///
/// # Errors
/// [`WorkerError::Store`]; what was forgotten stays forgotten.
pub async fn tend_desk(world: &World) -> Result<(), WorkerError> {
    let (store, now) = (&world.store, world.clock.now());
    store.forget_sessions(now).await?;
    let forgotten = store.forget_drafts(UNCLAIMED_DAYS, now).await?;
    if forgotten > 0 {
        tracing::info!(drafts = forgotten, "forgot drafts that nobody has claimed");
    }
    store.forget_uploads().await?;
    store.enqueue(&Work::TendDesk, now.plus_seconds(EVERY), now).await?;
    Ok(())
}
