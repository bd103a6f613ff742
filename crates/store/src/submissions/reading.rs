//! What is read of submissions: lists, the way each has come, its messages, and how long a stage takes.

use observatory_model::rights::Stage;
use observatory_model::submission::{Draft, Pending, PieceKind, Submission};
use observatory_model::{Language, PersonId, SubmissionId, Timestamp};
use sqlx::any::AnyRow;

use super::{read, select_submission};
use crate::error::{StoreError, of_engine};
use crate::open::Store;
use crate::rows::{count, get, json, noun, number, optional_noun, optional_time, time};

/// Ended stays in a stage that its usual time is measured by: the last ones, since desks change.
const MEASURED: i64 = 200;

/// Fewest ended stays that say what is usual.
const LEAST_MEASURED: usize = 5;

/// What lists show of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionLine {
    /// Its id.
    pub id: SubmissionId,
    /// Its number, once it was sent.
    pub number: Option<String>,
    /// Its title; may be empty in a draft.
    pub title: String,
    /// What kind of piece it is.
    pub kind: PieceKind,
    /// The language of its text.
    pub language: Option<Language>,
    /// Where it is.
    pub stage: Stage,
    /// Since when.
    pub since: Timestamp,
    /// When its words last changed or it moved.
    pub touched: Timestamp,
    /// How often it was sent.
    pub round: u32,
    /// The slug under which it is published.
    pub slug: Option<String>,
    /// Whose it is.
    pub owner: Option<PersonId>,
    /// A decision that can still be taken back.
    pub pending: Option<Pending>,
    /// Reviews of this round that were asked for and not revoked or declined.
    pub reviews: u64,
    /// Those that were sent.
    pub reviews_done: u64,
    /// Those that are late.
    pub reviews_late: u64,
}

/// A stay in a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The stage.
    pub stage: Stage,
    /// Since when.
    pub entered: Timestamp,
    /// Until when; `None` where it is now.
    pub ended: Option<Timestamp>,
    /// Why, for the authors; may be empty.
    pub reasons: String,
}

/// A message about a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: PersonId,
    /// By what that person is called.
    pub name: String,
    /// Whether an editor wrote it.
    pub is_editor: bool,
    /// Its words.
    pub words: String,
}

/// The words of a submission as they were sent once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the number of a round is called the round")]
pub struct Round {
    /// The first time is 1.
    pub round: u32,
    /// When.
    pub sent: Timestamp,
    /// The words.
    pub draft: Draft,
}

/// How many submissions are in a stage.
pub type QueueCounts = Vec<(Stage, u64)>;

/// The columns of a line; the present is `$1`.
macro_rules! select_line {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, title, kind, piece_language, stage, since, touched, round, slug, ",
            "owner, pending, ",
            "(SELECT COUNT(*) FROM reviews WHERE reviews.submission = submissions.id ",
            "AND reviews.round = submissions.round ",
            "AND answer IN ('asked', 'accepted', 'done')) AS reviews, ",
            "(SELECT COUNT(*) FROM reviews WHERE reviews.submission = submissions.id ",
            "AND reviews.round = submissions.round AND answer = 'done') AS reviews_done, ",
            "(SELECT COUNT(*) FROM reviews WHERE reviews.submission = submissions.id ",
            "AND reviews.round = submissions.round ",
            "AND answer IN ('asked', 'accepted') AND due < $1) AS reviews_late ",
            "FROM submissions ",
            $rest
        )
    };
}

impl Store {
    /// The submissions of a person, the last touched first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn submissions_of(
        &self,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Vec<SubmissionLine>, StoreError> {
        let rows =
            sqlx::query(select_line!("WHERE owner = $2 ORDER BY touched DESC, id LIMIT 500"))
                .bind(now.millis())
                .bind(person.to_string())
                .fetch_all(self.readers())
                .await
                .map_err(of_engine)?;
        rows.iter().map(line).collect()
    }

    /// What is in a stage, what has waited longest first: `limit` lines from `offset` on.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn queue(
        &self,
        stage: Stage,
        offset: u32,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SubmissionLine>, StoreError> {
        let sql = select_line!("WHERE stage = $2 ORDER BY since, id LIMIT $3 OFFSET $4");
        let rows = sqlx::query(sql)
            .bind(now.millis())
            .bind(stage.code())
            .bind(i64::from(limit))
            .bind(i64::from(offset))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(line).collect()
    }

