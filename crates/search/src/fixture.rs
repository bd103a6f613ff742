//! A small index with documents in all languages, for the tests of this crate.

use std::num::NonZeroUsize;
use std::path::Path;

use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::document::{Document, Kind, Passage};
use observatory_model::search::{SearchPage, SearchRequest};
use observatory_model::{Language, Series, Slug};
use tempfile::TempDir;

use crate::{Batch, Search, Settings};

/// The store to which the test indexes belong.
pub(crate) const STORE: &str = "store-of-the-tests";

/// Settings under which nothing happens by itself.
pub(crate) fn settings(folder: &Path) -> Settings {
    Settings {
        folder: folder.to_owned(),
        writer_memory_bytes: 15_000_000,
        commit_after_documents: 1_000_000,
        commit_after_milliseconds: 3_600_000,
        reader_threads: NonZeroUsize::MIN,
        waiting: 64,
        budget_milliseconds: 60_000,
    }
}

pub(crate) async fn open(folder: &Path) -> Search {
    Search::open(&settings(folder), STORE).await.unwrap()
}

/// The key of the entry with this number.
pub(crate) fn entry(number: u32) -> DocumentKey {
    format!("entry:01939c5e-7b1a-7c3e-8d55-{number:012}").parse().unwrap()
}

pub(crate) fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// An entry of a source of its language, one day after the entry before.
pub(crate) fn document(
    number: u32,
    language: Option<Language>,
    title: &str,
    text: &str,
) -> Document {
    Document {
        key: entry(number),
        kind: Kind::Entry,
        language,
        title: title.to_owned(),
        summary: String::new(),
        passages: vec![Passage { number: None, page: None, text: text.to_owned() }],
        work: None,
        headings: Vec::new(),
        authors: Vec::new(),
        topics: Vec::new(),
        identifiers: Vec::new(),
        institution: None,
        source: Some(slug(language.map_or("other", Language::code))),
        source_name: format!("Source {}", language.map_or("other", Language::code)),
        date: "2026-01-01"
            .parse::<observatory_model::Timestamp>()
            .unwrap()
            .plus_seconds(i64::from(number) * 86_400),
    }
}

/// A piece of Future Vision with numbered passages.
pub(crate) fn piece(word: &str, language: Language, title: &str, passages: &[&str]) -> Document {
    let numbered = (1..).zip(passages);
    Document {
        key: DocumentKey::Brief { series: Series::FutureVision, slug: slug(word), language },
        kind: Kind::Piece(Series::FutureVision),
        language: Some(language),
        title: title.to_owned(),
        summary: "What this is about.".to_owned(),
        passages: numbered
            .map(|(number, text)| Passage {
                number: Some(number),
                page: None,
                text: (*text).to_owned(),
            })
            .collect(),
        work: None,
        headings: Vec::new(),
        authors: Vec::new(),
        topics: Vec::new(),
        identifiers: Vec::new(),
        institution: None,
        source: None,
        source_name: "A. Author".to_owned(),
        date: "2025-06-01".parse().unwrap(),
    }
}

pub(crate) fn batch(upserts: Vec<Document>, up_to: u64) -> Batch {
    Batch { upserts, removals: Vec::new(), up_to: ChangeNumber(up_to) }
}

/// An index with these documents.
pub(crate) async fn index_of(documents: Vec<Document>) -> (TempDir, Search) {
    let folder = tempfile::tempdir().unwrap();
    let search = open(folder.path()).await;
    search.apply(batch(documents, 1)).await.unwrap();
    search.commit().await.unwrap();
    (folder, search)
}

/// An index with one entry for each text, numbered from 0.
pub(crate) async fn index_of_texts(texts: &[(Option<Language>, &str)]) -> (TempDir, Search) {
    let numbered = (0..).zip(texts);
    index_of(
        numbered.map(|(number, (language, text))| document(number, *language, "", text)).collect(),
    )
    .await
}

pub(crate) async fn ask(search: &Search, words: &str) -> SearchPage {
    search
        .search(SearchRequest { words: words.to_owned(), ..SearchRequest::default() })
        .await
        .unwrap()
}

/// The numbers of the entries that are found, sorted.
pub(crate) async fn found(search: &Search, words: &str) -> Vec<u32> {
    let page = ask(search, words).await;
    let mut numbers: Vec<u32> = page.hits.iter().map(|hit| number_of(&hit.key)).collect();
    numbers.sort_unstable();
    numbers
}

/// The number of an entry's key.
pub(crate) fn number_of(key: &DocumentKey) -> u32 {
    key.to_string().rsplit('-').next().unwrap().parse().unwrap()
}
