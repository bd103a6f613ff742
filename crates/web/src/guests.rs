//! Who is connected, and who goes when the house is full.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// All connections of the site, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Guests {
    most: usize,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    next: u64,
    present: BTreeMap<u64, Arc<Activity>>,
}

/// What a connection is doing.
#[derive(Debug)]
pub(crate) struct Activity {
    state: Mutex<State>,
    /// Tells the connection to go.
    pub(crate) leave: Notify,
}

#[derive(Clone, Copy, Debug)]
struct State {
    running: usize,
    since: Instant,
}

/// A place in the house; leaving gives it back.
#[derive(Debug)]
pub(crate) struct Guest {
    guests: Arc<Guests>,
    number: u64,
    /// What it is doing.
    pub(crate) activity: Arc<Activity>,
}

/// A request that runs; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Running(Arc<Activity>);

/// Nothing that holds these locks can panic half way, so what a panic elsewhere left is still right.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Guests {
    /// A house with room for `most` connections.
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, book: Mutex::new(Book { next: 0, present: BTreeMap::new() }) }
    }

    /// Lets a connection in. When the house is full, the longest idle one is sent away; `None` when
    /// all are busy.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Guest> {
        let mut book = locked(&self.book);
        if book.present.len() >= self.most && !book.send_away_the_longest_idle() {
            return None;
        }
        let number = book.next;
        book.next += 1;
        let activity = Arc::new(Activity::new());
        book.present.insert(number, Arc::clone(&activity));
        drop(book);
        Some(Guest { guests: Arc::clone(self), number, activity })
    }

    /// Frees a place if any connection is idle.
    pub(crate) fn send_away_the_longest_idle(&self) -> bool {
        locked(&self.book).send_away_the_longest_idle()
    }
}

impl Book {
    fn send_away_the_longest_idle(&mut self) -> bool {
        let idle = |activity: &Activity| {
            let state = activity.state();
            (state.running == 0).then_some(state.since)
        };
        let longest = self
            .present
            .iter()
            .filter_map(|(number, activity)| Some((idle(activity)?, *number)))
            .min()
            .and_then(|(_, number)| self.present.remove(&number));
        longest.is_some_and(|activity| {
            activity.leave.notify_one();
            true
        })
    }
}

impl Activity {
    fn new() -> Self {
        let state = State { running: 0, since: Instant::now() };
        Self { state: Mutex::new(state), leave: Notify::new() }
    }

    fn state(&self) -> State {
        *locked(&self.state)
    }

    /// A request begins.
    pub(crate) fn begin(self: &Arc<Self>) -> Running {
        let mut state = locked(&self.state);
        state.running += 1;
        state.since = Instant::now();
        drop(state);
        Running(Arc::clone(self))
    }

    /// Whether requests run, and since when that is so.
    pub(crate) fn is_busy_since(&self) -> (bool, Instant) {
        let state = self.state();
        (state.running > 0, state.since)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = locked(&self.0.state);
        state.running = state.running.saturating_sub(1);
        state.since = Instant::now();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        locked(&self.guests.book).present.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_idle_goes_and_the_busy_stay() {
        let guests = Arc::new(Guests::new(2));
        let busy = guests.enter().unwrap();
        let running = busy.activity.begin();
        let idle = guests.enter().unwrap();
        let newcomer = guests.enter().unwrap();
        idle.activity.leave.notified().await;
        let second = newcomer.activity.begin();
        assert!(guests.enter().is_none(), "all are busy");
        drop(running);
        assert!(guests.enter().is_some());
        drop((second, idle, newcomer, busy));
        assert!(locked(&guests.book).present.is_empty());
    }
}
