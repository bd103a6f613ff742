//! How the store is doing, for the operator.

use sqlx::AnyConnection;

use crate::error::{StoreError, of_engine};
use crate::migrate::newest;
use crate::open::{Backend, Store};
use crate::rows::{count, get};

/// What a look into the store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreReport {
    /// `SQLite` or `PostgreSQL`.
    pub backend: &'static str,
    /// The version of the database, as it says itself.
    pub version: String,
    /// The number of the last migration.
    pub migration: u64,
    /// What is wrong, each in one English sentence for the operator; empty when all is well.
    pub problems: Vec<String>,
}

/// What must never be found, as a count of rows, and what it means when it is.
const NEVER: [(&str, &str); 4] = [
    (
        "SELECT COUNT(*) AS found FROM changes, ledger WHERE changes.number > ledger.last_change",
        "changes have numbers above the last one",
    ),
    (
        "SELECT COUNT(*) AS found FROM entries WHERE NOT EXISTS \
         (SELECT 1 FROM changes WHERE changes.document = 'entry:' || entries.id)",
        "entries have no change number and cannot be found",
    ),
    (
        "SELECT COUNT(*) AS found FROM briefs WHERE NOT EXISTS (SELECT 1 FROM changes WHERE \
         document = 'brief:' || series || '/' || slug || '/' || language)",
        "pieces have no change number and cannot be found",
    ),
    (
        "SELECT COUNT(*) AS found FROM sources WHERE state = 'active' AND \
         'fetch-feed:' || id NOT IN (SELECT once FROM jobs WHERE state <> 'given-up')",
        "active sources are not in the queue; the next start puts them there",
    ),
];

impl Store {
    /// Looks whether the database is sound: its own check where it has one (SQLite; that reads the
    /// whole file), and what this program takes for granted.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]: the database cannot be looked at.
    pub async fn check(&self) -> Result<StoreReport, StoreError> {
        let version = self.version().await?;
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        let mut problems = Vec::new();
        if self.backend() == Backend::Sqlite {
            problems.extend(sqlite_problems(&mut connection).await?);
        }
        for (sql, meaning) in NEVER {
            let row = sqlx::query(sql).fetch_one(&mut *connection).await.map_err(of_engine)?;
            let found: u64 = count(&row, "found")?;
            if found > 0 {
                problems.push(format!("{found} {meaning}"));
            }
        }
        let migration = newest(&mut connection).await?;
        let migration = u64::try_from(migration).unwrap_or_default();
        Ok(StoreReport { backend: self.backend().name(), version, migration, problems })
    }
}

/// What SQLite's own check finds, at most 100 lines, and whether writes go to the log they should.
async fn sqlite_problems(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("PRAGMA integrity_check(100)")
        .fetch_all(&mut *connection)
        .await
        .map_err(of_engine)?;
    let lines = rows.iter().map(|row| get::<String>(row, "integrity_check"));
    let mut problems = lines.collect::<Result<Vec<_>, _>>()?;
    problems.retain(|line| line != "ok");
    let row = sqlx::query("PRAGMA journal_mode").fetch_one(connection).await.map_err(of_engine)?;
    let mode = get::<String>(&row, "journal_mode")?;
    if mode != "wal" {
        problems.push(format!("the journal mode is {mode} and not wal"));
    }
    Ok(problems)
}
