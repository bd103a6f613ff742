//! Reviews: asked for, opened by a link, typed, sent, revoked.

use observatory_model::alert::Token;
use observatory_model::audit::Act;
use observatory_model::job::Work;
use observatory_model::mail::Mail;
use observatory_model::review::{Answer, MOST_REVIEWERS, Remarks, Review};
use observatory_model::rights::Stage;
use observatory_model::{ReviewId, SubmissionId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, json, noun, number, optional_time, time, to_json, without_nul};
use crate::sessions::hash;
use crate::submissions::{locked, move_to, notice_editors, subject};
use crate::{audit, jobs, mails};

macro_rules! select_review {
    ($rest:literal) => {
        concat!(
            "SELECT id, submission, round, name, mail, language, blinding, answer, asked, due, ",
            "done, remarks FROM reviews ",
            $rest
        )
    };
}

/// Days before the end at which a reviewer is reminded, and again at the end.
const REMIND_DAYS: i64 = 3;

/// What came of asking for a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// The reviewer was asked.
    Done,
    /// The submission is not at a stage for it.
    Closed,
    /// The same person was asked for this round already.
    Twice,
    /// As many were asked as one may ask.
    TooMany,
}

impl Store {
    /// Asks somebody for a review: the mail with the link is written, and the submission is in review.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]; nobody was asked.
    pub async fn ask_review(
        &self,
        review: &Review,
        link: Token,
        letter: &Mail,
        who: &str,
    ) -> Result<Asking, StoreError> {
        let now = review.asked;
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, review.submission).await? else {
            return Ok(Asking::Closed);
        };
        if !submission.stage.waits_for_editor() || submission.round != review.round {
            return Ok(Asking::Closed);
        }
        let others = reviews_of(&mut transaction, review.submission, review.round).await?;
        let asked: Vec<&Review> = others
            .iter()
            .filter(|other| !matches!(other.answer, Answer::Revoked | Answer::Declined))
            .collect();
        if asked.iter().any(|other| same(&other.mail, &review.mail)) {
            return Ok(Asking::Twice);
        }
        if asked.len() >= MOST_REVIEWERS {
            return Ok(Asking::TooMany);
        }
        insert(&mut transaction, review, link).await?;
        let act = Act::new(
            now,
            who,
            "review.ask",
            &subject(&submission),
            "",
            &format!("{} until {}", review.mail, review.due),
        );
        audit::append(&mut transaction, act).await?;
        mails::put_single(&mut transaction, letter, now).await?;
        let work = Work::RemindReviewer { review: review.id };
        jobs::enqueue(&mut transaction, &work, remind_first(review), now).await?;
        if submission.stage == Stage::Received {
            move_to(&mut transaction, &submission, Stage::Review, "", who, now).await?;
        }
        commit(transaction).await?;
        Ok(Asking::Done)
    }

    /// The review that a link opens, whatever has become of it; `None` for a word that opens nothing.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn review_of_link(&self, link: Token) -> Result<Option<Review>, StoreError> {
        let sql = select_review!("WHERE id = (SELECT review FROM review_links WHERE token = $1)");
        let row = sqlx::query(sql)
            .bind(hash(link))
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(read).transpose()
    }

    /// A review by its id.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        let row = sqlx::query(select_review!("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(read).transpose()
    }

    /// All reviews of a submission, in the order in which they were asked for.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn reviews(&self, id: SubmissionId) -> Result<Vec<Review>, StoreError> {
        let rows = sqlx::query(select_review!("WHERE submission = $1 ORDER BY asked, id"))
            .bind(id.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// Every review after `after` in the order of their ids, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn all_reviews(
        &self,
        after: Option<ReviewId>,
        limit: u32,
    ) -> Result<Vec<Review>, StoreError> {
        let rows = sqlx::query(select_review!("WHERE id > $1 ORDER BY id LIMIT $2"))
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// Keeps what a reviewer has typed, and says what they answer: that they will or will not do it, or,
    /// with [`Answer::Done`], that this is their review. `false` when nothing is expected any more.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn answer_review(
        &self,
        id: ReviewId,
        answer: Answer,
        remarks: Option<&Remarks>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(found) = self.review(id).await? else { return Ok(false) };
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, found.submission).await? else {
            return Ok(false);
        };
        let sql = "UPDATE reviews SET answer = answer WHERE id = $1 RETURNING id, submission, \
            round, name, mail, language, blinding, answer, asked, due, done, remarks";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_one(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let review = read(&row)?;
        let is_expected = review.answer.is_open()
            && submission.stage == Stage::Review
            && submission.round == review.round;
        if !is_expected {
            return Ok(false);
        }
        let sql = "UPDATE reviews SET answer = $2, remarks = $3, done = $4 WHERE id = $1";
        sqlx::query(sql)
            .bind(id.to_string())
            .bind(answer.code())
            .bind(to_json(remarks.unwrap_or(&review.remarks))?)
            .bind((answer == Answer::Done).then_some(now.millis()))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if answer != review.answer {
            let (who, from) = (format!("link:{id}"), review.answer.code());
            let act =
                Act::new(now, &who, "review.answer", &subject(&submission), from, answer.code());
            audit::append(&mut transaction, act).await?;
            let what = match answer {
                Answer::Done => Some("editor-review"),
                Answer::Declined => Some("editor-review-declined"),
                _ => None,
            };
            if let Some(what) = what {
                notice_editors(&mut transaction, &submission, what, now).await?;
            }
        }
        commit(transaction).await?;
        Ok(true)
    }

    /// An editor takes a request for a review back. `false` when nothing is expected of it any more.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn revoke_review(
        &self,
        id: ReviewId,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(review) = self.review(id).await? else { return Ok(false) };
        let mut transaction = self.begin().await?;
        let submission = locked(&mut transaction, review.submission).await?;
        let Some(submission) = submission else { return Ok(false) };
        let sql = "UPDATE reviews SET answer = 'revoked' \
            WHERE id = $1 AND answer IN ('asked', 'accepted')";
        let done = sqlx::query(sql)
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let (subject, from) = (subject(&submission), review.mail.as_str());
        audit::append(&mut transaction, Act::new(now, who, "review.revoke", &subject, from, ""))
            .await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Keeps the mail that reminds a reviewer, and plans the next one at the end of the time. Nothing
    /// is planned after that.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn remind(
        &self,
        review: &Review,
        link: Token,
        letter: &Mail,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        put_link(&mut transaction, review.id, link).await?;
        mails::put_single(&mut transaction, letter, now).await?;
        if now < review.due {
            let work = Work::RemindReviewer { review: review.id };
            jobs::enqueue(&mut transaction, &work, review.due, now).await?;
        }
        commit(transaction).await
    }
}

