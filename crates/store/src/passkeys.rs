//! Passkeys, and the questions that were put to browsers: each is answered once.

use observatory_model::alert::Token;
use observatory_model::audit::Act;
use observatory_model::{PersonId, Timestamp};
use sqlx::any::AnyRow;

use crate::audit;
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::people::{locked, subject};
use crate::rows::{get, noun, optional_noun, optional_time, time, without_nul};
use crate::sessions::hash;

/// Seconds after which a question that nobody answered is forgotten; it was too old long before.
const QUESTION_SECONDS: i64 = 3600;

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyLine {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub person: PersonId,
    /// By what its owner knows it.
    pub label: String,
    /// What the checks need.
    pub body: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used.
    pub used: Option<Timestamp>,
}

impl Store {
    /// Keeps a question until it is answered.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn put_question(
        &self,
        token: Token,
        person: Option<PersonId>,
        state: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM passkey_questions WHERE at < $1")
            .bind(now.plus_seconds(-QUESTION_SECONDS).millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let sql =
            "INSERT INTO passkey_questions (token, person, state, at) VALUES ($1, $2, $3, $4)";
        sqlx::query(sql)
            .bind(hash(token))
            .bind(person.map(|person| person.to_string()))
            .bind(state)
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await
    }

    /// A question, as [`Self::take_question`] gives it, which stays.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn question(
        &self,
        token: Token,
        now: Timestamp,
    ) -> Result<Option<(Option<PersonId>, String)>, StoreError> {
        let sql = "SELECT person, state FROM passkey_questions WHERE token = $1 AND at >= $2";
        let row = sqlx::query(sql)
            .bind(hash(token))
            .bind(now.plus_seconds(-QUESTION_SECONDS).millis())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| Ok((optional_noun(&row, "person")?, get(&row, "state")?))).transpose()
    }

    /// Takes a question out, for whom it was put and what belongs to it: whoever comes second finds none.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn take_question(
        &self,
        token: Token,
    ) -> Result<Option<(Option<PersonId>, String)>, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "DELETE FROM passkey_questions WHERE token = $1 RETURNING person, state";
        let row = sqlx::query(sql)
            .bind(hash(token))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        row.map(|row| Ok((optional_noun(&row, "person")?, get(&row, "state")?))).transpose()
    }

    /// The passkeys of a person, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn passkeys_of(&self, person: PersonId) -> Result<Vec<PasskeyLine>, StoreError> {
        let sql = "SELECT id, person, label, body, created, used FROM passkeys \
            WHERE person = $1 ORDER BY created, id";
        let rows = sqlx::query(sql)
            .bind(person.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// A passkey by its id.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn passkey(&self, id: &str) -> Result<Option<PasskeyLine>, StoreError> {
        let sql = "SELECT id, person, label, body, created, used FROM passkeys WHERE id = $1";
        let row =
            sqlx::query(sql).bind(id).fetch_optional(self.readers()).await.map_err(of_engine)?;
        row.as_ref().map(read).transpose()
    }

    /// Keeps a new passkey. `false` when there is one with its id, whoever has it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn add_passkey(&self, passkey: &PasskeyLine) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let person = locked(&mut transaction, passkey.person).await?;
        let sql = "INSERT INTO passkeys (id, person, label, body, created) \
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
        let done = sqlx::query(sql)
            .bind(&passkey.id)
            .bind(passkey.person.to_string())
            .bind(without_nul(&passkey.label).chars().take(100).collect::<String>())
            .bind(&passkey.body)
            .bind(passkey.created.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let (who, subject) = (person.mail.as_str(), subject(&person));
        let act = Act::new(passkey.created, who, "passkey.add", &subject, "", &passkey.label);
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Keeps a passkey as it is after it was used.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn use_passkey(
        &self,
        id: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE passkeys SET body = $2, used = $3 WHERE id = $1")
            .bind(id)
            .bind(body)
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await
    }

    /// Takes a passkey of a person away; `false` when it is not theirs.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn remove_passkey(
        &self,
        person: PersonId,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let owner = locked(&mut transaction, person).await?;
        let sql = "DELETE FROM passkeys WHERE id = $1 AND person = $2 RETURNING label";
        let row = sqlx::query(sql)
            .bind(id)
            .bind(person.to_string())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(false) };
        let (who, subject, label) =
            (owner.mail.as_str(), subject(&owner), get::<String>(&row, "label")?);
        let act = Act::new(now, who, "passkey.remove", &subject, &label, "");
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }
}

fn read(row: &AnyRow) -> Result<PasskeyLine, StoreError> {
    Ok(PasskeyLine {
        id: get(row, "id")?,
        person: noun(row, "person")?,
        label: get(row, "label")?,
        body: get(row, "body")?,
        created: time(row, "created")?,
        used: optional_time(row, "used")?,
    })
}
