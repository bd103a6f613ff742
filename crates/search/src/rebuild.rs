//! A second index beside the live one, to take its place when it is complete.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::SearchError;
use crate::threads::aside;
use crate::writer::Writer;
use crate::{Batch, Inner, Live};

/// An index that is being built while the live one goes on answering.
///
/// It is removed when this is dropped unfinished.
pub struct Rebuild {
    inner: Arc<Inner>,
    name: String,
    /// Taken when it becomes the live one.
    writer: Option<Writer>,
}

impl std::fmt::Debug for Rebuild {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Rebuild").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Rebuild {
    /// Begins an empty index; there is one at a time.
    pub(crate) async fn begin(inner: Arc<Inner>) -> Result<Self, SearchError> {
        if inner.is_rebuilding.swap(true, Ordering::AcqRel) {
            return Err(SearchError::Busy);
        }
        let mut rebuild = Self { inner, name: String::new(), writer: None };
        let inner = Arc::clone(&rebuild.inner);
        let (name, writer) = aside("search-rebuild", move || {
            let generation = inner.home.begin()?;
            let name = generation.name.clone();
            let writer = Writer::start(generation, &inner.store, inner.limits)?;
            Ok((name, writer))
        })
        .await?;
        rebuild.name = name;
        rebuild.writer = Some(writer);
        Ok(rebuild)
    }

    /// Hands over a batch; waits while too many wait already.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when an earlier batch could not be written: begin again.
    pub async fn apply(&self, batch: Batch) -> Result<(), SearchError> {
        self.writer.as_ref().ok_or(SearchError::Closed)?.apply(batch).await
    }

    /// Makes it durable, puts it in the place of the live one in one step, and removes that.
    ///
    /// Searches that are running end on the old one. [`Search::applied`](crate::Search::applied) is
    /// then the last change that was handed to this one: what came later has to be handed over again.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when it could not be made durable; the old one then stays.
    pub async fn finish(mut self) -> Result<(), SearchError> {
        let writer = self.writer.as_ref().ok_or(SearchError::Closed)?;
        writer.commit().await?;
        let (inner, name) = (Arc::clone(&self.inner), self.name.clone());
        aside("search-switch", move || inner.home.make_current(&name)).await?;
        let writer = self.writer.take().ok_or(SearchError::Closed)?;
        let name = std::mem::take(&mut self.name);
        let old = self.inner.replace_live(Live { name, writer });
        let inner = Arc::clone(&self.inner);
        aside("search-remove", move || {
            let name = old.name.clone();
            // The files of running searches stay readable until these end.
            drop(old);
            inner.home.remove(&name);
            Ok(())
        })
        .await
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            self.inner.home.remove(&self.name);
        }
        self.inner.is_rebuilding.store(false, Ordering::Release);
    }
}
