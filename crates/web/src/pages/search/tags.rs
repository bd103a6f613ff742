//! One removable tag for each thing that was understood as more than a word, and for each filter.

use std::ops::Range;

use observatory_model::asked::Asked;
use observatory_model::query::{Filter, Meaning, Part, SearchQuery};
use observatory_model::search::SearchPage as Found;
use observatory_model::{Language, Slug, Timestamp};

use crate::concepts::topic;
use crate::locale;
use crate::reader::Reader;
use crate::urls;

/// A choice, and the way to take it off.
pub(super) struct Tag {
    pub(super) label: String,
    pub(super) language: Option<Language>,
    /// Whether it leaves documents out.
    pub(super) is_unwanted: bool,
    /// What the link says to those who do not see the sign.
    pub(super) remove: String,
    pub(super) href: String,
}

/// Makes the tags of one search.
struct Tags<'a> {
    reader: &'a Reader,
    asked: &'a Asked,
    found: &'a Found,
    made: Vec<Tag>,
}

/// Those of the words first, as they stand there.
pub(super) fn tags(reader: &Reader, asked: &Asked, found: &Found, now: Timestamp) -> Vec<Tag> {
    let mut tags = Tags { reader, asked, found, made: Vec::new() };
    for part in &SearchQuery::parse(&asked.words, now).parts {
        tags.part(part);
    }
    tags.filters();
    tags.made
}

impl Tags<'_> {
    fn put(&mut self, label: String, language: Option<Language>, without: &Asked) {
        self.made.push(Tag {
            remove: self.reader.locale.plain("search.remove", &[("filter", &label)]),
            label,
            language,
            is_unwanted: false,
            href: urls::search(self.reader.language, &without.on_page(1).query()),
        });
    }

    fn part(&mut self, part: &Part) {
        let locale = self.reader.locale;
        let mut label = self.meaning(&part.meaning);
        if part.is_unwanted {
            label = locale.plain("search.without", &[("text", &label)]);
        }
        let words = without(&self.asked.words, &part.span);
        self.put(label, None, &Asked { words, ..self.asked.clone() });
        if let Some(tag) = self.made.last_mut() {
            tag.is_unwanted = part.is_unwanted;
        }
    }

    /// What a part of the words means, in words of the reader.
    fn meaning(&self, meaning: &Meaning) -> String {
        let locale = self.reader.locale;
        let with = |key: &str, text: &str| locale.plain(key, &[("text", text)]);
        match meaning {
            Meaning::Prefix(text) => with("search.part_prefix", text),
            Meaning::Title(text) => with("search.part_title", text),
            Meaning::Author(text) => with("search.part_author", text),
            Meaning::Identifier(identifier) => identifier.to_string(),
            Meaning::Year(year) => locale.plain("search.part_year", &[("year", &year.to_string())]),
            Meaning::Filter(Filter::Language(language)) => {
                let name = locale.language(*language);
                locale.plain("search.part_language", &[("language", name)])
            }
            Meaning::Filter(Filter::Class(class)) => locale.class(*class).to_owned(),
            Meaning::Filter(Filter::Series(series)) => locale.series(*series).to_owned(),
            Meaning::Filter(Filter::Topic(slug)) => {
                with("search.part_topic", &topic(locale, self.reader.language, slug))
            }
            Meaning::Filter(Filter::Source(slug)) => with("search.part_source", &self.source(slug)),
            Meaning::Filter(Filter::Institution(name)) => with("search.part_institution", name),
            Meaning::Filter(Filter::Dates { from, before }) => self.dates(*from, *before),
        }
    }

    fn source(&self, slug: &Slug) -> String {
        let known = self.found.facets.sources.iter().find(|(other, ..)| other == slug);
        known.map_or_else(|| slug.to_string(), |(_, name, _)| name.clone())
    }

    /// A time in the shortest words: a year or a month where it is one.
    fn dates(&self, from: Option<Timestamp>, before: Option<Timestamp>) -> String {
        let locale = self.reader.locale;
        let first = |from: Timestamp| locale.partial_date(&beginning(from));
        // The last day is the one before the first that no longer counts.
        let last = |before: Timestamp| locale.partial_date(&end(before));
        match (from, before) {
            (Some(from), Some(before)) => {
                let (from, until) = (beginning(from), end(before));
                let date = locale.partial_date(&until);
                if from == until {
                    return date;
                }
                let from = locale.partial_date(&from);
                locale.plain("search.part_between", &[("from", &from), ("until", &date)])
            }
            (Some(from), None) => locale.plain("search.from_tag", &[("date", &first(from))]),
            (None, Some(before)) => locale.plain("search.until_tag", &[("date", &last(before))]),
            (None, None) => String::new(),
        }
    }

    fn filters(&mut self) {
        let (locale, asked) = (self.reader.locale, self.asked.clone());
        for value in &asked.languages {
            let mut without = asked.clone();
            without.languages.retain(|other| other != value);
            self.put(locale::own_name(*value).to_owned(), Some(*value), &without);
        }
        for value in &asked.classes {
            let mut without = asked.clone();
            without.classes.retain(|other| other != value);
            self.put(locale.class(*value).to_owned(), None, &without);
        }
        for value in &asked.series {
            let mut without = asked.clone();
            without.series.retain(|other| other != value);
            self.put(locale.series(*value).to_owned(), None, &without);
        }
        for value in &asked.topics {
            let mut without = asked.clone();
            without.topics.retain(|other| other != value);
            self.put(topic(locale, self.reader.language, value), None, &without);
        }
        for value in &asked.sources {
            let mut without = asked.clone();
            without.sources.retain(|other| other != value);
            self.put(self.source(value), None, &without);
        }
        for value in &asked.institutions {
            let mut without = asked.clone();
            without.institutions.retain(|other| other != value);
            self.put(value.clone(), None, &without);
        }
        for value in &asked.years {
            let mut without = asked.clone();
            without.years.retain(|other| other != value);
            self.put(value.to_string(), None, &without);
        }
        if !asked.from.is_empty() {
            let date = locale.partial_date(&asked.from);
            let label = locale.plain("search.from_tag", &[("date", &date)]);
            self.put(label, None, &Asked { from: String::new(), ..asked.clone() });
        }
        if !asked.until.is_empty() {
            let date = locale.partial_date(&asked.until);
            let label = locale.plain("search.until_tag", &[("date", &date)]);
            self.put(label, None, &Asked { until: String::new(), ..asked.clone() });
        }
    }
}

