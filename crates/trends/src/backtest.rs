//! Standing at the end of a year of the past and saying what rises, for every year that can be judged.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::ops::RangeInclusive;

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::trend::{Picture, Step};
use observatory_model::{Language, Timestamp};
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Observation, Question};
use crate::features::FEATURES;
use crate::folding;
use crate::fusion::Fit;
use crate::names::Named;
use crate::picture::Look;
use crate::ranking::By;
use crate::scene::Scene;

/// The longest line of a corpus, in bytes.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// A corpus that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// Its documents, in the order of the lines.
    pub documents: Vec<Observation>,
    /// Lines that are no document.
    pub bad_lines: u64,
}

/// A line of a corpus.
#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    date: String,
    title: String,
    #[serde(default, rename = "abstract")]
    summary: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    institution: Option<String>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    authors: Vec<serde::de::IgnoredAny>,
}

/// Ranked lists of one system, as the scorer of the protocol reads them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked {
    /// What the lists are ranked by.
    pub system: &'static str,
    /// The lists, by year.
    pub runs: Vec<Run>,
}

/// The list of one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// The year at whose end it was made.
    pub year: i32,
    /// The terms, best first.
    pub terms: Vec<Term>,
}

/// A term of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// Its name.
    #[serde(rename = "term")]
    pub name: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// What it was ranked by.
    pub score: f64,
    /// The share of alarms as strong that chance alone would give.
    pub false_alarms: f64,
}

/// The systems that are compared: the name of each and what it ranks by.
const SYSTEMS: [(&str, By); 14] = [
    ("trends", By::Trends(Fit::Both)),
    ("trends, fitted on ACL", By::Trends(Fit::Acl)),
    ("trends, fitted on arXiv", By::Trends(Fit::Arxiv)),
    ("signals", By::Signals(Fit::Both)),
    ("signals, fitted on ACL", By::Signals(Fit::Acl)),
    ("signals, fitted on arXiv", By::Signals(Fit::Arxiv)),
    ("three by place, not fitted", By::Places),
    ("most frequent", By::Frequency),
    ("raw growth", By::Growth),
    ("z-score", By::Deviation),
    ("Kleinberg", By::Bursts),
    ("JLH", By::Significance),
    ("G2", By::Likelihood),
    ("3-year z by source", By::Stratified),
];

/// Reads a corpus, one JSON object a line; what is no document is counted and left out.
///
/// # Errors
/// What reading gives.
pub fn read(mut from: impl BufRead, titles_only: bool) -> std::io::Result<Corpus> {
    let mut corpus = Corpus::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let taken = std::io::Read::take(&mut from, limit).read_until(b'\n', &mut line)?;
        if taken == 0 {
            return Ok(corpus);
        }
        if taken == MAX_LINE_BYTES && !line.ends_with(b"\n") {
            from.skip_until(b'\n')?;
            corpus.bad_lines += 1;
        } else if let Some(document) = observation(&line, titles_only) {
            corpus.documents.push(document);
        } else if !line.trim_ascii().is_empty() {
            corpus.bad_lines += 1;
        }
    }
}

fn observation(line: &[u8], titles_only: bool) -> Option<Observation> {
    let line = serde_json::from_slice::<Line>(line).ok()?;
    let language = match line.lang.as_deref() {
        Some("eng") | None => Some(Language::En),
        Some("fra" | "fre") => Some(Language::Fr),
        Some("spa") => Some(Language::Es),
        Some("rus") => Some(Language::Ru),
        Some("ara") => Some(Language::Ar),
        Some("zho" | "chi" | "cmn") => Some(Language::Zh),
        Some(tag) => Language::from_tag(tag),
    };
    Some(Observation {
        key: line.id,
        date: line.date.parse().ok()?,
        language,
        source: line.source.unwrap_or_default(),
        institution: line.institution,
        authors: u32::try_from(line.authors.len()).unwrap_or(u32::MAX),
        title: line.title,
        text: if titles_only { String::new() } else { line.summary.unwrap_or_default() },
    })
}

/// A corpus as a backtest walks through it: every document is given when its year has ended.
struct Walk {
    by_year: BTreeMap<i32, Vec<Observation>>,
    archive: Archive,
}

impl Walk {
    fn new(corpus: Corpus, glossary: &Glossary) -> Self {
        let mut by_year = BTreeMap::<i32, Vec<Observation>>::new();
        for document in corpus.documents {
            by_year.entry(document.date.ymd().0).or_default().push(document);
        }
        Self { by_year, archive: Archive::new(glossary) }
    }

