//! Two spans of time compared, each source with itself.
//!
//! The rate ratio of Mantel and Haenszel (J. Natl. Cancer Inst. 22, 1959) for person-time data, strata
//! are sources: a source that is in one of the spans only says nothing, so a source that begins, ends
//! or grows makes nothing rise.

use std::ops::Range;

use crate::scene::{Counted, Scene};

/// Two spans, and how many documents each stratum has in them.
#[derive(Clone, Debug)]
pub(crate) struct Contrast {
    /// The later span, as places of periods.
    pub recent: Range<usize>,
    /// The earlier span.
    pub before: Range<usize>,
    /// Of each stratum: the part of its documents of both spans that is of the later one.
    parts: Vec<f64>,
    /// What is added to both weighted counts: half a document of a phrase that does not rise.
    shrinkage: f64,
}

/// What a comparison gives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Ratio {
    /// The logarithm of how many times more often.
    pub log: f64,
    /// Its standard error.
    pub error: f64,
}

impl Ratio {
    /// The standard score.
    pub(crate) fn z(self) -> f64 {
        if self.error > 0.0 { self.log / self.error } else { 0.0 }
    }
}

/// Documents with a phrase in one stratum: how many in the later and in the earlier span.
pub(crate) type Row = (usize, u32, u32);

impl Contrast {
    /// The last `recent` periods against the `before` ones before them, `shift` periods back.
    pub(crate) fn new(scene: &Scene<'_>, recent: Range<usize>, before: Range<usize>) -> Self {
        let sum = |size: &Counted, span: &Range<usize>| -> u32 {
            size.get(span.clone()).unwrap_or_default().iter().sum()
        };
        let sizes = scene.sizes.iter().map(|size| (sum(size, &recent), sum(size, &before)));
        let sizes = sizes.collect::<Vec<_>>();
        let (mut now, mut then, mut all_now, mut all_then) = (0.0, 0.0, 0.0, 0.0);
        for (later, earlier) in &sizes {
            let (later, earlier) = (f64::from(*later), f64::from(*earlier));
            let all = (later + earlier).max(1.0);
            now += later * earlier / all;
            then += earlier * later / all;
            all_now += later;
            all_then += earlier;
        }
        let shrinkage = 0.5 * f64::min(now, then) / f64::max(1.0, f64::max(all_now, all_then));
        let parts = sizes.into_iter().map(|(later, earlier)| {
            let all = later.saturating_add(earlier);
            if all == 0 { 0.0 } else { f64::from(later) / f64::from(all) }
        });
        Self { recent, before, parts: parts.collect(), shrinkage: shrinkage.max(1e-3) }
    }

    /// The part of the documents of a stratum that are of the later span.
    pub(crate) fn recent_part(&self, stratum: usize) -> f64 {
        self.parts.get(stratum).copied().unwrap_or_default()
    }

    /// How many times more often in the later span, of what was weighed stratum by stratum.
    pub(crate) fn ratio_of(&self, Weighed { now, then, spread }: Weighed) -> Ratio {
        let little = self.shrinkage;
        let (now, then) = (now + little, then + little);
        Ratio { log: (now / then).ln(), error: ((spread + 0.5 * little) / (now * then)).sqrt() }
    }
}

/// The documents of both spans, each stratum with the weight of its other span.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weighed {
    now: f64,
    then: f64,
    spread: f64,
}

impl Weighed {
    /// Adds a stratum of whose documents this part is of the later span.
    #[inline]
    pub(crate) fn add(&mut self, recent: f64, later: u32, earlier: u32) {
        self.now += f64::from(later) * (1.0 - recent);
        self.then += f64::from(earlier) * recent;
        self.spread += f64::from(later + earlier) * recent * (1.0 - recent);
    }

    /// By how many standard deviations more documents are of the later span than when dates are shuffled,
    /// half a document aside: what stands in each stratum beyond its part is weighed already.
    pub(crate) fn z(self) -> f64 {
        (self.now - self.then - 0.5) / self.spread.sqrt().max(1e-9)
    }
}
