//! From documents to what rises: tested, measured, ranked, folded, held against chance, explained.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use observatory_model::trend::{Finding, Lack, Picture};

use crate::archive::Question;
use crate::beside::both;
use crate::chance;
use crate::concepts::Concepts;
use crate::counts::Counts;
use crate::documents::Documents;
use crate::explain::{Explainer, finite};
use crate::features;
use crate::folding::{self, Ranked};
use crate::fusion::{self, Fit};
use crate::grams::Beginnings;
use crate::measure::{self, Contrasts, Measured, Unit};
use crate::names::{self, Named};
use crate::ranking::{self, By};
use crate::scene::Scene;
use crate::tally::{Cells, Tally};
use crate::tested;
use crate::titles;
use crate::variants;

/// The share of findings that chance alone may give: what is stated beside every alarm is at most this.
pub const FALSE_ALARMS: f64 = 0.05;

/// The most findings of a list.
pub(crate) const MAX_FINDINGS: usize = 500;

/// Everything that was measured for a picture.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    /// The documents.
    pub scene: Scene<'a>,
    /// What is counted.
    pub units: Vec<Unit>,
    /// What was measured, in the order of the units.
    pub measured: Vec<Measured>,
    /// How many terms were tested, those that do not rise at all too.
    pub tested: usize,
}

impl<'a> Look<'a> {
    /// Tests and measures what is frequent enough; without `all` what does not rise at all is left out.
    pub(crate) fn new(scene: Scene<'a>, concepts: &Concepts, all: bool) -> Self {
        let mut kept = scene.counts.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out meanwhile: what fails half-way is not known.
        let mut known = std::mem::take(&mut *kept);
        known.renew(&scene, &concepts.beginnings);
        let (mut units, tested) = tested::units(&scene, &known, concepts, all);
        *kept = known;
        drop(kept);
        let contrasts = Contrasts::new(&scene);
        let cells = Cells::new(&scene, &contrasts);
        let bound = if all { 1.0 } else { chance::bound(FALSE_ALARMS, units.len(), tested) };
        let mut measured = tested::measured(&scene, &contrasts, &cells, bound, &units);
        let mut tally = Tally::new(&cells);
        variants::join(&scene, &concepts.beginnings, &mut units, &mut measured, |units, unit| {
            measure::measure(&mut tally, &scene, &contrasts, bound, (units, unit))
        });
        features::place(&mut measured);
        titles::measure(&scene, &concepts.beginnings, &units, &mut measured);
        Self { scene, units, measured, tested }
    }

    /// The share of alarms as strong as each that chance would give, for a list.
    pub(crate) fn false_alarms(&self, by: By) -> Vec<f64> {
        let chance = |it: &Measured| match by {
            _ if !it.open => 1.0,
            By::Signals(_) => it.early_chance,
            _ => it.chance,
        };
        let chances = self.measured.iter().map(chance).collect::<Vec<_>>();
        chance::corrected(&chances, self.tested)
    }

    /// The best by one way to rank, among those `wanted` says are wanted.
    pub(crate) fn best(&self, by: By, limit: usize, wanted: impl Fn(usize) -> bool) -> Vec<Ranked> {
        let scores = ranking::scores(&self.measured, &self.scene.totals, by);
        folding::best(&self.scene, &self.units, &self.measured, &scores, limit, wanted)
    }

    /// What the term at `place` is called in the newest of these documents.
    pub(crate) fn named(
        &self,
        beginnings: &Beginnings,
        place: usize,
        documents: &[u32],
    ) -> Option<Named> {
        let unit = self.measured.get(place).and_then(|it| self.units.get(it.unit))?;
        let numbers = self.scene.numbers(unit).collect();
        let named = names::named(&self.scene, beginnings, &numbers, documents);
        (!named.name.is_empty()).then_some(named)
    }

    /// Whether the scene has so many sources that a rise must be seen in several.
    fn is_broad(&self, place: usize, sources: usize) -> bool {
        sources < 2 || self.measured.get(place).is_some_and(fusion::is_broad)
    }
}

/// What rises at the instant of the question.
pub(crate) fn picture(
    documents: &Documents,
    counts: &Counts,
    concepts: &Concepts,
    regions: &BTreeMap<String, String>,
    question: Question,
) -> Picture {
    let (scene, filled) = Scene::new(documents, counts, question.at, question.step);
    let sources = scene.source_count();
    let mut picture = Picture {
        at: question.at,
        step: scene.windows.step,
        documents: scene.seen,
        sources: u32::try_from(sources).unwrap_or(u32::MAX),
        tested: 0,
        trends: Vec::new(),
        signals: Vec::new(),
        lack: None,
    };
    if scene.seen == 0 {
        picture.lack = Some(Lack::Documents);
        return picture;
    }
    if !filled {
        picture.lack = Some(Lack::Time);
        return picture;
    }
    let look = Look::new(scene, concepts, false);
    picture.tested = u32::try_from(look.tested).unwrap_or(u32::MAX);
    let limit = question.limit.min(MAX_FINDINGS);
    let list = |by| {
        let alarms = look.false_alarms(by);
        let alarm = |place: usize| finite(alarms.get(place).copied().unwrap_or(1.0));
        let best = look
            .best(by, limit, |place| alarm(place) <= FALSE_ALARMS && look.is_broad(place, sources));
        let alarms = best.iter().map(|ranked| alarm(ranked.place)).collect::<Vec<_>>();
        (best, alarms)
    };
    let ((trends, trends_alarms), (signals, signals_alarms)) =
        both(|| list(By::Trends(Fit::Both)), || list(By::Signals(Fit::Both)));
    let explainer = Explainer::new(&look, concepts, regions, [&trends, &signals]);
    let told = |list: &[Ranked], alarms: &[f64]| each_once(explainer.findings(list, alarms));
    picture.trends = told(&trends, &trends_alarms);
    picture.signals = told(&signals, &signals_alarms);
    if sources < 2 {
        picture.lack = Some(Lack::Sources);
    } else if picture.trends.is_empty() && picture.signals.is_empty() {
        picture.lack = Some(Lack::Rise);
    }
    picture
}

/// Two names may give one word for addresses: the stronger one has the page.
fn each_once(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = std::collections::BTreeSet::new();
    findings.retain(|finding| seen.insert(finding.slug.clone()));
    for (rank, finding) in (1..).zip(&mut findings) {
        finding.rank = rank;
    }
    findings
}
