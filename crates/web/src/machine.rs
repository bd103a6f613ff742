//! What machines read: feeds, files at fixed addresses, and the state of the service.

pub(crate) mod api;
pub(crate) mod feeds;
pub(crate) mod files;
pub(crate) mod health;
pub(crate) mod opensearch;
pub(crate) mod suggest;
pub(crate) mod tables;
pub(crate) mod texts;
pub(crate) mod trends;
pub(crate) mod websub;
