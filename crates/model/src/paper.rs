//! A white paper as its bytes tell it, each fact with where it was read and how sure it is, and the
//! reasons why a document cannot be read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::detail::{MAX_DETAIL, on_one_line};
use crate::identifier::Identifier;

/// A document, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// What kind of file it is, by its content.
    pub format: PaperFormat,
    /// Its title, 1–500 characters in one line.
    pub title: Option<Fact<String>>,
    /// Who wrote it, in order, at most [`Paper::MAX_AUTHORS`].
    pub authors: Vec<Fact<String>>,
    /// Its abstract, in one line of at most [`Paper::MAX_SUMMARY`] characters.
    pub summary: Option<Fact<String>>,
    /// When it was published, as far as it says.
    pub date: Option<Fact<PaperDate>>,
    /// The language of its text as ISO 639-1 or -3, of whatever language.
    pub language: Option<Fact<String>>,
    /// The language tag that its file declares, as written. It may be wrong.
    #[serde(default)]
    pub declared_language: Option<String>,
    /// What it is known by: its own DOI or symbol first; not those of the works it cites.
    pub identifiers: Vec<Fact<Identifier>>,
    /// Its pages, or its sections where the format knows no pages.
    pub parts: Vec<PaperPart>,
    /// Whether the end was left out because the document is longer than what is kept.
    pub cut: bool,
}

impl Paper {
    /// Most authors that are kept; the longest list at hand has 178.
    pub const MAX_AUTHORS: usize = 300;
    /// Longest abstract, in characters.
    pub const MAX_SUMMARY: usize = 5_000;
    /// Most pages or sections that are kept.
    pub const MAX_PARTS: usize = 5_000;
    /// Most bytes of text of all parts together: four times the Bible.
    pub const MAX_TEXT: usize = 16 * 1024 * 1024;
}

/// A page of a PDF, or a section of another format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperPart {
    /// The page, counted from 1; `None` for sections.
    pub page: Option<u32>,
    /// The heading of the section; `None` for pages and for text before the first heading.
    pub heading: Option<String>,
    /// The text: paragraphs of one line each, separated by an empty line.
    pub text: String,
    /// The head, the foot and the number of the page, which its text leaves out; a line each.
    pub margin: String,
}

/// What kind of file a paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaperFormat {
    /// PDF (ISO 32000).
    Pdf,
    /// A document of Word (ISO/IEC 29500).
    Docx,
    /// A web page.
    Html,
    /// Markdown, with or without front matter.
    Markdown,
    /// An article in JATS (ANSI/NISO Z39.96).
    Jats,
    /// Plain text.
    Text,
}

impl PaperFormat {
    /// All formats.
    pub const ALL: [Self; 6] =
        [Self::Pdf, Self::Docx, Self::Html, Self::Markdown, Self::Jats, Self::Text];

    /// The word in the database, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Jats => "jats",
            Self::Text => "text",
        }
    }
}

/// Something a document tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// What it tells.
    pub value: T,
    /// How sure that is.
    pub confidence: Confidence,
    /// Where it was read.
    pub read_in: FactPlace,
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess by position or size: a person should look.
    Low,
    /// Said in one place only.
    Medium,
    /// Said in two places, or in a field that is made for it.
    High,
}

/// Where a fact was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactPlace {
    /// The data about the document that its file carries.
    Metadata,
    /// The text of a page, counted from 1.
    Page(u32),
    /// What every page repeats at its head or foot.
    RunningHead,
    /// The text of a document without pages.
    Text,
    /// The whole text, by how it is written.
    WholeText,
}

/// A date of which the day, or the month and the day, may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaperDate {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

/// The text or the numbers are no date between the years 1400 and 2999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a date is written as 2026, 2026-11 or 2026-11-24")]
pub struct InvalidPaperDate;

impl PaperDate {
    /// A date of these parts.
    ///
    /// # Errors
    /// [`InvalidPaperDate`] for a year outside 1400–2999, a month or day that does not exist, and a day
    /// without a month.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Result<Self, InvalidPaperDate> {
        let date = Self { year, month, day };
        let whole = format!("{year:04}-{:02}-{:02}", month.unwrap_or(1), day.unwrap_or(1));
        let exists = whole.parse::<Timestamp>().is_ok() && (1400..3000).contains(&year);
        if exists && (month.is_some() || day.is_none()) { Ok(date) } else { Err(InvalidPaperDate) }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1–12.
    pub const fn month(self) -> Option<u8> {
        self.month
    }

    /// The day, 1–31.
    pub const fn day(self) -> Option<u8> {
        self.day
    }

    /// Its first moment in UTC.
    pub fn begin(self) -> Timestamp {
        let whole =
            format!("{:04}-{:02}-{:02}", self.year, self.month.unwrap_or(1), self.day.unwrap_or(1));
        whole.parse().unwrap_or_default()
    }
}

