//! What was found to rise, picture by picture.

use std::collections::{BTreeMap, BTreeSet};

use observatory_model::trend::{Finding, List, Picture};
use observatory_model::{Slug, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, json, noun, optional_time, places, time, without_nul};

/// Whole pictures that are kept, the latest; of older ones the lines stay.
const WHOLE_PICTURES: i64 = 40;

/// Lines written in one statement: five columns each, far below the bounds of both databases.
const LINES_AT_ONCE: usize = 100;

/// Most places of a trend that are given at once: a daily picture for two years.
const MAX_PLACES: i64 = 750;

/// Where a trend stood in one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The instant of the picture.
    pub at: Timestamp,
    /// The list.
    pub list: List,
    /// The place in it, from 1.
    pub rank: u32,
    /// [`Finding::growth`] then.
    pub growth: f64,
    /// [`Finding::false_alarms`] then.
    pub false_alarms: f64,
    /// [`Finding::name`] then.
    pub name: String,
}

/// The part of a [`Place`] that has no column of its own.
#[derive(Debug, Serialize, Deserialize)]
struct PlaceBody {
    growth: f64,
    false_alarms: f64,
    name: String,
}

impl Store {
    /// Keeps a picture; one of the same instant is replaced.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn keep_picture(&self, picture: &Picture, now: Timestamp) -> Result<(), StoreError> {
        let body = to_json(picture)?;
        let lines = lines_of(picture)?;
        let mut transaction = self.begin().await?;
        for sql in ["DELETE FROM pictures WHERE at = $1", "DELETE FROM picture_lines WHERE at = $1"]
        {
            sqlx::query(sql)
                .bind(picture.at.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        sqlx::query("INSERT INTO pictures (at, made, body) VALUES ($1, $2, $3)")
            .bind(picture.at.millis())
            .bind(now.millis())
            .bind(without_nul(&body))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        for part in lines.chunks(LINES_AT_ONCE) {
            let sql = format!(
                "INSERT INTO picture_lines (at, trend, list, place, body) VALUES {}",
                places(part.len(), 5)
            );
            let mut insert = sqlx::query(AssertSqlSafe(sql));
            for (trend, list, rank, body) in part {
                insert = insert
                    .bind(picture.at.millis())
                    .bind(trend.as_str())
                    .bind(list.code())
                    .bind(i64::from(*rank))
                    .bind(without_nul(body));
            }
            insert.execute(&mut *transaction).await.map_err(of_engine)?;
        }
        let sql = "DELETE FROM pictures WHERE at NOT IN \
            (SELECT at FROM pictures ORDER BY at DESC LIMIT $1)";
        sqlx::query(sql)
            .bind(WHOLE_PICTURES)
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await
    }

    /// When the latest picture was painted; `None` before the first. Cheap, so that who has the picture
    /// already needs not read it again.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn latest_picture_made(&self) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let row = sqlx::query("SELECT at, made FROM pictures ORDER BY at DESC LIMIT 1")
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| Ok((time(&row, "at")?, time(&row, "made")?))).transpose()
    }

    /// The latest picture; `None` before the first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn latest_picture(&self) -> Result<Option<Picture>, StoreError> {
        let row = sqlx::query("SELECT body FROM pictures ORDER BY at DESC LIMIT 1")
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| json(&row, "body")).transpose()
    }

    /// Where a trend stood, the latest first, at most 750.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn places_of(&self, trend: &Slug) -> Result<Vec<Place>, StoreError> {
        let sql = "SELECT at, list, place, body FROM picture_lines WHERE trend = $1 \
            ORDER BY at DESC LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(trend.as_str())
            .bind(MAX_PLACES)
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let read = |row: &AnyRow| {
            let body = json::<PlaceBody>(row, "body")?;
            Ok(Place {
                at: time(row, "at")?,
                list: if get::<String>(row, "list")? == List::Signals.code() {
                    List::Signals
                } else {
                    List::Trends
                },
                rank: count(row, "place")?,
                growth: body.growth,
                false_alarms: body.false_alarms,
                name: body.name,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Those of `trends` of which anything is known: a place in a picture, or what somebody decided.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn trends_with_a_past(&self, trends: &[&Slug]) -> Result<BTreeSet<Slug>, StoreError> {
        let mut known = BTreeSet::new();
        for some in trends.chunks(LINES_AT_ONCE) {
            let these = places(1, some.len());
            let sql = format!(
                "SELECT trend FROM picture_lines WHERE trend IN {these} \
                UNION SELECT trend FROM decisions WHERE trend IN {these}"
            );
            let query = sqlx::query(AssertSqlSafe(sql));
            let query = some.iter().fold(query, |query, trend| query.bind(trend.as_str()));
            let rows = query.fetch_all(self.readers()).await.map_err(of_engine)?;
            for row in &rows {
                known.insert(noun(row, "trend")?);
            }
        }
        Ok(known)
    }

    /// When each trend was first in a picture.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn all_first_listed(&self) -> Result<BTreeMap<Slug, Timestamp>, StoreError> {
        let sql = "SELECT trend, MIN(at) AS first FROM picture_lines GROUP BY trend";
        let rows = sqlx::query(sql).fetch_all(self.readers()).await.map_err(of_engine)?;
        rows.iter().map(|row| Ok((noun(row, "trend")?, time(row, "first")?))).collect()
    }

    /// When a trend was first in a picture; `None` when it never was.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn first_listed(&self, trend: &Slug) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query("SELECT MIN(at) AS first FROM picture_lines WHERE trend = $1")
            .bind(trend.as_str())
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        optional_time(&row, "first")
    }
}

type LineRow = (Slug, List, u32, String);

fn lines_of(picture: &Picture) -> Result<Vec<LineRow>, StoreError> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for list in [List::Trends, List::Signals] {
        for finding in picture.list(list) {
            // What is in both lists stands in the first.
            if seen.insert(finding.slug.clone()) {
                lines.push(line_of(finding, list)?);
            }
        }
    }
    Ok(lines)
}

fn line_of(finding: &Finding, list: List) -> Result<LineRow, StoreError> {
    let body = PlaceBody {
        growth: finding.growth,
        false_alarms: finding.false_alarms,
        name: finding.name.clone(),
    };
    Ok((finding.slug.clone(), list, finding.rank, to_json(&body)?))
}

/// A record as the text of a column.
pub(crate) fn to_json<T: Serialize>(record: &T) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(|error| StoreError::corrupt("body", error))
}
