//! What people prove who they are by, and how often they may try.

use observatory_model::audit::Act;
use observatory_model::{PersonId, Timestamp};

use crate::audit;
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::people::{end_sessions, locked, subject};
use crate::rows::{count, get, json, number, to_json, without_nul};

/// Seconds for which a try is remembered: a day.
const TRIES_SECONDS: i64 = 24 * 3600;

/// What somebody proves who they are by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The hash of the password.
    pub password: Option<String>,
    /// The secret of one-time codes.
    pub code: Option<String>,
    /// The last step whose code was used.
    pub code_step: Option<u64>,
    /// The hashes of the recovery codes that are left.
    pub recovery: Vec<String>,
}

impl Store {
    /// What a person proves who they are by.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn secrets(&self, id: PersonId) -> Result<Secrets, StoreError> {
        let sql = "SELECT password, code_secret, code_step, recovery FROM people WHERE id = $1";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(Secrets::default()) };
        let step = get::<Option<i64>>(&row, "code_step")?;
        Ok(Secrets {
            password: get(&row, "password")?,
            code: get(&row, "code_secret")?,
            code_step: step.and_then(|step| u64::try_from(step).ok()),
            recovery: json(&row, "recovery")?,
        })
    }

    /// Keeps the hash of a new password, or forgets the old one, and ends the other sessions.
    ///
    /// # Errors
    /// As [`Self::set_roles`].
    pub async fn set_password(
        &self,
        id: PersonId,
        password: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let person = locked(&mut transaction, id).await?;
        sqlx::query("UPDATE people SET password = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(password)
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        end_sessions(&mut transaction, id).await?;
        let to = if password.is_some() { "set" } else { "removed" };
        let who = person.mail.as_str();
        let act = Act::new(now, who, "person.password", &subject(&person), "", to);
        audit::append(&mut transaction, act).await?;
        commit(transaction).await
    }

    /// Keeps the secret of one-time codes and the hashes of the recovery codes, or forgets both.
    ///
    /// # Errors
    /// As [`Self::set_roles`].
    pub async fn set_codes(
        &self,
        id: PersonId,
        secret: Option<(&str, &[String])>,
        who: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let person = locked(&mut transaction, id).await?;
        let recovery = secret.map(|(_, recovery)| recovery).unwrap_or_default();
        let sql = "UPDATE people SET code_secret = $2, code_step = NULL, recovery = $3 \
            WHERE id = $1";
        sqlx::query(sql)
            .bind(id.to_string())
            .bind(secret.map(|(secret, _)| secret))
            .bind(to_json(recovery)?)
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let to = if secret.is_some() { "set" } else { "removed" };
        let act = Act::new(now, who, "person.codes", &subject(&person), "", to);
        audit::append(&mut transaction, act).await?;
        commit(transaction).await
    }

    /// Marks the code of a step as used; `false` when it or a later one was used before.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn use_code(&self, id: PersonId, step: u64) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE people SET code_step = $2 \
            WHERE id = $1 AND (code_step IS NULL OR code_step < $2)";
        let done = sqlx::query(sql)
            .bind(id.to_string())
            .bind(number(step))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Takes a recovery code out of those that are left; `false` when it is none of them.
    ///
    /// # Errors
    /// As [`Self::set_roles`].
    pub async fn use_recovery(
        &self,
        id: PersonId,
        hash: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let person = locked(&mut transaction, id).await?;
        let row = sqlx::query("SELECT recovery FROM people WHERE id = $1")
            .bind(id.to_string())
            .fetch_one(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let mut left: Vec<String> = json(&row, "recovery")?;
        let before = left.len();
        left.retain(|known| known != hash);
        if left.len() == before {
            return Ok(false);
        }
        sqlx::query("UPDATE people SET recovery = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(to_json(&left)?)
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let (who, to) = (person.mail.as_str(), format!("{} left", left.len()));
        let act = Act::new(now, who, "person.recovery", &subject(&person), "", &to);
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Counts a try of `subject`, unless `most` were made within the last `seconds`; whether it was
    /// counted, and may go on.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn may_try(
        &self,
        subject: &str,
        most: u64,
        seconds: i64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        self.alone(&mut transaction, subject).await?;
        sqlx::query("DELETE FROM tries WHERE at < $1")
            .bind(now.plus_seconds(-TRIES_SECONDS).millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let sql = "SELECT COUNT(*) AS made FROM tries WHERE subject = $1 AND at > $2";
        let row = sqlx::query(sql)
            .bind(without_nul(subject))
            .bind(now.plus_seconds(-seconds).millis())
            .fetch_one(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let may = count::<u64>(&row, "made")? < most;
        if may {
            sqlx::query("INSERT INTO tries (subject, at) VALUES ($1, $2)")
                .bind(without_nul(subject))
                .bind(now.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        commit(transaction).await?;
        Ok(may)
    }
}
