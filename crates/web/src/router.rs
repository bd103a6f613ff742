//! Every address and the page behind it, and what every request passes on its way.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::{RequestBodyDeadlineLayer, TimeoutLayer};

use crate::assets::{DESK_SCRIPT_PATH, SEARCH_SCRIPT_PATH, SOURCE_SCRIPT_PATH};
use crate::cache::{Policy, conditional, redirect};
use crate::desk::{
    account, acts, codes, edit, elsewhere, file, log as desk_log, mails, members, passkeys, people,
    piece, piece_reviews, queue, reviewing, rights, saves, sign_in, start, submit,
};
use crate::error::{PageError, faces};
use crate::headers::secure;
use crate::limits::refuse;
use crate::machine::{
    api, feeds, files, health, opensearch, suggest, tables, trends as files_of_trends, websub,
};
use crate::pages::alerts::{self, confirm, manage, trends as watch};
use crate::pages::{
    self, about, authors, brief, choice, entry, handed_in, home, paper, related, search, series,
    source, sources, trends,
};
use crate::reader::Reader;
use crate::settings::Settings;
use crate::state::Site;

/// The quality of the compression. Of Brotli's levels 6 is the last that takes a few milliseconds for
/// the longest piece: 7 takes three times as long for one per cent, and 11 thirty times for a tenth.
const QUALITY: CompressionLevel = CompressionLevel::Precise(6);

/// The whole site.
pub fn router(site: Site) -> Router {
    let settings = site.settings().clone();
    // What is read and sent in small forms; what is typed and handed in has limits of its own.
    let open = Router::new()
        .merge(pages())
        .merge(machines())
        .merge(api::routes())
        .fallback(elsewhere)
        .layer(DefaultBodyLimit::max(settings.max_body_bytes))
        .layer(RequestBodyLimitLayer::new(settings.max_body_bytes))
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(settings.body_timeout_seconds)))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(settings.response_timeout_seconds),
        ));
    // From the inside out: the limit of time, panics, refused addresses, the faces of errors, tags,
    // compression, headers, and around all of it one line in the log.
    open.merge(desk(&settings))
        .merge(uploads(&settings))
        .merge(hubs(&settings))
        .with_state(site.clone())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(refuse))
        .layer(from_fn_with_state(site.clone(), faces))
        .layer(from_fn(conditional))
        .layer(CompressionLayer::new().quality(QUALITY))
        .layer(from_fn(secure))
        .layer(from_fn_with_state(site, log))
}

/// Longest form of the desk, in bytes: the longest text, of which each byte may be sent as three, and the
/// answers beside it.
const MAX_FORM_BYTES: usize = 3 * observatory_model::submission::MAX_TEXT_BYTES + 256 * 1024;

/// Longest file with what a form wraps around it, in bytes.
const MAX_UPLOAD_BYTES: usize = 51 * 1024 * 1024;

/// Seconds in which a file sent whole must be here: 50 MB over a line of 256 kbit/s. Over slower ones
/// the script sends it in parts.
const UPLOAD_SECONDS: u64 = 1800;

