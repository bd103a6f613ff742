//! Requests that are refused before any page sees them.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::error::PageError;

/// Longest query string, in bytes. A search has at most 512 bytes of words, each up to three when
/// encoded; the rest is for filters.
const MAX_QUERY_BYTES: usize = 4 * 1024;

/// Longest path, in bytes: the longest address has a language, a series and a slug of 80 bytes.
const MAX_PATH_BYTES: usize = 512;

/// Refuses addresses that no link of this site has.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.query().unwrap_or_default().len() > MAX_QUERY_BYTES {
        return PageError::BadRequest.into_response();
    }
    if !is_sane(uri.path()) {
        return PageError::NotFound.into_response();
    }
    next.run(request).await
}

/// Whether a path could be one of ours: short, no empty parts, no way up.
fn is_sane(path: &str) -> bool {
    path.len() <= MAX_PATH_BYTES
        && path.starts_with('/')
        && !path.contains("//")
        && !path.contains('\\')
        && path.split('/').all(|part| part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_without_meaning_are_refused() {
        for right in ["/", "/en/", "/en/future-vision/a", "/.well-known/security.txt"] {
            assert!(is_sane(right), "{right}");
        }
        let long = format!("/{}", "a".repeat(512));
        for wrong in ["", "*", "//a", "/en//a", "/en/../a", "/en/.", "/a\\b", &long] {
            assert!(!is_sane(wrong), "{wrong}");
        }
    }
}
