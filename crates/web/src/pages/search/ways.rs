//! Ways on when nothing was found: each is a search with its number, or a place to go.

use observatory_model::Language;
use observatory_model::asked::Asked;
use observatory_model::query::SearchQuery;
use observatory_model::search::{Narrowing, SearchPage as Found};
use observatory_search::glossary;

use super::tags::without;
use crate::html::Html;
use crate::locale;
use crate::reader::Reader;
use crate::urls;

/// Filters whose absence is offered.
const MOST_FILTERS: usize = 3;

/// A way on.
pub(super) struct Way(pub(super) Html);

/// The ways on from a search that found nothing.
pub(super) fn ways(reader: &Reader, asked: &Asked, found: &Found) -> Vec<Way> {
    let locale = reader.locale;
    let to = |asked: &Asked| urls::search(reader.language, &asked.query());
    let mut ways: Vec<Html> = Vec::new();
    for (narrowing, count) in found.ways.without.iter().take(MOST_FILTERS) {
        let (filter, other) = taken_off(reader, asked, narrowing);
        let count = locale.count("results", *count);
        let text = locale.plain("search.try_without", &[("filter", &filter), ("count", &count)]);
        ways.push(Html::link(&to(&other), &text));
    }
    if found.ways.without.is_empty() && asked.has_filters() {
        ways.push(Html::link(&to(&asked.without_filters()), locale.say("search.try_filters")));
    }
    ways.extend(languages(reader, asked, found));
    ways.extend(concept(reader, asked, found));
    ways.extend(words(reader, asked));
    ways.push(Html::link(
        &urls::new_alert(reader.language, &asked.on_page(1).query()),
        locale.say("search.try_alert"),
    ));
    let feed = urls::search_in_form(reader.language, &asked.on_page(1).query(), "atom");
    ways.push(Html::link(&feed, locale.say("search.try_feed")));
    ways.push(Html::link(&urls::home(reader.language), locale.say("search.try_browse")));
    ways.into_iter().map(Way).collect()
}

/// What a filter is called, and the search without it.
fn taken_off(reader: &Reader, asked: &Asked, narrowing: &Narrowing) -> (String, Asked) {
    let mut other = asked.on_page(1);
    let title = match narrowing {
        Narrowing::Languages => {
            other.languages.clear();
            "search.language"
        }
        Narrowing::Classes => {
            other.classes.clear();
            "search.kind"
        }
        Narrowing::Series => {
            other.series.clear();
            "search.series"
        }
        Narrowing::Topics => {
            other.topics.clear();
            "search.topic"
        }
        Narrowing::Sources => {
            other.sources.clear();
            "search.source"
        }
        Narrowing::Institutions => {
            other.institutions.clear();
            "search.institution"
        }
        Narrowing::Dates => {
            other.years.clear();
            other.from.clear();
            other.until.clear();
            "search.date"
        }
        Narrowing::Words(span) => {
            other.words = without(&asked.words, span);
            let words = asked.words.get(span.clone()).unwrap_or_default();
            return (words.to_owned(), other);
        }
    };
    (reader.locale.say(title).to_owned(), other)
}

/// The languages that have something when no filter is set, in one line.
fn languages(reader: &Reader, asked: &Asked, found: &Found) -> Option<Html> {
    let link = |(language, count): &(Option<Language>, u64)| {
        let language = (*language).filter(|_| *count > 0)?;
        let other = Asked { languages: vec![language], ..asked.without_filters() };
        let href = urls::search(reader.language, &other.query());
        let name = Html::link_in(&href, language, locale::own_name(language));
        let count = Html::text(&reader.locale.number(*count));
        Some(Html::row(&[name, count], " "))
    };
    let links: Vec<Html> = found.ways.languages.iter().filter_map(link).collect();
    let languages = Html::row(&links, " · ");
    (!links.is_empty()).then(|| reader.locale.fill("search.try_in", &[("languages", languages)]))
}

/// The nearest concept, as readers of this language call it.
fn concept(reader: &Reader, asked: &Asked, found: &Found) -> Option<Html> {
    let concept = glossary().named(found.ways.concept.as_ref()?)?;
    let label = concept.preferred(reader.language);
    let other = Asked { words: label.to_owned(), ..asked.without_filters() };
    let link = Html::link(&urls::search(reader.language, &other.query()), label);
    Some(reader.locale.fill("search.try_concept", &[("concept", link)]))
}

/// Fewer words where there are several plain ones, else a word on spelling.
fn words(reader: &Reader, asked: &Asked) -> Option<Html> {
    let locale = reader.locale;
    if asked.words.is_empty() {
        return None;
    }
    let words: Vec<&str> = asked.words.split_whitespace().collect();
    let plain = SearchQuery::parse(&asked.words, observatory_model::Timestamp::EPOCH).is_plain();
    let [fewer @ .., _] = words.as_slice() else { return None };
    if fewer.is_empty() || !plain {
        return Some(Html::text(locale.say("search.try_spelling")));
    }
    let fewer = Asked { words: fewer.join(" "), page: 1, ..asked.clone() };
    let text = locale.plain("search.try_fewer", &[("words", &fewer.words)]);
    Some(Html::link(&urls::search(reader.language, &fewer.query()), &text))
}
