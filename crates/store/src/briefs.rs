//! Published pieces: replaced all at once, read only from their instant of publication on.

use std::collections::BTreeSet;

use observatory_model::brief::{Brief, BriefAddress, Confidence};
use observatory_model::change::DocumentKey;
use observatory_model::{Language, Series, Slug, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::changes::key_of;
use crate::error::{StoreError, of_engine};
use crate::open::Store;
use crate::rows::{count, get, json, noun, time, to_json};

use self::shelves::{put, withdraw};

mod shelves;

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

/// The texts that some readers may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texts {
    /// Those for everybody.
    Public,
    /// Those for members.
    Members,
}

impl Texts {
    /// Their table.
    const fn table(self) -> &'static str {
        match self {
            Self::Public => "briefs",
            Self::Members => "members_briefs",
        }
    }
}

impl Store {
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

    /// A piece for members in one language, or `None` when there is none that they may read at `now`.
    /// To be asked only for somebody who is one.
    ///
    /// # Errors
    /// As [`Self::brief`].
    pub async fn members_brief(
        &self,
        address: &BriefAddress,
        language: Language,
        now: Timestamp,
    ) -> Result<Option<Brief>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        fetch(&mut connection, Texts::Members, address, language, now).await
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
        self.languages_of(Texts::Public, address, now).await
    }

    /// The same of a piece for members.
    ///
    /// # Errors
    /// As [`Self::brief_languages`].
    pub async fn members_brief_languages(
        &self,
        address: &BriefAddress,
        now: Timestamp,
    ) -> Result<Vec<(Language, String)>, StoreError> {
        self.languages_of(Texts::Members, address, now).await
    }

    async fn languages_of(
        &self,
        texts: Texts,
        address: &BriefAddress,
        now: Timestamp,
    ) -> Result<Vec<(Language, String)>, StoreError> {
        let table = texts.table();
        let sql = format!(
            "SELECT language, title FROM {table} \
            WHERE series = $1 AND slug = $2 AND published <= $3"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
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
        self.list(Texts::Public, series, now).await
    }

    /// The pieces for members that they may read at `now`, in the same order.
    ///
    /// # Errors
    /// As [`Self::briefs`].
    pub async fn members_briefs(&self, now: Timestamp) -> Result<Vec<BriefSummary>, StoreError> {
        self.list(Texts::Members, None, now).await
    }

    async fn list(
        &self,
        texts: Texts,
        series: Option<Series>,
        now: Timestamp,
    ) -> Result<Vec<BriefSummary>, StoreError> {
        let table = texts.table();
        let sql = format!(
            "SELECT series, slug, language, original, title, standfirst, bottom_line, \
            published, version, confidence, words, topics, authors FROM {table} \
            WHERE published <= $1 AND ($2 = '' OR series = $2) \
            ORDER BY published DESC, series, slug, language"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
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
    fetch(connection, Texts::Public, address, language, now).await
}

async fn fetch(
    connection: &mut AnyConnection,
    texts: Texts,
    address: &BriefAddress,
    language: Language,
    now: Timestamp,
) -> Result<Option<Brief>, StoreError> {
    let table = texts.table();
    let sql = format!(
        "SELECT content, published FROM {table} \
        WHERE series = $1 AND slug = $2 AND language = $3 AND published <= $4"
    );
    let row = sqlx::query(AssertSqlSafe(sql))
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
    put(connection, Texts::Public, brief, &to_json(brief)?).await?;
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
