//! Word counts of one language, by which the words of a search are weighed.

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

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
