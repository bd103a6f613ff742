//! The generation that answers, and what all clones of an index share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use observatory_model::change::ChangeNumber;

use crate::error::SearchError;
use crate::generation::{Home, Stamp};
use crate::readers::Readers;
use crate::results::Rules;
use crate::snapshot::Snapshot;
use crate::writer::{Limits, Writer};
use crate::{IndexReport, Opened, size_of};

/// What all clones share.
pub(crate) struct Inner {
    /// The folder, to change it; `None` when it is only looked at.
    pub(crate) home: Option<Home>,
    pub(crate) store: String,
    pub(crate) folder: PathBuf,
    pub(crate) stamp: Stamp,
    pub(crate) limits: Limits,
    pub(crate) budget_milliseconds: u64,
    pub(crate) opened: Opened,
    pub(crate) rules: Arc<Rules>,
    pub(crate) readers: Readers,
    pub(crate) live: RwLock<Arc<Live>>,
    pub(crate) is_rebuilding: AtomicBool,
    /// Damage was found, or something that looks like it: see [`Search::is_damaged`](crate::Search::is_damaged).
    pub(crate) is_damaged: AtomicBool,
}

/// The generation that answers.
pub(crate) struct Live {
    pub(crate) name: String,
    pub(crate) access: Access,
}

/// What may be done with a generation.
pub(crate) enum Access {
    /// It is written here.
    Writing(Writer),
    /// It is read as it was when it was opened; whoever has the folder's lock may write it.
    Looking { snapshot: Arc<Snapshot>, applied: ChangeNumber },
}

impl Live {
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        match &self.access {
            Access::Writing(writer) => writer.snapshot(),
            Access::Looking { snapshot, .. } => Arc::clone(snapshot),
        }
    }

    pub(crate) fn applied(&self) -> ChangeNumber {
        match &self.access {
            Access::Writing(writer) => writer.applied(),
            Access::Looking { applied, .. } => *applied,
        }
    }

    pub(crate) fn writer(&self) -> Result<&Writer, SearchError> {
        match &self.access {
            Access::Writing(writer) => Ok(writer),
            Access::Looking { .. } => Err(SearchError::Closed),
        }
    }
}

impl Inner {
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace_live(&self, live: Live) -> Arc<Live> {
        let mut place = self.live.write().unwrap_or_else(PoisonError::into_inner);
        self.is_damaged.store(false, Ordering::Release);
        std::mem::replace(&mut place, Arc::new(live))
    }

    /// What is told of a generation in a folder.
    pub(crate) fn report(
        &self,
        snapshot: &Snapshot,
        applied: ChangeNumber,
        folder: PathBuf,
    ) -> IndexReport {
        IndexReport {
            documents: snapshot.document_count(),
            segments: snapshot.segments.len(),
            bytes: size_of(&folder),
            applied,
            stamp: format!("schema {}, rules {}", self.stamp.schema, self.stamp.analyzers),
            folder,
            is_damaged: self.is_damaged.load(Ordering::Acquire),
        }
    }

    /// Removes a generation that is no longer needed.
    pub(crate) fn remove(&self, name: &str) {
        if let Some(home) = &self.home {
            home.remove(name);
        }
    }
}
