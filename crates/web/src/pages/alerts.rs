//! A search is saved as an alert, or trends are watched: the form, and the mail that asks.

pub(crate) mod confirm;
pub(crate) mod manage;
mod name;
pub(crate) mod trends;

use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_model::alert::{About, Alert, Cadence, Name, Token, TrendWatch};
use observatory_model::asked::Asked;
use observatory_model::mail::MailAddress;
use observatory_model::search::Order;
use observatory_model::{AlertId, MailId};

use crate::cache::{Policy, answer, redirect};
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::locale::Locale;
use crate::origin;
use crate::pages::{HTML, show};
use crate::questions::{Network, Peer};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// An address that shows how one is written.
const EXAMPLE: &str = "name@example.org";

/// Longest typed address that is shown again, in characters.
const MAX_TYPED: usize = 320;

#[derive(Template)]
#[template(path = "pages/alert.html")]
struct AlertPage {
    c: Chrome,
    action: String,
    about: &'static str,
    name: String,
    mail: String,
    choices: Vec<Choice>,
    mail_wrong: Option<Html>,
    cadence_wrong: bool,
}

/// A page that says what happened, and where to go on.
#[derive(Template)]
#[template(path = "pages/alert-notice.html")]
struct NoticePage {
    c: Chrome,
    heading: String,
    name: Option<String>,
    about: Vec<Html>,
    ways: Vec<Html>,
}

/// A cadence to choose.
struct Choice {
    code: &'static str,
    label: String,
    chosen: bool,
}

/// What an alert is wanted of.
pub(crate) struct Wanted {
    asked: Asked,
    trends: Option<TrendWatch>,
    name: Name,
    /// Where its form is sent.
    action: String,
}

impl Wanted {
    /// The search that the address holds.
    async fn search(site: &Site, reader: &Reader) -> Result<Self, PageError> {
        let asked = search_of(reader);
        let name = name::of(site, reader, &asked).await?;
        let action = urls::new_alert(reader.language, &asked.query());
        Ok(Self { asked, trends: None, name, action })
    }
}

/// What was typed.
#[derive(Debug, Default)]
struct Fields {
    mail: String,
    cadence: Option<Cadence>,
}

impl Fields {
    fn read(body: &[u8]) -> Self {
        let mut fields = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match &*name {
                "mail" => fields.mail = value.trim().chars().take(MAX_TYPED).collect(),
                "cadence" => fields.cadence = value.parse().ok(),
                _ => {}
            }
        }
        fields
    }
}

/// `/{lang}/alerts/new?…`, with the query string of the search.
pub(crate) async fn new(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    form(&site, &reader, &Wanted::search(&site, &reader).await?)
}

/// The form, as it stands before anything is typed.
fn form(site: &Site, reader: &Reader, wanted: &Wanted) -> Result<Response, PageError> {
    let fields = Fields { mail: String::new(), cadence: Some(Cadence::Daily) };
    show(&page(site, reader, wanted, &fields, false), Policy::Search)
}

/// The form is sent. What is answered is the same for every address, whatever is known of it.
pub(crate) async fn ask(
    State(site): State<Site>,
    reader: Reader,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, PageError> {
    let wanted = Wanted::search(&site, &reader).await?;
    ask_for(&site, &reader, wanted, peer.map(|Extension(peer)| peer), &headers, body).await
}

/// Asks the address that was typed whether it wants this alert.
async fn ask_for(
    site: &Site,
    reader: &Reader,
    wanted: Wanted,
    peer: Option<Peer>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, PageError> {
    let (now, settings) = (site.now(), site.settings());
    if !origin::is_own(headers, &settings.public_origin) {
        return foreign(site, reader);
    }
    let fields = Fields::read(&body.map_err(|error| PageError::internal(&error))?);
    let (Ok(mail), Some(cadence)) = (fields.mail.parse::<MailAddress>(), fields.cadence) else {
        let page = page(site, reader, &wanted, &fields, true);
        let policy = Policy::Never;
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, HTML, policy, page.render()?));
    };
    let network = Network::of(peer, headers, &settings.proxies);
    if !site.questions().may_ask(network, now) {
        let t = reader.locale;
        let notice = Notice {
            heading: t.say("alerts.crowded"),
            about: vec![t.say("alerts.crowded_about").into()],
        };
        return notice.answer(site, reader, StatusCode::TOO_MANY_REQUESTS, None, Vec::new());
    }
    let Wanted { asked, trends, name, .. } = wanted;
    let alert = Alert {
        id: AlertId::new(now),
        asked,
        trends,
        name,
        mail,
        language: reader.language,
        cadence,
        created: now,
        confirmed: None,
    };
    let (question, key) = (token()?, token()?);
    let letter = site.letters().question(MailId::new(now), &alert, question, now);
    let letter = letter.map_err(|error| PageError::internal(&error))?;
    site.store().ask_alert(&alert, question, key, &letter, now).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &urls::alert_asked(reader.language), Policy::Never))
}

/// `/{lang}/alerts/sent`
pub(crate) async fn sent(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let t = reader.locale;
    let none = t.plain("alerts.sent_none", &limits());
    let about = vec![t.say("alerts.sent_about").into(), Html::text(&none)];
    let notice = Notice { heading: t.say("alerts.sent"), about };
    notice.answer(&site, &reader, StatusCode::OK, None, Vec::new())
}

