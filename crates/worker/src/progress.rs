//! How far a long piece of work has come, for whoever watches.

use std::fmt;

use crate::jobs::fetch_feed::FetchReport;

/// Somebody who watches. Every call is short: it is made from within the work.
pub trait Progress: Send + Sync + fmt::Debug {
    /// A source was read, or could not be.
    fn fetched(&self, report: &FetchReport);
    /// The index has taken this many documents since the last call.
    fn indexed(&self, documents: u64);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn fetched(&self, _report: &FetchReport) {}

    fn indexed(&self, _documents: u64) {}
}
