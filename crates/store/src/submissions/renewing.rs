//! The next version of a published piece: a submission of its own, which goes the whole way again while
//! the version before it stays what readers get.

use observatory_model::audit::Act;
use observatory_model::rights::Stage;
use observatory_model::submission::{Draft, Submission};
use observatory_model::{PersonId, SubmissionId, Timestamp};
use sqlx::AnyConnection;

use super::sending::put_round;
use super::{insert, locked, subject};
use crate::audit;
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{json, noun};

impl Store {
    /// Begins the next version of a published piece of `owner`, with the words of the newest one, or
    /// finds the one that is under way: there is one at a time. `None` when the piece is not published, or
    /// not theirs.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn begin_version(
        &self,
        id: SubmissionId,
        owner: PersonId,
        now: Timestamp,
    ) -> Result<Option<SubmissionId>, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(published) = locked(&mut transaction, id).await? else { return Ok(None) };
        let (Stage::Published, Some(slug)) = (published.stage, published.slug.clone()) else {
            return Ok(None);
        };
        if published.owner != Some(owner) {
            return Ok(None);
        }
        self.alone(&mut transaction, "versions").await?;
        if let Some(open) = under_way(&mut transaction, &slug).await? {
            return Ok(Some(open));
        }
        let draft = newest(&mut transaction, &slug).await?.unwrap_or(published.draft.clone());
        let next = Submission {
            id: SubmissionId::new(now),
            number: None,
            stage: Stage::Draft,
            since: now,
            created: now,
            revision: 0,
            round: 0,
            draft: Draft { changes: String::new(), ..draft },
            pending: None,
            ..published.clone()
        };
        insert(&mut transaction, &next).await?;
        sqlx::query("UPDATE submissions SET slug = $2 WHERE id = $1")
            .bind(next.id.to_string())
            .bind(&slug)
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        // What is published stands as the round before the first: what differs from it is shown.
        put_round(&mut transaction, &next, now).await?;
        let who = next.mail.as_str();
        let (from, to) = (subject(&published), Stage::Draft.code());
        let act = Act::new(now, who, "submission.renew", &subject(&next), &from, to);
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(Some(next.id))
    }
}

/// The version of a piece that is being made.
async fn under_way(
    connection: &mut AnyConnection,
    slug: &str,
) -> Result<Option<SubmissionId>, StoreError> {
    let sql = "SELECT id FROM submissions WHERE slug = $1 \
        AND stage IN ('draft', 'received', 'review', 'revision') ORDER BY id LIMIT 1";
    let row = sqlx::query(sql).bind(slug).fetch_optional(connection).await.map_err(of_engine)?;
    row.map(|row| noun(&row, "id")).transpose()
}

/// The words of the newest version of a piece.
async fn newest(connection: &mut AnyConnection, slug: &str) -> Result<Option<Draft>, StoreError> {
    let sql = "SELECT draft FROM submissions WHERE slug = $1 AND stage = 'published' \
        ORDER BY since DESC, id DESC LIMIT 1";
    let row = sqlx::query(sql).bind(slug).fetch_optional(connection).await.map_err(of_engine)?;
    row.map(|row| json(&row, "draft")).transpose()
}

/// Takes all that a piece has been and is becoming back with it: the other versions are retracted as
/// well, and what was to be the next one is a piece of its own.
pub(super) async fn take_back_others(
    connection: &mut AnyConnection,
    retracted: &Submission,
    slug: &str,
    reason: &str,
    who: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "SELECT id FROM submissions WHERE slug = $1 AND stage = 'published' AND id <> $2 \
        ORDER BY id";
    let rows = sqlx::query(sql)
        .bind(slug)
        .bind(retracted.id.to_string())
        .fetch_all(&mut *connection)
        .await
        .map_err(of_engine)?;
    for row in rows {
        if let Some(other) = locked(connection, noun(&row, "id")?).await? {
            super::move_to(connection, &other, Stage::Retracted, reason, who, now).await?;
        }
    }
    let sql = "UPDATE submissions SET slug = NULL WHERE slug = $1 AND stage <> 'retracted'";
    sqlx::query(sql).bind(slug).execute(connection).await.map_err(of_engine)?;
    Ok(())
}
