//! The six languages of the United Nations, in which everything here can be read and searched.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the six official languages of the United Nations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Arabic.
    Ar,
    /// Chinese.
    Zh,
    /// English.
    En,
    /// French.
    Fr,
    /// Russian.
    Ru,
    /// Spanish.
    Es,
}

/// The side on which lines of a script begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    /// The value of HTML's `dir` attribute.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

impl Language {
    /// All six, in the order of the United Nations' own lists (the English alphabet of their names).
    pub const ALL: [Self; 6] = [Self::Ar, Self::Zh, Self::En, Self::Fr, Self::Ru, Self::Es];

    /// The two-letter code of ISO 639-1, as used in addresses and file names.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ar => "ar",
            Self::Zh => "zh",
            Self::En => "en",
            Self::Fr => "fr",
            Self::Ru => "ru",
            Self::Es => "es",
        }
    }

    /// The direction of the language's script.
    pub const fn direction(self) -> Direction {
        match self {
            Self::Ar => Direction::Rtl,
            Self::Zh | Self::En | Self::Fr | Self::Ru | Self::Es => Direction::Ltr,
        }
    }

    /// The language a BCP 47 tag speaks of, whatever its script or region: `zh-Hans`, `EN_us`, `fr-CA`.
    ///
    /// Returns `None` for every other language and for words that are no tag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// The text is none of the six codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a language is one of ar, zh, en, fr, ru, es")]
pub struct InvalidLanguage;

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|language| language.code() == text).ok_or(InvalidLanguage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_exactly() {
        for language in Language::ALL {
            assert_eq!(language.code().parse(), Ok(language));
        }
        for wrong in ["", "EN", "de", "en-GB", "zh-Hans"] {
            assert_eq!(wrong.parse::<Language>(), Err(InvalidLanguage), "{wrong}");
        }
    }

    #[test]
    fn tags_are_read_by_their_primary_part() {
        assert_eq!(Language::from_tag("zh-Hans"), Some(Language::Zh));
        assert_eq!(Language::from_tag(" EN_us "), Some(Language::En));
        assert_eq!(Language::from_tag("pt-br"), None);
        assert_eq!(Language::from_tag(""), None);
        assert_eq!(Language::from_tag("eng"), None);
    }
}
