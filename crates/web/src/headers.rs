//! Headers that every answer carries, pages and errors alike.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;

use crate::assets::{self, Scripts};
use crate::visitor;

/// Browsers keep other sites' windows apart from ours (HTML §7.1.3).
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Other sites cannot embed what is served here (Fetch §3.7).
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// No page needs a camera, a microphone or a place.
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// Adds them.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let is_known = visitor::has_session(request.headers());
    let mut response = next.run(request).await;
    let scripts = response.extensions().get::<Scripts>().copied().unwrap_or(Scripts::None);
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&assets::content_security_policy(scripts)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    // What somebody with a session was answered is kept by nobody else, even where it is for everybody: no
    // proxy has to be trusted to tell the two apart. Files whose address changes with their bytes may.
    let is_shared = headers.get(CACHE_CONTROL).is_some_and(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.starts_with("public") && !value.contains("immutable"))
    });
    if is_known && is_shared {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address of a search holds its words: no other site is told.
        (REFERRER_POLICY, "same-origin"),
        (OPENER, "same-origin"),
        (RESOURCE, "same-origin"),
        (PERMISSIONS, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
