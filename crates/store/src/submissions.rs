//! Submissions: begun, claimed, listed, and moved from stage to stage.
//!
//! Saving is in `submissions/saving.rs`, sending and what authors do in `sending.rs`, what editors do in
//! `deciding.rs`, what is read of them in `reading.rs`, publication in `publishing.rs`,
//! and the next version of a piece in `renewing.rs`.

use observatory_model::alert::Token;
use observatory_model::audit::Act;
use observatory_model::job::Work;
use observatory_model::mail::Mail;
use observatory_model::person::{Person, Role, Strength};
use observatory_model::rights::Stage;
use observatory_model::submission::Submission;
use observatory_model::{PersonId, SubmissionId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use uuid::Uuid;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, json, noun, optional_noun, time, to_json, without_nul};
use crate::sessions::{Place, SignIn};
use crate::{audit, jobs, mails, people, sessions};

mod deciding;
mod publishing;
mod reading;
mod renewing;
mod saving;
mod sending;

pub use deciding::Deciding;
pub use publishing::{Publication, Retraction};
pub use reading::{Message, QueueCounts, Round, Step, SubmissionLine};
pub use saving::{SaveBeside, SaveOutcome};
pub use sending::Sending;

/// The columns of a submission.
macro_rules! select_submission {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, owner, mail, language, stage, since, created, revision, round, ",
            "device, sequence, draft, slug, pending FROM submissions ",
            $rest
        )
    };
}
pub(crate) use select_submission;

/// Most drafts without an owner that one address may have begun: more than a mistake, fewer than a
/// flood.
const MOST_UNCLAIMED: u64 = 5;

/// Most drafts without an owner of all addresses together, so that nobody fills the disk.
const MOST_UNCLAIMED_OF_ALL: u64 = 5_000;

/// How somebody without an account begins.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'a> {
    /// The word of the link that claims the draft.
    pub link: Token,
    /// The mail that carries it.
    pub letter: &'a Mail,
    /// The word of the session that holds the draft meanwhile.
    pub session: Token,
    /// Where that begins.
    pub place: Place<'a>,
}

impl Store {
    /// Begins a draft: of its owner, or of a guest, whose link and session begin with it. Returns
    /// whether it was begun; `false` when too many of that address wait to be claimed.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing was kept.
    pub async fn begin_draft(
        &self,
        submission: &Submission,
        guest: Option<Guest<'_>>,
    ) -> Result<bool, StoreError> {
        let now = submission.created;
        let mut transaction = self.begin().await?;
        if guest.is_some() {
            self.alone(&mut transaction, "unclaimed").await?;
            if !may_begin(&mut transaction, submission).await? {
                return Ok(false);
            }
        }
        insert(&mut transaction, submission).await?;
        let subject = subject(submission);
        let who = submission.mail.as_str();
        let act = Act::new(now, who, "submission.begin", &subject, "", Stage::Draft.code());
        audit::append(&mut transaction, act).await?;
        if let Some(guest) = guest {
            let link = SignIn {
                mail: submission.mail.clone(),
                submission: Some(submission.id),
                created: now,
            };
            sessions::put_link(&mut transaction, guest.link, &link).await?;
            mails::put_single(&mut transaction, guest.letter, now).await?;
            let id = Some(submission.id);
            let (session, place) = (guest.session, guest.place);
            sessions::start(&mut transaction, session, None, id, Strength::Guest, place, now)
                .await?;
        }
        commit(transaction).await?;
        Ok(true)
    }

    /// A submission.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn submission(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError> {
        let row = sqlx::query(select_submission!("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(read).transpose()
    }

    /// Throws a draft away that was never sent, with all that was typed. `false` when it is no draft.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn discard_draft(
        &self,
        id: SubmissionId,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(submission) = locked(&mut transaction, id).await? else { return Ok(false) };
        if submission.stage != Stage::Draft {
            return Ok(false);
        }
        remove(&mut transaction, &submission).await?;
        let subject = subject(&submission);
        let act = Act::new(now, who, "submission.discard", &subject, Stage::Draft.code(), "");
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Forgets drafts that nobody has claimed or touched for `days`. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn forget_drafts(&self, days: i64, now: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(select_submission!(
            "WHERE owner IS NULL AND stage = 'draft' AND touched < $1"
        ))
        .bind(now.plus_seconds(-days * 24 * 3600).millis())
        .fetch_all(&mut *transaction)
        .await
        .map_err(of_engine)?;
        let mut forgotten = 0;
        for row in &rows {
            remove(&mut transaction, &read(row)?).await?;
            forgotten += 1;
        }
        commit(transaction).await?;
        Ok(forgotten)
    }
}

async fn may_begin(
    connection: &mut AnyConnection,
    submission: &Submission,
) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS unclaimed, \
        COUNT(CASE WHEN LOWER(mail) = LOWER($1) THEN 1 END) AS own \
        FROM submissions WHERE owner IS NULL";
    let row = sqlx::query(sql)
        .bind(submission.mail.as_str())
        .fetch_one(connection)
        .await
        .map_err(of_engine)?;
    let (all, own): (u64, u64) = (count(&row, "unclaimed")?, count(&row, "own")?);
    Ok(own < MOST_UNCLAIMED && all < MOST_UNCLAIMED_OF_ALL)
}

async fn insert(connection: &mut AnyConnection, new: &Submission) -> Result<(), StoreError> {
    let sql = "INSERT INTO submissions (id, owner, mail, language, stage, since, created, \
        touched, revision, round, device, sequence, draft, title, kind, piece_language) \
        VALUES ($1, $2, $3, $4, 'draft', $5, $5, $5, 0, 0, '', 0, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(new.id.to_string())
        .bind(new.owner.map(|owner| owner.to_string()))
        .bind(new.mail.as_str())
        .bind(new.language.code())
        .bind(new.created.millis())
        .bind(to_json(&new.draft)?)
        .bind(without_nul(&new.draft.title))
        .bind(new.draft.kind.code())
        .bind(new.draft.language.map(observatory_model::Language::code))
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    saving::put_first(connection, new).await?;
    enter(connection, new.id, Stage::Draft, "", new.created).await
}

