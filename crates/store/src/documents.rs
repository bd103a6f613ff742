//! What there is to find: pieces and entries as the index takes them.

use std::collections::BTreeMap;

use observatory_model::brief::{Brief, BriefAddress};
use observatory_model::change::DocumentKey;
use observatory_model::document::{Document, Kind, Passage};
use observatory_model::entry::Entry;
use observatory_model::institution::Institution;
use observatory_model::{EntryId, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::briefs::fetch_brief;
use crate::changes::key_of;
use crate::error::{StoreError, of_engine};
use crate::open::Store;
use crate::papers;
use crate::rows::{get, json, noun, optional_noun, optional_time, time};
use crate::stories::stories_of;

/// What is searched of entries that the public may read, 20 with each question: no HTML, which is half of
/// what is kept of them.
const ENTRIES_SQL: &str = "SELECT entries.id, sources.slug AS source_slug, \
    sources.name AS source_name, sources.institution, first_seen, title, body, authors, published, \
    COALESCE(rule_language, language) AS language, identifiers, topics \
    FROM entries JOIN sources ON sources.id = entries.source_id \
    AND entries.deleted IS NULL AND entries.withheld IS NULL \
    WHERE entries.id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
    $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

impl Store {
    /// The documents of these `keys` that the public may read at `now`, in no particular order. One
    /// that is absent is to be taken out of the index.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn documents(
        &self,
        keys: &[DocumentKey],
        now: Timestamp,
    ) -> Result<Vec<Document>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(of_engine)?;
        let mut documents = Vec::with_capacity(keys.len());
        let mut entries = Vec::new();
        for key in keys {
            match key {
                DocumentKey::Entry(id) => entries.push(*id),
                DocumentKey::Brief { series, slug, language } => {
                    let address = BriefAddress { series: *series, slug: slug.clone() };
                    let brief = fetch_brief(&mut connection, &address, *language, now).await?;
                    documents.extend(brief.map(of_brief));
                }
            }
        }
        let stories = stories_of(&mut connection, &entries).await?;
        fetch(&mut connection, &entries, &stories, &mut documents).await?;
        papers::fill(&mut connection, &mut documents).await?;
        Ok(documents)
    }
}

/// Adds those of these entries that exist, each with the story that it tells with others.
async fn fetch(
    connection: &mut AnyConnection,
    ids: &[EntryId],
    stories: &BTreeMap<EntryId, EntryId>,
    documents: &mut Vec<Document>,
) -> Result<(), StoreError> {
    for some in ids.chunks(20) {
        // A short rest is filled up with its last id: one statement serves every length.
        let filled = some.iter().chain(some.last().into_iter().cycle()).take(20);
        let query = filled.fold(sqlx::query(ENTRIES_SQL), |query, id| query.bind(id.to_string()));
        for row in query.fetch_all(&mut *connection).await.map_err(of_engine)? {
            documents.push(of_row(&row, stories)?);
        }
    }
    Ok(())
}

fn of_row(row: &AnyRow, stories: &BTreeMap<EntryId, EntryId>) -> Result<Document, StoreError> {
    let id = noun(row, "id")?;
    let published = optional_time(row, "published")?;
    Ok(Document {
        key: DocumentKey::Entry(id),
        kind: Kind::Entry,
        language: optional_noun(row, "language")?,
        work: stories.get(&id).map(|story| DocumentKey::Entry(*story).to_string()),
        title: get(row, "title")?,
        summary: String::new(),
        headings: Vec::new(),
        passages: passages(get(row, "body")?),
        authors: json(row, "authors")?,
        topics: json(row, "topics")?,
        identifiers: json(row, "identifiers")?,
        institution: optional_noun::<Institution>(row, "institution")?.map(String::from),
        source: Some(noun(row, "source_slug")?),
        source_name: get(row, "source_name")?,
        date: published.map_or_else(|| time(row, "first_seen"), Ok)?,
    })
}

/// The passages of the text of an entry.
fn passages(text: &str) -> Vec<Passage> {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let passage = |text: &str| Passage { number: None, page: None, text: text.to_owned() };
    paragraphs.map(passage).collect()
}

/// An entry as the index takes it.
pub fn document_of(entry: Entry) -> Document {
    let date = entry.date();
    Document {
        key: DocumentKey::Entry(entry.id),
        kind: Kind::Entry,
        language: entry.content.language,
        work: None,
        summary: String::new(),
        headings: Vec::new(),
        passages: passages(&entry.content.text),
        authors: entry.content.authors,
        topics: entry.topics,
        identifiers: entry.content.identifiers,
        institution: entry.institution.map(String::from),
        title: entry.content.title,
        source: Some(entry.source_slug),
        source_name: entry.source_name,
        date,
    }
}

fn of_brief(brief: Brief) -> Document {
    let passage = |(number, text)| Passage { number: Some(number), page: None, text };
    Document {
        key: key_of(&brief.address, brief.language),
        kind: Kind::Piece(brief.address.series),
        language: Some(brief.language),
        work: Some(brief.address.to_string()),
        title: brief.title,
        summary: match brief.bottom_line {
            Some(bottom_line) => format!("{} {bottom_line}", brief.standfirst),
            None => brief.standfirst,
        },
        headings: brief.body.headings.into_iter().map(|heading| heading.text).collect(),
        passages: (1..)
            .zip(brief.body.paragraphs)
            // A chart has a number and no words.
            .filter(|(_, text)| !text.is_empty())
            .map(passage)
            .collect(),
        source: None,
        source_name: brief.authors.join(", "),
        authors: brief.authors,
        topics: brief.topics,
        identifiers: Vec::new(),
        institution: brief.institution.map(String::from),
        date: brief.published,
    }
}
