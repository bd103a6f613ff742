//! What editors do: decide, take it back within seconds, and have it carried out.

use observatory_model::audit::Act;
use observatory_model::person::Person;
use observatory_model::rights::Stage;
use observatory_model::submission::{Pending, Submission, UNDO_SECONDS, Verdict};
use observatory_model::{SubmissionId, Timestamp};

use super::publishing::{self, Publication};
use super::sending::plan;
use super::{locked, move_to, notice, subject};
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::{audit, people, reviews};

/// What came of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deciding {
    /// It stands, and is carried out at this time.
    Planned(Timestamp),
    /// It cannot be decided about now.
    Closed,
}

impl Store {
    /// Decides about a submission. For [`UNDO_SECONDS`] nothing happens and nobody is told; a second
    /// decision takes the place of the first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn decide_submission(
        &self,
        id: SubmissionId,
        editor: &Person,
        verdict: Verdict,
        reasons: &str,
        now: Timestamp,
    ) -> Result<Deciding, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, id).await? else {
            return Ok(Deciding::Closed);
        };
        let is_open = match submission.stage {
            Stage::Received | Stage::Review => true,
            // What is being revised is not there to be accepted.
            Stage::Revision => verdict == Verdict::Decline,
            _ => false,
        };
        if !is_open {
            return Ok(Deciding::Closed);
        }
        // A whole second, since JSON keeps no more; the next one, so that nobody has less time.
        let second = now.millis().div_euclid(1000) + i64::from(now.millis().rem_euclid(1000) > 0);
        let due = Timestamp::from_millis(second * 1000).plus_seconds(UNDO_SECONDS);
        let reasons = crate::rows::without_nul(reasons);
        let pending = Pending { verdict, reasons, by: editor.id, due };
        let (who, subject) = (editor.mail.as_str(), subject(&submission));
        let from = submission.stage.code();
        let act = Act::new(now, who, "submission.decide", &subject, from, verdict.code());
        audit::append(&mut transaction, act).await?;
        plan(&mut transaction, id, &pending, now).await?;
        commit(transaction).await?;
        Ok(Deciding::Planned(due))
    }

    /// Takes a decision back that was not carried out. `false` when it is too late.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn undo_decision(
        &self,
        id: SubmissionId,
        editor: &Person,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, id).await? else { return Ok(false) };
        let Some(pending) = submission.pending.as_ref().filter(|pending| pending.due > now) else {
            return Ok(false);
        };
        let verdict = pending.verdict;
        sqlx::query("UPDATE submissions SET pending = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let (who, subject) = (editor.mail.as_str(), subject(&submission));
        let act = Act::new(now, who, "submission.undo", &subject, verdict.code(), "");
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Carries a decision out, in one transaction: the stage, what its owner is told, the end of what
    /// reviewers can do, and the publication where it is accepted. `false` when there is nothing to
    /// carry out: it was taken back, or done before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is accepted and `publication` is missing;
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]. Nothing was done.
    pub async fn carry_out(
        &self,
        id: SubmissionId,
        pending: &Pending,
        publication: Option<Publication>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, id).await? else { return Ok(false) };
        if submission.pending.as_ref() != Some(pending) || pending.due > now {
            return Ok(false);
        }
        let editor = people::locked(&mut transaction, pending.by).await?;
        let Submission { owner, .. } = submission;
        reviews::revoke_open(&mut transaction, id).await?;
        let stage = pending.verdict.stage();
        let who = editor.mail.as_str();
        move_to(&mut transaction, &submission, stage, &pending.reasons, who, now).await?;
        if let Some(owner) = owner {
            let what = match pending.verdict {
                Verdict::Accept => "published",
                Verdict::Revise => "revision",
                Verdict::Decline => "declined",
            };
            notice(&mut transaction, owner, id, what, now, now).await?;
        }
        if pending.verdict == Verdict::Accept {
            let publication = publication
                .ok_or_else(|| StoreError::conflict("what is published has to be written first"))?;
            publishing::publish(&mut transaction, &submission, publication, who, now).await?;
        }
        commit(transaction).await?;
        Ok(true)
    }
}
