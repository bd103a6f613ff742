//! How much a word says about a document, by all the fields in which it stands (BM25F).
//!
//! The occurrences in title, summary, headings and text are weighed and added up before they are
//! saturated, so that a word in title and text counts once with more weight and not twice: Robertson,
//! Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields" (2004), with a length of its
//! own for each field, as in Zaragoza et al., "Microsoft Cambridge at TREC-13" (2004).

use std::fmt;
use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings as _, SegmentPostings, TermInfo};
use tantivy::query::{EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

use crate::statistics::{Lengths, float};

/// How soon more occurrences of a word say no more (k1 of BM25): the usual value, as in the engine.
pub(crate) const SATURATION: f32 = 1.2;

/// One term in one field.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The field.
    pub(crate) field: Field,
    /// How much an occurrence counts; `None`: it finds and does not count.
    pub(crate) lengths: Option<Lengths>,
    /// How much an occurrence counts where the field keeps no lengths.
    pub(crate) weight: f32,
    /// Which form of the word it is: of two forms at one place, the better counts.
    pub(crate) form: usize,
    /// Where its documents are, by the place of the segment in the index.
    pub(crate) found: Vec<(usize, TermInfo)>,
}

/// A word in all its forms and fields.
#[derive(Clone)]
pub(crate) struct Fielded {
    parts: Arc<[Part]>,
    segments: Arc<[tantivy::index::SegmentId]>,
    /// How rare the word is, with the boost of its kind.
    worth: f32,
}

impl fmt::Debug for Fielded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fielded({} parts, {})", self.parts.len(), self.worth)
    }
}

impl Fielded {
    /// A word that stands in `found_in` of `size` documents.
    pub(crate) fn new(
        parts: Vec<Part>,
        segments: Arc<[tantivy::index::SegmentId]>,
        found_in: u64,
        size: u64,
        boost: f32,
    ) -> Self {
        let worth = rarity(found_in, size) * (1.0 + SATURATION) * boost;
        Self { parts: parts.into(), segments, worth }
    }
}

/// How much a word says that stands in so many documents (the idf of BM25).
pub(crate) fn rarity(found_in: u64, size: u64) -> f32 {
    let (found_in, size) = (float(found_in.min(size)), float(size));
    (1.0 + (size - found_in + 0.5) / (found_in + 0.5)).ln()
}

impl Query for Fielded {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Fielded {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let id = reader.segment_id();
        let segment = self.segments.iter().position(|other| *other == id);
        let mut readers = Vec::with_capacity(self.parts.len());
        for part in &*self.parts {
            let found = part.found.iter().find(|(place, _)| Some(*place) == segment);
            let Some((_, found)) = found else { continue };
            let index = reader.inverted_index(part.field)?;
            let option = IndexRecordOption::WithFreqs;
            let postings = index.read_postings_from_terminfo(found, option)?;
            let norms = match part.lengths {
                Some(_) => Some(reader.get_fieldnorms_reader(part.field)?),
                None => None,
            };
            readers.push(Reading {
                document: postings.doc(),
                postings,
                norms: norms.zip(part.lengths.clone()),
                weight: part.weight,
                form: part.form,
            });
        }
        if readers.is_empty() {
            return Ok(Box::new(EmptyScorer));
        }
        let document = readers.iter().map(|reader| reader.document).min().unwrap_or(TERMINATED);
        Ok(Box::new(FieldedScorer { readers, document, worth: self.worth * boost }))
    }

    fn explain(&self, reader: &SegmentReader, document: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if scorer.seek(document) != document {
            let what = format!("document {document} does not match");
            return Err(TantivyError::InvalidArgument(what));
        }
        Ok(Explanation::new("BM25F", scorer.score()))
    }
}

/// One term in one field of one segment, at a document.
struct Reading {
    document: DocId,
    postings: SegmentPostings,
    norms: Option<(FieldNormReader, Lengths)>,
    weight: f32,
    form: usize,
}

/// All terms and fields of a word in one segment.
struct FieldedScorer {
    readers: Vec<Reading>,
    document: DocId,
    worth: f32,
}

impl FieldedScorer {
    fn settle(&mut self) -> DocId {
        let documents = self.readers.iter().map(|reader| reader.document);
        self.document = documents.min().unwrap_or(TERMINATED);
        self.document
    }
}

impl DocSet for FieldedScorer {
    fn advance(&mut self) -> DocId {
        for reader in &mut self.readers {
            if reader.document == self.document && reader.document != TERMINATED {
                reader.document = reader.postings.advance();
            }
        }
        self.settle()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        for reader in &mut self.readers {
            if reader.document < target {
                reader.document = reader.postings.seek(target);
            }
        }
        self.settle()
    }

    fn doc(&self) -> DocId {
        self.document
    }

    fn size_hint(&self) -> u32 {
        // Mostly one field has nearly all of them.
        self.readers.iter().map(|reader| reader.postings.size_hint()).max().unwrap_or(0)
    }

    fn cost(&self) -> u64 {
        self.readers.iter().map(|reader| reader.postings.cost()).sum()
    }
}

impl Scorer for FieldedScorer {
    fn score(&mut self) -> Score {
        let (mut best, mut sum, mut form) = (0.0_f32, 0.0, usize::MAX);
        // The readers of one form stand side by side.
        for reader in &self.readers {
            if reader.document != self.document {
                continue;
            }
            if reader.form != form {
                best = best.max(sum);
                (sum, form) = (0.0, reader.form);
            }
            let weight = match &reader.norms {
                Some((norms, lengths)) => lengths.of_length(norms.fieldnorm_id(self.document)),
                None => reader.weight,
            };
            sum += weight * float(u64::from(reader.postings.term_freq()));
        }
        let occurrences = best.max(sum);
        self.worth * occurrences / (occurrences + SATURATION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_say_more() {
        assert!(rarity(1, 1000) > rarity(100, 1000));
        assert!(rarity(1000, 1000) > 0.0);
        assert!(rarity(9, 3) > 0.0);
    }
}