/// When a reviewer is reminded first.
fn remind_first(review: &Review) -> Timestamp {
    let early = review.due.plus_seconds(-REMIND_DAYS * 24 * 3600);
    if early > review.asked { early } else { review.due }
}

fn same(
    one: &observatory_model::mail::MailAddress,
    other: &observatory_model::mail::MailAddress,
) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

async fn insert(
    connection: &mut AnyConnection,
    review: &Review,
    link: Token,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO reviews (id, submission, round, name, mail, language, blinding, answer, \
        asked, due, remarks) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    sqlx::query(sql)
        .bind(review.id.to_string())
        .bind(review.submission.to_string())
        .bind(number(review.round))
        .bind(without_nul(&review.name))
        .bind(review.mail.as_str())
        .bind(review.language.code())
        .bind(review.blinding.code())
        .bind(review.answer.code())
        .bind(review.asked.millis())
        .bind(review.due.millis())
        .bind(to_json(&review.remarks)?)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    put_link(connection, review.id, link).await
}

/// Another word opens a review. Of the words in earlier mails only hashes are kept, so that each mail
/// has one of its own; all of them stay good.
async fn put_link(
    connection: &mut AnyConnection,
    review: ReviewId,
    link: Token,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO review_links (token, review) VALUES ($1, $2)")
        .bind(hash(link))
        .bind(review.to_string())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

async fn reviews_of(
    connection: &mut AnyConnection,
    id: SubmissionId,
    round: u32,
) -> Result<Vec<Review>, StoreError> {
    let rows = sqlx::query(select_review!("WHERE submission = $1 AND round = $2"))
        .bind(id.to_string())
        .bind(number(round))
        .fetch_all(connection)
        .await
        .map_err(of_engine)?;
    rows.iter().map(read).collect()
}

/// Nothing is expected any more of the reviewers of a submission.
pub(crate) async fn revoke_open(
    connection: &mut AnyConnection,
    id: SubmissionId,
) -> Result<(), StoreError> {
    let sql = "UPDATE reviews SET answer = 'revoked' \
        WHERE submission = $1 AND answer IN ('asked', 'accepted')";
    sqlx::query(sql).bind(id.to_string()).execute(connection).await.map_err(of_engine)?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Review, StoreError> {
    Ok(Review {
        id: noun(row, "id")?,
        submission: noun(row, "submission")?,
        round: count(row, "round")?,
        name: get(row, "name")?,
        mail: noun(row, "mail")?,
        language: noun(row, "language")?,
        blinding: noun(row, "blinding")?,
        answer: noun(row, "answer")?,
        asked: time(row, "asked")?,
        due: time(row, "due")?,
        done: optional_time(row, "done")?,
        remarks: json(row, "remarks")?,
    })
}
