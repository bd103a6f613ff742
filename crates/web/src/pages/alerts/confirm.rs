//! An alert is confirmed: a link only shows what is asked, since mail programs open links by
//! themselves; a button turns it on.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_store::Confirming;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::origin;
use crate::pages::alerts::{Notice, cadence_label, foreign, key, limits, unknown};
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/alert-confirm.html")]
struct ConfirmPage {
    c: Chrome,
    action: String,
    name: String,
    to: Html,
    cadence: String,
}

/// `/{lang}/alerts/confirm?key=…`
pub(crate) async fn show_question(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let Some(question) = key(&reader) else { return unknown(&site, &reader) };
    let found = site.store().alert_in_question(question, site.now()).await?;
    let Some((alert, _)) = found else { return unknown(&site, &reader) };
    let t = reader.locale;
    let page = ConfirmPage {
        c: Chrome::new(&site, &reader, t.say("alerts.confirm")).unlisted(),
        action: urls::confirm_alert(reader.language, question),
        name: alert.name.as_str().to_owned(),
        to: t.fill("alerts.to", &[("mail", Html::isolated(alert.mail.as_str()))]),
        cadence: cadence_label(t, alert.cadence).to_owned(),
    };
    show(&page, Policy::Never)
}

/// The button was pressed.
pub(crate) async fn confirm(
    State(site): State<Site>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if !origin::is_own(&headers, &site.settings().public_origin) {
        return foreign(&site, &reader);
    }
    let Some(question) = key(&reader) else { return unknown(&site, &reader) };
    let t = reader.locale;
    match site.store().confirm_alert(question, site.now()).await? {
        Confirming::Done(alert, key) => {
            let manage = urls::manage_alert(reader.language, key);
            let ways = vec![Html::link(&manage, t.say("alerts.see_manage"))];
            let about = vec![t.say("alerts.on_about").into()];
            let notice = Notice { heading: t.say("alerts.on"), about };
            notice.answer(&site, &reader, StatusCode::OK, Some(&*alert), ways)
        }
        Confirming::Unknown => unknown(&site, &reader),
        Confirming::TooMany => {
            let heading = t.plain("alerts.full", &limits());
            let about = vec![t.say("alerts.full_about").into()];
            let notice = Notice { heading: &heading, about };
            notice.answer(&site, &reader, StatusCode::CONFLICT, None, Vec::new())
        }
    }
}
