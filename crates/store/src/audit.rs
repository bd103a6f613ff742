//! The log of what was done: written in the transaction that does it, never changed.

use observatory_model::audit::{Act, AuditLine, BEGINNING};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, number, time};

/// Lines that are verified at once.
const AT_ONCE: u32 = 1000;

/// How the log was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every line follows the one before it, up to the one with this number and hash.
    Whole {
        /// Lines of the log.
        lines: u64,
        /// The hash of the last one: kept elsewhere, it shows later that nothing was cut off.
        hash: String,
    },
    /// The line with this number was changed, or one before it was taken away.
    Broken {
        /// Its number.
        at: u64,
    },
}

impl Store {
    /// Writes down something that was done outside of a transaction of its own.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn log(&self, act: Act) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        append(&mut transaction, act).await?;
        commit(transaction).await
    }

    /// The lines after `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn audit_lines(&self, after: u64, limit: u32) -> Result<Vec<AuditLine>, StoreError> {
        let sql = "SELECT number, at, who, act, subject, before, after, previous, hash \
            FROM audit WHERE number > $1 ORDER BY number LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(number(after))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// The newest lines before `before`, or of all, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn newest_audit_lines(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        let sql = "SELECT number, at, who, act, subject, before, after, previous, hash \
            FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(before.map_or(i64::MAX, number))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(read).collect()
    }

    /// Reads the whole log and looks whether each line follows the one before it. Lines that are
    /// written meanwhile do no harm.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn verify_audit(&self) -> Result<Verified, StoreError> {
        // Read before the lines, the head shows which of them are missing at the end; read after
        // them, which of them nobody has written.
        let (head, hash) = self.audit_head().await?;
        let (mut lines, mut previous) = (0_u64, BEGINNING.to_owned());
        let mut ends_as_told = head > 0 || hash == previous;
        loop {
            let next = self.audit_lines(lines, AT_ONCE).await?;
            if next.is_empty() {
                break;
            }
            for line in next {
                if !line.holds_after(lines + 1, &previous) {
                    return Ok(Verified::Broken { at: lines + 1 });
                }
                (lines, previous) = (line.number, line.hash);
                ends_as_told &= lines != head || previous == hash;
            }
        }
        let (written, _) = self.audit_head().await?;
        if lines < head || lines > written {
            return Ok(Verified::Broken { at: lines.min(written) + 1 });
        }
        if !ends_as_told {
            // The next line would follow another one than the last.
            return Ok(Verified::Broken { at: head + 1 });
        }
        Ok(Verified::Whole { lines, hash: previous })
    }

    /// The number and the hash of the last line.
    async fn audit_head(&self) -> Result<(u64, String), StoreError> {
        let row = sqlx::query("SELECT number, hash FROM audit_head WHERE id = 1")
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        Ok((count(&row, "number")?, get(&row, "hash")?))
    }
}

/// Adds a line, within the transaction that does what it tells.
///
/// The head stays locked until that transaction ends, so that lines follow one another. It is locked
/// after submissions and people, and before jobs and the ledger: two that lock in different orders
/// would wait for one another.
pub(crate) async fn append(connection: &mut AnyConnection, act: Act) -> Result<(), StoreError> {
    let row = sqlx::query(
        "UPDATE audit_head SET number = number + 1 WHERE id = 1 RETURNING number, hash",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(of_engine)?;
    let line = AuditLine::after(count(&row, "number")?, &get::<String>(&row, "hash")?, act);
    let sql = "INSERT INTO audit (number, at, who, act, subject, before, after, previous, hash) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(number(line.number))
        .bind(line.act.at.millis())
        .bind(&line.act.who)
        .bind(&line.act.act)
        .bind(&line.act.subject)
        .bind(&line.act.from)
        .bind(&line.act.to)
        .bind(&line.previous)
        .bind(&line.hash)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1")
        .bind(&line.hash)
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<AuditLine, StoreError> {
    Ok(AuditLine {
        number: count(row, "number")?,
        act: Act {
            at: time(row, "at")?,
            who: get(row, "who")?,
            act: get(row, "act")?,
            subject: get(row, "subject")?,
            from: get(row, "before")?,
            to: get(row, "after")?,
        },
        previous: get(row, "previous")?,
        hash: get(row, "hash")?,
    })
}
