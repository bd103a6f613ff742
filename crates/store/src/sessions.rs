//! Sessions, and the mailed links by which they begin.
//!
//! Of the words in cookies and links only hashes are kept: whoever reads the database cannot use them.

use observatory_model::alert::Token;
use observatory_model::audit::Act;
use observatory_model::person::{Person, Strength};
use observatory_model::{PersonId, SessionId, SubmissionId, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{get, noun, optional_noun, time, without_nul};
use crate::{audit, migrate, people};

mod links;

pub use links::{CLAIM_HOURS, LINK_MINUTES, SignIn};
pub(crate) use links::{account_of, put_link};

/// Seconds without a request after which a session ends, and seconds after which it ends in any case:
/// for editors and admins, who act on what others wrote, half an hour and half a day (OWASP ASVS 5.0
/// §7.3); for everybody else, who has only their own, a day and a month.
const STRICT: (i64, i64) = (30 * 60, 12 * 3600);
const USUAL: (i64, i64) = (24 * 3600, 30 * 24 * 3600);

/// A guest holds one draft, for as long as the link that claims it.
const GUEST: (i64, i64) = (CLAIM_HOURS * 3600, CLAIM_HOURS * 3600);

/// Seconds after which it is written down again that a session is used: not at every request.
const SEEN_SECONDS: i64 = 60;

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is; `None` for a guest.
    pub person: Option<Person>,
    /// The draft of a guest.
    pub submission: Option<SubmissionId>,
    /// How far its owner has proved who they are.
    pub strength: Strength,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, to the minute.
    pub seen: Timestamp,
    /// From where it was begun.
    pub network: String,
    /// The browser that began it, as it says itself.
    pub browser: String,
}

/// Where a session begins.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The network.
    pub network: &'a str,
    /// The browser, as it says itself.
    pub browser: &'a str,
}

impl Store {
    /// Begins a session of somebody who has given one proof, or all.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn begin_session(
        &self,
        token: Token,
        person: &Person,
        strength: Strength,
        place: Place<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        start(&mut transaction, token, Some(person), None, strength, place, now).await?;
        commit(transaction).await
    }

    /// The second proof was given: the session goes on as a full one under another word.
    /// `false` when it has ended meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn raise_session(
        &self,
        id: SessionId,
        token: Token,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE sessions SET token = $2, strength = 'full', seen = $3 WHERE id = $1 \
            RETURNING person";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .bind(hash(token))
            .bind(now.millis())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(false) };
        if let Some(person) = optional_noun::<PersonId>(&row, "person")? {
            let person = people::locked(&mut transaction, person).await?;
            let (who, subject) = (person.mail.as_str(), people::subject(&person));
            let act = Act::new(now, who, "session.second-factor", &subject, "half", "full");
            audit::append(&mut transaction, act).await?;
        }
        commit(transaction).await?;
        Ok(true)
    }

    /// The session of a word, while it lasts and its owner is let in.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn session(
        &self,
        token: Token,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT sessions.id AS session, sessions.submission, sessions.strength, \
            sessions.created AS began, sessions.seen, sessions.network, sessions.browser, \
            sessions.person, people.id, people.mail, people.name, people.language, people.roles, \
            people.posting, people.orcid, people.affiliation, people.ror, people.knows, people.created, \
            people.disabled FROM sessions LEFT JOIN people ON people.id = sessions.person \
            WHERE sessions.token = $1";
        let row = sqlx::query(sql)
            .bind(hash(token))
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(None) };
        let session = read_session(&row)?;
        if !session.lasts(now) {
            return Ok(None);
        }
        if now.seconds_since(session.seen) >= SEEN_SECONDS {
            let mut transaction = self.begin().await?;
            sqlx::query("UPDATE sessions SET seen = $2 WHERE id = $1")
                .bind(session.id.to_string())
                .bind(now.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
            commit(transaction).await?;
        }
        Ok(Some(session))
    }

    /// The sessions of a person that last, the last used first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn sessions_of(
        &self,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let sql = "SELECT sessions.id AS session, sessions.submission, sessions.strength, \
            sessions.created AS began, sessions.seen, sessions.network, sessions.browser, \
            sessions.person, people.id, people.mail, people.name, people.language, people.roles, \
            people.posting, people.orcid, people.affiliation, people.ror, people.knows, people.created, \
            people.disabled FROM sessions JOIN people ON people.id = sessions.person \
            WHERE sessions.person = $1 ORDER BY sessions.seen DESC, sessions.id";
        let rows = sqlx::query(sql)
            .bind(person.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let sessions = rows.iter().map(read_session).collect::<Result<Vec<_>, _>>()?;
        Ok(sessions.into_iter().filter(|session| session.lasts(now)).collect())
    }

    /// Ends a session of `person`, or a guest's where there is none; `false` when it is not theirs.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn end_session(
        &self,
        id: SessionId,
        person: Option<PersonId>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "DELETE FROM sessions WHERE id = $1 AND COALESCE(person, '') = $2";
        let done = sqlx::query(sql)
            .bind(id.to_string())
            .bind(person.map(|person| person.to_string()).unwrap_or_default())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Forgets sessions and links that are over.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn forget_sessions(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let (_, longest) = USUAL;
        for sql in
            ["DELETE FROM sessions WHERE created < $1", "DELETE FROM sign_ins WHERE created < $1"]
        {
            sqlx::query(sql)
                .bind(now.plus_seconds(-longest).millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        commit(transaction).await
    }
}

impl Session {
    fn lasts(&self, now: Timestamp) -> bool {
        let (idle, whole) = match &self.person {
            None => GUEST,
            Some(person) if person.roles.need_second_factor() => STRICT,
            Some(_) => USUAL,
        };
        let lets_in = self.person.as_ref().is_none_or(|person| person.disabled.is_none());
        lets_in && now.seconds_since(self.seen) < idle && now.seconds_since(self.created) < whole
    }
}

/// Begins a session, within a transaction.
pub(crate) async fn start(
    connection: &mut AnyConnection,
    token: Token,
    person: Option<&Person>,
    submission: Option<SubmissionId>,
    strength: Strength,
    place: Place<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sessions (id, token, person, submission, strength, created, seen, \
        network, browser) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";
    let short = |text: &str| without_nul(text).chars().take(200).collect::<String>();
    sqlx::query(sql)
        .bind(SessionId::new(now).to_string())
        .bind(hash(token))
        .bind(person.map(|person| person.id.to_string()))
        .bind(submission.map(|submission| submission.to_string()))
        .bind(strength.code())
        .bind(now.millis())
        .bind(short(place.network))
        .bind(short(place.browser))
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    if let Some(person) = person {
        let (who, subject) = (person.mail.as_str(), people::subject(person));
        let act = Act::new(now, who, "session.begin", &subject, "", strength.code());
        audit::append(connection, act).await?;
    }
    Ok(())
}

/// What is kept of a word that opens something.
pub(crate) fn hash(token: Token) -> String {
    migrate::hex(&Sha256::digest(token.to_string().as_bytes()))
}

fn read_session(row: &AnyRow) -> Result<Session, StoreError> {
    let owned = get::<Option<String>>(row, "person")?.is_some();
    Ok(Session {
        id: noun(row, "session")?,
        person: if owned { Some(people::read(row)?) } else { None },
        submission: optional_noun(row, "submission")?,
        strength: noun(row, "strength")?,
        created: time(row, "began")?,
        seen: time(row, "seen")?,
        network: get(row, "network")?,
        browser: get(row, "browser")?,
    })
}