/// A day as `2025`, where it is the first of a year, `2025-03` of a month, else whole.
fn beginning(day: Timestamp) -> String {
    let date = day.date();
    let shorter = date.strip_suffix("-01").map(|month| month.strip_suffix("-01").unwrap_or(month));
    shorter.map_or_else(|| date.clone(), str::to_owned)
}

/// The day before this instant in the same form: the end of a year is that year.
fn end(before: Timestamp) -> String {
    let last = before.plus_seconds(-1).date();
    let next = before.date();
    match (next.strip_suffix("-01-01"), next.strip_suffix("-01")) {
        (Some(_), _) => last.split('-').next().unwrap_or_default().to_owned(),
        (None, Some(_)) => {
            last.rsplit_once('-').map_or_else(|| last.clone(), |(month, _)| month.to_owned())
        }
        (None, None) => last,
    }
}

/// The words without one part of them, and without an `OR` that would be left with one side.
pub(super) fn without(words: &str, span: &Range<usize>) -> String {
    let (Some(before), Some(after)) = (words.get(..span.start), words.get(span.end..)) else {
        return words.to_owned();
    };
    let mut before: Vec<&str> = before.split_whitespace().collect();
    let mut after: Vec<&str> = after.split_whitespace().collect();
    if before.last() == Some(&"OR") {
        before.pop();
    } else if after.first() == Some(&"OR") {
        after.remove(0);
    }
    before.extend(after);
    before.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_taken_out_with_what_joined_it() {
        for (words, span, left) in [
            ("a lang:ar b", 2..9, "a b"),
            ("lang:ar", 0..7, ""),
            ("a OR title:b", 5..12, "a"),
            ("title:b OR a c", 0..7, "a c"),
            ("a title:b", 2..99, "a title:b"),
        ] {
            assert_eq!(without(words, &span), left, "{words}");
        }
    }

    #[test]
    fn times_are_told_in_the_shortest_form() {
        let day = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(beginning(day("2025-01-01")), "2025");
        assert_eq!(beginning(day("2025-03-01")), "2025-03");
        assert_eq!(beginning(day("2025-03-02")), "2025-03-02");
        assert_eq!(end(day("2026-01-01")), "2025");
        assert_eq!(end(day("2025-04-01")), "2025-03");
        assert_eq!(end(day("2025-04-02")), "2025-04-01");
    }
}
