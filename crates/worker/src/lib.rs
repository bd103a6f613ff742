//! What happens in the background: one file per job, each read from top to bottom as what happens.
//!
//! Here the doors meet: what the network says goes into the store, and what the store says goes into
//! the index.

mod error;
pub mod jobs;
mod lanes;
mod lookout;
mod progress;
pub mod readers;
mod runner;
mod schedule;
mod turn;

use std::num::NonZeroUsize;
use std::sync::Arc;

use observatory_ingest::Fetcher;
use observatory_mail::Mailer;
use observatory_model::Clock;
use observatory_model::mail::Letters;
use observatory_search::Search;
use observatory_store::Store;

use crate::readers::PaperReader;

pub use error::WorkerError;
pub use jobs::fetch_feed::{FetchReport, Fetched};
pub use jobs::index_documents::Followed;
pub use jobs::publish_content::Published;
pub use lookout::Lookout;
pub use progress::{Progress, Silent};
pub use runner::Runner;
pub use schedule::{after_failure, after_success};
pub use turn::Turn;

/// How much is done at once and how often.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Sources that are read at the same time, not counting those that are slow.
    pub parallel_fetches: NonZeroUsize,
    /// Sources that may be slow at the same time without taking the place of another.
    pub slow_fetches: usize,
    /// Milliseconds after which a source is slow.
    pub patience_milliseconds: u64,
    /// Seconds between two readings of a source of which nothing else is known.
    pub fetch_every_seconds: i64,
    /// Fewest seconds between two readings of a source that changes often.
    pub fetch_least_seconds: i64,
    /// Most seconds between two readings of a healthy source.
    pub fetch_most_seconds: i64,
    /// Seconds after which a job whose worker has died is taken on by another. Longer than the
    /// longest fetch.
    pub lease_seconds: i64,
    /// Documents that go to the index in one step.
    pub index_batch: u32,
    /// Seconds after a change until what rises is counted again.
    pub picture_after_seconds: i64,
    /// Milliseconds between two looks for new work and new changes.
    pub poll_milliseconds: u64,
}

/// Everything a job needs: named here, and handed over; nothing reaches for globals.
#[derive(Clone, Debug)]
pub struct World {
    /// What is kept.
    pub store: Store,
    /// What is found.
    pub search: Search,
    /// The one way out to the network.
    pub fetcher: Fetcher,
    /// Who reads documents.
    pub papers: PaperReader,
    /// The one way out for mails.
    pub mailer: Mailer,
    /// Who writes them.
    pub letters: Arc<dyn Letters>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who counts what rises.
    pub lookout: Lookout,
    /// The turn of whoever feeds the index.
    pub turn: Turn,
    /// Where hubs reach us, without a slash at the end; `None` where they cannot, and none is asked.
    pub callback_origin: Option<Arc<str>>,
    /// How much is done at once.
    pub settings: Settings,
}
