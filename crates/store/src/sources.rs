//! Sources: added by the operator, listed with how their harvest is doing.

use observatory_model::job::Work;
use observatory_model::slug::MAX_SLUG_BYTES;
use observatory_model::source::{Failure, Health, NewSource, Source, SourceKind, SourceState};
use observatory_model::{Institution, Slug, SourceId, Timestamp, WebAddress};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::changes::{give_numbers, lock_ledger};
use crate::error::{StoreError, of_engine};
use crate::harvests::{entries_of, rhythm};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{count, get, json, noun, optional_noun, optional_time, to_json, without_nul};

/// Most sources whose slugs differ only in the number at the end.
const MAX_LIKE_NAMED: u32 = 1000;

/// All columns of sources, and what follows.
macro_rules! sources_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, slug, name, url, homepage, declared_language, state, last_attempt, \
             last_success, failure_reason, failure_detail, failures, problems, next_attempt, \
             etag, last_modified, kind, wish, folder, institution, region, progress, usual_seconds, last_news, \
             timetable FROM sources ",
            $rest
        )
    };
}

impl Store {
    /// Adds a source and puts its first harvest into the queue, due `now`.
    ///
    /// When its slug is taken, `-2`, `-3`, … is added. Without a name its host stands in, until the
    /// first harvest that says a title.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a source with the same url exists that is asked for the same; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`]. Nothing was added.
    pub async fn add_source(&self, new: &NewSource, now: Timestamp) -> Result<Source, StoreError> {
        let mut transaction = self.begin().await?;
        lock_ledger(&mut transaction).await?;
        let twin =
            sqlx::query("SELECT slug FROM sources WHERE url = $1 AND kind = $2 AND wish = $3")
                .bind(new.url.as_str())
                .bind(new.kind.code())
                .bind(wish(&new.kind)?)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(of_engine)?;
        if let Some(row) = twin {
            let slug: Slug = noun(&row, "slug")?;
            return Err(StoreError::conflict(format!("{} is the source {slug} already", new.url)));
        }
        let name = new.name.as_deref().map(without_nul).filter(|name| !name.trim().is_empty());
        let source = Source {
            id: SourceId::new(now),
            slug: free_slug(&mut transaction, &new.slug).await?,
            name: name.clone().unwrap_or_else(|| new.url.host().to_owned()),
            url: new.url.clone(),
            kind: new.kind.clone(),
            folder: new.folder.iter().map(|name| without_nul(name)).collect(),
            institution: new.institution.clone(),
            region: new.region.clone(),
            homepage: new.homepage.clone(),
            declared_language: None,
            state: SourceState::Active,
            health: Health { next_attempt: Some(now), ..Health::default() },
            progress: None,
        };
        insert(&mut transaction, &source, name.is_none(), now).await?;
        let work = Work::FetchFeed { source: source.id };
        jobs::enqueue(&mut transaction, &work, now, now).await?;
        commit(transaction).await?;
        Ok(source)
    }

    /// Begins or stops reading a source. Where it begins, it is read `now`, also one that was gone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such source; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`]. Nothing was changed.
    pub async fn set_source_active(
        &self,
        id: SourceId,
        is_active: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let state = if is_active { SourceState::Active } else { SourceState::Paused };
        let sql = "UPDATE sources SET state = $2, next_attempt = $3 WHERE id = $1";
        let done = sqlx::query(sql)
            .bind(id.to_string())
            .bind(state.code())
            .bind(is_active.then_some(now.millis()))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::conflict(format!("there is no source {id}")));
        }
        if is_active {
            jobs::enqueue(&mut transaction, &Work::FetchFeed { source: id }, now, now).await?;
        }
        commit(transaction).await
    }

    /// Says whose word a source brings, or takes it back. Its entries change with it: they are found by
    /// the institution.
    ///
    /// # Errors
    /// As [`Self::set_source_active`].
    pub async fn set_institution(
        &self,
        id: SourceId,
        institution: Option<&Institution>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE sources SET institution = $2 WHERE id = $1";
        say(&mut transaction, sql, id, institution.map(Institution::as_str)).await?;
        let changed = entries_of(&mut transaction, id).await?.into_iter().collect();
        give_numbers(&mut transaction, &changed).await?;
        commit(transaction).await
    }

    /// Says which part of the world a source speaks from, or takes it back. The next picture of trends tells it.
    ///
    /// # Errors
    /// As [`Self::set_source_active`].
    pub async fn set_region(&self, id: SourceId, region: Option<&Slug>) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE sources SET region = $2 WHERE id = $1";
        say(&mut transaction, sql, id, region.map(Slug::as_str)).await?;
        commit(transaction).await
    }

    /// All sources, by name.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        let rows = sqlx::query(sources_sql!("ORDER BY slug"))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let mut sources = rows.iter().map(source).collect::<Result<Vec<_>, _>>()?;
        // Here and not in SQL: each database has its own idea of the order of letters.
        sources.sort_by_cached_key(|source| source.name.to_lowercase());
        Ok(sources)
    }

    /// A source, or `None` when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn source(&self, id: SourceId) -> Result<Option<Source>, StoreError> {
        let row = sqlx::query(sources_sql!("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(source).transpose()
    }

    /// A source by its word in addresses, or `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn source_by_slug(&self, slug: &Slug) -> Result<Option<Source>, StoreError> {
        let row = sqlx::query(sources_sql!("WHERE slug = $1"))
            .bind(slug.as_str())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(source).transpose()
    }

    /// One page of all sources, counted from 1, and how many there are: those in trouble first, then those
    /// that are read, then the others; within each by their words in addresses.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn sources_page(
        &self,
        page: u32,
        per_page: u32,
    ) -> Result<(Vec<Source>, u64), StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS total FROM sources")
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        let sql = sources_sql!(
            "ORDER BY CASE WHEN state <> 'active' THEN 2 WHEN failure_reason IS NOT NULL THEN 0 \
             ELSE 1 END, slug LIMIT $1 OFFSET $2"
        );
        let rows = sqlx::query(sql)
            .bind(i64::from(per_page))
            .bind(i64::from(page.saturating_sub(1)).saturating_mul(i64::from(per_page)))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let sources = rows.iter().map(source).collect::<Result<_, _>>()?;
        Ok((sources, count(&row, "total")?))
    }
}

