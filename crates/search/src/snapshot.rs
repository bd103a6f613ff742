//! The state of the index that readers see: the last commit, with its columns opened.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use tantivy::columnar::{Column, ColumnValues, StrColumn};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, Searcher, SegmentReader, TERMINATED, Term};

use crate::schema::{Fields, PART_COUNT, SET_COUNT, column, read_label};
use crate::statistics::Lengths;
use crate::tally::Tally;

/// A commit, ready to be searched. Opening columns costs more than most searches, so it is done once.
pub(crate) struct Snapshot {
    pub(crate) searcher: Searcher,
    pub(crate) segments: Vec<Columns>,
    /// How many documents each set of text fields has, deleted ones included until they are merged
    /// away, as the engine counts words.
    pub(crate) set_sizes: [u64; SET_COUNT],
    /// How the length of each weighed field counts.
    pub(crate) lengths: [[Lengths; PART_COUNT]; SET_COUNT],
    /// Slug and name of every source of the index.
    pub(crate) sources: Values,
    /// The name of every institution.
    pub(crate) institutions: Values,
    /// Every topic.
    pub(crate) topics: Values,
    /// What a search without words finds: many ask for it, and it goes over every document.
    pub(crate) everything: OnceLock<Arc<Tally>>,
}

/// The values of a column in all segments, sorted; a value is known by its place here. Those of deleted
/// documents are among them: only what was counted may be told.
#[derive(Debug, Default)]
pub(crate) struct Values(Vec<String>);

impl Values {
    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The value at a place.
    pub(crate) fn get(&self, place: usize) -> Option<&str> {
        self.0.get(place).map(String::as_str)
    }

    /// All values in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// A column of texts.
pub(crate) struct Texts {
    /// The places of each document's texts in `places`.
    pub(crate) ordinals: Column<u64>,
    /// For each text of the segment its place in [`Values`].
    pub(crate) places: Vec<u32>,
}

/// The columns of a segment.
pub(crate) struct Columns {
    pub(crate) language: Arc<dyn ColumnValues<u64>>,
    pub(crate) kind: Arc<dyn ColumnValues<u64>>,
    pub(crate) date: Arc<dyn ColumnValues<i64>>,
    pub(crate) work: Arc<dyn ColumnValues<u64>>,
    /// `None` where no document of the segment has any.
    pub(crate) sources: Option<Texts>,
    pub(crate) institutions: Option<Texts>,
    pub(crate) topics: Option<Texts>,
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
        let readers = searcher.segment_readers();
        let (sources, source_texts) = read_texts(readers, column::SOURCE)?;
        let (institutions, institution_texts) = read_texts(readers, column::INSTITUTION)?;
        let (topics, topic_texts) = read_texts(readers, column::TOPIC)?;
        let texts = source_texts.into_iter().zip(institution_texts).zip(topic_texts);
        let segments = readers
            .iter()
            .zip(texts)
            .map(|(reader, ((sources, institutions), topics))| {
                Columns::open(reader, sources, institutions, topics)
            })
            .collect::<tantivy::Result<_>>()?;
        let mut set_sizes = [0; SET_COUNT];
        let mut lengths = std::array::from_fn(|_| std::array::from_fn(|_| Lengths::default()));
        for (set, (size, lengths)) in set_sizes.iter_mut().zip(&mut lengths).enumerate() {
            *size = searcher.doc_freq(&fields.language_term(set))?;
            let Some(texts) = fields.texts.get(set).filter(|_| *size > 0) else { continue };
            let parts: &mut [Lengths; PART_COUNT] = lengths;
            for (part, (lengths, &field)) in parts.iter_mut().zip(&texts.parts).enumerate() {
                let documents = searcher.doc_freq(&fields.has_term(set, part))?;
                *lengths = Lengths::of(part, documents, tokens(&searcher, field)?);
            }
        }
        Ok(Self {
            searcher,
            segments,
            set_sizes,
            lengths,
            sources,
            institutions,
            topics,
            everything: OnceLock::new(),
        })
    }

