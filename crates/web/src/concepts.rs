//! What the words of a search, and topics, are called in the other languages.

use observatory_model::asked::Asked;
use observatory_model::search::{AlsoSearched, SearchPage as Found};
use observatory_model::{Language, Slug};
use observatory_search::glossary;

use crate::html::Html;
use crate::locale::Locale;
use crate::reader::Reader;
use crate::urls;

/// The name of a concept in another language.
pub(crate) struct Term {
    pub(crate) language: Language,
    pub(crate) label: String,
    pub(crate) dir: &'static str,
    /// The same search with this label, with all its filters but the language.
    pub(crate) href: String,
}

/// A concept that was also searched by its other names.
pub(crate) struct Also {
    /// What was done with the words that name it.
    pub(crate) line: Html,
    /// The other names.
    pub(crate) terms: Vec<Term>,
}

/// The same search with other words, in all languages.
fn term(reader: &Reader, asked: &Asked, language: Language, label: &str, words: String) -> Term {
    let other = Asked { words, languages: Vec::new(), page: 1, ..asked.clone() };
    Term {
        language,
        label: label.to_owned(),
        dir: language.direction().code(),
        href: urls::search(reader.language, &other.query()),
    }
}

/// The concepts that were also searched by their other names: of each language the first is told. It is
/// the way to the search in which it stands instead of what was typed.
pub(crate) fn also_searched(reader: &Reader, asked: &Asked, found: &Found) -> Vec<Also> {
    let also = |also: &AlsoSearched| {
        let mut terms: Vec<Term> = Vec::new();
        for (language, label) in &also.labels {
            if terms.iter().any(|term| term.language == *language || term.label == *label) {
                continue;
            }
            let words = asked.words.replacen(&also.typed, label, 1);
            terms.push(term(reader, asked, *language, label, words));
        }
        let line = reader.locale.fill("search.also", &[("typed", Html::name(&also.typed))]);
        Also { line, terms }
    };
    found.also.iter().map(also).collect()
}

/// What the words of `asked` are called in the languages they are not a label of; empty when they are
/// no concept of the glossary.
pub(crate) fn in_other_languages(reader: &Reader, asked: &Asked) -> Vec<Term> {
    let Some(concept) = glossary().concept(&asked.words) else { return Vec::new() };
    let mut terms: Vec<Term> = Vec::new();
    for language in Language::ALL {
        let label = concept.preferred(language);
        let is_typed = |label: &String| label.to_lowercase() == asked.words.trim().to_lowercase();
        if concept.labels(language).iter().any(is_typed)
            || terms.iter().any(|term| term.label == label)
        {
            continue;
        }
        terms.push(term(reader, asked, language, label, label.to_owned()));
    }
    terms
}

/// The name of a topic: the site's own, else that of the concept of the same name, else its word.
pub(crate) fn topic(locale: &Locale, language: Language, topic: &Slug) -> String {
    if let Some(named) = locale.named_topic(topic) {
        return named.to_owned();
    }
    glossary().named(topic).map_or_else(
        || topic.as_str().replace('-', " "),
        |concept| concept.preferred(language).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_named_by_the_site_the_glossary_or_their_word() {
        let name = |slug: &str| {
            let slug = slug.parse().unwrap();
            topic(crate::locale::of(Language::Fr), Language::Fr, &slug)
        };
        assert_eq!(name("spectrum"), "spectre");
        assert_eq!(name("smart-city"), "ville intelligente");
        assert_eq!(name("deep-sea-cables"), "deep sea cables");
    }
}
