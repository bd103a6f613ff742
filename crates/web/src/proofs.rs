//! Threads that hash passwords: as many as there are cores, started at the first password.
//!
//! A hash takes 19 MiB for some hundredths of a second. Each thread keeps them: an allocator that is asked for
//! so much again and again keeps far more (see [`Workspace`]).

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use observatory_identity::password::Workspace;
use tokio::sync::oneshot;

use crate::error::PageError;

/// Passwords that wait for a thread; further ones are asked to come back.
const WAITING: usize = 64;

type Work = Box<dyn FnOnce(&mut Workspace) + Send>;

/// The threads.
#[derive(Default)]
pub(crate) struct Proofs(OnceLock<SyncSender<Work>>);

impl Proofs {
    /// Does `work` on one of the threads.
    ///
    /// # Errors
    /// [`PageError::Busy`] when too many wait; [`PageError::Internal`] when the work ends in a panic, or
    /// the system gives no thread.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, PageError> {
        let (tell, told) = oneshot::channel();
        let work: Work = Box::new(move |workspace| {
            // Whoever asked may have gone.
            drop(tell.send(work(workspace)));
        });
        match self.0.get_or_init(start).try_send(work) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(PageError::Busy),
            Err(error @ TrySendError::Disconnected(_)) => {
                return Err(PageError::Internal(error.to_string()));
            }
        }
        told.await.map_err(|error| PageError::internal(&error))
    }
}

fn start() -> SyncSender<Work> {
    let (sender, receiver) = sync_channel(WAITING);
    let receiver = Arc::new(Mutex::new(receiver));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    for number in 0..cores {
        let receiver = Arc::clone(&receiver);
        let thread = thread::Builder::new().name(format!("proofs-{number}"));
        if let Err(error) = thread.spawn(move || work_through(&receiver)) {
            tracing::error!(error = %error, "the system gives no thread for passwords");
        }
    }
    sender
}

/// Works until nobody can ask any more. A panic ends one answer, not the thread.
fn work_through(receiver: &Mutex<Receiver<Work>>) {
    let mut workspace = Workspace::default();
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            work(&mut workspace);
        }));
        if done.is_err() {
            tracing::error!("hashing a password ended in an unforeseen way");
        }
    }
}

impl fmt::Debug for Proofs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Proofs").finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_answer_alone() {
        let proofs = Proofs::default();
        for _ in 0..10 {
            let lost = proofs.run(|_| [1, 2].iter().position(|n| *n == 3).unwrap()).await;
            assert!(matches!(lost, Err(PageError::Internal(_))));
        }
        assert_eq!(proofs.run(|_| 1 + 1).await.unwrap(), 2);
    }
}
