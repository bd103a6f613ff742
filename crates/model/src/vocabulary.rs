//! The words in which people judge trends: data with labels in six languages, which editors change.

use crate::glossary::{Glossary, InvalidGlossary};
use crate::language::Language;
use crate::slug::Slug;

/// One vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vocabulary {
    /// The stages of a trend's life, from the first signal to the end.
    Stages,
    /// When a trend will matter.
    Horizons,
    /// The parts of life: STEEP and values.
    Sectors,
    /// How trends hang together.
    Relations,
    /// The wordings of the scales: `impact-1`, `impact-3`, …
    Scales,
    /// The parts of the world that sources speak from.
    Regions,
}

impl Vocabulary {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Stages, Self::Horizons, Self::Sectors, Self::Relations, Self::Scales, Self::Regions];

    /// The name of its file, without `.tsv`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Stages => "stages",
            Self::Horizons => "horizons",
            Self::Sectors => "sectors",
            Self::Relations => "relations",
            Self::Scales => "scales",
            Self::Regions => "regions",
        }
    }

    /// The file that is part of the program.
    const fn bundled(self) -> &'static str {
        match self {
            Self::Stages => include_str!("../../../foresight/vocabularies/stages.tsv"),
            Self::Horizons => include_str!("../../../foresight/vocabularies/horizons.tsv"),
            Self::Sectors => include_str!("../../../foresight/vocabularies/sectors.tsv"),
            Self::Relations => include_str!("../../../foresight/vocabularies/relations.tsv"),
            Self::Scales => include_str!("../../../foresight/vocabularies/scales.tsv"),
            Self::Regions => include_str!("../../../foresight/vocabularies/regions.tsv"),
        }
    }
}

/// All vocabularies, in the order of [`Vocabulary::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabularies([Glossary; 6]);

/// A file of a vocabulary cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}.tsv: {cause}")]
pub struct InvalidVocabulary {
    /// Which one.
    pub name: &'static str,
    /// What is wrong.
    pub cause: InvalidGlossary,
}

impl Vocabularies {
    /// Reads each vocabulary from the text that `of` gives for it, else from the one of the house.
    ///
    /// # Errors
    /// [`InvalidVocabulary`]: the first line that is no word with six labels.
    pub fn read(of: impl Fn(Vocabulary) -> Option<String>) -> Result<Self, InvalidVocabulary> {
        let mut all: [Glossary; 6] = Default::default();
        for (place, vocabulary) in all.iter_mut().zip(Vocabulary::ALL) {
            let text = of(vocabulary);
            let text = text.as_deref().unwrap_or(vocabulary.bundled());
            let invalid = |cause| InvalidVocabulary { name: vocabulary.code(), cause };
            *place = Glossary::read([text]).map_err(invalid)?;
        }
        Ok(Self(all))
    }

    /// The words of the house. A test reads them whole.
    pub fn bundled() -> Self {
        Self::read(|_| None).unwrap_or_else(|_| Self(Default::default()))
    }

    /// The words of one, in the order of its file.
    pub fn words(&self, vocabulary: Vocabulary) -> impl Iterator<Item = &Slug> {
        self.of(vocabulary).concepts().iter().map(|concept| &concept.name)
    }

    /// Whether `word` is one of them.
    pub fn has(&self, vocabulary: Vocabulary, word: &Slug) -> bool {
        self.of(vocabulary).named(word).is_some()
    }

    /// What readers of `language` call it; the word itself where it is not in the vocabulary.
    pub fn label<'a>(
        &'a self,
        vocabulary: Vocabulary,
        word: &'a Slug,
        language: Language,
    ) -> &'a str {
        let concept = self.of(vocabulary).named(word);
        concept.map_or(word.as_str(), |concept| concept.preferred(language))
    }

    fn of(&self, vocabulary: Vocabulary) -> &Glossary {
        let [stages, horizons, sectors, relations, scales, regions] = &self.0;
        match vocabulary {
            Vocabulary::Stages => stages,
            Vocabulary::Horizons => horizons,
            Vocabulary::Sectors => sectors,
            Vocabulary::Relations => relations,
            Vocabulary::Scales => scales,
            Vocabulary::Regions => regions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_house_have_labels_in_six_languages() {
        let all = Vocabularies::read(|_| None).unwrap();
        for vocabulary in Vocabulary::ALL {
            assert!(all.words(vocabulary).count() >= 3, "{vocabulary:?}");
        }
        let h2 = "h2".parse().unwrap();
        assert_eq!(all.label(Vocabulary::Horizons, &h2, Language::En), "horizon 2: 3–7 years");
        let foreign = "removed-word".parse().unwrap();
        assert_eq!(all.label(Vocabulary::Stages, &foreign, Language::Ar), "removed-word");
    }

    #[test]
    fn a_file_of_the_editors_stands_instead_of_ours() {
        let theirs = "concept\tar\tzh\ten\tfr\tru\tes\nnow\ta\tb\tnow\td\te\tf\n";
        let of = |vocabulary| (vocabulary == Vocabulary::Horizons).then(|| theirs.to_owned());
        let all = Vocabularies::read(of).unwrap();
        assert_eq!(all.words(Vocabulary::Horizons).count(), 1);
        assert!(all.words(Vocabulary::Stages).count() > 1);
        let broken = Vocabularies::read(|_| Some("now\tonly".to_owned())).unwrap_err();
        assert!(broken.to_string().starts_with("stages.tsv: line 1"), "{broken}");
    }
}
