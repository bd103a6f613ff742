//! Two lanes for work: a few places for what is quick, and many for what has turned out to be slow.
//!
//! Nearly all servers answer within a second. One that does not costs next to nothing while it is
//! waited for, except its place: so it changes to the slow lane, and its place is free for another.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::Settings;

/// The places of both lanes. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Lanes {
    quick: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    patience: Duration,
    /// Told whenever somebody has changed to the slow lane.
    changed: Arc<Notify>,
}

/// A place in one of the lanes, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    is_slow: bool,
    _permit: OwnedSemaphorePermit,
}

impl Lanes {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            quick: Arc::new(Semaphore::new(settings.parallel_fetches.get())),
            slow: Arc::new(Semaphore::new(settings.slow_fetches)),
            patience: Duration::from_millis(settings.patience_milliseconds),
            changed: Arc::default(),
        }
    }

    /// How many can be under way at the same time.
    pub(crate) fn places(settings: &Settings) -> usize {
        settings.parallel_fetches.get().saturating_add(settings.slow_fetches)
    }

    /// A place that is free now. Work that `is_slow` as far as is known takes one of the slow lane.
    pub(crate) fn enter(&self, is_slow: bool) -> Option<Place> {
        let place = |lane: &Arc<Semaphore>, is_slow| {
            let permit = Arc::clone(lane).try_acquire_owned().ok()?;
            Some(Place { is_slow, _permit: permit })
        };
        let slow = is_slow.then(|| place(&self.slow, true)).flatten();
        slow.or_else(|| place(&self.quick, false))
    }

    /// Waits for a place of the quick lane; `None` never comes, since the lanes are never closed.
    pub(crate) async fn queue(&self) -> Option<Place> {
        let permit = Arc::clone(&self.quick).acquire_owned().await.ok()?;
        Some(Place { is_slow: false, _permit: permit })
    }

    /// Does the work; when it lasts longer than the patience, its place goes to somebody else as soon
    /// as there is one for it in the slow lane.
    pub(crate) async fn run<T>(&self, place: Option<Place>, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        if place.as_ref().is_some_and(|place| place.is_slow) {
            return work.await;
        }
        if let Ok(done) = timeout(self.patience, &mut work).await {
            return done;
        }
        let waiting = std::pin::pin!(Arc::clone(&self.slow).acquire_owned());
        match select(work, waiting).await {
            Either::Left((done, _)) => done,
            Either::Right((slow, work)) => {
                drop(place);
                self.changed.notify_one();
                let done = work.await;
                drop(slow);
                done
            }
        }
    }

    /// Waits until somebody has changed to the slow lane, or has since this was last called.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn lanes(slow_fetches: usize) -> Lanes {
        Lanes::new(&Settings {
            parallel_fetches: NonZeroUsize::MIN,
            slow_fetches,
            patience_milliseconds: 5,
            fetch_every_seconds: 1,
            fetch_least_seconds: 1,
            fetch_most_seconds: 1,
            lease_seconds: 60,
            index_batch: 1,
            picture_after_seconds: 60,
            poll_milliseconds: 1,
        })
    }

    #[tokio::test]
    async fn who_is_slow_gives_its_place_away() {
        let lanes = lanes(1);
        let place = lanes.enter(false);
        assert!(place.is_some() && lanes.enter(false).is_none());
        let stuck = std::pin::pin!(lanes.run(place, std::future::pending::<()>()));
        let Either::Right((other, stuck)) = select(stuck, std::pin::pin!(lanes.queue())).await
        else {
            panic!("the stuck one never ends");
        };
        assert!(other.is_some());
        lanes.changed().await;
        // The slow lane is full now: the next that is stuck keeps its place.
        let second = lanes.run(other, std::future::pending::<()>());
        let both = std::pin::pin!(futures_util::future::join(stuck, second));
        let queue = std::pin::pin!(lanes.queue());
        let third = timeout(Duration::from_millis(50), select(both, queue));
        assert!(third.await.is_err(), "there is no place left");
    }

    #[tokio::test]
    async fn who_was_slow_before_takes_no_place_from_others() {
        let lanes = lanes(1);
        assert!(lanes.enter(true).is_some_and(|place| place.is_slow));
        let slow = lanes.enter(true);
        assert!(lanes.enter(true).is_some_and(|place| !place.is_slow), "rather than nowhere");
        assert_eq!(lanes.run(slow, async { 7 }).await, 7);
    }
}
