//! The log of what was done: only ever added to, each line holding the hash of the one before.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;

/// Longest word of a line, in characters; what is longer is cut, and the hash of the whole stands
/// behind it.
const MAX_CHARS: usize = 400;

/// The hash before the first line.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "who, what and with what, as the log is written")]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Who: a mail address, `link:` with the id of a review, or `operator` for the command line.
    pub who: String,
    /// What, as a word of the program: `submission.decide`.
    pub act: String,
    /// With what: `submission:2026-0017`, `person:a@example.org`.
    pub subject: String,
    /// What held before; may be empty.
    pub from: String,
    /// What holds now; may be empty.
    pub to: String,
}

impl Act {
    /// An act of somebody; long words are cut, and stand for themselves by their hash.
    pub fn new(at: Timestamp, who: &str, act: &str, subject: &str, from: &str, to: &str) -> Self {
        Self {
            at,
            who: short(who),
            act: act.to_owned(),
            subject: short(subject),
            from: short(from),
            to: short(to),
        }
    }
}

fn short(text: &str) -> String {
    // What no database keeps is no part of what the hash is made from either.
    let text = text.replace('\0', "");
    if text.chars().count() <= MAX_CHARS {
        return text;
    }
    let head: String = text.chars().take(MAX_CHARS).collect();
    format!("{head}… sha256:{}", hex(&Sha256::digest(text.as_bytes())))
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its number: 1, 2, 3, …
    pub number: u64,
    /// What was done.
    #[serde(flatten)]
    pub act: Act,
    /// The hash of the line before it.
    pub previous: String,
    /// Its own.
    pub hash: String,
}

impl AuditLine {
    /// The line that follows one with the hash `previous`.
    pub fn after(number: u64, previous: &str, act: Act) -> Self {
        let hash = hash_of(number, previous, &act);
        Self { number, act, previous: previous.to_owned(), hash }
    }

    /// Whether its own words still have its hash, and it follows one with the hash `previous`.
    pub fn holds_after(&self, number: u64, previous: &str) -> bool {
        self.number == number
            && self.previous == previous
            && self.hash == hash_of(number, previous, &self.act)
    }
}

/// The SHA-256 of a line: every part with its length before it, so that no two lines are written alike.
fn hash_of(number: u64, previous: &str, act: &Act) -> String {
    let mut sha256 = Sha256::new();
    let (number, at) = (number.to_string(), act.at.millis().to_string());
    for part in [&*number, previous, &*at, &act.who, &act.act, &act.subject, &act.from, &act.to] {
        sha256.update(part.len().to_string());
        sha256.update(":");
        sha256.update(part);
    }
    hex(&sha256.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing into a `String` cannot fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(subject: &str, from: &str) -> Act {
        Act::new(Timestamp::EPOCH, "a@example.org", "submission.decide", subject, from, "published")
    }

    #[test]
    fn no_word_of_a_line_can_change_unseen() {
        let first = AuditLine::after(1, BEGINNING, act("submission:1", "review"));
        assert!(first.holds_after(1, BEGINNING));
        let second = AuditLine::after(2, &first.hash, act("submission:2", "review"));
        assert!(second.holds_after(2, &first.hash));
        for changed in [
            AuditLine { act: act("submission:3", "review"), ..first.clone() },
            // A sign that moves from one word to the next changes the whole as well.
            AuditLine { act: act("submission:1r", "eview"), ..first.clone() },
            AuditLine { number: 2, ..first.clone() },
            AuditLine { previous: second.hash.clone(), ..first },
        ] {
            assert!(!changed.holds_after(1, BEGINNING), "{changed:?}");
        }
    }

    #[test]
    fn long_words_are_cut_and_still_told_apart() {
        let (one, other) = (format!("{}a", "x".repeat(500)), format!("{}b", "x".repeat(500)));
        assert_ne!(act("s", &one), act("s", &other));
        assert!(act("s", &one).from.chars().count() < 500);
    }
}