    /// How many submissions are in each stage that editors see.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn queue_counts(&self) -> Result<QueueCounts, StoreError> {
        let sql = "SELECT stage, COUNT(*) AS submissions FROM submissions \
            WHERE stage <> 'draft' GROUP BY stage";
        let rows = sqlx::query(sql).fetch_all(self.readers()).await.map_err(of_engine)?;
        let one = |row: &AnyRow| Ok((noun(row, "stage")?, count(row, "submissions")?));
        rows.iter().map(one).collect()
    }

    /// The way a submission has come, from its beginning on.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn steps(&self, id: SubmissionId) -> Result<Vec<Step>, StoreError> {
        let sql = "SELECT stage, entered, ended, reasons FROM steps WHERE submission = $1 \
            ORDER BY entered, ended IS NULL";
        let rows = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let step = |row: &AnyRow| {
            Ok(Step {
                stage: noun(row, "stage")?,
                entered: time(row, "entered")?,
                ended: optional_time(row, "ended")?,
                reasons: get(row, "reasons")?,
            })
        };
        rows.iter().map(step).collect()
    }

    /// The messages about a submission, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn messages(&self, id: SubmissionId) -> Result<Vec<Message>, StoreError> {
        let sql = "SELECT messages.at, messages.author, messages.is_editor, messages.words, \
            people.name, people.mail FROM messages JOIN people ON people.id = messages.author \
            WHERE messages.submission = $1 ORDER BY messages.at, messages.id";
        let rows = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let message = |row: &AnyRow| {
            let (name, mail): (String, String) = (get(row, "name")?, get(row, "mail")?);
            let before = || mail.split('@').next().unwrap_or_default().to_owned();
            Ok(Message {
                at: time(row, "at")?,
                author: noun(row, "author")?,
                name: if name.is_empty() { before() } else { name },
                is_editor: get::<i64>(row, "is_editor")? == 1,
                words: get(row, "words")?,
            })
        };
        rows.iter().map(message).collect()
    }

    /// The words of a submission as they were sent, the first time first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn rounds(&self, id: SubmissionId) -> Result<Vec<Round>, StoreError> {
        let sql = "SELECT round, sent, draft FROM rounds WHERE submission = $1 ORDER BY round";
        let rows = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let round = |row: &AnyRow| {
            Ok(Round {
                round: count(row, "round")?,
                sent: time(row, "sent")?,
                draft: json(row, "draft")?,
            })
        };
        rows.iter().map(round).collect()
    }

    /// The median of how long the last submissions were in a stage, in seconds; `None` where too few
    /// have left it to say.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn usual_seconds(&self, stage: Stage) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT ended - entered AS stay FROM steps \
            WHERE stage = $1 AND ended IS NOT NULL ORDER BY ended DESC LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(stage.code())
            .bind(MEASURED)
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let stays = rows.iter().map(|row| get::<i64>(row, "stay"));
        let mut stays = stays.collect::<Result<Vec<_>, _>>()?;
        if stays.len() < LEAST_MEASURED {
            return Ok(None);
        }
        stays.sort_unstable();
        Ok(stays.get(stays.len() / 2).map(|millis| millis / 1000))
    }

    /// Submissions after `after` in the order of their ids, at most `limit`: for lists on the command
    /// line. Drafts are not among them.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn submissions(
        &self,
        after: Option<SubmissionId>,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        let rows = sqlx::query(select_submission!(
            "WHERE stage <> 'draft' AND id > $1 ORDER BY id LIMIT $2"
        ))
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(self.readers())
        .await
        .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// What a person is to be told and was not: what happened, and to which submission.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn notices(
        &self,
        person: PersonId,
    ) -> Result<Vec<(String, String, Submission)>, StoreError> {
        let sql = "SELECT notices.id AS notice, notices.what, submissions.id, submissions.number, \
            submissions.owner, submissions.mail, submissions.language, submissions.stage, \
            submissions.since, submissions.created, submissions.revision, submissions.round, \
            submissions.device, submissions.sequence, submissions.draft, submissions.slug, \
            submissions.pending FROM notices \
            JOIN submissions ON submissions.id = notices.submission \
            WHERE notices.person = $1 AND notices.told IS NULL \
            ORDER BY notices.at, notices.id LIMIT 200";
        let rows = sqlx::query(sql)
            .bind(person.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let one = |row: &AnyRow| Ok((get(row, "notice")?, get(row, "what")?, read(row)?));
        rows.iter().map(one).collect()
    }

    /// Marks notices as told and keeps the mail that tells them, in one transaction. `false` when
    /// somebody else has told one of them.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn tell_notices(
        &self,
        notices: &[String],
        mail: &observatory_model::mail::Mail,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        for notice in notices {
            let done = sqlx::query("UPDATE notices SET told = $2 WHERE id = $1 AND told IS NULL")
                .bind(notice)
                .bind(number(now.millis()))
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
        }
        crate::mails::put_single(&mut transaction, mail, now).await?;
        crate::open::commit(transaction).await?;
        Ok(true)
    }
}

fn line(row: &AnyRow) -> Result<SubmissionLine, StoreError> {
    Ok(SubmissionLine {
        id: noun(row, "id")?,
        number: get(row, "number")?,
        title: get(row, "title")?,
        kind: noun(row, "kind")?,
        language: optional_noun(row, "piece_language")?,
        stage: noun(row, "stage")?,
        since: time(row, "since")?,
        touched: time(row, "touched")?,
        round: count(row, "round")?,
        slug: get(row, "slug")?,
        owner: optional_noun(row, "owner")?,
        pending: match get::<Option<String>>(row, "pending")? {
            Some(_) => Some(json(row, "pending")?),
            None => None,
        },
        reviews: count(row, "reviews")?,
        reviews_done: count(row, "reviews_done")?,
        reviews_late: count(row, "reviews_late")?,
    })
}
