//! What sources bring: how many entries, the newest, and how many a week.

use std::collections::BTreeMap;

use observatory_model::source::Figures;
use observatory_model::{SourceId, Timestamp};
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::Store;
use crate::rows::{count, noun, optional_time};

const WEEK: i64 = 7 * 24 * 3600;

/// Weeks from which it is known what is usual.
const USUAL_WEEKS: i64 = 12;

/// The figures of sources, and what follows. The index `entries_newest_of_source` holds all that is read.
macro_rules! figures_sql {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "COUNT(*) AS entries, MAX(sort_date) AS newest, MIN(sort_date) AS oldest, \
             COUNT(CASE WHEN sort_date > $1 THEN 1 END) AS last_week, \
             COUNT(CASE WHEN sort_date > $2 AND sort_date <= $1 THEN 1 END) AS earlier \
             FROM entries WHERE deleted IS NULL AND withheld IS NULL ",
            $rest
        )
    };
}

impl Store {
    /// What each source has brought, by id; a source without entries is absent.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn figures(&self, now: Timestamp) -> Result<BTreeMap<SourceId, Figures>, StoreError> {
        let rows = sqlx::query(figures_sql!("source_id, ", "GROUP BY source_id"))
            .bind(week(now).millis())
            .bind(first(now).millis())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(|row| Ok((noun(row, "source_id")?, figures(row, now)?))).collect()
    }

    /// What one source has brought.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn figures_of(&self, id: SourceId, now: Timestamp) -> Result<Figures, StoreError> {
        let row = sqlx::query(figures_sql!("", "AND source_id = $3"))
            .bind(week(now).millis())
            .bind(first(now).millis())
            .bind(id.to_string())
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        figures(&row, now)
    }
}

/// When the last seven days began.
const fn week(now: Timestamp) -> Timestamp {
    now.plus_seconds(-WEEK)
}

/// When the weeks before them began.
const fn first(now: Timestamp) -> Timestamp {
    now.plus_seconds(-(USUAL_WEEKS + 1) * WEEK)
}

fn figures(row: &AnyRow, now: Timestamp) -> Result<Figures, StoreError> {
    let oldest = optional_time(row, "oldest")?.unwrap_or(now).max(first(now));
    let seconds = week(now).seconds_since(oldest).max(0);
    let earlier_weeks = u32::try_from((seconds + WEEK - 1) / WEEK).unwrap_or_default();
    Ok(Figures {
        entries: count(row, "entries")?,
        newest: optional_time(row, "newest")?,
        last_week: count(row, "last_week")?,
        earlier: count(row, "earlier")?,
        earlier_weeks,
    })
}
