//! What rises in the documents that were read, and how sure one can be.
//!
//! Everything here is pure: no file, no clock, no network, no model to download. The same documents
//! give the same bytes.

mod acronyms;
mod archive;
pub mod backtest;
mod beside;
mod chance;
mod concepts;
mod content;
mod contrast;
mod counts;
mod curves;
mod documents;
mod explain;
mod features;
mod filling;
mod folding;
mod fusion;
mod grams;
mod hashing;
mod keys;
mod lexicon;
mod measure;
mod names;
mod neighbours;
mod phrases;
mod picture;
mod places;
mod postings;
mod ranking;
mod rare;
mod room;
mod saved;
mod scene;
mod sketch;
mod slices;
mod stops;
mod sums;
mod tally;
mod tested;
mod titles;
mod variants;
mod varint;
mod windows;
mod words;

pub use archive::{Archive, Observation, Question};
pub use picture::FALSE_ALARMS;
pub use saved::InvalidArchive;

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod growing;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod synthetic;
