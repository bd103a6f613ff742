//! Who counts what was read and says what rises: a thread of its own, with the archive in memory.

use std::sync::{Arc, mpsc};

use observatory_model::change::ChangeNumber;
use observatory_model::trend::Picture;
use observatory_trends::{Archive, Observation, Question};
use tokio::sync::{Mutex, MutexGuard, oneshot};

use crate::WorkerError;

/// The lookout; clones share it. The thread ends with the last clone.
#[derive(Clone, Debug)]
pub struct Lookout {
    asks: mpsc::Sender<Ask>,
    turn: Arc<Mutex<()>>,
}

enum Ask {
    Applied(oneshot::Sender<ChangeNumber>),
    Apply {
        upserts: Vec<Observation>,
        removals: Vec<String>,
        up_to: ChangeNumber,
        done: oneshot::Sender<()>,
    },
    Paint(Question, oneshot::Sender<Picture>),
    Anew(oneshot::Sender<()>),
}

impl Lookout {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start() -> std::io::Result<Self> {
        let (asks, asked) = mpsc::channel();
        std::thread::Builder::new().name("lookout".to_owned()).spawn(move || stand(&asked))?;
        Ok(Self { asks, turn: Arc::default() })
    }

    /// Waits until nobody else feeds the archive; the turn ends when the guard goes.
    pub(crate) async fn take_turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The last change it has taken.
    pub(crate) async fn applied(&self) -> Result<ChangeNumber, WorkerError> {
        self.ask(Ask::Applied).await
    }

    /// Tells it what has changed up to there.
    pub(crate) async fn apply(
        &self,
        upserts: Vec<Observation>,
        removals: Vec<String>,
        up_to: ChangeNumber,
    ) -> Result<(), WorkerError> {
        self.ask(|done| Ask::Apply { upserts, removals, up_to, done }).await
    }

    /// What rises now.
    pub(crate) async fn paint(&self, question: Question) -> Result<Picture, WorkerError> {
        self.ask(|done| Ask::Paint(question, done)).await
    }

    /// Forgets everything, so that the next count begins at the first change.
    pub(crate) async fn begin_anew(&self) -> Result<(), WorkerError> {
        self.ask(Ask::Anew).await
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, WorkerError> {
        let (done, answer) = oneshot::channel();
        self.asks.send(ask(done)).or(Err(WorkerError::Lookout))?;
        answer.await.or(Err(WorkerError::Lookout))
    }
}

/// Answers until nobody is left who could ask.
fn stand(asked: &mpsc::Receiver<Ask>) {
    let glossary = observatory_search::glossary();
    let mut archive = Archive::new(glossary);
    while let Ok(ask) = asked.recv() {
        match ask {
            Ask::Applied(done) => answer(done, archive.applied()),
            Ask::Apply { upserts, removals, up_to, done } => {
                archive.apply(upserts, &removals, up_to);
                answer(done, ());
            }
            Ask::Paint(question, done) => answer(done, archive.picture(question)),
            Ask::Anew(done) => {
                archive = Archive::new(glossary);
                answer(done, ());
            }
        }
    }
}

/// Who asked may be gone: then the answer is dropped, and that is all.
fn answer<T>(done: oneshot::Sender<T>, value: T) {
    if done.send(value).is_err() {
        tracing::debug!("nobody waits for what the lookout says");
    }
}
