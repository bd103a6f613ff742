//! The site for programs: `/api/v1`, read only, without a key, the same for everybody.

mod description;
mod documents;
mod glossary;
mod lists;
mod nouns;
mod parameters;
pub(crate) mod problem;
mod related;
mod search;
pub(crate) mod suggest;

use axum::Router;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ALLOW, LINK,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use serde::Serialize;

use crate::cache::{Policy, answer};
use crate::state::Site;

#[cfg(test)]
pub(crate) use self::parameters::OF_SEARCH as PARAMETERS_OF_SEARCH;

/// The methods of every address.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// Every address for programs.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/search", read(get(search::search)))
        .route("/api/v1/documents/{*key}", read(get(documents::document)))
        .route("/api/v1/related/{*key}", read(get(related::related)))
        .route("/api/v1/suggest", read(get(suggest::suggest)))
        .route("/api/v1/sources", read(get(lists::sources)))
        .route("/api/v1/series", read(get(lists::series)))
        .route("/api/v1/briefs", read(get(lists::briefs)))
        .route("/api/v1/glossary", read(get(glossary::glossary)))
        .route("/api/v1/openapi.json", read(get(description::openapi)))
}

/// An address that is only read, also from pages of other sites.
fn read(route: MethodRouter<Site>) -> MethodRouter<Site> {
    route.options(preflight)
}

/// What a browser is told before it asks for a page of another site (Fetch §3.3): nothing but reading.
async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ALLOW, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("If-None-Match"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// A noun as JSON.
fn json(policy: Policy, noun: &impl Serialize) -> Response {
    // Texts, numbers and lists of them always become JSON.
    let text = serde_json::to_string(noun).unwrap_or_default();
    answer(StatusCode::OK, "application/json", policy, text)
}

/// A part of a list, with the address of the next in a header (RFC 8288).
fn list(policy: Policy, noun: &impl Serialize, next: Option<&str>) -> Response {
    let mut response = json(policy, noun);
    let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        response.headers_mut().insert(LINK, link);
    }
    response
}
