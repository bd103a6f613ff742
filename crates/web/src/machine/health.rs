//! Whether the service lives, and whether it can be sent readers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::cache::{Policy, answer};
use crate::state::Site;

const JSON: &str = "application/json";

/// The answer of `/readyz`.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// Changes that the store has and the index has not yet; 0 when it has caught up. Numbers that
    /// later changes have replaced are counted too, so this is the most it can be.
    index_lag: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
}

/// `/healthz`: the process answers.
pub(crate) async fn alive() -> Response {
    answer(StatusCode::OK, "text/plain; charset=utf-8", Policy::Never, "ok\n".to_owned())
}

/// `/readyz`: the store answers; the lag of the index is told, since pages can be read without it.
pub(crate) async fn ready(State(site): State<Site>) -> Response {
    let applied = site.search().applied();
    let readiness = match site.store().last_change().await {
        Ok(last) => {
            Readiness { ready: true, index_lag: last.0.saturating_sub(applied.0), problem: None }
        }
        Err(error) => {
            tracing::warn!(error.cause = %error, "the store does not answer");
            Readiness { ready: false, index_lag: 0, problem: Some("store") }
        }
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::to_string(&readiness).unwrap_or_default();
    answer(status, JSON, Policy::Never, body)
}
