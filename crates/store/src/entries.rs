//! Entries as they are read: one, the newest, those of a source.

use observatory_model::entry::{Entry, IncomingEntry};
use observatory_model::{EntryId, SourceId};
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::Store;
use crate::rows::{count, get, json, noun, optional_noun, optional_time, time};

/// Most entries of one page, whatever is asked for.
const MAX_PER_PAGE: u32 = 200;

/// Entries with their sources, also those that the public may not read, and what follows.
macro_rules! all_entries_sql {
    ($($rest:literal)+) => {
        concat!(
            "SELECT entries.id, source_id, sources.slug AS source_slug, \
             sources.name AS source_name, sources.institution, first_seen, last_changed, item_key, derived_key, \
             entries.url, title, html, body, authors, published, updated, \
             entries.declared_language, raw_language, \
             COALESCE(rule_language, language) AS language, detected_language, identifiers, topics \
             FROM entries JOIN sources ON sources.id = entries.source_id ",
            $($rest),+
        )
    };
}

pub(crate) use all_entries_sql;

/// Entries that the public may read, with their sources, and what follows.
macro_rules! entries_sql {
    ($rest:literal) => {
        all_entries_sql!("AND entries.deleted IS NULL AND entries.withheld IS NULL " $rest)
    };
}

impl Store {
    /// An entry, or `None` when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn entry(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        let row = sqlx::query(entries_sql!("WHERE entries.id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(entry).transpose()
    }

    /// Whether there was an entry with this id that its source has taken back.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn entry_is_gone(&self, id: EntryId) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT id FROM entries WHERE id = $1 AND deleted IS NOT NULL \
            AND withheld IS NULL",
        )
        .bind(id.to_string())
        .fetch_optional(self.readers())
        .await
        .map_err(of_engine)?;
        Ok(row.is_some())
    }

    /// The newest entries of all sources, newest first, at most `limit` and at most 200. A story that
    /// several tell stands there once, as its leading entry.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn newest_entries(&self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let sql = entries_sql!(
            "WHERE NOT EXISTS (SELECT 1 FROM story_members WHERE entry = entries.id) \
             ORDER BY sort_date DESC, entries.id DESC LIMIT $1"
        );
        let rows = sqlx::query(sql)
            .bind(i64::from(limit.min(MAX_PER_PAGE)))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(entry).collect()
    }

    /// A page of the entries of a source, newest first, and how many it has in all. A story that the
    /// source tells several times stands there once, and one that others tell too stands there.
    ///
    /// Pages are counted from 1 (0 means 1) and have at most 200 entries.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn entries_of_source(
        &self,
        source: SourceId,
        page: u32,
        per_page: u32,
    ) -> Result<(Vec<Entry>, u64), StoreError> {
        let per_page = i64::from(per_page.min(MAX_PER_PAGE));
        let before = i64::from(page.saturating_sub(1)).saturating_mul(per_page);
        let sql = entries_sql!(
            "WHERE source_id = $1 AND NOT EXISTS (SELECT 1 FROM story_members \
             WHERE entry = entries.id AND is_again = 1) \
             ORDER BY sort_date DESC, entries.id DESC LIMIT $2 OFFSET $3"
        );
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        let rows = sqlx::query(sql)
            .bind(source.to_string())
            .bind(per_page)
            .bind(before)
            .fetch_all(&mut *connection)
            .await
            .map_err(of_engine)?;
        let total = sqlx::query(
            "SELECT COUNT(*) AS total FROM entries WHERE source_id = $1 AND deleted IS NULL \
            AND withheld IS NULL \
            AND NOT EXISTS (SELECT 1 FROM story_members WHERE entry = entries.id AND is_again = 1)",
        )
        .bind(source.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(of_engine)?;
        let entries = rows.iter().map(entry).collect::<Result<_, _>>()?;
        Ok((entries, count(&total, "total")?))
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn entry_count(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS total FROM entries WHERE deleted IS NULL AND withheld IS NULL",
        )
        .fetch_one(self.readers())
        .await
        .map_err(of_engine)?;
        count(&row, "total")
    }
}

pub(crate) fn entry(row: &AnyRow) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: noun(row, "id")?,
        source: noun(row, "source_id")?,
        source_slug: noun(row, "source_slug")?,
        source_name: get(row, "source_name")?,
        institution: optional_noun(row, "institution")?,
        first_seen: time(row, "first_seen")?,
        last_changed: time(row, "last_changed")?,
        topics: json(row, "topics")?,
        content: content(row)?,
    })
}

/// What the feed said of an entry.
pub(crate) fn content(row: &AnyRow) -> Result<IncomingEntry, StoreError> {
    Ok(IncomingEntry {
        key: get(row, "item_key")?,
        derived_key: get::<i64>(row, "derived_key")? == 1,
        url: optional_noun(row, "url")?,
        title: get(row, "title")?,
        html: get(row, "html")?,
        text: get(row, "body")?,
        authors: json(row, "authors")?,
        published: optional_time(row, "published")?,
        updated: optional_time(row, "updated")?,
        declared_language: get(row, "declared_language")?,
        language: optional_noun(row, "language")?,
        detected_language: get(row, "detected_language")?,
        raw_language: get(row, "raw_language")?,
        identifiers: json(row, "identifiers")?,
    })
}
