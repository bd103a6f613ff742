//! Saving what is typed: never refused, never over what its writer has not seen.

use observatory_model::job::Work;
use observatory_model::submission::{Attachment, Draft, Held, Kept, Save, Submission};
use observatory_model::{SubmissionId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::{locked, locked_row, read};
use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{count, get, json, number, time, to_json, without_nul};

/// States of the words that are kept of one submission beside the present ones, and of those that
/// followed one another: an evening of typing at one save in two seconds is a few thousand, of which
/// the last are what somebody may miss.
const MOST_FOLLOWING: i64 = 50;

/// States kept beside that wait for somebody to choose; each is somebody's words, so they are counted
/// only to bound the disk.
const MOST_BESIDE: i64 = 200;

/// What became of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveOutcome {
    /// Whether it took the place of what was held.
    pub kept: Kept,
    /// The submission as it is now.
    pub submission: Submission,
}

/// Words that were kept beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveBeside {
    /// Its id.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// The words.
    pub draft: Draft,
}

impl Store {
    /// Keeps what was typed: in the place of what was held, or beside it (see [`Save::judge`]). Of a
    /// submission that is not being written, always beside. `None` when there is no such submission.
    ///
    /// The file is no part of it: what is attached stays attached.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]; nothing was kept, and
    /// the same save may be sent again.
    pub async fn save_draft(
        &self,
        id: SubmissionId,
        mut save: Save,
        now: Timestamp,
    ) -> Result<Option<SaveOutcome>, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(row) = locked_row(&mut transaction, id).await? else { return Ok(None) };
        let mut submission = read(&row)?;
        let device: String = get(&row, "device")?;
        save.draft = without_nuls(save.draft);
        save.draft.attachment.clone_from(&submission.draft.attachment);
        let kept = save.judge(&Held {
            revision: submission.revision,
            device: &device,
            sequence: count(&row, "sequence")?,
            draft: &submission.draft,
        });
        let kept = match kept {
            Kept::Next if !submission.stage.is_open() => Kept::Beside,
            kept => kept,
        };
        match kept {
            Kept::Same => {}
            Kept::Next => {
                submission.revision += 1;
                submission.draft = save.draft;
                hold(&mut transaction, &submission, &save.device, save.sequence, now).await?;
            }
            Kept::Beside => {
                put_beside(&mut transaction, id, &save, now).await?;
                forget(&mut transaction, id, "revision IS NULL", MOST_BESIDE).await?;
            }
        }
        commit(transaction).await?;
        Ok(Some(SaveOutcome { kept, submission }))
    }

    /// What was kept beside a submission and waits for somebody to choose, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn saves_beside(&self, id: SubmissionId) -> Result<Vec<SaveBeside>, StoreError> {
        let sql = "SELECT id, at, draft FROM draft_saves \
            WHERE submission = $1 AND revision IS NULL ORDER BY at, id";
        let rows = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let beside = |row: &AnyRow| {
            Ok(SaveBeside { id: get(row, "id")?, at: time(row, "at")?, draft: json(row, "draft")? })
        };
        rows.iter().map(beside).collect()
    }

    /// Chooses among what was kept beside: it takes the place of what is held, or is put away. What it
    /// replaces stays among the earlier states. `false` when it is not there any more, or the
    /// submission is not being written.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn settle_save(
        &self,
        id: SubmissionId,
        save: &str,
        take: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(mut submission) = locked(&mut transaction, id).await? else { return Ok(false) };
        if take && !submission.stage.is_open() {
            return Ok(false);
        }
        // Put away: it is among the earlier states, as if it had come before all of them.
        let settled = if take { number(submission.revision + 1) } else { 0 };
        let sql = "UPDATE draft_saves SET revision = $3 \
            WHERE id = $2 AND submission = $1 AND revision IS NULL RETURNING draft";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .bind(save)
            .bind(settled)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(false) };
        if take {
            let attachment = submission.draft.attachment.take();
            submission.draft = Draft { attachment, ..json(&row, "draft")? };
            submission.revision += 1;
            hold(&mut transaction, &submission, "", 0, now).await?;
        }
        commit(transaction).await?;
        Ok(true)
    }

    /// Every state of the words that is still kept, those beside included: for whoever looks for
    /// something that is not where it was.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn draft_states(&self, id: SubmissionId) -> Result<Vec<SaveBeside>, StoreError> {
        let sql = "SELECT id, at, draft FROM draft_saves WHERE submission = $1 \
            ORDER BY at DESC, id DESC";
        let rows = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let state = |row: &AnyRow| {
            Ok(SaveBeside { id: get(row, "id")?, at: time(row, "at")?, draft: json(row, "draft")? })
        };
        rows.iter().map(state).collect()
    }

    /// Attaches a file to a submission that is being written, or takes it away. `false` when it is not
    /// being written.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn attach(
        &self,
        id: SubmissionId,
        attachment: Option<Attachment>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(mut submission) = locked(&mut transaction, id).await? else { return Ok(false) };
        if !submission.stage.is_open() {
            return Ok(false);
        }
        submission.draft.attachment = attachment;
        sqlx::query("UPDATE submissions SET draft = $2, touched = $3 WHERE id = $1")
            .bind(id.to_string())
            .bind(to_json(&submission.draft)?)
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if submission.draft.attachment.is_some() {
            let work = Work::ReadManuscript { submission: id };
            jobs::enqueue(&mut transaction, &work, now, now).await?;
        }
        commit(transaction).await?;
        Ok(true)
    }
}