async fn remove(connection: &mut AnyConnection, draft: &Submission) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM draft_saves WHERE submission = $1",
        "DELETE FROM rounds WHERE submission = $1",
        "DELETE FROM steps WHERE submission = $1",
        "DELETE FROM sessions WHERE submission = $1",
        "DELETE FROM sign_ins WHERE submission = $1",
        "DELETE FROM notices WHERE submission = $1",
        "DELETE FROM submissions WHERE id = $1",
    ] {
        sqlx::query(sql)
            .bind(draft.id.to_string())
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
    }
    Ok(())
}

/// A draft becomes `person`'s, whose address it was begun with. Nothing happens to one that has an
/// owner. The guest that held it goes on as the person.
pub(crate) async fn claim(
    connection: &mut AnyConnection,
    id: SubmissionId,
    person: &Person,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE submissions SET owner = $2, touched = $4 \
        WHERE id = $1 AND owner IS NULL AND LOWER(mail) = LOWER($3)";
    let done = sqlx::query(sql)
        .bind(id.to_string())
        .bind(person.id.to_string())
        .bind(person.mail.as_str())
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("DELETE FROM sessions WHERE submission = $1 AND person IS NULL")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    let (who, subject) = (person.mail.as_str(), format!("submission:{id}"));
    let act = Act::new(now, who, "submission.claim", &subject, "", who);
    audit::append(connection, act).await
}

/// A submission whose row nobody else changes until the transaction ends.
pub(crate) async fn locked(
    connection: &mut AnyConnection,
    id: SubmissionId,
) -> Result<Option<Submission>, StoreError> {
    let row = locked_row(connection, id).await?;
    row.as_ref().map(read).transpose()
}

/// The same as a row.
async fn locked_row(
    connection: &mut AnyConnection,
    id: SubmissionId,
) -> Result<Option<AnyRow>, StoreError> {
    let sql = "UPDATE submissions SET stage = stage WHERE id = $1 RETURNING id, number, owner, \
        mail, language, stage, since, created, revision, round, device, sequence, draft, slug, \
        pending";
    sqlx::query(sql).bind(id.to_string()).fetch_optional(connection).await.map_err(of_engine)
}

/// Moves a submission to another stage: the way it has come and the log are written with it.
pub(crate) async fn move_to(
    connection: &mut AnyConnection,
    submission: &Submission,
    stage: Stage,
    reasons: &str,
    who: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE submissions SET stage = $2, since = $3, touched = $3, pending = NULL \
        WHERE id = $1";
    sqlx::query(sql)
        .bind(submission.id.to_string())
        .bind(stage.code())
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    sqlx::query("UPDATE steps SET ended = $2 WHERE submission = $1 AND ended IS NULL")
        .bind(submission.id.to_string())
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    enter(connection, submission.id, stage, reasons, now).await?;
    let (subject, from) = (subject(submission), submission.stage.code());
    let act = Act::new(now, who, "submission.stage", &subject, from, stage.code());
    audit::append(connection, act).await
}

async fn enter(
    connection: &mut AnyConnection,
    id: SubmissionId,
    stage: Stage,
    reasons: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO steps (submission, stage, entered, reasons) VALUES ($1, $2, $3, $4)";
    sqlx::query(sql)
        .bind(id.to_string())
        .bind(stage.code())
        .bind(now.millis())
        .bind(without_nul(reasons))
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

/// Notes what a person is to be told, and when at the latest.
pub(crate) async fn notice(
    connection: &mut AnyConnection,
    person: PersonId,
    submission: SubmissionId,
    what: &str,
    due: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO notices (id, person, submission, what, at) VALUES ($1, $2, $3, $4, $5)";
    sqlx::query(sql)
        .bind(Uuid::now_v7().to_string())
        .bind(person.to_string())
        .bind(submission.to_string())
        .bind(what)
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    jobs::enqueue(connection, &Work::SendNotices { person }, due, now).await?;
    Ok(())
}

/// Notes for every editor but the owner what there is to do: in the mail of the next morning.
pub(crate) async fn notice_editors(
    connection: &mut AnyConnection,
    submission: &Submission,
    what: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let due = observatory_model::alert::Cadence::Daily.due(now);
    for editor in people::with_role(connection, Role::Editor).await? {
        if submission.owner != Some(editor.id) {
            notice(connection, editor.id, submission.id, what, due, now).await?;
        }
    }
    Ok(())
}

/// By what the log names a submission.
pub(crate) fn subject(submission: &Submission) -> String {
    submission.number.as_ref().map_or_else(
        || format!("submission:{}", submission.id),
        |number| format!("submission:{number}"),
    )
}

pub(crate) fn read(row: &AnyRow) -> Result<Submission, StoreError> {
    Ok(Submission {
        id: noun(row, "id")?,
        number: get(row, "number")?,
        owner: optional_noun(row, "owner")?,
        mail: noun(row, "mail")?,
        language: noun(row, "language")?,
        stage: noun(row, "stage")?,
        since: time(row, "since")?,
        created: time(row, "created")?,
        revision: count(row, "revision")?,
        round: count(row, "round")?,
        draft: json(row, "draft")?,
        slug: get(row, "slug")?,
        pending: match get::<Option<String>>(row, "pending")? {
            Some(_) => Some(json(row, "pending")?),
            None => None,
        },
    })
}
