//! What rises in the documents that were read, and how sure one can be.
//!
//! Everything here is pure: no file, no clock, no network, no model to download. The same documents
//! give the same bytes.

mod archive;

pub use archive::{Archive, Observation, Question};