/// The words of a submission take the place of those that were held.
async fn hold(
    connection: &mut AnyConnection,
    submission: &Submission,
    device: &str,
    sequence: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let draft = &submission.draft;
    let sql = "UPDATE submissions SET revision = $2, device = $3, sequence = $4, draft = $5, \
        title = $6, kind = $7, piece_language = $8, touched = $9 WHERE id = $1";
    sqlx::query(sql)
        .bind(submission.id.to_string())
        .bind(number(submission.revision))
        .bind(without_nul(device).chars().take(40).collect::<String>())
        .bind(number(sequence))
        .bind(to_json(draft)?)
        .bind(without_nul(&draft.title).chars().take(300).collect::<String>())
        .bind(draft.kind.code())
        .bind(draft.language.map(observatory_model::Language::code))
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    put(connection, submission.id, Some(submission.revision), ("", 0), draft, now).await?;
    forget(connection, submission.id, "revision IS NOT NULL", MOST_FOLLOWING).await
}

/// The words with which a submission begins are a state like those that follow.
pub(super) async fn put_first(
    connection: &mut AnyConnection,
    new: &Submission,
) -> Result<(), StoreError> {
    put(connection, new.id, Some(0), ("", 0), &new.draft, new.created).await
}

/// Keeps a save beside. What the same page kept beside before is put away: a page that goes on typing
/// there sends a save every few seconds, and would push out what others wait to choose from.
async fn put_beside(
    connection: &mut AnyConnection,
    id: SubmissionId,
    save: &Save,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE draft_saves SET revision = 0 WHERE submission = $1 AND revision IS NULL \
        AND device = $2 AND device <> '' AND sequence < $3";
    sqlx::query(sql)
        .bind(id.to_string())
        .bind(without_nul(&save.device))
        .bind(number(save.sequence))
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    forget(connection, id, "revision IS NOT NULL", MOST_FOLLOWING).await?;
    put(connection, id, None, (&save.device, save.sequence), &save.draft, now).await
}

async fn put(
    connection: &mut AnyConnection,
    id: SubmissionId,
    revision: Option<u64>,
    (device, sequence): (&str, u64),
    draft: &Draft,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO draft_saves (id, submission, revision, device, sequence, at, draft) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(Uuid::now_v7().to_string())
        .bind(id.to_string())
        .bind(revision.map(number))
        .bind(without_nul(device))
        .bind(number(sequence))
        .bind(now.millis())
        .bind(to_json(draft)?)
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

/// Leaves only the newest `most` states of a kind.
async fn forget(
    connection: &mut AnyConnection,
    id: SubmissionId,
    of: &'static str,
    most: i64,
) -> Result<(), StoreError> {
    let sql = match of {
        "revision IS NULL" => {
            "DELETE FROM draft_saves WHERE submission = $1 AND revision IS NULL AND id NOT IN \
             (SELECT id FROM draft_saves WHERE submission = $1 AND revision IS NULL \
             ORDER BY at DESC, id DESC LIMIT $2)"
        }
        _ => {
            "DELETE FROM draft_saves WHERE submission = $1 AND revision IS NOT NULL AND id NOT IN \
             (SELECT id FROM draft_saves WHERE submission = $1 AND revision IS NOT NULL \
             ORDER BY at DESC, id DESC LIMIT $2)"
        }
    };
    sqlx::query(sql)
        .bind(id.to_string())
        .bind(most)
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

/// The same words without U+0000, which PostgreSQL cannot keep and nobody can type.
fn without_nuls(mut draft: Draft) -> Draft {
    let Draft { title, summary, text, authors, interests, ai_use, changes, .. } = &mut draft;
    let mut texts = vec![title, summary, text, interests, ai_use, changes];
    for author in authors {
        texts.extend([
            &mut author.name,
            &mut author.orcid,
            &mut author.affiliation,
            &mut author.ror,
        ]);
    }
    for text in texts {
        if text.contains('\0') {
            *text = without_nul(text);
        }
    }
    draft
}
