//! How long an answer may be kept, by name, and answers to "has it changed?".

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest as _, Sha256};

/// What readers and proxies may do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// A page for everybody: kept a minute, then asked again with its tag. A withdrawn piece is gone
    /// from every proxy after that minute.
    Page,
    /// The answer to a search: kept by the reader's own browser only, and asked again each time,
    /// because what people search for is their own affair.
    Search,
    /// A feed: kept five minutes, since readers of feeds ask far more often than pieces appear.
    Feed,
    /// The choice of a language, which depends on the reader's languages.
    Choice,
    /// A picture or a file that changes only with the program: kept a day.
    File,
    /// A file whose address changes with its bytes: kept for good (RFC 8246).
    Forever,
    /// A permanent move: kept an hour, so that a mistaken one can be taken back.
    Moved,
    /// A page for members: kept by nobody, and said twice so that no proxy takes it for everybody's
    /// (RFC 9111 §5.2.2.5, §5.2.2.7).
    Members,
    /// Errors and states: never kept.
    Never,
}

impl Policy {
    /// All policies.
    #[cfg(test)]
    const ALL: [Self; 9] = [
        Self::Page,
        Self::Search,
        Self::Feed,
        Self::Choice,
        Self::File,
        Self::Forever,
        Self::Moved,
        Self::Members,
        Self::Never,
    ];

    /// The value of `Cache-Control` (RFC 9111 §5.2.2).
    pub(crate) const fn cache_control(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Page => "public, max-age=60",
            Self::Search => "private, no-cache",
            Self::Feed | Self::Choice => "public, max-age=300",
            Self::File => "public, max-age=86400",
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Moved => "public, max-age=3600",
            Self::Members => "private, no-store",
            Self::Never => "no-store",
        })
    }

    /// The value of `Vary`, beside the encoding that the compression adds.
    const fn vary(self) -> Option<HeaderValue> {
        match self {
            Self::Choice => Some(HeaderValue::from_static("accept-language")),
            _ => None,
        }
    }
}

/// An answer with its policy and, where it may be kept, a tag made from its bytes.
pub(crate) fn answer(
    status: StatusCode,
    content_type: &'static str,
    policy: Policy,
    body: String,
) -> Response {
    let is_kept = status == StatusCode::OK && !matches!(policy, Policy::Never | Policy::Members);
    let tag = if is_kept { tag(body.as_bytes()) } else { None };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, policy.cache_control());
    if let Some(vary) = policy.vary() {
        headers.append(VARY, vary);
    }
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
    response
}

/// A redirect with its policy.
pub(crate) fn redirect(status: StatusCode, location: &str, policy: Policy) -> Response {
    let mut response = answer(status, "text/plain; charset=utf-8", policy, String::new());
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// A weak tag (RFC 9110 §8.8.1): the same words, whatever their compression.
fn tag(bytes: &[u8]) -> Option<HeaderValue> {
    let digest = Sha256::digest(bytes);
    let (head, _) = digest.split_at_checked(8)?;
    let number = head.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    HeaderValue::from_str(&format!("W/\"{number:016x}\"")).ok()
}

/// Answers 304 without a body when the reader already has these bytes (RFC 9110 §13.1.2).
pub(crate) async fn conditional(request: Request, next: Next) -> Response {
    let asked = matches!(*request.method(), Method::GET | Method::HEAD)
        .then(|| request.headers().get(IF_NONE_MATCH).cloned())
        .flatten();
    let mut response = next.run(request).await;
    let Some(asked) = asked else { return response };
    if response.status() == StatusCode::OK && has(response.headers(), &asked) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

fn has(headers: &HeaderMap, asked: &HeaderValue) -> bool {
    let (Some(Ok(own)), Ok(asked)) = (headers.get(ETAG).map(HeaderValue::to_str), asked.to_str())
    else {
        return false;
    };
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    asked.trim() == "*" || asked.split(',').any(|tag| strong(tag) == strong(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_for_everybody_may_be_kept_by_proxies() {
        for policy in Policy::ALL {
            let value = policy.cache_control();
            let value = value.to_str().unwrap();
            let shared = value.starts_with("public");
            let own = matches!(policy, Policy::Search | Policy::Members | Policy::Never);
            assert_eq!(shared, !own, "{policy:?}");
        }
    }

    #[test]
    fn the_same_bytes_have_the_same_tag() {
        let page = |body: &str| {
            let response =
                answer(StatusCode::OK, "text/html; charset=utf-8", Policy::Page, body.to_owned());
            response.headers().get(ETAG).cloned().unwrap()
        };
        assert_eq!(page("a"), page("a"));
        assert_ne!(page("a"), page("b"));
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, page("a"));
        let asked = |text: &str| HeaderValue::from_str(text).unwrap();
        let own = page("a").to_str().unwrap().to_owned();
        assert!(has(&headers, &asked(&format!("\"x\", {own}"))));
        assert!(has(&headers, &asked(own.trim_start_matches("W/"))));
        assert!(has(&headers, &asked("*")));
        assert!(!has(&headers, &asked("\"x\"")));
    }
}
