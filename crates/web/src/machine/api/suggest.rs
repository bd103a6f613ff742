//! What the search box suggests, for programs, and in the form that browsers ask for.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Language;
use observatory_model::search::{MAX_WORDS_BYTES, SuggestRequest, Suggested, Suggestion};
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use super::parameters::{Parameters, wrong};
use super::problem::{ApiError, Problem};
use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Suggestions when none are asked for, and the most.
const USUAL: u32 = 8;
const MOST: u32 = 10;

/// The content type of suggestions as browsers ask for them (OpenSearch Suggestions 1.0).
const SUGGESTIONS: &str = "application/x-suggestions+json; charset=utf-8";

/// What the search box suggests.
#[derive(Serialize, ToSchema)]
pub(crate) struct Suggestions {
    /// The name and version of this form.
    #[schema(example = "observatory.suggestions/1")]
    schema: &'static str,
    /// The suggestions, the likeliest first.
    suggestions: Vec<SuggestionAnswer>,
}

/// Something that may be about to be typed.
#[derive(Serialize, ToSchema)]
pub(crate) struct SuggestionAnswer {
    /// Its words.
    text: String,
    /// Their language (BCP 47), where it is known.
    language: Option<&'static str>,
    /// What it is: `title`, `concept`, `source`, `symbol` or `word`.
    what: &'static str,
    /// The document, the concept or the source, by its word here.
    value: Option<String>,
    /// The page it leads to: that of the document or the source, else the search for the words.
    #[schema(format = "uri")]
    url: String,
}

impl SuggestionAnswer {
    fn new(site: &Site, reader: Language, suggestion: &Suggestion) -> Self {
        let (what, value, path) = match &suggestion.what {
            Suggested::Title(key) => {
                ("title", Some(key.to_string()), Some(urls::document(reader, key)))
            }
            Suggested::Concept(name) => ("concept", Some(name.to_string()), None),
            Suggested::Source(slug) => {
                ("source", Some(slug.to_string()), Some(urls::source(reader, slug)))
            }
            Suggested::Symbol => ("symbol", None, None),
            Suggested::Word => ("word", None, None),
        };
        let path = path.unwrap_or_else(|| urls::search_for(reader, &suggestion.text));
        Self {
            text: suggestion.text.clone(),
            language: suggestion.language.map(Language::code),
            what,
            value,
            url: site.absolute(&path),
        }
    }
}

/// Suggests how the words go on.
#[utoipa::path(
    get,
    path = "/api/v1/suggest",
    operation_id = "suggest",
    params(
        ("q" = String, Query, description = "What was typed so far, at least one character."),
        ("limit" = Option<u32>, Query, description = "Most suggestions, 1–10; 8 as usual."),
        ("hl" = Option<String>, Query, description = "The reader's language: its titles and names come first; en as usual."),
    ),
    responses(
        (status = 200, description = "The suggestions.", body = Suggestions),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much is going on; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn suggest(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::read(&query.unwrap_or_default(), &["q", "limit", "hl"])?;
    let limit = parameters.number("limit", &(1..=MOST))?.unwrap_or(USUAL);
    let typed = parameters.text("q").map(str::trim).unwrap_or_default();
    if typed.is_empty() || typed.len() > MAX_WORDS_BYTES {
        return Err(wrong("q", "1–512 bytes"));
    }
    let found = suggestions(&site, parameters.language, typed, limit).await?;
    let answer = |found: &Suggestion| SuggestionAnswer::new(&site, parameters.language, found);
    let suggestions = found.iter().map(answer).collect();
    Ok(json(Policy::Search, &Suggestions { schema: "observatory.suggestions/1", suggestions }))
}

/// `/{lang}/suggest.json?q=…`: what was typed, the suggestions, nothing of each, and where each leads
/// (OpenSearch Suggestions 1.0 §3).
pub(crate) async fn for_browsers(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let typed = reader.parameter("q").unwrap_or_default();
    let words = typed.trim();
    let found = if words.is_empty() || words.len() > MAX_WORDS_BYTES {
        Vec::new()
    } else {
        suggestions(&site, reader.language, words, USUAL).await?
    };
    let answers: Vec<SuggestionAnswer> = found
        .iter()
        .map(|suggestion| SuggestionAnswer::new(&site, reader.language, suggestion))
        .collect();
    let texts: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
    let descriptions = vec![""; texts.len()];
    let urls: Vec<&str> = answers.iter().map(|answer| answer.url.as_str()).collect();
    let body = serde_json::to_string(&(typed, texts, descriptions, urls)).unwrap_or_default();
    Ok(answer(StatusCode::OK, SUGGESTIONS, Policy::Search, body))
}

async fn suggestions(
    site: &Site,
    language: Language,
    typed: &str,
    limit: u32,
) -> Result<Vec<Suggestion>, PageError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let request = SuggestRequest { typed: typed.to_owned(), language, limit };
    Ok(site.search().suggest(request).await?)
}
