//! The instant of publication of a piece has come: the index is told.

use observatory_model::brief::BriefAddress;

use crate::{WorkerError, World};

/// Gives every language version of `piece` a new change number, so that the index looks again.
///
/// Before the instant this does nothing, whatever the queue thinks: the store compares the times.
///
/// # Errors
/// [`WorkerError::Store`].
pub async fn lift_embargo(world: &World, piece: &BriefAddress) -> Result<(), WorkerError> {
    world.store.touch_piece(piece, world.clock.now()).await?;
    tracing::info!(piece = %piece, "the embargo of {piece} has ended");
    Ok(())
}
