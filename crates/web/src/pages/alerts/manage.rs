//! An alert is managed by whoever has the word that stands in its mails: changed, or ended.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_model::alert::{Alert, Token};

use crate::cache::{Policy, redirect};
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::origin;
use crate::pages::alerts::{Choice, Fields, Notice, choices, foreign, key, seen_at, unknown};
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Behind the address of a page that was just changed.
const CHANGED: &str = "&changed=yes";

#[derive(Template)]
#[template(path = "pages/alert-manage.html")]
struct ManagePage {
    c: Chrome,
    action: String,
    stop: String,
    name: String,
    search: String,
    to: Html,
    choices: Vec<Choice>,
    is_changed: bool,
}

/// `/{lang}/alerts/manage?key=…`, and what a browser shows at `/{lang}/alerts/stop?key=…`: opening a
/// page ends nothing.
pub(crate) async fn manage(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    match known(&site, &reader).await? {
        Some((alert, key)) => show(&page(&site, &reader, &alert, key), Policy::Never),
        None => unknown(&site, &reader),
    }
}

/// Another cadence was chosen.
pub(crate) async fn change(
    State(site): State<Site>,
    reader: Reader,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, PageError> {
    if !origin::is_own(&headers, &site.settings().public_origin) {
        return foreign(&site, &reader);
    }
    let fields = Fields::read(&body.map_err(|error| PageError::internal(&error))?);
    let Some((_, key)) = known(&site, &reader).await? else { return unknown(&site, &reader) };
    let Some(cadence) = fields.cadence else { return Err(PageError::BadRequest) };
    site.store().change_cadence(key, cadence, site.now()).await?;
    let page = format!("{}{CHANGED}", urls::manage_alert(reader.language, key));
    Ok(redirect(StatusCode::SEE_OTHER, &page, Policy::Never))
}

/// An alert is ended, from its page or by a mail program in one request (RFC 8058 §3.2). That comes
/// from no page and carries no origin: the word alone says that it may. Whether there was such an alert
/// makes no difference.
pub(crate) async fn stop(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    if let Some(key) = key(&reader) {
        site.store().end_alert(key).await?;
    }
    let t = reader.locale;
    let notice = Notice {
        heading: t.say("alerts.stopped"),
        about: vec![t.say("alerts.stopped_about").into()],
    };
    notice.answer(&site, &reader, StatusCode::OK, None, Vec::new())
}

async fn known(site: &Site, reader: &Reader) -> Result<Option<(Alert, Token)>, PageError> {
    let Some(key) = key(reader) else { return Ok(None) };
    Ok(site.store().managed_alert(key).await?.map(|alert| (alert, key)))
}

fn page(site: &Site, reader: &Reader, alert: &Alert, key: Token) -> ManagePage {
    let t = reader.locale;
    ManagePage {
        c: Chrome::new(site, reader, t.say("alerts.manage")).unlisted(),
        action: urls::manage_alert(reader.language, key),
        stop: urls::stop_alert(reader.language, key),
        name: alert.name.as_str().to_owned(),
        search: seen_at(reader, alert).0,
        to: t.fill("alerts.to", &[("mail", Html::isolated(alert.mail.as_str()))]),
        choices: choices(t, Some(alert.cadence)),
        is_changed: reader.parameter("changed").is_some(),
    }
}
