//! Every address and the page behind it, and what every request passes on its way.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::{RequestBodyDeadlineLayer, TimeoutLayer};

use crate::assets::{SEARCH_SCRIPT_PATH, SOURCE_SCRIPT_PATH};
use crate::cache::{Policy, conditional, redirect};
use crate::error::{PageError, faces};
use crate::headers::secure;
use crate::limits::refuse;
use crate::machine::{
    api, feeds, files, health, opensearch, suggest, tables, trends as files_of_trends,
};
use crate::pages::alerts::{self, confirm, manage};
use crate::pages::{
    self, about, brief, choice, entry, home, paper, related, search, series, source, sources,
    trends,
};
use crate::reader::Reader;
use crate::state::Site;

/// The quality of the compression. Of Brotli's levels 6 is the last that takes a few milliseconds for
/// the longest piece: 7 takes three times as long for one per cent, and 11 thirty times for a tenth.
const QUALITY: CompressionLevel = CompressionLevel::Precise(6);

/// The whole site.
pub fn router(site: Site) -> Router {
    let settings = site.settings().clone();
    // From the inside out: the limit of time, panics, refused addresses, the faces of errors, tags,
    // compression, headers, and around all of it one line in the log.
    Router::new()
        .merge(pages())
        .merge(machines())
        .merge(api::routes())
        .fallback(elsewhere)
        .with_state(site.clone())
        .layer(DefaultBodyLimit::max(settings.max_body_bytes))
        .layer(RequestBodyLimitLayer::new(settings.max_body_bytes))
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(settings.body_timeout_seconds)))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(settings.response_timeout_seconds),
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(refuse))
        .layer(from_fn_with_state(site.clone(), faces))
        .layer(from_fn(conditional))
        .layer(CompressionLayer::new().quality(QUALITY))
        .layer(from_fn(secure))
        .layer(from_fn_with_state(site, log))
}

fn pages() -> Router<Site> {
    Router::new()
        .route("/", get(choice::choice))
        .route("/{lang}/", get(home::home))
        .route("/{lang}/search", get(search::search))
        .route("/{lang}/related", get(related::related))
        .route("/{lang}/about", get(about::about))
        .route("/{lang}/alerts/new", get(alerts::new).post(alerts::ask))
        .route("/{lang}/alerts/sent", get(alerts::sent))
        .route("/{lang}/alerts/confirm", get(confirm::show_question).post(confirm::confirm))
        .route("/{lang}/alerts/manage", get(manage::manage).post(manage::change))
        .route("/{lang}/alerts/stop", get(manage::manage).post(manage::stop))
        .route("/{lang}/api", get(pages::api::api))
        .route("/{lang}/sources", get(sources::sources))
        .route("/{lang}/sources/{slug}", get(source::source))
        .route("/{lang}/sources/{slug}/events", get(source::events::events))
        .route("/{lang}/entries/{id}", get(entry::entry))
        .route("/{lang}/entries/{id}/pages/{number}", get(paper::part))
        .route("/{lang}/trends", get(trends::trends))
        .route("/{lang}/trends/{slug}", get(trends::one::trend))
        .route("/{lang}/radar", get(trends::radar::radar))
        .route("/{lang}/radar/{edition}", get(trends::radar::radar))
        .route("/{lang}/{series}", get(series::series))
        .route("/{lang}/{series}/{slug}", get(brief::brief))
}

fn machines() -> Router<Site> {
    Router::new()
        .route("/{lang}/feed.atom", get(feeds::of_all))
        .route("/{lang}/feed.rss", get(feeds::of_all))
        .route("/{lang}/feed.json", get(feeds::of_all))
        .route("/{lang}/search.atom", get(feeds::of_search))
        .route("/{lang}/search.rss", get(feeds::of_search))
        .route("/{lang}/search.json", get(feeds::of_search))
        .route("/{lang}/search.csv", get(tables::of_search))
        .route("/{lang}/trends.atom", get(files_of_trends::of_all))
        .route("/{lang}/trends.csv", get(files_of_trends::of_all))
        .route("/{lang}/trends.json", get(files_of_trends::of_all))
        .route("/{lang}/radar.svg", get(files_of_trends::of_present_radar))
        .route("/{lang}/radar.csv", get(files_of_trends::of_present_radar))
        .route("/{lang}/radar.json", get(files_of_trends::of_present_radar))
        .route("/{lang}/suggest", get(suggest::suggest))
        .route("/{lang}/suggest.json", get(api::suggest::for_browsers))
        .route("/robots.txt", get(files::robots))
        .route("/sitemap.xml", get(files::sitemap))
        .route("/opensearch.xml", get(opensearch::description))
        .route(files::SECURITY_TXT, get(files::security))
        .route("/icon.svg", get(files::icon))
        .route(&SEARCH_SCRIPT_PATH, get(files::search_script))
        .route(&SOURCE_SCRIPT_PATH, get(files::source_script))
        .route("/favicon.ico", get(files::favicon))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
}

/// Any other address: a slash too few or too many is put right, the rest is not here.
async fn elsewhere(request: Request) -> Result<Response, PageError> {
    let path = request.uri().path();
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let moved = |path: &str| {
        let target = format!("{path}{query}");
        Ok(redirect(StatusCode::PERMANENT_REDIRECT, &target, Policy::Moved))
    };
    let is_language = path
        .strip_prefix('/')
        .is_some_and(|word| word.parse::<observatory_model::Language>().is_ok());
    match path.strip_suffix('/') {
        _ if is_language => moved(&format!("{path}/")),
        Some(shorter) if shorter.len() > 3 && names_a_language(&request) => moved(shorter),
        _ => Err(PageError::NotFound),
    }
}

fn names_a_language(request: &Request) -> bool {
    let path = request.uri().path();
    path.get(1..3).is_some_and(|word| word.parse::<observatory_model::Language>().is_ok())
        && path.get(3..4) == Some("/")
}

#[expect(clippy::needless_pass_by_value, reason = "the layer gives the panic away")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()))
        .unwrap_or_default();
    PageError::Internal(format!("a handler panicked: {words}")).into_response()
}

/// One line for each request: never the query string, since what people search for is their own
/// affair, nor anything of the reader.
async fn log(State(site): State<Site>, request: Request<Body>, next: Next) -> Response {
    let begun = site.now();
    let method: Method = request.method().clone();
    let language = Reader::guess(request.uri(), request.headers()).language;
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    tracing::debug!(
        http.method = %method,
        http.path = %path,
        http.status = response.status().as_u16(),
        http.language = %language,
        duration_ms = site.now().millis() - begun.millis(),
        "answered a request"
    );
    response
}
