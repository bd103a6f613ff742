//! One line of a file of records becomes an entry, or a reason why not.

use observatory_model::entry::IncomingEntry;
use observatory_model::identifier::{Identifier, Scheme};
use observatory_model::{Language, Timestamp};
use observatory_text::{detect_beside, one_line};
use serde::Deserialize;

/// Longest title, in characters.
const MAX_TITLE: usize = 500;

/// Longest id, in bytes: that of a key in the store.
const MAX_ID: usize = 512;

/// Most authors, and the longest name of one, in characters.
const MAX_AUTHORS: usize = 20;
const MAX_AUTHOR: usize = 200;

/// Longest tag of a language, in characters (RFC 5646 §4.4.1).
const MAX_TAG: usize = 35;

/// How much of title and text the language is detected from, in characters: more changes nothing.
const DETECT_FROM: usize = 2000;

/// A line as it is written.
#[derive(Debug, Deserialize)]
struct Written {
    id: Id,
    title: String,
    #[serde(default, rename = "abstract")]
    summary: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    date: Option<Id>,
    #[serde(default)]
    authors: Option<Authors>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    doi: Option<String>,
}

/// A word, or a number without quotes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    Word(String),
    Number(u64),
}

/// One name, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Authors {
    One(String),
    Several(Vec<String>),
}

impl Id {
    fn into_text(self) -> String {
        match self {
            Self::Word(word) => word.trim().to_owned(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// The entry that a line means, or what is wrong with it.
pub(super) fn read(line: &[u8], now: Timestamp) -> Result<IncomingEntry, String> {
    let written: Written = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let key = written.id.into_text();
    if key.is_empty() || key.len() > MAX_ID || key.contains(char::is_control) {
        return Err("its id has not 1 to 512 bytes on one line".to_owned());
    }
    let title = one_line(&written.title, MAX_TITLE);
    if title.is_empty() {
        return Err("it has no title".to_owned());
    }
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let texts = [given(written.summary), given(written.text)];
    let text = texts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    let text = each_on_one_line(&text);
    let identifier = given(written.doi).map(|doi| doi_of(&doi)).transpose()?;
    let url = match given(written.url) {
        Some(url) => Some(url.trim().parse().map_err(|error| format!("its url: {error}"))?),
        None => identifier.as_ref().and_then(Identifier::url).and_then(|url| url.parse().ok()),
    };
    let published = written.date.map(Id::into_text).filter(|date| !date.is_empty());
    let published = published.map(|date| date_of(&date)).transpose()?;
    let declared_language = given(written.language).map(|tag| tag.trim().to_owned());
    if declared_language.as_ref().is_some_and(|tag| !is_tag(tag)) {
        return Err("its language is no tag such as en or zh-Hans".to_owned());
    }
    let words: String = [&title, "\n", &text].concat();
    let words: String = words.chars().take(DETECT_FROM).collect();
    let (language, detected_language) = match detect_beside(&words, declared_language.as_deref()) {
        Some(detected) => (detected.language, Some(detected.code)),
        None => (declared_language.as_deref().and_then(Language::from_tag), None),
    };
    let authors = match written.authors {
        None => Vec::new(),
        Some(Authors::One(author)) => vec![author],
        Some(Authors::Several(authors)) => authors,
    };
    Ok(IncomingEntry {
        key,
        derived_key: false,
        url,
        title,
        html: observatory_text::paragraphs(&text),
        text,
        authors: authors
            .iter()
            .map(|author| one_line(author, MAX_AUTHOR))
            .filter(|author| !author.is_empty())
            .take(MAX_AUTHORS)
            .collect(),
        // A date that is yet to come would hold a place above everything that is there.
        published: published.filter(|date| *date <= now),
        updated: None,
        declared_language,
        language,
        detected_language,
        raw_language: None,
        identifiers: identifier.into_iter().collect(),
    })
}

/// Paragraphs, which empty lines separate, each on one line.
fn each_on_one_line(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let parts = text.split("\n\n").map(|part| one_line(part, usize::MAX));
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn doi_of(written: &str) -> Result<Identifier, String> {
    Identifier::parse(written)
        .filter(|found| matches!(found.scheme, Scheme::Doi | Scheme::Arxiv))
        .ok_or_else(|| "its doi is none".to_owned())
}

/// `2025`, `2025-03`, `2025-03-01` or a time of RFC 3339.
fn date_of(written: &str) -> Result<Timestamp, String> {
    let whole = match written.len() {
        4 => format!("{written}-01-01"),
        7 => format!("{written}-01"),
        _ => written.to_owned(),
    };
    whole.parse().map_err(|error| format!("its date: {error}"))
}

fn is_tag(tag: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    tag.chars().count() <= MAX_TAG && tag.chars().all(is_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-25".parse().expect("a day")
    }

    #[test]
    fn records_become_entries() {
        let line = r#"{"id": 7, "title": " A\ntitle ", "abstract": "One <b> & two.\n\nThree.",
            "date": 1998, "authors": "Ada", "doi": "https://doi.org/10.1000/ABC", "other": []}"#;
        let entry = read(line.as_bytes(), now()).expect("an entry");
        assert_eq!((entry.key.as_str(), entry.title.as_str()), ("7", "A title"));
        assert_eq!(entry.text, "One <b> & two.\n\nThree.");
        assert_eq!(entry.html, "<p>One &lt;b&gt; &amp; two.</p><p>Three.</p>");
        assert_eq!(entry.published.map(Timestamp::date).as_deref(), Some("1998-01-01"));
        assert_eq!(entry.authors, ["Ada"]);
        assert_eq!(
            entry.url.map(|url| url.to_string()).as_deref(),
            Some("https://doi.org/10.1000/abc")
        );
        let future = r#"{"id": "a", "title": "b", "date": "2027-01-01"}"#;
        assert_eq!(read(future.as_bytes(), now()).expect("an entry").published, None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, why) in [
            ("[]", "invalid"),
            ("{\"id\": \"a\"}", "title"),
            ("{\"id\": \"\", \"title\": \"b\"}", "id"),
            ("{\"id\": \"a\", \"title\": \" \"}", "title"),
            ("{\"id\": \"a\", \"title\": \"b\", \"date\": \"soon\"}", "date"),
            ("{\"id\": \"a\", \"title\": \"b\", \"url\": \"ftp://x\"}", "url"),
            ("{\"id\": \"a\", \"title\": \"b\", \"doi\": \"x\"}", "doi"),
            ("{\"id\": \"a\", \"title\": \"b\", \"language\": \"not a tag\"}", "language"),
            ("\u{feff}", "expected"),
        ] {
            let said = read(line.as_bytes(), now()).expect_err(line);
            assert!(said.contains(why), "{line}: {said}");
        }
    }
}
