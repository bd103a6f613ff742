//! Entries that were folded in one transaction and are told to the database in few statements.

use std::sync::LazyLock;

use observatory_model::story::Likeness;
use observatory_model::{EntryId, Timestamp};
use sqlx::AnyConnection;

use crate::error::{StoreError, of_engine};
use crate::rows::places;

/// How many entries one statement folds: as many of the first as there are, then of the next.
const ROWS: [usize; 3] = [20, 5, 1];

/// The statements that fold each number of [`ROWS`].
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| {
    ROWS.map(|rows| {
        format!(
            "INSERT INTO story_members (entry, story, like_entry, reason, percent, is_again, since) \
             SELECT told.id, column2, column3, column4, column5, \
             CASE WHEN EXISTS (SELECT 1 FROM entries other \
             WHERE other.source_id = told.source_id AND (other.id = column2 OR other.id IN \
             (SELECT entry FROM story_members WHERE story = column2))) THEN 1 ELSE 0 END, column6 \
             FROM (VALUES {}) AS asked JOIN entries told ON told.id = column1",
            places(rows, 6)
        )
    })
});

/// One entry that was folded.
#[derive(Debug)]
struct Fold {
    entry: EntryId,
    story: EntryId,
    like: EntryId,
    likeness: Likeness,
    since: Timestamp,
}

/// What was folded and not yet told to the database.
#[derive(Debug, Default)]
pub(super) struct Folds {
    waiting: Vec<Fold>,
}

impl Folds {
    /// Folds an entry under the leading one of a story. It has to be [written](Self::write) before the database
    /// is asked for either.
    pub(super) async fn fold(
        &mut self,
        connection: &mut AnyConnection,
        (story, entry, like): (EntryId, EntryId, EntryId),
        likeness: Likeness,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let [most, ..] = ROWS;
        // Whether a source tells a story again is seen by those that are folded already.
        if self.waiting.len() >= most || self.waiting.iter().any(|fold| fold.story == story) {
            self.write(connection).await?;
        }
        self.waiting.push(Fold { entry, story, like, likeness, since });
        Ok(())
    }

    /// Tells the database what was folded.
    pub(super) async fn write(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut waiting = waiting.as_slice();
        for (rows, sql) in ROWS.into_iter().zip(INSERTS.iter()) {
            while let Some((some, rest)) = waiting.split_at_checked(rows) {
                let mut query = sqlx::query(sql.as_str());
                for Fold { entry, story, like, likeness, since } in some {
                    query = query.bind(entry.to_string()).bind(story.to_string());
                    query = query.bind(like.to_string()).bind(likeness.by.code());
                    query = query.bind(i64::from(likeness.percent)).bind(since.millis());
                }
                query.execute(&mut *connection).await.map_err(of_engine)?;
                waiting = rest;
            }
        }
        Ok(())
    }
}
