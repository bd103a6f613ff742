//! Threads for work that waits for the disk, so that no `async` caller does.

use std::thread;

use tokio::sync::oneshot;

use crate::error::SearchError;

/// Does rare, slow work on a thread of its own and waits for it.
///
/// # Errors
/// What the work says; [`SearchError::Unavailable`] when there is no thread for it or it panicked.
pub(crate) async fn aside<T, W>(name: &str, work: W) -> Result<T, SearchError>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, SearchError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let work = move || {
        // The caller may have gone away; the work is done all the same.
        drop(answer.send(work()));
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(SearchError::while_doing("start a thread"))?;
    answered.await.map_err(SearchError::while_doing("finish its work"))?
}
