//! What authors do: send, withdraw, and write to the editors.

use observatory_model::audit::Act;
use observatory_model::job::Work;
use observatory_model::person::{Person, Posting};
use observatory_model::rights::Stage;
use observatory_model::submission::{Pending, Problem, Submission, Verdict};
use observatory_model::{SubmissionId, Timestamp};
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{locked, move_to, notice, notice_editors, subject};
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{get, number, to_json, without_nul};
use crate::{audit, jobs};

/// Seconds for which messages are collected before they are mailed.
const COLLECT_SECONDS: i64 = 600;

/// What came of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It was sent, under this number.
    Done(String),
    /// Something is missing.
    Problems(Vec<Problem>),
    /// Its words are others than those that were checked: somebody has typed meanwhile.
    Changed,
    /// Its owner cannot send.
    Blocked,
    /// It is not being written.
    Closed,
}

impl Store {
    /// Sends a draft or a revision as its owner has seen it at `revision`.
    ///
    /// A thought piece of somebody who is trusted is published at once; editors are told of it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]; nothing was sent.
    pub async fn send_submission(
        &self,
        id: SubmissionId,
        owner: &Person,
        posting: Posting,
        revision: u64,
        now: Timestamp,
    ) -> Result<Sending, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(mut submission) = locked(&mut transaction, id).await? else {
            return Ok(Sending::Closed);
        };
        if !submission.stage.is_open() {
            return Ok(Sending::Closed);
        }
        if posting == Posting::Blocked {
            return Ok(Sending::Blocked);
        }
        if submission.revision != revision {
            return Ok(Sending::Changed);
        }
        let problems = submission.draft.problems();
        if !problems.is_empty() {
            return Ok(Sending::Problems(problems));
        }
        let is_new = submission.number.is_none();
        let number = match submission.number.take() {
            Some(number) => number,
            None => next_number(&mut transaction, now).await?,
        };
        submission.number = Some(number.clone());
        submission.round += 1;
        keep_round(&mut transaction, &submission, now).await?;
        let who = owner.mail.as_str();
        move_to(&mut transaction, &submission, Stage::Received, "", who, now).await?;
        submission.stage = Stage::Received;
        let what = if is_new { "received" } else { "revised" };
        notice(&mut transaction, owner.id, id, what, now, now).await?;
        let what = if is_new { "editor-received" } else { "editor-revised" };
        notice_editors(&mut transaction, &submission, what, now).await?;
        let kind = submission.draft.kind;
        let at_once = posting == Posting::Trusted
            && kind == observatory_model::submission::PieceKind::ThoughtPiece;
        if at_once {
            let reasons = String::new();
            let pending = Pending { verdict: Verdict::Accept, reasons, by: owner.id, due: now };
            plan(&mut transaction, id, &pending, now).await?;
            let act = Act::new(now, who, "submission.trusted", &subject(&submission), "", "accept");
            audit::append(&mut transaction, act).await?;
        }
        commit(transaction).await?;
        Ok(Sending::Done(number))
    }

    /// Its owner takes a submission back before it is published. `false` when it is too late.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn withdraw_submission(
        &self,
        id: SubmissionId,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, id).await? else { return Ok(false) };
        let may = matches!(submission.stage, Stage::Received | Stage::Review | Stage::Revision);
        if !may {
            return Ok(false);
        }
        crate::reviews::revoke_open(&mut transaction, id).await?;
        move_to(&mut transaction, &submission, Stage::Withdrawn, "", who, now).await?;
        notice_editors(&mut transaction, &submission, "editor-withdrawn", now).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Writes a message about a submission: of its owner to the editors, or the other way.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such submission; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn write_message(
        &self,
        id: SubmissionId,
        author: &Person,
        is_editor: bool,
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let submission = locked(&mut transaction, id).await?;
        let submission = submission.ok_or_else(|| StoreError::conflict("no such submission"))?;
        let sql = "INSERT INTO messages (id, submission, at, author, is_editor, words) \
            VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(sql)
            .bind(Uuid::now_v7().to_string())
            .bind(id.to_string())
            .bind(now.millis())
            .bind(author.id.to_string())
            .bind(i64::from(is_editor))
            .bind(without_nul(words))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let (who, subject) = (author.mail.as_str(), subject(&submission));
        // That there was one: whoever reads the log has no say about pieces.
        let length = format!("{} characters", words.chars().count());
        let act = Act::new(now, who, "submission.message", &subject, "", &length);
        audit::append(&mut transaction, act).await?;
        match submission.owner {
            Some(owner) if is_editor => {
                let due = now.plus_seconds(COLLECT_SECONDS);
                notice(&mut transaction, owner, id, "message", due, now).await?;
            }
            _ => notice_editors(&mut transaction, &submission, "editor-message", now).await?,
        }
        commit(transaction).await
    }
}

/// A number for the year in which it is sent: `2026-0017`.
async fn next_number(connection: &mut AnyConnection, now: Timestamp) -> Result<String, StoreError> {
    let (year, ..) = now.ymd();
    let sql = "INSERT INTO submission_numbers (year, last) VALUES ($1, 1) \
        ON CONFLICT (year) DO UPDATE SET last = submission_numbers.last + 1 RETURNING last";
    let row =
        sqlx::query(sql).bind(i64::from(year)).fetch_one(connection).await.map_err(of_engine)?;
    Ok(format!("{year}-{:04}", get::<i64>(&row, "last")?))
}

/// Keeps the words as those of a round.
pub(super) async fn put_round(
    connection: &mut AnyConnection,
    submission: &Submission,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO rounds (submission, round, sent, draft) VALUES ($1, $2, $3, $4)";
    sqlx::query(sql)
        .bind(submission.id.to_string())
        .bind(number(submission.round))
        .bind(now.millis())
        .bind(to_json(&submission.draft)?)
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

/// Keeps the words as they were sent.
async fn keep_round(
    connection: &mut AnyConnection,
    submission: &Submission,
    now: Timestamp,
) -> Result<(), StoreError> {
    put_round(connection, submission, now).await?;
    let sql = "UPDATE submissions SET number = $2, round = $3, sent = $4 WHERE id = $1";
    sqlx::query(sql)
        .bind(submission.id.to_string())
        .bind(submission.number.as_deref())
        .bind(number(submission.round))
        .bind(now.millis())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

/// Writes a decision down that is carried out at its time.
pub(super) async fn plan(
    connection: &mut AnyConnection,
    id: SubmissionId,
    pending: &Pending,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE submissions SET pending = $2, touched = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(to_json(pending)?)
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    jobs::put_off(connection, &Work::CarryOut { submission: id }, pending.due, now).await?;
    Ok(())
}
