//! Stories that several sources tell: which entries are folded under which, and what editors said.

use std::collections::{BTreeMap, BTreeSet};

use observatory_model::change::ChangeNumber;
use observatory_model::story::{ByHand, Likeness, Telling};
use observatory_model::{EntryId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{StoreError, of_engine};
use crate::open::Store;
use crate::rows::{count, get, noun, optional_noun, optional_time, time};

mod filing;
mod folding;
mod folds;
mod wordings;

pub use folding::{Candidate, Folding, Said};

/// Most stories of one page, whatever is asked for.
const MAX_PER_PAGE: u32 = 200;

/// A story that more than one entry tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// The leading entry.
    pub story: EntryId,
    /// Its title.
    pub title: String,
    /// How many entries tell it, the leading one counted.
    pub entries: u64,
    /// How many sources.
    pub sources: u64,
    /// When the last entry was folded.
    pub latest: Timestamp,
}

/// What an editor said of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandLine {
    /// What was said.
    pub act: ByHand,
    /// Of which entry.
    pub entry: EntryId,
    /// Of a join, the other entry.
    pub other: Option<EntryId>,
    /// When.
    pub done: Timestamp,
    /// When a later word took its place.
    pub undone: Option<Timestamp>,
}

impl Store {
    /// The last change that was looked at for stories.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn stories_followed(&self) -> Result<ChangeNumber, StoreError> {
        let row = sqlx::query("SELECT up_to FROM stories_followed WHERE id = 1")
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        Ok(ChangeNumber(count(&row, "up_to")?))
    }

    /// All entries of the story that this entry tells, itself among them, that the public may read: the
    /// leading one first, then in the order in which they were folded; at most
    /// [`MOST_MEMBERS`](observatory_model::story::MOST_MEMBERS). Only itself where nothing is folded;
    /// empty when there is no such entry.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn tellings(&self, entry: EntryId) -> Result<Vec<Telling>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        let story = stories_of(&mut connection, &[entry]).await?;
        let story = story.get(&entry).copied().unwrap_or(entry);
        let sql = "SELECT entries.id, sources.slug, sources.name, entries.title, entries.url, \
            entries.sort_date, entries.first_seen, told.reason, told.percent, told.since \
            FROM entries JOIN sources ON sources.id = entries.source_id \
            LEFT JOIN story_members told ON told.entry = entries.id \
            WHERE entries.deleted IS NULL AND entries.withheld IS NULL AND (entries.id = $1 \
            OR entries.id IN (SELECT entry FROM story_members WHERE story = $1)) \
            ORDER BY COALESCE(told.since, 0), entries.id";
        let rows = sqlx::query(sql)
            .bind(story.to_string())
            .fetch_all(&mut *connection)
            .await
            .map_err(of_engine)?;
        rows.iter().map(telling).collect()
    }

    /// The stories that more than one entry tells, the latest folded first, after so many of them; at
    /// most `limit` and at most 200.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn stories(&self, skip: u32, limit: u32) -> Result<Vec<StoryLine>, StoreError> {
        let sql = "SELECT entries.id, entries.title, COUNT(*) AS folded, MAX(members.since) AS latest, \
            (SELECT COUNT(DISTINCT told.source_id) FROM entries told WHERE told.id = entries.id \
            OR told.id IN (SELECT entry FROM story_members WHERE story = entries.id)) AS sources \
            FROM story_members members JOIN entries ON entries.id = members.story \
            GROUP BY entries.id, entries.title ORDER BY latest DESC, entries.id LIMIT $1 OFFSET $2";
        let rows = sqlx::query(sql)
            .bind(i64::from(limit.min(MAX_PER_PAGE)))
            .bind(i64::from(skip))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let line = |row: &AnyRow| {
            Ok(StoryLine {
                story: noun(row, "id")?,
                title: get(row, "title")?,
                entries: count::<u64>(row, "folded")? + 1,
                sources: count(row, "sources")?,
                latest: time(row, "latest")?,
            })
        };
        rows.iter().map(line).collect()
    }

    /// How many stories more than one entry tells, and how many entries are folded under others.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn story_counts(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT COUNT(DISTINCT story) AS stories, COUNT(*) AS folded FROM story_members";
        let row = sqlx::query(sql).fetch_one(self.readers()).await.map_err(of_engine)?;
        Ok((count(&row, "stories")?, count(&row, "folded")?))
    }

    /// What editors have said of an entry, or of all; the latest first, at most 200.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn said_by_hand(&self, entry: Option<EntryId>) -> Result<Vec<HandLine>, StoreError> {
        let sql = "SELECT act, entry, other, done, undone FROM stories_by_hand \
            WHERE $1 IN ('', entry, other) ORDER BY done DESC, id DESC LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(entry.map(|entry| entry.to_string()).unwrap_or_default())
            .bind(i64::from(MAX_PER_PAGE))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let line = |row: &AnyRow| {
            Ok(HandLine {
                act: noun(row, "act")?,
                entry: noun(row, "entry")?,
                other: optional_noun(row, "other")?,
                done: time(row, "done")?,
                undone: optional_time(row, "undone")?,
            })
        };
        rows.iter().map(line).collect()
    }
}

fn telling(row: &AnyRow) -> Result<Telling, StoreError> {
    let likeness = match optional_noun(row, "reason")? {
        Some(by) => Some(Likeness { by, percent: count(row, "percent")? }),
        None => None,
    };
    let since = optional_time(row, "since")?;
    Ok(Telling {
        entry: noun(row, "id")?,
        source: noun(row, "slug")?,
        source_name: get(row, "name")?,
        title: get(row, "title")?,
        url: get(row, "url")?,
        date: time(row, "sort_date")?,
        likeness,
        since: since.map_or_else(|| time(row, "first_seen"), Ok)?,
    })
}

/// The stories of those of these entries whose story more than one tells, 20 with each question.
pub(crate) async fn stories_of(
    connection: &mut AnyConnection,
    entries: &[EntryId],
) -> Result<BTreeMap<EntryId, EntryId>, StoreError> {
    let sql = "SELECT entry, story FROM story_members \
        WHERE entry IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
        $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
        UNION SELECT story, story FROM story_members \
        WHERE story IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
        $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    let mut stories = BTreeMap::new();
    for some in entries.chunks(20) {
        let filled = some.iter().chain(some.last().into_iter().cycle()).take(20);
        let query = filled.fold(sqlx::query(sql), |query, id| query.bind(id.to_string()));
        for row in query.fetch_all(&mut *connection).await.map_err(of_engine)? {
            stories.insert(noun(&row, "entry")?, noun(&row, "story")?);
        }
    }
    Ok(stories)
}

/// Entries as the keys of documents.
fn keys(entries: &BTreeSet<EntryId>) -> BTreeSet<observatory_model::change::DocumentKey> {
    entries.iter().copied().map(observatory_model::change::DocumentKey::Entry).collect()
}
