//! What every page is given: the doors, the clock and the settings.

use std::fmt;
use std::sync::Arc;

use observatory_identity::passkeys::RelyingParty;
use observatory_identity::providers::{Courier, Provider};
use observatory_mail::Outbox;
use observatory_model::progress::Board;
use observatory_model::trend::Picture;
use observatory_model::vocabulary::Vocabularies;
use observatory_model::{Clock, Timestamp};
use observatory_search::Search;
use observatory_store::{Store, StoreError};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::letters::SiteLetters;
use crate::proofs::Proofs;
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
    board: Board,
    seats: Arc<Semaphore>,
    vocabularies: Arc<Vocabularies>,
    seen: Arc<Mutex<Option<Seen>>>,
    proofs: Arc<Proofs>,
    outbox: Outbox,
    party: Option<Arc<RelyingParty>>,
    elsewhere: Option<Elsewhere>,
}

/// Providers of sign-in, and who carries what they are asked.
type Elsewhere = (Arc<[Provider]>, Arc<dyn Courier>);

/// The latest picture, and by what one sees whether it is still the latest.
type Seen = ((Timestamp, Timestamp), Arc<Picture>);

/// Readers that watch harvests at the same time: each holds a connection.
const SEATS: usize = 64;

/// By what devices know the site, whatever the language of who has the key.
const NAME: &str = "Observatory";

impl Site {
    /// A site that reads from these doors.
    pub fn new(store: Store, search: Search, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let (settings, questions) = (Arc::new(settings), Arc::default());
        let (board, seats) = (Board::default(), Arc::new(Semaphore::new(SEATS)));
        let (vocabularies, seen) = (Arc::new(Vocabularies::bundled()), Arc::default());
        // Where browsers know no passkeys, none are offered.
        let party = RelyingParty::new(&settings.public_origin, NAME).ok().map(Arc::new);
        let (proofs, outbox) = (Arc::default(), Outbox::default());
        Self {
            store,
            search,
            clock,
            settings,
            questions,
            board,
            seats,
            vocabularies,
            seen,
            proofs,
            outbox,
            party,
            elsewhere: None,
        }
    }

    /// The same, letting people in whom these providers name.
    #[must_use]
    pub fn believing(self, providers: Vec<Provider>, courier: Arc<dyn Courier>) -> Self {
        Self { elsewhere: Some((providers.into(), courier)), ..self }
    }

    /// The providers of sign-in.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.elsewhere.iter().flat_map(|(providers, _)| providers.iter())
    }

    /// The provider of a code, and who carries what it is asked.
    pub(crate) fn provider(&self, code: &str) -> Option<(&Provider, &dyn Courier)> {
        let (providers, courier) = self.elsewhere.as_ref()?;
        let found = providers.iter().find(|provider| provider.settings().code == code)?;
        Some((found, courier.as_ref()))
    }

    /// The same, judging trends in these words.
    #[must_use]
    pub fn speaking(self, vocabularies: Vocabularies) -> Self {
        Self { vocabularies: Arc::new(vocabularies), ..self }
    }

    /// The same, showing the mails that are kept here where there is no mail server.
    #[must_use]
    pub fn posting(self, outbox: Outbox) -> Self {
        Self { outbox, ..self }
    }

    /// As whom the site asks for passkeys; `None` at an address for which browsers know none.
    pub(crate) fn relying_party(&self) -> Option<&RelyingParty> {
        self.party.as_deref()
    }

    /// The mails that are kept on this machine.
    pub(crate) const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The threads that hash passwords.
    pub(crate) fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// The words in which people judge trends.
    pub(crate) fn vocabularies(&self) -> &Vocabularies {
        &self.vocabularies
    }

    /// What was last found to rise; it is read once and kept in memory until there is a later one.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub(crate) async fn picture(&self) -> Result<Option<Arc<Picture>>, StoreError> {
        let Some(latest) = self.store.latest_picture_made().await? else { return Ok(None) };
        let mut seen = self.seen.lock().await;
        if let Some((made, picture)) = &*seen
            && *made == latest
        {
            return Ok(Some(Arc::clone(picture)));
        }
        let Some(picture) = self.store.latest_picture().await?.map(Arc::new) else {
            return Ok(None);
        };
        *seen = Some((latest, Arc::clone(&picture)));
        Ok(Some(picture))
    }

    /// The same, showing the harvests on this board.
    #[must_use]
    pub fn watching(self, board: Board) -> Self {
        Self { board, ..self }
    }

    /// The harvests that are under way.
    pub(crate) const fn board(&self) -> &Board {
        &self.board
    }

    /// A place for somebody who watches, if there is one.
    pub(crate) fn seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.seats).try_acquire_owned().ok()
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
