//! What the words of a search are called in the other languages.

use std::sync::LazyLock;

use observatory_model::Language;
use observatory_model::glossary::Glossary;

use crate::reader::Reader;
use crate::urls;
use observatory_model::asked::Asked;

/// The files of the glossary, part of the program.
const FILES: [&str; 5] = [
    include_str!("../../../search-index/glossary/artificial-intelligence.tsv"),
    include_str!("../../../search-index/glossary/digital-policy.tsv"),
    include_str!("../../../search-index/glossary/security-and-rights.tsv"),
    include_str!("../../../search-index/glossary/sustainable-development.tsv"),
    include_str!("../../../search-index/glossary/telecommunication.tsv"),
];

/// The glossary, read at the first search. A test reads it whole; should it be broken all the same,
/// searches go on without it.
static GLOSSARY: LazyLock<Glossary> = LazyLock::new(|| {
    Glossary::read(FILES)
        .inspect_err(|error| tracing::error!(%error, "the glossary cannot be read"))
        .unwrap_or_default()
});

/// The concept that was searched for, in another language.
pub(crate) struct Term {
    pub(crate) language: Language,
    pub(crate) label: String,
    pub(crate) dir: &'static str,
    /// The same search with this label, with all its filters but the language.
    pub(crate) href: String,
}

/// What the words of `asked` are called in the languages they are not a label of; empty when they are
/// no concept of the glossary.
pub(crate) fn in_other_languages(reader: &Reader, asked: &Asked) -> Vec<Term> {
    let Some(concept) = GLOSSARY.concept(&asked.words) else { return Vec::new() };
    let mut terms: Vec<Term> = Vec::new();
    for language in Language::ALL {
        let label = concept.preferred(language);
        let is_typed = |label: &String| label.to_lowercase() == asked.words.trim().to_lowercase();
        if concept.labels(language).iter().any(is_typed)
            || terms.iter().any(|term| term.label == label)
        {
            continue;
        }
        let other =
            Asked { words: label.to_owned(), languages: Vec::new(), page: 1, ..asked.clone() };
        let href = urls::search(reader.language, &other.query());
        let dir = language.direction().code();
        terms.push(Term { language, label: label.to_owned(), dir, href });
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glossary_is_read_whole() {
        let glossary = Glossary::read(FILES).unwrap();
        assert!(glossary.len() >= 300, "{}", glossary.len());
        assert_eq!(*GLOSSARY, glossary);
    }
}
