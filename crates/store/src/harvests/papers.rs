//! Papers as a harvest brings them: an entry, and beside it what its document says page by page, or why
//! it could not be read.

use std::collections::BTreeSet;

use observatory_model::change::DocumentKey;
use observatory_model::entry::{HarvestCounts, IncomingEntry};
use observatory_model::paper::{Paper, PaperPart, Unreadable};
use observatory_model::rhythm::{NextReading, Timetable};
use observatory_model::rule::{Verdicts, Withheld};
use observatory_model::{EntryId, SourceId, Timestamp};
use sqlx::AnyConnection;

use super::keep::{cleaned, take_back};
use super::{Harvest, Tally, keep_all, lock, write_health};
use crate::answers::is_needed;
use crate::changes::give_numbers;
use crate::error::{StoreError, of_engine};
use crate::files::FileHash;
use crate::open::{Store, commit};
use crate::rows::{get, noun, number, optional_noun, to_json, without_nul};

/// Most papers that one transaction adds.
const MAX_NEW_PAPERS: u64 = 500;

/// A document that was read, or that could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingPaper {
    /// What lists say of it.
    pub entry: IncomingEntry,
    /// Its file, kept before by [`Store::put_file`]; `None` where it is larger than what is kept.
    pub file: Option<FileHash>,
    /// What its file is called.
    pub name: String,
    /// The size of its file, in bytes.
    pub bytes: u64,
    /// What its source knows a changed file by.
    pub stamp: String,
    /// What it says, or why it could not be read.
    pub read: Result<Paper, Unreadable>,
}

/// Papers of a source, ready to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperHarvest {
    /// New, changed or the same.
    pub papers: Vec<IncomingPaper>,
    /// The keys of those that were looked at and are the same, with their stamps of now.
    pub same: Vec<(String, String)>,
    /// The keys of those that are no longer there.
    pub deleted: Vec<String>,
    /// How far the harvest has come: JSON of the story that writes and reads it; `None` leaves it.
    pub progress: Option<String>,
    /// What ends with these; `None`: the harvest goes on at once. Its entries are not looked at.
    pub end: Option<Harvest>,
}

impl Harvest {
    /// A harvest that brought nothing by itself: the papers were kept one by one.
    pub fn nothing(next: NextReading) -> Self {
        Self {
            title: None,
            homepage: None,
            declared_language: None,
            entries: Vec::new(),
            problems: Vec::new(),
            etag: None,
            last_modified: None,
            moved_to: None,
            timetable: Timetable::default(),
            next,
        }
    }
}

impl Store {
    /// Keeps papers with their change numbers, and at the end of the harvest the health of the source
    /// and its next harvest. One transaction: all of it or nothing.
    ///
    /// A paper is the same when its file is, whatever it is called now. What is no longer there becomes
    /// a tombstone, and its text and its file are forgotten. What the rules say holds as in
    /// [`Self::record_judged_harvest`]; of a paper that is dropped neither text nor file stay.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such source; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`]. Nothing was kept.
    pub async fn record_papers(
        &self,
        source: SourceId,
        harvest: &PaperHarvest,
        verdicts: Verdicts,
        now: Timestamp,
    ) -> Result<HarvestCounts, StoreError> {
        let mut transaction = self.begin().await?;
        let known = lock(&mut transaction, source, now).await?;
        let mut tally = Tally::of(MAX_NEW_PAPERS, verdicts);
        let mut left = BTreeSet::new();
        for paper in &harvest.papers {
            keep_all(&mut transaction, source, std::slice::from_ref(&paper.entry), now, &mut tally)
                .await?;
            left.extend(keep_paper(&mut transaction, source, paper, now, &mut tally).await?);
        }
        for (key, stamp) in &harvest.same {
            tally.counts.unchanged += restamp(&mut transaction, source, key, stamp).await?;
        }
        for key in &harvest.deleted {
            let key = without_nul(key);
            if let Some((id, _)) = entry_of(&mut transaction, source, &key).await? {
                take_back(&mut transaction, source, &key, now, &mut tally).await?;
                left.extend(forget(&mut transaction, id).await?);
            }
        }
        if let Some(progress) = &harvest.progress {
            sqlx::query("UPDATE sources SET progress = $2 WHERE id = $1")
                .bind(source.to_string())
                .bind(without_nul(progress))
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        if let Some(end) = &harvest.end {
            write_health(&mut transaction, source, end, known, now, &mut tally).await?;
        }
        give_numbers(&mut transaction, &tally.changed).await?;
        commit(transaction).await?;
        self.let_go(left).await?;
        Ok(tally.counts)
    }

    /// Takes away those files that no record names any more. Not within the transaction: a row whose
    /// file is missing would be worse than a file without a row.
    async fn let_go(&self, files: BTreeSet<FileHash>) -> Result<(), StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        for file in files {
            if !is_needed(&mut connection, &file).await? {
                self.remove_file(&file).await?;
            }
        }
        Ok(())
    }
}

/// The entry of a source with this key, taken back or not, and whether rules withhold it.
async fn entry_of(
    connection: &mut AnyConnection,
    source: SourceId,
    key: &str,
) -> Result<Option<(EntryId, Option<Withheld>)>, StoreError> {
    let row =
        sqlx::query("SELECT id, withheld FROM entries WHERE source_id = $1 AND item_key = $2")
            .bind(source.to_string())
            .bind(key)
            .fetch_optional(connection)
            .await
            .map_err(of_engine)?;
    row.map(|row| Ok((noun(&row, "id")?, optional_noun(&row, "withheld")?))).transpose()
}

