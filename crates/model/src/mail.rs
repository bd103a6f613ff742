//! Mails: where they go, what they say, and who writes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Host;

use crate::address::WebAddress;
use crate::alert::News;
use crate::clock::Timestamp;
use crate::id::MailId;
use crate::language::Language;

/// Longest address, in bytes: what fits between the angle brackets of SMTP (RFC 5321 §4.5.3.1.3).
pub const MAX_MAIL_ADDRESS_BYTES: usize = 254;

/// Longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// A mail address as nearly everybody has one: words of RFC 5322's `dot-atom`, and a domain with at
/// least one dot, in lower case and as ASCII (`bücher.example` is `xn--bcher-kva.example`).
///
/// Quoted local parts, comments, addresses of numbers and local parts beyond ASCII are refused: what is
/// no `dot-atom` has surprised mail servers before, and nothing of it can end a header line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress(String);

/// The text is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a mail address is written as name@example.org")]
pub struct InvalidMailAddress;

impl MailAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }
}

impl FromStr for MailAddress {
    type Err = InvalidMailAddress;

    /// Reads an address as people type it, with space around it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(InvalidMailAddress)?;
        let is_atom = |atom: &str| {
            !atom.is_empty()
                && atom.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
                })
        };
        if local.len() > MAX_LOCAL_BYTES || !local.split('.').all(is_atom) {
            return Err(InvalidMailAddress);
        }
        let Ok(Host::Domain(domain)) = Host::parse(domain) else { return Err(InvalidMailAddress) };
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let address = format!("{local}@{domain}");
        let valid = domain.contains('.')
            && domain.split('.').all(is_label)
            && address.len() <= MAX_MAIL_ADDRESS_BYTES;
        if valid { Ok(Self(address)) } else { Err(InvalidMailAddress) }
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for MailAddress {
    type Error = InvalidMailAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.0
    }
}

/// A mail as it is kept until it is sent.
///
/// Id, words and time are those of its making: sent a second time it is the same mail, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its id, and the first part of its `Message-ID`.
    pub id: MailId,
    /// To whom.
    pub to: MailAddress,
    /// The language of its words.
    pub language: Language,
    /// What it is about; line ends in it are not sent.
    pub subject: String,
    /// Its words as plain text.
    pub text: String,
    /// The same words as HTML.
    pub html: String,
    /// Where one request without further steps ends what it comes from (RFC 8058); `None` for a mail
    /// that comes from nothing that could be ended.
    pub stop: Option<WebAddress>,
    /// An iCalendar file that goes with it (RFC 5545), of method `PUBLISH`. Mails that were kept before
    /// there was one have none.
    #[serde(default)]
    pub calendar: Option<String>,
    /// When it was written.
    pub written: Timestamp,
}

/// Who writes mails in the six languages. Whoever needs mails is given one, as with the
/// [`Clock`](crate::Clock): the sentences and addresses stay where those of the pages are.
pub trait Letters: Send + Sync + fmt::Debug {
    /// The mail that tells of news.
    ///
    /// # Errors
    /// [`LetterError`] when a template fails, which it does not on text in memory.
    fn news(&self, id: MailId, news: &News, now: Timestamp) -> Result<Mail, LetterError>;
}

/// A mail was not written.
#[derive(Debug, thiserror::Error)]
#[error("a mail was not written")]
pub struct LetterError(#[source] pub Box<dyn std::error::Error + Send + Sync + 'static>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_type_them() {
        for (typed, kept) in [
            ("a@example.org", "a@example.org"),
            (" First.Last+tag@Example.ORG ", "First.Last+tag@example.org"),
            ("o'neil@un.example", "o'neil@un.example"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
        ] {
            let address: MailAddress = typed.parse().unwrap();
            assert_eq!(address.as_str(), kept);
            assert_eq!(kept.parse(), Ok(address), "read back as it was kept");
        }
        assert_eq!("a@b.example".parse::<MailAddress>().unwrap().domain(), "b.example");
    }

    #[test]
    fn mails_kept_without_a_calendar_are_read() {
        let kept = r#"{
            "id": "019aa000-0000-7000-8000-000000000001",
            "to": "a@example.org",
            "language": "en",
            "subject": "s",
            "text": "t",
            "html": "h",
            "stop": null,
            "written": "2026-11-25T12:00:00Z"
        }"#;
        let mail: Mail = serde_json::from_str(kept).unwrap();
        assert_eq!(mail.calendar, None);
        let mail = Mail { calendar: Some("BEGIN:VCALENDAR\r\n".to_owned()), ..mail };
        let kept = serde_json::to_string(&mail).unwrap();
        assert_eq!(serde_json::from_str::<Mail>(&kept).unwrap(), mail);
    }

    #[test]
    fn what_could_be_anything_else_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long = format!("a@{}example.org", "a.".repeat(125));
        for wrong in [
            "",
            "@",
            "a",
            "a@",
            "@example.org",
            "a@localhost",
            "a@b@example.org",
            "a b@example.org",
            "a@exa mple.org",
            "a..b@example.org",
            ".a@example.org",
            "\"a\"@example.org",
            "a@example.org\r\nBcc: b@example.org",
            "a\r\n@example.org",
            "a@example.org>",
            "<a@example.org>",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@-a.org",
            "a@example..org",
            "a,b@example.org",
            "é@example.org",
            "a\0@example.org",
            "a@example.org, b@example.org",
            "a@example.org.",
            &long_local,
            &long,
        ] {
            assert_eq!(wrong.parse::<MailAddress>(), Err(InvalidMailAddress), "{wrong:?}");
        }
    }
}
