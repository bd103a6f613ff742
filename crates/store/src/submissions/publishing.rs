//! An accepted piece becomes public, version by version, and can be taken back.

use observatory_model::audit::Act;
use observatory_model::brief::Brief;
use observatory_model::credit::{Credit, PieceVersion, Tombstone};
use observatory_model::rights::Stage;
use observatory_model::submission::Submission;
use observatory_model::{Series, Slug, SubmissionId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::renewing::take_back_others;
use super::{locked, move_to, notice, subject};
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, json, number, time, to_json, without_nul};
use crate::{audit, briefs, changes};

/// Where pieces that are handed in are published.
const SERIES: Series = Series::AcademicNetwork;

/// Numbers that are tried behind a slug that is taken.
const MOST_NAMESAKES: u32 = 1000;

/// What is published: the text as readers get it, and whose it is. The store gives it its address and
/// the number of its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The text.
    pub brief: Brief,
    /// Whose it is.
    pub credit: Credit,
}

/// Why a piece is taken back.
#[derive(Clone, Copy, Debug)]
pub struct Retraction<'a> {
    /// By whom, as readers are told.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Where readers go on; may be empty.
    pub instead: &'a str,
    /// Who does it, for the log.
    pub who: &'a str,
}

impl Store {
    /// A version of a piece that was handed in, with its credit; `None` where there is none that the
    /// public may read.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn piece_version(
        &self,
        slug: &Slug,
        version: u32,
    ) -> Result<Option<(Brief, Credit)>, StoreError> {
        let sql = "SELECT content, credit, published FROM piece_versions \
            WHERE slug = $1 AND version = $2 \
            AND NOT EXISTS (SELECT 1 FROM tombstones WHERE tombstones.slug = $1)";
        let row = sqlx::query(sql)
            .bind(slug.as_str())
            .bind(number(version))
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(None) };
        let brief = Brief { published: time(&row, "published")?, ..json(&row, "content")? };
        Ok(Some((brief, json(&row, "credit")?)))
    }

    /// The versions of a piece that was handed in, newest first; none for any other piece.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn piece_versions(&self, slug: &Slug) -> Result<Vec<PieceVersion>, StoreError> {
        let sql = "SELECT version, published FROM piece_versions WHERE slug = $1 \
            ORDER BY version DESC";
        let rows = sqlx::query(sql)
            .bind(slug.as_str())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let version = |row: &AnyRow| {
            Ok(PieceVersion { version: count(row, "version")?, published: time(row, "published")? })
        };
        rows.iter().map(version).collect()
    }

    /// What stands in the place of a piece that was taken back.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn tombstone(&self, slug: &Slug) -> Result<Option<Tombstone>, StoreError> {
        let row = sqlx::query("SELECT body FROM tombstones WHERE slug = $1")
            .bind(slug.as_str())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| json(&row, "body")).transpose()
    }

    /// The slugs of the pieces that somebody with this ORCID iD, or at this institution, has written,
    /// with the name and the affiliation as they stand there; newest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn pieces_of(
        &self,
        orcid: Option<&str>,
        ror: Option<&str>,
    ) -> Result<Vec<(Slug, String, String)>, StoreError> {
        let sql = "SELECT piece_authors.slug, piece_authors.name, piece_authors.affiliation, \
            MAX(piece_versions.published) AS published FROM piece_authors \
            JOIN piece_versions ON piece_versions.slug = piece_authors.slug \
            WHERE ((piece_authors.orcid = $1 AND $1 <> '') OR (piece_authors.ror = $2 AND $2 <> '')) \
            AND NOT EXISTS (SELECT 1 FROM tombstones WHERE tombstones.slug = piece_authors.slug) \
            GROUP BY piece_authors.slug, piece_authors.name, piece_authors.affiliation, \
            piece_authors.place \
            ORDER BY published DESC, piece_authors.slug, piece_authors.place LIMIT 1000";
        let rows = sqlx::query(sql)
            .bind(orcid.unwrap_or_default())
            .bind(ror.unwrap_or_default())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let line = |row: &AnyRow| {
            Ok((crate::rows::noun(row, "slug")?, get(row, "name")?, get(row, "affiliation")?))
        };
        rows.iter().map(line).collect()
    }

    /// The public pieces whose evidence has an address with this part in it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn citing(&self, part: &str, now: Timestamp) -> Result<Vec<Brief>, StoreError> {
        let sql = "SELECT content, published FROM briefs WHERE published <= $2 \
            AND content LIKE $1 ESCAPE '!' ORDER BY published DESC LIMIT 200";
        let escaped = part.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let rows = sqlx::query(sql)
            .bind(format!("%{escaped}%"))
            .bind(now.millis())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let brief = |row: &AnyRow| {
            Ok(Brief { published: time(row, "published")?, ..json(row, "content")? })
        };
        let briefs = rows.iter().map(brief).collect::<Result<Vec<Brief>, StoreError>>()?;
        let cites = |brief: &Brief| {
            brief.evidence.iter().any(|evidence| evidence.url.as_str().contains(part))
        };
        Ok(briefs.into_iter().filter(cites).collect())
    }

    /// Takes a published piece back: its address says who did it, why, and what to read instead.
    /// `false` when it is not published.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn retract(
        &self,
        id: SubmissionId,
        retraction: Retraction<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, id).await? else { return Ok(false) };
        let (Stage::Published, Some(slug)) = (submission.stage, submission.slug.clone()) else {
            return Ok(false);
        };
        let Retraction { by, reason, instead, who } = retraction;
        let tombstone = Tombstone {
            at: now,
            title: submission.draft.title.trim().to_owned(),
            by: without_nul(by),
            reason: without_nul(reason),
            instead: without_nul(instead),
        };
        move_to(&mut transaction, &submission, Stage::Retracted, reason, who, now).await?;
        sqlx::query("INSERT INTO tombstones (slug, at, body) VALUES ($1, $2, $3)")
            .bind(&slug)
            .bind(now.millis())
            .bind(to_json(&tombstone)?)
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if let Some(owner) = submission.owner {
            notice(&mut transaction, owner, id, "retracted", now, now).await?;
        }
        let act = Act::new(now, who, "submission.retract", &subject(&submission), "", reason);
        audit::append(&mut transaction, act).await?;
        take_back_others(&mut transaction, &submission, &slug, reason, who, now).await?;
        let slug: Slug = slug.parse().map_err(|error| StoreError::corrupt("slug", error))?;
        let changed = briefs::take_back(&mut transaction, SERIES, &slug, now).await?;
        changes::give_numbers(&mut transaction, &changed).await?;
        commit(transaction).await?;
        Ok(true)
    }
}

