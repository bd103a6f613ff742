//! A search, or what of the trends is watched, that tells its reader by mail when something is new.

mod watch;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::asked::Asked;
use crate::change::DocumentKey;
use crate::clock::Timestamp;
use crate::document::Kind;
use crate::id::AlertId;
use crate::language::Language;
use crate::mail::MailAddress;

pub use watch::{About, Chance, InvalidWatch, NewsTrend, TrendKey, TrendWatch};

/// Hits that one mail shows; the others are counted, and the search is one link away.
pub const HITS_PER_MAIL: usize = 20;

/// Hours in which a reader may confirm. Longer than a weekend's flight, shorter than a stranger's
/// mistyped address should be kept.
pub const HOURS_TO_CONFIRM: i64 = 48;

/// Alerts that one address may have: more than a desk follows, fewer than a flood needs.
pub const MOST_ALERTS_PER_ADDRESS: u64 = 20;

/// Questions that one address, and one network, may ask within an hour.
pub const QUESTIONS_PER_HOUR: u64 = 5;

/// Longest name of an alert, in characters: one line of a subject.
const NAME_CHARACTERS: usize = 120;

/// Seconds in which what matches is collected before a mail is written at once: a harvest brings
/// several entries within the same breath.
const COLLECT_SECONDS: i64 = 60;

/// The hour of the day (UTC) at which the mails of a day and of a week are written.
const HOUR: i64 = 6;

const MILLIS_OF_HOUR: i64 = 3_600_000;
const MILLIS_OF_DAY: i64 = 24 * MILLIS_OF_HOUR;

/// How often an alert writes, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    /// As soon as something matches.
    Once,
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
}

/// The text names no cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cadence is one of once, daily, weekly")]
pub struct InvalidCadence;

impl Cadence {
    /// All cadences, the most frequent first.
    pub const ALL: [Self; 3] = [Self::Once, Self::Daily, Self::Weekly];

    /// The word in forms, in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    /// When a mail is written about what was found at `found`: a minute later, at the next 06:00 UTC,
    /// or at the next Monday's. Always later than `found`.
    #[must_use]
    pub const fn due(self, found: Timestamp) -> Timestamp {
        // 1970-01-05 was a Monday.
        let (every, first) = match self {
            Self::Once => return found.plus_seconds(COLLECT_SECONDS),
            Self::Daily => (MILLIS_OF_DAY, HOUR * MILLIS_OF_HOUR),
            Self::Weekly => (7 * MILLIS_OF_DAY, 4 * MILLIS_OF_DAY + HOUR * MILLIS_OF_HOUR),
        };
        let passed = (found.millis() - first).div_euclid(every);
        Timestamp::from_millis((passed + 1) * every + first)
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Cadence {
    type Err = InvalidCadence;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|cadence| cadence.code() == text).ok_or(InvalidCadence)
    }
}

/// A search, or trends, that somebody wants to be told about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The search; empty where trends are watched.
    pub asked: Asked,
    /// The trends that are watched, instead of a search.
    #[serde(default)]
    pub trends: Option<TrendWatch>,
    /// What is wanted in words of the reader's language.
    pub name: Name,
    /// Where to write.
    pub mail: MailAddress,
    /// The language to write in.
    pub language: Language,
    /// How often.
    pub cadence: Cadence,
    /// When it was asked for.
    pub created: Timestamp,
    /// When the reader confirmed it; before that nothing is sent but the question.
    pub confirmed: Option<Timestamp>,
}

/// Words on one line, at most 120 characters: no control characters, and none that turn the direction
/// of what follows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Makes a name of whatever stands in `text`.
    pub fn new(text: &str) -> Self {
        let spaced =
            text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c });
        let kept: String = spaced.filter(|c| !turns_direction(*c)).collect();
        let line = kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let mut name: String = line.chars().take(NAME_CHARACTERS).collect();
        if name.len() < line.len() {
            name.pop();
            name.push('…');
        }
        Self(name)
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks, embeddings, overrides and isolates of direction, and the separators of lines.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A word that only the reader of a mail knows: 128 random bits, as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 16]);

/// The text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token has 32 hexadecimal digits")]
pub struct InvalidToken;

impl Token {
    /// From random bytes; whoever has a source of chance makes it.
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return Err(InvalidToken);
        }
        let number = u128::from_str_radix(text, 16).or(Err(InvalidToken))?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// What an alert has to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// The alert.
    pub alert: Alert,
    /// The word that manages and ends it.
    pub key: Token,
    /// What is new, newest first, at most [`HITS_PER_MAIL`].
    pub hits: Vec<NewsHit>,
    /// How many more there are.
    pub more: u64,
    /// The trends that are new, in the order of their lists.
    pub trends: Vec<NewsTrend>,
    /// The trend that is followed, as it stands now.
    pub followed: Option<NewsTrend>,
}

/// A document that an alert tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsHit {
    /// Which record it is.
    pub key: DocumentKey,
    /// Its kind.
    pub kind: Kind,
    /// The language of its text.
    pub language: Option<Language>,
    /// Its title.
    pub title: String,
    /// The name of its source, or of its authors.
    pub source_name: String,
    /// Its date.
    pub date: Timestamp,
    /// A passage of its text, at most about 240 characters; may be empty.
    pub passage: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_due_at_the_next_time() {
        let due = |cadence: Cadence, found: &str| cadence.due(found.parse().unwrap()).rfc3339();
        assert_eq!(due(Cadence::Once, "2026-11-25T12:00:00Z"), "2026-11-25T12:01:00Z");
        assert_eq!(due(Cadence::Daily, "2026-11-25T05:59:59Z"), "2026-11-25T06:00:00Z");
        assert_eq!(due(Cadence::Daily, "2026-11-25T06:00:00Z"), "2026-11-26T06:00:00Z");
        // A Wednesday, and the Monday itself.
        assert_eq!(due(Cadence::Weekly, "2026-11-25T12:00:00Z"), "2026-11-30T06:00:00Z");
        assert_eq!(due(Cadence::Weekly, "2026-11-30T05:00:00Z"), "2026-11-30T06:00:00Z");
        assert_eq!(due(Cadence::Weekly, "2026-11-30T06:00:00Z"), "2026-12-07T06:00:00Z");
        for cadence in Cadence::ALL {
            assert_eq!(cadence.code().parse(), Ok(cadence));
        }
    }

    #[test]
    fn a_name_is_one_line_that_turns_nothing() {
        assert_eq!(Name::new(" a\r\nBcc: x\u{202e}@y \u{2028}z\0").as_str(), "a Bcc: x@y z");
        let long = Name::new(&"é".repeat(200));
        assert_eq!((long.as_str().chars().count(), long.as_str().ends_with('…')), (120, true));
        assert_eq!(Name::new(long.as_str()), long, "read back as it was kept");
    }

    #[test]
    fn tokens_are_read_back_and_not_shown() {
        let token = Token::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        assert_eq!(token.to_string(), "000102030405060708090a0b0c0d0eff");
        assert_eq!(token.to_string().parse(), Ok(token));
        assert_eq!(format!("{token:?}"), "Token(…)");
        let upper = token.to_string().to_uppercase();
        for wrong in ["", "0", &upper, "+00102030405060708090a0b0c0d0eff"] {
            assert_eq!(wrong.parse::<Token>(), Err(InvalidToken), "{wrong}");
        }
    }
}
