//! What leaves the house for other programs to read: feeds.
//!
//! Everything here is pure: nouns of the model in, text of a published format out.

pub mod atom;

pub use atom::{FeedHead, FeedItem, atom};
