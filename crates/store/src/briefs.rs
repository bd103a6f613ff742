//! Published pieces: replaced all at once, read only from their instant of publication on.

use std::collections::{BTreeMap, BTreeSet};

use observatory_model::brief::{Brief, BriefAddress, Confidence, PublishCounts};
use observatory_model::change::DocumentKey;
use observatory_model::job::Work;
use observatory_model::{Language, Series, Slug, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::changes::{give_numbers, key_of, lock_ledger};
use crate::charts;
use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::open::{Store, commit};
use crate::rows::{count, get, json, noun, number, time, to_json, without_nul};

/// What lists show of a piece in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefSummary {
    /// Its address.
    pub address: BriefAddress,
    /// The language of this text.
    pub language: Language,
    /// The language it was written in first.
    pub original: Language,
    /// Its title.
    pub title: String,
    /// One sentence that says what it is about.
    pub standfirst: String,
    /// What a hurried reader needs.
    pub bottom_line: Option<String>,
    /// From when on the public may read it.
    pub published: Timestamp,
    /// The number of this version.
    pub version: u32,
    /// How sure its authors are.
    pub confidence: Option<Confidence>,
    /// Words of the text; in Chinese, characters.
    pub words: u32,
    /// What it is about.
    pub topics: Vec<Slug>,
    /// Who wrote it.
    pub authors: Vec<String>,
}

/// Which text: a piece in one language. In the order of `series`, `slug`, `language`.
type Place = (Series, Slug, Language);

/// What the store holds of a text: enough to see whether it is another one now.
struct Kept {
    published: Timestamp,
    content: String,
}

impl Store {
    /// Makes the pieces of the store equal to `briefs`, in one transaction: each text that is new,
    /// changed or removed gets a change number; each whose instant of publication lies in the future
    /// gets a job for that instant; a piece that was public and is no longer there is remembered as
    /// withdrawn.
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
        let mut kept = kept(&mut transaction).await?;
        let mut counts = PublishCounts::default();
        let mut changed = BTreeSet::new();
        for (place, brief) in &wanted {
            let content = to_json(brief)?;
            match kept.remove(place) {
                Some(known) if known.published == brief.published && known.content == content => {
                    counts.unchanged += 1;
                    continue;
                }
                Some(_) => counts.changed += 1,
                None => counts.added += 1,
            }
            put(&mut transaction, brief, &content).await?;
            changed.insert(key_of(&brief.address, brief.language));
        }
        for (place, known) in &kept {
            remove(&mut transaction, place).await?;
            let (series, slug, language) = place;
            let still_there = wanted.keys().any(|(s, w, _)| s == series && w == slug);
            if known.published <= now && !still_there {
                withdraw(&mut transaction, place, now).await?;
            }
            let (series, slug, language) = (*series, slug.clone(), *language);
            changed.insert(DocumentKey::Brief { series, slug, language });
            counts.removed += 1;
        }
        for brief in wanted.values().filter(|brief| !brief.is_public(now)) {
            let work = Work::LiftEmbargo { piece: brief.address.clone() };
            jobs::enqueue(&mut transaction, &work, brief.published, now).await?;
        }
        give_numbers(&mut transaction, &changed).await?;
        commit(transaction).await?;
        Ok(counts)
    }

    /// A piece in one language, or `None` when there is none that the public may read at `now`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]; [`StoreError::Corrupt`] also for a piece
    /// that another version of the program has written: publishing again mends it.
    pub async fn brief(
        &self,
        address: &BriefAddress,
        language: Language,
        now: Timestamp,
    ) -> Result<Option<Brief>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        fetch_brief(&mut connection, address, language, now).await
    }

    /// The languages in which the public may read a piece at `now`, with its title in each, in the
    /// order of [`Language::ALL`].
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn brief_languages(
        &self,
        address: &BriefAddress,
        now: Timestamp,
    ) -> Result<Vec<(Language, String)>, StoreError> {
        let sql = "SELECT language, title FROM briefs \
            WHERE series = $1 AND slug = $2 AND published <= $3";
        let rows = sqlx::query(sql)
            .bind(address.series.slug())
            .bind(address.slug.as_str())
            .bind(now.millis())
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        let language = |row: &AnyRow| Ok((noun(row, "language")?, get(row, "title")?));
        let mut languages = rows.iter().map(language).collect::<Result<Vec<_>, StoreError>>()?;
        languages.sort_by_key(|(language, _)| Language::ALL.iter().position(|one| one == language));
        Ok(languages)
    }

    /// The pieces of a series, or of all, that the public may read at `now`: newest first, one row
    /// for each language of each piece.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn briefs(
        &self,
        series: Option<Series>,
        now: Timestamp,
    ) -> Result<Vec<BriefSummary>, StoreError> {
        let sql = "SELECT series, slug, language, original, title, standfirst, bottom_line, \
            published, version, confidence, words, topics, authors FROM briefs \
            WHERE published <= $1 AND ($2 = '' OR series = $2) \
            ORDER BY published DESC, series, slug, language";
        let rows = sqlx::query(sql)
            .bind(now.millis())
            .bind(series.map_or("", Series::slug))
            .fetch_all(self.readers())
            .await
            .map_err(of_engine)?;
        rows.iter().map(summary).collect()
    }

    /// Whether the public could once read this piece and it is no longer there, in any language.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn withdrawn(&self, address: &BriefAddress) -> Result<bool, StoreError> {
        let sql = "SELECT withdrawn FROM withdrawn_pieces WHERE series = $1 AND slug = $2";
        let row = sqlx::query(sql)
            .bind(address.series.slug())
            .bind(address.slug.as_str())
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        Ok(row.is_some())
    }
}

