//! The names of the concepts of the glossary, as phrases.

use std::collections::BTreeMap;

use observatory_model::glossary::Glossary;
use observatory_model::{Language, Slug};

use crate::grams::{Beginnings, MAX_HAN, MAX_LABEL, MAX_WORDS, finished};
use crate::hashing::{NumberMap, then};
use crate::keys::key;
use crate::words::{Piece, is_han, split};

/// How many names are known at most; of a larger glossary the first.
const MAX_NAMES: usize = 1_000_000;

/// What is known of the glossary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Concepts {
    /// The slugs, in the order of the glossary.
    slugs: Vec<Slug>,
    /// The concept of a phrase.
    of: NumberMap<u32>,
    /// All phrases, in the order of the glossary.
    pub phrases: Vec<u64>,
    /// The beginnings of those that are longer than other terms.
    pub beginnings: Beginnings,
    /// What all of this was made from, as a number.
    pub stamp: u64,
}

impl Concepts {
    /// Reads the names of a glossary.
    pub(crate) fn new(glossary: &Glossary) -> Self {
        let mut concepts = Self::default();
        for (place, concept) in (0..).zip(glossary.concepts()) {
            if concepts.phrases.len() >= MAX_NAMES {
                break;
            }
            concepts.slugs.push(concept.name.clone());
            concepts.stamp = then(concepts.stamp, crate::hashing::number(concept.name.as_str()));
            for language in Language::ALL {
                for label in concept.labels(language) {
                    concepts.add(place, label);
                }
            }
        }
        concepts
    }

    fn add(&mut self, concept: u32, label: &str) {
        let mut keys = Vec::new();
        let mut only_han = true;
        let mut whole = true;
        split(label, MAX_LABEL + 1, |piece| match piece {
            Piece::Word(word) => {
                only_han &= word.chars().all(is_han);
                keys.push(crate::hashing::number(&key(word)));
            }
            Piece::Break | Piece::Open => whole = false,
        });
        if !whole || keys.is_empty() || keys.len() > MAX_LABEL {
            return;
        }
        let limit = if only_han { MAX_HAN } else { MAX_WORDS };
        let mut row = 0;
        for (length, key) in (1..).zip(&keys) {
            row = then(row, *key);
            if length >= limit && length < keys.len() {
                self.beginnings.add(row);
            }
        }
        self.stamp = then(self.stamp, row);
        if let std::collections::hash_map::Entry::Vacant(place) = self.of.entry(finished(row)) {
            place.insert(concept);
            self.phrases.push(finished(row));
        }
    }

    /// The concept that a phrase is a name of.
    pub(crate) fn of(&self, phrase: u64) -> Option<u32> {
        self.of.get(&phrase).copied()
    }

    /// The name of a concept.
    pub(crate) fn slug(&self, concept: u32) -> Option<&Slug> {
        self.slugs.get(concept as usize)
    }

    /// The phrases of each concept that has any.
    pub(crate) fn grouped(&self) -> BTreeMap<u32, Vec<u64>> {
        let mut grouped = BTreeMap::<u32, Vec<u64>>::new();
        for phrase in &self.phrases {
            if let Some(concept) = self.of(*phrase) {
                grouped.entry(concept).or_default().push(*phrase);
            }
        }
        grouped
    }
}
