//! A document for programs: what it is, its text by passages, its versions.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use observatory_model::Language;
use observatory_model::brief::BriefAddress;
use observatory_model::change::DocumentKey;
use observatory_model::document::{Document, Passage};
use observatory_model::identifier::{self, Identifier, Scheme};
use observatory_model::story::Telling;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use super::nouns::{Named, Origin, Version};
use super::parameters::Parameters;
use super::problem::{ApiError, Problem};
use crate::cache::Policy;
use crate::error::PageError;
use crate::state::Site;
use crate::urls;

/// Most identifiers of an answer: lists of references name thousands.
const MOST_IDENTIFIERS: usize = 100;

/// Most text of an answer, in bytes: 1 MiB, about 400 pages.
const MOST_TEXT: usize = 1024 * 1024;

/// A document.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentAnswer {
    /// The name and version of this form.
    #[schema(example = "observatory.document/1")]
    schema: &'static str,
    /// Its key.
    #[schema(example = "brief:future-vision/satellites/en")]
    key: String,
    /// Its page.
    #[schema(format = "uri")]
    url: String,
    /// Its kind.
    kind: Named,
    /// The language of its text (BCP 47); `null` when it is none of the six or not known.
    #[schema(example = "en")]
    language: Option<&'static str>,
    /// Its title.
    title: String,
    /// One or two sentences above the text; may be empty.
    summary: String,
    /// Who wrote it.
    authors: Vec<String>,
    /// What it is about.
    topics: Vec<Named>,
    /// What it is known by, and what its title and text name, at most 100.
    identifiers: Vec<Known>,
    /// The institution it comes from.
    institution: Option<String>,
    /// Where it comes from.
    source: Origin,
    /// Its date (RFC 3339).
    #[schema(format = DateTime)]
    date: String,
    /// The headings of its sections, in order.
    headings: Vec<String>,
    /// Its text, in parts that can be pointed at.
    passages: Vec<Part>,
    /// Whether the text is longer than what an answer holds, 1 MiB: its pages hold the rest.
    cut: bool,
    /// The same work in all its languages, this one included.
    versions: Vec<Version>,
    /// Where the same story is told too, at most 49 places; the first leads the story, unless this
    /// document does. Empty for what no other source tells.
    also_at: Vec<AlsoAt>,
    /// What is related to it, for programs.
    #[schema(format = "uri")]
    related: String,
}

/// Another entry that tells the same story.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlsoAt {
    /// Its key.
    key: String,
    /// Its page here.
    #[schema(format = "uri")]
    url: String,
    /// Its page at its source; `null` where the source gives none.
    original: Option<String>,
    /// Where it comes from.
    source: Origin,
    /// Its title.
    title: String,
    /// Why it counts as the same: `hand` (an editor says so), `doi`, `arxiv`, `address`, `words`,
    /// `alike`; `null` for the leading entry, with which the others were compared.
    reason: Option<&'static str>,
    /// How much of the words are the same, in percent; 100 for all reasons but `alike`.
    percent: Option<u8>,
    /// When it was found to be the same (RFC 3339); for the leading entry, when it was first seen.
    #[schema(format = DateTime)]
    since: String,
}

/// A part of a text.
#[derive(Serialize, ToSchema)]
pub(crate) struct Part {
    /// Its ¶ number; `null` where the text has no numbers.
    paragraph: Option<u32>,
    /// The page it stands on, from 1; `null` where the text has no pages.
    page: Option<u32>,
    /// Its text: plain, not HTML.
    text: String,
    /// Its place on the page of the document.
    #[schema(format = "uri")]
    url: Option<String>,
}

/// An identifier.
#[derive(Serialize, ToSchema)]
pub(crate) struct Known {
    /// Its scheme: `doi`, `arxiv`, `orcid`, `ror`, `issn`, `symbol`.
    #[schema(value_type = String)]
    scheme: Scheme,
    /// Its normal form.
    value: String,
    /// Where it leads, for schemes that have addresses.
    #[schema(format = "uri")]
    url: Option<String>,
}

impl Known {
    fn new(identifier: &Identifier) -> Self {
        Self { scheme: identifier.scheme, value: identifier.value.clone(), url: identifier.url() }
    }
}

/// Tells a document: what anybody may read of it.
#[utoipa::path(
    get,
    path = "/api/v1/documents/{key}",
    operation_id = "document",
    params(
        ("key" = String, Path, description = "The key, as a search tells it; its slashes may stand as they are."),
        ("hl" = Option<String>, Query, description = "The language of labels; en as usual."),
    ),
    responses(
        (status = 200, description = "The document.", body = DocumentAnswer),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 404, description = "There is no such document.", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "It was here and has been taken away.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn document(
    State(site): State<Site>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::read(&query.unwrap_or_default(), &["hl"])?;
    let mut document = public(&site, &key).await?;
    let is_cut = cut(&mut document);
    let versions = versions(&site, parameters.language, &document).await?;
    let also_at = also_at(&site, parameters.language, &document).await?;
    Ok(json(Policy::Page, &answer(&site, &parameters, document, versions, also_at, is_cut)))
}

