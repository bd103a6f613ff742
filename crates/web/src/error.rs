//! What can go wrong on a page, and the page that says so.

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use observatory_search::SearchError;
use observatory_store::StoreError;

use crate::cache::{Policy, redirect};
use crate::machine::api::problem;
use crate::pages::failed;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Seconds after which a busy site asks readers to come back: the longest search takes a quarter of
/// a second, so a queue that is full now is empty long before.
pub(crate) const RETRY_SECONDS: u32 = 5;

/// Why a page cannot be shown.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// Nothing is there for the public.
    #[error("there is no such page")]
    NotFound,
    /// Something was there.
    #[error("the page has been taken away")]
    Gone,
    /// The request is too long or of a form that is never read.
    #[error("the request is not read")]
    BadRequest,
    /// More is sent than is taken here.
    #[error("the request is too large")]
    TooLarge,
    /// The address is only read.
    #[error("nothing can be sent to this address")]
    Method,
    /// The page is for those who have signed in.
    #[error("nobody has signed in")]
    SignIn,
    /// The page is for those who have given both proofs of who they are.
    #[error("the second proof is missing")]
    SecondFactor,
    /// What is asked for is done only by those who have just shown who they are.
    #[error("the session is too old for this")]
    SignInAgain,
    /// A form of another site.
    #[error("the form comes from another site")]
    Foreign,
    /// Too much is going on; the same request may work in [`RETRY_SECONDS`].
    #[error("too much is going on")]
    Busy,
    /// A fault of ours, with what is known of it in words for the log.
    #[error("{0}")]
    Internal(String),
}

impl PageError {
    /// A fault with all its causes.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words.push_str(": ");
            words.push_str(&error.to_string());
            cause = error.source();
        }
        Self::Internal(words)
    }

    /// The status of the answer.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SignIn | Self::SecondFactor | Self::SignInAgain => StatusCode::SEE_OTHER,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error that an answer without a page stands for: one of the router or of a layer.
    pub(crate) const fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::GONE => Self::Gone,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => Self::Busy,
            _ => Self::BadRequest,
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { .. } => Self::Busy,
            other => Self::internal(&other),
        }
    }
}

impl From<SearchError> for PageError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Busy | SearchError::TooSlow => Self::Busy,
            other => Self::internal(&other),
        }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for PageError {
    /// The bare status; [`faces`] gives it a page in the reader's language.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.headers_mut().remove(CONTENT_TYPE);
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every error a page in the reader's language, and programs their problem details.
pub(crate) async fn faces(State(site): State<Site>, request: Request, next: Next) -> Response {
    if problem::is_for_programs(request.uri()) {
        return problem::faces(&site, request, next).await;
    }
    let reader = Reader::guess(request.uri(), request.headers());
    let uri = request.uri().clone();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    // The layer that counts bytes answers in words of its own.
    let faceless = response.status() == StatusCode::PAYLOAD_TOO_LARGE
        || response.status().as_u16() >= 400 && !response.headers().contains_key(CONTENT_TYPE);
    let error = match response.extensions_mut().remove::<PageError>() {
        Some(error) => error,
        None if faceless => PageError::of_status(response.status()),
        None => return response,
    };
    let allow = response.headers().get(ALLOW).cloned();
    let here = if reads { reader.with_query() } else { page_of(&reader.path) };
    let mut face = face(&site, &reader, &here, &uri, &error).await;
    if let Some(allow) = allow {
        face.headers_mut().insert(ALLOW, allow);
    }
    face
}

/// Where an error leads that a reader can end by signing in; back to where they were.
fn way_in(reader: &Reader, here: &str, error: &PageError) -> Option<String> {
    let here = urls::in_language(reader.language, here);
    match error {
        // Where the session is too old it is given up: only a new one is young.
        PageError::SignIn | PageError::SignInAgain => Some(urls::sign_in(reader.language, &here)),
        PageError::SecondFactor => Some(urls::sign_in_code(reader.language, &here)),
        _ => None,
    }
}

/// The page on which a form stands. What forms are sent to are not all pages themselves, and whoever
/// signs in comes back to read.
pub(crate) fn page_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        [_, "pieces", _, "edit" | "saves", ..] => path.to_owned(),
        ["desk", "pieces", id, ..] => format!("/desk/pieces/{id}"),
        ["desk", "domains"] => "/desk/people".to_owned(),
        ["desk", page, ..] => format!("/desk/{page}"),
        _ => path.to_owned(),
    }
}

async fn face(site: &Site, reader: &Reader, here: &str, uri: &Uri, error: &PageError) -> Response {
    if let Some(way) = way_in(reader, here, error) {
        let mut response = redirect(StatusCode::SEE_OTHER, &way, Policy::Never);
        if matches!(error, PageError::SignInAgain) {
            crate::visitor::let_out(&mut response);
        }
        return response;
    }
    let number = reference(site);
    if let PageError::Internal(causes) = error {
        tracing::error!(
            error.number = %number,
            error.causes = %causes,
            http.path = %uri.path(),
            "a page failed"
        );
    }
    let mut response = failed::page(site, reader, uri.path(), error, &number).await;
    if matches!(error, PageError::Busy) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
    }
    response
}

/// The number by which a reader's report and a line of the log find each other.
pub(crate) fn reference(site: &Site) -> String {
    let id = observatory_model::EntryId::new(site.now()).to_string();
    id.rsplit('-').next().unwrap_or_default().to_uppercase()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use observatory_model::Language;
    use tower::ServiceExt as _;

    use super::*;
    use crate::locale;
    use crate::testing::TestSite;

    #[tokio::test]
    async fn a_busy_site_asks_readers_to_come_back() {
        let site = TestSite::empty().await.site();
        let router = Router::new()
            .route("/{lang}/search", get(|| async { PageError::Busy }))
            .layer(from_fn_with_state(site, faces));
        for language in Language::ALL {
            let path = format!("/{language}/search?q=a%22b");
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[RETRY_AFTER], "5");
            let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            assert!(text.contains(locale::of(language).say("error.busy")));
            assert!(text.contains(&format!("/{language}/search?q=a%22b")), "the way to try again");
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::fmt::Error);

    #[test]
    fn the_log_gets_all_causes() {
        let PageError::Internal(words) = PageError::internal(&Outer(std::fmt::Error)) else {
            panic!("another kind")
        };
        assert!(words.starts_with("outer: "), "{words}");
    }
}
