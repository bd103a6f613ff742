//! The radar as it stands now: what the detection found, where people put it.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::decision::{Decision, Standing};
use crate::edition::{Blip, Edition, MAX_BLIPS, Names, Zone};
use crate::glossary::Glossary;
use crate::language::Language;
use crate::slug::Slug;
use crate::trend::{Finding, List, Picture};
use crate::vocabulary::{Vocabularies, Vocabulary};

/// Everything a radar is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// What was found; `None` before the first count.
    pub picture: Option<&'a Picture>,
    /// What people decided.
    pub standings: &'a BTreeMap<Slug, Standing>,
    /// Their words.
    pub vocabularies: &'a Vocabularies,
    /// The names of concepts.
    pub glossary: &'a Glossary,
}

/// What holds of each trend, as all decisions say, in the order in which they were made.
pub fn standings<'a>(
    decisions: impl IntoIterator<Item = &'a Decision>,
) -> BTreeMap<Slug, Standing> {
    let mut by_trend = BTreeMap::<Slug, Vec<&Decision>>::new();
    for decision in decisions {
        by_trend.entry(decision.trend.clone()).or_default().push(decision);
    }
    by_trend.into_iter().map(|(trend, decisions)| (trend, Standing::of(decisions))).collect()
}

/// The findings of a list that stand in it: not those that were set aside or are the same as another,
/// nor signals that are trends already; pinned ones first.
pub fn listed<'a>(
    picture: &'a Picture,
    standings: &BTreeMap<Slug, Standing>,
    list: List,
) -> Vec<&'a Finding> {
    let standing = |finding: &Finding| standings.get(&finding.slug);
    let trends = picture.list(List::Trends);
    let is_trend = |finding: &Finding| trends.iter().any(|trend| trend.slug == finding.slug);
    let mut listed = picture
        .list(list)
        .iter()
        .filter(|finding| list == List::Trends || !is_trend(finding))
        .filter(|finding| {
            standing(finding).is_none_or(|standing| {
                standing.dismissed.is_none() && standing.merged_into.is_none()
            })
        })
        .collect::<Vec<_>>();
    listed.sort_by_key(|finding| !standing(finding).is_some_and(|one| one.is_pinned));
    listed
}

/// The word of the sector of what nobody has sorted yet.
pub const UNSORTED: &str = "unsorted";

impl Sight<'_> {
    /// What holds of a trend.
    pub fn standing(&self, trend: &Slug) -> Standing {
        self.standings.get(trend).cloned().unwrap_or_default()
    }

    /// The findings of a list that stand in it, as [`listed`] says.
    pub fn listed(&self, list: List) -> Vec<&Finding> {
        self.picture.map(|picture| listed(picture, self.standings, list)).unwrap_or_default()
    }

    /// The radar of this moment, as an edition of this name: sectors are those of the vocabulary, and
    /// one more for what is not sorted yet, which is the only one while nobody has sorted anything;
    /// rings are the horizons, the nearest in the middle.
    pub fn radar(&self, name: Slug, at: Timestamp) -> Edition {
        let mut blips = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for list in [List::Trends, List::Signals] {
            for finding in self.listed(list) {
                if seen.insert(&finding.slug) && blips.len() < MAX_BLIPS {
                    blips.push(self.blip(finding, list));
                }
            }
        }
        let mut sectors = self.zones(Vocabulary::Sectors);
        if blips.iter().any(|blip| sectors.iter().all(|zone| zone.code != blip.sector)) {
            if blips.iter().all(|blip| sectors.iter().all(|zone| zone.code != blip.sector)) {
                sectors.clear();
            }
            sectors.push(Zone { code: unsorted(), names: Names::new() });
            let known = sectors.iter().map(|zone| zone.code.clone()).collect::<Vec<_>>();
            for blip in blips.iter_mut().filter(|blip| !known.contains(&blip.sector)) {
                blip.sector = unsorted();
            }
        }
        let rings = self.zones(Vocabulary::Horizons);
        if let Some(last) = rings.last() {
            for blip in &mut blips {
                if rings.iter().all(|zone| zone.code != blip.ring) {
                    blip.ring = last.code.clone();
                }
            }
        }
        Edition { name, at, sectors, rings, blips }
    }

    fn blip(&self, finding: &Finding, list: List) -> Blip {
        let standing = self.standing(&finding.slug);
        let suggested = finding.suggested_horizon(list).parse().unwrap_or_else(|_| unsorted());
        Blip {
            trend: finding.slug.clone(),
            names: finding.names(&standing, self.glossary),
            sector: standing.sector.unwrap_or_else(unsorted),
            ring: standing.horizon.unwrap_or(suggested),
            note: String::new(),
            growth: Some(finding.growth),
            looked_at: standing.looked_at,
        }
    }

    fn zones(&self, vocabulary: Vocabulary) -> Vec<Zone> {
        let names = |word: &Slug| {
            let label = |language| {
                (language, self.vocabularies.label(vocabulary, word, language).to_owned())
            };
            Language::ALL.map(label).into()
        };
        let words = self.vocabularies.words(vocabulary);
        words.map(|word| Zone { code: word.clone(), names: names(word) }).collect()
    }
}

