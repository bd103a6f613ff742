//! What leaves the house for other programs to read: feeds, tables, deadlines and the list of
//! sources.
//!
//! Everything here is pure: nouns of the model in, text of a published format out.

pub mod atom;
pub mod calendar;
pub mod csv;
pub mod feed;
pub mod json_feed;
pub mod opml;
pub mod rss;

pub use atom::atom;
pub use csv::csv;
pub use feed::{FeedHead, FeedItem};
pub use json_feed::json_feed;
pub use opml::opml;
pub use rss::rss;
