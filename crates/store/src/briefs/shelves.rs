//! Pieces come from the folder onto two shelves: one for everybody, one for members.
//!
//! What is for members stands in a table of its own. Every list, feed, index and count of public pieces
//! reads the other, and cannot forget to leave it out. It gets no change number either: those are asked
//! for by the index, the alerts and the trends, and how many there are can be seen.

use std::collections::{BTreeMap, BTreeSet};

use observatory_model::brief::{Audience, Brief, BriefAddress, PublishCounts};
use observatory_model::change::DocumentKey;
use observatory_model::job::Work;
use observatory_model::{Language, Series, Slug, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::Texts;
use crate::changes::{give_numbers, key_of, lock_ledger};
use crate::charts;
use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{get, noun, number, time, to_json, without_nul};

/// Which text: a piece in one language. In the order of `series`, `slug`, `language`.
type Place = (Series, Slug, Language);

/// What the store holds of a text: enough to see whether it is another one now.
struct Kept {
    texts: Texts,
    published: Timestamp,
    content: String,
}

impl Store {
    /// Makes the pieces of the store equal to `briefs`, in one transaction: each public text that is new,
    /// changed or removed gets a change number; each whose instant of publication lies in the future
    /// gets a job for that instant; a piece that was public and is no longer there is remembered as
    /// withdrawn. A piece that becomes one for members is for the public as if it had never been.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when two briefs have the same address and language, or one has the
    /// address of a piece that was handed in;
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`]. Nothing changed.
    pub async fn replace_briefs(
        &self,
        briefs: &[Brief],
        now: Timestamp,
    ) -> Result<PublishCounts, StoreError> {
        let wanted = by_place(briefs)?;
        let mut transaction = self.begin().await?;
        lock_ledger(&mut transaction).await?;
        refuse_handed_in(&mut transaction, &wanted).await?;
        let mut kept = BTreeMap::new();
        for texts in [Texts::Public, Texts::Members] {
            kept.append(&mut self::kept(&mut transaction, texts).await?);
        }
        let mut counts = PublishCounts::default();
        let mut changed = BTreeSet::new();
        for (place, brief) in &wanted {
            let (content, texts) = (to_json(brief)?, Texts::of(brief.audience));
            let known = kept.remove(place);
            let same = |known: &Kept| {
                known.texts == texts
                    && known.published == brief.published
                    && known.content == content
            };
            if known.as_ref().is_some_and(same) {
                counts.unchanged += 1;
                continue;
            }
            let moved = known.as_ref().filter(|known| known.texts != texts);
            if let Some(known) = moved {
                remove(&mut transaction, known.texts, place).await?;
            }
            put(&mut transaction, texts, brief, &content).await?;
            if texts == Texts::Public || moved.is_some() {
                changed.insert(key_of(&brief.address, brief.language));
            }
            match known {
                Some(_) => counts.changed += 1,
                None => counts.added += 1,
            }
        }
        for (place, known) in &kept {
            remove(&mut transaction, known.texts, place).await?;
            counts.removed += 1;
            if known.texts == Texts::Members {
                continue;
            }
            let (series, slug, language) = place;
            let still_there = wanted.keys().any(|(s, w, _)| s == series && w == slug);
            if known.published <= now && !still_there {
                withdraw(&mut transaction, place, now).await?;
            }
            let (series, slug, language) = (*series, slug.clone(), *language);
            changed.insert(DocumentKey::Brief { series, slug, language });
        }
        let waits = |brief: &&&Brief| brief.audience.is_public() && !brief.is_public(now);
        for brief in wanted.values().filter(waits) {
            let work = Work::LiftEmbargo { piece: brief.address.clone() };
            jobs::enqueue(&mut transaction, &work, brief.published, now).await?;
        }
        give_numbers(&mut transaction, &changed).await?;
        commit(transaction).await?;
        Ok(counts)
    }
}

impl Texts {
    /// Where a text for such readers stands.
    const fn of(audience: Audience) -> Self {
        match audience {
            Audience::Public => Self::Public,
            Audience::Members => Self::Members,
        }
    }
}

fn by_place(briefs: &[Brief]) -> Result<BTreeMap<Place, &Brief>, StoreError> {
    let mut wanted = BTreeMap::new();
    for brief in briefs {
        let BriefAddress { series, slug } = brief.address.clone();
        if wanted.insert((series, slug, brief.language), brief).is_some() {
            let (address, language) = (&brief.address, brief.language);
            return Err(StoreError::conflict(format!("{address} is there twice in {language}")));
        }
    }
    Ok(wanted)
}

/// What came from the folder.
async fn kept(
    connection: &mut AnyConnection,
    texts: Texts,
) -> Result<BTreeMap<Place, Kept>, StoreError> {
    let sql = match texts {
        Texts::Public => {
            "SELECT series, slug, language, published, content FROM briefs WHERE handed_in = 0"
        }
        Texts::Members => "SELECT series, slug, language, published, content FROM members_briefs",
    };
    let rows = sqlx::query(sql).fetch_all(connection).await.map_err(of_engine)?;
    let kept = |row: &AnyRow| {
        let place = (noun(row, "series")?, noun(row, "slug")?, noun(row, "language")?);
        let (published, content) = (time(row, "published")?, get(row, "content")?);
        Ok((place, Kept { texts, published, content }))
    };
    rows.iter().map(kept).collect()
}

/// Writes a text over whatever was in its place.
pub(super) async fn put(
    connection: &mut AnyConnection,
    texts: Texts,
    brief: &Brief,
    content: &str,
) -> Result<(), StoreError> {
    let table = texts.table();
    let sql = format!(
        "INSERT INTO {table} (series, slug, language, published, original, title, \
        standfirst, bottom_line, version, confidence, words, topics, authors, content) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
        ON CONFLICT (series, slug, language) DO UPDATE SET published = excluded.published, \
        original = excluded.original, title = excluded.title, standfirst = excluded.standfirst, \
        bottom_line = excluded.bottom_line, version = excluded.version, \
        confidence = excluded.confidence, words = excluded.words, topics = excluded.topics, \
        authors = excluded.authors, content = excluded.content"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(brief.address.series.slug())
        .bind(brief.address.slug.as_str())
        .bind(brief.language.code())
        .bind(brief.published.millis())
        .bind(brief.original.code())
        .bind(without_nul(&brief.title))
        .bind(without_nul(&brief.standfirst))
        .bind(brief.bottom_line.as_deref().map(without_nul))
        .bind(number(brief.version))
        .bind(brief.confidence.as_ref().map(|(confidence, _)| confidence.code()))
        .bind(number(brief.body.words))
        .bind(to_json(&brief.topics)?)
        .bind(to_json(&brief.authors)?)
        .bind(content)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    // Of a piece for members too nobody is to learn that it was once for everybody.
    sqlx::query("DELETE FROM withdrawn_pieces WHERE series = $1 AND slug = $2")
        .bind(brief.address.series.slug())
        .bind(brief.address.slug.as_str())
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    charts::expect(connection, brief).await
}

/// A piece that was handed in keeps its address, whatever the folder says.
async fn refuse_handed_in(
    connection: &mut AnyConnection,
    wanted: &BTreeMap<Place, &Brief>,
) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT DISTINCT series, slug FROM briefs WHERE handed_in = 1")
        .fetch_all(connection)
        .await
        .map_err(of_engine)?;
    for row in &rows {
        let address = BriefAddress { series: noun(row, "series")?, slug: noun(row, "slug")? };
        if wanted.values().any(|brief| brief.address == address) {
            let what = format!("{address} is the address of a piece that was handed in");
            return Err(StoreError::conflict(what));
        }
    }
    Ok(())
}

async fn remove(
    connection: &mut AnyConnection,
    texts: Texts,
    (series, slug, language): &Place,
) -> Result<(), StoreError> {
    let table = texts.table();
    let sql = format!("DELETE FROM {table} WHERE series = $1 AND slug = $2 AND language = $3");
    sqlx::query(AssertSqlSafe(sql))
        .bind(series.slug())
        .bind(slug.as_str())
        .bind(language.code())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

/// Remembers that the public could once read a piece.
pub(super) async fn withdraw(
    connection: &mut AnyConnection,
    (series, slug, _): &Place,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO withdrawn_pieces (series, slug, withdrawn) VALUES ($1, $2, $3) \
        ON CONFLICT (series, slug) DO NOTHING";
    sqlx::query(sql)
        .bind(series.slug())
        .bind(slug.as_str())
        .bind(now.millis())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}
