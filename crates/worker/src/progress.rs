//! How far a long piece of work has come, for whoever watches.

use std::fmt;

use observatory_model::progress::{Board, HarvestProgress};
use observatory_model::source::Source;

use crate::jobs::fetch_feed::FetchReport;

/// Somebody who watches. Every call is short: it is made from within the work.
pub trait Progress: Send + Sync + fmt::Debug {
    /// A source was read, or could not be.
    fn fetched(&self, report: &FetchReport);
    /// The harvest of a source over several answers has come this far.
    fn harvested(&self, _source: &Source, _progress: HarvestProgress) {}
    /// The harvest of a source is over, however it ended.
    fn harvest_ended(&self, _source: &Source) {}
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

/// Whoever looks at the board watches.
impl Progress for Board {
    fn fetched(&self, _report: &FetchReport) {}

    fn harvested(&self, source: &Source, progress: HarvestProgress) {
        self.note(source.id, progress);
    }

    fn harvest_ended(&self, source: &Source) {
        self.end(source.id);
    }

    fn indexed(&self, _documents: u64) {}
}
