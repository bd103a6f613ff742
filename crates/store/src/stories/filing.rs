//! Under what entries are filed, and which are folded under which: told to the database in few statements, and
//! remembered while one transaction of folding goes on.
//!
//! To ask for those that share a mark with one entry, to file it and to fold it takes some statements for each,
//! and the database and whoever asks wait for each other each time. Here twenty are looked up with one statement
//! and written with one, and what is between is found in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use observatory_model::EntryId;
use observatory_model::story::Marks;
use sqlx::AnyConnection;

use super::folding::Candidate;
use crate::error::{StoreError, of_engine};
use crate::rows::{count, get, noun, optional_noun, places};

/// The columns of marks, in the order of [`of`].
pub(super) const COLUMNS: [&str; 12] = [
    "address", "doi", "arxiv", "words", "band1", "band2", "band3", "band4", "band5", "band6",
    "band7", "band8",
];

/// Marks of one kind that are looked up with one statement.
const LOOKED_UP: usize = 20;

/// How many entries one statement files: as many of the first as there are, then of the next.
const ROWS: [usize; 3] = [20, 5, 1];

/// Of those that are filed under one mark, so many are candidates, those that were filed last.
pub(super) const LATEST: usize = 16;

/// Most candidates of an entry, those that share the most first.
pub(super) const MOST_CANDIDATES: usize = 24;

/// What is filed under some marks, each with the number of its column: the entry, its place in the order, the
/// story it is folded under, and how many are folded under that. What is missing is filled up with NULL, which
/// nothing is equal to: one statement serves every number.
static UNDER_SQL: LazyLock<String> = LazyLock::new(|| {
    let asked = |column: usize| {
        let first = column * LOOKED_UP + 1;
        let values = (first..first + LOOKED_UP).map(|place| format!("(${place})"));
        values.collect::<Vec<_>>().join(", ")
    };
    let before = LATEST - 1;
    let of_column = |(column, name): (usize, &&str)| {
        format!(
            "SELECT {column} AS kind, column1 AS mark, found.entry, found.filed, members.story, \
             (SELECT COUNT(*) FROM story_members WHERE story = COALESCE(members.story, found.entry)) \
             AS folded \
             FROM (VALUES {}) AS asked JOIN retellings AS found ON found.{name} = column1 \
             AND found.filed >= COALESCE((SELECT filed FROM retellings WHERE {name} = column1 \
             ORDER BY filed DESC LIMIT 1 OFFSET {before}), 0) \
             LEFT JOIN story_members AS members ON members.entry = found.entry",
            asked(column)
        )
    };
    COLUMNS.iter().enumerate().map(of_column).collect::<Vec<_>>().join(" UNION ALL ")
});

/// The statements that file each number of [`ROWS`].
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| {
    let columns = COLUMNS.join(", ");
    ROWS.map(|rows| {
        let values = places(rows, COLUMNS.len() + 3);
        format!("INSERT INTO retellings (entry, print, filed, {columns}) VALUES {values}")
    })
});

/// What is known of marks and stories in one transaction.
#[derive(Debug, Default)]
pub(super) struct Filing {
    /// Filed, and not yet told to the database: the entry, its marks, its place in the order.
    waiting: Vec<(EntryId, Marks, i64)>,
    /// Of marks that were looked up: what is filed under each, the last at the end, at most [`LATEST`].
    under: BTreeMap<(usize, i64), Vec<(i64, EntryId)>>,
    /// The story of each of these entries that is folded under another.
    stories: BTreeMap<EntryId, EntryId>,
    /// How many tell each story of these entries.
    sizes: BTreeMap<EntryId, usize>,
}

impl Filing {
    /// Looks up what is filed under these marks. What was filed has to be [written](Self::write) before.
    pub(super) async fn look_up(
        &mut self,
        connection: &mut AnyConnection,
        all: &[&Marks],
    ) -> Result<(), StoreError> {
        let mut asked: [BTreeSet<i64>; COLUMNS.len()] = Default::default();
        let new = all.iter().flat_map(|marks| each(marks));
        for (column, mark) in new.filter(|mark| !self.under.contains_key(mark)) {
            if let Some(asked) = asked.get_mut(column) {
                asked.insert(mark);
            }
        }
        let mut asked = asked.map(BTreeSet::into_iter);
        loop {
            let some = asked.each_mut().map(|column| column.take(LOOKED_UP).collect::<Vec<_>>());
            if some.iter().all(Vec::is_empty) {
                return Ok(());
            }
            self.look_up_some(connection, &some).await?;
        }
    }