fn unsorted() -> Slug {
    UNSORTED.parse().unwrap_or_else(|_| Slug::unnamed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Act;
    use crate::id::DecisionId;
    use crate::trend::Step;

    fn finding(slug: &str, growth: f64) -> Finding {
        Finding {
            slug: slug.parse().unwrap(),
            concept: None,
            name: slug.to_owned(),
            language: Some(Language::En),
            aliases: Vec::new(),
            rank: 1,
            score: 0.5,
            growth,
            growth_between: (1.0, 4.0),
            z: 3.0,
            false_alarms: 0.01,
            counts: Vec::new(),
            first_seen: Timestamp::EPOCH,
            rising_since: Timestamp::EPOCH,
            breadth: 4.0,
            sources: Vec::new(),
            institutions: Vec::new(),
            languages: Vec::new(),
            regions: Vec::new(),
            evidence: Vec::new(),
            neighbours: Vec::new(),
        }
    }

    fn decide(trend: &str, act: Act) -> Decision {
        Decision {
            id: DecisionId::new(Timestamp::EPOCH),
            trend: trend.parse().unwrap(),
            at: Timestamp::EPOCH,
            by: "Ana".parse().unwrap(),
            act,
            reason: "so".to_owned(),
        }
    }

    #[test]
    fn people_say_where_a_trend_lies_and_whether_it_is_one() {
        let picture = Picture {
            at: Timestamp::EPOCH,
            step: Step::Year,
            documents: 9,
            sources: 2,
            tested: 9,
            trends: ["one", "two", "three", "four"].map(|slug| finding(slug, 3.0)).into(),
            signals: vec![finding("five", 3.0), finding("one", 3.0)],
            lack: None,
        };
        let slug = |text: &str| text.parse::<Slug>().unwrap();
        let decisions = [
            decide("one", Act::Dismiss),
            decide("two", Act::Merge { into: slug("three") }),
            decide("four", Act::Pin),
            decide("four", Act::Sector { to: slug("values") }),
            decide("four", Act::Horizon { to: slug("h1") }),
            decide("three", Act::Sector { to: slug("of-another-vocabulary") }),
        ];
        let (standings, glossary) = (standings(&decisions), Glossary::default());
        let sight = Sight {
            picture: Some(&picture),
            standings: &standings,
            vocabularies: &Vocabularies::bundled(),
            glossary: &glossary,
        };
        let names =
            sight.listed(List::Trends).iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["four", "three"]);
        let radar = sight.radar(slug("2026-11"), Timestamp::EPOCH);
        assert_eq!(radar.check(), Ok(()));
        let places = radar
            .blips
            .iter()
            .map(|blip| (blip.trend.as_str(), blip.sector.as_str(), blip.ring.as_str()));
        let wanted =
            [("four", "values", "h1"), ("three", "unsorted", "h2"), ("five", "unsorted", "h3")];
        assert_eq!(places.collect::<Vec<_>>(), wanted);
        let nobody = BTreeMap::new();
        let all = Sight { standings: &nobody, ..sight }.radar(slug("2026-11"), Timestamp::EPOCH);
        assert!(all.check().is_ok() && all.sectors.len() == 1 && all.blips.len() == 5);
        let empty = Sight { picture: None, ..sight }.radar(slug("2026-11"), Timestamp::EPOCH);
        assert!(empty.check().is_ok() && empty.blips.is_empty());
    }
}
