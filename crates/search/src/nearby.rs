//! Words that stand side by side count more, as they do in the search.

use tantivy::query::{EnableScoring, PhraseQuery, Query as _, Scorer, Weight};
use tantivy::{DocId, SeekDangerResult, SegmentReader, Term};

use crate::fielded::{SATURATION, rarity};
use crate::schema::part;
use crate::statistics::SetStatistics;
use crate::units::{PHRASE_COUNTS, Units};

/// How much two words of a search count more where they stand side by side, against a phrase of them
/// in quotes: enough to order documents that have both words equally often, no more.
pub(crate) const NEARBY_COUNTS: f32 = 0.2;

/// Most neighbours that are looked at, the rarest: more than a search of six words has. To look at all
/// of a long question would make it slow.
const MOST_NEARBY: usize = 6;

/// Most words of a search whose neighbours are compared.
const MOST_COMPARED: usize = 64;

/// Words of a search of which neighbours count in full. Those of a longer one share what these have
/// together: that some of twenty words stand side by side says less than that two of three do.
const FULL_COUNT: f32 = 6.0;

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

impl Units<'_> {
    /// What counts more where it stands side by side: the terms of words that follow each other in the
    /// search. `None` between two of them keeps them apart.
    pub(crate) fn nearby(&self, terms: &[Option<&str>]) -> tantivy::Result<Vec<Nearby>> {
        let mut nearby = Vec::new();
        let texts = self.texts();
        let searcher = &self.snapshot.searcher;
        let statistics = SetStatistics { searcher, size: self.size() };
        let count = u16::try_from(terms.len()).map_or(f32::MAX, f32::from);
        let counts = NEARBY_COUNTS * (FULL_COUNT / count).min(1.0);
        for [left, right] in self.rarest_neighbours(terms)? {
            for part in [part::TITLE, part::SUMMARY, part::BODY] {
                let terms = [left, right].map(|term| Term::from_field_text(texts.part(part), term));
                let mut worth = 0.0;
                let mut is_found = true;
                for term in &terms {
                    let found_in = searcher.doc_freq(term)?;
                    is_found &= found_in > 0;
                    worth += rarity(found_in, self.size());
                }
                if !is_found {
                    continue;
                }
                let scoring =
                    EnableScoring::enabled_from_statistics_provider(&statistics, searcher);
                let boost = counts * PHRASE_COUNTS.get(part).copied().unwrap_or(1.0);
                let weight = PhraseQuery::new(terms.to_vec()).weight(scoring)?;
                let most = boost * worth * (1.0 + SATURATION);
                nearby.push(Nearby { weight, boost, most });
            }
        }
        Ok(nearby)
    }

    /// The neighbours that say most, in the order of the search.
    fn rarest_neighbours<'t>(
        &self,
        terms: &[Option<&'t str>],
    ) -> tantivy::Result<Vec<[&'t str; 2]>> {
        let pairs = terms.windows(2).take(MOST_COMPARED);
        let pairs: Vec<[&str; 2]> = pairs
            .filter_map(|pair| <[_; 2]>::try_from(pair).ok())
            .filter_map(|[left, right]: [Option<&str>; 2]| Some([left?, right?]))
            .collect();
        if pairs.len() <= MOST_NEARBY {
            return Ok(pairs);
        }
        let (texts, searcher) = (self.texts(), &self.snapshot.searcher);
        let mut ranked = Vec::with_capacity(pairs.len());
        for (place, pair) in pairs.iter().enumerate() {
            let mut worth = 0.0;
            for word in pair {
                let mut found_in = 0;
                for part in [part::TITLE, part::SUMMARY, part::BODY] {
                    let term = Term::from_field_text(texts.part(part), word);
                    found_in = searcher.doc_freq(&term)?.max(found_in);
                }
                worth += rarity(found_in, self.size());
            }
            ranked.push((worth, place));
        }
        ranked.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        ranked.truncate(MOST_NEARBY);
        ranked.sort_by_key(|(_, place)| *place);
        Ok(ranked.into_iter().filter_map(|(_, place)| pairs.get(place).copied()).collect())
    }
}
