//! Under what entries are filed: told to the database in few statements, and remembered while one
//! transaction of folding goes on.
//!
//! Most entries share nothing with any other. To know that of twenty at once takes one statement that looks
//! each number up, where asking for those that share it takes one for each entry.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use observatory_model::EntryId;
use observatory_model::story::Marks;
use sqlx::AnyConnection;

use crate::error::{StoreError, of_engine};
use crate::rows::{get, places};

/// The columns of marks, in the order of [`of`].
const COLUMNS: [&str; 12] = [
    "address", "doi", "arxiv", "words", "band1", "band2", "band3", "band4", "band5", "band6",
    "band7", "band8",
];

/// Entries whose marks are looked up with one statement.
const LOOKED_UP: usize = 20;

/// How many entries one statement files: as many of the first as there are, then of the next.
const ROWS: [usize; 3] = [20, 5, 1];

/// Which of the marks of some entries something is filed under, each with the number of its column.
static KNOWN_SQL: LazyLock<String> = LazyLock::new(|| {
    let asked = |column: usize| {
        let first = column * LOOKED_UP + 1;
        let values = (first..first + LOOKED_UP).map(|place| format!("(${place})"));
        values.collect::<Vec<_>>().join(", ")
    };
    let of_column = |(column, name): (usize, &&str)| {
        format!(
            "SELECT {column} AS kind, column1 AS mark FROM (VALUES {}) AS asked \
             WHERE EXISTS (SELECT 1 FROM retellings WHERE {name} = column1)",
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

/// What is known of marks in one transaction.
#[derive(Debug, Default)]
pub(super) struct Filing {
    /// Filed, and not yet told to the database: the entry, its marks, its place in the order.
    waiting: Vec<(EntryId, Marks, i64)>,
    /// Marks that were looked up.
    asked: BTreeSet<(usize, i64)>,
    /// Those of them, and of what was filed since, under which something is filed.
    known: BTreeSet<(usize, i64)>,
}

impl Filing {
    /// Looks up which of these marks something is filed under.
    pub(super) async fn look_up(
        &mut self,
        connection: &mut AnyConnection,
        all: &[&Marks],
    ) -> Result<(), StoreError> {
        for some in all.chunks(LOOKED_UP) {
            let mut query = sqlx::query(KNOWN_SQL.as_str());
            for column in 0..COLUMNS.len() {
                let marks = some.iter().filter_map(|marks| of(marks).nth(column)?);
                let marks = marks.collect::<Vec<_>>();
                self.asked.extend(marks.iter().map(|mark| (column, *mark)));
                // What is missing is filled up with any other: one statement serves every number.
                let last = marks.last().copied().unwrap_or_default();
                let filled = marks.into_iter().chain(std::iter::repeat(last)).take(LOOKED_UP);
                query = filled.fold(query, sqlx::query::Query::bind);
            }
            for row in query.fetch_all(&mut *connection).await.map_err(of_engine)? {
                let column = get::<i64>(&row, "kind")?;
                let column = usize::try_from(column).unwrap_or(usize::MAX);
                self.known.insert((column, get(&row, "mark")?));
            }
        }
        Ok(())
    }

    /// Whether it is known that nothing is filed under any of these marks.
    pub(super) fn is_new(&self, marks: &Marks) -> bool {
        each(marks).all(|mark| self.asked.contains(&mark) && !self.known.contains(&mark))
    }

    /// Files an entry. It has to be [written](Self::write) before the database is asked for it.
    pub(super) fn file(&mut self, entry: EntryId, marks: &Marks, place: i64) {
        self.known.extend(each(marks));
        self.waiting.push((entry, marks.clone(), place));
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
