//! The state of the index that readers see: the last commit, with its columns opened.

use std::sync::Arc;

use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{Searcher, SegmentReader};

use crate::schema::{Fields, SET_COUNT, column, read_label};

/// A commit, ready to be searched. Opening columns costs more than most searches, so it is done once.
pub(crate) struct Snapshot {
    pub(crate) searcher: Searcher,
    pub(crate) segments: Vec<Columns>,
    /// How many documents each set of text fields has, deleted ones included until they are merged
    /// away, as the engine counts words.
    pub(crate) set_sizes: [u64; SET_COUNT],
}

/// The columns of a segment.
pub(crate) struct Columns {
    pub(crate) language: Arc<dyn ColumnValues<u64>>,
    pub(crate) kind: Arc<dyn ColumnValues<u64>>,
    pub(crate) date: Arc<dyn ColumnValues<i64>>,
    /// Which of `sources` each document has.
    pub(crate) source: Arc<dyn ColumnValues<u64>>,
    /// Slug and name of every source; `None` for documents without one.
    pub(crate) sources: Vec<Option<(String, String)>>,
    pub(crate) keys: Option<StrColumn>,
    /// The place of each document's key in `keys`.
    pub(crate) key: Arc<dyn ColumnValues<u64>>,
}

impl Snapshot {
    /// Opens the columns.
    ///
    /// # Errors
    /// What the engine says when a file cannot be read.
    pub(crate) fn open(searcher: Searcher, fields: &Fields) -> tantivy::Result<Self> {
        let segments =
            searcher.segment_readers().iter().map(Columns::open).collect::<tantivy::Result<_>>()?;
        let mut set_sizes = [0; SET_COUNT];
        for (set, size) in set_sizes.iter_mut().enumerate() {
            *size = searcher.doc_freq(&fields.language_term(set))?;
        }
        Ok(Self { searcher, segments, set_sizes })
    }
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let places = |name: &str| -> tantivy::Result<_> {
            Ok(match columns.str(name)? {
                Some(texts) => {
                    let places = texts.ords().clone().first_or_default_col(0);
                    (Some(texts), places)
                }
                None => (None, columns.column_first_or_default::<u64>(name)?),
            })
        };
        let (labels, source) = places(column::SOURCE)?;
        let (keys, key) = places(column::KEY)?;
        Ok(Self {
            language: columns.column_first_or_default(column::LANGUAGE)?,
            kind: columns.column_first_or_default(column::KIND)?,
            date: columns.column_first_or_default(column::DATE)?,
            source,
            sources: labels.as_ref().map(read_sources).transpose()?.unwrap_or_default(),
            keys,
            key,
        })
    }
}

/// All sources of a segment in the order of their places: hundreds, never more than a few thousand.
fn read_sources(labels: &StrColumn) -> tantivy::Result<Vec<Option<(String, String)>>> {
    let mut sources = Vec::with_capacity(labels.num_terms());
    let mut stream = labels.dictionary().stream()?;
    while stream.advance() {
        let label = String::from_utf8_lossy(stream.key());
        sources.push(read_label(&label).map(|(slug, name)| (slug.to_owned(), name.to_owned())));
    }
    Ok(sources)
}
