//! Why work was not done.

use observatory_content::ContentError;
use observatory_mail::MailError;
use observatory_model::mail::LetterError;
use observatory_search::SearchError;
use observatory_store::StoreError;

use crate::readers::PaperError;

/// What stopped a piece of work. It is tried again, unless somebody has to act first.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The store did not take or give what was asked of it.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The index did not take what was given to it.
    #[error("the index failed")]
    Search(#[from] SearchError),
    /// The folder of the pieces cannot be read at all.
    #[error("the content folder cannot be read")]
    Content(#[from] ContentError),
    /// A mail did not leave.
    #[error("the mail failed")]
    Mail(#[from] MailError),
    /// A mail was not written.
    #[error("the letter failed")]
    Letter(#[from] LetterError),
    /// How far a harvest has come could not be written.
    #[error("the progress of a harvest cannot be written")]
    Progress(#[source] serde_json::Error),
    /// Documents cannot be read on this machine at present.
    #[error("no document can be read")]
    Reader(#[source] PaperError),
    /// The system gives no random bytes.
    #[error("there is no chance for a word that nobody can guess")]
    Chance(#[source] getrandom::Error),
    /// Who counts what rises is gone.
    #[error("what rises is not counted any more")]
    Lookout,
    /// The work failed in an unforeseen way and was stopped.
    #[error("the work stopped in an unforeseen way: {0}")]
    Panicked(String),
}
