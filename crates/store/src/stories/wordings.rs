//! What of entries is compared with others: a part of each, since their HTML would be most of the reading.

use observatory_model::EntryId;
use observatory_model::story::Wording;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::Store;
use crate::rows::{get, json, noun, optional_noun, optional_time, time};

impl Store {
    /// What of these entries is compared with others, of those that the public may read, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn wordings(&self, ids: &[EntryId]) -> Result<Vec<Wording>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        fetch(&mut connection, ids).await
    }
}

/// The wordings of those of these entries that the public may read, the oldest first, 20 with each question.
pub(super) async fn fetch(
    connection: &mut AnyConnection,
    ids: &[EntryId],
) -> Result<Vec<Wording>, StoreError> {
    let sql = "SELECT id, source_id, first_seen, url, title, body, published, identifiers \
        FROM entries WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
        $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
        AND deleted IS NULL AND withheld IS NULL";
    let mut wordings = Vec::with_capacity(ids.len());
    for some in ids.chunks(20) {
        // A short rest is filled up with its last id: one statement serves every length.
        let filled = some.iter().chain(some.last().into_iter().cycle()).take(20);
        let query = filled.fold(sqlx::query(sql), |query, id| query.bind(id.to_string()));
        for row in query.fetch_all(&mut *connection).await.map_err(of_engine)? {
            wordings.push(wording(&row)?);
        }
    }
    wordings.sort_by_key(|wording| (wording.first_seen, wording.entry));
    Ok(wordings)
}

fn wording(row: &AnyRow) -> Result<Wording, StoreError> {
    Ok(Wording {
        entry: noun(row, "id")?,
        source: noun(row, "source_id")?,
        first_seen: time(row, "first_seen")?,
        url: optional_noun(row, "url")?,
        title: get(row, "title")?,
        text: get(row, "body")?,
        published: optional_time(row, "published")?,
        identifiers: json(row, "identifiers")?,
    })
}
