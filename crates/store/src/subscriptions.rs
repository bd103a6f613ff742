//! Subscriptions at hubs: one for each source that names a hub, with its lease and its secret.

use observatory_model::alert::Token;
use observatory_model::job::Work;
use observatory_model::subscription::{Subscription, SubscriptionState};
use observatory_model::{SourceId, Timestamp, WebAddress};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{count, get, noun, optional_time, time, without_nul};

/// Part of a lease before whose end it is renewed: a tenth, so that a hub that is down for some hours at
/// that time is asked again before it ends.
const RENEW_BEFORE: i64 = 10;

/// Shortest and longest lease that is believed, in seconds: an hour and ninety days.
const LEASES: std::ops::RangeInclusive<i64> = 3600..=90 * 24 * 3600;

/// Seconds after which a hub that does not answer, or has not confirmed, is asked again: a day, so that
/// one that never answers costs a request a day.
const ASK_AGAIN_SECONDS: i64 = 24 * 3600;

/// Seconds after which a hub is asked again that does not answer while it still tells of changes.
const RENEW_AGAIN_SECONDS: i64 = 3600;

/// Seconds after which a hub that has denied a subscription, or was gone, is asked once more: a week.
const FORGIVEN_AFTER_SECONDS: i64 = 7 * 24 * 3600;

/// Seconds between two readings that a hub can bring about.
const PUSH_EVERY_SECONDS: i64 = 60;

/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 300;

/// All columns of subscriptions, and what follows.
macro_rules! subscriptions_sql {
    ($rest:literal) => {
        concat!(
            "SELECT source_id, hub, topic, callback, secret, state, since, asked, lease_end, \
             last_push, reason FROM subscriptions ",
            $rest
        )
    };
}

impl Store {
    /// Notes the hub that a source names, and puts asking it into the queue when it is a new one, when its
    /// lease has run out, or when a week has passed since it did not want us. Returns whether it is asked.
    ///
    /// A new subscription gets the words `callback` and `secret`; what was sent to the old address is not
    /// heard any more.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn note_hub(
        &self,
        source: SourceId,
        (hub, topic): (&WebAddress, &WebAddress),
        (callback, secret): (Token, Token),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // Most readings change nothing, and need no turn of the writer.
        if wanted(self.subscription(source).await?, hub, topic, now) == Wanted::Nothing {
            return Ok(false);
        }
        let mut transaction = self.begin().await?;
        // Meanwhile it may have been asked.
        let row = sqlx::query(subscriptions_sql!("WHERE source_id = $1"))
            .bind(source.to_string())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let known = row.as_ref().map(subscription).transpose()?;
        let wanted = wanted(known, hub, topic, now);
        if wanted == Wanted::Nothing {
            return Ok(false);
        }
        if wanted == Wanted::New {
            let sql = "INSERT INTO subscriptions \
                (source_id, hub, topic, callback, secret, state, since) \
                VALUES ($1, $2, $3, $4, $5, 'wanted', $6) ON CONFLICT (source_id) DO UPDATE SET \
                hub = excluded.hub, topic = excluded.topic, callback = excluded.callback, \
                secret = excluded.secret, state = 'wanted', since = excluded.since, asked = NULL, \
                lease_end = NULL, last_push = NULL, reason = NULL";
            sqlx::query(sql)
                .bind(source.to_string())
                .bind(hub.as_str())
                .bind(topic.as_str())
                .bind(callback.to_string())
                .bind(secret.to_string())
                .bind(now.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        jobs::enqueue(&mut transaction, &Work::Subscribe { source }, now, now).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// The subscription of a source, or `None` when it names no hub.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn subscription(&self, source: SourceId) -> Result<Option<Subscription>, StoreError> {
        let row = sqlx::query(subscriptions_sql!("WHERE source_id = $1"))
            .bind(source.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(subscription).transpose()
    }

    /// The subscription whose hub knows this word, or `None`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn subscription_at(
        &self,
        callback: Token,
    ) -> Result<Option<Subscription>, StoreError> {
        let row = sqlx::query(subscriptions_sql!("WHERE callback = $1"))
            .bind(callback.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(subscription).transpose()
    }

    /// Writes down that the hub of a source is being asked, and plans to ask again where it never
    /// confirms.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn hub_asked(&self, source: SourceId, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE subscriptions SET asked = $2 WHERE source_id = $1";
        sqlx::query(sql)
            .bind(source.to_string())
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        again(&mut transaction, source, now.plus_seconds(ASK_AGAIN_SECONDS), now).await?;
        commit(transaction).await
    }

    /// Writes down that a hub could not be asked, and plans the next try: in an hour while it still tells of
    /// changes, else in a day.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn hub_failed(
        &self,
        source: SourceId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(known) = self.subscription(source).await? else { return Ok(()) };
        let wait = if known.is_active(now) { RENEW_AGAIN_SECONDS } else { ASK_AGAIN_SECONDS };
        let mut transaction = self.begin().await?;
        // It may have confirmed all the same, and only its answer was lost.
        let sql = "UPDATE subscriptions SET reason = $2 WHERE source_id = $1 AND asked IS NOT NULL";
        let done = sqlx::query(sql)
            .bind(source.to_string())
            .bind(shortened(reason))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() > 0 {
            again(&mut transaction, source, now.plus_seconds(wait), now).await?;
        }
        commit(transaction).await
    }

