//! Lists for programs: the sources, the series, and the pieces of them.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use observatory_model::change::DocumentKey;
use observatory_model::search::Cursor;
use observatory_model::source::Source;
use observatory_model::{Language, Series, Timestamp};
use observatory_store::BriefSummary;
use serde::Serialize;
use utoipa::ToSchema;

use super::nouns::{Named, Version};
use super::parameters::{LANGUAGES, Parameters};
use super::problem::{ApiError, Problem};
use super::{json, list};
use crate::cache::Policy;
use crate::state::Site;
use crate::urls;

/// Where the list of pieces is.
const BRIEFS: &str = "/api/v1/briefs";

/// All sources.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sources {
    /// The name and version of this form.
    #[schema(example = "observatory.sources/1")]
    schema: &'static str,
    /// The sources, by name.
    sources: Vec<SourceAnswer>,
}

/// A source.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceAnswer {
    /// Its word in addresses and filters.
    slug: String,
    /// Its name.
    name: String,
    /// Its page here.
    #[schema(format = "uri")]
    url: String,
    /// Where it is read; `null` for a folder of the site's own machine.
    feed: Option<String>,
    /// The site it speaks of.
    homepage: Option<String>,
    /// The language tag it declares, as written.
    language: Option<String>,
    /// `active`, `paused` or `gone`.
    state: &'static str,
    /// When it was last read without an error (RFC 3339).
    #[schema(format = DateTime)]
    read: Option<String>,
    /// How many entries of it there are.
    entries: u64,
    /// The date of the newest (RFC 3339).
    #[schema(format = DateTime)]
    newest: Option<String>,
}

/// All series.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesList {
    /// The name and version of this form.
    #[schema(example = "observatory.series/1")]
    schema: &'static str,
    /// The series, in the order of the site.
    series: Vec<SeriesAnswer>,
}

/// A series.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesAnswer {
    /// Its word in addresses and filters.
    value: &'static str,
    /// Its name in the language of `hl`.
    label: String,
    /// What it brings, in the language of `hl`.
    about: String,
    /// Its page.
    #[schema(format = "uri")]
    url: String,
    /// Its pieces, for programs.
    #[schema(format = "uri")]
    briefs: String,
    /// How many pieces there are; languages of one piece count once.
    count: u64,
}

/// A part of the pieces.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer")]
pub(crate) struct Briefs {
    /// The name and version of this form.
    #[schema(example = "observatory.briefs/1")]
    schema: &'static str,
    /// The pieces, the newest first, one for each language of each.
    briefs: Vec<BriefAnswer>,
    /// The address of those that follow; `null` after the last.
    #[schema(format = "uri")]
    next: Option<String>,
}

/// A piece in one language.
#[derive(Serialize, ToSchema)]
pub(crate) struct BriefAnswer {
    /// Its key, for `documents` and `related`.
    #[schema(example = "brief:future-vision/satellites/en")]
    key: String,
    /// Its page.
    #[schema(format = "uri")]
    url: String,
    /// Its series.
    series: Named,
    /// The language of this text (BCP 47).
    language: &'static str,
    /// The language it was written in first (BCP 47).
    original: &'static str,
    /// Its title.
    title: String,
    /// One sentence that says what it is about.
    standfirst: String,
    /// What a hurried reader needs.
    bottom_line: Option<String>,
    /// Who wrote it.
    authors: Vec<String>,
    /// What it is about.
    topics: Vec<Named>,
    /// When it was published (RFC 3339).
    #[schema(format = DateTime)]
    published: String,
    /// The number of its version, from 1.
    version: u32,
    /// How sure its authors are: `high`, `medium` or `low`.
    confidence: Option<&'static str>,
    /// The same piece in all its languages, this one included.
    versions: Vec<Version>,
}

