//! Why a term is in a list: its figures, where it comes from, and what shows it.

use std::collections::{BTreeMap, BTreeSet};

use observatory_model::trend::{Count, Finding, Neighbour, Part, Shown};
use observatory_model::{Language, Slug};

use crate::beside::both;
use crate::concepts::Concepts;
use crate::documents::Document;
use crate::folding::Ranked;
use crate::hashing::NumberSet;
use crate::measure::{Measured, Unit};
use crate::names::{self, Named};
use crate::neighbours::Neighbourhood;
use crate::picture::Look;
use crate::windows::PERIODS;

/// How many documents show a finding.
const MAX_EVIDENCE: usize = 20;

/// How many of them may be of one source.
const MAX_OF_ONE: usize = 3;

/// How many sources and institutions are told.
const MAX_PARTS: usize = 20;

/// What the explanations of a picture share.
#[derive(Debug)]
pub(crate) struct Explainer<'a> {
    /// What was measured.
    pub look: &'a Look<'a>,
    /// The names of concepts.
    pub concepts: &'a Concepts,
    /// The part of the world that each source speaks from, by the place of its name.
    regions: Vec<Option<&'a str>>,
    /// Of each place of the lists what stands beside it, and in how many documents both.
    beside: BTreeMap<usize, Vec<(usize, u32)>>,
    /// What stands beside any of them: the word in addresses, and the name.
    called: BTreeMap<usize, (Slug, String)>,
}

impl<'a> Explainer<'a> {
    /// What the explanations of these lists need.
    pub(crate) fn new(
        look: &'a Look<'a>,
        concepts: &'a Concepts,
        regions: &'a BTreeMap<String, String>,
        lists: [&[Ranked]; 2],
    ) -> Self {
        let neighbourhood = Neighbourhood::new(look, &lists);
        let beside = lists.iter().flat_map(|list| list.iter());
        let beside = beside.map(|ranked| (ranked.place, neighbourhood.of(ranked)));
        let beside = beside.collect::<BTreeMap<_, _>>();
        let places = beside.values().flatten().map(|(place, _)| *place).collect::<BTreeSet<_>>();
        let places = places.into_iter().collect::<Vec<_>>();
        let names = look.scene.documents.names.all().iter();
        let regions = names.map(|name| regions.get(name).map(String::as_str)).collect();
        let mut explainer = Self { look, concepts, regions, beside, called: BTreeMap::new() };
        let called = |places: &[usize]| {
            let each = places.iter();
            each.filter_map(|at| Some((*at, explainer.call(*at)?))).collect::<Vec<_>>()
        };
        let (one, other) = places.split_at(places.len() / 2);
        let (called, others) = both(|| called(one), || called(other));
        explainer.called = called.into_iter().chain(others).collect();
        explainer
    }

    /// The findings of a list, and the share of false alarms of each.
    pub(crate) fn findings(&self, list: &[Ranked], alarms: &[f64]) -> Vec<Finding> {
        let all = (1..).zip(list.iter().zip(alarms)).collect::<Vec<_>>();
        let (one, other) = all.split_at(all.len() / 2);
        let told = |part: &[(u32, (&Ranked, &f64))]| {
            let each = part.iter();
            let each =
                each.filter_map(|(rank, (ranked, alarm))| self.finding(ranked, *rank, **alarm));
            each.collect::<Vec<_>>()
        };
        let (mut findings, others) = both(|| told(one), || told(other));
        findings.extend(others);
        findings
    }

