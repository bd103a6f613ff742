//! Which of many searches find which of a few documents: alerts.
//!
//! The engine has no search turned round. A batch of documents is indexed in memory, and every search
//! is run over it, by the same rules as any other.

use std::sync::{Arc, LazyLock};

use observatory_model::Timestamp;
use observatory_model::asked::Asked;
use observatory_model::change::DocumentKey;
use observatory_model::document::Document;
use tantivy::directory::RamDirectory;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::{Index, TantivyDocument};

use crate::Search;
use crate::count::Deadline;
use crate::error::SearchError;
use crate::parts;
use crate::reading::Readings;
use crate::results::{Rules, matching};
use crate::schema::schema;
use crate::snapshot::Snapshot;
use crate::threads::aside;
use crate::tokens::tokenizers;

/// Documents that are indexed at once; more are taken in portions, so that memory has a bound.
const PORTION: usize = 500;

/// Memory of one portion while it is indexed, in bytes: the least that the engine works with.
const MEMORY_BYTES: usize = 15_000_000;

/// Longest time for one search over a portion, in milliseconds. It never comes near; without an end, a
/// mistake would hold the thread for ever.
const LONGEST_MILLISECONDS: u64 = 10_000;

impl Search {
    /// The documents that each search finds, in the order of the searches. All words are needed, also
    /// when nothing has them all: a mail about something else is worse than none.
    ///
    /// It works on a thread of its own, without touching the live index: some seconds for
    /// 10,000 searches and 200 documents.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when there is no thread or no memory for it.
    pub async fn matches(
        &self,
        documents: Vec<Document>,
        searches: Vec<Asked>,
        now: Timestamp,
    ) -> Result<Vec<Vec<DocumentKey>>, SearchError> {
        let rules = Arc::clone(&self.inner.rules);
        aside("search-matches", move || matches(&rules, &documents, &searches, now)).await
    }
}

/// The documents that each search finds, as [`Search::matches`] says, where no index is open.
///
/// # Errors
/// [`SearchError::Unavailable`] when there is no thread or no memory for it.
pub async fn find_in(
    documents: Vec<Document>,
    searches: Vec<Asked>,
    now: Timestamp,
) -> Result<Vec<Vec<DocumentKey>>, SearchError> {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::new);
    aside("search-matches", move || {
        crate::concepts::names();
        matches(&RULES, &documents, &searches, now)
    })
    .await
}

fn matches(
    rules: &Rules,
    documents: &[Document],
    searches: &[Asked],
    now: Timestamp,
) -> Result<Vec<Vec<DocumentKey>>, SearchError> {
    let mut found: Vec<Vec<DocumentKey>> = vec![Vec::new(); searches.len()];
    for portion in documents.chunks(PORTION) {
        let snapshot = indexed(rules, portion).map_err(SearchError::while_doing("be matched"))?;
        for (asked, found) in searches.iter().zip(&mut found) {
            let deadline = Deadline::in_milliseconds(LONGEST_MILLISECONDS);
            for key in matching(&snapshot, rules, asked.request(now), deadline)? {
                // It was written from a key in this very call.
                found.extend(key.parse::<DocumentKey>().ok().filter(|key| !found.contains(key)));
            }
        }
    }
    Ok(found)
}

/// The documents as an index in memory.
fn indexed(rules: &Rules, documents: &[Document]) -> tantivy::Result<Snapshot> {
    let builder = Index::builder().schema(schema().0).tokenizers(tokenizers());
    let mut writer: SingleSegmentIndexWriter<TantivyDocument> =
        builder.single_segment_index_writer(RamDirectory::create(), MEMORY_BYTES)?;
    let mut readings = Readings::new();
    for document in documents {
        for part in parts::write(&rules.fields, &mut readings, document) {
            writer.add_document(part)?;
        }
    }
    let index = writer.finalize()?;
    Snapshot::open(index.reader()?.searcher(), &rules.fields)
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Fr, Zh};

    use super::*;
    use crate::fixture::{document, index_of, open, piece};

    fn documents() -> Vec<Document> {
        vec![
            document(0, Some(En), "Smart cities", "The satellites connect schools."),
            document(1, Some(Fr), "Villes intelligentes", "Les écoles et l’eau."),
            document(2, Some(Ar), "مدن ذكية", "الأقمار الصناعية"),
            document(3, Some(Zh), "智慧城市", "卫星网络"),
            piece("satellites", En, "Satellites", &["One.", "Two schools."]),
        ]
    }

    #[tokio::test]
    async fn it_finds_what_a_search_finds() {
        let now: Timestamp = "2026-11-25".parse().unwrap();
        let queries = [
            "q=satellite+schools",
            "q=smart+cities",
            "q=%22smart+cities%22",
            "q=%D9%85%D8%AF%D9%86+%D8%B0%D9%83%D9%8A%D8%A9&across=off",
            "q=schools&kind=piece",
            "q=schools&lang=en&lang=fr",
            "q=satellites+-schools",
            "q=%E5%8D%AB%E6%98%9F",
            "lang=fr",
            "q=schools&from=2026-01-02",
            "q=zebra",
            "q=title:satellites",
            "",
        ];
        let searches: Vec<Asked> = queries.iter().map(|query| Asked::parse(query)).collect();
        let (_folder, search) = index_of(documents()).await;
        let found = search.matches(documents(), searches.clone(), now).await.unwrap();
        let mut some = 0;
        for ((asked, mut found), query) in searches.iter().zip(found).zip(queries) {
            let page = search.search(asked.request(now)).await.unwrap();
            let mut keys: Vec<DocumentKey> = page.hits.into_iter().map(|hit| hit.key).collect();
            keys.sort();
            found.sort();
            some += found.len();
            assert_eq!(found, keys, "{query}");
        }
        assert!(some > 12, "{some}");
    }

    #[tokio::test]
    async fn all_words_are_needed_and_portions_make_no_difference() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let many: Vec<_> = (0..(2 * PORTION + 3))
            .map(|n| document(u32::try_from(n).unwrap(), Some(En), "Satellites", "fly"))
            .collect();
        let searches = ["q=satellites+zebra", "q=satellites+fly"].map(Asked::parse).to_vec();
        let found = search.matches(many, searches, Timestamp::EPOCH).await.unwrap();
        let counts: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(counts, [0, 2 * PORTION + 3]);
        assert_eq!(
            search.matches(Vec::new(), Vec::new(), Timestamp::EPOCH).await.unwrap().len(),
            0
        );
    }
}