/// A piece in one language that the public may read at `now`.
pub(crate) async fn fetch_brief(
    connection: &mut AnyConnection,
    address: &BriefAddress,
    language: Language,
    now: Timestamp,
) -> Result<Option<Brief>, StoreError> {
    let sql = "SELECT content, published FROM briefs \
        WHERE series = $1 AND slug = $2 AND language = $3 AND published <= $4";
    let row = sqlx::query(sql)
        .bind(address.series.slug())
        .bind(address.slug.as_str())
        .bind(language.code())
        .bind(now.millis())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    let Some(row) = row else { return Ok(None) };
    // JSON keeps whole seconds only.
    Ok(Some(Brief { published: time(&row, "published")?, ..json(&row, "content")? }))
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

async fn kept(connection: &mut AnyConnection) -> Result<BTreeMap<Place, Kept>, StoreError> {
    let sql = "SELECT series, slug, language, published, content FROM briefs WHERE handed_in = 0";
    let rows = sqlx::query(sql).fetch_all(connection).await.map_err(of_engine)?;
    let kept = |row: &AnyRow| {
        let place = (noun(row, "series")?, noun(row, "slug")?, noun(row, "language")?);
        Ok((place, Kept { published: time(row, "published")?, content: get(row, "content")? }))
    };
    rows.iter().map(kept).collect()
}

/// Writes a text over whatever was in its place.
async fn put(
    connection: &mut AnyConnection,
    brief: &Brief,
    content: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO briefs (series, slug, language, published, original, title, \
        standfirst, bottom_line, version, confidence, words, topics, authors, content) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
        ON CONFLICT (series, slug, language) DO UPDATE SET published = excluded.published, \
        original = excluded.original, title = excluded.title, standfirst = excluded.standfirst, \
        bottom_line = excluded.bottom_line, version = excluded.version, \
        confidence = excluded.confidence, words = excluded.words, topics = excluded.topics, \
        authors = excluded.authors, content = excluded.content";
    sqlx::query(sql)
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

/// Publishes a piece that was handed in, or its next version, over the one before, and returns what the
/// index has to look at.
pub(crate) async fn put_handed_in(
    connection: &mut AnyConnection,
    brief: &Brief,
) -> Result<BTreeSet<DocumentKey>, StoreError> {
    let BriefAddress { series, slug } = &brief.address;
    // A later version may be in another language; the piece is there in one.
    let sql = "DELETE FROM briefs WHERE series = $1 AND slug = $2 AND handed_in = 1 \
        RETURNING language";
    let rows = sqlx::query(sql)
        .bind(series.slug())
        .bind(slug.as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(of_engine)?;
    let mut changed = BTreeSet::from([key_of(&brief.address, brief.language)]);
    for row in &rows {
        changed.insert(key_of(&brief.address, noun(row, "language")?));
    }
    put(connection, brief, &to_json(brief)?).await?;
    sqlx::query("UPDATE briefs SET handed_in = 1 WHERE series = $1 AND slug = $2")
        .bind(series.slug())
        .bind(slug.as_str())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(changed)
}

/// Takes a piece that was handed in away from the public, in all its languages, and returns what the
/// index has to forget.
pub(crate) async fn take_back(
    connection: &mut AnyConnection,
    series: Series,
    slug: &Slug,
    now: Timestamp,
) -> Result<BTreeSet<DocumentKey>, StoreError> {
    let sql = "DELETE FROM briefs WHERE series = $1 AND slug = $2 AND handed_in = 1 \
        RETURNING language";
    let rows = sqlx::query(sql)
        .bind(series.slug())
        .bind(slug.as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(of_engine)?;
    let mut gone = BTreeSet::new();
    for row in &rows {
        let language = noun(row, "language")?;
        withdraw(connection, &(series, slug.clone(), language), now).await?;
        gone.insert(DocumentKey::Brief { series, slug: slug.clone(), language });
    }
    Ok(gone)
}

async fn remove(connection: &mut AnyConnection, place: &Place) -> Result<(), StoreError> {
    let (series, slug, language) = place;
    sqlx::query("DELETE FROM briefs WHERE series = $1 AND slug = $2 AND language = $3")
        .bind(series.slug())
        .bind(slug.as_str())
        .bind(language.code())
        .execute(connection)
        .await
        .map_err(of_engine)?;
    Ok(())
}

async fn withdraw(
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

fn summary(row: &AnyRow) -> Result<BriefSummary, StoreError> {
    let confidence = get::<Option<String>>(row, "confidence")?;
    let of_code = |code: &String| Confidence::ALL.into_iter().find(|one| one.code() == code);
    Ok(BriefSummary {
        address: BriefAddress { series: noun(row, "series")?, slug: noun(row, "slug")? },
        language: noun(row, "language")?,
        original: noun(row, "original")?,
        title: get(row, "title")?,
        standfirst: get(row, "standfirst")?,
        bottom_line: get(row, "bottom_line")?,
        published: time(row, "published")?,
        version: count(row, "version")?,
        confidence: confidence.as_ref().and_then(of_code),
        words: count(row, "words")?,
        topics: json(row, "topics")?,
        authors: json(row, "authors")?,
    })
}
