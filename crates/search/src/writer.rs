//! The one thread that writes a generation of the index.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use observatory_model::change::{ChangeNumber, DocumentKey};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Term};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::Batch;
use crate::error::SearchError;
use crate::generation::{Generation, payload, sync_folder};
use crate::parts;
use crate::reading::Readings;
use crate::schema::{Fields, schema};
use crate::snapshot::Snapshot;

/// Batches that may wait for the thread. A few, so that it never waits for the store; more would
/// only be memory.
const BATCHES_WAITING: usize = 4;

/// The least memory the engine works with, in bytes.
const LEAST_MEMORY: usize = 15_000_000;

/// Most keys whose numbers are kept in memory: 20 MB of them.
const MOST_REMEMBERED: usize = 500_000;

/// When a third of a segment is deleted, it is written again without.
const MOST_DELETED: f32 = 0.33;

/// When the thread commits by itself, and with how much memory it works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) memory_bytes: usize,
    pub(crate) after_documents: usize,
    pub(crate) after: Duration,
}

/// When a generation is made durable for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstCommit {
    /// As the limits say.
    InTime,
    /// When somebody asks for it: what is thrown away unless it is finished need not be durable before
    /// its end, and each commit on the way would be files to write and to merge.
    WhenAsked,
}

/// The thread, seen from outside. It stops when this is dropped; what was not committed is lost.
pub(crate) struct Writer {
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    room: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// What both sides know.
struct Shared {
    snapshot: RwLock<Arc<Snapshot>>,
    applied: AtomicU64,
    progress: Mutex<Progress>,
}

/// Which batches still count.
///
/// After a failure everything since the last commit is gone, also what still waits in the queue.
/// The caller learns of it at its next call, and only what it sends after that counts again.
#[derive(Default)]
struct Progress {
    epoch: u64,
    untold: Option<SearchError>,
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The epoch in which a call is made, or the failure that has not been told yet.
    fn epoch(&self) -> Result<u64, SearchError> {
        let mut progress = self.progress();
        progress.untold.take().map_or(Ok(progress.epoch), Err)
    }

    fn applied(&self) -> ChangeNumber {
        ChangeNumber(self.applied.load(Ordering::Acquire))
    }
}

enum Command {
    Apply { batch: Batch, epoch: u64, room: OwnedSemaphorePermit },
    Commit { epoch: u64, answer: oneshot::Sender<Result<ChangeNumber, SearchError>> },
    Close { answer: oneshot::Sender<Result<(), SearchError>> },
}

impl Writer {
    /// Opens a generation for readers and starts its thread. Reads the disk: not for `async` callers.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when the files cannot be read or there is no thread.
    pub(crate) fn start(
        generation: Generation,
        store: &str,
        limits: Limits,
        first_commit: FirstCommit,
    ) -> Result<Self, SearchError> {
        let doing = SearchError::while_doing::<tantivy::TantivyError>;
        let fields = schema().1;
        // No thread of the engine watches the files: this one knows when they change.
        let reader = generation.index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader: IndexReader = reader.try_into().map_err(doing("be read"))?;
        let snapshot = Snapshot::open(reader.searcher(), &fields).map_err(doing("be read"))?;
        let shared = Arc::new(Shared {
            snapshot: RwLock::new(Arc::new(snapshot)),
            applied: AtomicU64::new(generation.applied.0),
            progress: Mutex::default(),
        });
        let mut desk = Desk {
            index: generation.index,
            folder: generation.folder,
            store: store.to_owned(),
            reader,
            fields,
            readings: Readings::new(),
            limits,
            waits_to_be_asked: first_commit == FirstCommit::WhenAsked,
            written: (generation.applied == ChangeNumber(0)).then(BTreeSet::new),
            shared: Arc::clone(&shared),
            engine: None,
            pending: None,
        };
        let (commands, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("search-writer".to_owned())
            .spawn(move || desk.work(&queue))
            .map_err(SearchError::while_doing("start a thread"))?;
        Ok(Self {
            commands: Some(commands),
            thread: Some(thread),
            room: Arc::new(Semaphore::new(BATCHES_WAITING)),
            shared,
        })
    }

    /// The last commit.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.shared.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The last change that is durable.
    pub(crate) fn applied(&self) -> ChangeNumber {
        self.shared.applied()
    }

    /// Hands over a batch; waits while too many wait already.
    pub(crate) async fn apply(&self, batch: Batch) -> Result<(), SearchError> {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.or(Err(SearchError::Closed))?;
        let epoch = self.shared.epoch()?;
        self.send(Command::Apply { batch, epoch, room })
    }

    /// Makes everything durable and visible that was handed over.
    pub(crate) async fn commit(&self) -> Result<ChangeNumber, SearchError> {
        let (answer, answered) = oneshot::channel();
        let epoch = self.shared.epoch()?;
        self.send(Command::Commit { epoch, answer })?;
        answered.await.or(Err(SearchError::Closed))?
    }

    /// Commits and stops the thread.
    pub(crate) async fn close(&self) -> Result<(), SearchError> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Close { answer })?;
        answered.await.or(Err(SearchError::Closed))?
    }

