//! The threads on which feeds are parsed, so that a large feed does not hold up everything else.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use observatory_model::Timestamp;
use observatory_model::source::{Failure, FailureReason};
use tokio::sync::{mpsc, oneshot};

use crate::feed::{Feed, parse_feed, parser_failed};
use crate::fetch::Fetch;

/// Most threads that parse: harvests of many sources wait for the network, not for these.
const MAX_THREADS: usize = 4;

/// Most feeds that wait for a thread; who comes later waits with the feed in hand.
const MAX_WAITING: usize = 8;

/// Stack of a thread, in bytes: the deepest document allowed needs less than a tenth.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Work for one thread: what it comes to is sent by itself.
type Work = Box<dyn FnOnce() + Send>;

/// Threads start with the first feed and live as long as the process: they own nothing to lose.
static QUEUE: LazyLock<mpsc::Sender<Work>> = LazyLock::new(start);

/// Reads a feed like [`parse_feed`], on a thread of this crate.
///
/// Waits while all threads are busy; a caller that goes away is not worked for. The answer is shared
/// and not taken, for a caller that wants to keep one that could not be read.
///
/// # Errors
/// Those of [`parse_feed`].
pub async fn parse(fetch: Arc<Fetch>, now: Timestamp) -> Result<Feed, Failure> {
    on_thread(move || {
        parse_feed(&fetch.bytes, fetch.content_type.as_deref(), &fetch.final_url, now)
    })
    .await
}

/// Does `read`, which never panics, on one of the threads.
pub(crate) async fn on_thread<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (answer, answered) = oneshot::channel();
    let work: Work = Box::new(move || {
        if !answer.is_closed() && answer.send(read()).is_err() {
            tracing::debug!("nobody waits for a parsed answer any more");
        }
    });
    if QUEUE.send(work).await.is_err() {
        return Err(Failure::new(FailureReason::ParserFailed, "no thread could be started"));
    }
    answered.await.unwrap_or_else(|_dropped| Err(parser_failed()))
}

fn start() -> mpsc::Sender<Work> {
    let (queue, work) = mpsc::channel(MAX_WAITING);
    let work = Arc::new(Mutex::new(work));
    let count = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAX_THREADS);
    for number in 0..count {
        let work = Arc::clone(&work);
        let named =
            thread::Builder::new().name(format!("parse-feed-{number}")).stack_size(STACK_BYTES);
        // The others do the work; when none starts, the queue closes with the last receiver.
        if let Err(error) = named.spawn(move || parse_all(&work)) {
            tracing::error!(%error, "thread {number} for parsing feeds could not be started");
        }
    }
    queue
}

fn parse_all(work: &Mutex<mpsc::Receiver<Work>>) {
    loop {
        // The lock is held while waiting: the next thread waits for the lock instead of the queue.
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(work) = next else { return };
        work();
    }
}
