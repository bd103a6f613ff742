//! What the address of a search asks for, and the addresses of its neighbours.

use observatory_model::document::Kind;
use observatory_model::search::SearchRequest;
use observatory_model::{Language, Slug, Timestamp};
use url::form_urlencoded::{Serializer, parse};

use crate::locale::Locale;

/// Most values of one filter that are read: a form of this site has at most 20 of each.
const MAX_VALUES: usize = 20;

/// A search as the address has it. Values that are none are left out, so that old links still work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The words.
    pub(crate) words: String,
    /// The chosen languages.
    pub(crate) languages: Vec<Language>,
    /// The chosen kinds.
    pub(crate) kinds: Vec<Kind>,
    /// The chosen sources.
    pub(crate) sources: Vec<Slug>,
    /// The first day, as written.
    pub(crate) from: String,
    /// The last day, as written.
    pub(crate) until: String,
    /// The page, from 1.
    pub(crate) page: u32,
}

/// Days from the beginning of one to the beginning of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: Timestamp,
    before: Timestamp,
}

impl Asked {
    /// Reads a query string.
    pub(crate) fn parse(query: &str) -> Self {
        let mut asked = Self { page: 1, ..Self::default() };
        for (name, value) in parse(query.as_bytes()) {
            match &*name {
                "q" if asked.words.is_empty() => value.trim().clone_into(&mut asked.words),
                "lang" => add(&mut asked.languages, &value),
                "kind" => add(&mut asked.kinds, &value),
                "source" => add(&mut asked.sources, &value),
                "from" => asked.from = day_as_written(&value),
                "until" => asked.until = day_as_written(&value),
                "page" => asked.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        asked
    }

    /// The query string of this search: empty values and the first page are left out.
    pub(crate) fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        put("q", &self.words);
        self.languages.iter().for_each(|language| put("lang", language.code()));
        self.kinds.iter().for_each(|kind| put("kind", kind.code()));
        self.sources.iter().for_each(|source| put("source", source.as_str()));
        put("from", &self.from);
        put("until", &self.until);
        if self.page > 1 {
            put("page", &self.page.to_string());
        }
        query.finish()
    }

    /// The same search on another page.
    pub(crate) fn on_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same words without any filter.
    pub(crate) fn without_filters(&self) -> Self {
        Self { words: self.words.clone(), page: 1, ..Self::default() }
    }

    /// What the search is called: its words, where it has any.
    pub(crate) fn heading(&self, locale: &Locale) -> String {
        if self.words.is_empty() {
            locale.say("search.title").to_owned()
        } else {
            locale.plain("search.of", &[("words", &self.words)])
        }
    }

    /// Whether any filter is set.
    pub(crate) fn has_filters(&self) -> bool {
        *self != self.without_filters().on_page(self.page)
    }

    /// The dates that were written and could not be understood.
    pub(crate) fn wrong_dates(&self) -> Vec<&str> {
        let is_wrong = |written: &&str| !written.is_empty() && span(written).is_none();
        [self.from.as_str(), self.until.as_str()].into_iter().filter(is_wrong).collect()
    }

    /// What the index is asked.
    pub(crate) fn request(&self) -> SearchRequest {
        SearchRequest {
            words: self.words.clone(),
            languages: self.languages.clone(),
            kinds: self.kinds.clone(),
            sources: self.sources.clone(),
            from: span(&self.from).map(|span| span.first),
            before: span(&self.until).map(|span| span.before),
            page: self.page,
        }
    }
}

fn add<T: std::str::FromStr + PartialEq>(values: &mut Vec<T>, text: &str) {
    if let Ok(value) = text.parse()
        && values.len() < MAX_VALUES
        && !values.contains(&value)
    {
        values.push(value);
    }
}

/// A date as the reader wrote it, at most the ten characters that the field takes.
fn day_as_written(value: &str) -> String {
    value.trim().chars().filter(|c| !c.is_control()).take(10).collect()
}

/// The days that `2025`, `2025-03` or `2025-03-31` stands for.
fn span(written: &str) -> Option<Span> {
    let mut parts = written.split('-');
    let year: i32 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let month: Option<u32> = parts.next().map(str::parse).transpose().ok()?;
    let day = |year: i32, month: u32, day: u32| {
        format!("{year:04}-{month:02}-{day:02}").parse::<Timestamp>().ok()
    };
    let (first, before) = match (month, parts.next()) {
        (None, _) => (day(year, 1, 1)?, day(year + 1, 1, 1)?),
        (Some(12), None) => (day(year, 12, 1)?, day(year + 1, 1, 1)?),
        (Some(month), None) => (day(year, month, 1)?, day(year, month + 1, 1)?),
        (Some(_), Some(_)) => {
            let first: Timestamp = written.parse().ok().filter(|_| written.len() == 10)?;
            (first, first.plus_seconds(24 * 60 * 60))
        }
    };
    Some(Span { first, before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_back() {
        let query = "q=%C3%A9t%C3%A9&lang=ar&lang=fr&kind=entry&source=itu&from=2025&page=3";
        let asked = Asked::parse(query);
        assert_eq!(asked.languages, [Language::Ar, Language::Fr]);
        assert_eq!(asked.query(), query);
        assert!(asked.has_filters());
        assert_eq!(asked.without_filters().query(), "q=%C3%A9t%C3%A9");
        assert!(!asked.without_filters().has_filters());
        assert!(!Asked::parse("q=a&page=7").has_filters());
    }

    #[test]
    fn what_is_no_value_is_left_out() {
        let asked = Asked::parse("q=a&lang=de&kind=x&source=A&page=-1&lang=fr&lang=fr&x=y");
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
