//! Mailed links that sign somebody in, once.

use observatory_model::alert::Token;
use observatory_model::job::Work;
use observatory_model::mail::{Mail, MailAddress};
use observatory_model::person::{Person, Role, Roles, Strength};
use observatory_model::{Language, SubmissionId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{Place, hash, start};
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{noun, optional_noun, time};
use crate::{jobs, mails, people, submissions};

/// Minutes for which a mailed link signs in: mails are slow at times, and meetings are long.
pub const LINK_MINUTES: i64 = 60;

/// Hours for which a draft can be claimed by its mailed link: a researcher reads mail on Monday.
pub const CLAIM_HOURS: i64 = 7 * 24;

/// What a mailed link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The address it was mailed to.
    pub mail: MailAddress,
    /// The draft that becomes theirs by it.
    pub submission: Option<SubmissionId>,
    /// When it was written.
    pub created: Timestamp,
}

impl Store {
    /// Keeps a link that signs `mail` in, and the mail that carries it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing was kept.
    pub async fn mail_link(
        &self,
        token: Token,
        sign_in: &SignIn,
        letter: &Mail,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        put_link(&mut transaction, token, sign_in).await?;
        mails::put_single(&mut transaction, letter, sign_in.created).await?;
        commit(transaction).await
    }

    /// Keeps a link that signs `mail` in and is handed over in another way than by mail.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn put_link(&self, token: Token, sign_in: &SignIn) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        put_link(&mut transaction, token, sign_in).await?;
        commit(transaction).await
    }

    /// What a link is for, while it can be used.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn link(&self, token: Token, now: Timestamp) -> Result<Option<SignIn>, StoreError> {
        let sql = "SELECT mail, submission, created FROM sign_ins WHERE token = $1";
        let row = sqlx::query(sql)
            .bind(hash(token))
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        Ok(row.as_ref().map(read_link).transpose()?.filter(|link| link.holds(now)))
    }

    /// Uses a link, once: its owner gets an account if there is none, the draft it claims becomes
    /// theirs, and a session begins under `session`. `None` when the link is not known any more, or its
    /// owner is not let in.
    ///
    /// A session with roles that ask for a second proof is half until that is given.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]; nothing changed.
    pub async fn use_link(
        &self,
        token: Token,
        session: Token,
        place: Place<'_>,
        language: Language,
        now: Timestamp,
    ) -> Result<Option<(Person, Option<SubmissionId>)>, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "DELETE FROM sign_ins WHERE token = $1 RETURNING mail, submission, created";
        let row = sqlx::query(sql)
            .bind(hash(token))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let link = row.as_ref().map(read_link).transpose()?.filter(|link| link.holds(now));
        let Some(link) = link else { return Ok(None) };
        let person = account_of(&mut transaction, &link.mail, language, now).await?;
        if person.disabled.is_some() {
            return Ok(None);
        }
        if let Some(submission) = link.submission {
            submissions::claim(&mut transaction, submission, &person, now).await?;
        }
        let strength = Strength::after_one_proof(&person.roles);
        start(&mut transaction, session, Some(&person), None, strength, place, now).await?;
        commit(transaction).await?;
        Ok(Some((person, link.submission)))
    }
}

impl SignIn {
    /// Whether the link can be used at `now`.
    fn holds(&self, now: Timestamp) -> bool {
        let seconds =
            if self.submission.is_some() { CLAIM_HOURS * 3600 } else { LINK_MINUTES * 60 };
        now.seconds_since(self.created) < seconds
    }
}

/// Keeps a link, within a transaction.
pub(crate) async fn put_link(
    connection: &mut AnyConnection,
    token: Token,
    sign_in: &SignIn,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sign_ins (token, mail, submission, created) VALUES ($1, $2, $3, $4)";
    sqlx::query(sql)
        .bind(hash(token))
        .bind(sign_in.mail.as_str())
        .bind(sign_in.submission.map(|submission| submission.to_string()))
        .bind(sign_in.created.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    let tomorrow = sign_in.created.plus_seconds(24 * 3600);
    jobs::enqueue(connection, &Work::TendDesk, tomorrow, sign_in.created).await.map(drop)
}

/// The owner of an address; whoever has shown that it is theirs and has no account yet gets one.
pub(crate) async fn account_of(
    connection: &mut AnyConnection,
    mail: &MailAddress,
    language: Language,
    now: Timestamp,
) -> Result<Person, StoreError> {
    let sql = "SELECT id FROM people WHERE LOWER(mail) = LOWER($1)";
    let row = sqlx::query(sql)
        .bind(mail.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(of_engine)?;
    if let Some(row) = row {
        return people::locked(connection, noun(&row, "id")?).await;
    }
    let person = Person::new(mail.clone(), Roles::of([Role::Researcher]), language, now);
    people::insert(connection, &person, mail.as_str()).await?;
    Ok(person)
}

fn read_link(row: &AnyRow) -> Result<SignIn, StoreError> {
    Ok(SignIn {
        mail: noun(row, "mail")?,
        submission: optional_noun(row, "submission")?,
        created: time(row, "created")?,
    })
}
