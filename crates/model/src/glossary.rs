//! Concepts of the field and what they are called in the six languages.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use crate::language::Language;
use crate::slug::Slug;

/// The first line of a glossary file.
const HEAD: &str = "concept\tar\tzh\ten\tfr\tru\tes";

/// Between two labels of one language.
const BETWEEN: &str = " | ";

/// A concept with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Its name.
    pub name: Slug,
    /// Its labels by language, in the order of [`Language::ALL`]; the preferred one first, at least one.
    labels: [Vec<String>; 6],
}

/// Concepts, found by any of their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glossary {
    concepts: Vec<Concept>,
    by_label: BTreeMap<String, usize>,
}

/// A line that is no concept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of a glossary has not a slug and six cells with labels: {text}")]
pub struct InvalidGlossary {
    /// The number of the line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

impl Concept {
    /// What the concept is called in `language`, as the United Nations prefer it.
    pub fn preferred(&self, language: Language) -> &str {
        self.labels(language).first().map_or("", String::as_str)
    }

    /// All its labels in `language`, the preferred one first.
    pub fn labels(&self, language: Language) -> &[String] {
        let place = Language::ALL.into_iter().position(|other| other == language);
        place.and_then(|place| self.labels.get(place)).map_or(&[], Vec::as_slice)
    }

    /// Reads one line: name and six cells, separated by tabs.
    fn read(line: &str) -> Option<Self> {
        let mut cells = line.split('\t');
        let name = cells.next()?.parse().ok()?;
        let mut labels: [Vec<String>; 6] = Default::default();
        for place in &mut labels {
            let cell = cells.next()?;
            *place = cell.split(BETWEEN).map(|label| label.trim().to_owned()).collect();
            if place.iter().any(String::is_empty) {
                return None;
            }
        }
        cells.next().is_none().then_some(Self { name, labels })
    }
}

impl Glossary {
    /// Reads the files of a glossary (`search-index/glossary/*.tsv`), one text each. A label that two
    /// concepts share belongs to the first.
    ///
    /// # Errors
    /// [`InvalidGlossary`] for the first line that is no concept.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidGlossary> {
        let mut glossary = Self::default();
        for text in texts {
            for (index, line) in text.lines().enumerate() {
                if line == HEAD {
                    continue;
                }
                let invalid = || InvalidGlossary { line: index + 1, text: line.to_owned() };
                glossary.add(Concept::read(line).ok_or_else(invalid)?);
            }
        }
        Ok(glossary)
    }

    /// The concept that `words` are a label of, in any language; case, width and kinds of apostrophes
    /// and spaces make no difference.
    pub fn concept(&self, words: &str) -> Option<&Concept> {
        let place = self.by_label.get(&folded(words))?;
        self.concepts.get(*place)
    }

    /// The concept of this name.
    pub fn named(&self, name: &Slug) -> Option<&Concept> {
        self.concepts.iter().find(|concept| concept.name == *name)
    }

    /// All concepts, in the order of the files.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// How many concepts there are.
    pub const fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    /// The same without these labels of concepts, which then name nothing.
    ///
    /// For counting, not for reading: a concept may be left without a label in a language.
    #[must_use]
    pub fn without(&self, labels: &BTreeSet<(Slug, String)>) -> Self {
        let mut left = Self::default();
        for concept in &self.concepts {
            let mut concept = concept.clone();
            for own in &mut concept.labels {
                let is_split = |label: &String| {
                    labels.iter().any(|(name, split)| {
                        *name == concept.name && folded(split) == folded(label)
                    })
                };
                own.retain(|label| !is_split(label));
            }
            left.add(concept);
        }
        left
    }

    fn add(&mut self, concept: Concept) {
        let place = self.concepts.len();
        for label in concept.labels.iter().flatten() {
            self.by_label.entry(folded(label)).or_insert(place);
        }
        self.concepts.push(concept);
    }
}

/// The form under which a label is found.
fn folded(label: &str) -> String {
    let same = label.nfkc().map(|c| if matches!(c, '’' | 'ʼ') { '\'' } else { c });
    let lower = same.collect::<String>().to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CITIES: &str = "concept\tar\tzh\ten\tfr\tru\tes\n\
        smart-cities\tمدن ذكية\t智慧城市\tsmart city | smart cities\tville intelligente\tумный город\tciudad inteligente\n\
        net\tx\tx2\tstate’s art\tx3\tx4\tx5";

    #[test]
    fn a_concept_is_found_by_every_label() {
        let glossary = Glossary::read([CITIES]).unwrap();
        assert_eq!(glossary.len(), 2);
        let names = glossary.concepts().iter().map(|concept| concept.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["smart-cities", "net"]);
        for words in ["مدن ذكية", "智慧城市", " Smart  Cities ", "ＳＭＡＲＴ city", "умный город"]
        {
            let concept = glossary.concept(words).expect(words);
            assert_eq!(concept.name.as_str(), "smart-cities", "{words}");
            assert_eq!(concept.preferred(Language::Fr), "ville intelligente");
        }
        assert!(glossary.concept("state's art").is_some(), "any apostrophe");
        assert_eq!(glossary.concept("smart"), None);
        let net = "net".parse().unwrap();
        assert_eq!(glossary.named(&net).unwrap().preferred(Language::Ar), "x");
        assert_eq!(glossary.named(&"smart".parse().unwrap()), None);
        assert_eq!(glossary.concept(""), None);
    }

    #[test]
    fn a_broken_line_is_named() {
        for broken in
            ["a\tb", "A\ta\tb\tc\td\te\tf", "a\ta\tb\t\td\te\tf", "a\ta\tb\tc\td\te\tf\tg"]
        {
            let text = format!("{HEAD}\n{broken}");
            let invalid = Glossary::read([&*text]).unwrap_err();
            assert_eq!((invalid.line, invalid.text.as_str()), (2, broken));
        }
    }

    #[test]
    fn a_label_that_is_taken_away_names_nothing() {
        let glossary = Glossary::read([CITIES]).unwrap();
        let cities = "smart-cities".parse::<Slug>().unwrap();
        let split = |label: &str| [(cities.clone(), label.to_owned())].into();
        let left = glossary.without(&split("Smart  Cities"));
        assert_eq!(left.concept("smart cities"), None);
        assert_eq!(left.named(&cities).unwrap().labels(Language::En), ["smart city"]);
        let last = glossary.without(&split("智慧城市"));
        assert_eq!(last.named(&cities).unwrap().preferred(Language::Zh), "");
        assert_eq!(glossary.without(&BTreeSet::new()), glossary);
    }
}
