//! The queue of work: taken for a time, tried again, given up with a reason.
//!
//! Work is put into the queue by the transaction that makes it necessary. It runs at least once: who
//! dies while working loses the lease, and somebody else takes it.

use observatory_model::job::{Job, NextTry, Work};
use observatory_model::{JobId, SourceId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::{Backend, Store, commit};
use crate::rows::{count, get, json, noun, optional_time, time, to_json, without_nul};

/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 2000;

/// How much work there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Waits for its time or for somebody to take it.
    pub waiting: u64,
    /// Could be taken now: its time has come, or the lease of whoever had it has run out.
    pub due: u64,
    /// Taken by somebody.
    pub leased: u64,
    /// Given up: needs a person.
    pub given_up: u64,
}

/// Work that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// What was to be done.
    pub work: Work,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed, in English, for the operator.
    pub reason: String,
    /// When it was given up.
    pub since: Timestamp,
}

/// The statement that takes work. A worker never waits for a row that another is taking: PostgreSQL
/// must be told to pass over it, SQLite has one writer.
macro_rules! lease_sql {
    ($passing_over:literal) => {
        concat!(
            "WITH taken AS MATERIALIZED (SELECT id FROM jobs ",
            "WHERE state <> 'given-up' AND due <= $1 ORDER BY due, id LIMIT $3 ",
            $passing_over,
            ") UPDATE jobs SET state = 'leased', due = $2, attempt = attempt + 1 ",
            "WHERE id IN (SELECT id FROM taken) ",
            "RETURNING id, work, attempt, due AS leased_until"
        )
    };
}

impl Store {
    /// Takes at most `limit` pieces of work whose time has come, oldest first, for `lease_seconds`.
    ///
    /// No two callers are given the same work, until its lease has run out.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing was taken.
    pub async fn lease_jobs(
        &self,
        limit: u32,
        lease_seconds: i64,
        now: Timestamp,
    ) -> Result<Vec<Job>, StoreError> {
        // Workers look often and mostly find nothing: that must not cost a turn of the writer.
        if self.next_due().await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let sql = match self.backend() {
            Backend::Sqlite => lease_sql!(""),
            Backend::Postgres => lease_sql!("FOR UPDATE SKIP LOCKED"),
        };
        let mut turn = self.join().await?;
        let rows = sqlx::query(sql)
            .bind(now.millis())
            .bind(now.plus_seconds(lease_seconds).millis())
            .bind(i64::from(limit))
            .fetch_all(turn.connection()?)
            .await
            .map_err(of_engine);
        let rows = turn.end(rows).await?;
        let mut jobs = rows.iter().filter_map(understood).collect::<Vec<_>>();
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }

    /// Takes work that is done out of the queue.
    ///
    /// Nothing happens when the lease had run out and somebody else has it now.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; the work will be done once more.
    pub async fn finish_job(&self, job: &Job) -> Result<(), StoreError> {
        let mut turn = self.join().await?;
        let taken = take_out(turn.connection()?, job).await;
        turn.end(taken.map(drop)).await
    }

    /// Writes down that work failed: it is tried again, or given up with its reason.
    ///
    /// When work like it is waiting already, that one is done at the earlier of both times and goes
    /// on counting from here. Nothing happens when the lease had run out and somebody else has it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; the lease runs out and it is tried again.
    pub async fn fail_job(
        &self,
        job: &Job,
        reason: &str,
        next: NextTry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        if take_out(&mut transaction, job).await? {
            let reason = without_nul(reason).chars().take(MAX_REASON).collect::<String>();
            let (state, due) = match next {
                NextTry::At(time) => ("waiting", time),
                NextTry::Never => ("given-up", now),
            };
            let sql = "INSERT INTO jobs (id, once, work, state, due, attempt, reason, enqueued) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                ON CONFLICT (once) WHERE state = 'waiting' DO UPDATE SET \
                due = CASE WHEN excluded.due < jobs.due THEN excluded.due ELSE jobs.due END, \
                attempt = CASE WHEN excluded.attempt > jobs.attempt \
                THEN excluded.attempt ELSE jobs.attempt END, reason = excluded.reason";
            sqlx::query(sql)
                .bind(job.id.to_string())
                .bind(job.work.once())
                .bind(to_json(&job.work)?)
                .bind(state)
                .bind(due.millis())
                .bind(i64::from(job.attempt))
                .bind(reason)
                .bind(now.millis())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
        }
        commit(transaction).await
    }

