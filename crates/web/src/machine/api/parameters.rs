//! What programs ask for: query strings, in which a mistake is told and not passed over.

use std::ops::RangeInclusive;
use std::str::FromStr;

use observatory_model::asked::Asked;
use observatory_model::document::Kind;
use observatory_model::search::{Cursor, LAST_PAGE, MOST_HITS_PER_PAGE};
use observatory_model::{Language, Slug};
use url::form_urlencoded::{Serializer, parse};

use super::problem::ApiError;
use crate::locale::{self, Locale};

/// The parameters of a search: those of its page, and those that only programs have.
pub(crate) const OF_SEARCH: &[&str] = &[
    "q",
    "lang",
    "kind",
    "series",
    "topic",
    "source",
    "institution",
    "year",
    "from",
    "until",
    "order",
    "across",
    "page",
    "limit",
    "after",
    "hl",
];

/// Hits of an answer when none are asked for, and the most.
const LIMITS: (u32, RangeInclusive<u32>) = (20, 1..=MOST_HITS_PER_PAGE);

/// The values of a query string, of which all names are known.
pub(super) struct Parameters {
    values: Vec<(String, String)>,
    /// The reader's language, for labels: `hl`, else English.
    pub(super) language: Language,
}

impl Parameters {
    /// Reads a query string.
    ///
    /// # Errors
    /// [`ApiError::Unknown`] for the first name that is not in `known`, [`ApiError::Parameter`] for an
    /// `hl` that is no language.
    pub(super) fn read(query: &str, known: &[&str]) -> Result<Self, ApiError> {
        let values: Vec<(String, String)> = parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if let Some((name, _)) = values.iter().find(|(name, _)| !known.contains(&&**name)) {
            let name = name.chars().take(100).collect();
            return Err(ApiError::Unknown { name, known: known.join(", ") });
        }
        let mut parameters = Self { values, language: Language::En };
        parameters.language = parameters.one("hl", LANGUAGES)?.unwrap_or(Language::En);
        Ok(parameters)
    }

    /// The sentences of the reader's language.
    pub(super) fn locale(&self) -> &'static Locale {
        locale::of(self.language)
    }

    /// The first value of a parameter, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter.
    ///
    /// # Errors
    /// [`ApiError::Parameter`] when it is no `T`.
    pub(super) fn one<T: FromStr>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, ApiError> {
        let read = |value: &str| value.parse().or(Err(wrong(name, expected)));
        self.text(name).map(read).transpose()
    }

    /// How many are asked for.
    ///
    /// # Errors
    /// [`ApiError::Parameter`] when it is not 1–100.
    pub(super) fn limit(&self) -> Result<u32, ApiError> {
        let (usual, range) = LIMITS;
        Ok(self.number("limit", &range)?.unwrap_or(usual))
    }

    /// A number within a range.
    ///
    /// # Errors
    /// [`ApiError::Parameter`] when it is none.
    pub(super) fn number(
        &self,
        name: &str,
        range: &RangeInclusive<u32>,
    ) -> Result<Option<u32>, ApiError> {
        let expected = format!("{}–{}", range.start(), range.end());
        let number: Option<u32> = self.one(name, &expected)?;
        match number {
            Some(number) if !range.contains(&number) => Err(wrong(name, &expected)),
            number => Ok(number),
        }
    }

    /// The place to go on from.
    ///
    /// # Errors
    /// [`ApiError::Parameter`] when it is none of ours.
    pub(super) fn after(&self) -> Result<Option<Cursor>, ApiError> {
        self.one("after", "the value of a next link")
    }

    /// The address of what follows `after`: the same parameters with another place.
    pub(super) fn next(&self, path: &str, after: &str) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in &self.values {
            if !matches!(&**name, "after" | "page") && !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("after", after);
        format!("{path}?{}", query.finish())
    }

    /// Checks that every filter of a search has a value that it can have.
    ///
    /// # Errors
    /// [`ApiError::Parameter`] for the first that has not.
    pub(super) fn check_filters(&self) -> Result<(), ApiError> {
        for (name, value) in self.values.iter().filter(|(_, value)| !value.is_empty()) {
            if let Some(expected) = mistake(name, value) {
                return Err(wrong(name, expected));
            }
        }
        Ok(())
    }
}

/// The values of a language.
pub(super) const LANGUAGES: &str = "ar, zh, en, fr, ru, es";

/// What a filter can be, when `value` is not one.
fn mistake(name: &str, value: &str) -> Option<&'static str> {
    let (is_right, expected) = match name {
        "lang" => (value.parse::<Language>().is_ok(), LANGUAGES),
        "kind" => {
            let is_class = value.parse::<observatory_model::document::Class>().is_ok();
            (is_class || value.parse::<Kind>().is_ok(), "piece, paper, entry")
        }
        "series" => (
            value.parse::<observatory_model::Series>().is_ok(),
            "future-vision, demystifying-digital, learning-labs, academic-network",
        ),
        "topic" | "source" => (value.parse::<Slug>().is_ok(), "a-z, 0-9, -"),
        "year" => (value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()), "YYYY"),
        "from" => (right_day("from", value), "YYYY, YYYY-MM, YYYY-MM-DD"),
        "until" => (right_day("until", value), "YYYY, YYYY-MM, YYYY-MM-DD"),
        "order" => (matches!(value, "best" | "newest"), "best, newest"),
        "across" => (matches!(value, "on" | "off"), "on, off"),
        _ => (true, ""),
    };
    (!is_right).then_some(expected)
}

fn right_day(name: &str, value: &str) -> bool {
    let query = Serializer::new(String::new()).append_pair(name, value).finish();
    value.chars().count() <= 10 && Asked::parse(&query).wrong_dates().is_empty()
}

/// A parameter that is not what it can be.
pub(super) fn wrong(name: &str, expected: &str) -> ApiError {
    ApiError::Parameter { name: name.to_owned(), expected: expected.to_owned() }
}

/// The pages of a search.
pub(super) const PAGES: RangeInclusive<u32> = 1..=LAST_PAGE;

/// The language in which a problem is told: `hl`, where it is one.
pub(super) fn language_of(query: &str) -> Language {
    let hl = parse(query.as_bytes()).find(|(name, _)| name == "hl");
    hl.and_then(|(_, value)| value.parse().ok()).unwrap_or(Language::En)
}
