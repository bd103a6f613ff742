//! What is related to a document, for programs.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use observatory_model::Language;
use serde::Serialize;
use utoipa::ToSchema;

use super::documents::public;
use super::json;
use super::nouns::Found;
use super::parameters::{LANGUAGES, Parameters};
use super::problem::{ApiError, Problem};
use crate::cache::Policy;
use crate::state::Site;

/// Documents when none are asked for, and the most.
const USUAL: u32 = 10;
const MOST: u32 = 20;

/// What is related to a document.
#[derive(Serialize, ToSchema)]
pub(crate) struct Related {
    /// The name and version of this form.
    #[schema(example = "observatory.related/1")]
    schema: &'static str,
    /// The key of the document.
    key: String,
    /// The related documents, the nearest first.
    hits: Vec<Found>,
}

/// Finds what is related to a document.
#[utoipa::path(
    get,
    path = "/api/v1/related/{key}",
    operation_id = "related",
    params(
        ("key" = String, Path, description = "The key, as a search tells it; its slashes may stand as they are."),
        ("lang" = Option<String>, Query, description = "The language that is preferred where there are several."),
        ("limit" = Option<u32>, Query, description = "Most documents, 1–20; 10 as usual."),
        ("hl" = Option<String>, Query, description = "The language of labels; en as usual."),
    ),
    responses(
        (status = 200, description = "The related documents.", body = Related),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such document.", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "It was here and has been taken away.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much is going on; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn related(
    State(site): State<Site>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::read(&query.unwrap_or_default(), &["lang", "limit", "hl"])?;
    let language: Option<Language> = parameters.one("lang", LANGUAGES)?;
    let limit = parameters.number("limit", &(1..=MOST))?.unwrap_or(USUAL);
    let document = public(&site, &key).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let hits = site.search().related(&document.key, language, limit).await?;
    let found = |hit| Found::new(&site, parameters.locale(), parameters.language, hit);
    let answer = Related {
        schema: "observatory.related/1",
        key: document.key.to_string(),
        hits: hits.iter().map(found).collect(),
    };
    Ok(json(Policy::Page, &answer))
}