    /// Puts work that was leased and not begun back into the queue, each for its own time: it was not
    /// tried. One transaction for all.
    ///
    /// Nothing happens to work whose lease had run out and that somebody else has. Where work like it is
    /// waiting already, one is enough.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; the leases run out by themselves.
    pub async fn put_back(
        &self,
        jobs: &[(Job, Timestamp)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        for (job, due) in jobs {
            let sql = "UPDATE jobs SET state = 'waiting', due = $3, attempt = attempt - 1 \
                WHERE id = $1 AND attempt = $2 AND state = 'leased' \
                AND NOT EXISTS (SELECT 1 FROM jobs AS other \
                WHERE other.once = $4 AND other.state = 'waiting')";
            let done = sqlx::query(sql)
                .bind(job.id.to_string())
                .bind(i64::from(job.attempt))
                .bind((*due).max(now).millis())
                .bind(job.work.once())
                .execute(&mut *transaction)
                .await
                .map_err(of_engine)?;
            if done.rows_affected() == 0 {
                take_out(&mut transaction, job).await?;
            }
        }
        commit(transaction).await
    }

    /// Puts work into the queue. Returns `false` when work like it was waiting: that one is done at
    /// the earlier of both times.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing was put.
    pub async fn enqueue(
        &self,
        work: &Work,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let is_new = enqueue(&mut transaction, work, due, now).await?;
        commit(transaction).await?;
        Ok(is_new)
    }

    /// Ends the leases that a program which died has left behind, so that its work is done now.
    /// Returns how many.
    ///
    /// For a program that has made sure that it alone works on this store. Of PostgreSQL nobody can be
    /// sure of that, and nothing happens there.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; the leases run out by themselves.
    pub async fn release_leases(&self, now: Timestamp) -> Result<u64, StoreError> {
        if self.backend() == Backend::Postgres {
            return Ok(0);
        }
        let mut transaction = self.begin().await?;
        let done = sqlx::query("UPDATE jobs SET due = $1 WHERE state = 'leased' AND due > $1")
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await?;
        Ok(done.rows_affected())
    }

    /// How much work there is.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, StoreError> {
        let sql = "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting, \
            COUNT(CASE WHEN state <> 'given-up' AND due <= $1 THEN 1 END) AS due, \
            COUNT(CASE WHEN state = 'leased' THEN 1 END) AS leased, \
            COUNT(CASE WHEN state = 'given-up' THEN 1 END) AS given_up FROM jobs";
        let row = sqlx::query(sql)
            .bind(now.millis())
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        Ok(JobCounts {
            waiting: count(&row, "waiting")?,
            due: count(&row, "due")?,
            leased: count(&row, "leased")?,
            given_up: count(&row, "given_up")?,
        })
    }

    /// When the next work can be taken: its time comes, or a lease runs out; `None` without work.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query("SELECT MIN(due) AS next FROM jobs WHERE state <> 'given-up'")
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        optional_time(&row, "next")
    }

    /// The work that was given up last, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; [`StoreError::Corrupt`] for work that this
    /// program does not know.
    pub async fn given_up(&self, limit: u32) -> Result<Vec<GivenUp>, StoreError> {
        let sql = "SELECT work, attempt, reason, due AS since FROM jobs WHERE state = 'given-up' \
            ORDER BY due DESC, id DESC LIMIT $1";
        let rows = sqlx::query(sql)
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let given_up = |row: &AnyRow| {
            Ok(GivenUp {
                work: json(row, "work")?,
                attempts: count(row, "attempt")?,
                reason: get::<Option<String>>(row, "reason")?.unwrap_or_default(),
                since: time(row, "since")?,
            })
        };
        rows.iter().map(given_up).collect()
    }
}