    /// Looks up at most [`LOOKED_UP`] marks of each kind.
    async fn look_up_some(
        &mut self,
        connection: &mut AnyConnection,
        asked: &[Vec<i64>],
    ) -> Result<(), StoreError> {
        let mut query = sqlx::query(UNDER_SQL.as_str());
        for (column, marks) in asked.iter().enumerate() {
            self.under.extend(marks.iter().map(|mark| ((column, *mark), Vec::new())));
            let filled = marks.iter().copied().map(Some).chain(std::iter::repeat(None));
            query = filled.take(LOOKED_UP).fold(query, sqlx::query::Query::bind);
        }
        for row in query.fetch_all(&mut *connection).await.map_err(of_engine)? {
            let (entry, story) = (noun(&row, "entry")?, optional_noun(&row, "story")?);
            let mark = (count(&row, "kind")?, get(&row, "mark")?);
            self.under.entry(mark).or_default().push((get(&row, "filed")?, entry));
            self.stories.extend(story.map(|story| (entry, story)));
            self.sizes.insert(story.unwrap_or(entry), count::<usize>(&row, "folded")? + 1);
        }
        for (column, marks) in asked.iter().enumerate() {
            for mark in marks {
                if let Some(filed) = self.under.get_mut(&(column, *mark)) {
                    filed.sort_unstable();
                }
            }
        }
        Ok(())
    }

    /// The candidates for these marks; `None` where not all of them were looked up.
    pub(super) fn candidates(&self, marks: &Marks) -> Option<Vec<Candidate>> {
        let mut found: BTreeMap<EntryId, (usize, i64)> = BTreeMap::new();
        for mark in each(marks) {
            for (filed, entry) in self.under.get(&mark)? {
                found.entry(*entry).or_insert((0, *filed)).0 += 1;
            }
        }
        let mut found = found.into_iter().collect::<Vec<_>>();
        found.sort_unstable_by_key(|(_, shared_and_filed)| std::cmp::Reverse(*shared_and_filed));
        found.truncate(MOST_CANDIDATES);
        let story = |entry| self.stories.get(&entry).copied().unwrap_or(entry);
        Some(found.into_iter().map(|(entry, _)| Candidate { entry, story: story(entry) }).collect())
    }

    /// How many tell a story, where that is known.
    pub(super) fn size(&self, story: EntryId) -> Option<usize> {
        self.sizes.get(&story).copied()
    }

    /// Files an entry. It has to be [written](Self::write) before the database is asked for it.
    pub(super) fn file(&mut self, entry: EntryId, marks: &Marks, place: i64) {
        for mark in each(marks) {
            if let Some(filed) = self.under.get_mut(&mark) {
                filed.push((place, entry));
                if filed.len() > LATEST {
                    filed.remove(0);
                }
            }
        }
        self.sizes.entry(entry).or_insert(1);
        self.waiting.push((entry, marks.clone(), place));
    }

    /// Notes that an entry was folded under the leading one of a story.
    pub(super) fn fold(&mut self, story: EntryId, entry: EntryId) {
        self.stories.insert(entry, story);
        if let Some(size) = self.sizes.get_mut(&story) {
            *size += 1;
        }
    }

    /// Forgets what is known, since entries leave their stories and what they are filed under.
    pub(super) fn forget(&mut self) {
        self.under.clear();
        self.stories.clear();
        self.sizes.clear();
    }

    /// Whether as many wait as one statement writes.
    pub(super) const fn is_full(&self) -> bool {
        let [most, ..] = ROWS;
        self.waiting.len() >= most
    }

    /// Tells the database what was filed.
    pub(super) async fn write(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut waiting = waiting.as_slice();
        for (rows, sql) in ROWS.into_iter().zip(INSERTS.iter()) {
            while let Some((some, rest)) = waiting.split_at_checked(rows) {
                let mut query = sqlx::query(sql.as_str());
                for (entry, marks, place) in some {
                    query =
                        query.bind(entry.to_string()).bind(marks.print.cast_signed()).bind(*place);
                    query = of(marks).fold(query, sqlx::query::Query::bind);
                }
                query.execute(&mut *connection).await.map_err(of_engine)?;
                waiting = rest;
            }
        }
        Ok(())
    }
}

/// The marks of an entry in the order of [`COLUMNS`], as the database keeps them.
pub(super) fn of(marks: &Marks) -> impl Iterator<Item = Option<i64>> {
    let Marks { address, doi, arxiv, words, bands, .. } = marks;
    let bands = (0..observatory_model::story::BANDS).map(|band| bands.get(band).copied());
    let all = [*address, *doi, *arxiv, *words].into_iter().chain(bands);
    all.map(|mark| mark.map(u64::cast_signed))
}

/// Those that an entry has, each with the number of its column.
fn each(marks: &Marks) -> impl Iterator<Item = (usize, i64)> {
    of(marks).enumerate().filter_map(|(column, mark)| Some((column, mark?)))
}
