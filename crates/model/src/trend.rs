//! What is rising in what was read: findings of the detection, with the figures behind each.
//!
//! A finding is what arithmetic says; what people make of it (stage, horizon, verdict) is another
//! noun and never changes a figure.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::language::Language;
use crate::slug::Slug;

/// How long one period is: the unit in which documents are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// A month.
    Month,
    /// Three months.
    Quarter,
    /// Twelve months.
    Year,
}

/// Which of the two questions a list answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// What has risen and is likely to stay.
    Trends,
    /// What has hardly begun to rise: most of it is still to come, and more of these are wrong.
    Signals,
}

/// What was counted in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// Its first instant; it lasts until the next one's, the last until [`Picture::at`].
    pub from: Timestamp,
    /// Documents that name the thing.
    pub with: u32,
    /// Documents with text, of all kinds.
    pub all: u32,
}

/// A part of the documents that name a thing: those of one source, institution or language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The slug of the source, the name of the institution, or the code of the language.
    pub name: String,
    /// Documents of the last three periods.
    pub recent: u32,
    /// Documents of the three periods before.
    pub before: u32,
}

/// A document that shows a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its key ([`crate::change::DocumentKey`], as text).
    pub document: String,
    /// Its date.
    pub date: Timestamp,
    /// The name under which the thing stands there.
    pub name: String,
}

/// A thing that often stands in the same documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its slug, where it is a finding or a concept of the glossary itself.
    pub slug: Option<Slug>,
    /// What it is called.
    pub name: String,
    /// Recent documents that name both.
    pub together: u32,
}

/// One thing that rises, with all figures that a reader needs to count again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its word in addresses: the concept of the glossary, else made from its name; the same in every
    /// picture.
    pub slug: Slug,
    /// The concept of the glossary it is, which has names in six languages.
    pub concept: Option<Slug>,
    /// The name most used in the documents.
    pub name: String,
    /// The language of `name`.
    pub language: Option<Language>,
    /// Other names that were counted as the same thing: spellings, acronyms, other languages.
    pub aliases: Vec<String>,
    /// Its place in its list, from 1.
    pub rank: u32,
    /// What it was ranked by, 0.0–1.0.
    pub score: f64,
    /// How many times more often it stands in the documents of the last three periods than in the three
    /// before, each source compared with itself.
    pub growth: f64,
    /// The ends of the 95 % interval of [`Self::growth`].
    pub growth_between: (f64, f64),
    /// The standard score of the growth (Mantel–Haenszel, strata are sources).
    pub z: f64,
    /// The share of findings at least as strong as this that chance alone would give: 0.0–1.0.
    pub false_alarms: f64,
    /// Counts by period, oldest first, at most 24.
    pub counts: Vec<Count>,
    /// The date of the first document that names it.
    pub first_seen: Timestamp,
    /// The first instant of the period since which it has been rising.
    pub rising_since: Timestamp,
    /// How many sources it would be if they all said it equally often: exp of the entropy.
    pub breadth: f64,
    /// By source, most recent documents first, at most 20.
    pub sources: Vec<Part>,
    /// By institution, at most 20.
    pub institutions: Vec<Part>,
    /// By language.
    pub languages: Vec<Part>,
    /// Documents that show it, newest first, at most 20, no more than 3 of one source.
    pub evidence: Vec<Shown>,
    /// What often stands beside it, at most 8.
    pub neighbours: Vec<Neighbour>,
}

/// Why a picture is empty or thin, in the order in which it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// No document with text.
    Documents,
    /// Fewer than six periods of any length: nothing to compare with.
    Time,
    /// All documents are of one source: what rises may be that source alone.
    Sources,
    /// Enough of everything, and nothing rises more than chance explains.
    Rise,
}

/// What rises at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Only documents dated before this were looked at.
    pub at: Timestamp,
    /// The length of a period.
    pub step: Step,
    /// Documents with text that were counted.
    pub documents: u64,
    /// Their sources.
    pub sources: u32,
    /// Terms that were frequent enough to be tested.
    pub tested: u32,
    /// What was found to rise, strongest first.
    pub trends: Vec<Finding>,
    /// What may be beginning, strongest first.
    pub signals: Vec<Finding>,
    /// What is missing, where something is.
    pub lack: Option<Lack>,
}

impl Picture {
    /// The list by its name.
    pub fn list(&self, list: List) -> &[Finding] {
        match list {
            List::Trends => &self.trends,
            List::Signals => &self.signals,
        }
    }

    /// The finding of this slug, trends first.
    pub fn finding(&self, slug: &Slug) -> Option<(List, &Finding)> {
        let of = |list: List| self.list(list).iter().map(move |finding| (list, finding));
        of(List::Trends).chain(of(List::Signals)).find(|(_, finding)| finding.slug == *slug)
    }
}