/// What is behind sign-in, and leads there.
fn desk(settings: &Settings) -> Router<Site> {
    Router::new()
        .route("/{lang}/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/{lang}/sign-in/sent", get(sign_in::sent))
        .route("/{lang}/sign-in/link", get(sign_in::show_link).post(sign_in::use_link))
        .route("/{lang}/sign-in/code", get(codes::form).post(codes::check))
        .route("/{lang}/sign-in/passkey", post(passkeys::sign_in))
        .route("/{lang}/sign-in/passkey/ask", post(passkeys::ask_anybody))
        .route("/{lang}/sign-in/with/{provider}", get(elsewhere::begin))
        .route("/sign-in/back/{provider}", get(elsewhere::back))
        .route("/{lang}/sign-out", post(sign_in::sign_out))
        .route("/{lang}/about/rights", get(rights::rights))
        .route("/{lang}/submit", get(submit::form).post(submit::begin))
        .route("/{lang}/desk", get(start::start))
        .route("/{lang}/desk/account", get(account::account).post(account::describe))
        .route("/{lang}/desk/account/password", post(account::choose_password))
        .route("/{lang}/desk/account/passkeys", post(passkeys::keep_new))
        .route("/{lang}/desk/account/passkeys/ask", post(passkeys::ask_new))
        .route("/{lang}/desk/account/passkeys/remove", post(passkeys::remove))
        .route("/{lang}/desk/account/end", post(account::end))
        .route("/{lang}/desk/account/connect", post(elsewhere::connect))
        .route("/{lang}/desk/account/disconnect", post(elsewhere::disconnect))
        .route("/{lang}/desk/members", get(members::members))
        .route("/{lang}/desk/queue", get(queue::queue).post(queue::decide))
        .route("/{lang}/desk/people", get(people::people).post(people::change))
        .route("/{lang}/desk/domains", post(people::change_domain))
        .route("/{lang}/desk/mails", get(mails::mails))
        .route("/{lang}/desk/log", get(desk_log::log))
        .route("/{lang}/desk/pieces/{id}", get(piece::piece))
        .route("/{lang}/desk/pieces/{id}/edit/{step}", get(edit::edit).post(edit::keep))
        .route("/{lang}/desk/pieces/{id}/save", post(saves::save))
        .route("/{lang}/desk/pieces/{id}/saves", get(saves::saves).post(saves::settle))
        .route("/{lang}/desk/pieces/{id}/reviews.csv", get(piece_reviews::csv))
        .route("/{lang}/desk/pieces/{id}/reviews.json", get(piece_reviews::json))
        .route("/{lang}/desk/pieces/{id}/{act}", post(acts::act))
        .route("/{lang}/review", get(reviewing::review).post(reviewing::act))
        .route("/{lang}/review/file", get(reviewing::file))
        .route("/{lang}/review/deadline.ics", get(reviewing::calendar))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(RequestBodyLimitLayer::new(MAX_FORM_BYTES))
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(settings.body_timeout_seconds)))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(settings.response_timeout_seconds),
        ))
}

/// Where files come in.
fn uploads(settings: &Settings) -> Router<Site> {
    let seconds = UPLOAD_SECONDS.max(settings.body_timeout_seconds);
    Router::new()
        .route(
            "/{lang}/desk/pieces/{id}/file",
            get(file::give).post(file::take).put(file::take_part),
        )
        .layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES))
        .layer(RequestBodyLimitLayer::new(MAX_UPLOAD_BYTES))
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(seconds)))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(seconds + settings.response_timeout_seconds),
        ))
}

/// Where hubs reach us. What they send is as long as a feed, is read piece by piece, and has a limit of its
/// own.
fn hubs(settings: &Settings) -> Router<Site> {
    Router::new()
        .route("/websub/{callback}", get(websub::verify).post(websub::take))
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(settings.body_timeout_seconds)))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(settings.response_timeout_seconds),
        ))
}

fn pages() -> Router<Site> {
    Router::new()
        .route("/", get(choice::choice))
        .route("/{lang}/", get(home::home))
        .route("/{lang}/search", get(search::search))
        .route("/{lang}/related", get(related::related))
        .route("/{lang}/about", get(about::about))
        .route("/{lang}/alerts/new", get(alerts::new).post(alerts::ask))
        .route("/{lang}/alerts/trends", get(watch::new).post(watch::ask))
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
        .route("/{lang}/radar/diff", get(trends::radar::compare::choose))
        .route("/{lang}/radar/diff/{pair}", get(trends::radar::compare::compare))
        .route("/{lang}/{series}", get(series::series))
        .route("/{lang}/{series}/{slug}", get(brief::brief))
        .route("/{lang}/{series}/{slug}/{version}", get(handed_in::version))
        .route("/{lang}/people/{orcid}", get(authors::author))
        .route("/{lang}/institutions/{ror}", get(authors::institution))
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
        .route(&DESK_SCRIPT_PATH, get(files::desk_script))
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

/// A path as the log has it: the word that only a hub knows is left out.
fn told_of(path: &str) -> &str {
    if path.starts_with(websub::FOLDER) { websub::FOLDER } else { path }
}

/// One line for each request: never the query string, since what people search for is their own
/// affair, nor anything of the reader.
async fn log(State(site): State<Site>, request: Request<Body>, next: Next) -> Response {
    let begun = site.now();
    let method: Method = request.method().clone();
    let language = Reader::guess(request.uri(), request.headers()).language;
    let path = told_of(request.uri().path()).to_owned();
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
