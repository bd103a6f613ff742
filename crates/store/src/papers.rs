//! Papers as they are read: what is known of one, its parts, and what the index is told of its text.

use std::collections::BTreeMap;

use observatory_model::change::DocumentKey;
use observatory_model::document::{Document, Kind, Passage};
use observatory_model::paper::{Paper, PaperPart, Unreadable};
use observatory_model::{EntryId, SourceId};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::files::FileHash;
use crate::open::Store;
use crate::rows::{count, get, noun, optional_noun};

/// What is known of a paper, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperRecord {
    /// Its file; `None` where it is larger than what is kept.
    pub file: Option<FileHash>,
    /// What its file is called.
    pub name: String,
    /// The size of its file, in bytes.
    pub bytes: u64,
    /// What it says of itself, its parts left out; or why it could not be read.
    pub read: Result<Paper, Unreadable>,
    /// Whether its parts are pages; else they are sections.
    pub is_paged: bool,
    /// How many parts it has.
    pub parts: u32,
}

/// A page or a section of a paper, and which parts stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRecord {
    /// The page, or the section counted from 1.
    pub number: u32,
    /// Its text.
    pub part: PaperPart,
    /// The number of the part before it.
    pub previous: Option<u32>,
    /// The number of the part after it.
    pub next: Option<u32>,
}

/// What a source knows of a paper that it brought before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPaper {
    /// Its file.
    pub file: Option<FileHash>,
    /// What its source knows a changed file by.
    pub stamp: String,
}

impl Store {
    /// What is known of the paper that an entry is; `None` when it is no paper, or was taken back.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn paper(&self, id: EntryId) -> Result<Option<PaperRecord>, StoreError> {
        let sql = "SELECT file, name, bytes, facts, reason, detail, is_paged, parts \
            FROM papers WHERE entry_id = $1";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(record).transpose()
    }

    /// The numbers and headings of the first `limit` parts of a paper.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn paper_headings(
        &self,
        id: EntryId,
        limit: u32,
    ) -> Result<Vec<(u32, Option<String>)>, StoreError> {
        let sql = "SELECT number, heading FROM paper_parts WHERE entry_id = $1 \
            ORDER BY number LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(id.to_string())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(|row| Ok((count(row, "number")?, get(row, "heading")?))).collect()
    }

    /// A part of a paper by its number; `None` when it has no such part.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn paper_part(
        &self,
        id: EntryId,
        number: u32,
    ) -> Result<Option<PartRecord>, StoreError> {
        let sql = "SELECT number, heading, body, margin, is_paged, \
            (SELECT MAX(number) FROM paper_parts WHERE entry_id = $1 AND number < $2) AS previous, \
            (SELECT MIN(number) FROM paper_parts WHERE entry_id = $1 AND number > $2) AS next \
            FROM paper_parts JOIN papers ON papers.entry_id = paper_parts.entry_id \
            WHERE paper_parts.entry_id = $1 AND number = $2";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .bind(i64::from(number))
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(None) };
        let beside = |column| {
            let number = get::<Option<i64>>(&row, column)?;
            let number = number.map(u32::try_from).transpose();
            number.map_err(|error| StoreError::corrupt(column, error))
        };
        let is_paged = get::<i64>(&row, "is_paged")? == 1;
        let (previous, next) = (beside("previous")?, beside("next")?);
        Ok(Some(PartRecord { number, part: part(&row, is_paged)?, previous, next }))
    }

    /// The papers of a source that are there, by their keys.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn known_papers(
        &self,
        source: SourceId,
    ) -> Result<BTreeMap<String, KnownPaper>, StoreError> {
        let sql = "SELECT item_key, file, stamp FROM entries \
            JOIN papers ON papers.entry_id = entries.id WHERE source_id = $1 AND deleted IS NULL";
        let rows = sqlx::query(sql)
            .bind(source.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let known = |row: &AnyRow| {
            let known = KnownPaper { file: optional_noun(row, "file")?, stamp: get(row, "stamp")? };
            Ok((get(row, "item_key")?, known))
        };
        rows.iter().map(known).collect()
    }
}

