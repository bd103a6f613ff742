//! Where entries come from, how each source is asked, and how its harvest is doing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::WebAddress;
use crate::clock::Timestamp;
use crate::detail::{MAX_DETAIL, on_one_line};
pub use crate::folder::FolderWish;
use crate::id::SourceId;
use crate::institution::Institution;
pub use crate::rhythm::Figures;
use crate::rhythm::{Rhythm, Timetable};
use crate::slug::Slug;

/// A feed or a repository that is harvested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its word in addresses.
    pub slug: Slug,
    /// The name people know: given by the operator, else the feed's own title, else its host.
    pub name: String,
    /// Where it is read. A permanent redirect (RFC 9110 §15.4.2, §15.4.9) changes that of a feed.
    pub url: WebAddress,
    /// How it is asked.
    pub kind: SourceKind,
    /// The list it stands in, from the outermost in, as the operator's OPML names it: `Asia`, `Japan`.
    pub folder: Vec<String>,
    /// Whose word it brings, where the operator says so.
    pub institution: Option<Institution>,
    /// The part of the world that it speaks from, a word of the vocabulary of regions, where the operator
    /// says so.
    pub region: Option<Slug>,
    /// The site that the feed speaks of, as the feed says.
    pub homepage: Option<WebAddress>,
    /// The language tag the feed declares for itself, as written. It may be wrong.
    pub declared_language: Option<String>,
    /// Whether it is read.
    pub state: SourceState,
    /// How reading it went.
    pub health: Health,
    /// How far a harvest over several answers has come: JSON of its story, `None` before the first.
    pub progress: Option<String>,
}

/// What an operator says to have a feed or a repository harvested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Where it is read.
    pub url: WebAddress,
    /// How it is asked.
    pub kind: SourceKind,
    /// The word in addresses; when it is taken, a number is added.
    pub slug: Slug,
    /// The name for people; the feed's own title replaces it at the first harvest when this is `None`.
    pub name: Option<String>,
    /// The list it stands in; see [`Source::folder`].
    pub folder: Vec<String>,
    /// Whose word it brings; see [`Source::institution`].
    pub institution: Option<Institution>,
    /// Where it speaks from; see [`Source::region`].
    pub region: Option<Slug>,
    /// The site it speaks of, where the operator knows it.
    pub homepage: Option<WebAddress>,
}

impl NewSource {
    /// A feed, of which nothing is known but where it is read.
    pub const fn feed(url: WebAddress, slug: Slug, name: Option<String>) -> Self {
        Self {
            url,
            kind: SourceKind::Feed,
            slug,
            name,
            folder: Vec::new(),
            institution: None,
            region: None,
            homepage: None,
        }
    }
}

/// How a source is asked: which protocol, and what exactly is wanted of it.
///
/// In the database and in JSON it is [`Self::code`], and what is wanted the rest: `{}` for a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed: one answer holds everything.
    #[default]
    Feed,
    /// A repository that speaks OAI-PMH 2.0 (<https://www.openarchives.org/OAI/openarchivesprotocol.html>).
    Oai(OaiWish),
    /// The API of arXiv (<https://info.arxiv.org/help/api/user-manual.html>).
    Arxiv(ArxivWish),
    /// The REST API of Crossref (<https://api.crossref.org>), and of others that speak like it.
    Crossref(CrossrefWish),
    /// One document at one address: a page, or a file such as a PDF.
    Document,
    /// The documents in a folder of the machine that the observatory runs on.
    Folder(FolderWish),
}

/// What is wanted of a repository that speaks OAI-PMH.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OaiWish {
    /// The set (§2.6); `None`: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// The format of the records (§2.3); `None`: the richest that can be read here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Nothing that was last changed before this time; `None`: from the repository's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Nothing that was last changed after this time; `None`: whatever is to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What is wanted of arXiv.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArxivWish {
    /// The query in arXiv's language: `cat:cs.NI AND all:satellite`.
    pub query: String,
    /// Records for each answer, 1–2,000; `None`: 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
}

/// What is wanted of Crossref. Without any of these it would be all of its works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossrefWish {
    /// Its filters: `issn:2049-3630,type:journal-article`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Words that are looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Records for each answer, 1–1,000; `None`: 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
}

impl SourceKind {
    /// The words for all kinds.
    pub const CODES: [&str; 6] = ["feed", "oai", "arxiv", "crossref", "document", "folder"];

    /// The word for this kind in the database, in JSON and on the command line.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Oai(_) => "oai",
            Self::Arxiv(_) => "arxiv",
            Self::Crossref(_) => "crossref",
            Self::Document => "document",
            Self::Folder(_) => "folder",
        }
    }

    /// What exactly is wanted, in the words of its own protocol: `set=com_1 prefix=mods`; empty for all.
    pub fn wish(&self) -> String {
        let text = |name: &str, of: &Option<String>| of.as_ref().map(|it| format!("{name}={it}"));
        let time = |name: &str, at: Option<Timestamp>| at.map(|at| format!("{name}={at}"));
        let rows = |rows: Option<u32>| rows.map(|rows| format!("rows={rows}"));
        let parts = match self {
            Self::Feed | Self::Document => Vec::new(),
            Self::Folder(wish) => vec![wish.in_words()],
            Self::Oai(wish) => vec![
                text("set", &wish.set),
                text("prefix", &wish.prefix),
                time("from", wish.from),
                time("until", wish.until),
            ],
            Self::Arxiv(wish) => vec![Some(format!("query={}", wish.query)), rows(wish.rows)],
            Self::Crossref(wish) => {
                vec![text("filter", &wish.filter), text("query", &wish.query), rows(wish.rows)]
            }
        };
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
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
    /// How often it changes.
    pub rhythm: Rhythm,
    /// What it says itself of when it is worth reading.
    pub timetable: Timetable,
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
    /// The repository answers in its own protocol that it does not do what was asked.
    Declined,
    /// The site asks programs not to read this address (robots.txt, RFC 9309).
    Disallowed,
    /// The folder is not there, is no folder, or may not be read.
    FolderUnreadable,
}

impl FailureReason {
    /// All reasons.
    pub const ALL: [Self; 19] = [
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
        Self::Declined,
        Self::Disallowed,
        Self::FolderUnreadable,
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
            Self::Declined => "declined",
            Self::Disallowed => "disallowed",
            Self::FolderUnreadable => "folder-unreadable",
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
    pub const MAX_DETAIL: usize = MAX_DETAIL;

    /// A failure whose detail is cut to [`Self::MAX_DETAIL`] characters and kept on one line.
    pub fn new(reason: FailureReason, detail: impl fmt::Display) -> Self {
        Self { reason, detail: on_one_line(detail) }
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
    fn kinds_keep_what_is_wanted() {
        let set = Some("com_1".to_owned());
        let kinds = [
            SourceKind::Feed,
            SourceKind::Oai(OaiWish { set, ..OaiWish::default() }),
            SourceKind::Arxiv(ArxivWish { query: "cat:cs.NI".to_owned(), rows: Some(10) }),
            SourceKind::Crossref(CrossrefWish::default()),
        ];
        for (kind, code) in kinds.iter().zip(SourceKind::CODES) {
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(
                (serde_json::from_str::<SourceKind>(&json).unwrap(), kind.code()),
                (kind.clone(), code)
            );
            assert!(json.contains(&format!("\"kind\":\"{code}\"")), "{json}");
        }
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
