//! The glossary for programs: what concepts are called in the six languages.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use observatory_model::Language;
use observatory_model::glossary::Concept;
use serde::Serialize;
use utoipa::ToSchema;

use super::list;
use super::parameters::Parameters;
use super::problem::{ApiError, Problem};
use crate::cache::Policy;
use crate::state::Site;

/// Where the glossary is.
const GLOSSARY_PATH: &str = "/api/v1/glossary";

/// A part of the concepts.
#[derive(Serialize, ToSchema)]
pub(crate) struct GlossaryAnswer {
    /// The name and version of this form.
    #[schema(example = "observatory.glossary/1")]
    schema: &'static str,
    /// How many concepts match.
    total: u64,
    /// The concepts.
    concepts: Vec<ConceptAnswer>,
    /// The address of those that follow; `null` after the last.
    #[schema(format = "uri")]
    next: Option<String>,
}

/// A concept.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConceptAnswer {
    /// Its word.
    #[schema(example = "smart-cities")]
    concept: String,
    /// What it is called, in the six languages.
    labels: Vec<Labels>,
}

/// What a concept is called in a language.
#[derive(Serialize, ToSchema)]
pub(crate) struct Labels {
    /// The language (BCP 47).
    language: &'static str,
    /// The name that the United Nations prefer.
    preferred: String,
    /// Its other names.
    others: Vec<String>,
}

/// Finds concepts by a part of any of their names.
#[utoipa::path(
    get,
    path = "/api/v1/glossary",
    operation_id = "glossary",
    params(
        ("q" = Option<String>, Query, description = "A part of a name, in any of the six languages. Empty: all concepts."),
        ("limit" = Option<u32>, Query, description = "Concepts of an answer, 1–100; 20 as usual."),
        ("after" = Option<String>, Query, description = "The place to go on from, as `next` has it."),
        ("hl" = Option<String>, Query, description = "The language of problems; en as usual."),
    ),
    responses(
        (status = 200, description = "The concepts.", body = GlossaryAnswer),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn glossary(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let known = ["q", "limit", "after", "hl"];
    let parameters = Parameters::read(&query.unwrap_or_default(), &known)?;
    let limit = usize::try_from(parameters.limit()?).unwrap_or(usize::MAX);
    let after: usize = parameters.one("after", "the value of a next link")?.unwrap_or(0);
    let words = parameters.text("q").unwrap_or_default().trim().to_lowercase();
    // The concept of exactly these words first, then those of which they are a part.
    let exact = observatory_search::glossary().concept(&words);
    let is_other = |concept: &&Concept| {
        exact.is_none_or(|exact| exact.name != concept.name) && is_named(concept, &words)
    };
    let others = observatory_search::glossary().concepts().iter().filter(is_other);
    let found: Vec<&Concept> = exact.into_iter().chain(others).collect();
    let next = after.saturating_add(limit);
    let has_more = next < found.len();
    let answer = GlossaryAnswer {
        schema: "observatory.glossary/1",
        total: u64::try_from(found.len()).unwrap_or(u64::MAX),
        concepts: found.iter().skip(after).take(limit).map(|concept| of(concept)).collect(),
        next: has_more.then(|| site.absolute(&parameters.next(GLOSSARY_PATH, &next.to_string()))),
    };
    Ok(list(Policy::Feed, &answer, answer.next.as_deref()))
}

fn is_named(concept: &Concept, words: &str) -> bool {
    let mut labels = Language::ALL.into_iter().flat_map(|language| concept.labels(language));
    labels.any(|label| label.to_lowercase().contains(words))
}

fn of(concept: &Concept) -> ConceptAnswer {
    let labels = |language: Language| Labels {
        language: language.code(),
        preferred: concept.preferred(language).to_owned(),
        others: concept.labels(language).iter().skip(1).cloned().collect(),
    };
    ConceptAnswer {
        concept: concept.name.as_str().to_owned(),
        labels: Language::ALL.map(labels).into(),
    }
}
