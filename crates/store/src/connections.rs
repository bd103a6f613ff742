//! Connections: whom providers elsewhere have named, and whose account that opens here.

use observatory_model::alert::Token;
use observatory_model::audit::Act;
use observatory_model::mail::MailAddress;
use observatory_model::person::{Person, Strength};
use observatory_model::{Language, PersonId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::people::{locked, subject};
use crate::rows::{get, noun, optional_time, time, without_nul};
use crate::sessions::{self, Place};
use crate::{audit, sessions::account_of};

/// Connections that one person may have: more than providers.
const MOST: i64 = 10;

/// Whom a provider has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// Who says it: the issuer of the provider.
    pub issuer: &'a str,
    /// By what the issuer knows them.
    pub subject: &'a str,
    /// By what the person will know the connection, such as `ORCID · Ada Okafor`.
    pub label: &'a str,
    /// The ORCID iD that is proved by it, in its normal form.
    pub orcid: Option<&'a str>,
}

/// A connection as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Who says it.
    pub issuer: String,
    /// By what the issuer knows them.
    pub subject: String,
    /// By what its owner knows it.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When somebody last signed in by it.
    pub used: Option<Timestamp>,
}

impl Store {
    /// Begins a session of whom a provider has named.
    ///
    /// `mail` is an address that the provider has verified and is believed for: then whoever has that
    /// address here, or gets an account now, is connected. Without it `None` for somebody who is not known.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]; nothing changed.
    pub async fn sign_in_named(
        &self,
        named: &Named<'_>,
        mail: Option<&MailAddress>,
        session: (Token, Place<'_>),
        language: Language,
        now: Timestamp,
    ) -> Result<Option<Person>, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE connections SET used = $3 WHERE issuer = $1 AND subject = $2 \
            RETURNING person";
        let row = sqlx::query(sql)
            .bind(named.issuer)
            .bind(named.subject)
            .bind(now.millis())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let person = match (row, mail) {
            (Some(row), _) => locked(&mut transaction, noun(&row, "person")?).await?,
            (None, Some(mail)) => {
                let person = account_of(&mut transaction, mail, language, now).await?;
                if person.disabled.is_some()
                    || !connect(&mut transaction, &person, named, now).await?
                {
                    return Ok(None);
                }
                person
            }
            (None, None) => return Ok(None),
        };
        if person.disabled.is_some() {
            return Ok(None);
        }
        let strength = Strength::after_one_proof(&person.roles);
        let (token, place) = session;
        sessions::start(&mut transaction, token, Some(&person), None, strength, place, now).await?;
        commit(transaction).await?;
        Ok(Some(person))
    }

    /// Connects whom a provider has named with a person. `false` when they are connected with another, or
    /// the person has ten already.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn connect(
        &self,
        person: PersonId,
        named: &Named<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let person = locked(&mut transaction, person).await?;
        let done = connect(&mut transaction, &person, named, now).await?;
        if done {
            commit(transaction).await?;
        }
        Ok(done)
    }

    /// The connections of a person, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn connections_of(&self, person: PersonId) -> Result<Vec<Connection>, StoreError> {
        let sql = "SELECT issuer, subject, label, created, used FROM connections \
            WHERE person = $1 ORDER BY created, issuer, subject";
        let rows = sqlx::query(sql)
            .bind(person.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// Takes a connection of a person away; `false` when it is not theirs. An ORCID iD stays as their
    /// own word.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn disconnect(
        &self,
        person: PersonId,
        issuer: &str,
        named: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let person = locked(&mut transaction, person).await?;
        let sql = "DELETE FROM connections WHERE person = $1 AND issuer = $2 AND subject = $3 \
            RETURNING label";
        let row = sqlx::query(sql)
            .bind(person.id.to_string())
            .bind(without_nul(issuer))
            .bind(without_nul(named))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(false) };
        let label: String = get(&row, "label")?;
        let (who, subject) = (person.mail.as_str(), subject(&person));
        let act = Act::new(now, who, "connection.remove", &subject, &label, "");
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }
}

async fn connect(
    connection: &mut AnyConnection,
    person: &Person,
    named: &Named<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM connections WHERE person = $1";
    let row = sqlx::query(sql)
        .bind(person.id.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(of_engine)?;
    if row.try_get::<i64, _>(0).map_err(of_engine)? >= MOST {
        return Ok(false);
    }
    let label: String = without_nul(named.label).chars().take(200).collect();
    let sql = "INSERT INTO connections (issuer, subject, person, label, created, used) \
        VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (issuer, subject) DO NOTHING";
    let done = sqlx::query(sql)
        .bind(without_nul(named.issuer))
        .bind(without_nul(named.subject))
        .bind(person.id.to_string())
        .bind(&label)
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let (who, subject) = (person.mail.as_str(), subject(person));
    let act = Act::new(now, who, "connection.add", &subject, "", &label);
    audit::append(connection, act).await?;
    let known = person.orcid.as_deref();
    if let Some(orcid) = named.orcid.filter(|orcid| known != Some(*orcid)) {
        sqlx::query("UPDATE people SET orcid = $2 WHERE id = $1")
            .bind(person.id.to_string())
            .bind(orcid)
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
        let known = known.unwrap_or_default();
        let act = Act::new(now, who, "person.orcid", &subject, known, orcid);
        audit::append(connection, act).await?;
    }
    Ok(true)
}

fn read(row: &AnyRow) -> Result<Connection, StoreError> {
    Ok(Connection {
        issuer: get(row, "issuer")?,
        subject: get(row, "subject")?,
        label: get(row, "label")?,
        created: time(row, "created")?,
        used: optional_time(row, "used")?,
    })
}
