//! Mails that were written: kept with what made them necessary, sent once, then forgotten.

use observatory_model::job::Work;
use observatory_model::mail::{Mail, MailAddress};
use observatory_model::{AlertId, MailId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{count, get, json, noun, time, to_json, without_nul};

/// Seconds for which it is kept that a mail was sent or given up: 30 days, so that the operator can
/// answer "did it leave?".
const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 500;

/// How many mails there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// Written and not sent yet.
    pub waiting: u64,
    /// Sent in the last 30 days.
    pub sent: u64,
    /// Given up in the last 30 days: needs a person.
    pub failed: u64,
}

/// A mail that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedMail {
    /// Its id.
    pub id: MailId,
    /// The alert it comes from, which may have ended since; `None` for a mail that comes from none.
    pub alert: Option<AlertId>,
    /// To whom it was to go.
    pub to: MailAddress,
    /// Why it did not, in English, for the operator.
    pub reason: String,
    /// When it was given up.
    pub since: Timestamp,
}

impl Store {
    /// A mail that is still to be sent; `None` when it was sent, given up or called back.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn waiting_mail(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        let sql = "SELECT content FROM mails WHERE id = $1 AND state = 'waiting'";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| json(&row, "content")).transpose()
    }

    /// Writes down that a mail has left; its words and its address are forgotten.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]: it will leave once more, with the same
    /// `Message-ID`.
    pub async fn mail_sent(&self, id: MailId, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE mails SET state = 'sent', content = '', since = $2 \
            WHERE id = $1 AND state = 'waiting'";
        sqlx::query(sql)
            .bind(id.to_string())
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        forget_old(&mut transaction, now).await?;
        commit(transaction).await
    }

    /// Writes down that a mail was given up.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn mail_failed(
        &self,
        id: MailId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let reason = without_nul(reason).chars().take(MAX_REASON).collect::<String>();
        let sql = "UPDATE mails SET state = 'failed', reason = $2, since = $3 \
            WHERE id = $1 AND state = 'waiting'";
        sqlx::query(sql)
            .bind(id.to_string())
            .bind(reason)
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        forget_old(&mut transaction, now).await?;
        commit(transaction).await
    }

    /// How many mails there are.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn mail_counts(&self) -> Result<MailCounts, StoreError> {
        let sql = "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting, \
            COUNT(CASE WHEN state = 'sent' THEN 1 END) AS sent, \
            COUNT(CASE WHEN state = 'failed' THEN 1 END) AS failed FROM mails";
        let row = sqlx::query(sql).fetch_one(self.readers()).await.map_err(of_engine)?;
        Ok(MailCounts {
            waiting: count(&row, "waiting")?,
            sent: count(&row, "sent")?,
            failed: count(&row, "failed")?,
        })
    }

    /// The mails that were given up last, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn failed_mails(&self, limit: u32) -> Result<Vec<FailedMail>, StoreError> {
        let sql = "SELECT id, alert, content, reason, since FROM mails WHERE state = 'failed' \
            ORDER BY since DESC, id DESC LIMIT $1";
        let rows = sqlx::query(sql)
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let failed = |row: &AnyRow| {
            let (id, alert): (MailId, String) = (noun(row, "id")?, get(row, "alert")?);
            let alert = if alert == id.to_string() { None } else { Some(noun(row, "alert")?) };
            Ok(FailedMail {
                id,
                alert,
                to: json::<Mail>(row, "content")?.to,
                reason: noun(row, "reason")?,
                since: time(row, "since")?,
            })
        };
        rows.iter().map(failed).collect()
    }
}

/// Keeps a mail and puts the sending of it into the queue, within the transaction that makes it
/// necessary.
pub(crate) async fn put(
    connection: &mut AnyConnection,
    alert: AlertId,
    mail: &Mail,
    now: Timestamp,
) -> Result<(), StoreError> {
    keep(connection, &alert.to_string(), mail, now).await
}

/// The same for a mail that comes from no alert: it stands for itself.
pub(crate) async fn put_single(
    connection: &mut AnyConnection,
    mail: &Mail,
    now: Timestamp,
) -> Result<(), StoreError> {
    keep(connection, &mail.id.to_string(), mail, now).await
}

async fn keep(
    connection: &mut AnyConnection,
    origin: &str,
    mail: &Mail,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO mails (id, alert, content, state, since) \
        VALUES ($1, $2, $3, 'waiting', $4)";
    sqlx::query(sql)
        .bind(mail.id.to_string())
        .bind(origin)
        // JSON writes U+0000 as an escape, which PostgreSQL keeps as text.
        .bind(to_json(mail)?)
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    jobs::enqueue(connection, &Work::SendMail { mail: mail.id }, now, now).await?;
    Ok(())
}

/// Calls back what was written for an alert and has not left yet, and forgets where it could not go.
pub(crate) async fn call_back(
    connection: &mut AnyConnection,
    alert: AlertId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM mails WHERE alert = $1 AND state <> 'sent'")
        .bind(alert.to_string())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

async fn forget_old(connection: &mut AnyConnection, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM mails WHERE state <> 'waiting' AND since < $1")
        .bind(now.plus_seconds(-KEPT_SECONDS).millis())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}
