//! What alerts have found: kept once for each alert and document, told once.

use std::fmt;

use observatory_model::alert::{Alert, Cadence, Token, TrendKey};
use observatory_model::asked::Asked;
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::job::Work;
use observatory_model::mail::Mail;
use observatory_model::{AlertId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{read, remove, select_alert};
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, noun, number};
use crate::{jobs, mails};

/// Matches that are kept in one transaction, so that other writers get their turn.
const AT_ONCE: usize = 2000;

/// Seconds after which an entry is no news for anybody, whatever changes in it: 90 days. For so long
/// it is remembered what was told of it.
const NEWS_SECONDS: i64 = 90 * 24 * 3600;

/// A search that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedSearch {
    /// Its alert.
    pub alert: AlertId,
    /// The search.
    pub asked: Asked,
    /// How often its alert writes.
    pub cadence: Cadence,
}

/// A document that matches the search of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertMatch {
    /// The alert.
    pub alert: AlertId,
    /// How often it writes.
    pub cadence: Cadence,
    /// The document.
    pub document: DocumentKey,
    /// The number of its change.
    pub number: ChangeNumber,
}

/// What an alert has found and not told yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertNews {
    /// The alert.
    pub alert: Alert,
    /// The word that manages and ends it.
    pub key: Token,
    /// The documents, in the order in which they were found.
    pub documents: Vec<DocumentKey>,
    /// The trends.
    pub trends: Vec<TrendKey>,
}

