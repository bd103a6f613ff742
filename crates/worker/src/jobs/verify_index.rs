//! The index is read again every night, and built anew when it is damaged.

use std::time::Duration;

use observatory_model::Timestamp;
use observatory_search::SearchError;
use tokio::sync::watch;

use crate::jobs::rebuild_index::rebuild_index;
use crate::{Progress, WorkerError, World};

/// The hour of the nightly check (UTC): few readers anywhere in Europe, Africa and the Americas.
const HOUR: i64 = 3;

const DAY_SECONDS: i64 = 24 * 3600;

/// Least time between two checks, in seconds. A check reads every byte of the index, and a search that
/// fails for another reason must not make one follow the other.
const PAUSE_SECONDS: i64 = 600;

/// Reads the index and builds it anew when it is damaged. Returns whether it was sound.
///
/// # Errors
/// [`WorkerError::Search`] when it could not be read now; [`WorkerError::Store`] and
/// [`WorkerError::Search`] when it could not be built anew: the damaged one goes on answering.
pub async fn verify_index(world: &World, progress: &dyn Progress) -> Result<bool, WorkerError> {
    match world.search.verify().await {
        Ok(verified) => {
            tracing::info!(
                index.generation = verified.generation,
                index.bytes = verified.bytes,
                "checked the index"
            );
            Ok(true)
        }
        Err(SearchError::Corrupt { what }) => {
            tracing::error!(what, "the index is damaged and is built anew");
            rebuild_index(world, progress).await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Checks every night, and soon after something has looked like damage, until `stop` turns true.
pub(crate) async fn verify_until(
    world: &World,
    progress: &dyn Progress,
    mut stop: watch::Receiver<bool>,
) {
    let mut next = next_night(world.clock.now());
    let mut earliest = world.clock.now();
    while !*stop.borrow() {
        let now = world.clock.now();
        if now >= next || (now >= earliest && world.search.is_damaged()) {
            if let Err(error) = verify_index(world, progress).await {
                let reason = crate::runner::chain(&error);
                tracing::warn!(reason, "the index could not be checked or built anew");
            }
            next = next_night(now);
            earliest = now.plus_seconds(PAUSE_SECONDS);
        }
        let pause = Duration::from_millis(world.settings.poll_milliseconds);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// The first nightly check after `now`.
fn next_night(now: Timestamp) -> Timestamp {
    let first = Timestamp::EPOCH.plus_seconds(HOUR * 3600);
    let nights = now.seconds_since(first).div_euclid(DAY_SECONDS) + 1;
    first.plus_seconds(nights * DAY_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_night_has_its_check() {
        let night = |now: &str| next_night(now.parse().unwrap()).rfc3339();
        assert_eq!(night("2026-11-25"), "2026-11-25T03:00:00Z");
        let at = next_night("2026-11-25".parse().unwrap());
        assert_eq!(next_night(at).seconds_since(at), DAY_SECONDS);
        assert_eq!(next_night(at.plus_seconds(-1)), at);
    }
}
