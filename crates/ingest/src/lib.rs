//! What comes in over the network: an address becomes a feed of checked, cleaned entries, or a named reason.
//!
//! Beside feeds, three kinds of repositories are asked page by page: [`oai`], [`arxiv`], [`crossref`];
//! documents come from an address ([`Fetcher::fetch_document`]) or from a [`folder`].
//! [`opml`] reads the lists in which people keep their sources.
//!
//! [`Fetcher::fetch`] asks the server within limits of time and size, and every address it is led to
//! passes [`guard`]. [`parse`] turns the bytes into a [`Feed`] on threads of its own. Nothing here
//! decides when a source is read, and nothing here keeps anything.

pub mod arxiv;
mod body;
mod client;
mod courtesy;
pub mod crossref;
mod dates;
pub mod document;
mod encoding;
mod entities;
mod entry;
mod error;
mod feed;
mod fetch;
pub mod folder;
pub mod guard;
mod head;
mod json_feed;
mod json_parts;
mod known;
mod links;
mod markup;
mod namespace;
pub mod oai;
pub mod opml;
mod outline;
mod parsers;
mod parts;
pub mod radar;
mod recognise;
mod records;
mod resolve;
mod robots;
mod spelling;
mod tree;
mod xml_feed;

pub use courtesy::Visit;
pub use error::IngestError;
pub use feed::{Feed, FeedText, MAX_ENTRIES, MAX_PROBLEMS, SplitFeed, parse_feed};
pub use fetch::{Conditional, Fetch, Fetched, Fetcher};
pub use head::asked_seconds;
pub use links::Links;
pub use parsers::parse;
pub use records::Records;

/// Largest document, in bytes: 50 MiB, as large as a file that is kept.
///
/// The largest white papers of the field have 20 to 30 MB; feeds are held to
/// [`Settings::max_body_bytes`].
pub const MAX_DOCUMENT_BYTES: u64 = 50 * 1024 * 1024;

/// The limits of the harvest.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where a publisher can reach the operator: an address or a mailbox, shown in `User-Agent`.
    pub user_agent_contact: String,
    /// Whether this machine itself may be read (`127.0.0.0/8`, `::1`, `localhost`, any port): for tests
    /// and the demonstration. Nothing else that is private becomes readable by it.
    pub allow_loopback: bool,
    /// Largest answer, in bytes, both as it comes and unpacked.
    pub max_body_bytes: u64,
    /// Longest chain of redirects.
    pub max_redirects: u32,
    /// Longest wait for a connection, in seconds.
    pub connect_timeout_seconds: u64,
    /// Longest wait for the next bytes, in seconds.
    pub read_timeout_seconds: u64,
    /// Longest duration of everything together, redirects included, in seconds.
    pub total_timeout_seconds: u64,
}
