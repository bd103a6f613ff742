//! What programs are told when something is wrong: problem details (RFC 9457).

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CONTENT_TYPE, RETRY_AFTER,
};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use observatory_model::Language;
use serde::Serialize;
use utoipa::ToSchema;

use super::parameters::language_of;
use crate::cache::{Policy, answer};
use crate::error::{PageError, RETRY_SECONDS, reference};
use crate::locale;
use crate::state::Site;
use crate::urls;

/// The content type of a problem.
const PROBLEM: &str = "application/problem+json";

/// Why a program gets no answer.
#[derive(Clone, Debug)]
pub(crate) enum ApiError {
    /// What goes wrong on pages too.
    Page(PageError),
    /// A parameter has no such value.
    Parameter {
        /// Its name.
        name: String,
        /// The values it can have, in a few words that are the same in every language.
        expected: String,
    },
    /// There is no such parameter here.
    Unknown {
        /// Its name.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// A kind of problem: its word in addresses, its status, the key of its title.
type ProblemKind = (&'static str, u16, &'static str);

const PARAMETER: ProblemKind = ("parameter", 400, "error.bad_request");
const REQUEST: ProblemKind = ("request", 400, "error.bad_request");
const NOT_FOUND: ProblemKind = ("not-found", 404, "api.not_found");
const METHOD: ProblemKind = ("method", 405, "error.method");
const GONE: ProblemKind = ("gone", 410, "api.gone");
const INTERNAL: ProblemKind = ("internal", 500, "error.internal");
const BUSY: ProblemKind = ("busy", 503, "error.busy");

/// All kinds.
pub(crate) const KINDS: [ProblemKind; 7] =
    [PARAMETER, REQUEST, NOT_FOUND, METHOD, GONE, INTERNAL, BUSY];

impl ApiError {
    const fn kind(&self) -> ProblemKind {
        match self {
            Self::Parameter { .. } | Self::Unknown { .. } => PARAMETER,
            Self::Page(PageError::NotFound) => NOT_FOUND,
            Self::Page(PageError::Gone) => GONE,
            // No door for programs asks who they are.
            Self::Page(
                PageError::BadRequest
                | PageError::SignIn
                | PageError::SecondFactor
                | PageError::SignInAgain
                | PageError::Foreign
                | PageError::TooLarge,
            ) => REQUEST,
            Self::Page(PageError::Method) => METHOD,
            Self::Page(PageError::Busy) => BUSY,
            Self::Page(PageError::Internal(_)) => INTERNAL,
        }
    }

    fn status(&self) -> StatusCode {
        let (_, status, _) = self.kind();
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A problem (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem it is: an address that never changes, with an explanation for people.
    #[schema(format = "uri")]
    r#type: String,
    /// The kind in a few words, in the language of `hl`.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What to do, in the language of `hl`.
    detail: String,
    /// The path that was asked for.
    instance: String,
    /// The parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// The number by which a report and the log of the site find each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
}

impl<E: Into<PageError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self::Page(error.into())
    }
}

impl IntoResponse for ApiError {
    /// The bare status; [`faces`] says more.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.headers_mut().remove(CONTENT_TYPE);
        response.extensions_mut().insert(self);
        response
    }
}

/// Whether an address is one for programs.
pub(crate) fn is_for_programs(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}

/// Gives every error under `/api` its problem details, and lets pages of other sites read the answers:
/// nothing here depends on who asks.
pub(crate) async fn faces(site: &Site, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    let of_page = response.extensions_mut().remove::<PageError>().map(ApiError::Page);
    let error = response.extensions_mut().remove::<ApiError>().or(of_page);
    let status = response.status();
    let is_faceless = status.as_u16() >= 400 && !response.headers().contains_key(CONTENT_TYPE);
    let error = error.or_else(|| is_faceless.then(|| ApiError::Page(PageError::of_status(status))));
    if let Some(error) = error {
        let allow = response.headers_mut().remove(ALLOW);
        response = face(site, &uri, &error);
        if let Some(allow) = allow {
            response.headers_mut().insert(ALLOW, allow);
        }
    }
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static("ETag, Link, Retry-After");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

fn face(site: &Site, uri: &Uri, error: &ApiError) -> Response {
    let language = language_of(uri.query().unwrap_or_default());
    let problem = problem(site, uri, language, error);
    let text = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = answer(error.status(), PROBLEM, Policy::Never, text);
    if matches!(error, ApiError::Page(PageError::Busy)) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
    }
    response
}

fn problem(site: &Site, uri: &Uri, language: Language, error: &ApiError) -> Problem {
    let locale = locale::of(language);
    let (kind, status, title) = error.kind();
    let (mut parameter, mut number) = (None, None);
    let detail = match error {
        ApiError::Parameter { name, expected } => {
            parameter = Some(name.clone());
            locale.plain("api.wrong_parameter", &[("parameter", name), ("expected", expected)])
        }
        ApiError::Unknown { name, known } => {
            parameter = Some(name.clone());
            locale.plain("api.unknown_parameter", &[("parameter", name), ("known", known)])
        }
        ApiError::Page(PageError::NotFound) => locale.say("api.not_found_about").to_owned(),
        ApiError::Page(PageError::Gone) => locale.say("error.gone_about").to_owned(),
        ApiError::Page(
            PageError::BadRequest
            | PageError::SignIn
            | PageError::SecondFactor
            | PageError::SignInAgain
            | PageError::Foreign
            | PageError::TooLarge,
        ) => locale.say("error.bad_request_about").to_owned(),
        ApiError::Page(PageError::Method) => locale.say("error.method_about").to_owned(),
        ApiError::Page(PageError::Busy) => {
            locale.plain("error.busy_about", &[("seconds", &RETRY_SECONDS.to_string())])
        }
        ApiError::Page(PageError::Internal(causes)) => {
            let own = number.insert(reference(site));
            tracing::error!(
                error.number = %own,
                error.causes = %causes,
                http.path = %uri.path(),
                "an answer for a program failed"
            );
            locale.plain("error.internal_about", &[("number", own)])
        }
    };
    Problem {
        r#type: format!("{}#problem-{kind}", site.absolute(&urls::api(Language::En))),
        title: locale.say(title).to_owned(),
        status,
        detail,
        instance: uri.path().to_owned(),
        parameter,
        number,
    }
}