/// Keeps what belongs to the entry that was just kept; returns the files that it no longer names.
async fn keep_paper(
    connection: &mut AnyConnection,
    source: SourceId,
    paper: &IncomingPaper,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<Vec<FileHash>, StoreError> {
    let key = &cleaned(&paper.entry).key;
    // One that was left over has none.
    let Some((id, withheld)) = entry_of(connection, source, key).await? else {
        return Ok(Vec::new());
    };
    let row = sqlx::query("SELECT file, reason FROM papers WHERE entry_id = $1")
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(of_engine)?;
    let reason = paper.read.as_ref().err().map(|unreadable| unreadable.reason.code());
    let mut left = Vec::new();
    if let Some(row) = row {
        let file: Option<FileHash> = optional_noun(&row, "file")?;
        if file == paper.file && get::<Option<String>>(&row, "reason")?.as_deref() == reason {
            rename(connection, id, paper).await?;
            return Ok(left);
        }
        let before = forget(connection, id).await?;
        left.extend(before.filter(|file| Some(file) != paper.file.as_ref()));
    }
    if withheld == Some(Withheld::Dropped) {
        insert(connection, id, &without_words(paper)).await?;
        left.extend(paper.file.clone());
        return Ok(left);
    }
    insert(connection, id, paper).await?;
    if withheld.is_none() && tally.changed.insert(DocumentKey::Entry(id)) {
        // Its title and abstract are the same; the rest of it is not.
        tally.counts.unchanged = tally.counts.unchanged.saturating_sub(1);
        tally.counts.changed += 1;
        sqlx::query("UPDATE entries SET last_changed = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(now.millis())
            .execute(connection)
            .await
            .map_err(of_engine)?;
    }
    Ok(left)
}

/// What is left of a paper that is dropped: by its stamp it is known not to be new.
fn without_words(paper: &IncomingPaper) -> IncomingPaper {
    let bare = |read: &Paper| Paper {
        format: read.format,
        title: None,
        authors: Vec::new(),
        summary: None,
        date: None,
        language: None,
        declared_language: None,
        identifiers: Vec::new(),
        parts: Vec::new(),
        cut: false,
    };
    let read = paper.read.as_ref().map(bare).map_err(Clone::clone);
    IncomingPaper { file: None, read, ..paper.clone() }
}

/// Forgets the text of a paper; returns its file.
async fn forget(
    connection: &mut AnyConnection,
    id: EntryId,
) -> Result<Option<FileHash>, StoreError> {
    sqlx::query("DELETE FROM paper_parts WHERE entry_id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    let row = sqlx::query("DELETE FROM papers WHERE entry_id = $1 RETURNING file")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    Ok(row.map(|row| optional_noun(&row, "file")).transpose()?.flatten())
}

/// The same file with another time; how many there are of it.
async fn restamp(
    connection: &mut AnyConnection,
    source: SourceId,
    key: &str,
    stamp: &str,
) -> Result<u64, StoreError> {
    let sql = "UPDATE papers SET stamp = $3 WHERE entry_id = \
        (SELECT id FROM entries WHERE source_id = $1 AND item_key = $2)";
    let done = sqlx::query(sql)
        .bind(source.to_string())
        .bind(without_nul(key))
        .bind(without_nul(stamp))
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(done.rows_affected())
}

/// The same bytes under another name or with another time.
async fn rename(
    connection: &mut AnyConnection,
    id: EntryId,
    paper: &IncomingPaper,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE papers SET name = $2, stamp = $3 WHERE entry_id = $1")
        .bind(id.to_string())
        .bind(without_nul(&paper.name))
        .bind(without_nul(&paper.stamp))
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

async fn insert(
    connection: &mut AnyConnection,
    id: EntryId,
    paper: &IncomingPaper,
) -> Result<(), StoreError> {
    let parts = paper.read.as_ref().map(|paper| paper.parts.as_slice()).unwrap_or_default();
    let is_paged = !parts.is_empty() && parts.iter().all(|part| part.page.is_some());
    let facts = paper.read.as_ref().ok().map(|read| Paper { parts: Vec::new(), ..read.clone() });
    let unreadable = paper.read.as_ref().err();
    let text_bytes: usize = parts.iter().map(|part| part.text.len()).sum();
    let sql = "INSERT INTO papers (entry_id, file, name, bytes, stamp, facts, reason, detail, \
        is_paged, parts, text_bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    sqlx::query(sql)
        .bind(id.to_string())
        .bind(paper.file.as_ref().map(FileHash::as_str))
        .bind(without_nul(&paper.name))
        .bind(number(paper.bytes))
        .bind(without_nul(&paper.stamp))
        .bind(facts.as_ref().map(to_json).transpose()?)
        .bind(unreadable.map(|unreadable| unreadable.reason.code()))
        .bind(unreadable.map(|unreadable| without_nul(&unreadable.detail)))
        .bind(i64::from(is_paged))
        .bind(number(parts.len()))
        .bind(number(text_bytes))
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    let numbered = (1..).zip(parts).map(|(section, part)| {
        let page = part.page.filter(|_| is_paged);
        (page.unwrap_or(section), part)
    });
    for (number, part) in numbered {
        insert_part(connection, id, number, part).await?;
    }
    Ok(())
}

async fn insert_part(
    connection: &mut AnyConnection,
    id: EntryId,
    number: u32,
    part: &PaperPart,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO paper_parts (entry_id, number, heading, body, margin) \
        VALUES ($1, $2, $3, $4, $5)";
    sqlx::query(sql)
        .bind(id.to_string())
        .bind(i64::from(number))
        .bind(part.heading.as_deref().map(without_nul))
        .bind(without_nul(&part.text))
        .bind(without_nul(&part.margin))
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}
