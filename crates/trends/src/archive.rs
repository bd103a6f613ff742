//! The documents that were read, as the detection keeps them.

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::trend::{Lack, Picture, Step};
use observatory_model::{Language, Timestamp};

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
#[derive(Debug, Default)]
pub struct Archive {
    applied: ChangeNumber,
}

impl Archive {
    /// An empty archive that knows the concepts of `glossary` by all their names.
    pub fn new(_glossary: &Glossary) -> Self {
        Self::default()
    }

    /// The last change it has taken.
    pub const fn applied(&self) -> ChangeNumber {
        self.applied
    }

    /// Takes documents, forgets those whose keys are in `removals`, and remembers how far it has come.
    pub fn apply(&mut self, _upserts: Vec<Observation>, _removals: &[String], up_to: ChangeNumber) {
        self.applied = up_to;
    }

    /// What rises at the instant of the question.
    pub fn picture(&self, question: Question) -> Picture {
        Picture {
            at: question.at,
            step: question.step.unwrap_or(Step::Year),
            documents: 0,
            sources: 0,
            tested: 0,
            trends: Vec::new(),
            signals: Vec::new(),
            lack: Some(Lack::Documents),
        }
    }
}
