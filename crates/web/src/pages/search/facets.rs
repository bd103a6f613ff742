//! What can be chosen further, with the number of matches of each choice.

use observatory_model::asked::Asked;
use observatory_model::document::Class;
use observatory_model::search::SearchPage as Found;
use observatory_model::{Language, Series};

use crate::concepts::topic;
use crate::locale::{self, Locale};
use crate::reader::Reader;

/// Choices of a filter that are shown without being asked for; longer ones are folded.
const SHOWN: usize = 6;

/// A filter with its values.
pub(super) struct Group {
    pub(super) title: &'static str,
    /// Its name in addresses.
    pub(super) name: &'static str,
    pub(super) options: Vec<FilterOption>,
    /// A line below that cannot be chosen.
    pub(super) others: Option<String>,
    pub(super) is_folded: bool,
    pub(super) is_open: bool,
}

/// A value of a filter.
pub(super) struct FilterOption {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) language: Option<Language>,
    pub(super) count: String,
    pub(super) chosen: bool,
}

/// A value as readers see it, and its word in addresses.
struct Face {
    value: String,
    label: String,
    language: Option<Language>,
}

impl Face {
    fn new(value: &(impl ToString + ?Sized), label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into(), language: None }
    }
}

/// The filters in which there is something to choose, or something was chosen.
pub(super) fn groups(reader: &Reader, asked: &Asked, found: &Found) -> Vec<Group> {
    let locale = reader.locale;
    let facets = &found.facets;
    let known: Vec<(Language, u64)> = in_order(&Language::ALL, |language| {
        facets.languages.iter().find(|(other, _)| *other == Some(language)).map(|(_, count)| *count)
    });
    let classes = in_order(&Class::ALL, |class| count_of(&facets.classes, class));
    let series = in_order(&Series::ALL, |series| count_of(&facets.series, series));
    let sources: Vec<_> =
        facets.sources.iter().map(|(slug, _, count)| (slug.clone(), *count)).collect();
    let others = facets.languages.iter().find(|(known, count)| known.is_none() && *count > 0);
    let languages =
        group(locale, ("search.language", "lang"), &known, &asked.languages, |it| Face {
            value: it.code().to_owned(),
            label: locale::own_name(*it).to_owned(),
            language: Some(*it),
        });
    let languages = languages.map(|group| Group {
        others: others
            .map(|(_, count)| format!("{} {}", locale.say("language.rest"), locale.number(*count))),
        ..group
    });
    let name_of = |slug: &observatory_model::Slug| {
        let source = facets.sources.iter().find(|(other, ..)| other == slug);
        source.map_or_else(|| slug.to_string(), |(_, name, _)| name.clone())
    };
    [
        languages,
        group(locale, ("search.kind", "kind"), &classes, &asked.classes, |class| {
            Face::new(class.code(), locale.class(*class))
        }),
        group(locale, ("search.series", "series"), &series, &asked.series, |series| {
            Face::new(series, locale.series(*series))
        }),
        group(locale, ("search.topic", "topic"), &facets.topics, &asked.topics, |slug| {
            Face::new(slug, topic(locale, reader.language, slug))
        }),
        group(locale, ("search.year", "year"), &facets.years, &asked.years, |year| {
            Face::new(year, year.to_string())
        }),
        group(locale, ("search.source", "source"), &sources, &asked.sources, |slug| {
            Face::new(slug, name_of(slug))
        }),
        group(
            locale,
            ("search.institution", "institution"),
            &facets.institutions,
            &asked.institutions,
            |name| Face::new(name, name.as_str()),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn count_of<T: Copy + PartialEq>(counts: &[(T, u64)], value: T) -> Option<u64> {
    counts.iter().find(|(other, _)| *other == value).map(|(_, count)| *count)
}

/// The values of `all` that have a count.
fn in_order<T: Copy>(all: &[T], count: impl Fn(T) -> Option<u64>) -> Vec<(T, u64)> {
    all.iter().filter_map(|value| count(*value).map(|count| (*value, count))).collect()
}

/// A group of what was counted, and of what was chosen though nothing of it is left.
fn group<T: PartialEq>(
    locale: &'static Locale,
    (title, name): (&'static str, &'static str),
    counts: &[(T, u64)],
    chosen: &[T],
    face: impl Fn(&T) -> Face,
) -> Option<Group> {
    let rest = chosen.iter().filter(|value| counts.iter().all(|(other, _)| other != *value));
    let option = |(value, count): (&T, u64)| {
        let Face { value: word, label, language } = face(value);
        let chosen = chosen.contains(value);
        FilterOption { value: word, label, language, count: locale.number(count), chosen }
    };
    let counted = counts.iter().map(|(value, count)| (value, *count));
    let options: Vec<FilterOption> =
        counted.chain(rest.map(|value| (value, 0))).map(option).collect();
    (!options.is_empty()).then(|| Group {
        title: locale.say(title),
        name,
        is_folded: options.len() > SHOWN,
        is_open: !chosen.is_empty(),
        options,
        others: None,
    })
}
