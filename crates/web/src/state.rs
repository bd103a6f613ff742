//! What every page is given: the doors, the clock and the settings.

use std::fmt;
use std::sync::Arc;

use observatory_model::{Clock, Timestamp};
use observatory_search::Search;
use observatory_store::Store;

use crate::letters::SiteLetters;
use crate::questions::Questions;
use crate::settings::Settings;
use crate::urls;

/// The site: everything a request may use. Cloning it is cheap.
#[derive(Clone)]
pub struct Site {
    store: Store,
    search: Search,
    clock: Arc<dyn Clock>,
    settings: Arc<Settings>,
    questions: Arc<Questions>,
}

impl Site {
    /// A site that reads from these doors.
    pub fn new(store: Store, search: Search, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let (settings, questions) = (Arc::new(settings), Arc::default());
        Self { store, search, clock, settings, questions }
    }

    /// What survives a restart.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// The index.
    pub(crate) const fn search(&self) -> &Search {
        &self.search
    }

    /// The present.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The limits.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The questions of the last hour.
    pub(crate) fn questions(&self) -> &Questions {
        &self.questions
    }

    /// Who writes its mails.
    pub(crate) fn letters(&self) -> SiteLetters {
        SiteLetters::new(&self.settings.public_origin)
    }

    /// The absolute address of a path of this site.
    pub(crate) fn absolute(&self, path: &str) -> String {
        urls::absolute(&self.settings.public_origin, path)
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Site").field("settings", &self.settings).finish_non_exhaustive()
    }
}
