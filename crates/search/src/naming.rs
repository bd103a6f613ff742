//! A concept is wanted once, by whatever name.
//!
//! A document that says it by several of its names is not more about it than one that says it by one: a
//! name is another way to say the same, not a further word of the search. So the name that counts most
//! counts alone, as synonyms count in other engines (`#syn` of Indri, `SynonymQuery` of Lucene).

use tantivy::query::{BooleanQuery, DisjunctionMaxQuery, Occur, Query};

use crate::concepts::Run;
use crate::query::one_of;
use crate::sought::Origin;
use crate::units::{Unit, Units};

impl Unit {
    /// This unit, found because of a concept that was named.
    pub(crate) fn of_concept(mut self, run: &Run<'_>, label: &str) -> Self {
        let origin = Origin {
            typed: run.typed.clone(),
            searched: label.to_owned(),
            concept: Some(run.concept.name.clone()),
        };
        for trace in &mut self.traces {
            trace.origin = origin.clone();
        }
        self
    }

    /// All of `words`, or one of the other names of what they name.
    pub(crate) fn named(words: Vec<Self>, names: Vec<Self>) -> Self {
        let Self { query: all, words, mut traces, .. } = Self::any_of(words, Vec::new());
        let mut ways: Vec<_> = all.into_iter().collect();
        for name in names {
            if let Some(query) = name.query {
                ways.push(query);
                traces.extend(name.traces);
            }
        }
        Self { query: best_of(ways), words, traces, ..Self::default() }
    }

    /// The other names of what `words` name, where it is not named by these words.
    ///
    /// For searches of which some words are enough: there each word counts for itself, and whoever has
    /// them all has been counted.
    pub(crate) fn otherwise_named(words: &[Self], names: Vec<Self>) -> Self {
        let mut unit = Self::named(Vec::new(), names);
        let all: Option<Vec<_>> = words.iter().map(|word| word.query.as_ref()).collect();
        if let (Some(ways), Some(all)) = (&unit.query, all.filter(|all| !all.is_empty())) {
            let all = all.into_iter().map(|query| (Occur::Must, query.box_clone())).collect();
            let parts = vec![(Occur::Must, ways.box_clone()), (Occur::MustNot, one_of(all))];
            unit.query = Some(Box::new(BooleanQuery::new(parts)));
        }
        unit
    }
}

impl Units<'_> {
    /// The words by which a concept was named. In a run of Chinese they are a part of what was typed.
    ///
    /// # Errors
    /// What the engine says when a file cannot be read.
    pub(crate) fn of_name(&mut self, typed: &str) -> tantivy::Result<Vec<Unit>> {
        // They have been counted among the terms of the search.
        let left = self.terms_left;
        let units = self.of(typed);
        self.terms_left = left;
        units
    }
}

/// What counts most of these alone; `None` when there are none.
fn best_of(mut ways: Vec<Box<dyn Query>>) -> Option<Box<dyn Query>> {
    if ways.len() > 1 {
        return Some(Box::new(DisjunctionMaxQuery::new(ways)));
    }
    ways.pop()
}
