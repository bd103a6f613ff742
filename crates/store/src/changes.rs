//! What has changed since: numbers by which the index follows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use observatory_model::brief::BriefAddress;
use observatory_model::change::{Change, ChangeNumber, DocumentKey};
use observatory_model::job::Work;
use observatory_model::{Language, Timestamp};
use sqlx::AnyConnection;

use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{count, get, noun, number, places, time};

/// Most text of papers that one look at the changes brings, in bytes: whoever looks reads all of it.
const MAX_TEXT_BYTES: i64 = 32 * 1024 * 1024;

impl Store {
    /// The changes that follow `after`, in ascending order: at most `limit`, and fewer where the texts
    /// of papers among them are long, but at least one where there is one.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn changes_after(
        &self,
        after: ChangeNumber,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let sql = "SELECT document, number, text_bytes FROM changes \
            LEFT JOIN papers ON papers.entry_id = SUBSTR(document, 7) \
            WHERE number > $1 ORDER BY number LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(number(after.0))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let (mut changes, mut bytes) = (Vec::with_capacity(rows.len()), 0_i64);
        for row in &rows {
            bytes = bytes.saturating_add(get::<Option<i64>>(row, "text_bytes")?.unwrap_or(0));
            if bytes > MAX_TEXT_BYTES && !changes.is_empty() {
                break;
            }
            let number = ChangeNumber(count(row, "number")?);
            changes.push(Change { number, document: noun(row, "document")? });
        }
        Ok(changes)
    }

    /// The number of the last change; 0 before the first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn last_change(&self) -> Result<ChangeNumber, StoreError> {
        let row = sqlx::query("SELECT last_change FROM ledger WHERE id = 1")
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        Ok(ChangeNumber(count(&row, "last_change")?))
    }

    /// The instant of publication of `piece` has come: each of its languages that is public at `now`
    /// gets a new change number. For those that are not, the queue is told their instant again.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn touch_piece(
        &self,
        piece: &BriefAddress,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        lock_ledger(&mut transaction).await?;
        let sql = "SELECT language, published FROM briefs WHERE series = $1 AND slug = $2";
        let rows = sqlx::query(sql)
            .bind(piece.series.slug())
            .bind(piece.slug.as_str())
            .fetch_all(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let mut public = BTreeSet::new();
        for row in &rows {
            let (language, published) = (noun(row, "language")?, time(row, "published")?);
            if published <= now {
                public.insert(key_of(piece, language));
            } else {
                // It was put off after this job was planned.
                let work = Work::LiftEmbargo { piece: piece.clone() };
                jobs::enqueue(&mut transaction, &work, published, now).await?;
            }
        }
        give_numbers(&mut transaction, &public).await?;
        commit(transaction).await
    }
}

/// The key of a piece in one language.
pub(crate) fn key_of(piece: &BriefAddress, language: Language) -> DocumentKey {
    DocumentKey::Brief { series: piece.series, slug: piece.slug.clone(), language }
}

/// Gives each of these documents the next number, within the transaction that changed them. Returns the
/// last number that was given to any document.
///
/// The ledger row stays locked until that transaction ends: numbers become visible in their order.
/// To be called last, because nobody else gets a number meanwhile: every transaction locks a source,
/// then entries, then jobs, then the ledger; one that locks the ledger first touches no harvest.
pub(crate) async fn give_numbers(
    connection: &mut AnyConnection,
    changed: &BTreeSet<DocumentKey>,
) -> Result<ChangeNumber, StoreError> {
    if changed.is_empty() {
        return Ok(ChangeNumber::default());
    }
    let sql = "UPDATE ledger SET last_change = last_change + $1 WHERE id = 1 RETURNING last_change";
    let row = sqlx::query(sql)
        .bind(number(changed.len()))
        .fetch_one(&mut *connection)
        .await
        .map_err(of_engine)?;
    let last: i64 = count(&row, "last_change")?;
    let keys = changed.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut next = last - number(keys.len());
    let mut keys = keys.as_slice();
    for (rows, sql) in ROWS.into_iter().zip(INSERTS.iter()) {
        while let Some((some, rest)) = keys.split_at_checked(rows) {
            let mut query = sqlx::query(sql.as_str());
            for key in some {
                next += 1;
                query = query.bind(key.as_str()).bind(next);
            }
            query.execute(&mut *connection).await.map_err(of_engine)?;
            keys = rest;
        }
    }
    Ok(ChangeNumber(count(&row, "last_change")?))
}

/// How many numbers one statement gives, as for the entries of a harvest.
const ROWS: [usize; 3] = [50, 10, 1];

/// The statements that give each number of [`ROWS`].
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| {
    let end = "ON CONFLICT (document) DO UPDATE SET number = excluded.number";
    ROWS.map(|rows| {
        format!("INSERT INTO changes (document, number) VALUES {} {end}", places(rows, 2))
    })
});

/// Waits until this transaction alone may give change numbers, for those that must look before they
/// write: adding a source, replacing pieces.
pub(crate) async fn lock_ledger(connection: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE ledger SET last_change = last_change WHERE id = 1")
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}
