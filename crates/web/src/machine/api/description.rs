//! The description of the interface for programs that write programs (`OpenAPI` 3.1), made from the very
//! types that are answered.

use axum::extract::State;
use axum::response::Response;
use observatory_model::Language;
use utoipa::OpenApi;
use utoipa::openapi::{ExternalDocs, ServerBuilder};

use super::{documents, glossary, json, lists, related, search, suggest};
use crate::cache::Policy;
use crate::state::Site;
use crate::urls;

/// The interface.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Observatory",
        version = "1",
        description = "Search and read what the observatory publishes and gathers. Read only, no key, the same for everybody."
    ),
    paths(
        search::search,
        documents::document,
        related::related,
        suggest::suggest,
        lists::sources,
        lists::series,
        lists::briefs,
        glossary::glossary,
        openapi,
    )
)]
struct Description;

/// Describes this interface as `OpenAPI` 3.1.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "openapi",
    responses((status = 200, description = "The description.", body = serde_json::Value))
)]
pub(crate) async fn openapi(State(site): State<Site>) -> Response {
    let mut description = Description::openapi();
    let own = ServerBuilder::new().url(site.settings().public_origin.trim_end_matches('/'));
    description.servers = Some(vec![own.build()]);
    let page = site.absolute(&urls::api(Language::En));
    description.external_docs = Some(ExternalDocs::new(page));
    json(Policy::File, &description)
}