    /// Writes down that a hub has confirmed, if it was asked, and plans to renew before the lease ends.
    /// Returns whether it was asked.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn hub_confirmed(
        &self,
        source: SourceId,
        lease_seconds: i64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let lease = lease_seconds.clamp(*LEASES.start(), *LEASES.end());
        let mut transaction = self.begin().await?;
        let sql = "UPDATE subscriptions SET \
            since = CASE WHEN state = 'active' THEN since ELSE $3 END, \
            state = 'active', asked = NULL, lease_end = $2, reason = NULL \
            WHERE source_id = $1 AND asked IS NOT NULL AND state <> 'ended'";
        let done = sqlx::query(sql)
            .bind(source.to_string())
            .bind(now.plus_seconds(lease).millis())
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let was_asked = done.rows_affected() > 0;
        if was_asked {
            let due = now.plus_seconds(lease - lease / RENEW_BEFORE);
            again(&mut transaction, source, due, now).await?;
        }
        commit(transaction).await?;
        Ok(was_asked)
    }

    /// Writes down that a subscription has ended, and why: its source is read now, and as often as others
    /// again. Nothing happens where there is none, or it has ended already.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn hub_left(
        &self,
        source: SourceId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE subscriptions SET state = 'ended', since = $3, asked = NULL, \
            lease_end = NULL, reason = $2 WHERE source_id = $1 AND state <> 'ended'";
        let done = sqlx::query(sql)
            .bind(source.to_string())
            .bind(shortened(reason))
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() > 0 {
            read_soon(&mut transaction, source, now).await?;
        }
        commit(transaction).await
    }

    /// Writes down that a hub told of a change, and has the source read: now, or a minute after it was
    /// read last.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn hub_told(&self, source: SourceId, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE subscriptions SET last_push = $2 WHERE source_id = $1")
            .bind(source.to_string())
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        read_soon(&mut transaction, source, now).await?;
        commit(transaction).await
    }
}

/// What is to be done with the hub that a source names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    /// Asked again: its lease ran out.
    Again,
    /// Asked for the first time, or as if it were.
    New,
}

fn wanted(
    known: Option<Subscription>,
    hub: &WebAddress,
    topic: &WebAddress,
    now: Timestamp,
) -> Wanted {
    let known = known.filter(|known| known.hub == *hub && known.topic == *topic);
    let Some(known) = known else { return Wanted::New };
    let is_due = |asked| now.seconds_since(asked) > ASK_AGAIN_SECONDS;
    match known.state {
        SubscriptionState::Ended if now.seconds_since(known.since) >= FORGIVEN_AFTER_SECONDS => {
            Wanted::New
        }
        SubscriptionState::Ended => Wanted::Nothing,
        _ if !known.is_active(now) && known.asked.is_none_or(is_due) => Wanted::Again,
        _ => Wanted::Nothing,
    }
}

/// Has an active source read soon, at most once a minute. One that fails keeps its own time: no hub makes
/// us ask a server that wants to be left alone.
async fn read_soon(
    connection: &mut AnyConnection,
    source: SourceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "SELECT last_attempt, failures FROM sources WHERE id = $1 AND state = 'active'";
    let row = sqlx::query(sql)
        .bind(source.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(of_engine)?;
    let Some(row) = row else { return Ok(()) };
    if count::<u32>(&row, "failures")? == 0 {
        let last = optional_time(&row, "last_attempt")?.unwrap_or(Timestamp::EPOCH);
        let due = last.plus_seconds(PUSH_EVERY_SECONDS).max(now);
        sqlx::query("UPDATE sources SET next_attempt = $2 WHERE id = $1 AND next_attempt > $2")
            .bind(source.to_string())
            .bind(due.millis())
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
        jobs::enqueue(connection, &Work::FetchFeed { source }, due, now).await?;
    }
    Ok(())
}

async fn again(
    connection: &mut AnyConnection,
    source: SourceId,
    due: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    jobs::put_off(connection, &Work::Subscribe { source }, due, now).await.map(drop)
}

fn shortened(reason: &str) -> String {
    without_nul(reason).chars().take(MAX_REASON).collect()
}

fn subscription(row: &AnyRow) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        source: noun(row, "source_id")?,
        hub: noun(row, "hub")?,
        topic: noun(row, "topic")?,
        callback: noun(row, "callback")?,
        secret: noun(row, "secret")?,
        state: noun::<SubscriptionState>(row, "state")?,
        since: time(row, "since")?,
        asked: optional_time(row, "asked")?,
        lease_end: optional_time(row, "lease_end")?,
        last_push: optional_time(row, "last_push")?,
        reason: get(row, "reason")?,
    })
}
