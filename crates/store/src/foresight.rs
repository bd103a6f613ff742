//! What people made of trends: decisions, ratings, outcomes, editions. Only ever added to.

use observatory_model::decision::Decision;
use observatory_model::edition::Edition;
use observatory_model::rating::{Outcome, Rating};
use observatory_model::{RatingId, Slug, Timestamp};
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::pictures::to_json;
use crate::rows::{get, json, noun, time, without_nul};

/// Most records of one answer: what twenty people say of five hundred trends.
const MAX_RECORDS: i64 = 10_000;

/// An edition without what is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionLine {
    /// Its word in addresses.
    pub name: Slug,
    /// When it was made.
    pub at: Timestamp,
}

impl Store {
    /// Adds a decision.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn decide(&self, decision: &Decision) -> Result<(), StoreError> {
        let body = to_json(decision)?;
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO decisions (id, trend, at, body) VALUES ($1, $2, $3, $4)")
            .bind(decision.id.to_string())
            .bind(decision.trend.as_str())
            .bind(decision.at.millis())
            .bind(without_nul(&body))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await
    }

    /// All decisions, or those about one trend, in the order in which they were made; at most the latest
    /// 10,000.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn decisions(&self, trend: Option<&Slug>) -> Result<Vec<Decision>, StoreError> {
        let sql = "SELECT body FROM decisions WHERE $1 IN ('', trend) \
            ORDER BY at DESC, id DESC LIMIT $2";
        let mut found = self.records(sql, trend).await?;
        found.reverse();
        Ok(found)
    }

    /// Adds a rating.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn rate(&self, rating: &Rating) -> Result<(), StoreError> {
        let body = to_json(rating)?;
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO ratings (id, trend, at, until, body) VALUES ($1, $2, $3, $4, $5)")
            .bind(rating.id.to_string())
            .bind(rating.trend.as_str())
            .bind(rating.at.millis())
            .bind(rating.call.as_ref().map(|call| call.until.millis()))
            .bind(without_nul(&body))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await
    }

    /// All ratings, or those of one trend, in the order in which they were given; at most the latest
    /// 10,000.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn ratings(&self, trend: Option<&Slug>) -> Result<Vec<Rating>, StoreError> {
        let sql = "SELECT body FROM ratings WHERE $1 IN ('', trend) \
            ORDER BY at DESC, id DESC LIMIT $2";
        let mut found = self.records(sql, trend).await?;
        found.reverse();
        Ok(found)
    }

    /// Writes down how a call ended.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such rating, or it makes no call;
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn resolve(&self, outcome: &Outcome) -> Result<(), StoreError> {
        let body = to_json(outcome)?;
        let mut transaction = self.begin().await?;
        let known = sqlx::query("SELECT id FROM ratings WHERE id = $1 AND until IS NOT NULL")
            .bind(outcome.rating.to_string())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if known.is_none() {
            return Err(StoreError::conflict(format!(
                "no rating {} makes a call on the future",
                outcome.rating
            )));
        }
        let sql = "INSERT INTO outcomes (rating, at, body) VALUES ($1, $2, $3) \
            ON CONFLICT (rating, at) DO UPDATE SET body = excluded.body";
        sqlx::query(sql)
            .bind(outcome.rating.to_string())
            .bind(outcome.at.millis())
            .bind(without_nul(&body))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await
    }

    /// How calls ended, of all trends or of one: the latest word on each, by rating.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn outcomes(
        &self,
        trend: Option<&Slug>,
    ) -> Result<std::collections::BTreeMap<RatingId, Outcome>, StoreError> {
        let sql = "SELECT outcomes.body FROM outcomes JOIN ratings ON ratings.id = outcomes.rating \
            WHERE $1 IN ('', ratings.trend) ORDER BY outcomes.at DESC, outcomes.rating DESC LIMIT $2";
        let mut found = self.records::<Outcome>(sql, trend).await?;
        found.reverse();
        Ok(found.into_iter().map(|outcome| (outcome.rating, outcome)).collect())
    }

    /// Keeps an edition. It is never replaced.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of this name, or it is out of its bounds;
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn keep_edition(&self, edition: &Edition) -> Result<(), StoreError> {
        edition.check().map_err(|invalid| StoreError::conflict(invalid.to_string()))?;
        let body = to_json(edition)?;
        let mut transaction = self.begin().await?;
        let sql = "INSERT INTO editions (name, at, body) VALUES ($1, $2, $3) \
            ON CONFLICT (name) DO NOTHING";
        let done = sqlx::query(sql)
            .bind(edition.name.as_str())
            .bind(edition.at.millis())
            .bind(without_nul(&body))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::conflict(format!(
                "there is an edition {} already, and an edition is never changed; choose another name",
                edition.name
            )));
        }
        commit(transaction).await
    }

    /// All editions, the latest first, at most 1,000.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn editions(&self) -> Result<Vec<EditionLine>, StoreError> {
        let sql = "SELECT name, at FROM editions ORDER BY at DESC, name DESC LIMIT 1000";
        let rows = sqlx::query(sql).fetch_all(self.readers()).await.map_err(of_engine)?;
        let line =
            |row: &AnyRow| Ok(EditionLine { name: noun(row, "name")?, at: time(row, "at")? });
        rows.iter().map(line).collect()
    }

    /// The edition of this name.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn edition(&self, name: &Slug) -> Result<Option<Edition>, StoreError> {
        let row = sqlx::query("SELECT body FROM editions WHERE name = $1")
            .bind(name.as_str())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| json(&row, "body")).transpose()
    }

    async fn records<T: serde::de::DeserializeOwned>(
        &self,
        sql: &'static str,
        trend: Option<&Slug>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = sqlx::query(sql)
            .bind(trend.map(Slug::as_str).unwrap_or_default())
            .bind(MAX_RECORDS)
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let read = |row: &AnyRow| {
            let body = get::<String>(row, "body")?;
            serde_json::from_str(&body).map_err(|error| StoreError::corrupt("body", error))
        };
        rows.iter().map(read).collect()
    }
}
