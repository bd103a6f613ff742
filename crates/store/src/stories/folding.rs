//! Folding: one transaction in which entries are compared, filed and folded.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use observatory_model::change::ChangeNumber;
use observatory_model::story::{ByHand, Likeness, Marks, Member, Wording};
use observatory_model::{EntryId, HandId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};

use super::filing::{COLUMNS, Filing, LATEST, MOST_CANDIDATES, of};
use super::folds::Folds;
use super::{keys, wordings};
use crate::changes::give_numbers;
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{count, get, noun, number};

/// One transaction of folding. Only one is open at a time, in whatever program; dropped without
/// [`Folding::finish`], nothing of it is kept.
#[derive(Debug)]
pub struct Folding {
    transaction: Transaction<'static, Any>,
    up_to: ChangeNumber,
    filed: i64,
    /// Whether editors have said anything at all: mostly they have not.
    is_silent: bool,
    filing: Filing,
    folds: Folds,
}

/// An entry that may tell the same as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryId,
    /// The leading entry of its story; itself, where it is that.
    pub story: EntryId,
}

/// What editors have said of an entry, as it holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// It is a story of its own, and nothing is folded with it.
    pub is_apart: bool,
    /// It is one story with these.
    pub joined: Vec<EntryId>,
}

/// Those that share the most marks.
static CANDIDATES_SQL: LazyLock<String> = LazyLock::new(|| {
    let under = |(place, column): (usize, &&str)| {
        format!(
            "SELECT * FROM (SELECT entry, filed FROM retellings WHERE {column} = ${} \
             ORDER BY filed DESC LIMIT {LATEST}) AS {column}",
            place + 1
        )
    };
    let under = COLUMNS.iter().enumerate().map(under).collect::<Vec<_>>().join(" UNION ALL ");
    format!(
        "SELECT found.entry, COALESCE(story_members.story, found.entry) AS story, \
         COUNT(*) AS shared, MAX(found.filed) AS latest FROM ({under}) AS found \
         LEFT JOIN story_members ON story_members.entry = found.entry \
         GROUP BY found.entry, story_members.story \
         ORDER BY shared DESC, latest DESC LIMIT {MOST_CANDIDATES}"
    )
});

impl Store {
    /// Begins to fold. Waits while somebody else does.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn begin_folding(&self) -> Result<Folding, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE stories_followed SET up_to = up_to WHERE id = 1 RETURNING up_to, filed";
        let row = sqlx::query(sql).fetch_one(&mut *transaction).await.map_err(of_engine)?;
        let (up_to, filed) = (ChangeNumber(count(&row, "up_to")?), get(&row, "filed")?);
        let said = sqlx::query("SELECT id FROM stories_by_hand WHERE undone IS NULL LIMIT 1")
            .fetch_optional(&mut *transaction)
            .await
            .map_err(of_engine)?;
        let (is_silent, filing, folds) = (said.is_none(), Filing::default(), Folds::default());
        Ok(Folding { transaction, up_to, filed, is_silent, filing, folds })
    }
}

impl Folding {
    /// The last change that was looked at before.
    pub const fn up_to(&self) -> ChangeNumber {
        self.up_to
    }

    /// What of these entries is compared with others, of those that the public may read, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`], as all of this.
    pub async fn wordings(&mut self, ids: &[EntryId]) -> Result<Vec<Wording>, StoreError> {
        wordings::fetch(&mut self.transaction, ids).await
    }

