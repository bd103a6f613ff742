//! People, their secrets, and what they and their domains may post.

use observatory_model::audit::Act;
use observatory_model::mail::MailAddress;
use observatory_model::person::{Person, Posting, Role, Roles};
use observatory_model::{PersonId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::audit;
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{get, noun, optional_noun, optional_time, time, without_nul};

mod domains;
mod secrets;

pub use secrets::Secrets;

/// What is counted before an admin is let go: two who take the role from one another must not both
/// see two of them.
const ADMINS: &str = "admins";

macro_rules! select_person {
    ($rest:literal) => {
        concat!(
            "SELECT id, mail, name, language, roles, posting, orcid, affiliation, ror, knows, ",
            "created, disabled FROM people ",
            $rest
        )
    };
}

impl Store {
    /// Adds a person.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the address has an account; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`].
    pub async fn add_person(&self, person: &Person, who: &str) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        insert(&mut transaction, person, who).await?;
        commit(transaction).await
    }

    /// A person by id.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query(select_person!("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(read).transpose()
    }

    /// A person by address, in whatever case it was typed.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn person_of_mail(&self, mail: &MailAddress) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query(select_person!("WHERE LOWER(mail) = LOWER($1)"))
            .bind(mail.as_str())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.as_ref().map(read).transpose()
    }

    /// The people after `after` in the order of their ids, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn people(
        &self,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<Person>, StoreError> {
        let rows = sqlx::query(select_person!("WHERE id > $1 ORDER BY id LIMIT $2"))
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// The people with a role who are let in, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn people_with(&self, role: Role) -> Result<Vec<Person>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        with_role(&mut connection, role).await
    }

    /// Keeps what a person says of themselves: name, language, ORCID, affiliation, institution.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn describe_person(&self, person: &Person, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let before = locked(&mut transaction, person.id).await?;
        let sql = "UPDATE people SET name = $2, language = $3, orcid = $4, affiliation = $5, \
            ror = $6, knows = $7 WHERE id = $1";
        sqlx::query(sql)
            .bind(person.id.to_string())
            .bind(without_nul(&person.name))
            .bind(person.language.code())
            .bind(person.orcid.as_deref())
            .bind(without_nul(&person.affiliation))
            .bind(person.ror.as_deref())
            .bind(without_nul(&person.knows))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let told = |person: &Person| {
            let orcid = person.orcid.as_deref().unwrap_or_default();
            let Person { name, language, affiliation, knows, .. } = person;
            format!("{name} · {language} · {orcid} · {affiliation} · {knows}")
        };
        let who = person.mail.as_str();
        let (from, to) = (told(&before), told(person));
        if from != to {
            let act = Act::new(now, who, "person.describe", &subject(person), &from, &to);
            audit::append(&mut transaction, act).await?;
        }
        commit(transaction).await
    }

    /// Gives a person these roles, and ends their sessions, so that nobody goes on with rights they
    /// had. Returns `false`, and changes nothing, where the last admin would be gone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such person; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn set_roles(
        &self,
        id: PersonId,
        roles: &Roles,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        self.alone(&mut transaction, ADMINS).await?;
        let person = locked(&mut transaction, id).await?;
        if person.roles == *roles {
            return Ok(true);
        }
        let is_admin = person.roles.has(Role::Admin) && person.disabled.is_none();
        let loses_admin = is_admin && !roles.has(Role::Admin);
        if loses_admin && admins(&mut transaction).await? <= 1 {
            return Ok(false);
        }
        sqlx::query("UPDATE people SET roles = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(roles.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        end_sessions(&mut transaction, id).await?;
        let (from, to) = (person.roles.to_string(), roles.to_string());
        let act = Act::new(now, who, "person.roles", &subject(&person), &from, &to);
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Lets a person in again, or no longer. Returns `false`, and changes nothing, where the last admin
    /// would be gone.
    ///
    /// # Errors
    /// As [`Self::set_roles`].
    pub async fn set_disabled(
        &self,
        id: PersonId,
        disabled: bool,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        self.alone(&mut transaction, ADMINS).await?;
        let person = locked(&mut transaction, id).await?;
        if person.disabled.is_some() == disabled {
            return Ok(true);
        }
        if disabled && person.roles.has(Role::Admin) && admins(&mut transaction).await? <= 1 {
            return Ok(false);
        }
        sqlx::query("UPDATE people SET disabled = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(disabled.then_some(now.millis()))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        end_sessions(&mut transaction, id).await?;
        let words = |disabled: bool| if disabled { "disabled" } else { "enabled" };
        let act = Act::new(
            now,
            who,
            "person.disable",
            &subject(&person),
            words(!disabled),
            words(disabled),
        );
        audit::append(&mut transaction, act).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Says what becomes of what a person sends; `None`: their domain decides.
    ///
    /// # Errors
    /// As [`Self::set_roles`].
    pub async fn set_posting(
        &self,
        id: PersonId,
        posting: Option<Posting>,
        who: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let person = locked(&mut transaction, id).await?;
        sqlx::query("UPDATE people SET posting = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(posting.map(Posting::code))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let word = |posting: Option<Posting>| posting.map_or("", Posting::code);
        let (from, to) = (word(person.posting), word(posting));
        if from != to {
            let act = Act::new(now, who, "person.posting", &subject(&person), from, to);
            audit::append(&mut transaction, act).await?;
        }
        commit(transaction).await
    }
}

/// By what the log names a person.
pub(crate) fn subject(person: &Person) -> String {
    format!("person:{}", person.mail)
}

/// Adds a person, within a transaction.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    person: &Person,
    who: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO people (id, mail, name, language, roles, posting, orcid, affiliation, \
        ror, knows, created, recovery) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '[]')";
    sqlx::query(sql)
        .bind(person.id.to_string())
        .bind(person.mail.as_str())
        .bind(without_nul(&person.name))
        .bind(person.language.code())
        .bind(person.roles.to_string())
        .bind(person.posting.map(Posting::code))
        .bind(person.orcid.as_deref())
        .bind(without_nul(&person.affiliation))
        .bind(person.ror.as_deref())
        .bind(without_nul(&person.knows))
        .bind(person.created.millis())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    let (subject, roles) = (subject(person), person.roles.to_string());
    let act = Act::new(person.created, who, "person.add", &subject, "", &roles);
    audit::append(connection, act).await
}

/// A person whose row nobody else changes until the transaction ends.
pub(crate) async fn locked(
    connection: &mut AnyConnection,
    id: PersonId,
) -> Result<Person, StoreError> {
    let sql = "UPDATE people SET roles = roles WHERE id = $1 RETURNING id, mail, name, language, \
        roles, posting, orcid, affiliation, ror, knows, created, disabled";
    let row = sqlx::query(sql)
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    let row = row.ok_or_else(|| StoreError::conflict(format!("there is no person {id}")))?;
    read(&row)
}

/// The people with a role, within a transaction.
pub(crate) async fn with_role(
    connection: &mut AnyConnection,
    role: Role,
) -> Result<Vec<Person>, StoreError> {
    let rows = sqlx::query(select_person!("WHERE disabled IS NULL AND roles LIKE $1 ORDER BY id"))
        .bind(format!("%{}%", role.code()))
        .fetch_all(connection)
        .await
        .map_err(of_engine)?;
    let people = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(people.into_iter().filter(|person| person.roles.has(role)).collect())
}

async fn admins(connection: &mut AnyConnection) -> Result<usize, StoreError> {
    Ok(with_role(connection, Role::Admin).await?.len())
}

pub(crate) async fn end_sessions(
    connection: &mut AnyConnection,
    id: PersonId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE person = $1")
        .bind(id.to_string())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

pub(crate) fn read(row: &AnyRow) -> Result<Person, StoreError> {
    Ok(Person {
        id: noun(row, "id")?,
        mail: noun(row, "mail")?,
        name: get(row, "name")?,
        language: noun(row, "language")?,
        roles: noun(row, "roles")?,
        posting: optional_noun(row, "posting")?,
        orcid: get(row, "orcid")?,
        affiliation: get(row, "affiliation")?,
        ror: get(row, "ror")?,
        knows: get(row, "knows")?,
        created: time(row, "created")?,
        disabled: optional_time(row, "disabled")?,
    })
}
