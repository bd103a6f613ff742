//! Whose turn it is to feed the index.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

/// The turn to feed the index; clones share it.
///
/// Two who feed at once could put an older text over a newer one, or tell the index that it has
/// changes which went to the one it has just replaced.
#[derive(Clone, Debug, Default)]
pub struct Turn(Arc<Mutex<()>>);

impl Turn {
    /// Waits until nobody else feeds the index; the turn ends when the guard goes.
    pub(crate) async fn take(&self) -> MutexGuard<'_, ()> {
        self.0.lock().await
    }
}