    /// The prints under which those of these entries are filed that are.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn prints(&mut self, ids: &[EntryId]) -> Result<BTreeMap<EntryId, u64>, StoreError> {
        let sql = "SELECT entry, print FROM retellings \
            WHERE entry IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
            $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
        let mut prints = BTreeMap::new();
        self.filing.write(&mut self.transaction).await?;
        for some in ids.chunks(20) {
            let filled = some.iter().chain(some.last().into_iter().cycle()).take(20);
            let query = filled.fold(sqlx::query(sql), |query, id| query.bind(id.to_string()));
            for row in query.fetch_all(&mut *self.transaction).await.map_err(of_engine)? {
                prints.insert(noun(&row, "entry")?, get::<i64>(&row, "print")?.cast_unsigned());
            }
        }
        Ok(prints)
    }

    /// The leading entry of the story of an entry, which may be itself, and those folded under it.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn story(&mut self, entry: EntryId) -> Result<(EntryId, Vec<Member>), StoreError> {
        let sql = "SELECT story, entry, like_entry, reason, percent, is_again, since \
            FROM story_members WHERE story = \
            COALESCE((SELECT story FROM story_members WHERE entry = $1), $1) ORDER BY entry";
        self.write().await?;
        let rows = sqlx::query(sql)
            .bind(entry.to_string())
            .fetch_all(&mut *self.transaction)
            .await
            .map_err(of_engine)?;
        let leading = rows.first().map_or(Ok(entry), |row| noun(row, "story"))?;
        Ok((leading, rows.iter().map(member).collect::<Result<_, _>>()?))
    }

    /// What editors have said of an entry.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn said(&mut self, entry: EntryId) -> Result<Said, StoreError> {
        let mut said = Said::default();
        if self.is_silent {
            return Ok(said);
        }
        let sql = "SELECT act, entry, other FROM stories_by_hand \
            WHERE (entry = $1 OR other = $1) AND undone IS NULL ORDER BY done, id";
        let rows = sqlx::query(sql)
            .bind(entry.to_string())
            .fetch_all(&mut *self.transaction)
            .await
            .map_err(of_engine)?;
        for row in &rows {
            match noun(row, "act")? {
                ByHand::Split => said.is_apart = true,
                ByHand::Join => {
                    let ends: [EntryId; 2] = [noun(row, "entry")?, noun(row, "other")?];
                    said.joined.extend(ends.into_iter().filter(|end| *end != entry));
                }
            }
        }
        Ok(said)
    }

    /// Writes down what an editor says. It takes the place of what was said of the same before: a split
    /// that of all joins of the entry, a join that of the splits of both.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such entry; else as [`Self::wordings`].
    pub async fn say(
        &mut self,
        act: ByHand,
        entry: EntryId,
        other: Option<EntryId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for id in std::iter::once(entry).chain(other) {
            let found = sqlx::query("SELECT id FROM entries WHERE id = $1 AND withheld IS NULL")
                .bind(id.to_string())
                .fetch_optional(&mut *self.transaction)
                .await
                .map_err(of_engine)?;
            if found.is_none() {
                return Err(StoreError::conflict(format!("there is no entry {id}")));
            }
            let sql = "UPDATE stories_by_hand SET undone = $2 WHERE undone IS NULL \
                AND (entry = $1 OR other = $1) AND (act <> $3 OR act = 'split')";
            sqlx::query(sql)
                .bind(id.to_string())
                .bind(now.millis())
                .bind(act.code())
                .execute(&mut *self.transaction)
                .await
                .map_err(of_engine)?;
        }
        let sql = "INSERT INTO stories_by_hand (id, act, entry, other, done) \
            VALUES ($1, $2, $3, $4, $5)";
        sqlx::query(sql)
            .bind(HandId::new(now).to_string())
            .bind(act.code())
            .bind(entry.to_string())
            .bind(other.map(|other| other.to_string()))
            .bind(now.millis())
            .execute(&mut *self.transaction)
            .await
            .map_err(of_engine)?;
        self.is_silent = false;
        Ok(())
    }

    /// Takes these entries out of their stories and out of the files, to place them anew.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn take_out(&mut self, entries: &[EntryId]) -> Result<(), StoreError> {
        self.write().await?;
        self.filing.forget();
        for entry in entries {
            for sql in [
                "DELETE FROM retellings WHERE entry = $1",
                "DELETE FROM story_members WHERE entry = $1",
            ] {
                sqlx::query(sql)
                    .bind(entry.to_string())
                    .execute(&mut *self.transaction)
                    .await
                    .map_err(of_engine)?;
            }
        }
        Ok(())
    }

    /// Looks up at once what is filed under these marks: [`Self::candidates`] and [`Self::size`] then know it
    /// without asking, until entries are [taken out](Self::take_out).
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn look_up(&mut self, all: &[&Marks]) -> Result<(), StoreError> {
        self.write().await?;
        self.filing.look_up(&mut self.transaction, all).await
    }

    /// Entries that share a mark with these, those that share the most first, at most 24. Of each mark
    /// the 16 that were filed last are looked at, so that what stands everywhere costs no more.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn candidates(&mut self, marks: &Marks) -> Result<Vec<Candidate>, StoreError> {
        if let Some(candidates) = self.filing.candidates(marks) {
            return Ok(candidates);
        }
        self.write().await?;
        let query = of(marks).fold(sqlx::query(CANDIDATES_SQL.as_str()), sqlx::query::Query::bind);
        let rows = query.fetch_all(&mut *self.transaction).await.map_err(of_engine)?;
        let candidate =
            |row: &AnyRow| Ok(Candidate { entry: noun(row, "entry")?, story: noun(row, "story")? });
        rows.iter().map(candidate).collect()
    }

    /// How many entries tell a story, the leading one counted.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn size(&mut self, story: EntryId) -> Result<usize, StoreError> {
        if let Some(size) = self.filing.size(story) {
            return Ok(size);
        }
        self.write().await?;
        let sql = "SELECT COUNT(*) AS folded FROM story_members WHERE story = $1";
        let row = sqlx::query(sql)
            .bind(story.to_string())
            .fetch_one(&mut *self.transaction)
            .await
            .map_err(of_engine)?;
        Ok(count::<usize>(&row, "folded")? + 1)
    }

    /// Files an entry under its marks.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn file(&mut self, entry: EntryId, marks: &Marks) -> Result<(), StoreError> {
        self.filed += 1;
        self.filing.file(entry, marks, self.filed);
        if self.filing.is_full() {
            self.filing.write(&mut self.transaction).await?;
        }
        Ok(())
    }

    /// Folds an entry under the leading one of a story.
    ///
    /// # Errors
    /// As [`Self::wordings`].
    pub async fn fold(
        &mut self,
        story: EntryId,
        entry: EntryId,
        like: EntryId,
        likeness: Likeness,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        self.filing.fold(story, entry);
        self.folds.fold(&mut self.transaction, (story, entry, like), likeness, since).await
    }

    /// Tells the database what was filed and folded, and not yet told.
    async fn write(&mut self) -> Result<(), StoreError> {
        self.filing.write(&mut self.transaction).await?;
        self.folds.write(&mut self.transaction).await
    }

    /// Gives these entries change numbers, writes down how far this has come, and makes all of it
    /// durable. Returns the numbers that were given.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; nothing was kept.
    pub async fn finish(
        mut self,
        up_to: ChangeNumber,
        changed: &BTreeSet<EntryId>,
    ) -> Result<RangeInclusive<ChangeNumber>, StoreError> {
        self.write().await?;
        sqlx::query("UPDATE stories_followed SET up_to = $1, filed = $2 WHERE id = 1")
            .bind(number(up_to.0))
            .bind(self.filed)
            .execute(&mut *self.transaction)
            .await
            .map_err(of_engine)?;
        let last = give_numbers(&mut self.transaction, &keys(changed)).await?;
        commit(self.transaction).await?;
        let given = u64::try_from(changed.len()).unwrap_or(u64::MAX);
        Ok(ChangeNumber(last.0.saturating_sub(given).saturating_add(1))..=last)
    }
}

fn member(row: &AnyRow) -> Result<Member, StoreError> {
    Ok(Member {
        entry: noun(row, "entry")?,
        like: noun(row, "like_entry")?,
        likeness: Likeness { by: noun(row, "reason")?, percent: count(row, "percent")? },
        is_again: get::<i64>(row, "is_again")? == 1,
        since: crate::rows::time(row, "since")?,
    })
}
