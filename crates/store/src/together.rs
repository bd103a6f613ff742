//! Writes that are asked for at the same time are made durable at the same time.
//!
//! SQLite has one writer, and each commit waits for the disk (`decisions/0002`): 4 ms at the machines
//! at hand, more than keeping a whole feed takes. So whoever writes for a harvest or a job joins the
//! transaction that is open, writes within a savepoint of its own, queues again, and ends it for all
//! when its turn comes back: by then everyone who waited meanwhile has written. A single writer commits
//! at once. Nobody is answered before the commit is on the disk, and a write that fails takes nothing
//! of the others with it.
//!
//! PostgreSQL gathers the commits of its connections itself: there, each write is a transaction of its
//! own, so that locks are held in one order (`changes::give_numbers`).

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use sqlx::{Any, AnyConnection, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::{StoreError, of_engine};
use crate::open::{Backend, Store, commit};

/// The transaction that may be joined, if one is open.
#[derive(Clone, Default)]
pub(crate) struct Together(Arc<Mutex<Option<Open>>>);

impl fmt::Debug for Together {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Together").finish_non_exhaustive()
    }
}

struct Open {
    transaction: Transaction<'static, Any>,
    group: Arc<Group>,
}

/// Those who write in one transaction.
#[derive(Default)]
struct Group {
    /// How it ended, for all of them: `None` is durable, else what the database said.
    outcome: OnceLock<Option<String>>,
    /// How many of them there are that do not know it yet.
    members: AtomicUsize,
}

/// One write, in a transaction that others may share. Dropped without [`Turn::end`], nothing of the
/// whole transaction is kept.
pub(crate) enum Turn {
    Alone(Transaction<'static, Any>),
    Shared(Seat),
}

/// The place of one write in a shared transaction.
pub(crate) struct Seat {
    together: Together,
    group: Arc<Group>,
    /// Held while it writes.
    open: Option<OwnedMutexGuard<Option<Open>>>,
}

impl Store {
    /// Begins a write that may share its transaction with others.
    pub(crate) async fn join(&self) -> Result<Turn, StoreError> {
        if self.backend() == Backend::Postgres {
            return self.begin().await.map(Turn::Alone);
        }
        let together = self.together().clone();
        let mut open = Arc::clone(&together.0).lock_owned().await;
        let known = open.as_ref().map(|open| Arc::clone(&open.group));
        let group = if let Some(group) = known {
            group
        } else {
            let (transaction, group) = (self.begin().await?, Arc::default());
            open.insert(Open { transaction, group }).group.clone()
        };
        group.members.fetch_add(1, Ordering::AcqRel);
        let mut seat = Seat { together, group, open: Some(open) };
        seat.say("SAVEPOINT one").await?;
        Ok(Turn::Shared(seat))
    }
}

impl Turn {
    /// Where the statements of the write run.
    pub(crate) fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        match self {
            Self::Alone(transaction) => Ok(transaction),
            Self::Shared(seat) => seat.connection(),
        }
    }

    /// Ends the write: what it brought is durable when this returns, or nothing of it is kept.
    pub(crate) async fn end<T>(self, written: Result<T, StoreError>) -> Result<T, StoreError> {
        match self {
            Self::Alone(transaction) => {
                let written = written?;
                commit(transaction).await?;
                Ok(written)
            }
            Self::Shared(mut seat) => {
                if written.is_err() {
                    seat.say("ROLLBACK TO one").await?;
                }
                seat.say("RELEASE one").await?;
                // The next one writes; whoever waits already does so before this one goes on.
                drop(seat.open.take());
                let ended = seat.wait().await;
                let written = written?;
                ended?;
                Ok(written)
            }
        }
    }
}

impl Seat {
    fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        let open = self.open.as_mut().and_then(|open| open.as_mut());
        open.map(|open| &mut *open.transaction).ok_or_else(lost)
    }

    async fn say(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql).execute(self.connection()?).await.map(drop).map_err(of_engine)
    }

    /// Waits for the end of the transaction, and brings it about when nobody else has.
    async fn wait(self) -> Result<(), StoreError> {
        let mut open = Arc::clone(&self.together.0).lock_owned().await;
        if let Some(outcome) = self.group.outcome.get() {
            return outcome.clone().map_or(Ok(()), |said| Err(unavailable(said)));
        }
        let ours = open.take_if(|open| Arc::ptr_eq(&open.group, &self.group)).ok_or_else(lost)?;
        let ended = commit(ours.transaction).await;
        let said = ended.as_ref().err().map(ToString::to_string);
        self.group.outcome.get_or_init(|| said);
        ended
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let is_last = self.group.members.fetch_sub(1, Ordering::AcqRel) == 1;
        if let Some(mut open) = self.open.take() {
            // In the middle of a write: what has been written of it cannot be told from the rest.
            self.group.outcome.get_or_init(|| Some("a write beside it was given up".to_owned()));
            drop(open.take());
        } else if is_last && self.group.outcome.get().is_none() {
            // Everyone has gone away: nobody would ever end it. Who holds the lock has just come.
            if let Ok(mut open) = self.together.0.try_lock() {
                drop(open.take_if(|open| Arc::ptr_eq(&open.group, &self.group)));
            }
        }
    }
}

fn lost() -> StoreError {
    unavailable("the transaction has ended in the middle of a write".to_owned())
}

fn unavailable(said: String) -> StoreError {
    StoreError::Unavailable { source: said.into() }
}