    /// The finding at this place of a list.
    fn finding(&self, ranked: &Ranked, rank: u32, false_alarms: f64) -> Option<Finding> {
        let it = self.look.measured.get(ranked.place)?;
        let unit = self.look.units.get(it.unit)?;
        let documents = self.look.scene.documents_of(&unit.phrases);
        let numbers = self.look.scene.numbers(unit).collect::<NumberSet>();
        let named = self.named(ranked)?;
        let concept = unit.concept.and_then(|concept| self.concepts.slug(concept)).cloned();
        // The newest of all its documents are those of the last periods, if these are enough.
        let is_same = unit.phrases.len() == 1 && ranked.recent.len() >= names::LOOKED_UP;
        let slug = concept.clone().unwrap_or_else(|| {
            if is_same { slug_of(&named.name) } else { self.slug(unit, &named.name) }
        });
        let growth = it.three.log.exp();
        let away = 1.96 * it.three.error;
        let name = |place: u32| self.look.scene.documents.names.name(place).to_owned();
        let code = |language: Language| language.code().to_owned();
        Some(Finding {
            slug,
            concept,
            name: named.name,
            language: named.language,
            aliases: named.aliases,
            rank,
            score: crate::fusion::bounded(finite(ranked.score)),
            growth: finite(growth),
            growth_between: (
                finite((it.three.log - away).exp()),
                finite((it.three.log + away).exp()),
            ),
            z: finite(it.three.z()),
            false_alarms,
            counts: self.counts(it),
            first_seen: self.first_seen(&documents),
            rising_since: self.rising_since(it),
            breadth: finite(it.breadth),
            sources: self.parts(&documents, |it| Some(it.source), name),
            institutions: self.parts(&documents, |it| it.institution, name),
            languages: self.parts(&documents, |it| it.language, code),
            regions: self.regions(&documents),
            evidence: self.evidence(&numbers, &ranked.recent),
            neighbours: self.neighbours(ranked),
        })
    }

    /// What a ranked term is called.
    fn named(&self, ranked: &Ranked) -> Option<Named> {
        self.look.named(&self.concepts.beginnings, ranked.place, &ranked.recent)
    }

    /// The word in addresses: of the long form, whatever is used most at the time.
    fn slug(&self, unit: &Unit, name: &str) -> Slug {
        let scene = &self.look.scene;
        let first = scene.counts.at(unit.number);
        let documents = first.map(|at| scene.documents_of(&[at])).unwrap_or_default();
        let number = std::iter::once(unit.number).collect::<NumberSet>();
        let own = names::named(scene, &self.concepts.beginnings, &number, &documents);
        slug_of(if own.name.is_empty() { name } else { &own.name })
    }

    /// What is measured at this place is called, in all of its documents.
    fn call(&self, place: usize) -> Option<(Slug, String)> {
        let it = self.look.measured.get(place)?;
        let unit = self.look.units.get(it.unit)?;
        let documents = self.look.scene.documents_of(&unit.phrases);
        let named = self.look.named(&self.concepts.beginnings, place, &documents)?;
        let concept = unit.concept.and_then(|concept| self.concepts.slug(concept)).cloned();
        // One phrase has no long form beside it: it was named from the same documents.
        let slug = concept.unwrap_or_else(|| match unit.phrases.as_slice() {
            [_] => slug_of(&named.name),
            _ => self.slug(unit, &named.name),
        });
        Some((slug, named.name))
    }

    /// What stands in the same documents.
    fn neighbours(&self, ranked: &Ranked) -> Vec<Neighbour> {
        let beside = self.beside.get(&ranked.place).into_iter().flatten();
        let called = beside.filter_map(|(place, together)| {
            let (slug, name) = self.called.get(place)?.clone();
            Some(Neighbour { slug: Some(slug), name, together: *together })
        });
        called.collect()
    }

    /// Counts from the first period that has documents.
    fn counts(&self, it: &Measured) -> Vec<Count> {
        let scene = &self.look.scene;
        let all = scene.windows.starts.iter().zip(&it.counts).zip(&scene.totals);
        let known = all.skip_while(|(_, all)| **all == 0);
        known.map(|((from, with), all)| Count { from: *from, with: *with, all: *all }).collect()
    }

    fn first_seen(&self, documents: &[u32]) -> observatory_model::Timestamp {
        let all = &self.look.scene.documents.all;
        let dates = documents.iter().filter_map(|it| all.get(*it as usize)).map(|it| it.date);
        dates.min().unwrap_or(self.look.scene.windows.at)
    }