    fn send(&self, command: Command) -> Result<(), SearchError> {
        let commands = self.commands.as_ref().ok_or(SearchError::Closed)?;
        commands.send(command).or(Err(SearchError::Closed))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.commands.take());
        // The files belong to the thread until it has ended.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// What was handed to the engine since the last commit.
struct Pending {
    up_to: ChangeNumber,
    documents: usize,
    since: Instant,
}

/// The thread's side.
struct Desk {
    index: Index,
    folder: PathBuf,
    store: String,
    reader: IndexReader,
    fields: Fields,
    readings: Readings,
    limits: Limits,
    /// It commits only when it is asked to; until it has been.
    waits_to_be_asked: bool,
    /// Of a generation that began empty: a number for each key that it may have, up to
    /// [`MOST_REMEMBERED`]. To delete what was never there costs a search in every segment.
    written: Option<BTreeSet<u64>>,
    shared: Arc<Shared>,
    /// Opened when it is needed, and again after a failure.
    engine: Option<IndexWriter>,
    pending: Option<Pending>,
}

impl Desk {
    fn work(&mut self, queue: &mpsc::Receiver<Command>) {
        loop {
            match self.next(queue) {
                Ok(Command::Apply { batch, epoch, room }) => {
                    self.take(&batch, epoch);
                    drop(room);
                }
                Ok(Command::Commit { epoch, answer }) => {
                    // Nobody may wait any more: it is committed all the same.
                    drop(answer.send(self.answer_commit(epoch)));
                }
                Ok(Command::Close { answer }) => {
                    let closed = self.guarded(Self::commit).and_then(|_| self.stop());
                    drop(answer.send(closed));
                    return;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => self.commit_unasked(),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// The next command; a timeout when it is time to commit.
    fn next(&self, queue: &mpsc::Receiver<Command>) -> Result<Command, mpsc::RecvTimeoutError> {
        match self.pending.as_ref().filter(|_| !self.waits_to_be_asked) {
            Some(pending) => {
                queue.recv_timeout(self.limits.after.saturating_sub(pending.since.elapsed()))
            }
            None => queue.recv().or(Err(mpsc::RecvTimeoutError::Disconnected)),
        }
    }

    fn take(&mut self, batch: &Batch, epoch: u64) {
        if !self.is_current(epoch) {
            return;
        }
        let documents = batch.upserts.len() + batch.removals.len();
        if let Err(error) = self.guarded(|desk| desk.write(batch)) {
            self.tell_later(error);
            return;
        }
        if let Some(pending) = &mut self.pending {
            pending.documents += documents;
            if pending.documents >= self.limits.after_documents && !self.waits_to_be_asked {
                self.commit_unasked();
            }
        }
    }

    fn commit_unasked(&mut self) {
        if let Err(error) = self.guarded(Self::commit) {
            self.tell_later(error);
        }
    }

    /// Runs a step; after a failure or a panic nothing that is not durable counts any more.
    fn guarded<T>(
        &mut self,
        step: impl FnOnce(&mut Self) -> tantivy::Result<T>,
    ) -> Result<T, SearchError> {
        let done = match catch_unwind(AssertUnwindSafe(|| step(self))) {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => SearchError::while_doing("be written")(error),
            Err(_) => SearchError::while_doing("be written")("the engine panicked"),
        };
        tracing::error!(error = %done, cause = ?std::error::Error::source(&done), "a commit of the index failed");
        self.pending = None;
        // A text that was not read to its end leaves it anyhow.
        self.readings = Readings::new();
        // Dropping it takes the engine back to its last commit.
        drop(catch_unwind(AssertUnwindSafe(|| self.engine = None)));
        self.shared.progress().epoch += 1;
        Err(done)
    }

    fn tell_later(&self, error: SearchError) {
        self.shared.progress().untold = Some(error);
    }

    /// Whether a command was given after the caller knew of the last failure.
    ///
    /// A batch from before is dropped without a word: its caller is told of the failure already.
    fn is_current(&self, epoch: u64) -> bool {
        self.shared.progress().epoch == epoch
    }

    fn answer_commit(&mut self, epoch: u64) -> Result<ChangeNumber, SearchError> {
        if self.is_current(epoch) {
            return self.guarded(Self::commit);
        }
        let untold = self.shared.progress().untold.take();
        let lost = || SearchError::while_doing("be written")("an earlier batch was lost");
        Err(untold.unwrap_or_else(lost))
    }

    fn write(&mut self, batch: &Batch) -> tantivy::Result<()> {
        let engine = match &mut self.engine {
            Some(engine) => engine,
            None => self.engine.insert(open_engine(&self.index, self.limits.memory_bytes)?),
        };
        let key_term = |key: &DocumentKey| Term::from_field_text(self.fields.key, &key.to_string());
        for key in &batch.removals {
            engine.delete_term(key_term(key));
        }
        if self.written.as_ref().is_some_and(|written| written.len() > MOST_REMEMBERED) {
            self.written = None;
        }
        for document in &batch.upserts {
            let key = parts::number_of_key(&document.key);
            if self.written.as_mut().is_none_or(|written| !written.insert(key)) {
                // First away, then in: a batch may come twice.
                engine.delete_term(key_term(&document.key));
            }
            for part in parts::write(&self.fields, &mut self.readings, document) {
                engine.add_document(part)?;
            }
        }
        let pending = self.pending.get_or_insert_with(|| Pending {
            up_to: self.shared.applied(),
            documents: 0,
            since: Instant::now(),
        });
        pending.up_to = pending.up_to.max(batch.up_to);
        Ok(())
    }

    fn commit(&mut self) -> tantivy::Result<ChangeNumber> {
        let (Some(pending), Some(engine)) = (&self.pending, &mut self.engine) else {
            return Ok(self.shared.applied());
        };
        let up_to = pending.up_to;
        let payload = payload(up_to, &self.store)
            .map_err(|error| tantivy::TantivyError::InternalError(error.to_string()))?;
        let mut prepared = engine.prepare_commit()?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        sync_folder(&self.folder)?;
        self.reader.reload()?;
        let snapshot = Arc::new(Snapshot::open(self.reader.searcher(), &self.fields)?);
        *self.shared.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        // Last: whoever sees the number also finds what it stands for.
        self.shared.applied.store(up_to.0, Ordering::Release);
        self.waits_to_be_asked = false;
        let documents = self.pending.take().map_or(0, |pending| pending.documents);
        tracing::debug!(
            index.documents = documents,
            index.applied = up_to.0,
            "committed the index"
        );
        Ok(up_to)
    }

    fn stop(&mut self) -> Result<(), SearchError> {
        let merged = self.engine.take().map_or(Ok(()), IndexWriter::wait_merging_threads);
        merged.map_err(SearchError::while_doing("be closed"))
    }
}

fn open_engine(index: &Index, memory_bytes: usize) -> tantivy::Result<IndexWriter> {
    // One thread each: indexing must leave the other core to the readers.
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(memory_bytes.max(LEAST_MEMORY))
        .build();
    let engine: IndexWriter = index.writer_with_options(options)?;
    let mut merging = LogMergePolicy::default();
    merging.set_del_docs_ratio_before_merge(MOST_DELETED);
    engine.set_merge_policy(Box::new(merging));
    Ok(engine)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, Instant};

    use observatory_model::Language;
    use observatory_model::change::ChangeNumber;

    use crate::fixture::{STORE, ask, batch, document, entry, found, open, settings};
    use crate::{Batch, Search, SearchError};

    fn english(number: u32, text: &str) -> observatory_model::document::Document {
        document(number, Some(Language::En), "", text)
    }

    #[tokio::test]
    async fn what_was_not_committed_is_replayed_and_nothing_else_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        search.apply(batch(vec![english(0, "first")], 10)).await.unwrap();
        assert_eq!(search.commit().await.unwrap(), ChangeNumber(10));
        search.apply(batch(vec![english(1, "second")], 20)).await.unwrap();
        assert_eq!(search.applied(), ChangeNumber(10));
        drop(search);

        let search = open(folder.path()).await;
        assert_eq!(search.applied(), ChangeNumber(10));
        assert_eq!(found(&search, "first OR second").await, [0]);
        search.apply(batch(vec![english(1, "second")], 20)).await.unwrap();
        assert_eq!(search.commit().await.unwrap(), ChangeNumber(20));
        assert_eq!(found(&search, "first OR second").await, [0, 1]);
    }

    #[tokio::test]
    async fn changes_may_come_twice() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let changes = || {
            let documents = vec![english(0, "first"), english(1, "old"), english(1, "new")];
            Batch { removals: vec![entry(0), entry(5)], ..batch(documents, 3) }
        };
        for _ in 0..2 {
            search.apply(changes()).await.unwrap();
            search.apply(changes()).await.unwrap();
            search.commit().await.unwrap();
            assert_eq!(search.document_count().await.unwrap(), 2);
            assert_eq!(ask(&search, "").await.total, 2);
            assert_eq!(found(&search, "new").await, [1]);
            assert_eq!(ask(&search, "old").await.total, 0);
        }
        let gone = Batch { removals: vec![entry(1)], up_to: ChangeNumber(4), ..Batch::default() };
        search.apply(gone).await.unwrap();
        assert_eq!(search.commit().await.unwrap(), ChangeNumber(4));
        assert_eq!(search.document_count().await.unwrap(), 1);
        assert_eq!(search.commit().await.unwrap(), ChangeNumber(4));
    }

    #[tokio::test]
    async fn a_long_document_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let mut long = english(0, "network");
        long.passages = vec![long.passages.first().unwrap().clone(); 60];
        for passage in &mut long.passages {
            passage.text = "network of words ".repeat(100);
        }
        let documents = vec![long.clone(), english(1, "short")];
        for up_to in [1, 2] {
            search.apply(batch(documents.clone(), up_to)).await.unwrap();
            search.commit().await.unwrap();
            assert_eq!(search.document_count().await.unwrap(), 2);
            assert_eq!(search.report().documents, 2);
        }
    }

