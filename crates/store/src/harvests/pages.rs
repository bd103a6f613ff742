//! A harvest over many answers: each is kept together with how far the harvest has come, so that who
//! dies between two of them goes on where the last one ended.

use observatory_model::entry::{HarvestCounts, IncomingEntry};
use observatory_model::rhythm::NextReading;
use observatory_model::rule::Verdicts;
use observatory_model::source::SourceState;
use observatory_model::{SourceId, Timestamp, WebAddress};
use sqlx::AnyConnection;

use super::keep::take_back;
use super::{Known, MAX_PROBLEMS, Tally, entries_of, keep_all, lock, plan};
use crate::changes::give_numbers;
use crate::error::{StoreError, of_engine};
use crate::open::{Store, commit};
use crate::rows::{to_json, without_nul};

/// Most entries that one answer adds: the longest answers at hand have 897 records, and the APIs
/// that are asked here allow 2,000.
const MAX_NEW_OF_A_PAGE: u64 = 5_000;

/// One answer of a repository, ready to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its entries, in its order.
    pub entries: Vec<IncomingEntry>,
    /// The keys of those that the repository has taken back.
    pub deleted: Vec<String>,
    /// How far the harvest has come with this page: JSON of the story that writes and reads it.
    pub progress: String,
    /// What ends with this page; `None`: the harvest goes on at once.
    pub end: Option<PageEnd>,
}

/// The end of a harvest over many answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageEnd {
    /// The repository's own name.
    pub title: Option<String>,
    /// The site it speaks of.
    pub homepage: Option<WebAddress>,
    /// What could not be kept in the whole harvest, each in a few words; the first 20 are kept.
    pub problems: Vec<String>,
    /// Whether an earlier answer of this harvest brought something new.
    pub has_news: bool,
    /// When it is to be asked next.
    pub next: NextReading,
}

impl Store {
    /// Keeps one answer of a repository where no rule says anything of it.
    ///
    /// # Errors
    /// As [`Self::record_judged_page`].
    pub async fn record_page(
        &self,
        source: SourceId,
        page: &Page,
        now: Timestamp,
    ) -> Result<HarvestCounts, StoreError> {
        self.record_judged_page(source, page, Verdicts::new(), now).await
    }

    /// Keeps one answer of a repository: new and changed entries and those it took back with their
    /// change numbers, how far the harvest has come, and at its end the health of the source and the
    /// next harvest. One transaction: all of it or nothing.
    ///
    /// An entry that is taken back stays as a tombstone: no list and no search shows it, and
    /// [`Self::entry_is_gone`] tells. When the repository gives it again, it is back. What the rules
    /// say holds as in [`Self::record_judged_harvest`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such source; [`StoreError::Busy`],
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`]. Nothing was kept.
    pub async fn record_judged_page(
        &self,
        source: SourceId,
        page: &Page,
        verdicts: Verdicts,
        now: Timestamp,
    ) -> Result<HarvestCounts, StoreError> {
        let mut transaction = self.begin().await?;
        let known = lock(&mut transaction, source, now).await?;
        let mut tally = Tally::of(MAX_NEW_OF_A_PAGE, verdicts);
        keep_all(&mut transaction, source, &page.entries, now, &mut tally).await?;
        for key in &page.deleted {
            take_back(&mut transaction, source, &without_nul(key), now, &mut tally).await?;
        }
        sqlx::query("UPDATE sources SET progress = $2 WHERE id = $1")
            .bind(source.to_string())
            .bind(without_nul(&page.progress))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        if let Some(end) = &page.end {
            write_end(&mut transaction, source, end, &known, now, &mut tally).await?;
        }
        give_numbers(&mut transaction, &tally.changed).await?;
        commit(transaction).await?;
        Ok(tally.counts)
    }
}

/// Writes what the harvest says of its source, and plans the next one.
async fn write_end(
    connection: &mut AnyConnection,
    source: SourceId,
    end: &PageEnd,
    known: &Known,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let title = end.title.as_deref().map(without_nul).filter(|title| !title.trim().is_empty());
    let title = title.filter(|_| known.name_is_provisional);
    if title.is_some() {
        // The index knows entries by the name of their source.
        tally.changed.extend(entries_of(connection, source).await?);
    }
    let problems = tally.problems.iter().chain(&end.problems).take(MAX_PROBLEMS);
    let problems = problems.collect::<Vec<_>>();
    // When the papers of a repository were published says nothing of when they come into it.
    let rhythm = known.rhythm.after(&[], end.has_news || tally.counts.added > 0, now);
    let next = end.next.time(source, rhythm, now);
    let next = (known.state == SourceState::Active).then_some(next);
    let sql = "UPDATE sources SET name = $2, name_is_provisional = $3, \
        homepage = COALESCE($4, homepage), last_success = $5, failure_reason = NULL, \
        failure_detail = NULL, failures = 0, problems = $6, next_attempt = $7, usual_seconds = $8, \
        last_news = $9 WHERE id = $1";
    sqlx::query(sql)
        .bind(source.to_string())
        .bind(title.as_deref().unwrap_or(&known.name))
        .bind(i64::from(known.name_is_provisional && title.is_none()))
        .bind(end.homepage.as_ref().map(WebAddress::as_str))
        .bind(now.millis())
        .bind(to_json(&problems)?)
        .bind(next.map(Timestamp::millis))
        .bind(rhythm.usual_seconds)
        .bind(rhythm.last_news.map(Timestamp::millis))
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    plan(connection, source, next, now).await
}
