//! How far long harvests have come, for whoever watches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::id::SourceId;

/// How far the harvest of a source over several answers has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HarvestProgress {
    /// Answers that were read and kept.
    pub answers: u64,
    /// Records in them.
    pub records: u64,
}

/// The harvests that are under way: who does them writes here, and who shows them reads. Clones share it.
///
/// It holds no more sources than are read at the same time.
#[derive(Clone, Debug, Default)]
pub struct Board {
    running: Arc<Mutex<BTreeMap<SourceId, HarvestProgress>>>,
    is_closed: Arc<AtomicBool>,
}

impl Board {
    /// Notes how far the harvest of `source` has come.
    pub fn note(&self, source: SourceId, progress: HarvestProgress) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(source, progress);
    }

    /// Notes that the harvest of `source` is over, however it ended.
    pub fn end(&self, source: SourceId) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&source);
    }

    /// How far the harvest of `source` has come; `None` when there is none.
    pub fn of(&self, source: SourceId) -> Option<HarvestProgress> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&source).copied()
    }

    /// Says that there is nothing more to see: whoever watches goes home.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn what_is_over_is_forgotten() {
        let (board, source) = (Board::default(), SourceId::new(Timestamp::EPOCH));
        let progress = HarvestProgress { answers: 1, records: 100 };
        board.clone().note(source, progress);
        assert_eq!(board.of(source), Some(progress));
        board.end(source);
        assert_eq!(board.of(source), None);
        board.clone().close();
        assert!(board.is_closed());
    }
}
