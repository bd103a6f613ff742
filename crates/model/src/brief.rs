//! A published piece of one of the four series, in one language.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::WebAddress;
use crate::chart::ChartWish;
use crate::clock::Timestamp;
use crate::institution::Institution;
use crate::language::Language;
use crate::series::Series;
use crate::slug::Slug;

/// A piece without its language: all its language versions share this address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BriefAddress {
    /// Its series.
    pub series: Series,
    /// Its slug, the same in all languages.
    pub slug: Slug,
}

/// The text is no address of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a piece is named SERIES/SLUG, such as demystifying-digital/itu-101")]
pub struct InvalidBriefAddress;

/// A piece as readers see it, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// Its address.
    pub address: BriefAddress,
    /// The language of this text.
    pub language: Language,
    /// The language it was written in first.
    pub original: Language,
    /// What is said of this translation; `None` for the original.
    pub translation: Option<Translation>,
    /// Its title, 1–120 characters.
    pub title: String,
    /// One sentence that says what it is about, 1–300 characters.
    pub standfirst: String,
    /// What a hurried reader needs, at most 60 words of plain text.
    pub bottom_line: Option<String>,
    /// Questions that a delegate could ask.
    pub questions: Vec<String>,
    /// What is not known or where sources disagree.
    pub unknowns: Vec<String>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Whose word it is, where it says so.
    #[serde(default)]
    pub institution: Option<Institution>,
    /// Whom it is for.
    #[serde(default, skip_serializing_if = "Audience::is_public")]
    pub audience: Audience,
    /// From when on these may read it, in every language.
    pub published: Timestamp,
    /// The number of this version: 1, 2, 3, …
    pub version: u32,
    /// What it is about.
    pub topics: Vec<Slug>,
    /// How sure its authors are, and why.
    pub confidence: Option<(Confidence, String)>,
    /// What its claims rest on, in the order in which the text first cites it.
    pub evidence: Vec<Evidence>,
    /// Other pieces to read.
    pub related: Vec<BriefAddress>,
    /// Its text.
    pub body: Body,
}

/// Whom a piece is for, in every language.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Everybody.
    #[default]
    Public,
    /// Those who have signed in and may read what is for members
    /// ([`Office::ReadMembers`](crate::rights::Office::ReadMembers)); nobody else learns that it is there.
    Members,
}

/// The text names no audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an audience is public or members")]
pub struct InvalidAudience;

impl Audience {
    /// Whether it is everybody. Public pieces do not say so where they are kept.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Public)
    }
}

impl FromStr for Audience {
    type Err = InvalidAudience;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "public" => Ok(Self::Public),
            "members" => Ok(Self::Members),
            _ => Err(InvalidAudience),
        }
    }
}

/// The text of a piece: rendered once, when it is published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Safe HTML in which every numbered block carries `id="pN"`.
    pub html: String,
    /// The sections, in order.
    pub headings: Vec<Heading>,
    /// The numbered blocks as plain text: the first has number 1.
    pub paragraphs: Vec<String>,
    /// Words of the text; in Chinese, characters.
    pub words: u32,
    /// The charts, in order: for each the HTML has a `<figure>` of its own, which holds nothing but its
    /// number, and the paragraphs an empty one. What is drawn there depends on the reader.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<ChartWish>,
}

/// A section of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// The `id` of its element.
    pub id: String,
    /// 2 or 3.
    pub level: u8,
    /// Its words as plain text.
    pub text: String,
    /// The number of the first ¶ below it.
    pub first_paragraph: u32,
}

/// A source that a claim rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its name within the piece; the text cites it as `[^id]`.
    pub id: Slug,
    /// Its title, in its own language.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// Where it is read.
    pub url: WebAddress,
    /// When it was published: a year, a month or a day, as far as known.
    pub date: Option<String>,
    /// Its language as a BCP 47 tag.
    pub language: String,
    /// The words that carry the claim, as they stand in the source.
    pub quote: Option<String>,
    /// Whether the authors read the source and found that it says this.
    pub verified: bool,
    /// The ¶ numbers that cite it.
    pub cited_in: Vec<u32>,
}

/// What is said of a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// The version of the original it was made from.
    pub version: u32,
    /// Whether a second reader has checked it.
    pub reviewed: bool,
}

/// How sure the authors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Several independent sources agree.
    High,
    /// Sources agree in the main, with gaps.
    Medium,
    /// Few sources, or they disagree.
    Low,
}

impl Confidence {
    /// All, from the surest.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// The word in front matter, in JSON and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl Brief {
    /// Whether the public may read it at `now`.
    pub fn is_public(&self, now: Timestamp) -> bool {
        self.audience.is_public() && self.published <= now
    }

    /// Minutes it takes to read, at least 1.
    ///
    /// Words a minute as in Wagtail's editor, after Brysbaert (2019) and Trauzettel-Klosinski & Dietz
    /// (2012): ar 181, zh 260 characters, en 238, fr 214, es 278; ru 184 from the second.
    pub const fn reading_minutes(&self) -> u32 {
        let a_minute = match self.language {
            Language::Ar => 181,
            Language::Zh => 260,
            Language::En => 238,
            Language::Fr => 214,
            Language::Ru => 184,
            Language::Es => 278,
        };
        let minutes = self.body.words.div_ceil(a_minute);
        if minutes == 0 { 1 } else { minutes }
    }
}

/// What one publishing did to the pieces, counted by language version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishCounts {
    /// New.
    pub added: u64,
    /// Known, with another text than before.
    pub changed: u64,
    /// Known and the same.
    pub unchanged: u64,
    /// No longer in the folder.
    pub removed: u64,
}

impl fmt::Display for BriefAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.series, self.slug)
    }
}

impl FromStr for BriefAddress {
    type Err = InvalidBriefAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (series, slug) = text.split_once('/').ok_or(InvalidBriefAddress)?;
        let series = series.parse().or(Err(InvalidBriefAddress))?;
        let slug = slug.parse().or(Err(InvalidBriefAddress))?;
        Ok(Self { series, slug })
    }
}

impl TryFrom<String> for BriefAddress {
    type Error = InvalidBriefAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BriefAddress> for String {
    fn from(address: BriefAddress) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_named_by_one_of_two_words() {
        assert_eq!("public".parse(), Ok(Audience::default()));
        assert_eq!("members".parse(), Ok(Audience::Members));
        for wrong in ["", "Members", "member", "everybody"] {
            assert_eq!(wrong.parse::<Audience>(), Err(InvalidAudience), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_read_back() {
        let address: BriefAddress = "learning-labs/read-a-chart".parse().unwrap();
        assert_eq!(address.to_string(), "learning-labs/read-a-chart");
        for wrong in ["", "learning-labs", "news/a", "learning-labs/A", "learning-labs/a/b"] {
            assert_eq!(wrong.parse::<BriefAddress>(), Err(InvalidBriefAddress), "{wrong}");
        }
    }
}