/// Publishes an accepted piece, within the transaction that accepts it.
pub(super) async fn publish(
    connection: &mut AnyConnection,
    submission: &Submission,
    publication: Publication,
    who: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Publication { mut brief, credit } = publication;
    // Nobody else publishes between the look for a free slug and its use: not the folder either.
    changes::lock_ledger(connection).await?;
    let slug = match &submission.slug {
        Some(slug) => slug.parse().map_err(|error| StoreError::corrupt("slug", error))?,
        None => free_slug(connection, &brief.address.slug).await?,
    };
    let sql = "SELECT COALESCE(MAX(version), 0) AS last FROM piece_versions WHERE slug = $1";
    let row = sqlx::query(sql)
        .bind(slug.as_str())
        .fetch_one(&mut *connection)
        .await
        .map_err(of_engine)?;
    brief.address.series = SERIES;
    brief.address.slug = slug.clone();
    brief.version = count::<u32>(&row, "last")? + 1;
    brief.published = now;
    put_version(connection, &brief, &credit, submission.id).await?;
    sqlx::query("UPDATE submissions SET slug = $2 WHERE id = $1")
        .bind(submission.id.to_string())
        .bind(slug.as_str())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    let (subject, to) = (subject(submission), format!("{} v{}", brief.address, brief.version));
    audit::append(connection, Act::new(now, who, "submission.publish", &subject, "", &to)).await?;
    let changed = briefs::put_handed_in(connection, &brief).await?;
    changes::give_numbers(connection, &changed).await.map(drop)
}

async fn put_version(
    connection: &mut AnyConnection,
    brief: &Brief,
    credit: &Credit,
    submission: SubmissionId,
) -> Result<(), StoreError> {
    let slug = brief.address.slug.as_str();
    let sql = "INSERT INTO piece_versions (slug, version, language, published, submission, \
        content, credit) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(slug)
        .bind(number(brief.version))
        .bind(brief.language.code())
        .bind(brief.published.millis())
        .bind(submission.to_string())
        .bind(to_json(brief)?)
        .bind(to_json(credit)?)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    sqlx::query("DELETE FROM piece_authors WHERE slug = $1")
        .bind(slug)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    for (place, author) in credit.authors.iter().enumerate() {
        let sql = "INSERT INTO piece_authors (slug, place, name, orcid, affiliation, ror) \
            VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(sql)
            .bind(slug)
            .bind(number(place))
            .bind(without_nul(&author.name))
            .bind(author.orcid())
            .bind(without_nul(&author.affiliation))
            .bind(author.ror())
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
    }
    Ok(())
}

/// The slug, or the first of `slug-2`, `slug-3`, … that no piece has or ever had.
async fn free_slug(connection: &mut AnyConnection, wanted: &Slug) -> Result<Slug, StoreError> {
    for namesake in 1..=MOST_NAMESAKES {
        let slug = if namesake == 1 {
            wanted.clone()
        } else {
            let tail = format!("-{namesake}");
            let head: String = wanted.as_str().chars().take(80 - tail.len()).collect();
            let slug = format!("{}{tail}", head.trim_end_matches('-'));
            slug.parse().map_err(|error| StoreError::corrupt("slug", error))?
        };
        let sql = "SELECT 1 AS taken WHERE EXISTS \
            (SELECT 1 FROM briefs WHERE series = $1 AND slug = $2) OR EXISTS \
            (SELECT 1 FROM withdrawn_pieces WHERE series = $1 AND slug = $2) OR EXISTS \
            (SELECT 1 FROM members_briefs WHERE series = $1 AND slug = $2) OR EXISTS \
            (SELECT 1 FROM piece_versions WHERE slug = $2)";
        let taken = sqlx::query(sql)
            .bind(SERIES.slug())
            .bind(slug.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(of_engine)?;
        if taken.is_none() {
            return Ok(slug);
        }
    }
    Err(StoreError::conflict(format!("a thousand pieces are called {wanted}")))
}
