//! Alerts that watch trends: which there are, and what they find in a picture.

use observatory_model::alert::{Alert, Cadence, TrendKey, TrendWatch};
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::job::Work;
use observatory_model::radar::{listed, standings};
use observatory_model::trend::List;
use observatory_model::{AlertId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::found::{AlertMatch, keep};
use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{get, noun};

/// The number of a change that comes after every other: what shows a trend is news when it was first
/// read after the alert was confirmed, whenever it changed.
const AFTER_ALL: ChangeNumber = ChangeNumber(i64::MAX.unsigned_abs());

/// An alert that watches trends and is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedTrends {
    /// The alert.
    pub alert: AlertId,
    /// What it watches.
    pub watch: TrendWatch,
    /// How often it writes.
    pub cadence: Cadence,
}

/// What an alert has found in a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendMatch {
    /// The alert.
    pub alert: AlertId,
    /// How often it writes.
    pub cadence: Cadence,
    /// A trend that has come into a list.
    pub trends: Vec<TrendKey>,
    /// Documents that show the trend it follows.
    pub documents: Vec<DocumentKey>,
}

impl Store {
    /// The alerts on trends that are on after the alert `after`, in the order of ids, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn watched_trends(
        &self,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<WatchedTrends>, StoreError> {
        let sql = "SELECT id, watch, cadence FROM alerts WHERE confirmed IS NOT NULL \
            AND watch IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let watched = |row: &AnyRow| {
            Ok(WatchedTrends {
                alert: noun(row, "id")?,
                watch: get::<String>(row, "watch")?
                    .try_into()
                    .map_err(|error| StoreError::corrupt("watch", error))?,
                cadence: noun(row, "cadence")?,
            })
        };
        rows.iter().map(watched).collect()
    }

    /// Keeps what alerts have found in a picture, and plans their mails. Returns how much of it is new.
    ///
    /// Left out: what an alert has found before, told or not; and documents that were read before it
    /// was confirmed. Twice does no harm.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; a part may be kept, and the rest is found
    /// again in the next picture.
    pub async fn keep_trends(
        &self,
        matches: &[TrendMatch],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut kept = 0;
        for found in matches {
            let mut transaction = self.begin().await?;
            let mut is_new = false;
            for trend in &found.trends {
                if note(&mut transaction, found.alert, trend, None, now).await? {
                    (is_new, kept) = (true, kept + 1);
                }
            }
            for document in &found.documents {
                let (alert, cadence) = (found.alert, found.cadence);
                let shown =
                    AlertMatch { alert, cadence, document: document.clone(), number: AFTER_ALL };
                if keep(&mut transaction, &shown, now).await? {
                    (is_new, kept) = (true, kept + 1);
                }
            }
            if is_new {
                let work = Work::SendAlert { alert: found.alert };
                jobs::enqueue(&mut transaction, &work, found.cadence.due(now), now).await?;
            }
            commit(transaction).await?;
        }
        Ok(kept)
    }

    /// What the alert would find in the latest picture: no news, when it is confirmed.
    pub(super) async fn known_trends(&self, alert: &Alert) -> Result<Vec<TrendKey>, StoreError> {
        let Some(watch) = &alert.trends else { return Ok(Vec::new()) };
        let Some(picture) = self.latest_picture().await? else { return Ok(Vec::new()) };
        let standings = standings(&self.decisions(None).await?);
        let of = |list: List| {
            let found = listed(&picture, &standings, list).into_iter();
            let standing = |slug| standings.get(slug).cloned().unwrap_or_default();
            let held = found.filter(move |one| watch.holds(one, &standing(&one.slug)));
            held.map(move |one| TrendKey { list, trend: one.slug.clone() }).collect::<Vec<_>>()
        };
        Ok(List::ALL.into_iter().flat_map(of).collect())
    }
}

/// Writes down what was there when an alert was confirmed, as if it had been told.
pub(super) async fn begin(
    connection: &mut AnyConnection,
    alert: AlertId,
    known: &[TrendKey],
    now: Timestamp,
) -> Result<(), StoreError> {
    for trend in known {
        note(connection, alert, trend, Some(now), now).await?;
    }
    Ok(())
}

/// Keeps that an alert has found a trend in a list; whether that is new.
async fn note(
    connection: &mut AnyConnection,
    alert: AlertId,
    trend: &TrendKey,
    told: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO alert_matches (alert, document, found, told) \
        SELECT alerts.id, $2, $3, CAST($4 AS BIGINT) FROM alerts WHERE alerts.id = $1 \
        AND alerts.confirmed IS NOT NULL \
        ON CONFLICT (alert, document) DO NOTHING RETURNING alert";
    let row = sqlx::query(sql)
        .bind(alert.to_string())
        .bind(trend.to_string())
        .bind(now.millis())
        .bind(told.map(Timestamp::millis))
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    Ok(row.is_some())
}