impl fmt::Display for PaperDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}", self.year)?;
        self.month.map_or(Ok(()), |month| write!(formatter, "-{month:02}"))?;
        self.day.map_or(Ok(()), |day| write!(formatter, "-{day:02}"))
    }
}

impl FromStr for PaperDate {
    type Err = InvalidPaperDate;

    /// Reads `2026`, `2026-11` or `2026-11-24`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let year = parts.next().unwrap_or_default();
        let (month, day, rest) = (parts.next(), parts.next(), parts.next());
        let number = |text: &str| text.parse::<u8>().or(Err(InvalidPaperDate));
        let year = year.parse().or(Err(InvalidPaperDate))?;
        let date = Self::new(year, month.map(number).transpose()?, day.map(number).transpose()?)?;
        if rest.is_none() { Ok(date) } else { Err(InvalidPaperDate) }
    }
}

impl TryFrom<String> for PaperDate {
    type Error = InvalidPaperDate;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PaperDate> for String {
    fn from(date: PaperDate) -> Self {
        date.to_string()
    }
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// The named reason.
    pub reason: UnreadableReason,
    /// What exactly was seen, in English, for the operator: at most [`Unreadable::MAX_DETAIL`] characters.
    pub detail: String,
}

/// A reason why a document could not be read. Each has its own sentence in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnreadableReason {
    /// It opens only with a password.
    Encrypted,
    /// Its pages are pictures without text.
    Scanned,
    /// The file is damaged or breaks its own format.
    Broken,
    /// It has no bytes, or no text at all.
    Empty,
    /// It has more bytes, packed or unpacked, than are read.
    TooLarge,
    /// Reading it took longer than the limit.
    TooSlow,
    /// Reading it took more memory than the limit.
    TooMuchMemory,
    /// It is no document: a picture, a program, an archive.
    NotADocument,
    /// A document of a format that is not read.
    Unsupported,
}

impl UnreadableReason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::Encrypted,
        Self::Scanned,
        Self::Broken,
        Self::Empty,
        Self::TooLarge,
        Self::TooSlow,
        Self::TooMuchMemory,
        Self::NotADocument,
        Self::Unsupported,
    ];

    /// The word for this reason in the database, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Scanned => "scanned",
            Self::Broken => "broken",
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::TooMuchMemory => "too-much-memory",
            Self::NotADocument => "not-a-document",
            Self::Unsupported => "unsupported",
        }
    }

    /// What it means and what its author can do, in English, for the command line.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Encrypted => {
                "the document opens only with a password; send a copy without protection"
            }
            Self::Scanned => {
                "the pages are pictures without text; send a copy with text (run text recognition)"
            }
            Self::Broken => "the file is damaged; open and save it again, or export it anew",
            Self::Empty => "there is no text in the document",
            Self::TooLarge => "the document is larger than what is read",
            Self::TooSlow => "reading the document takes too long; export it in a simpler form",
            Self::TooMuchMemory => {
                "reading the document takes too much memory; export it in a simpler form"
            }
            Self::NotADocument => "this is no document",
            Self::Unsupported => {
                "documents of this format are not read; send PDF, DOCX, HTML, Markdown or plain text"
            }
        }
    }
}

/// The text names no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known reason why a document is unreadable")]
pub struct UnknownReason;

impl FromStr for UnreadableReason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|reason| reason.code() == text).ok_or(UnknownReason)
    }
}

impl Unreadable {
    /// Longest detail, in characters.
    pub const MAX_DETAIL: usize = MAX_DETAIL;

    /// A reason whose detail is cut to [`Self::MAX_DETAIL`] characters and kept on one line.
    pub fn new(reason: UnreadableReason, detail: impl fmt::Display) -> Self {
        Self { reason, detail: on_one_line(detail) }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.reason.in_words(), self.detail)
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_may_lack_their_end() {
        for text in ["2026", "2026-11", "2026-11-24", "2024-02-29"] {
            let date = text.parse::<PaperDate>().unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!(serde_json::from_str::<PaperDate>(&format!("\"{text}\"")).unwrap(), date);
        }
        for wrong in ["", "26", "2026-13", "2026-02-29", "2026-1-2-3", "2026--1", "0999", "x"] {
            assert_eq!(wrong.parse::<PaperDate>(), Err(InvalidPaperDate), "{wrong}");
        }
        assert_eq!("2026-11".parse::<PaperDate>().unwrap().begin().date(), "2026-11-01");
        assert_eq!(PaperDate::new(2026, None, Some(3)), Err(InvalidPaperDate));
    }

    #[test]
    fn every_reason_is_read_back() {
        for reason in UnreadableReason::ALL {
            assert_eq!(reason.code().parse(), Ok(reason));
            let json = format!("\"{}\"", reason.code());
            assert_eq!(serde_json::from_str::<UnreadableReason>(&json).unwrap(), reason);
        }
        let strange = Unreadable::new(UnreadableReason::Broken, "a\u{1b}b\u{202e}c\n");
        assert_eq!(strange.detail, "a b c ");
    }
}
