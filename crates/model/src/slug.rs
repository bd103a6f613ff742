//! The last part of an address: the same word in all six languages, never reused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A word of 1–80 ASCII lower-case letters, digits and single hyphens between them.
///
/// ASCII, so that an address can be typed on every keyboard and read aloud; 80, because longer
/// addresses are broken by mail programs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Longest slug, in bytes.
pub const MAX_SLUG_BYTES: usize = 80;

/// The text cannot be a slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a slug has 1 to 80 lower-case letters a-z, digits and single hyphens between them")]
pub struct InvalidSlug;

impl Slug {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug made from any words: letters lose their accents, and what is then not a letter or digit
    /// of ASCII becomes a hyphen.
    ///
    /// Returns `None` when nothing is left, as with words that are all in Arabic or Chinese.
    pub fn from_words(words: &str) -> Option<Self> {
        let mut slug = String::new();
        // NFKD takes an accented letter apart into the letter and its accent.
        for character in words.nfkd().filter(|c| !is_combining_mark(*c)) {
            if slug.len() == MAX_SLUG_BYTES {
                break;
            }
            if character.is_ascii_alphanumeric() {
                slug.push(character.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.trim_end_matches('-').parse().ok()
    }
}

impl Slug {
    /// The slug of a thing whose names give none: `unnamed`.
    pub fn unnamed() -> Self {
        Self("unnamed".to_owned())
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let of_slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = (1..=MAX_SLUG_BYTES).contains(&text.len())
            && text.bytes().all(of_slug)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidSlug) }
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidSlug;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_are_slugs() {
        for right in ["a", "itu-101", "5g", &"a".repeat(80)] {
            assert!(right.parse::<Slug>().is_ok(), "{right}");
        }
        for wrong in ["", "-a", "a-", "a--b", "A", "é", "a b", "a/b", "..", &"a".repeat(81)] {
            assert_eq!(wrong.parse::<Slug>(), Err(InvalidSlug), "{wrong}");
        }
    }

    #[test]
    fn words_become_slugs() {
        assert_eq!(Slug::from_words("ITU: News & Views!").unwrap().as_str(), "itu-news-views");
        assert_eq!(Slug::from_words("Notes en français").unwrap().as_str(), "notes-en-francais");
        assert_eq!(Slug::from_words("أخبار"), None);
        assert_eq!(Slug::from_words(&"é".repeat(500)).unwrap().as_str(), "e".repeat(80));
        assert!(Slug::from_words(&"ab ".repeat(500)).is_some());
    }
}