/// Says one thing of a source, or takes it back.
async fn say(
    connection: &mut AnyConnection,
    sql: &'static str,
    id: SourceId,
    what: Option<&str>,
) -> Result<(), StoreError> {
    let said = sqlx::query(sql).bind(id.to_string()).bind(what).execute(connection).await;
    if said.map_err(of_engine)?.rows_affected() == 0 {
        return Err(StoreError::conflict(format!("there is no source {id}")));
    }
    Ok(())
}

async fn insert(
    connection: &mut AnyConnection,
    source: &Source,
    name_is_provisional: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sources (id, slug, name, name_is_provisional, url, state, added, \
        failures, problems, next_attempt, kind, wish, folder, homepage, institution, region) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '[]', $7, $8, $9, $10, $11, $12, $13)";
    sqlx::query(sql)
        .bind(source.id.to_string())
        .bind(source.slug.as_str())
        .bind(source.name.as_str())
        .bind(i64::from(name_is_provisional))
        .bind(source.url.as_str())
        .bind(source.state.code())
        .bind(now.millis())
        .bind(source.kind.code())
        .bind(wish(&source.kind)?)
        .bind(to_json(&source.folder)?)
        .bind(source.homepage.as_ref().map(WebAddress::as_str))
        .bind(source.institution.as_ref().map(Institution::as_str))
        .bind(source.region.as_ref().map(Slug::as_str))
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

/// What is wanted of a source, as its column holds it.
fn wish(kind: &SourceKind) -> Result<String, StoreError> {
    if *kind == SourceKind::Feed { Ok(String::new()) } else { to_json(kind) }
}

fn kind(row: &AnyRow) -> Result<SourceKind, StoreError> {
    let wish = get::<String>(row, "wish")?;
    if wish.is_empty() { Ok(SourceKind::Feed) } else { json(row, "wish") }
}

/// `wanted`, or the first of `wanted-2`, `wanted-3`, … that no source has.
async fn free_slug(connection: &mut AnyConnection, wanted: &Slug) -> Result<Slug, StoreError> {
    for count in 1..=MAX_LIKE_NAMED {
        let Some(slug) = numbered(wanted, count) else { continue };
        let taken = sqlx::query("SELECT id FROM sources WHERE slug = $1")
            .bind(slug.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(of_engine)?;
        if taken.is_none() {
            return Ok(slug);
        }
    }
    Err(StoreError::conflict(format!("too many sources are named {wanted}")))
}

/// `wanted` with a number at the end, shortened where that would be too long.
fn numbered(wanted: &Slug, count: u32) -> Option<Slug> {
    if count == 1 {
        return Some(wanted.clone());
    }
    let end = format!("-{count}");
    let room = MAX_SLUG_BYTES.saturating_sub(end.len()).min(wanted.as_str().len());
    let (start, _) = wanted.as_str().split_at_checked(room)?;
    format!("{}{end}", start.trim_end_matches('-')).parse().ok()
}

fn source(row: &AnyRow) -> Result<Source, StoreError> {
    let reason = optional_noun(row, "failure_reason")?;
    let detail = get::<Option<String>>(row, "failure_detail")?.unwrap_or_default();
    Ok(Source {
        id: noun(row, "id")?,
        slug: noun(row, "slug")?,
        name: get(row, "name")?,
        url: noun(row, "url")?,
        kind: kind(row)?,
        folder: json(row, "folder")?,
        institution: optional_noun(row, "institution")?,
        region: optional_noun(row, "region")?,
        homepage: optional_noun(row, "homepage")?,
        declared_language: get(row, "declared_language")?,
        state: noun(row, "state")?,
        health: Health {
            last_attempt: optional_time(row, "last_attempt")?,
            last_success: optional_time(row, "last_success")?,
            last_failure: reason.map(|reason| Failure { reason, detail }),
            failures: count(row, "failures")?,
            problems: json(row, "problems")?,
            next_attempt: optional_time(row, "next_attempt")?,
            etag: get(row, "etag")?,
            last_modified: get(row, "last_modified")?,
            rhythm: rhythm(row)?,
            timetable: json(row, "timetable")?,
        },
        progress: get(row, "progress")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_fits_at_the_end() {
        let slug: Slug = "itu-news".parse().unwrap();
        assert_eq!(numbered(&slug, 1).unwrap().as_str(), "itu-news");
        assert_eq!(numbered(&slug, 12).unwrap().as_str(), "itu-news-12");
        let long: Slug = format!("{}-b", "a".repeat(77)).parse().unwrap();
        assert_eq!(numbered(&long, 2).unwrap().as_str(), format!("{}-2", "a".repeat(77)));
    }
}
