//! The figures of charts in pieces: taken once, and then as they are.

use std::collections::BTreeMap;

use observatory_model::Timestamp;
use observatory_model::brief::{Brief, BriefAddress};
use observatory_model::chart::{ChartWish, FrozenChart};
use observatory_model::decision::Standing;
use observatory_model::trend::Picture;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, json, noun, number, time, to_json, without_nul};

/// Most waiting charts that are looked at in one go; the next picture takes the rest.
const MOST_WAITING: i64 = 2_000;

/// The figures of a piece's charts, by what was asked for, with the instant at which they were taken.
pub type FrozenCharts = BTreeMap<ChartWish, (FrozenChart, Timestamp)>;

/// A chart for which there are no figures yet.
struct Waiting {
    piece: BriefAddress,
    version: u32,
    wish: ChartWish,
}

impl Store {
    /// Takes the figures of all charts that have none from the latest picture, and returns how many
    /// were taken. Those that have some keep them; those whose trend is not in the picture go on
    /// waiting. It may run twice.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn freeze_charts(&self, now: Timestamp) -> Result<u64, StoreError> {
        let waiting = self.waiting_charts().await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let Some(picture) = self.latest_picture().await? else { return Ok(0) };
        let mut taken = Vec::new();
        for one in waiting {
            let figures = self.figures_for(&one.wish, &picture).await?;
            taken.extend(figures.map(|figures| (one, figures)));
        }
        let mut transaction = self.begin().await?;
        let mut count = 0;
        for (one, figures) in &taken {
            let sql = "UPDATE charts SET body = $5, taken = $6 WHERE series = $1 AND slug = $2 \
                AND version = $3 AND wish = $4 AND body IS NULL";
            let done = sqlx::query(sql)
                .bind(one.piece.series.slug())
                .bind(one.piece.slug.as_str())
                .bind(number(one.version))
                .bind(one.wish.to_string())
                .bind(without_nul(&to_json(figures)?))
                .bind(now.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
            count += done.rows_affected();
        }
        commit(transaction).await?;
        Ok(count)
    }

    /// The figures of the charts of one version of a piece; those that have none are absent.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn charts(
        &self,
        piece: &BriefAddress,
        version: u32,
    ) -> Result<FrozenCharts, StoreError> {
        let sql = "SELECT wish, body, taken FROM charts WHERE series = $1 AND slug = $2 \
            AND version = $3 AND body IS NOT NULL";
        let rows = sqlx::query(sql)
            .bind(piece.series.slug())
            .bind(piece.slug.as_str())
            .bind(number(version))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let chart = |row: &AnyRow| {
            Ok((noun(row, "wish")?, (json::<FrozenChart>(row, "body")?, time(row, "taken")?)))
        };
        rows.iter().map(chart).collect()
    }

    async fn waiting_charts(&self) -> Result<Vec<Waiting>, StoreError> {
        let sql = "SELECT series, slug, version, wish FROM charts WHERE body IS NULL \
            ORDER BY series, slug, version, wish LIMIT $1";
        let rows = sqlx::query(sql)
            .bind(MOST_WAITING)
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let waiting = |row: &AnyRow| {
            Ok(Waiting {
                piece: BriefAddress { series: noun(row, "series")?, slug: noun(row, "slug")? },
                version: count(row, "version")?,
                wish: noun(row, "wish")?,
            })
        };
        rows.iter().map(waiting).collect()
    }

    /// The figures that a picture has for a chart, those of another trend where editors have merged
    /// its own into that.
    async fn figures_for(
        &self,
        wish: &ChartWish,
        picture: &Picture,
    ) -> Result<Option<FrozenChart>, StoreError> {
        let mut standing = Standing::of(&self.decisions(Some(&wish.trend)).await?);
        let mut trend = &wish.trend;
        let merged = standing.merged_into.take();
        if let Some(into) = &merged {
            trend = into;
            standing = Standing::of(&self.decisions(Some(into)).await?);
        }
        let found = picture.finding(trend);
        Ok(found.and_then(|(_, finding)| wish.figures(picture, finding, &standing.names)))
    }
}

/// Notes which charts a piece has now, within the transaction that publishes it. What earlier versions
/// still waited for is no longer waited for; what they had, they keep.
pub(crate) async fn expect(
    connection: &mut AnyConnection,
    brief: &Brief,
) -> Result<(), StoreError> {
    let BriefAddress { series, slug } = &brief.address;
    let sql = "DELETE FROM charts WHERE series = $1 AND slug = $2 AND version < $3 \
        AND body IS NULL";
    sqlx::query(sql)
        .bind(series.slug())
        .bind(slug.as_str())
        .bind(number(brief.version))
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    for wish in &brief.body.charts {
        let sql = "INSERT INTO charts (series, slug, version, wish) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (series, slug, version, wish) DO NOTHING";
        sqlx::query(sql)
            .bind(series.slug())
            .bind(slug.as_str())
            .bind(number(brief.version))
            .bind(wish.to_string())
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
    }
    Ok(())
}
