//! Every noun of the observatory, valid by construction.
//!
//! Nothing here reads a file, a clock or the network: text from outside becomes one of these types
//! at a door, and the type is the proof that it was checked.

pub mod address;
pub mod alert;
pub mod asked;
pub mod audit;
pub mod brief;
pub mod change;
pub mod chart;
pub mod clock;
pub mod credit;
pub mod decision;
mod detail;
pub mod document;
pub mod edition;
pub mod entry;
pub mod expertise;
mod folded;
pub mod folder;
pub mod glossary;
pub mod id;
pub mod identifier;
pub mod institution;
pub mod job;
pub mod language;
pub mod mail;
pub mod marked;
pub mod paper;
pub mod person;
pub mod progress;
pub mod query;
pub mod radar;
pub mod rating;
pub mod review;
pub mod rhythm;
pub mod rights;
pub mod rule;
pub mod search;
pub mod series;
pub mod slug;
pub mod source;
pub mod story;
pub mod submission;
pub mod subscription;
pub mod trend;
pub mod vocabulary;

pub use address::{InvalidAddress, WebAddress};
pub use clock::{Clock, InvalidTimestamp, SystemClock, Timestamp};
pub use id::{
    AlertId, DecisionId, EntryId, HandId, InvalidId, JobId, MailId, PersonId, RatingId, ReviewId,
    RuleId, SessionId, SourceId, SubmissionId,
};
pub use institution::{Institution, InvalidInstitution};
pub use language::{Direction, InvalidLanguage, Language};
pub use series::{InvalidSeries, Series};
pub use slug::{InvalidSlug, Slug};
