//! Where entries come from, and how the harvest of each source is doing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::WebAddress;
use crate::clock::Timestamp;
use crate::id::SourceId;
use crate::slug::Slug;

/// A feed that is harvested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its word in addresses.
    pub slug: Slug,
    /// The name people know: given by the operator, else the feed's own title, else its host.
    pub name: String,
    /// Where the feed is read. A permanent redirect (RFC 9110 §15.4.2, §15.4.9) changes it.
    pub url: WebAddress,
    /// The site that the feed speaks of, as the feed says.
    pub homepage: Option<WebAddress>,
    /// The language tag the feed declares for itself, as written. It may be wrong.
    pub declared_language: Option<String>,
    /// Whether it is read.
    pub state: SourceState,
    /// How reading it went.
    pub health: Health,
}

/// What an operator says to have a feed harvested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Where the feed is read.
    pub url: WebAddress,
    /// The word in addresses; when it is taken, a number is added.
    pub slug: Slug,
    /// The name for people; the feed's own title replaces it at the first harvest when this is `None`.
    pub name: Option<String>,
}

/// Whether a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceState {
    /// Read on schedule.
    Active,
    /// Not read until the operator says so.
    Paused,
    /// The server said 410 Gone (RFC 9110 §15.5.11): not read again, its entries stay.
    Gone,
}

impl SourceState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Gone];

    /// The word for this state in the database, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }
}

/// How reading a source went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When it was last read, whatever came of it.
    pub last_attempt: Option<Timestamp>,
    /// When it was last read without an error ("not modified" counts).
    pub last_success: Option<Timestamp>,
    /// The error of the last attempt; `None` after a success.
    pub last_failure: Option<Failure>,
    /// Errors in a row.
    pub failures: u32,
    /// Entries of the last readable answer that could not be kept, each in a few words, at most 20.
    pub problems: Vec<String>,
    /// When it will be read next.
    pub next_attempt: Option<Timestamp>,
    /// `ETag` of the last answer (RFC 9110 §8.8.3).
    pub etag: Option<String>,
    /// `Last-Modified` of the last answer (RFC 9110 §8.8.2), as written.
    pub last_modified: Option<String>,
}

/// Why a source could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The named reason.
    pub reason: FailureReason,
    /// What exactly was seen, in English, for the operator: at most 300 characters.
    pub detail: String,
}

/// A reason why a source could not be read. Each has its own sentence in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureReason {
    /// The address guard refuses this address or one it leads to.
    AddressRefused,
    /// No connection: unknown name, refused, reset, TLS.
    Unreachable,
    /// Connected, but the answer did not come within the limit of time.
    TooSlow,
    /// More bytes than the limit, compressed or unpacked.
    TooLarge,
    /// More redirects than the limit, or a redirect that leads nowhere.
    TooManyRedirects,
    /// The server answered with an error status.
    HttpStatus,
    /// The server said 410 Gone.
    Gone,
    /// The answer broke HTTP or its own compression, or ended early.
    BrokenAnswer,
    /// The answer has no bytes, or only white space.
    Empty,
    /// The answer is a web page.
    WebPage,
    /// The answer is no feed of a known format.
    NotAFeed,
    /// The feed declares entities or a document type, which is never read (XML bombs).
    Entities,
    /// The feed breaks off or is not well-formed, and nothing of it could be read.
    Malformed,
    /// The bytes fit no known charset.
    Charset,
    /// The feed has more levels, attributes or entries than the limit.
    TooComplex,
    /// The parser failed on this document; it is kept out and the rest goes on.
    ParserFailed,
}

impl FailureReason {
    /// All reasons.
    pub const ALL: [Self; 16] = [
        Self::AddressRefused,
        Self::Unreachable,
        Self::TooSlow,
        Self::TooLarge,
        Self::TooManyRedirects,
        Self::HttpStatus,
        Self::Gone,
        Self::BrokenAnswer,
        Self::Empty,
        Self::WebPage,
        Self::NotAFeed,
        Self::Entities,
        Self::Malformed,
        Self::Charset,
        Self::TooComplex,
        Self::ParserFailed,
    ];

    /// The word for this reason in the database, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AddressRefused => "address-refused",
            Self::Unreachable => "unreachable",
            Self::TooSlow => "too-slow",
            Self::TooLarge => "too-large",
            Self::TooManyRedirects => "too-many-redirects",
            Self::HttpStatus => "http-status",
            Self::Gone => "gone",
            Self::BrokenAnswer => "broken-answer",
            Self::Empty => "empty",
            Self::WebPage => "web-page",
            Self::NotAFeed => "not-a-feed",
            Self::Entities => "entities",
            Self::Malformed => "malformed",
            Self::Charset => "charset",
            Self::TooComplex => "too-complex",
            Self::ParserFailed => "parser-failed",
        }
    }
}

/// The text names no state or reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known word for the state of a source")]
pub struct UnknownWord;

impl FromStr for SourceState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.code() == text).ok_or(UnknownWord)
    }
}

impl FromStr for FailureReason {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|reason| reason.code() == text).ok_or(UnknownWord)
    }
}

impl Failure {
    /// Longest detail, in characters.
    pub const MAX_DETAIL: usize = 300;

    /// A failure whose detail is cut to [`Self::MAX_DETAIL`] characters and kept on one line.
    pub fn new(reason: FailureReason, detail: impl fmt::Display) -> Self {
        // What a server or a document said may stand in it: nothing of that may move what is
        // around it on a page or a terminal.
        let on_one_line = |c: char| match c {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        };
        let detail = detail.to_string().chars().map(on_one_line).take(Self::MAX_DETAIL).collect();
        Self { reason, detail }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.reason.code(), self.detail)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for reason in FailureReason::ALL {
            assert_eq!(reason.code().parse(), Ok(reason));
            let json = format!("\"{}\"", reason.code());
            assert_eq!(serde_json::from_str::<FailureReason>(&json).unwrap(), reason);
        }
        for state in SourceState::ALL {
            assert_eq!(state.code().parse(), Ok(state));
        }
        assert_eq!("broken".parse::<FailureReason>(), Err(UnknownWord));
    }

    #[test]
    fn details_stay_on_one_short_line() {
        let failure = Failure::new(FailureReason::NotAFeed, "a\nb".repeat(300));
        assert_eq!(failure.detail.chars().count(), Failure::MAX_DETAIL);
        assert!(!failure.detail.contains('\n'));
        let strange = Failure::new(FailureReason::NotAFeed, "a\u{1b}[2J\u{202e}b\u{2028}c\u{2066}");
        assert_eq!(strange.detail, "a [2J b c ");
    }
}
