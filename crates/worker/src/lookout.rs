//! Who counts what was read and says what rises: a thread of its own, with the archive in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use observatory_model::Slug;
use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
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

/// Names that editors took from a concept.
pub(crate) type Split = BTreeSet<(Slug, String)>;

/// The part of the world that each source speaks from, by its slug.
pub(crate) type Regions = BTreeMap<String, String>;

enum Ask {
    Applied(oneshot::Sender<ChangeNumber>),
    Apply {
        upserts: Vec<Observation>,
        removals: Vec<String>,
        up_to: ChangeNumber,
        done: oneshot::Sender<()>,
    },
    Paint(Question, Regions, oneshot::Sender<Picture>),
    Begin {
        split: Split,
        anew: bool,
        done: oneshot::Sender<()>,
    },
}

impl Lookout {
    /// Starts the thread. What it has counted is kept in `file`, so that a start does not read
    /// everything again; a file that cannot be read is as good as none. `None`: in memory alone.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(file: Option<PathBuf>) -> std::io::Result<Self> {
        let (asks, asked) = mpsc::channel();
        std::thread::Builder::new()
            .name("lookout".to_owned())
            .spawn(move || stand(file.as_deref(), &asked))?;
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

    /// What rises now, and from which parts of the world.
    pub(crate) async fn paint(
        &self,
        question: Question,
        regions: Regions,
    ) -> Result<Picture, WorkerError> {
        self.ask(|done| Ask::Paint(question, regions, done)).await
    }

    /// Makes ready to count with these names as things of their own; where it counted otherwise before,
    /// or `anew`, it forgets everything, so that the next count begins at the first change.
    pub(crate) async fn begin(&self, split: Split, anew: bool) -> Result<(), WorkerError> {
        self.ask(|done| Ask::Begin { split, anew, done }).await
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, WorkerError> {
        let (done, answer) = oneshot::channel();
        self.asks.send(ask(done)).or(Err(WorkerError::Lookout))?;
        answer.await.or(Err(WorkerError::Lookout))
    }
}

/// Answers until nobody is left who could ask.
fn stand(file: Option<&Path>, asked: &mpsc::Receiver<Ask>) {
    let mut split = Split::new();
    let mut glossary = observatory_search::glossary().clone();
    let kept = file.and_then(|file| read(file, &glossary));
    let mut archive = kept.unwrap_or_else(|| Archive::new(&glossary));
    let mut written = archive.applied();
    while let Ok(ask) = asked.recv() {
        match ask {
            Ask::Applied(done) => answer(done, archive.applied()),
            Ask::Apply { upserts, removals, up_to, done } => {
                archive.apply(upserts, &removals, up_to);
                answer(done, ());
            }
            Ask::Paint(question, regions, done) => {
                archive.locate(regions);
                answer(done, archive.picture(question));
                if let Some(file) = file.filter(|_| archive.applied() != written) {
                    match write(&archive, file) {
                        Ok(()) => written = archive.applied(),
                        Err(error) => {
                            tracing::warn!(%error, "what was counted is read again at the next start");
                        }
                    }
                }
            }
            Ask::Begin { split: wanted, anew, done } => {
                if wanted != split {
                    glossary = observatory_search::glossary().without(&wanted);
                    split = wanted;
                    let kept = file.and_then(|file| read(file, &glossary));
                    archive = kept.unwrap_or_else(|| Archive::new(&glossary));
                } else if anew {
                    archive = Archive::new(&glossary);
                }
                answer(done, ());
            }
        }
    }
}

/// What was kept in `file`; `None` when nothing was, or it cannot be used any more.
fn read(file: &Path, glossary: &Glossary) -> Option<Archive> {
    let opened = std::fs::File::open(file).ok()?;
    Archive::load(opened, glossary)
        .inspect_err(|error| tracing::info!(%error, "all documents are counted anew"))
        .ok()
}

/// Keeps the archive: whoever reads finds the old one or the new one, whole.
fn write(archive: &Archive, file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Another process may write at the same time.
    let beside = file.with_extension(format!("{}.new", std::process::id()));
    let written = std::fs::File::create(&beside).and_then(|new| {
        archive.save(&new)?;
        new.sync_all()
    });
    let done = written.and_then(|()| std::fs::rename(&beside, file));
    if done.is_err() {
        // It may not be there; a later start does not look at it.
        std::fs::remove_file(&beside).unwrap_or_default();
    }
    done
}

/// Who asked may be gone: then the answer is dropped, and that is all.
fn answer<T>(done: oneshot::Sender<T>, value: T) {
    if done.send(value).is_err() {
        tracing::debug!("nobody waits for what the lookout says");
    }
}
