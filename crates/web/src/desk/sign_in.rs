//! Signing in: by a mailed link, or by a password; the answer is the same for every address.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_model::alert::Token;
use observatory_model::mail::{Letter, Letters as _, MailAddress, Topic};
use observatory_model::person::{Person, Strength};
use observatory_model::{Language, MailId, SubmissionId};
use observatory_store::{LINK_MINUTES, SessionPlace, SignIn};

use crate::assets::DESK_SCRIPT_PATH;
use crate::cache::{Policy, answer, redirect};
use crate::chrome::Chrome;
use crate::desk::forms::{Form, Wrong, of_field};
use crate::desk::notice::Notice;
use crate::desk::proof::{Try, is_password, may_try, network, token};
use crate::error::PageError;
use crate::html::Html;
use crate::pages::{HTML, show, show_with_script};
use crate::questions::Peer;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::{self, Visitor};

#[derive(Template)]
#[template(path = "desk/sign-in.html")]
struct SignInPage {
    c: Chrome,
    action: String,
    next: String,
    mail: String,
    passkey: Option<String>,
    /// Providers elsewhere, and where the way to each begins.
    providers: Vec<(String, Html)>,
    /// What came of the way to a provider.
    told: Option<Html>,
    wrongs: Vec<Wrong>,
}

impl SignInPage {
    fn wrong(&self, field: &str) -> Option<&Html> {
        of_field(&self.wrongs, field)
    }
}

#[derive(Template)]
#[template(path = "desk/sign-in-link.html")]
struct LinkPage {
    c: Chrome,
    action: String,
    to: Html,
    claims: bool,
}

/// `/{lang}/sign-in?next=…`
pub(crate) async fn form(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let next = next_of(reader.parameter("next").as_deref());
    if visitor.person().is_some() {
        let to = next.unwrap_or_else(|| urls::desk(reader.language));
        return Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never));
    }
    let mut page = page(&site, &reader, next.unwrap_or_default(), String::new(), Vec::new());
    page.c.script = Some(DESK_SCRIPT_PATH.as_str());
    show_with_script(&page, Policy::Never)
}

fn page(
    site: &Site,
    reader: &Reader,
    next: String,
    mail: String,
    wrongs: Vec<Wrong>,
) -> SignInPage {
    let t = reader.locale;
    let title = t.say("signin.title");
    let heading = if wrongs.is_empty() {
        title.to_owned()
    } else {
        format!("{} – {title}", t.say("alerts.problems"))
    };
    let action = urls::sign_in(reader.language, "");
    let providers = site.providers().map(|provider| {
        let settings = provider.settings();
        let words = t.fill("elsewhere.with", &[("provider", Html::isolated(&settings.name))]);
        (urls::sign_in_with(reader.language, &settings.code, &next), words)
    });
    SignInPage {
        providers: providers.collect(),
        told: told(site, reader),
        c: Chrome::new(site, reader, &heading).unlisted().desk(),
        action,
        next,
        mail,
        passkey: site.relying_party().map(|_| urls::sign_in_passkey(reader.language)),
        wrongs,
    }
}

/// What came of the way to a provider, where somebody comes back from one.
fn told(site: &Site, reader: &Reader) -> Option<Html> {
    let (key, code) = match (reader.parameter("failed"), reader.parameter("unknown")) {
        (Some(code), _) => ("elsewhere.failed", code),
        (None, Some(code)) => ("elsewhere.unknown", code),
        (None, None) => return None,
    };
    let (provider, _) = site.provider(&code)?;
    let name = Html::isolated(&provider.settings().name);
    Some(reader.locale.fill(key, &[("provider", name)]))
}