    /// The beginning of the period after the lowest share of the last eight.
    fn rising_since(&self, it: &Measured) -> observatory_model::Timestamp {
        let totals = &self.look.scene.totals;
        let shares = it.counts.iter().zip(totals).enumerate().skip(PERIODS - 8);
        let shares = shares
            .filter(|(_, (_, all))| **all > 0)
            .map(|(period, (with, all))| (period, f64::from(*with) / f64::from(*all)));
        let lowest =
            shares.min_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)));
        let period = lowest.map_or(PERIODS - 3, |(period, _)| (period + 1).min(PERIODS - 1));
        self.look.scene.windows.starts.get(period).copied().unwrap_or(self.look.scene.windows.at)
    }

    /// The documents by what `part` says, which is called what `name` says, most recent ones first.
    fn parts<Of: Ord>(
        &self,
        documents: &[u32],
        part: impl Fn(&Document) -> Option<Of>,
        name: impl Fn(Of) -> String,
    ) -> Vec<Part> {
        let mut parts = BTreeMap::<Of, (u32, u32)>::new();
        for place in documents {
            let period = usize::from(self.look.scene.period(*place));
            let Some(document) = self.look.scene.documents.all.get(*place as usize) else {
                continue;
            };
            if !(PERIODS - 6..PERIODS).contains(&period) {
                continue;
            }
            let Some(of) = part(document) else { continue };
            let counts = parts.entry(of).or_default();
            if period >= PERIODS - 3 {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
        let parts = parts.into_iter();
        let parts = parts.map(|(of, (recent, before))| Part { name: name(of), recent, before });
        let mut parts = parts.collect::<Vec<_>>();
        parts.sort_unstable_by(|one, other| {
            let counts = |part: &Part| (part.recent, part.before);
            counts(other).cmp(&counts(one)).then_with(|| one.name.cmp(&other.name))
        });
        parts.truncate(MAX_PARTS);
        parts
    }

    /// The documents by the part of the world that their sources speak from; nothing where it is known of none.
    fn regions(&self, documents: &[u32]) -> Vec<Part> {
        let region = |place: u32| self.regions.get(place as usize).copied().flatten();
        let parts = self.parts(
            documents,
            |it| Some(region(it.source).unwrap_or_default()),
            ToOwned::to_owned,
        );
        if parts.iter().all(|part| part.name.is_empty()) { Vec::new() } else { parts }
    }

    /// The newest documents, no more than three of a source.
    fn evidence(&self, numbers: &NumberSet, recent: &[u32]) -> Vec<Shown> {
        // Nearly always they are among a few of the newest: not all are put in order.
        let some = self.evidence_of(numbers, recent, names::LOOKED_UP);
        if some.len() == MAX_EVIDENCE || recent.len() <= names::LOOKED_UP {
            return some;
        }
        self.evidence_of(numbers, recent, usize::MAX)
    }

    /// The same among the `count` newest.
    fn evidence_of(&self, numbers: &NumberSet, recent: &[u32], count: usize) -> Vec<Shown> {
        let documents = self.look.scene.documents;
        let all = recent.iter().filter_map(|it| documents.all.get(*it as usize));
        let newest = documents.newest(all, count);
        let mut of_source = BTreeMap::<u32, usize>::new();
        let mut evidence = Vec::new();
        for document in newest {
            let count = of_source.entry(document.source).or_default();
            if *count >= MAX_OF_ONE {
                continue;
            }
            let names =
                names::names_in(&self.look.scene, &self.concepts.beginnings, numbers, document);
            let Some(name) = names.into_iter().next() else { continue };
            *count += 1;
            let (key, date) = (documents.key(document).to_owned(), document.date);
            evidence.push(Shown { document: key, date, name });
            if evidence.len() == MAX_EVIDENCE {
                break;
            }
        }
        evidence
    }
}

/// A figure that can be written and drawn.
pub(crate) const fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// The word in addresses of a name; where it has no Latin letter, of its number.
pub(crate) fn slug_of(name: &str) -> Slug {
    let small = name.to_lowercase();
    let same = small.split(' ').map(crate::keys::key).collect::<Vec<_>>().join(" ");
    let latin = same.chars().all(|c| !c.is_alphabetic() || c.is_ascii());
    let by_number = || format!("term-{:x}", crate::hashing::number(&same)).parse().ok();
    let slug = if latin { Slug::from_words(&same) } else { None };
    slug.or_else(by_number).unwrap_or_else(Slug::unnamed)
}
