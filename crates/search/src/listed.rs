//! Documents that have one of many words, all worth the same.

use std::fmt;
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocId, DocSet as _, Score, SegmentReader, TERMINATED};

/// Words of a dictionary, each with its documents by the place of the segment in the index.
///
/// The documents are put together before the first is looked at: to go through sixty lists side by side
/// costs more than all the rest of a search.
#[derive(Clone)]
pub(crate) struct Listed {
    field: Field,
    words: Arc<[Vec<(usize, TermInfo)>]>,
    segments: Arc<[SegmentId]>,
    worth: f32,
}

impl fmt::Debug for Listed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Listed({} words, {})", self.words.len(), self.worth)
    }
}

impl Listed {
    pub(crate) fn new(
        field: Field,
        words: Vec<Vec<(usize, TermInfo)>>,
        segments: Arc<[SegmentId]>,
        worth: f32,
    ) -> Self {
        Self { field, words: words.into(), segments, worth }
    }
}

impl Query for Listed {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Listed {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let id = reader.segment_id();
        let segment = self.segments.iter().position(|other| *other == id);
        let index = reader.inverted_index(self.field)?;
        let mut documents = BitSet::with_max_value(reader.max_doc());
        for found in self.words.iter().flatten().filter(|(place, _)| Some(*place) == segment) {
            let option = IndexRecordOption::Basic;
            let mut postings = index.read_postings_from_terminfo(&found.1, option)?;
            let mut document = postings.doc();
            while document != TERMINATED {
                documents.insert(document);
                document = postings.advance();
            }
        }
        let documents = BitSetDocSet::from(documents);
        Ok(Box::new(ConstScorer::new(documents, self.worth * boost)))
    }

    fn explain(&self, _reader: &SegmentReader, _document: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("one of many words", self.worth))
    }
}
