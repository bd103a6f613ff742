//! What stands in the same documents as a finding: other findings, and concepts of the glossary.

use std::collections::BTreeSet;

use crate::folding::Ranked;
use crate::hashing::{NumberMap, mixed};
use crate::picture::Look;
use crate::windows::PERIODS;

/// How many neighbours are told.
const MAX_NEIGHBOURS: usize = 8;

/// The fewest documents that name both.
const MIN_TOGETHER: u32 = 2;

/// What may be a neighbour, and in which documents of the last three periods it stands.
#[derive(Debug)]
pub(crate) struct Neighbourhood {
    members: Vec<(usize, usize)>,
    of_document: NumberMap<Vec<u32>>,
}

impl Neighbourhood {
    /// The findings of these lists and the concepts of the glossary.
    pub(crate) fn new(look: &Look<'_>, lists: &[&[Ranked]]) -> Self {
        let listed = lists.iter().flat_map(|list| list.iter().map(|ranked| ranked.place));
        let concepts =
            look.measured.iter().enumerate().filter(|(_, it)| {
                look.units.get(it.unit).is_some_and(|unit| unit.concept.is_some())
            });
        let places = listed.chain(concepts.map(|(place, _)| place)).collect::<BTreeSet<_>>();
        let mut all = Self { members: Vec::new(), of_document: NumberMap::default() };
        for place in places {
            let unit = look.measured.get(place).and_then(|it| look.units.get(it.unit));
            let phrases = unit.map_or(&[][..], |unit| &unit.phrases);
            let mut documents = look.scene.documents_of(phrases);
            documents
                .retain(|it| (PERIODS - 3..PERIODS).contains(&usize::from(look.scene.period(*it))));
            let member = u32::try_from(all.members.len()).unwrap_or(u32::MAX);
            for document in &documents {
                all.of_document.entry(mixed(u64::from(*document))).or_default().push(member);
            }
            all.members.push((place, documents.len()));
        }
        all
    }

    /// The places of what stands beside `ranked`, with how many documents name both; first what is
    /// there more often than its own frequency explains.
    pub(crate) fn of(&self, ranked: &Ranked) -> Vec<(usize, u32)> {
        let mut together = vec![0_u32; self.members.len()];
        for document in &ranked.recent {
            let members = self.of_document.get(&mixed(u64::from(*document)));
            for member in members.into_iter().flatten() {
                if let Some(count) = together.get_mut(*member as usize) {
                    *count += 1;
                }
            }
        }
        let beside = self
            .members
            .iter()
            .zip(together)
            .filter(|((place, _), count)| *place != ranked.place && *count >= MIN_TOGETHER);
        let mut beside = beside
            .map(|((place, size), count)| {
                let size = f64::from(u32::try_from(*size).unwrap_or(u32::MAX)).sqrt();
                (*place, count, f64::from(count) / size.max(1.0))
            })
            .collect::<Vec<_>>();
        beside.sort_by(|one, other| other.2.total_cmp(&one.2).then(one.0.cmp(&other.0)));
        beside.truncate(MAX_NEIGHBOURS);
        beside.into_iter().map(|(place, count, _)| (place, count)).collect()
    }
}
