//! Finding things: the index, its writer and its readers.
//!
//! The index is a projection of the store. It can be thrown away at any time and is built again from
//! the store's changes; how far it is, it knows itself ([`Search::applied`]). Only what anonymous
//! readers may see now is in it. No type of the engine leaves this crate.

mod abbreviations;
mod analyzers;
mod arabic;
mod backup;
mod beginnings;
mod choice_queries;
mod concepts;
mod count;
mod error;
mod facets;
mod fielded;
mod filters;
#[cfg(test)]
mod fixture;
mod generation;
mod han;
mod hits;
mod identifiers;
mod labels;
mod letters;
mod lexemes;
mod listed;
mod live;
mod look;
mod marks;
mod matches;
mod naming;
mod nearby;
mod nearly;
mod parts;
mod query;
mod ranking;
mod readers;
mod reading;
mod rebuild;
mod related;
mod results;
mod schema;
mod script;
mod snapshot;
mod sought;
mod spelling;
mod statistics;
mod stems;
mod suggest;
mod surfaces;
mod symbols;
mod tally;
mod threads;
mod titles;
mod tokens;
mod units;
mod verify;
mod ways;
mod words;
mod writer;

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use observatory_model::Language;
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::document::Document;
use observatory_model::search::{Hit, SearchPage, SearchRequest, SuggestRequest, Suggestion};
use serde::Deserialize;

pub use crate::error::SearchError;
pub use crate::labels::glossary;
pub use crate::matches::find_in;
pub use crate::rebuild::Rebuild;
pub use crate::verify::Verified;

use crate::count::Deadline;
use crate::generation::{Home, Stamp};
use crate::live::{Access, Inner, Live};
use crate::readers::Readers;
use crate::results::{Rules, answer};
use crate::snapshot::Snapshot;
use crate::threads::aside;
use crate::writer::{FirstCommit, Limits, Writer};

/// Where the index is and how much it may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The folder of the index. It holds nothing that cannot be made again.
    pub folder: PathBuf,
    /// Memory for documents before they are written, in bytes; at least 15 MB are used.
    pub writer_memory_bytes: usize,
    /// After so many documents the index commits by itself.
    pub commit_after_documents: usize,
    /// After so many milliseconds with something to commit, the index commits by itself.
    pub commit_after_milliseconds: u64,
    /// Searches that run at once.
    pub reader_threads: NonZeroUsize,
    /// Searches that may wait for one of these threads; one more is refused.
    pub waiting: usize,
    /// How long one search may run, in milliseconds, not counting its wait.
    pub budget_milliseconds: u64,
}

/// How the index was found when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// There was none: it is empty.
    Fresh,
    /// It goes on where it was.
    Continued,
    /// The one that was there cannot be used: it is empty and has to be filled again.
    Rebuilding {
        /// What was wrong with the old one, for the operator.
        why: String,
    },
    /// It is only looked at: see [`Search::look`].
    Looking,
}

/// Changes that belong together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Documents that are new or different.
    pub upserts: Vec<Document>,
    /// Documents that are no longer to be found.
    pub removals: Vec<DocumentKey>,
    /// The last change of the store that is in this batch or an earlier one.
    pub up_to: ChangeNumber,
}

/// What the operator is told about the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexReport {
    /// Documents that can be found.
    pub documents: u64,
    /// Parts the index is in.
    pub segments: usize,
    /// Size of its files, in bytes.
    pub bytes: u64,
    /// The last change that is durable.
    pub applied: ChangeNumber,
    /// What it was made with.
    pub stamp: String,
    /// The folder of the generation that answers.
    pub folder: PathBuf,
    /// Damage was found, or something that looks like it: see [`Search::is_damaged`].
    pub is_damaged: bool,
}

/// The index. Clones are the same index.
#[derive(Clone)]
pub struct Search {
    inner: Arc<Inner>,
}

