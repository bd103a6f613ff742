//! The glossary, and its labels as readers begin to type them or nearly write them.

use std::sync::LazyLock;

use observatory_model::Language;
use observatory_model::glossary::{Concept, Glossary};

use crate::suggest::{begins_a_word, surfaces_of};

/// The files of the glossary, part of the program.
pub(crate) const FILES: [&str; 5] = [
    include_str!("../../../search-index/glossary/artificial-intelligence.tsv"),
    include_str!("../../../search-index/glossary/digital-policy.tsv"),
    include_str!("../../../search-index/glossary/security-and-rights.tsv"),
    include_str!("../../../search-index/glossary/sustainable-development.tsv"),
    include_str!("../../../search-index/glossary/telecommunication.tsv"),
];

/// Read at the first search. A test reads it whole; should it be broken all the same, searches go on
/// without it.
static GLOSSARY: LazyLock<Glossary> = LazyLock::new(|| {
    Glossary::read(FILES)
        .inspect_err(|error| tracing::error!(%error, "the glossary cannot be read"))
        .unwrap_or_default()
});

/// The concepts of the field and what they are called in the six languages.
pub fn glossary() -> &'static Glossary {
    &GLOSSARY
}

/// All labels, folded word by word, to be found by their beginnings.
static LABELS: LazyLock<Vec<Label>> = LazyLock::new(|| {
    let of = |concept: &'static Concept| {
        let labels = Language::ALL.into_iter().flat_map(move |language| {
            concept.labels(language).iter().map(move |label| (language, label))
        });
        labels.map(move |(language, label)| Label { concept, language, words: surfaces_of(label) })
    };
    glossary().concepts().iter().flat_map(of).collect()
});

/// A label, to be found by the beginning of its words.
struct Label {
    concept: &'static Concept,
    language: Language,
    words: String,
}

/// In another language than the reader's, labels are offered from so many characters on: fewer begin
/// words of everything.
const LONG_ENOUGH: usize = 3;

/// Concepts with a label in which a word begins as typed: those of the reader's language first, and
/// among these labels that begin so themselves, then the shorter ones.
pub(crate) fn labels_like(typed: &str, language: Language, most: usize) -> Vec<&'static Concept> {
    let typed = surfaces_of(typed);
    let letters = typed.trim_start();
    let is_long = letters.chars().nth(LONG_ENOUGH - 1).is_some() || !letters.is_ascii();
    let mut found: Vec<_> = LABELS
        .iter()
        .filter(|label| label.language == language || is_long)
        .filter(|label| begins_a_word(&label.words, &typed))
        .map(|label| {
            let is_other = label.language != language;
            let is_inside = !label.words.starts_with(&typed);
            ((is_other, is_inside, label.words.len(), label.words.as_str()), label.concept)
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    let mut concepts: Vec<&Concept> = Vec::new();
    for (_, concept) in found {
        if concepts.len() < most && !concepts.contains(&concept) {
            concepts.push(concept);
        }
    }
    concepts
}

/// The other labels of a concept, the preferred ones of all languages first, at most `most`.
///
/// A label that is typed is not among them, in whatever language it stands.
pub(crate) fn other_labels(
    concept: &'static Concept,
    typed: &str,
    most: usize,
) -> Vec<(Language, &'static str)> {
    let typed = typed.to_lowercase();
    let mut labels: Vec<(Language, &'static str)> = Vec::new();
    let longest = Language::ALL.map(|language| concept.labels(language).len());
    for rank in 0..longest.into_iter().max().unwrap_or_default() {
        for language in Language::ALL {
            let Some(label) = concept.labels(language).get(rank) else { continue };
            if label.to_lowercase() != typed && labels.len() < most {
                labels.push((language, label));
            }
        }
    }
    labels
}

/// How alike words and a label must be: most of their pairs of letters are the same.
const ALIKE: f32 = 0.6;

/// Fewest letters that resemble anything.
const SHORTEST: usize = 4;

/// The concept with the label that words resemble most, by the pairs of letters that both have (Dice
/// 1945); `None` when none is like them.
pub(crate) fn nearest(words: &str) -> Option<&'static Concept> {
    let typed = pairs(&surfaces_of(words));
    if typed.len() < SHORTEST {
        return None;
    }
    let mut best: Option<(f32, &'static Concept)> = None;
    for label in LABELS.iter() {
        // Of lengths so different, not even equal pairs are enough.
        let letters = label.words.chars().count();
        if letters > 3 * typed.len() || typed.len() > 3 * letters {
            continue;
        }
        let alike = alike(&typed, &pairs(&label.words));
        if alike >= ALIKE && best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, label.concept));
        }
    }
    best.map(|(_, concept)| concept)
}

/// The pairs of neighbouring letters, sorted.
fn pairs(words: &str) -> Vec<(char, char)> {
    let following = words.chars().skip(1).chain([' ']);
    let mut pairs: Vec<_> = words.chars().zip(following).collect();
    pairs.sort_unstable();
    pairs
}

/// The share of pairs that both have.
fn alike(left: &[(char, char)], right: &[(char, char)]) -> f32 {
    let (mut at, mut same) = (0, 0_u16);
    for pair in left {
        while right.get(at).is_some_and(|other| other < pair) {
            at += 1;
        }
        if right.get(at) == Some(pair) {
            same += 1;
            at += 1;
        }
    }
    let all = u16::try_from(left.len() + right.len()).unwrap_or(u16::MAX);
    2.0 * f32::from(same) / f32::from(all.max(1))
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Fr};

    use super::*;

    #[test]
    fn what_resembles_a_label_is_told_from_what_does_not() {
        let near = |words| nearest(words).map(|concept| concept.name.as_str());
        assert_eq!(near("artifical inteligence"), Some("artificial-intelligence"));
        assert_eq!(near("fracture numerik"), Some("digital-divide"));
        assert_eq!(near("умные городы"), Some("smart-city"));
        for words in ["", "ai", "zebra crossing", "12345"] {
            assert_eq!(near(words), None, "{words}");
        }
    }

    #[test]
    fn labels_are_offered_from_the_beginning_of_any_of_their_words() {
        let like = |typed, language| -> Vec<&str> {
            let found = labels_like(typed, language, 3);
            found.into_iter().map(|concept| concept.name.as_str()).collect()
        };
        assert_eq!(like("smart cit", Fr).first(), Some(&"smart-city"));
        assert!(like("divide", En).contains(&"digital-divide"));
        assert!(like("المدن", Ar).iter().any(|name| name.contains("cit")));
        assert_eq!(like("", En), [] as [&str; 0]);
        assert_eq!(like("zzz", En), [] as [&str; 0]);
    }
}
