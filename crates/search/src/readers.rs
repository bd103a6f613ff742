//! A fixed number of threads that answer queries.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::oneshot;

use crate::error::SearchError;

/// Work for a reader thread: it sends its own answer.
type Query = Box<dyn FnOnce() + Send>;

/// Threads that run blocking queries for `async` callers.
///
/// At most `threads` queries run at once and at most `waiting` wait for their turn; one more is
/// refused at once, so that a flood of searches cannot fill the memory. A query whose caller has
/// gone away is dropped before it starts.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    queue: mpsc::SyncSender<Query>,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadersError {
    /// All threads are busy and the queue is full. Try again later (HTTP 503).
    #[error("too many searches at once")]
    Busy,
    /// The query panicked, or the threads have stopped.
    #[error("the search was not finished")]
    Lost,
}

impl From<ReadersError> for SearchError {
    fn from(error: ReadersError) -> Self {
        match error {
            ReadersError::Busy => Self::Busy,
            lost @ ReadersError::Lost => Self::while_doing("answer")(lost),
        }
    }
}

impl Readers {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread.
    pub(crate) fn start(threads: NonZeroUsize, waiting: usize) -> std::io::Result<Self> {
        let (queue, queries) = mpsc::sync_channel::<Query>(waiting);
        let queries = Arc::new(Mutex::new(queries));
        for number in 0..threads.get() {
            let queries = Arc::clone(&queries);
            thread::Builder::new().name(format!("search-{number}")).spawn(move || {
                loop {
                    let next = queries.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match next {
                        // A panic is one lost answer, not one lost thread.
                        Ok(query) => drop(catch_unwind(AssertUnwindSafe(query))),
                        Err(mpsc::RecvError) => return,
                    }
                }
            })?;
        }
        Ok(Self { queue })
    }

    /// Runs `query` on one of the threads and waits for its answer.
    ///
    /// # Errors
    ///
    /// [`ReadersError::Busy`] at once when the queue is full; [`ReadersError::Lost`] when the query
    /// did not come to its end.
    pub(crate) async fn run<A, Q>(&self, query: Q) -> Result<A, ReadersError>
    where
        A: Send + 'static,
        Q: FnOnce() -> A + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let query: Query = Box::new(move || {
            if answer.is_closed() {
                return;
            }
            // The caller may have gone away in the meantime: then nobody needs the answer.
            drop(answer.send(query()));
        });
        match self.queue.try_send(query) {
            Ok(()) => answered.await.or(Err(ReadersError::Lost)),
            Err(mpsc::TrySendError::Full(_)) => Err(ReadersError::Busy),
            Err(mpsc::TrySendError::Disconnected(_)) => Err(ReadersError::Lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_come_back() {
        let readers = Readers::start(NonZeroUsize::MIN, 1).unwrap();
        assert_eq!(readers.run(|| 2 + 2).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_flood_is_refused_and_not_queued_without_end() {
        let readers = Readers::start(NonZeroUsize::MIN, 1).unwrap();
        let (started, is_started) = oneshot::channel();
        let (release, wait) = mpsc::channel::<()>();
        let running = readers.run(move || {
            started.send(()).unwrap();
            wait.recv()
        });
        let flood = async {
            is_started.await.unwrap();
            let waiting = readers.run(|| ());
            let refused = async {
                let refused = readers.run(|| ()).await;
                release.send(()).unwrap();
                refused
            };
            tokio::join!(waiting, refused)
        };
        let (_, (waited, refused)) = tokio::join!(running, flood);
        assert!(waited.is_ok());
        assert!(matches!(refused, Err(ReadersError::Busy)));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_for_one_caller_only() {
        let readers = Readers::start(NonZeroUsize::MIN, 1).unwrap();
        let lost = readers.run(|| panic!("as a broken query would")).await;
        assert!(matches!(lost, Err::<(), _>(ReadersError::Lost)));
        assert_eq!(readers.run(|| 1).await.unwrap(), 1);
    }
}
