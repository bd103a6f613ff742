//! The documents that were read, as the detection keeps them.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::trend::{Picture, Step};
use observatory_model::{Language, Timestamp};

use crate::concepts::Concepts;
use crate::counts::Counts;
use crate::documents::Documents;
use crate::picture;

/// One document, as far as the detection looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The key of the document; an observation with the same key replaces the earlier one.
    pub key: String,
    /// Its date.
    pub date: Timestamp,
    /// The language of its text, where known.
    pub language: Option<Language>,
    /// The slug of its source; pieces of the house have none and are not observed.
    pub source: String,
    /// The institution it comes from, by name.
    pub institution: Option<String>,
    /// How many people wrote it.
    pub authors: u32,
    /// Its title.
    pub title: String,
    /// Its abstract or summary, and the beginning of its text.
    pub text: String,
}

/// What is asked of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Documents dated at or after this are not looked at.
    pub at: Timestamp,
    /// The length of a period; `None`: the longest of which the documents fill at least six.
    pub step: Option<Step>,
    /// How many findings a list may have.
    pub limit: usize,
}

/// Observations, and what was counted of them.
///
/// Taking documents is quick; what they change is counted when the next picture is asked for. The
/// picture depends on the documents alone, not on the order or the portions in which they came.
#[derive(Debug)]
pub struct Archive {
    pub(crate) applied: ChangeNumber,
    pub(crate) concepts: Concepts,
    pub(crate) regions: BTreeMap<String, String>,
    pub(crate) documents: Documents,
    pub(crate) counts: RwLock<Counts>,
}

impl Archive {
    /// An empty archive that knows the concepts of `glossary` by all their names.
    pub fn new(glossary: &Glossary) -> Self {
        let concepts = Concepts::new(glossary);
        let counts = RwLock::new(Counts::new(&concepts.phrases));
        let (documents, regions) = (Documents::default(), BTreeMap::new());
        Self { applied: ChangeNumber(0), concepts, regions, documents, counts }
    }

    /// The last change it has taken.
    pub const fn applied(&self) -> ChangeNumber {
        self.applied
    }

    /// How many documents it has.
    pub const fn len(&self) -> usize {
        self.documents.live()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.documents.live() == 0
    }

    /// Takes documents, forgets those whose keys are in `removals`, and remembers how far it has come.
    #[expect(clippy::needless_pass_by_value, reason = "nothing else needs them any more")]
    pub fn apply(&mut self, upserts: Vec<Observation>, removals: &[String], up_to: ChangeNumber) {
        self.documents.take(&upserts);
        for key in removals {
            self.documents.forget(key);
        }
        if self.documents.is_mostly_dead() {
            self.documents.drop_dead();
            self.counts = RwLock::new(Counts::new(&self.concepts.phrases));
        }
        self.applied = up_to;
    }

    /// Says which part of the world each source speaks from, by its slug: pictures tell it, and change by nothing
    /// else. What was said before is forgotten; it is not saved.
    pub fn locate(&mut self, regions: BTreeMap<String, String>) {
        self.regions = regions;
    }

    /// What rises at the instant of the question.
    pub fn picture(&self, question: Question) -> Picture {
        self.with_counts(|counts| {
            picture::picture(&self.documents, counts, &self.concepts, &self.regions, question)
        })
    }

    /// Does something with counts that are up to date.
    pub(crate) fn with_counts<Result>(&self, then: impl FnOnce(&Counts) -> Result) -> Result {
        let settled = self.counts.read().unwrap_or_else(PoisonError::into_inner);
        if settled.is_settled(&self.documents) {
            return then(&settled);
        }
        drop(settled);
        let mut counts = self.counts.write().unwrap_or_else(PoisonError::into_inner);
        if !counts.is_settled(&self.documents) {
            counts.settle(&self.documents, &self.concepts.beginnings);
        }
        drop(counts);
        then(&self.counts.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Archive {
    fn default() -> Self {
        Self::new(&Glossary::default())
    }
}