/// The form was sent.
pub(crate) async fn sign_in(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, PageError> {
    let t = reader.locale;
    let next = next_of(Some(&form.get("next")));
    let typed: String = form.line("mail").chars().take(320).collect();
    let Ok(mail) = typed.parse::<MailAddress>() else {
        let example = Html::isolated("name@example.org");
        let words = t.fill("alerts.mail_wrong", &[("example", example)]);
        let wrongs = vec![Wrong { field: "mail".to_owned(), words }];
        let page = page(&site, &reader, next.unwrap_or_default(), typed, wrongs);
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, HTML, Policy::Never, page.render()?));
    };
    let network = network(&site, peer.as_ref(), &headers);
    let password = form.get("password");
    let what = if password.is_empty() { Try::Link } else { Try::Password };
    if !may_try(&site, network, mail.as_str(), what).await? {
        return crowded(&site, &reader);
    }
    if password.is_empty() {
        mail_link(&site, &reader, mail, next.as_deref()).await?;
        let sent = urls::sign_in_sent(reader.language);
        return Ok(redirect(StatusCode::SEE_OTHER, &sent, Policy::Never));
    }
    let person = site.store().person_of_mail(&mail).await?;
    if !is_password(&site, person.as_ref(), password).await? {
        let words = Html::text(t.say("signin.password_wrong"));
        let wrongs = vec![Wrong { field: "password".to_owned(), words }];
        let page = page(&site, &reader, next.unwrap_or_default(), typed, wrongs);
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, HTML, Policy::Never, page.render()?));
    }
    let Some(person) = person else { return Err(PageError::NotFound) };
    let token = token()?;
    let strength = Strength::after_one_proof(&person.roles);
    let browser = visitor::browser(&headers);
    let network = network.to_string();
    let place = SessionPlace { network: &network, browser: &browser };
    end_old(&site, &visitor).await?;
    site.store().begin_session(token, &person, strength, place, site.now()).await?;
    Ok(go_on(reader.language, &person, token, next))
}

/// Keeps a link and the mail that carries it. The mail is the same whether there is an account or not:
/// who has none gets one by using it.
async fn mail_link(
    site: &Site,
    reader: &Reader,
    mail: MailAddress,
    next: Option<&str>,
) -> Result<(), PageError> {
    let (key, now) = (token()?, site.now());
    let letter = Letter {
        to: mail.clone(),
        language: reader.language,
        topic: Topic::SignIn { key, next: next.unwrap_or_default().to_owned() },
    };
    let letter = site.letters().write(MailId::new(now), &letter, now);
    let letter = letter.map_err(|error| PageError::internal(&error))?;
    let link = SignIn { mail, submission: None, created: now };
    site.store().mail_link(key, &link, &letter).await?;
    Ok(())
}

/// `/{lang}/sign-in/sent`
pub(crate) async fn sent(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let t = reader.locale;
    let minutes = LINK_MINUTES.to_string();
    let about = vec![
        Html::text(&t.plain("signin.sent_about", &[("minutes", &minutes)])),
        t.say("signin.sent_none").into(),
    ];
    let notice = Notice { heading: t.say("signin.sent"), about, ways: Vec::new() };
    notice.answer(&site, &reader, StatusCode::OK)
}

/// `/{lang}/sign-in/link?key=…` only shows whom it signs in: mail programs open links by themselves.
pub(crate) async fn show_link(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let found = match key(&reader) {
        Some(key) => site.store().link(key, site.now()).await?.map(|link| (key, link)),
        None => None,
    };
    let Some((key, link)) = found else { return over(&site, &reader) };
    let t = reader.locale;
    let next = next_of(reader.parameter("next").as_deref()).unwrap_or_default();
    let page = LinkPage {
        c: Chrome::new(&site, &reader, t.say("signin.title")).unlisted().desk(),
        action: urls::sign_in_link(reader.language, key, &next),
        to: t.fill("signin.as", &[("mail", Html::isolated(link.mail.as_str()))]),
        claims: link.submission.is_some(),
    };
    show(&page, Policy::Never)
}