    /// Goes on to the end of `year`.
    fn go_on(&mut self, year: i32) -> Option<Timestamp> {
        let later = self.by_year.split_off(&(year + 1));
        for (_, documents) in std::mem::replace(&mut self.by_year, later) {
            self.archive.apply(documents, &[], ChangeNumber(0));
        }
        format!("{:04}-01-01", year + 1).parse().ok()
    }

    /// Goes on to the end of `year` and looks around.
    fn look<Seen>(
        &mut self,
        year: i32,
        see: impl FnOnce(&Archive, &Look<'_>) -> Seen,
    ) -> Option<Seen> {
        let at = self.go_on(year)?;
        let archive = &self.archive;
        let seen = archive.with_counts(|counts| {
            let (scene, _) = Scene::new(&archive.documents, counts, at, Some(Step::Year));
            see(archive, &Look::new(scene, &archive.concepts, true))
        });
        Some(seen)
    }
}

/// The ranked lists of our system and of those of the literature for each of `years`, each made with
/// the documents up to the end of its year only and all with the same terms, folded in the same way.
pub fn backtest(
    corpus: Corpus,
    glossary: &Glossary,
    years: RangeInclusive<i32>,
    limit: usize,
    mut done: impl FnMut(i32),
) -> Vec<Ranked> {
    let mut walk = Walk::new(corpus, glossary);
    let mut systems = SYSTEMS.map(|(system, _)| Ranked { system, runs: Vec::new() });
    for year in years {
        let lists =
            walk.look(year, |archive, look| SYSTEMS.map(|(_, by)| list(archive, look, by, limit)));
        for (system, terms) in systems.iter_mut().zip(lists.into_iter().flatten()) {
            system.runs.push(Run { year, terms });
        }
        done(year);
    }
    systems.into()
}

/// What the archive itself would have told at the end of each year: only what is no more than the stated
/// share of false alarms.
pub fn alarms(
    corpus: Corpus,
    glossary: &Glossary,
    years: RangeInclusive<i32>,
    limit: usize,
) -> Vec<Ranked> {
    let mut walk = Walk::new(corpus, glossary);
    let mut systems = ["trends", "signals"].map(|system| Ranked { system, runs: Vec::new() });
    for year in years {
        let Some(at) = walk.go_on(year) else { continue };
        let question = Question { at, step: Some(Step::Year), limit };
        let Picture { trends, signals, .. } = walk.archive.picture(question);
        for (system, findings) in systems.iter_mut().zip([trends, signals]) {
            let terms = findings.into_iter().map(|finding| Term {
                name: finding.name,
                aliases: finding.aliases,
                score: finding.score,
                false_alarms: finding.false_alarms,
            });
            system.runs.push(Run { year, terms: terms.collect() });
        }
    }
    systems.into()
}

/// What was measured of one term at the end of one year: what weights are fitted to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// The year.
    pub year: i32,
    /// Its name.
    pub term: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// Its features by name.
    pub features: BTreeMap<&'static str, f64>,
}

/// The features of the best `pool` terms of each year by measures that are not fitted.
pub fn samples(
    corpus: Corpus,
    glossary: &Glossary,
    years: RangeInclusive<i32>,
    pool: usize,
    mut give: impl FnMut(Sample),
) {
    let mut walk = Walk::new(corpus, glossary);
    for year in years {
        walk.look(year, |archive, look| {
            let mut best = BTreeMap::<usize, folding::Ranked>::new();
            for by in [By::Places, By::Stratified, By::Likelihood] {
                best.extend(look.best(by, pool, |_| true).into_iter().map(|it| (it.place, it)));
            }
            for ranked in best.values() {
                let (Some(named), Some(it)) =
                    (named(archive, look, ranked), look.measured.get(ranked.place))
                else {
                    continue;
                };
                let features = FEATURES.iter();
                let features =
                    features.map(|(name, feature)| (*name, feature.of(it, &look.scene.totals)));
                let features = features.collect();
                give(Sample { year, term: named.name, aliases: named.aliases, features });
            }
        });
    }
}

fn named(archive: &Archive, look: &Look<'_>, ranked: &folding::Ranked) -> Option<Named> {
    look.named(&archive.concepts.beginnings, ranked.place, &ranked.recent)
}

fn list(archive: &Archive, look: &Look<'_>, by: By, limit: usize) -> Vec<Term> {
    let alarms = look.false_alarms(by);
    let best = look.best(by, limit, |_| true);
    let terms = best.iter().filter_map(|ranked| {
        let named = named(archive, look, ranked)?;
        Some(Term {
            name: named.name,
            aliases: named.aliases,
            score: crate::explain::finite(ranked.score),
            false_alarms: alarms.get(ranked.place).copied().unwrap_or(1.0),
        })
    });
    terms.collect()
}
