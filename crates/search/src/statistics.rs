//! Word counts of one language, by which the words of a search are weighed.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use crate::schema::PART_COUNT;

/// How much a word counts in each weighed field against the text, in the order of
/// [`TextFields::parts`](crate::schema::TextFields::parts): once in a title is three times in the text.
///
/// A title, a summary and headings say what a text is about. The numbers are modest choices of ours and
/// were not fitted to any collection: those that are open have hardly any titles of their own.
const WEIGHTS: [f32; PART_COUNT] = [3.0, 1.5, 1.5, 1.0];

/// How much the length of each field counts (b of BM25): fully as usual in the text, where more words
/// mean more chances; less in a title, where one word more means little.
const LENGTH_COUNTS: [f32; PART_COUNT] = [0.3, 0.5, 0.3, 0.75];

/// For each length of a field, as the engine keeps it in one byte, how much one occurrence counts.
#[derive(Clone, Debug)]
pub(crate) struct Lengths(pub(crate) Arc<[f32; 256]>);

impl Default for Lengths {
    fn default() -> Self {
        Self(Arc::new([1.0; 256]))
    }
}

impl Lengths {
    /// Of a weighed field that so many documents have, with so many words together.
    pub(crate) fn of(part: usize, documents: u64, tokens: u64) -> Self {
        let weight = WEIGHTS.get(part).copied().unwrap_or(1.0);
        let counts = LENGTH_COUNTS.get(part).copied().unwrap_or(0.75);
        let average = (float(tokens) / float(documents.max(1))).max(1.0);
        let mut table = [0.0; 256];
        for (id, place) in (0..=u8::MAX).zip(&mut table) {
            let length = float(u64::from(FieldNormReader::id_to_fieldnorm(id)));
            *place = weight / (1.0 - counts + counts * length / average);
        }
        Self(Arc::new(table))
    }

    /// How much one occurrence counts in a field of this length.
    pub(crate) fn of_length(&self, id: u8) -> f32 {
        self.0.get(usize::from(id)).copied().unwrap_or(1.0)
    }
}

/// A count as a number to reckon with; above 16 million it is rounded.
#[expect(clippy::cast_precision_loss, reason = "word counts need no more than seven digits")]
pub(crate) const fn float(count: u64) -> f32 {
    count as f32
}

/// Word counts of one language.
///
/// The engine would take the documents of all languages for its averages: in an index of seven
/// languages every text would seem seven times as long as usual, and every word seven times as rare.
pub(crate) struct SetStatistics<'a> {
    pub(crate) searcher: &'a Searcher,
    pub(crate) size: u64,
}

impl Bm25StatisticsProvider for SetStatistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.searcher.total_num_tokens(field)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.size.max(1))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        // The engine insists that a word is in no more documents than there are.
        Ok(self.searcher.doc_freq(term)?.min(self.size.max(1)))
    }
}