    #[tokio::test]
    async fn a_batch_without_documents_moves_the_number() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        search.apply(batch(Vec::new(), 5)).await.unwrap();
        assert_eq!(search.commit().await.unwrap(), ChangeNumber(5));
        search.close().await.unwrap();
        assert!(matches!(search.commit().await, Err(SearchError::Closed)));
        drop(search);
        assert_eq!(open(folder.path()).await.applied(), ChangeNumber(5));
    }

    #[tokio::test]
    async fn it_commits_by_itself_after_documents_and_after_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        settings.commit_after_documents = 2;
        let search = Search::open(&settings, STORE).await.unwrap();
        search.apply(batch(vec![english(0, "a"), english(1, "b")], 2)).await.unwrap();
        until(&search, 2).await;
        drop(search);

        settings.commit_after_documents = 1000;
        settings.commit_after_milliseconds = 20;
        let search = Search::open(&settings, STORE).await.unwrap();
        search.apply(batch(vec![english(2, "c")], 3)).await.unwrap();
        until(&search, 3).await;
        assert_eq!(ask(&search, "").await.total, 3);
    }

    /// Waits for the commit itself.
    async fn until(search: &Search, number: u64) {
        let begun = Instant::now();
        while search.applied() < ChangeNumber(number) {
            assert!(begun.elapsed() < Duration::from_secs(30), "no commit");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn after_a_failed_commit_the_caller_is_told_and_it_works_again() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        search.apply(batch(vec![english(0, "first")], 1)).await.unwrap();
        search.commit().await.unwrap();

        // As a full disk does: nothing can be written where the files belong.
        let generation = search.report().folder;
        let aside = folder.path().join("aside");
        fs::rename(&generation, &aside).unwrap();
        fs::write(&generation, "in the way").unwrap();
        search.apply(batch(vec![english(1, "second")], 2)).await.unwrap();
        let failed = search.commit().await;
        assert!(matches!(failed, Err(SearchError::Unavailable { .. })), "{failed:?}");
        assert_eq!(search.applied(), ChangeNumber(1));
        assert_eq!(found(&search, "first OR second").await, [0]);

        fs::remove_file(&generation).unwrap();
        fs::rename(&aside, &generation).unwrap();
        search.apply(batch(vec![english(1, "second")], 2)).await.unwrap();
        assert_eq!(search.commit().await.unwrap(), ChangeNumber(2));
        assert_eq!(found(&search, "first OR second").await, [0, 1]);
    }

    #[tokio::test]
    async fn a_failure_that_nobody_waited_for_is_told_at_the_next_call() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        settings.commit_after_documents = 1;
        let search = Search::open(&settings, STORE).await.unwrap();
        let generation = search.report().folder;
        let aside = folder.path().join("aside");
        fs::rename(&generation, &aside).unwrap();
        fs::write(&generation, "in the way").unwrap();
        search.apply(batch(vec![english(0, "lost")], 1)).await.unwrap();
        let told = search.commit().await;
        assert!(matches!(told, Err(SearchError::Unavailable { .. })), "{told:?}");
        fs::remove_file(&generation).unwrap();
        fs::rename(&aside, &generation).unwrap();
        search.apply(batch(vec![english(0, "back")], 1)).await.unwrap();
        assert_eq!(search.commit().await.unwrap(), ChangeNumber(1));
        assert_eq!(found(&search, "back").await, [0]);
    }

    #[tokio::test]
    async fn who_reads_counts_rightly_while_the_writer_merges() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        search.apply(batch(vec![english(0, "word")], 1)).await.unwrap();
        search.commit().await.unwrap();
        let first = search.inner.live().snapshot();
        let (is_written, commits) = (std::cell::Cell::new(false), 20);
        let writing = async {
            for number in 1..commits {
                let up_to = u64::from(number) + 1;
                search.apply(batch(vec![english(number, "word")], up_to)).await.unwrap();
                search.commit().await.unwrap();
                assert_eq!(ask(&search, "word").await.total, up_to);
            }
            is_written.set(true);
        };
        let asking = async {
            let mut totals = Vec::new();
            while !is_written.get() {
                totals.push(ask(&search, "word").await.total);
            }
            totals
        };
        let ((), totals) = tokio::join!(writing, asking);
        assert!(totals.is_sorted() && totals.last() <= Some(&u64::from(commits)), "{totals:?}");
        // Each commit is a segment, so that some were merged.
        assert!(search.report().segments < 20, "{}", search.report().segments);
        assert_eq!((first.document_count(), first.segments.len()), (1, 1), "as it was");
    }

    #[tokio::test]
    async fn a_merge_keeps_no_reader_waiting_and_changes_no_count() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let texts =
            |segment: u32| (0..400).map(move |one| english(segment * 400 + one, "word of it"));
        for segment in 0..6 {
            let up_to = u64::from(segment) + 1;
            search.apply(batch(texts(segment).collect(), up_to)).await.unwrap();
            search.commit().await.unwrap();
        }
        let removals = (0..2400).step_by(100).map(entry).collect();
        let gone = Batch { removals, up_to: ChangeNumber(7), ..Batch::default() };
        search.apply(gone).await.unwrap();
        // Its files are free for another writer; those who read it go on.
        search.close().await.unwrap();
        assert_eq!(search.report().segments, 6);

        let index = tantivy::Index::open_in_dir(search.report().folder).unwrap();
        let mut engine: tantivy::IndexWriter = index.writer(15_000_000).unwrap();
        let merge = engine.merge(&index.searchable_segment_ids().unwrap());
        let merging = std::thread::spawn(move || {
            merge.wait().unwrap();
            engine.wait_merging_threads().unwrap();
        });
        let mut answers = 0;
        while !merging.is_finished() {
            assert_eq!(ask(&search, "word").await.total, 2376);
            // Who comes while it goes on.
            let look = Search::look(&settings(folder.path()), STORE).await.unwrap();
            assert_eq!(ask(&look, "word").await.total, 2376);
            answers += u32::from(!merging.is_finished());
        }
        merging.join().unwrap();
        assert!(answers > 0, "nobody was answered before it ended");
        let after = Search::look(&settings(folder.path()), STORE).await.unwrap();
        assert_eq!((after.report().segments, ask(&after, "word").await.total), (1, 2376));
        // The files of its segments are gone, and it has them still.
        let before = ask(&search, "word -nothing").await;
        assert_eq!((before.total, search.report().segments), (2376, 6));
    }
}