    /// How many documents can be found, however many parts they were split into.
    pub(crate) fn document_count(&self) -> u64 {
        let mut alone = 0;
        let mut keys = BTreeSet::new();
        for (reader, columns) in self.searcher.segment_readers().iter().zip(&self.segments) {
            let mut ordinals = BTreeSet::new();
            for document in reader.doc_ids_alive() {
                if columns.work.get_val(document) == 0 {
                    alone += 1;
                } else {
                    ordinals.insert(columns.key.get_val(document));
                }
            }
            let Some(names) = &columns.keys else { continue };
            for ordinal in ordinals {
                let mut name = String::new();
                // A key that cannot be read is not counted: a search could not show it either.
                if names.ord_to_str(ordinal, &mut name).unwrap_or(false) {
                    keys.insert(name);
                }
            }
        }
        alone + u64::try_from(keys.len()).unwrap_or(u64::MAX)
    }

    /// Whether a document that can be found has this term.
    ///
    /// The dictionaries of the engine go on knowing the words of what was taken away until its segment
    /// is written again. So no word of a dictionary may be shown to anybody before this was asked.
    ///
    /// # Errors
    /// What the engine says when a file cannot be read.
    pub(crate) fn lives(&self, term: &Term) -> tantivy::Result<bool> {
        for reader in self.searcher.segment_readers() {
            let index = reader.inverted_index(term.field())?;
            let Some(found) = index.get_term_info(term)? else { continue };
            let Some(alive) = reader.alive_bitset() else { return Ok(true) };
            let mut documents =
                index.read_postings_from_terminfo(&found, IndexRecordOption::Basic)?;
            let mut document = documents.doc();
            while document != TERMINATED {
                if alive.is_alive(document) {
                    return Ok(true);
                }
                document = documents.advance();
            }
        }
        Ok(false)
    }
}

/// How many words a field has in all documents.
fn tokens(searcher: &Searcher, field: Field) -> tantivy::Result<u64> {
    let mut sum = 0;
    for reader in searcher.segment_readers() {
        sum += reader.inverted_index(field)?.total_num_tokens();
    }
    Ok(sum)
}

impl Columns {
    fn open(
        segment: &SegmentReader,
        sources: Option<Texts>,
        institutions: Option<Texts>,
        topics: Option<Texts>,
    ) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let (keys, key) = match columns.str(column::KEY)? {
            Some(texts) => {
                let places = texts.ords().clone().first_or_default_col(0);
                (Some(texts), places)
            }
            None => (None, columns.column_first_or_default::<u64>(column::KEY)?),
        };
        Ok(Self {
            language: columns.column_first_or_default(column::LANGUAGE)?,
            kind: columns.column_first_or_default(column::KIND)?,
            date: columns.column_first_or_default(column::DATE)?,
            work: columns.column_first_or_default(column::WORK)?,
            sources,
            institutions,
            topics,
            keys,
            key,
        })
    }
}

/// The texts of a column in every segment: hundreds, rarely more than some thousands.
fn read_texts(
    readers: &[SegmentReader],
    column: &str,
) -> tantivy::Result<(Values, Vec<Option<Texts>>)> {
    let mut texts = Vec::with_capacity(readers.len());
    let mut values = Vec::new();
    for reader in readers {
        let Some(found) = reader.fast_fields().str(column)?.filter(|found| found.num_terms() > 0)
        else {
            texts.push(None);
            continue;
        };
        let mut own = Vec::with_capacity(found.num_terms());
        let mut stream = found.dictionary().stream()?;
        while stream.advance() {
            own.push(String::from_utf8_lossy(stream.key()).into_owned());
        }
        values.extend_from_slice(&own);
        texts.push(Some((found.ords().clone(), own)));
    }
    values.sort_unstable();
    values.dedup();
    let place = |value: &String| {
        values.binary_search(value).ok().and_then(|place| u32::try_from(place).ok())
    };
    let placed = texts
        .into_iter()
        .map(|texts| {
            let (ordinals, own) = texts?;
            let places = own.iter().map(|value| place(value).unwrap_or(u32::MAX)).collect();
            Some(Texts { ordinals, places })
        })
        .collect();
    Ok((Values(values), placed))
}

/// Slug and name of a source.
pub(crate) fn source_of(value: &str) -> Option<(&str, &str)> {
    read_label(value)
}
