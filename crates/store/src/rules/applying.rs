//! A rule is applied to what was there before it, and what is held is released.

use std::collections::BTreeSet;

use observatory_model::change::DocumentKey;
use observatory_model::rule::{Act, MOST_TOPICS, Rule};
use observatory_model::{EntryId, Slug, SourceId, Timestamp};
use sqlx::AnyConnection;

use crate::changes::give_numbers;
use crate::entries::content;
use crate::error::{StoreError, of_engine};
use crate::harvests::{print_of, shortened};
use crate::open::{Store, commit};
use crate::rows::{get, json, noun, to_json};

impl Store {
    /// Does with these entries what a rule does, and writes down how far it has come: `up_to` is the
    /// last entry that was looked at, `None` at the end. Returns how many are different now. One
    /// transaction.
    ///
    /// What somebody has released is not withheld again; what is dropped loses its words.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]; nothing changed.
    pub async fn apply_rule(
        &self,
        rule: &Rule,
        found: &[EntryId],
        up_to: Option<EntryId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        lock_sources(&mut transaction, found).await?;
        let mut changed = BTreeSet::new();
        for entry in found {
            if apply(&mut transaction, rule, *entry, now).await? {
                changed.insert(DocumentKey::Entry(*entry));
            }
        }
        sqlx::query("UPDATE rules SET applied = $2 WHERE id = $1")
            .bind(rule.id.to_string())
            .bind(up_to.map(|entry| entry.to_string()))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        give_numbers(&mut transaction, &changed).await?;
        commit(transaction).await?;
        Ok(u64::try_from(changed.len()).unwrap_or(u64::MAX))
    }

    /// Shows a held entry to the public; no rule withholds it again. Whether it was held.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn release(&self, entry: EntryId, now: Timestamp) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE entries SET withheld = NULL, withheld_by = NULL, withheld_at = NULL, \
            released = $2 WHERE id = $1 AND withheld = 'held'";
        let done = sqlx::query(sql)
            .bind(entry.to_string())
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        give_numbers(&mut transaction, &BTreeSet::from([DocumentKey::Entry(entry)])).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Forgets what a rule has dropped, so that it comes in again where its sources still have it: they
    /// are asked for their next answer in full. Returns how much that is.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn forget_dropped(&self, rule: &Slug) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE sources SET etag = NULL, last_modified = NULL WHERE id IN \
            (SELECT source_id FROM entries WHERE withheld = 'dropped' AND withheld_by = $1)";
        sqlx::query(sql).bind(rule.as_str()).execute(&mut *transaction).await.map_err(of_engine)?;
        // Their print is forgotten and not the rows: what was once public keeps its address.
        let sql = "UPDATE entries SET print = '' \
            WHERE withheld = 'dropped' AND withheld_by = $1 AND print <> ''";
        let done = sqlx::query(sql)
            .bind(rule.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        Ok(done.rows_affected())
    }
}

/// Locks the sources of these entries, in one order: who changes entries holds their source.
async fn lock_sources(
    connection: &mut AnyConnection,
    entries: &[EntryId],
) -> Result<(), StoreError> {
    let mut sources: BTreeSet<SourceId> = BTreeSet::new();
    for entry in entries {
        let row = sqlx::query("SELECT source_id FROM entries WHERE id = $1")
            .bind(entry.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(of_engine)?;
        if let Some(row) = row {
            sources.insert(noun(&row, "source_id")?);
        }
    }
    for source in sources {
        sqlx::query("UPDATE sources SET last_attempt = last_attempt WHERE id = $1")
            .bind(source.to_string())
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
    }
    Ok(())
}

/// Does what a rule does with one entry; whether that changed it.
async fn apply(
    connection: &mut AnyConnection,
    rule: &Rule,
    entry: EntryId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match &rule.act {
        Act::Topic(topic) => add_topic(connection, entry, topic).await,
        Act::Language(language) => {
            let sql = "UPDATE entries SET rule_language = $2, last_changed = $3 WHERE id = $1 \
                AND COALESCE(rule_language, '') <> $2";
            let done = sqlx::query(sql)
                .bind(entry.to_string())
                .bind(language.code())
                .bind(now.millis())
                .execute(connection)
                .await
                .map_err(of_engine)?;
            Ok(done.rows_affected() > 0)
        }
        Act::Hold => {
            let sql = "UPDATE entries SET withheld = 'held', withheld_by = $2, withheld_at = $3 \
                WHERE id = $1 AND withheld IS NULL AND released IS NULL";
            let done = sqlx::query(sql)
                .bind(entry.to_string())
                .bind(rule.name.as_str())
                .bind(now.millis())
                .execute(connection)
                .await
                .map_err(of_engine)?;
            Ok(done.rows_affected() > 0)
        }
        Act::Drop => drop_entry(connection, rule, entry, now).await,
    }
}

async fn add_topic(
    connection: &mut AnyConnection,
    entry: EntryId,
    topic: &Slug,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT topics FROM entries WHERE id = $1")
        .bind(entry.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(of_engine)?;
    let Some(row) = row else { return Ok(false) };
    let mut topics: Vec<Slug> = json(&row, "topics")?;
    if topics.contains(topic) || topics.len() >= MOST_TOPICS {
        return Ok(false);
    }
    topics.push(topic.clone());
    sqlx::query("UPDATE entries SET topics = $2 WHERE id = $1")
        .bind(entry.to_string())
        .bind(to_json(&topics)?)
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(true)
}

async fn drop_entry(
    connection: &mut AnyConnection,
    rule: &Rule,
    entry: EntryId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "SELECT item_key, derived_key, url, title, html, body, authors, published, updated, \
        declared_language, raw_language, language, detected_language, identifiers FROM entries \
        WHERE id = $1 AND released IS NULL AND COALESCE(withheld, 'held') = 'held'";
    let row = sqlx::query(sql)
        .bind(entry.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(of_engine)?;
    let Some(row) = row else { return Ok(false) };
    let print = print_of(&content(&row)?)?;
    let sql = "UPDATE entries SET title = $2, html = '', body = '', authors = '[]', \
        identifiers = '[]', topics = '[]', withheld = 'dropped', withheld_by = $3, \
        withheld_at = $4, print = $5 WHERE id = $1";
    sqlx::query(sql)
        .bind(entry.to_string())
        .bind(shortened(&get::<String>(&row, "title")?))
        .bind(rule.name.as_str())
        .bind(now.millis())
        .bind(print)
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(true)
}