fn record(row: &AnyRow) -> Result<PaperRecord, StoreError> {
    let reason = optional_noun(row, "reason")?;
    let detail = get::<Option<String>>(row, "detail")?.unwrap_or_default();
    let read = match (get::<Option<String>>(row, "facts")?, reason) {
        (Some(facts), _) => Ok(facts_of(&facts)?),
        (None, Some(reason)) => Err(Unreadable { reason, detail }),
        (None, None) => {
            return Err(StoreError::Corrupt { what: "a paper".to_owned(), source: None });
        }
    };
    Ok(PaperRecord {
        file: optional_noun(row, "file")?,
        name: get(row, "name")?,
        bytes: count(row, "bytes")?,
        read,
        is_paged: get::<i64>(row, "is_paged")? == 1,
        parts: count(row, "parts")?,
    })
}

fn facts_of(json: &str) -> Result<Paper, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::corrupt("facts", error))
}

fn part(row: &AnyRow, is_paged: bool) -> Result<PaperPart, StoreError> {
    Ok(PaperPart {
        page: is_paged.then(|| count(row, "number")).transpose()?,
        heading: get(row, "heading")?,
        text: get(row, "body")?,
        margin: get(row, "margin")?,
    })
}

/// Those of these documents that are papers get their text and what they say of themselves.
pub(crate) async fn fill(
    connection: &mut AnyConnection,
    documents: &mut [Document],
) -> Result<(), StoreError> {
    let mut entries = BTreeMap::new();
    for document in documents {
        if let DocumentKey::Entry(id) = document.key {
            entries.insert(id, document);
        }
    }
    let ids = entries.keys().copied().collect::<Vec<_>>();
    for (id, facts, is_paged) in papers_among(connection, &ids).await? {
        let parts = parts_of(connection, id, is_paged).await?;
        if let Some(document) = entries.get_mut(&id) {
            tell(document, facts, parts);
        }
    }
    Ok(())
}

/// Which of these entries are papers, 20 with each question.
async fn papers_among(
    connection: &mut AnyConnection,
    ids: &[EntryId],
) -> Result<Vec<(EntryId, Option<Paper>, bool)>, StoreError> {
    let sql = "SELECT entry_id, facts, is_paged FROM papers WHERE entry_id IN ($1, $2, $3, $4, $5, \
        $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    let mut found = Vec::new();
    for some in ids.chunks(20) {
        let filled = some.iter().chain(some.last().into_iter().cycle()).take(20);
        let query = filled.fold(sqlx::query(sql), |query, id| query.bind(id.to_string()));
        for row in query.fetch_all(&mut *connection).await.map_err(of_engine)? {
            let facts = get::<Option<String>>(&row, "facts")?;
            let facts = facts.as_deref().map(facts_of).transpose()?;
            found.push((noun(&row, "entry_id")?, facts, get::<i64>(&row, "is_paged")? == 1));
        }
    }
    Ok(found)
}

async fn parts_of(
    connection: &mut AnyConnection,
    id: EntryId,
    is_paged: bool,
) -> Result<Vec<(u32, PaperPart)>, StoreError> {
    let sql = "SELECT number, heading, body, margin FROM paper_parts WHERE entry_id = $1 \
        ORDER BY number";
    let rows =
        sqlx::query(sql).bind(id.to_string()).fetch_all(connection).await.map_err(of_engine)?;
    rows.iter().map(|row| Ok((count(row, "number")?, part(row, is_paged)?))).collect()
}

/// A page is known by its page, a section by its number.
fn tell(document: &mut Document, facts: Option<Paper>, parts: Vec<(u32, PaperPart)>) {
    document.kind = Kind::Paper;
    document.passages = Vec::new();
    let Some(facts) = facts else { return };
    document.summary = facts.summary.map(|fact| fact.value).unwrap_or_default();
    document.authors = facts.authors.into_iter().map(|fact| fact.value).collect();
    document.identifiers = facts.identifiers.into_iter().map(|fact| fact.value).collect();
    for (number, part) in parts {
        document.headings.extend(part.heading);
        if !part.text.is_empty() {
            let number = part.page.is_none().then_some(number);
            document.passages.push(Passage { number, page: part.page, text: part.text });
        }
    }
}