/// Leaves out the passages that do not fit into an answer; whether there were any.
fn cut(document: &mut Document) -> bool {
    let mut room = MOST_TEXT;
    let fitting = document.passages.iter().take_while(|passage| {
        let fits = passage.text.len() <= room;
        room = room.saturating_sub(passage.text.len());
        fits
    });
    let count = fitting.count();
    let is_cut = count < document.passages.len();
    document.passages.truncate(count);
    is_cut
}

/// The document that a part of an address names, if the public may read it now.
///
/// # Errors
/// [`PageError::NotFound`], and [`PageError::Gone`] for a piece that the public could read once.
pub(super) async fn public(site: &Site, key: &str) -> Result<Document, ApiError> {
    let key: DocumentKey = key.parse().or(Err(PageError::NotFound))?;
    let found = site.store().documents(std::slice::from_ref(&key), site.now()).await?.pop();
    if let Some(document) = found {
        return Ok(document);
    }
    if let DocumentKey::Brief { series, slug, .. } = key {
        let address = BriefAddress { series, slug };
        let is_elsewhere = !site.store().brief_languages(&address, site.now()).await?.is_empty();
        if !is_elsewhere && site.store().withdrawn(&address).await? {
            return Err(PageError::Gone.into());
        }
    }
    Err(PageError::NotFound.into())
}

/// A piece in all its languages. Other documents are versions of nothing that the store knows.
async fn versions(
    site: &Site,
    reader: Language,
    document: &Document,
) -> Result<Vec<Version>, ApiError> {
    let DocumentKey::Brief { series, slug, .. } = &document.key else {
        return Ok(vec![Version::new(site, reader, &document.key, document.language)]);
    };
    let address = BriefAddress { series: *series, slug: slug.clone() };
    let languages = site.store().brief_languages(&address, site.now()).await?;
    let version = |(language, _): &(Language, String)| {
        let key = DocumentKey::Brief { series: *series, slug: slug.clone(), language: *language };
        Version::new(site, reader, &key, Some(*language))
    };
    Ok(languages.iter().map(version).collect())
}

/// Where the story of an entry is told too.
async fn also_at(
    site: &Site,
    reader: Language,
    document: &Document,
) -> Result<Vec<AlsoAt>, ApiError> {
    let DocumentKey::Entry(id) = &document.key else { return Ok(Vec::new()) };
    let tellings = site.store().tellings(*id).await?;
    let other = |telling: Telling| AlsoAt {
        key: DocumentKey::Entry(telling.entry).to_string(),
        url: site.absolute(&urls::entry(reader, telling.entry)),
        original: telling.url,
        source: Origin::new(Some(&telling.source), &telling.source_name),
        title: telling.title,
        reason: telling.likeness.map(|likeness| likeness.by.code()),
        percent: telling.likeness.map(|likeness| likeness.percent),
        since: telling.since.rfc3339(),
    };
    Ok(tellings.into_iter().filter(|telling| telling.entry != *id).map(other).collect())
}

/// What a document is known by and what it names, each once.
fn identifiers(document: &Document) -> Vec<Identifier> {
    let mut known = document.identifiers.clone();
    let passages = document.passages.iter().map(|passage| passage.text.as_str());
    for text in std::iter::once(document.title.as_str()).chain(passages) {
        for (_, identifier) in identifier::find(text) {
            if known.len() >= MOST_IDENTIFIERS {
                return known;
            }
            if !known.contains(&identifier) {
                known.push(identifier);
            }
        }
    }
    known
}

fn answer(
    site: &Site,
    parameters: &Parameters,
    document: Document,
    versions: Vec<Version>,
    also_at: Vec<AlsoAt>,
    cut: bool,
) -> DocumentAnswer {
    let (locale, reader) = (parameters.locale(), parameters.language);
    let url = site.absolute(&urls::document(reader, &document.key));
    let part = |passage: &Passage| Part {
        url: urls::passage(reader, &document.key, passage.number, passage.page)
            .map(|path| site.absolute(&path)),
        paragraph: passage.number,
        page: passage.page,
        text: passage.text.clone(),
    };
    let passages = document.passages.iter().map(part).collect();
    let identifiers = identifiers(&document).iter().map(Known::new).collect();
    DocumentAnswer {
        schema: "observatory.document/1",
        key: document.key.to_string(),
        kind: Named::new(document.kind.code(), locale.kind(document.kind)),
        language: document.language.map(Language::code),
        title: document.title,
        summary: document.summary,
        authors: document.authors,
        topics: document.topics.iter().map(|t| Named::topic(locale, reader, t)).collect(),
        identifiers,
        institution: document.institution,
        source: Origin::new(document.source.as_ref(), &document.source_name),
        date: document.date.rfc3339(),
        headings: document.headings,
        passages,
        cut,
        versions,
        also_at,
        related: site.absolute(&urls::related_of_programs(&document.key)),
        url,
    }
}
