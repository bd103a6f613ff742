//! Alerts: asked for, confirmed, managed and ended by their readers, who have a word for each.
//!
//! What they find is in `alerts/found.rs`.

use observatory_model::alert::{
    Alert, Cadence, HOURS_TO_CONFIRM, MOST_ALERTS_PER_ADDRESS, QUESTIONS_PER_HOUR, Token,
    TrendWatch,
};
use observatory_model::job::Work;
use observatory_model::mail::{Mail, MailAddress};
use observatory_model::{AlertId, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, noun, optional_time, time};
use crate::{jobs, mails, migrate};

mod found;
mod trends;

pub use found::{AlertMatch, AlertNews, WatchedSearch};
pub use trends::{TrendMatch, WatchedTrends};

/// Most alerts that wait to be confirmed: whoever asks in the name of thousands of addresses fills
/// neither the disk nor their mailboxes.
const MOST_QUESTIONS: u64 = 2000;

/// The columns of an alert, in the order of nothing: they are read by name.
macro_rules! select_alert {
    ($rest:literal) => {
        concat!(
            "SELECT id, asked, watch, name, mail, language, cadence, created, confirmed, ",
            "stop_key ",
            "FROM alerts ",
            $rest
        )
    };
}
pub(crate) use select_alert;

/// What came of confirming an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirming {
    /// It is on; with the word that manages and ends it.
    Done(Box<Alert>, Token),
    /// The word is not known, or its time is over.
    Unknown,
    /// The address has as many alerts as one may have.
    TooMany,
}

/// An alert as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertLine {
    /// The alert.
    pub alert: Alert,
    /// Documents that it has found and not told yet.
    pub waiting: u64,
    /// Documents that it has told.
    pub told: u64,
}

impl Store {
    /// Keeps an alert that is to be confirmed by `question`, and its mail that asks, unless the limits
    /// of its address are reached. Returns whether it was kept; whoever asked must not be told.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing was kept.
    pub async fn ask_alert(
        &self,
        alert: &Alert,
        question: Token,
        key: Token,
        mail: &Mail,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        if !may_ask(&mut transaction, &alert.mail, now).await? {
            return Ok(false);
        }
        let sql = "INSERT INTO alerts (id, asked, name, mail, language, cadence, created, question, \
            stop_key, since, watch) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)";
        sqlx::query(sql)
            .bind(alert.id.to_string())
            .bind(crate::rows::without_nul(&alert.asked.query()))
            .bind(alert.name.as_str())
            .bind(alert.mail.as_str())
            .bind(alert.language.code())
            .bind(alert.cadence.code())
            .bind(alert.created.millis())
            .bind(hash(question))
            .bind(key.to_string())
            .bind(alert.trends.as_ref().map(TrendWatch::query))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        mails::put(&mut transaction, alert.id, mail, now).await?;
        let work = Work::ForgetQuestion { alert: alert.id };
        let over = alert.created.plus_seconds(HOURS_TO_CONFIRM * 3600);
        jobs::enqueue(&mut transaction, &work, over, now).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// The alert that `question` asks about, confirmed or not, while it may be confirmed.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn alert_in_question(
        &self,
        question: Token,
        now: Timestamp,
    ) -> Result<Option<(Alert, Token)>, StoreError> {
        let row = sqlx::query(select_alert!("WHERE question = $1 AND created > $2"))
            .bind(hash(question))
            .bind(now.plus_seconds(-HOURS_TO_CONFIRM * 3600).millis())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| read(&row)).transpose()
    }

    /// Turns on the alert that `question` asks about. A second time does no harm. An alert of the same
    /// address for the same search or trends ends by it, and leaves what it has found. Trends that are
    /// there already are no news.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]; nothing changed.
    pub async fn confirm_alert(
        &self,
        question: Token,
        now: Timestamp,
    ) -> Result<Confirming, StoreError> {
        let known = match self.alert_in_question(question, now).await? {
            Some((alert, _)) => self.known_trends(&alert).await?,
            None => return Ok(Confirming::Unknown),
        };
        let mut transaction = self.begin().await?;
        let sql = "UPDATE alerts SET question = question WHERE question = $1 AND created > $2 \
            RETURNING id, asked, watch, name, mail, language, cadence, created, confirmed, stop_key";
        let row = sqlx::query(sql)
            .bind(hash(question))
            .bind(now.plus_seconds(-HOURS_TO_CONFIRM * 3600).millis())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(Confirming::Unknown) };
        let (mut alert, key) = read(&row)?;
        if alert.confirmed.is_none() {
            let sql = "UPDATE alerts SET confirmed = $2, \
                since = (SELECT last_change FROM ledger WHERE id = 1) WHERE id = $1";
            sqlx::query(sql)
                .bind(alert.id.to_string())
                .bind(now.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
            alert.confirmed = Some(now);
            trends::begin(&mut transaction, alert.id, &known, now).await?;
            found::take_over(&mut transaction, &alert, now).await?;
            if active(&mut transaction, &alert.mail).await? > MOST_ALERTS_PER_ADDRESS {
                // Dropped here, the transaction takes all of it back.
                return Ok(Confirming::TooMany);
            }
            commit(transaction).await?;
        }
        Ok(Confirming::Done(Box::new(alert), key))
    }

    /// The alert that `key` manages, once it is confirmed.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn managed_alert(&self, key: Token) -> Result<Option<Alert>, StoreError> {
        let row = sqlx::query(select_alert!("WHERE stop_key = $1 AND confirmed IS NOT NULL"))
            .bind(key.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        Ok(row.map(|row| read(&row)).transpose()?.map(|(alert, _)| alert))
    }

    /// Changes how often an alert writes; what it has found is told at the new time.
    /// Returns `false` when there is no such alert.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing changed.
    pub async fn change_cadence(
        &self,
        key: Token,
        cadence: Cadence,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE alerts SET cadence = $2 WHERE stop_key = $1 AND confirmed IS NOT NULL \
            RETURNING id";
        let row = sqlx::query(sql)
            .bind(key.to_string())
            .bind(cadence.code())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(false) };
        let alert = noun(&row, "id")?;
        if found::waits(&mut transaction, alert).await? {
            jobs::put_off(&mut transaction, &Work::SendAlert { alert }, cadence.due(now), now)
                .await?;
        }
        commit(transaction).await?;
        Ok(true)
    }

    /// Ends the alert that `key` ends, and forgets its address. Returns `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing changed.
    pub async fn end_alert(&self, key: Token) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(select_alert!("WHERE stop_key = $1"))
            .bind(key.to_string())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(false) };
        remove(&mut transaction, noun(&row, "id")?).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// The same by its id, for the operator.
    ///
    /// # Errors
    /// As [`Self::end_alert`].
    pub async fn end_alert_of_id(&self, alert: AlertId) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let is_there = remove(&mut transaction, alert).await?;
        commit(transaction).await?;
        Ok(is_there)
    }

    /// The time to confirm `alert` is over: where nobody has, it is forgotten with its address;
    /// else only the word by which it was confirmed is.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing changed.
    pub async fn forget_question(&self, alert: AlertId, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE alerts SET question = NULL WHERE id = $1 AND created <= $2 \
            RETURNING confirmed";
        let row = sqlx::query(sql)
            .bind(alert.to_string())
            .bind(now.plus_seconds(-HOURS_TO_CONFIRM * 3600).millis())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if let Some(row) = row
            && optional_time(&row, "confirmed")?.is_none()
        {
            remove(&mut transaction, alert).await?;
        }
        commit(transaction).await
    }

    /// The alerts after `after` in the order of their ids, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn alerts(
        &self,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<AlertLine>, StoreError> {
        let sql = "SELECT id, asked, watch, name, mail, language, cadence, created, confirmed, \
            stop_key, \
            (SELECT COUNT(*) FROM alert_matches WHERE alert = alerts.id AND told IS NULL) \
            AS waiting, \
            (SELECT COUNT(*) FROM alert_matches WHERE alert = alerts.id AND told IS NOT NULL) \
            AS told FROM alerts WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let line = |row: &AnyRow| {
            let (alert, _) = read(row)?;
            Ok(AlertLine { alert, waiting: count(row, "waiting")?, told: count(row, "told")? })
        };
        rows.iter().map(line).collect()
    }
}