/// Lists the sources.
#[utoipa::path(
    get,
    path = "/api/v1/sources",
    operation_id = "sources",
    params(("hl" = Option<String>, Query, description = "The language of pages; en as usual.")),
    responses(
        (status = 200, description = "The sources.", body = Sources),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sources(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::read(&query.unwrap_or_default(), &["hl"])?;
    let mut sources = site.store().sources().await?;
    sources.sort_by(|one, other| (&one.name, &one.slug).cmp(&(&other.name, &other.slug)));
    let figures = site.store().figures(site.now()).await?;
    let answer = |source: &Source| {
        let known = figures.get(&source.id).copied().unwrap_or_default();
        SourceAnswer {
            slug: source.slug.to_string(),
            name: source.name.clone(),
            url: site.absolute(&urls::source(parameters.language, &source.slug)),
            feed: source.public_url().map(ToString::to_string),
            homepage: source.homepage.as_ref().map(ToString::to_string),
            language: source.declared_language.clone(),
            state: source.state.code(),
            read: source.health.last_success.map(Timestamp::rfc3339),
            entries: known.entries,
            newest: known.newest.map(Timestamp::rfc3339),
        }
    };
    let sources = sources.iter().map(answer).collect();
    Ok(json(Policy::Page, &Sources { schema: "observatory.sources/1", sources }))
}

/// Lists the series.
#[utoipa::path(
    get,
    path = "/api/v1/series",
    operation_id = "series",
    params(("hl" = Option<String>, Query, description = "The language of labels; en as usual.")),
    responses(
        (status = 200, description = "The series.", body = SeriesList),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn series(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::read(&query.unwrap_or_default(), &["hl"])?;
    let (locale, language) = (parameters.locale(), parameters.language);
    let pieces = site.store().briefs(None, site.now()).await?;
    let count = |series: Series| {
        let own = pieces.iter().filter(|piece| piece.address.series == series);
        let slugs: std::collections::BTreeSet<_> = own.map(|piece| &piece.address.slug).collect();
        u64::try_from(slugs.len()).unwrap_or(u64::MAX)
    };
    let answer = |series: Series| SeriesAnswer {
        value: series.slug(),
        label: locale.series(series).to_owned(),
        about: locale.say(&format!("series_about.{series}")).to_owned(),
        url: site.absolute(&urls::series(language, series)),
        briefs: site.absolute(&format!("{BRIEFS}?series={series}")),
        count: count(series),
    };
    let series = Series::ALL.map(answer).into();
    Ok(json(Policy::Page, &SeriesList { schema: "observatory.series/1", series }))
}

/// Lists the pieces that anybody may read now.
#[utoipa::path(
    get,
    path = "/api/v1/briefs",
    operation_id = "briefs",
    params(
        ("series" = Option<String>, Query, description = "Only pieces of this series."),
        ("lang" = Option<String>, Query, description = "Only texts in this language."),
        ("limit" = Option<u32>, Query, description = "Texts of an answer, 1–100; 20 as usual."),
        ("after" = Option<String>, Query, description = "The place to go on from, as `next` has it."),
        ("hl" = Option<String>, Query, description = "The language of labels; en as usual."),
    ),
    responses(
        (status = 200, description = "The pieces.", body = Briefs),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn briefs(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let known = ["series", "lang", "limit", "after", "hl"];
    let parameters = Parameters::read(&query.unwrap_or_default(), &known)?;
    parameters.check_filters()?;
    let series: Option<Series> = parameters.one("series", "")?;
    let language: Option<Language> = parameters.one("lang", LANGUAGES)?;
    let after = parameters.after()?;
    let limit = usize::try_from(parameters.limit()?).unwrap_or(usize::MAX);
    let versions = site.store().briefs(series, site.now()).await?;
    let is_wanted = |piece: &&BriefSummary| {
        language.is_none_or(|language| piece.language == language)
            && after.as_ref().is_none_or(|after| follows(piece, after))
    };
    let mut wanted = versions.iter().filter(is_wanted);
    let pieces: Vec<&BriefSummary> = wanted.by_ref().take(limit).collect();
    let has_more = wanted.next().is_some();
    let last = pieces.last().filter(|_| has_more);
    let next = last.map(|last| site.absolute(&parameters.next(BRIEFS, &place(last).to_string())));
    let answer = Briefs {
        schema: "observatory.briefs/1",
        briefs: pieces.iter().map(|piece| of(&site, &parameters, &versions, piece)).collect(),
        next,
    };
    Ok(list(Policy::Page, &answer, answer.next.as_deref()))
}

fn key(piece: &BriefSummary) -> DocumentKey {
    let (series, slug) = (piece.address.series, piece.address.slug.clone());
    DocumentKey::Brief { series, slug, language: piece.language }
}

/// Where a piece stands in the list: the newest first, those of one instant by their keys.
fn place(piece: &BriefSummary) -> Cursor {
    Cursor { score: 0.0, date: piece.published, key: key(piece).to_string() }
}

/// Whether a piece stands behind a place. The store sorts those of one instant by series, slug and
/// language, which is the order of their keys in all but slugs of which one begins with the other.
fn follows(piece: &BriefSummary, after: &Cursor) -> bool {
    let own = place(piece);
    own.date < after.date || (own.date == after.date && own.key > after.key)
}

fn of(
    site: &Site,
    parameters: &Parameters,
    versions: &[BriefSummary],
    piece: &BriefSummary,
) -> BriefAnswer {
    let (locale, reader) = (parameters.locale(), parameters.language);
    let own = key(piece);
    let same = versions.iter().filter(|other| other.address == piece.address);
    BriefAnswer {
        key: own.to_string(),
        url: site.absolute(&urls::document(reader, &own)),
        series: Named::new(piece.address.series.slug(), locale.series(piece.address.series)),
        language: piece.language.code(),
        original: piece.original.code(),
        title: piece.title.clone(),
        standfirst: piece.standfirst.clone(),
        bottom_line: piece.bottom_line.clone(),
        authors: piece.authors.clone(),
        topics: piece.topics.iter().map(|t| Named::topic(locale, reader, t)).collect(),
        published: piece.published.rfc3339(),
        version: piece.version,
        confidence: piece.confidence.map(observatory_model::brief::Confidence::code),
        versions: same
            .map(|other| Version::new(site, reader, &key(other), Some(other.language)))
            .collect(),
    }
}