impl Store {
    /// The last change that was held against the searches of the alerts.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn alerts_followed(&self) -> Result<ChangeNumber, StoreError> {
        let row = sqlx::query("SELECT up_to FROM alerts_followed WHERE id = 1")
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        Ok(ChangeNumber(count(&row, "up_to")?))
    }

    /// The searches that are on after the alert `after`, in the order of ids, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn watched_searches(
        &self,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<WatchedSearch>, StoreError> {
        let sql = "SELECT id, asked, cadence FROM alerts \
            WHERE confirmed IS NOT NULL AND watch IS NULL AND id > $1 ORDER BY id LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let search = |row: &AnyRow| {
            Ok(WatchedSearch {
                alert: noun(row, "id")?,
                asked: Asked::parse(&get::<String>(row, "asked")?),
                cadence: noun(row, "cadence")?,
            })
        };
        rows.iter().map(search).collect()
    }

    /// Keeps what was found among the changes up to `up_to`, and plans the mails. Returns how much of
    /// it is new.
    ///
    /// Left out: what the alert has found before, told or not, also where another entry tells the same
    /// story; changes from before it was confirmed;
    /// and entries that were known before it was confirmed, or have been for 90 days, since an old
    /// entry that is corrected is no news. Twice does no harm.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; a part may be kept, and the rest is found
    /// again.
    pub async fn keep_matches(
        &self,
        matches: &[AlertMatch],
        up_to: ChangeNumber,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut kept = 0;
        for part in matches.chunks(AT_ONCE) {
            let mut transaction = self.begin().await?;
            for found in part {
                if keep(&mut transaction, found, now).await? {
                    kept += 1;
                    let work = Work::SendAlert { alert: found.alert };
                    jobs::enqueue(&mut transaction, &work, found.cadence.due(now), now).await?;
                }
            }
            commit(transaction).await?;
        }
        // Last, so that what was not kept is found again.
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE alerts_followed SET up_to = $1 WHERE id = 1 AND up_to < $1")
            .bind(number(up_to.0))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        Ok(kept)
    }

    /// What `alert` has found and not told yet; `None` when it is not on.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn alert_news(&self, alert: AlertId) -> Result<Option<AlertNews>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        let row = sqlx::query(select_alert!("WHERE id = $1 AND confirmed IS NOT NULL"))
            .bind(alert.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(None) };
        let (alert, key) = read(&row)?;
        let sql = "SELECT document FROM alert_matches WHERE alert = $1 AND told IS NULL \
            ORDER BY found, document";
        let rows = sqlx::query(sql)
            .bind(alert.id.to_string())
            .fetch_all(&mut *connection)
            .await
            .map_err(of_engine)?;
        let (mut documents, mut trends) = (Vec::new(), Vec::new());
        for row in &rows {
            match TrendKey::parse(&get::<String>(row, "document")?) {
                Some(trend) => trends.push(trend),
                None => documents.push(noun(row, "document")?),
            }
        }
        Ok(Some(AlertNews { alert, key, documents, trends }))
    }

    /// Writes down that `told` stands in `mail`, which is put into the queue, and forgets that `gone`
    /// was found: should it be public again, it is found again. One transaction. Both are keys of
    /// documents and of trends.
    ///
    /// Returns `false`, and changes nothing, when the alert has ended or somebody else has told a part
    /// of it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing changed.
    pub async fn tell<K: fmt::Display + Sync>(
        &self,
        alert: AlertId,
        told: &[K],
        gone: &[K],
        mail: Option<&Mail>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE alerts SET cadence = cadence WHERE id = $1 AND confirmed IS NOT NULL";
        let locked = sqlx::query(sql)
            .bind(alert.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if locked.rows_affected() == 0 {
            return Ok(false);
        }
        let sql = "UPDATE alert_matches SET told = $3 \
            WHERE alert = $1 AND document = $2 AND told IS NULL";
        for document in told {
            let done = sqlx::query(sql)
                .bind(alert.to_string())
                .bind(document.to_string())
                .bind(now.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
        }
        let sql = "DELETE FROM alert_matches WHERE alert = $1 AND document = $2 AND told IS NULL";
        for document in gone {
            sqlx::query(sql)
                .bind(alert.to_string())
                .bind(document.to_string())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        let sql = "DELETE FROM alert_matches WHERE alert = $1 AND told < $2 \
            AND document LIKE 'entry:%'";
        sqlx::query(sql)
            .bind(alert.to_string())
            .bind(now.plus_seconds(-NEWS_SECONDS).millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if let Some(mail) = mail {
            mails::put(&mut transaction, alert, mail, now).await?;
        }
        commit(transaction).await?;
        Ok(true)
    }
}

/// Keeps a match, unless it is none for this alert; whether it is new.
pub(super) async fn keep(
    connection: &mut AnyConnection,
    found: &AlertMatch,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO alert_matches (alert, document, found) \
        SELECT alerts.id, $2, $3 FROM alerts WHERE alerts.id = $1 \
        AND alerts.confirmed IS NOT NULL AND alerts.since < $4 \
        AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.id = $5 \
        AND (entries.first_seen < alerts.confirmed OR entries.first_seen < $6)) \
        AND NOT EXISTS (SELECT 1 FROM alert_matches before WHERE before.alert = alerts.id \
        AND before.document <> $2 AND before.document IN (SELECT 'entry:' || told.entry \
        FROM story_members told WHERE told.story = COALESCE((SELECT story FROM story_members \
        WHERE entry = $5), $5) UNION ALL SELECT 'entry:' || story FROM story_members \
        WHERE entry = $5)) \
        ON CONFLICT (alert, document) DO NOTHING RETURNING alert";
    let entry = match &found.document {
        DocumentKey::Entry(id) => id.to_string(),
        DocumentKey::Brief { .. } => String::new(),
    };
    let row = sqlx::query(sql)
        .bind(found.alert.to_string())
        .bind(found.document.to_string())
        .bind(now.millis())
        .bind(number(found.number.0))
        .bind(entry)
        .bind(now.plus_seconds(-NEWS_SECONDS).millis())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    Ok(row.is_some())
}

/// Whether anything waits to be told.
pub(super) async fn waits(
    connection: &mut AnyConnection,
    alert: AlertId,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM alert_matches WHERE alert = $1 AND told IS NULL LIMIT 1";
    let row = sqlx::query(sql)
        .bind(alert.to_string())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    Ok(row.is_some())
}

/// Ends the other alerts of the same address for the same search: `alert` goes on where they were.
pub(super) async fn take_over(
    connection: &mut AnyConnection,
    alert: &Alert,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "SELECT id FROM alerts WHERE LOWER(mail) = LOWER($1) AND asked = $2 AND id <> $3 \
        AND confirmed IS NOT NULL AND COALESCE(watch, '') = $4";
    let rows = sqlx::query(sql)
        .bind(alert.mail.as_str())
        .bind(crate::rows::without_nul(&alert.asked.query()))
        .bind(alert.id.to_string())
        .bind(alert.trends.as_ref().map(ToString::to_string).unwrap_or_default())
        .fetch_all(&mut *connection)
        .await
        .map_err(of_engine)?;
    for row in &rows {
        let old = noun::<AlertId>(row, "id")?;
        let sql = "UPDATE alert_matches SET alert = $1 WHERE alert = $2 AND document NOT IN \
            (SELECT document FROM alert_matches WHERE alert = $1)";
        sqlx::query(sql)
            .bind(alert.id.to_string())
            .bind(old.to_string())
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
        remove(connection, old).await?;
    }
    if waits(connection, alert.id).await? {
        let work = Work::SendAlert { alert: alert.id };
        jobs::enqueue(connection, &work, alert.cadence.due(now), now).await?;
    }
    Ok(())
}
