//! What must survive a restart: records, files and the queue of work.
//!
//! One [`Store`] over two databases, chosen by the scheme of its url: an embedded SQLite file, or
//! PostgreSQL. Every statement is one text that both understand (`decisions/0003`).
//!
//! Invariants, each held by a story in `tests/contract`:
//! - A write that was answered survives a power cut.
//! - What belongs together is one transaction: entries, their change numbers and the next job.
//! - Change numbers become visible in their own order: who reads on from the last number it has seen
//!   misses nothing.
//! - A piece whose instant of publication lies in the future is absent from every public read.
//! - An entry is never deleted by a harvest: where its source takes it back, it stays as a tombstone.
//! - What a rule holds or drops is absent from every public read until somebody releases it.
//! - A story that several entries tell is told once: one of them leads, and lists show no other.
//! - What is handed in is read by its authors and editors alone until it is published; what is typed
//!   is never lost, and the log of what was done is never changed.
//! - The figures of a chart in a piece are taken once and never changed.
//! - What an alert has told it does not tell again, and a mail that was sent is not sent again.

mod alerts;
mod answers;
mod audit;
mod briefs;
mod changes;
mod charts;
mod check;
mod connections;
mod documents;
mod entries;
mod error;
mod figures;
mod files;
mod foresight;
mod harvests;
mod jobs;
mod mails;
mod migrate;
mod open;
mod papers;
mod passkeys;
mod people;
mod pictures;
mod reviews;
mod rows;
mod rules;
mod sessions;
mod sources;
mod stories;
mod submissions;
mod subscriptions;
mod together;
mod uploads;

pub use alerts::{
    AlertLine, AlertMatch, AlertNews, Confirming, TrendMatch, WatchedSearch, WatchedTrends,
};
pub use audit::Verified;
pub use briefs::BriefSummary;
pub use charts::FrozenCharts;
pub use check::StoreReport;
pub use connections::{Connection, Named};
pub use documents::document_of;
pub use error::{BoxError, StoreError};
pub use files::{FileHash, InvalidFileHash, MAX_FILE_BYTES};
pub use foresight::EditionLine;
pub use harvests::{Harvest, IncomingPaper, MAX_NEW_ENTRIES, Page, PageEnd, PaperHarvest};
pub use jobs::{GivenUp, JobCounts};
pub use mails::{FailedMail, MailCounts};
pub use open::{Settings, Store};
pub use papers::{KnownPaper, PaperRecord, PartRecord};
pub use passkeys::PasskeyLine;
pub use people::Secrets;
pub use pictures::Place;
pub use reviews::Asking;
pub use rules::WithheldLine;
pub use sessions::{CLAIM_HOURS, LINK_MINUTES, Place as SessionPlace, Session, SignIn};
pub use stories::{Candidate, Folding, HandLine, Said, StoryLine};
pub use submissions::{
    Deciding, Guest, Message, Publication, QueueCounts, Retraction, Round, SaveBeside, SaveOutcome,
    Sending, Step, SubmissionLine,
};
pub use uploads::{Appended, Manuscript};