/// The button was pressed.
pub(crate) async fn use_link(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    _: Form,
) -> Result<Response, PageError> {
    let Some(key) = key(&reader) else { return over(&site, &reader) };
    let session = token()?;
    let (network, browser) =
        (network(&site, peer.as_ref(), &headers).to_string(), visitor::browser(&headers));
    let place = SessionPlace { network: &network, browser: &browser };
    end_old(&site, &visitor).await?;
    let used = site.store().use_link(key, session, place, reader.language, site.now()).await?;
    let Some((person, submission)) = used else { return over(&site, &reader) };
    let next = next_of(reader.parameter("next").as_deref());
    let next = submission.map_or(next, |id: SubmissionId| Some(urls::piece(reader.language, id)));
    Ok(go_on(reader.language, &person, session, next))
}

/// A session ends where another begins in its place: its word is not known any more.
pub(crate) async fn end_old(site: &Site, visitor: &Visitor) -> Result<(), PageError> {
    if let Some(session) = visitor.session() {
        let person = session.person.as_ref().map(|person| person.id);
        site.store().end_session(session.id, person).await?;
    }
    Ok(())
}

/// Lets a person in who has given one proof, and leads on.
pub(crate) fn go_on(
    language: Language,
    person: &Person,
    token: Token,
    next: Option<String>,
) -> Response {
    let to = next.unwrap_or_else(|| urls::desk(language));
    let to = if person.roles.need_second_factor() { urls::sign_in_code(language, &to) } else { to };
    let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
    visitor::let_in(&mut response, token);
    response
}

/// `POST /{lang}/sign-out`
pub(crate) async fn sign_out(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    _: Form,
) -> Result<Response, PageError> {
    end_old(&site, &visitor).await?;
    let to = urls::home(reader.language);
    let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
    visitor::let_out(&mut response);
    Ok(response)
}

/// Too much was tried from here, or for this address.
pub(crate) fn crowded(site: &Site, reader: &Reader) -> Result<Response, PageError> {
    let t = reader.locale;
    let about = vec![t.say("signin.crowded_about").into()];
    let notice = Notice { heading: t.say("signin.crowded"), about, ways: Vec::new() };
    notice.answer(site, reader, StatusCode::TOO_MANY_REQUESTS)
}

/// The page of a link that leads nowhere any more.
fn over(site: &Site, reader: &Reader) -> Result<Response, PageError> {
    let t = reader.locale;
    let about = vec![t.say("signin.over_about").into()];
    let ways = vec![Html::link(&urls::sign_in(reader.language, ""), t.say("signin.again"))];
    let notice = Notice { heading: t.say("signin.over"), about, ways };
    notice.answer(site, reader, StatusCode::NOT_FOUND)
}

fn key(reader: &Reader) -> Option<Token> {
    reader.parameter("key")?.parse().ok()
}

/// Where somebody goes on after signing in: a page of the desk, nowhere else.
pub(crate) fn next_of(text: Option<&str>) -> Option<String> {
    let path = text?;
    let rest = path.get(3..)?;
    let is_ours = path.starts_with('/')
        && path.get(1..3)?.parse::<Language>().is_ok()
        && (rest == "/desk" || rest.starts_with("/desk/") || rest.starts_with("/desk?"));
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !path.contains("//")
        && path.split(['/', '?', '#']).all(|part| !is_way_up(part))
        && path.len() <= 512;
    (is_ours && is_plain).then(|| path.to_owned())
}

/// Whether browsers take a part of a path for a way up, however it is written (WHATWG URL §4.4).
fn is_way_up(part: &str) -> bool {
    matches!(part.to_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for right in ["/en/desk", "/ar/desk/queue?stage=review", "/zh/desk/pieces/x"] {
            assert_eq!(next_of(Some(right)).as_deref(), Some(right));
        }
        for wrong in [
            "",
            "/",
            "//evil.example/desk",
            "https://evil.example/en/desk",
            "/en/deskevil",
            "/en/desk//evil",
            "/en/desk/../sign-out",
            "/en/desk/.%2E/%2e./evil",
            "/en/desk\\evil",
            "/en/desk/\r\nSet-Cookie: a=b",
            "/de/desk",
            "/en/sign-out",
        ] {
            assert_eq!(next_of(Some(wrong)), None, "{wrong}");
        }
    }
}
