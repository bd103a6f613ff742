//! A search as an address has it: the query string that pages, feeds, programs and alerts share.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::form_urlencoded::{Serializer, parse};

use crate::clock::Timestamp;
use crate::document::{Class, Kind};
use crate::language::Language;
use crate::query::dates::span;
use crate::search::{Order, SearchRequest};
use crate::series::Series;
use crate::slug::Slug;

/// Most values of one filter that are read: a form of this site has at most 20 of each.
const MAX_VALUES: usize = 20;

/// A search as the address has it. Values that are none are left out, so that old links still work.
///
/// As text it is its query string, in one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Asked {
    /// The words.
    pub words: String,
    /// The chosen languages.
    pub languages: Vec<Language>,
    /// The chosen classes.
    pub classes: Vec<Class>,
    /// The chosen series.
    pub series: Vec<Series>,
    /// The chosen topics.
    pub topics: Vec<Slug>,
    /// The chosen sources.
    pub sources: Vec<Slug>,
    /// The chosen institutions, by name.
    pub institutions: Vec<String>,
    /// The chosen years.
    pub years: Vec<i32>,
    /// The first day, as written.
    pub from: String,
    /// The last day, as written.
    pub until: String,
    /// What comes first.
    pub order: Order,
    /// Only with the words as typed.
    pub only_typed: bool,
    /// The page, from 1.
    pub page: u32,
}

impl Asked {
    /// Reads a query string.
    pub fn parse(query: &str) -> Self {
        let mut asked = Self { page: 1, ..Self::default() };
        for (name, value) in parse(query.as_bytes()) {
            match &*name {
                "q" if asked.words.is_empty() => value.trim().clone_into(&mut asked.words),
                "lang" => add(&mut asked.languages, &value),
                "kind" => match value.parse() {
                    // Addresses that name a series as a kind go on working.
                    Ok(Kind::Piece(series)) => add(&mut asked.series, series.slug()),
                    _ => add(&mut asked.classes, &value),
                },
                "series" => add(&mut asked.series, &value),
                "topic" => add(&mut asked.topics, &value),
                "source" => add(&mut asked.sources, &value),
                "institution" => add(&mut asked.institutions, &name_as_written(&value)),
                "year" => add_year(&mut asked.years, &value),
                "order" if value == "newest" => asked.order = Order::Newest,
                "across" if value == "off" => asked.only_typed = true,
                "from" => asked.from = day_as_written(&value),
                "until" => asked.until = day_as_written(&value),
                "page" => asked.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        asked
    }

    /// The query string of this search: empty values and the first page are left out.
    pub fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        put("q", &self.words);
        self.languages.iter().for_each(|language| put("lang", language.code()));
        self.classes.iter().for_each(|class| put("kind", class.code()));
        self.series.iter().for_each(|series| put("series", series.slug()));
        self.topics.iter().for_each(|topic| put("topic", topic.as_str()));
        self.sources.iter().for_each(|source| put("source", source.as_str()));
        self.institutions.iter().for_each(|name| put("institution", name));
        self.years.iter().for_each(|year| put("year", &year.to_string()));
        put("from", &self.from);
        put("until", &self.until);
        if self.order == Order::Newest {
            put("order", "newest");
        }
        if self.only_typed {
            put("across", "off");
        }
        if self.page > 1 {
            put("page", &self.page.to_string());
        }
        query.finish()
    }

    /// The same search on another page.
    #[must_use]
    pub fn on_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same words without any filter.
    #[must_use]
    pub fn without_filters(&self) -> Self {
        let Self { words, order, only_typed, .. } = self.clone();
        Self { words, order, only_typed, page: 1, ..Self::default() }
    }

    /// Whether any filter is set.
    pub fn has_filters(&self) -> bool {
        *self != self.without_filters().on_page(self.page)
    }

    /// The dates that were written and could not be understood.
    pub fn wrong_dates(&self) -> Vec<&str> {
        let is_wrong = |written: &&str| !written.is_empty() && span(written).is_none();
        [self.from.as_str(), self.until.as_str()].into_iter().filter(is_wrong).collect()
    }

    /// What the index is asked at `now`.
    pub fn request(&self, now: Timestamp) -> SearchRequest {
        SearchRequest {
            words: self.words.clone(),
            languages: self.languages.clone(),
            classes: self.classes.clone(),
            series: self.series.clone(),
            topics: self.topics.clone(),
            sources: self.sources.clone(),
            institutions: self.institutions.clone(),
            years: self.years.clone(),
            order: self.order,
            only_typed: self.only_typed,
            reader: None,
            per_page: None,
            after: None,
            now,
            from: span(&self.from).map(|span| span.first),
            before: span(&self.until).map(|span| span.before),
            page: self.page,
        }
    }
}

impl From<String> for Asked {
    fn from(query: String) -> Self {
        Self::parse(&query)
    }
}

impl From<Asked> for String {
    fn from(asked: Asked) -> Self {
        asked.query()
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.query())
    }
}

fn add<T: FromStr + PartialEq>(values: &mut Vec<T>, text: &str) {
    if let Ok(value) = text.parse()
        && values.len() < MAX_VALUES
        && !values.contains(&value)
    {
        values.push(value);
    }
}

fn add_year(years: &mut Vec<i32>, text: &str) {
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        add(years, text);
    }
}

/// A name on one line, at most 120 characters.
fn name_as_written(value: &str) -> String {
    value.trim().chars().filter(|c| !c.is_control()).take(120).collect()
}

/// A date as the reader wrote it, at most the ten characters that the field takes.
fn day_as_written(value: &str) -> String {
    value.trim().chars().filter(|c| !c.is_control()).take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_back() {
        let query = "q=%C3%A9t%C3%A9&lang=ar&lang=fr&kind=entry&series=learning-labs&topic=data\
            &source=itu&institution=ITU&year=2024&from=2025&order=newest&across=off&page=3";
        let asked = Asked::parse(query);
        assert_eq!(asked.languages, [Language::Ar, Language::Fr]);
        assert_eq!(asked.query(), query);
        assert!(asked.has_filters());
        assert_eq!(asked.without_filters().query(), "q=%C3%A9t%C3%A9&order=newest&across=off");
        assert_eq!(Asked::parse("kind=future-vision").query(), "series=future-vision");
        assert!(!asked.without_filters().has_filters());
        assert!(!Asked::parse("q=a&page=7").has_filters());
    }

    #[test]
    fn what_is_no_value_is_left_out() {
        let asked = Asked::parse(
            "q=a&lang=de&kind=x&source=A&year=20&year=abcd&page=-1&lang=fr&lang=fr&x=y",
        );
        assert_eq!(asked.query(), "q=a&lang=fr");
    }

    #[test]
    fn until_includes_its_last_day() {
        let days = |written| span(written).map(|span| (span.first.date(), span.before.date()));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(days("2025"), pair("2025-01-01", "2026-01-01"));
        assert_eq!(days("2024-02"), pair("2024-02-01", "2024-03-01"));
        assert_eq!(days("2024-12"), pair("2024-12-01", "2025-01-01"));
        assert_eq!(days("2024-02-29"), pair("2024-02-29", "2024-03-01"));
        for wrong in ["", "25", "2025-13", "2025-02-30", "2025-1-1", "soon", "2025-01-01-1"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
        assert_eq!(Asked::parse("from=soon&until=2025").wrong_dates(), ["soon"]);
    }
}