impl fmt::Debug for Search {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Search").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

impl Search {
    /// Opens the index of a store, or begins it.
    ///
    /// All its files are read once and checked. An index that is damaged, or was made by another
    /// program version or for another store, is set aside and an empty one begun: see
    /// [`opened`](Self::opened).
    ///
    /// # Errors
    /// [`SearchError::Held`] when another process has it open; [`SearchError::Unavailable`] when the
    /// folder cannot be written.
    pub async fn open(settings: &Settings, store_id: &str) -> Result<Self, SearchError> {
        let (folder, stamp, limits) =
            (settings.folder.clone(), Stamp::of(store_id), limits(settings));
        let store = store_id.to_owned();
        let found = aside("search-open", move || {
            concepts::names();
            let home = Home::take(&folder, stamp)?;
            let (generation, opened) = home.open()?;
            let name = generation.name.clone();
            let access =
                Access::Writing(Writer::start(generation, &store, limits, FirstCommit::InTime)?);
            Ok((Some(home), Live { name, access }, opened))
        });
        Self::start(settings, store_id, found.await?)
    }

    /// Opens the index of a store as it is now, to read it only: also while another process writes
    /// it, and what that writes afterwards is not seen.
    ///
    /// It takes no lock and reads no more than a search needs, so that it is open in milliseconds:
    /// whether the files are sound is checked by who writes them. Changes are refused with
    /// [`SearchError::Closed`].
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when there is no index, or one of another program version or
    /// another store; [`SearchError::Corrupt`] when it is damaged at its surface.
    pub async fn look(settings: &Settings, store_id: &str) -> Result<Self, SearchError> {
        let (folder, stamp) = (settings.folder.clone(), Stamp::of(store_id));
        let looked = aside("search-look", move || {
            concepts::names();
            look::look(&folder, &stamp)
        });
        let look::Looked { name, snapshot, applied } = looked.await?;
        let access = Access::Looking { snapshot: Arc::new(snapshot), applied };
        Self::start(settings, store_id, (None, Live { name, access }, Opened::Looking))
    }

