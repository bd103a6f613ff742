//! Answers of sources that could not be read whole, kept for whoever wants to know why.

use observatory_model::{SourceId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::files::FileHash;
use crate::open::{Store, commit};
use crate::rows::noun;

impl Store {
    /// Keeps an answer of `source` in place of the one that was kept before: one per source, so that
    /// no source can fill the disk.
    ///
    /// # Errors
    /// As [`Store::put_file`]; [`StoreError::Conflict`] when there is no such source. The file may
    /// have been kept then; the next answer of the source takes its place.
    pub async fn keep_answer(
        &self,
        source: SourceId,
        answer: Vec<u8>,
        now: Timestamp,
    ) -> Result<FileHash, StoreError> {
        let file = self.put_file(answer).await?;
        let mut transaction = self.begin().await?;
        let before = kept(&mut transaction, source).await?;
        let sql = "INSERT INTO answers (source_id, file, kept) VALUES ($1, $2, $3) \
            ON CONFLICT (source_id) DO UPDATE SET file = excluded.file, kept = excluded.kept";
        sqlx::query(sql)
            .bind(source.to_string())
            .bind(file.as_str())
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        // Within the transaction: nobody else can begin to need the file that leaves.
        if let Some(before) = before.filter(|before| *before != file)
            && !is_needed(&mut transaction, &before).await?
        {
            self.remove_file(&before).await?;
        }
        commit(transaction).await?;
        Ok(file)
    }

    /// The file that holds the answer of `source` that could not be read whole, if there was one.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn kept_answer(&self, source: SourceId) -> Result<Option<FileHash>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        kept(&mut connection, source).await
    }
}

async fn kept(
    connection: &mut AnyConnection,
    source: SourceId,
) -> Result<Option<FileHash>, StoreError> {
    let row = sqlx::query("SELECT file FROM answers WHERE source_id = $1")
        .bind(source.to_string())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    row.as_ref().map(|row: &AnyRow| noun(row, "file")).transpose()
}

/// Whether any record names a file.
pub(crate) async fn is_needed(
    connection: &mut AnyConnection,
    file: &FileHash,
) -> Result<bool, StoreError> {
    let sql = "SELECT source_id FROM answers WHERE file = $1 \
        UNION ALL SELECT entry_id FROM papers WHERE file = $1 LIMIT 1";
    let row =
        sqlx::query(sql).bind(file.as_str()).fetch_optional(connection).await.map_err(of_engine)?;
    Ok(row.is_some())
}
