//! What a feed and its items say, whatever the format.

use observatory_model::{Language, Timestamp};

/// What a feed says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedHead {
    /// Its name: `atom:title`, and the author of items that name none (§4.1.1 demands one).
    pub title: String,
    /// What it brings, in a sentence: `atom:subtitle`; may be empty.
    pub subtitle: String,
    /// Its absolute address, which never changes: `atom:id`.
    pub id: String,
    /// The absolute address it is read from: `atom:link rel="self"`.
    pub self_url: String,
    /// The absolute address of the page with the same list: `atom:link rel="alternate"`.
    pub html_url: String,
    /// The language of its name, and of its items where they do not say: `xml:lang`.
    pub language: Language,
    /// When anything in it last changed: `atom:updated`.
    pub updated: Timestamp,
}

/// An item of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedItem {
    /// Its absolute address, which never changes: `atom:id`.
    pub id: String,
    /// The absolute address of its page: `atom:link rel="alternate"`, and the base of the links in
    /// `html`.
    pub url: String,
    /// Its title as plain text.
    pub title: String,
    /// What it is about, as plain text: `atom:summary`; may be empty.
    pub summary: String,
    /// The whole of it as safe HTML: `atom:content`.
    pub html: Option<String>,
    /// When it was first published.
    pub published: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Its language, when it is one of the six.
    pub language: Option<Language>,
    /// The absolute addresses of the same item in other languages.
    pub alternates: Vec<(Language, String)>,
}

/// Text without control characters (but tabs and ends of lines) and non-characters (XML 1.0 §2.2).
pub(crate) fn clean(text: &str) -> String {
    let is_unfit = |character: &char| {
        (character.is_control() && !matches!(character, '\t' | '\n'))
            || matches!(character, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(|character| !is_unfit(character)).collect()
}

/// Text as it stands in an element or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A feed and an item with everything, for the tests of each format.
#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    pub(crate) fn head() -> FeedHead {
        FeedHead {
            title: "Observatory & <friends>".to_owned(),
            subtitle: "What is \"new\"".to_owned(),
            id: "https://observatory.example/en/feed.atom".to_owned(),
            self_url: "https://observatory.example/en/feed.atom?a=1&b=2".to_owned(),
            html_url: "https://observatory.example/en/".to_owned(),
            language: Language::En,
            updated: "2026-11-24T09:30:00Z".parse().unwrap(),
        }
    }

    pub(crate) fn item() -> FeedItem {
        FeedItem {
            id: "https://observatory.example/ar/future-vision/a".to_owned(),
            url: "https://observatory.example/ar/future-vision/a".to_owned(),
            title: "عنوان ]]> <b>".to_owned(),
            summary: "موجز".to_owned(),
            html: Some("<p id=p1>نص &amp; <a href=/ar/x>رابط</a></p>".to_owned()),
            published: "2026-11-01".parse().unwrap(),
            updated: "2026-11-24".parse().unwrap(),
            authors: vec!["A & B".to_owned(), "C".to_owned()],
            language: Some(Language::Ar),
            alternates: vec![
                (Language::Ar, "https://observatory.example/ar/future-vision/a".to_owned()),
                (Language::Fr, "https://observatory.example/fr/future-vision/a".to_owned()),
            ],
        }
    }
}
