//! What becomes of what people send, by the domain of their address.

use observatory_model::Timestamp;
use observatory_model::audit::Act;
use observatory_model::person::{Person, Posting};

use crate::audit;
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{get, noun};

impl Store {
    /// Says what becomes of what the addresses of a domain send; `None`: nothing is said of it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn set_domain(
        &self,
        domain: &str,
        posting: Option<Posting>,
        who: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let domain = domain.to_lowercase();
        let mut transaction = self.begin().await?;
        let sql = "DELETE FROM domains WHERE domain = $1 RETURNING posting";
        let before = sqlx::query(sql)
            .bind(&domain)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let before: Option<Posting> = before.map(|row| noun(&row, "posting")).transpose()?;
        if let Some(posting) = posting {
            sqlx::query("INSERT INTO domains (domain, posting) VALUES ($1, $2)")
                .bind(&domain)
                .bind(posting.code())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        let word = |posting: Option<Posting>| posting.map_or("", Posting::code);
        let subject = format!("domain:{domain}");
        let act = Act::new(now, who, "domain.posting", &subject, word(before), word(posting));
        audit::append(&mut transaction, act).await?;
        commit(transaction).await
    }

    /// The domains of which something was said, in the order of the alphabet.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn domains(&self) -> Result<Vec<(String, Posting)>, StoreError> {
        let rows = sqlx::query("SELECT domain, posting FROM domains ORDER BY domain")
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(|row| Ok((get(row, "domain")?, noun(row, "posting")?))).collect()
    }

    /// What becomes of what a person sends: what was said of them, else of their domain or the longest
    /// one above it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn posting_of(&self, person: &Person) -> Result<Posting, StoreError> {
        if let Some(posting) = person.posting {
            return Ok(posting);
        }
        let domains = self.domains().await?;
        let mut domain = person.mail.domain().to_lowercase();
        loop {
            if let Some((_, posting)) = domains.iter().find(|(known, _)| *known == domain) {
                return Ok(*posting);
            }
            let Some((_, above)) = domain.split_once('.') else { return Ok(Posting::default()) };
            domain = above.to_owned();
        }
    }
}
