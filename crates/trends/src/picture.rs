//! From documents to what rises: tested, measured, ranked, folded, held against chance, explained.

use observatory_model::trend::{Finding, Lack, Picture};

use crate::archive::Question;
use crate::chance;
use crate::concepts::Concepts;
use crate::counts::Counts;
use crate::documents::Documents;
use crate::explain::{Explainer, finite};
use crate::features;
use crate::folding::{self, Ranked};
use crate::fusion::{self, Fit};
use crate::measure::{Measured, Unit};
use crate::ranking::{self, By};
use crate::scene::Scene;
use crate::tested;
use crate::titles;

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
        let (units, tested) = tested::units(&scene, concepts, all);
        let mut measured = tested::measured(&scene, &units);
        features::place(&mut measured);
        titles::measure(&scene, &concepts.beginnings, &units, &mut measured);
        Self { scene, units, measured, tested }
    }

    /// The share of alarms as strong as each that chance would give, for a list.
    pub(crate) fn false_alarms(&self, by: By) -> Vec<f64> {
        let chance =
            |it: &Measured| if matches!(by, By::Signals(_)) { it.early_chance } else { it.chance };
        let chances = self.measured.iter().map(chance).collect::<Vec<_>>();
        chance::corrected(&chances, self.tested)
    }

    /// The best by one way to rank, among those `wanted` says are wanted.
    pub(crate) fn best(&self, by: By, limit: usize, wanted: impl Fn(usize) -> bool) -> Vec<Ranked> {
        let scores = ranking::scores(&self.measured, &self.scene.totals, by);
        folding::best(&self.scene, &self.units, &self.measured, &scores, limit, wanted)
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
    picture.trends = list(&look, concepts, By::Trends(Fit::Both), limit, sources);
    picture.signals = list(&look, concepts, By::Signals(Fit::Both), limit, sources);
    if sources < 2 {
        picture.lack = Some(Lack::Sources);
    } else if picture.trends.is_empty() && picture.signals.is_empty() {
        picture.lack = Some(Lack::Rise);
    }
    picture
}

fn list(
    look: &Look<'_>,
    concepts: &Concepts,
    by: By,
    limit: usize,
    sources: usize,
) -> Vec<Finding> {
    let alarms = look.false_alarms(by);
    let alarm = |place: usize| finite(alarms.get(place).copied().unwrap_or(1.0));
    let best =
        look.best(by, limit, |place| alarm(place) <= FALSE_ALARMS && look.is_broad(place, sources));
    let explainer =
        Explainer { scene: &look.scene, concepts, units: &look.units, measured: &look.measured };
    let findings = (1..)
        .zip(&best)
        .filter_map(|(rank, ranked)| explainer.finding(ranked, rank, alarm(ranked.place)));
    findings.collect()
}
