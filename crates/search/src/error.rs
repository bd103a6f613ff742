//! Why a search or a change of the index did not succeed, by what the caller can do.

use std::error::Error;

/// The index did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// Too many searches run and wait, or the index is being built again already. Try again in a
    /// moment (HTTP 503).
    #[error("the search is busy")]
    Busy,
    /// The search took longer than its budget and was stopped. The same words will be as slow again;
    /// fewer or rarer words are not.
    #[error("the search took too long")]
    TooSlow,
    /// The disk or a thread failed. What was not durable is lost: begin again after
    /// [`applied`](crate::Search::applied).
    #[error("the index cannot {doing}")]
    Unavailable {
        /// What it was about to do.
        doing: &'static str,
        /// What the system or the engine said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The index is damaged. It is found out and built again at the next start.
    #[error("the index is damaged: {what}")]
    Corrupt {
        /// What does not fit.
        what: String,
    },
    /// Another process has the index open and writes it. It can be looked at meanwhile: see
    /// [`look`](crate::Search::look).
    #[error("another process has the index open")]
    Held,
    /// The index was closed, or is only looked at.
    #[error("the index is closed")]
    Closed,
}

impl SearchError {
    /// For `map_err`: keeps the cause and says what was about to be done.
    pub(crate) fn while_doing<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        move |source| Self::Unavailable { doing, source: source.into() }
    }
}