    fn start(
        settings: &Settings,
        store_id: &str,
        (home, live, opened): (Option<Home>, Live, Opened),
    ) -> Result<Self, SearchError> {
        let readers = Readers::start(settings.reader_threads, settings.waiting)
            .map_err(SearchError::while_doing("start its threads"))?;
        let rules = Rules::new();
        let inner = Inner {
            home,
            store: store_id.to_owned(),
            folder: settings.folder.clone(),
            stamp: Stamp::of(store_id),
            limits: limits(settings),
            budget_milliseconds: settings.budget_milliseconds,
            opened,
            rules: Arc::new(rules),
            readers,
            live: RwLock::new(Arc::new(live)),
            is_rebuilding: AtomicBool::new(false),
            is_damaged: AtomicBool::new(false),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// How the index was found.
    pub fn opened(&self) -> Opened {
        self.inner.opened.clone()
    }

    /// The last change that is durable in the index; 0 in an empty one.
    pub fn applied(&self) -> ChangeNumber {
        self.inner.live().applied()
    }

    /// Hands over changes; waits while too many wait already. Changes may be handed over twice.
    ///
    /// They become durable and visible with the next commit, which comes by itself. One caller feeds
    /// the index, in the order of the changes.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when an earlier batch could not be written: all since
    /// [`applied`](Self::applied) is lost and must be handed over again, this batch too.
    pub async fn apply(&self, batch: Batch) -> Result<(), SearchError> {
        self.inner.live().writer()?.apply(batch).await
    }

    /// Makes all that was handed over durable and visible, and says up to which change that is.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] as with [`apply`](Self::apply), for example when the disk is full.
    pub async fn commit(&self) -> Result<ChangeNumber, SearchError> {
        self.inner.live().writer()?.commit().await
    }

    /// Searches.
    ///
    /// # Errors
    /// [`SearchError::Busy`] at once when too many searches wait; [`SearchError::TooSlow`] when it
    /// ran out of its budget.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchPage, SearchError> {
        self.read(move |snapshot, rules, deadline| answer(snapshot, rules, &request, deadline))
            .await
    }

    /// What a reader who has typed this so far may be about to type, the likeliest first: at most 10
    /// suggestions of at most 80 characters. Of more than 100 characters the first are looked at.
    ///
    /// # Errors
    /// As with [`search`](Self::search).
    pub async fn suggest(&self, request: SuggestRequest) -> Result<Vec<Suggestion>, SearchError> {
        self.read(move |snapshot, rules, deadline| {
            suggest::suggest(snapshot, rules, &request, deadline)
        })
        .await
    }

    /// What else is about the same as a document, at most `limit` hits, the nearest first; those in the
    /// language that is preferred before others that are as near. Neither the document itself nor
    /// another version of it. Empty when there is no such document.
    ///
    /// # Errors
    /// As with [`search`](Self::search).
    pub async fn related(
        &self,
        key: &DocumentKey,
        language: Option<Language>,
        limit: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let key = key.clone();
        self.read(move |snapshot, rules, deadline| {
            related::related(snapshot, rules, (&key, language), limit, deadline)
        })
        .await
    }

    /// Answers something on a reader thread, within the budget.
    async fn read<A, Q>(&self, question: Q) -> Result<A, SearchError>
    where
        A: Send + 'static,
        Q: FnOnce(&Snapshot, &Rules, Deadline) -> Result<A, SearchError> + Send + 'static,
    {
        let snapshot = self.inner.live().snapshot();
        let rules = Arc::clone(&self.inner.rules);
        let budget = self.inner.budget_milliseconds;
        let question = move || question(&snapshot, &rules, Deadline::in_milliseconds(budget));
        let answered = self.inner.readers.run(question).await;
        self.heed(answered.map_err(SearchError::from).and_then(|answer| answer))
    }

    /// How many documents can be found.
    ///
    /// # Errors
    /// None today.
    #[expect(clippy::unused_async, reason = "the public interface promises no more than an answer")]
    pub async fn document_count(&self) -> Result<u64, SearchError> {
        Ok(self.inner.live().snapshot().document_count())
    }

    /// What the operator is told.
    pub fn report(&self) -> IndexReport {
        let live = self.inner.live();
        let snapshot = live.snapshot();
        self.inner.report(&snapshot, live.applied(), self.inner.folder.join(&live.name))
    }

    /// Begins a second index beside the live one, to be filled from the first change on.
    ///
    /// # Errors
    /// [`SearchError::Busy`] when one is being built; [`SearchError::Unavailable`] when it cannot be
    /// written.
    pub async fn begin_rebuild(&self) -> Result<Rebuild, SearchError> {
        Rebuild::begin(Arc::clone(&self.inner)).await
    }

    /// Commits and stops writing. Searches go on; changes are refused. Where the index is only looked
    /// at, there is nothing to do.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when the last commit failed.
    pub async fn close(&self) -> Result<(), SearchError> {
        match &self.inner.live().access {
            Access::Writing(writer) => writer.close().await,
            Access::Looking { .. } => Ok(()),
        }
    }
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        memory_bytes: settings.writer_memory_bytes,
        after_documents: settings.commit_after_documents.max(1),
        after: Duration::from_millis(settings.commit_after_milliseconds),
    }
}

/// The size of the files in a folder, in bytes; what cannot be read counts nothing.
fn size_of(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[cfg(test)]
mod tests {
    use observatory_model::search::SearchRequest;

    use super::*;
    use crate::fixture::{STORE, batch, document, settings};

    #[tokio::test]
    async fn a_flood_is_refused_at_once_and_who_waits_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        settings.waiting = 2;
        let search = Search::open(&settings, STORE).await.unwrap();
        let (started, is_started) = tokio::sync::oneshot::channel();
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let blocking = search.inner.readers.run(move || {
            started.send(()).unwrap();
            wait.recv()
        });
        let flood = async {
            is_started.await.unwrap();
            let ask = || search.search(SearchRequest::default());
            let refused = async {
                for _ in 0..100 {
                    assert!(matches!(ask().await, Err(SearchError::Busy)));
                }
                release.send(()).unwrap();
            };
            tokio::join!(ask(), ask(), refused)
        };
        let (_, (first, second, ())) = tokio::join!(blocking, flood);
        assert!(first.is_ok() && second.is_ok());
    }

    #[tokio::test]
    async fn the_operator_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let search = Search::open(&settings(folder.path()), STORE).await.unwrap();
        search.apply(batch(vec![document(0, None, "a", "b")], 4)).await.unwrap();
        search.commit().await.unwrap();
        let report = search.report();
        assert_eq!((report.documents, report.segments), (1, 1));
        assert_eq!((report.applied, report.stamp.as_str()), (ChangeNumber(4), "schema 3, rules 3"));
        assert!(report.bytes > 1000);
        assert!(report.folder.starts_with(folder.path()));
    }
}
