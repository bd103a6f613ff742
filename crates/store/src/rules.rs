//! Rules, and the entries that they keep from the public.

use observatory_model::asked::Asked;
use observatory_model::entry::Entry;
use observatory_model::rule::{MOST_RULES, Rule, Withheld};
use observatory_model::{EntryId, Slug, Timestamp};
use sqlx::any::AnyRow;

use crate::entries::{all_entries_sql, entry};
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, noun, optional_noun, time, without_nul};

mod applying;

/// Most lines of one page, whatever is asked for.
const MAX_PER_PAGE: u32 = 1000;

/// An entry that is kept from the public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithheldLine {
    /// The entry.
    pub entry: EntryId,
    /// The word of its source.
    pub source: Slug,
    /// Its title.
    pub title: String,
    /// Its page at its source.
    pub url: Option<String>,
    /// How it is withheld.
    pub how: Withheld,
    /// By which rule; it may have been removed since.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

impl Store {
    /// Makes a rule.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one with this name, or there are 200 already;
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn add_rule(&self, rule: &Rule) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query("SELECT COUNT(*) AS total FROM rules")
            .fetch_one(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if count::<u64>(&row, "total")? >= MOST_RULES {
            return Err(StoreError::conflict(format!(
                "there are {MOST_RULES} rules already; remove one first"
            )));
        }
        let sql = "INSERT INTO rules (id, name, asked, act, is_paused, added) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING";
        let done = sqlx::query(sql)
            .bind(rule.id.to_string())
            .bind(rule.name.as_str())
            .bind(without_nul(&rule.asked.query()))
            .bind(rule.act.to_string())
            .bind(i64::from(rule.is_paused))
            .bind(rule.added.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::conflict(format!(
                "there is a rule {} already; remove it, or choose another name",
                rule.name
            )));
        }
        commit(transaction).await
    }

    /// All rules, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn rules(&self) -> Result<Vec<Rule>, StoreError> {
        let sql = "SELECT id, name, asked, act, is_paused, added, applied FROM rules \
            ORDER BY added, id";
        let rows = sqlx::query(sql).fetch_all(self.readers()).await.map_err(of_engine)?;
        rows.iter().map(rule).collect()
    }

    /// Takes a rule away; whether there was one. What it did stays.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn remove_rule(&self, name: &Slug) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query("DELETE FROM rules WHERE name = $1")
            .bind(name.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Pauses a rule, or lets it go on; whether there is one.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn pause_rule(&self, name: &Slug, is_paused: bool) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query("UPDATE rules SET is_paused = $2 WHERE name = $1")
            .bind(name.as_str())
            .bind(i64::from(is_paused))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        Ok(done.rows_affected() > 0)
    }

    /// The entries that rules are held against afterwards: those that the public may read and those
    /// that are held, first seen at `since` or later, after the entry `after`, in the order of ids.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn entries_to_judge(
        &self,
        since: Timestamp,
        after: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let sql = all_entries_sql!(
            "WHERE entries.deleted IS NULL AND COALESCE(entries.withheld, 'held') = 'held' \
             AND entries.first_seen >= $1 AND entries.id > $2 ORDER BY entries.id LIMIT $3"
        );
        let rows = sqlx::query(sql)
            .bind(since.millis())
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit.min(MAX_PER_PAGE)))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(entry).collect()
    }

    /// The entries that are withheld in this way, the latest first, at most `limit` and at most 1,000;
    /// of one source, or of all.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn withheld(
        &self,
        how: Withheld,
        source: Option<&Slug>,
        limit: u32,
    ) -> Result<Vec<WithheldLine>, StoreError> {
        let sql = "SELECT entries.id, sources.slug, entries.title, entries.url, withheld, \
            withheld_by, withheld_at FROM entries JOIN sources ON sources.id = entries.source_id \
            WHERE withheld = $1 AND entries.deleted IS NULL AND $2 IN ('', sources.slug) \
            ORDER BY withheld_at DESC, entries.id DESC LIMIT $3";
        let rows = sqlx::query(sql)
            .bind(how.code())
            .bind(source.map(Slug::as_str).unwrap_or_default())
            .bind(i64::from(limit.min(MAX_PER_PAGE)))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let line = |row: &AnyRow| {
            Ok(WithheldLine {
                entry: noun(row, "id")?,
                source: noun(row, "slug")?,
                title: get(row, "title")?,
                url: get(row, "url")?,
                how: noun(row, "withheld")?,
                by: get::<Option<String>>(row, "withheld_by")?.unwrap_or_default(),
                since: time(row, "withheld_at")?,
            })
        };
        rows.iter().map(line).collect()
    }

    /// How many entries are held, and how many were dropped.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn withheld_counts(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT COUNT(CASE WHEN withheld = 'held' THEN 1 END) AS held, \
            COUNT(CASE WHEN withheld = 'dropped' THEN 1 END) AS dropped \
            FROM entries WHERE withheld IS NOT NULL AND deleted IS NULL";
        let row = sqlx::query(sql).fetch_one(self.readers()).await.map_err(of_engine)?;
        Ok((count(&row, "held")?, count(&row, "dropped")?))
    }
}

fn rule(row: &AnyRow) -> Result<Rule, StoreError> {
    Ok(Rule {
        id: noun(row, "id")?,
        name: noun(row, "name")?,
        asked: Asked::parse(&get::<String>(row, "asked")?),
        act: noun(row, "act")?,
        is_paused: get::<i64>(row, "is_paused")? == 1,
        added: time(row, "added")?,
        applied: optional_noun(row, "applied")?,
    })
}
