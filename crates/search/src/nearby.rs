//! Words that stand side by side count more, as they do in the search.

use tantivy::query::{Scorer, Weight};
use tantivy::{DocId, SeekDangerResult, SegmentReader};

/// Two words of a search that stand side by side in it, in one field.
pub(crate) struct Nearby {
    /// Where they do so.
    pub(crate) weight: Box<dyn Weight>,
    /// How much that counts.
    pub(crate) boost: f32,
    /// The most it can count.
    pub(crate) most: f32,
}

/// Such words in one segment, looked at only where asked.
///
/// To see whether two words stand side by side, their places must be read, which costs more than all
/// the rest of a search. So this is no part of the query: only documents that may come to the front by
/// it are looked at.
pub(crate) struct NearbyScorer<'a> {
    nearby: &'a [Nearby],
    reader: &'a SegmentReader,
    /// For each its scorer, and the first document that it may have.
    scorers: Vec<(Option<Box<dyn Scorer>>, DocId)>,
    most: f32,
}

impl<'a> NearbyScorer<'a> {
    pub(crate) fn new(nearby: &'a [Nearby], reader: &'a SegmentReader) -> Self {
        let scorers = nearby.iter().map(|_| (None, 0)).collect();
        Self { nearby, reader, scorers, most: nearby.iter().map(|one| one.most).sum() }
    }

    /// The most that can be added to any score.
    pub(crate) const fn most(&self) -> f32 {
        self.most
    }

    /// What is added to the score of a document. Documents are asked for in their order.
    ///
    /// # Errors
    /// What the engine says when a file cannot be read.
    pub(crate) fn score(&mut self, document: DocId) -> tantivy::Result<f32> {
        let mut sum = 0.0;
        for (nearby, (scorer, next)) in self.nearby.iter().zip(&mut self.scorers) {
            if document < *next {
                continue;
            }
            let found = if let Some(scorer) = scorer {
                scorer.seek_danger(document)
            } else {
                let weight = &nearby.weight;
                let (found, opened) = weight.scorer_danger(self.reader, document, nearby.boost)?;
                *scorer = Some(opened);
                found
            };
            *next = match found {
                SeekDangerResult::Found => {
                    sum += scorer.as_mut().map_or(0.0, Scorer::score);
                    document + 1
                }
                SeekDangerResult::SeekLowerBound(bound) => bound.max(document + 1),
            };
        }
        Ok(sum)
    }
}
