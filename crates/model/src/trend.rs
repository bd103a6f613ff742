//! What is rising in what was read: findings of the detection, with the figures behind each.
//!
//! A finding is what arithmetic says; what people make of it (stage, horizon, verdict) is another
//! noun and never changes a figure.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::decision::Standing;
use crate::edition::Names;
use crate::glossary::Glossary;
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

impl List {
    /// Both, the surer first.
    pub const ALL: [Self; 2] = [Self::Trends, Self::Signals];

    /// The word in files and in the store.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Trends => "trends",
            Self::Signals => "signals",
        }
    }
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
    /// By the part of the world that the source speaks from, of all documents; those of sources of which that is not
    /// known have no name. Empty where it is known of none.
    #[serde(default)]
    pub regions: Vec<Part>,
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

impl Finding {
    /// The stage of its life that the figures suggest, as a word of the vocabulary `stages` of the house;
    /// people may say otherwise.
    ///
    /// A signal counts as weak once it would be three equal sources; a trend as emerging while it at
    /// least doubles from one three periods to the next.
    pub fn suggested_stage(&self, list: List) -> &'static str {
        match list {
            List::Signals if self.breadth < 3.0 => "signal",
            List::Signals => "weak-signal",
            List::Trends if self.growth >= 2.0 => "emerging",
            List::Trends if self.growth >= 1.2 => "growing",
            List::Trends if self.growth >= 0.9 => "mature",
            List::Trends => "fading",
        }
    }

    /// The horizon that the figures suggest, as a word of the vocabulary `horizons` of the house: what
    /// grows already is near, what merely shows is far.
    pub fn suggested_horizon(&self, list: List) -> &'static str {
        match self.suggested_stage(list) {
            "signal" | "weak-signal" => "h3",
            "emerging" => "h2",
            _ => "h1",
        }
    }

    /// What it is called, by language: as editors say, else as the glossary does, else as the documents
    /// do. Never empty.
    pub fn names(&self, standing: &Standing, glossary: &Glossary) -> Names {
        names(self.concept.as_ref(), (&self.name, self.language), &standing.names, glossary)
    }

    /// The share of documents that name it in the last three periods, and in the three before: 0.0–1.0.
    pub fn shares(&self) -> (f64, f64) {
        let share = |counts: &[Count]| {
            let with = counts.iter().map(|count| f64::from(count.with)).sum::<f64>();
            let all = counts.iter().map(|count| f64::from(count.all)).sum::<f64>();
            if all > 0.0 { with / all } else { 0.0 }
        };
        let (rest, recent) = self.counts.split_at(self.counts.len().saturating_sub(3));
        let (_, before) = rest.split_at(rest.len().saturating_sub(3));
        (share(recent), share(before))
    }
}

/// What a thing is called, by language: as editors have `chosen`, else as the glossary knows the
/// concept, else as the documents call it.
pub(crate) fn names(
    concept: Option<&Slug>,
    (name, language): (&str, Option<Language>),
    chosen: &Names,
    glossary: &Glossary,
) -> Names {
    let concept = concept.and_then(|name| glossary.named(name));
    let mut names = Names::new();
    for language in Language::ALL {
        let known = || concept.map(|concept| concept.preferred(language).to_owned());
        if let Some(name) = chosen.get(&language).cloned().or_else(known) {
            names.insert(language, name);
        }
    }
    if concept.is_none() {
        names.entry(language.unwrap_or(Language::En)).or_insert_with(|| name.to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(growth: f64, breadth: f64) -> Finding {
        let count = |year: i32, with: u32, all: u32| Count {
            from: format!("{year}-01-01").parse().unwrap(),
            with,
            all,
        };
        Finding {
            slug: "mesh".parse().unwrap(),
            concept: None,
            name: "mesh".to_owned(),
            language: None,
            aliases: Vec::new(),
            rank: 1,
            score: 0.5,
            growth,
            growth_between: (1.0, 4.0),
            z: 3.0,
            false_alarms: 0.01,
            counts: vec![
                count(2019, 1, 10),
                count(2020, 0, 0),
                count(2021, 1, 10),
                count(2022, 4, 10),
            ],
            first_seen: Timestamp::EPOCH,
            rising_since: Timestamp::EPOCH,
            breadth,
            sources: Vec::new(),
            institutions: Vec::new(),
            languages: Vec::new(),
            regions: Vec::new(),
            evidence: Vec::new(),
            neighbours: Vec::new(),
        }
    }

    #[test]
    fn figures_suggest_a_stage_and_a_horizon() {
        let cases = [
            (List::Signals, 9.0, 2.0, "signal", "h3"),
            (List::Signals, 9.0, 3.5, "weak-signal", "h3"),
            (List::Trends, 2.5, 3.5, "emerging", "h2"),
            (List::Trends, 1.5, 3.5, "growing", "h1"),
            (List::Trends, 1.0, 3.5, "mature", "h1"),
            (List::Trends, 0.5, 3.5, "fading", "h1"),
        ];
        for (list, growth, breadth, stage, horizon) in cases {
            let finding = finding(growth, breadth);
            assert_eq!(finding.suggested_stage(list), stage);
            assert_eq!(finding.suggested_horizon(list), horizon);
        }
    }

    #[test]
    fn a_period_without_documents_divides_by_nothing() {
        let (recent, before) = finding(2.0, 2.0).shares();
        assert!((recent - 0.25).abs() < 1e-9 && (before - 0.1).abs() < 1e-9);
        assert_eq!(Finding { counts: Vec::new(), ..finding(2.0, 2.0) }.shares(), (0.0, 0.0));
    }

    #[test]
    fn a_name_is_the_editors_then_the_glossarys_then_the_documents() {
        let line = "mesh\tشبكة\t网状\tmesh network\tmaillage\tсетка\tmalla";
        let glossary = Glossary::read([line]).unwrap();
        let names = finding(2.0, 2.0).names(&Standing::default(), &glossary);
        assert_eq!(names, [(Language::En, "mesh".to_owned())].into());
        let known = Finding { concept: Some("mesh".parse().unwrap()), ..finding(2.0, 2.0) };
        let chosen = [(Language::Fr, "réseau maillé".to_owned())].into();
        let standing = Standing { names: chosen, ..Standing::default() };
        let names = known.names(&standing, &glossary);
        assert_eq!(names.len(), 6);
        assert_eq!(names[&Language::Fr], "réseau maillé");
        assert_eq!(names[&Language::Zh], "网状");
    }
}
