//! Why the harvest cannot start at all. Why one source cannot be read is a `Failure` of the model.

use std::error::Error;

/// The harvest cannot start.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A setting has a value that cannot work; the operator corrects it.
    #[error("the setting `{setting}` cannot be used")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The HTTP client cannot be built on this machine.
    #[error("the HTTP client cannot be set up")]
    Client {
        /// What the client said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}