/// The statement that puts work into the queue; when work like it is waiting, its time becomes what
/// is given here.
macro_rules! enqueue_sql {
    ($due:literal) => {
        concat!(
            "INSERT INTO jobs (id, once, work, state, due, attempt, enqueued) ",
            "VALUES ($1, $2, $3, 'waiting', $4, 0, $5) ",
            "ON CONFLICT (once) WHERE state = 'waiting' DO UPDATE SET due = ",
            $due,
            " RETURNING id"
        )
    };
}

/// Puts work into the queue, within the transaction that makes it necessary.
pub(crate) async fn enqueue(
    connection: &mut AnyConnection,
    work: &Work,
    due: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = enqueue_sql!("CASE WHEN excluded.due < jobs.due THEN excluded.due ELSE jobs.due END");
    put(connection, sql, work, due, now).await
}

/// Puts work into the queue for exactly `due`, whenever work like it was to be done.
pub(crate) async fn put_off(
    connection: &mut AnyConnection,
    work: &Work,
    due: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    put(connection, enqueue_sql!("excluded.due"), work, due, now).await
}

async fn put(
    connection: &mut AnyConnection,
    sql: &'static str,
    work: &Work,
    due: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = JobId::new(now).to_string();
    let row = sqlx::query(sql)
        .bind(id.as_str())
        .bind(work.once())
        .bind(to_json(work)?)
        .bind(due.millis())
        .bind(now.millis())
        .fetch_one(connection)
        .await
        .map_err(of_engine)?;
    Ok(get::<String>(&row, "id")? == id)
}

/// Gives each active source without a job one again, due when it was to be read next.
///
/// A source whose job was given up (after hours without a database) would else never be read again.
pub(crate) async fn plan_forgotten(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let sql = "SELECT id, next_attempt FROM sources WHERE state = 'active' AND \
        'fetch-feed:' || id NOT IN (SELECT once FROM jobs WHERE state <> 'given-up')";
    let rows = sqlx::query(sql).fetch_all(&mut *connection).await.map_err(of_engine)?;
    for row in &rows {
        let source = noun::<SourceId>(row, "id")?;
        let due = optional_time(row, "next_attempt")?.unwrap_or(Timestamp::EPOCH);
        enqueue(connection, &Work::FetchFeed { source }, due, due).await?;
    }
    Ok(())
}

/// Deletes a job that is still leased to the holder of `job`; whether it was.
async fn take_out(connection: &mut AnyConnection, job: &Job) -> Result<bool, StoreError> {
    let sql = "DELETE FROM jobs WHERE id = $1 AND attempt = $2 AND state = 'leased'";
    let done = sqlx::query(sql)
        .bind(job.id.to_string())
        .bind(i64::from(job.attempt))
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(done.rows_affected() > 0)
}

/// A job, or `None` when a newer program has put it there: it stays in the queue for that program.
fn understood(row: &AnyRow) -> Option<Job> {
    let job = || {
        Ok::<_, StoreError>(Job {
            id: noun(row, "id")?,
            work: json(row, "work")?,
            attempt: count(row, "attempt")?,
            leased_until: time(row, "leased_until")?,
        })
    };
    job().inspect_err(|error| tracing::warn!(%error, "a job is not understood and is left")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open::Settings;

    /// That nothing that is asked all the time reads the whole queue.
    #[tokio::test]
    async fn the_queue_is_asked_through_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            url: format!("sqlite:{}", folder.path().join("store.db").display()),
            files_folder: folder.path().join("files"),
            max_connections: 2,
            busy_timeout_seconds: 5,
        };
        let store = Store::open(&settings).await.unwrap();
        for sql in [
            concat!(
                "EXPLAIN QUERY PLAN ",
                "SELECT MIN(due) AS next FROM jobs WHERE state <> 'given-up'"
            ),
            concat!(
                "EXPLAIN QUERY PLAN SELECT id FROM jobs ",
                "WHERE state <> 'given-up' AND due <= 1 ORDER BY due, id LIMIT 1"
            ),
        ] {
            let rows = sqlx::query(sql).fetch_all(store.readers()).await.unwrap();
            let plan = rows.iter().map(|row| get::<String>(row, "detail").unwrap());
            let plan = plan.collect::<Vec<_>>().join("; ");
            assert!(plan.contains("jobs_due") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        store.close().await;
    }
}