/// The limits of an address, for sentences.
fn limits() -> [(&'static str, &'static str); 2] {
    // Held to the numbers by a test.
    [("most", "20"), ("often", "5")]
}

/// The search that the address holds, as an alert keeps it: without page and order.
fn search_of(reader: &Reader) -> Asked {
    Asked { order: Order::Best, page: 1, ..Asked::parse(&reader.query) }
}

fn page(
    site: &Site,
    reader: &Reader,
    wanted: &Wanted,
    fields: &Fields,
    is_sent: bool,
) -> AlertPage {
    let t = reader.locale;
    let is_wrong = is_sent && fields.mail.parse::<MailAddress>().is_err();
    let example = Html::isolated(EXAMPLE);
    let mail_wrong = is_wrong.then(|| t.fill("alerts.mail_wrong", &[("example", example)]));
    let cadence_wrong = is_sent && fields.cadence.is_none();
    let title = t.say("alerts.title");
    let heading = if is_wrong || cadence_wrong {
        format!("{} – {title}", t.say("alerts.problems"))
    } else {
        title.to_owned()
    };
    AlertPage {
        c: Chrome::new(site, reader, &heading).unlisted(),
        action: wanted.action.clone(),
        about: match &wanted.trends {
            None => t.sentence("alerts.about"),
            Some(TrendWatch { about: About::Trend(_), .. }) => t.sentence("alerts.about_trend"),
            Some(_) => t.sentence("alerts.about_trends"),
        },
        name: wanted.name.as_str().to_owned(),
        mail: fields.mail.clone(),
        choices: choices(t, fields.cadence),
        mail_wrong,
        cadence_wrong,
    }
}

/// Where what an alert watches is seen, and the words of the link.
fn seen_at(reader: &Reader, alert: &Alert) -> (String, &'static str) {
    match &alert.trends {
        None => {
            let search = urls::search(reader.language, &alert.asked.query());
            (search, reader.locale.sentence("alerts.see"))
        }
        Some(TrendWatch { about: About::Trend(trend), .. }) => {
            (urls::trend(reader.language, trend), reader.locale.sentence("alerts.see_trends"))
        }
        Some(_) => (urls::trends(reader.language), reader.locale.sentence("alerts.see_trends")),
    }
}

fn choices(t: &Locale, chosen: Option<Cadence>) -> Vec<Choice> {
    let choice = |cadence: Cadence| Choice {
        code: cadence.code(),
        label: cadence_label(t, cadence).to_owned(),
        chosen: chosen == Some(cadence),
    };
    Cadence::ALL.map(choice).into()
}

fn cadence_label(t: &Locale, cadence: Cadence) -> &str {
    match cadence {
        Cadence::Once => t.say("alerts.once"),
        Cadence::Daily => t.say("alerts.daily"),
        Cadence::Weekly => t.say("alerts.weekly"),
    }
}

/// A form of another site.
fn foreign(site: &Site, reader: &Reader) -> Result<Response, PageError> {
    let t = reader.locale;
    let about = vec![t.say("alerts.foreign_about").into()];
    let notice = Notice { heading: t.say("alerts.foreign"), about };
    notice.answer(site, reader, StatusCode::FORBIDDEN, None, Vec::new())
}

/// What happened, in a heading and sentences.
struct Notice<'a> {
    heading: &'a str,
    about: Vec<Html>,
}

impl Notice<'_> {
    /// The page that says so; of an alert, with its name and the ways on from it.
    fn answer(
        self,
        site: &Site,
        reader: &Reader,
        status: StatusCode,
        alert: Option<&Alert>,
        mut ways: Vec<Html>,
    ) -> Result<Response, PageError> {
        let t = reader.locale;
        ways.push(alert.map_or_else(
            || Html::link(&urls::search(reader.language, ""), t.say("alerts.ask_again")),
            |alert| {
                let (href, words) = seen_at(reader, alert);
                Html::link(&href, words)
            },
        ));
        let page = NoticePage {
            c: Chrome::new(site, reader, self.heading).unlisted(),
            heading: self.heading.to_owned(),
            name: alert.map(|alert| alert.name.as_str().to_owned()),
            about: self.about,
            ways,
        };
        Ok(answer(status, HTML, Policy::Never, page.render()?))
    }
}

/// The page of a link that leads nowhere any more.
fn unknown(site: &Site, reader: &Reader) -> Result<Response, PageError> {
    let t = reader.locale;
    let about = vec![t.say("alerts.unknown_about").into()];
    let notice = Notice { heading: t.say("alerts.unknown"), about };
    notice.answer(site, reader, StatusCode::NOT_FOUND, None, Vec::new())
}

/// A word that nobody can guess.
fn token() -> Result<Token, PageError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| PageError::internal(&error))?;
    Ok(Token::new(random))
}

/// The word in the address of a page.
fn key(reader: &Reader) -> Option<Token> {
    reader.parameter("key")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use observatory_model::alert::{MOST_ALERTS_PER_ADDRESS, QUESTIONS_PER_HOUR};

    use super::*;

    #[test]
    fn sentences_name_the_limits_that_hold() {
        let held = [MOST_ALERTS_PER_ADDRESS, QUESTIONS_PER_HOUR].map(|limit| limit.to_string());
        assert_eq!(limits().map(|(_, text)| text.to_owned()), held);
    }
}