/// Whether an address may be asked once more.
async fn may_ask(
    connection: &mut AnyConnection,
    mail: &MailAddress,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(CASE WHEN created > $2 THEN 1 END) AS recent, \
        COUNT(confirmed) AS active FROM alerts WHERE LOWER(mail) = LOWER($1)";
    let row = sqlx::query(sql)
        .bind(mail.as_str())
        .bind(now.plus_seconds(-3600).millis())
        .fetch_one(&mut *connection)
        .await
        .map_err(of_engine)?;
    let (recent, active): (u64, u64) = (count(&row, "recent")?, count(&row, "active")?);
    let row = sqlx::query("SELECT COUNT(*) AS open FROM alerts WHERE confirmed IS NULL")
        .fetch_one(connection)
        .await
        .map_err(of_engine)?;
    let open: u64 = count(&row, "open")?;
    Ok(recent < QUESTIONS_PER_HOUR && active < MOST_ALERTS_PER_ADDRESS && open < MOST_QUESTIONS)
}

/// How many alerts of an address are on.
async fn active(connection: &mut AnyConnection, mail: &MailAddress) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(confirmed) AS active FROM alerts WHERE LOWER(mail) = LOWER($1)";
    let row =
        sqlx::query(sql).bind(mail.as_str()).fetch_one(connection).await.map_err(of_engine)?;
    count(&row, "active")
}

/// Takes an alert away with all that belongs to it; whether it was there.
async fn remove(connection: &mut AnyConnection, alert: AlertId) -> Result<bool, StoreError> {
    // The row first, so that nothing is found or told for it meanwhile.
    let id = alert.to_string();
    sqlx::query("UPDATE alerts SET question = NULL WHERE id = $1")
        .bind(&id)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    sqlx::query("DELETE FROM alert_matches WHERE alert = $1")
        .bind(&id)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    mails::call_back(connection, alert).await?;
    let done = sqlx::query("DELETE FROM alerts WHERE id = $1")
        .bind(&id)
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(done.rows_affected() > 0)
}

/// An alert and the word that ends it.
fn read(row: &AnyRow) -> Result<(Alert, Token), StoreError> {
    let alert = Alert {
        id: noun(row, "id")?,
        asked: observatory_model::asked::Asked::parse(&get::<String>(row, "asked")?),
        trends: get::<Option<String>>(row, "watch")?
            .map(TrendWatch::try_from)
            .transpose()
            .map_err(|error| StoreError::corrupt("watch", error))?,
        name: get::<String>(row, "name")?.into(),
        mail: noun(row, "mail")?,
        language: noun(row, "language")?,
        cadence: noun(row, "cadence")?,
        created: time(row, "created")?,
        confirmed: optional_time(row, "confirmed")?,
    };
    Ok((alert, noun(row, "stop_key")?))
}

/// What is kept of the word in a question: whoever reads the database cannot confirm with it.
fn hash(question: Token) -> String {
    migrate::hex(&Sha256::digest(question.to_string().as_bytes()))
}
