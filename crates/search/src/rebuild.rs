//! A second index beside the live one, to take its place when it is complete.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::SearchError;
use crate::threads::aside;
use crate::writer::{FirstCommit, Writer};
use crate::{Access, Batch, Inner, Live};

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
        if inner.home.is_none() {
            return Err(SearchError::Closed);
        }
        if inner.is_rebuilding.swap(true, Ordering::AcqRel) {
            return Err(SearchError::Busy);
        }
        let mut rebuild = Self { inner, name: String::new(), writer: None };
        let inner = Arc::clone(&rebuild.inner);
        let (name, writer) = aside("search-rebuild", move || {
            let generation = inner.home.as_ref().ok_or(SearchError::Closed)?.begin()?;
            let name = generation.name.clone();
            let writer =
                Writer::start(generation, &inner.store, inner.limits, FirstCommit::WhenAsked)?;
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
        aside("search-switch", move || {
            inner.home.as_ref().ok_or(SearchError::Closed)?.make_current(&name)
        })
        .await?;
        let writer = self.writer.take().ok_or(SearchError::Closed)?;
        let name = std::mem::take(&mut self.name);
        let old = self.inner.replace_live(Live { name, access: Access::Writing(writer) });
        let inner = Arc::clone(&self.inner);
        aside("search-remove", move || {
            let name = old.name.clone();
            // The files of running searches stay readable until these end.
            drop(old);
            inner.remove(&name);
            Ok(())
        })
        .await
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            self.inner.remove(&self.name);
        }
        self.inner.is_rebuilding.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use observatory_model::Language;
    use observatory_model::change::ChangeNumber;

    use crate::fixture::{ask, batch, document, found, open};
    use crate::{Opened, SearchError};

    fn generations(folder: &Path) -> usize {
        let names = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with("generation-")).count()
    }

    #[tokio::test]
    async fn the_old_one_answers_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let english = |number, text| document(number, Some(Language::En), "", text);
        search.apply(batch(vec![english(0, "old"), english(1, "old")], 8)).await.unwrap();
        search.commit().await.unwrap();

        let rebuild = search.begin_rebuild().await.unwrap();
        assert!(matches!(search.begin_rebuild().await, Err(SearchError::Busy)));
        rebuild.apply(batch(vec![english(0, "new")], 8)).await.unwrap();
        assert_eq!(found(&search, "old").await, [0, 1]);
        search.apply(batch(vec![english(2, "old")], 9)).await.unwrap();
        search.commit().await.unwrap();
        assert_eq!(found(&search, "old").await, [0, 1, 2]);
        assert_eq!(generations(folder.path()), 2);

        let reading = search.clone();
        let (finished, during) = tokio::join!(rebuild.finish(), ask(&reading, "old OR new"));
        finished.unwrap();
        assert!(during.total > 0);
        assert_eq!(found(&search, "old OR new").await, [0]);
        assert_eq!(search.applied(), ChangeNumber(8));
        assert_eq!(generations(folder.path()), 1);
        search.apply(batch(vec![english(2, "new")], 9)).await.unwrap();
        search.close().await.unwrap();
        drop((search, reading));

        let search = open(folder.path()).await;
        assert_eq!((search.opened(), search.applied()), (Opened::Continued, ChangeNumber(9)));
        assert_eq!(found(&search, "new").await, [0, 2]);
    }

    #[tokio::test]
    async fn an_unfinished_one_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let rebuild = search.begin_rebuild().await.unwrap();
        rebuild.apply(batch(vec![document(0, None, "a", "b")], 1)).await.unwrap();
        drop(rebuild);
        assert_eq!(generations(folder.path()), 1);
        assert_eq!(ask(&search, "").await.total, 0);
        drop(search.begin_rebuild().await.unwrap());
    }
}
