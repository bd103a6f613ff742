//! Signing in elsewhere: the way to a provider, the way back, and connecting an account with it.
//!
//! What must come back the same is derived from one word in a cookie (see
//! [`observatory_identity::providers`]): nothing is kept here while somebody is away, and whoever is sent
//! here with the answer of somebody else is not let in.

use axum::Extension;
use axum::extract::State;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use observatory_identity::providers::{Proved, Provider, ProviderError, state};
use observatory_model::Language;
use observatory_model::alert::Token;
use observatory_model::identifier::{Identifier, Scheme};
use observatory_store::{Named, SessionPlace};
use serde::{Deserialize, Serialize};

use crate::cache::{Policy, redirect};
use crate::desk::forms::Form;
use crate::desk::notice::Notice;
use crate::desk::proof::{Try, may_try, network, token};
use crate::desk::sign_in::{crowded, end_old, go_on, next_of};
use crate::error::PageError;
use crate::html::Html;
use crate::questions::Peer;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::{self, Visitor, cookie_of};

/// Keeps the word of somebody who is on the way to a provider, and afterwards the one by which the answer
/// of the provider is found.
const COOKIE_NAME: &str = "__Host-elsewhere";

/// Seconds for which somebody may be away, and then may take to sign in here as well.
const COOKIE_SECONDS: i64 = 1800;

/// Whom a provider has named, kept until they say which account is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    issuer: String,
    subject: String,
    /// By what the connection will be known.
    pub(crate) label: String,
    orcid: Option<String>,
}

impl Waiting {
    fn of(provider: &Provider, proved: &Proved) -> Self {
        let settings = provider.settings();
        let orcid = Identifier::parse(&proved.subject)
            .filter(|found| settings.proves_orcid && found.scheme == Scheme::Orcid)
            .map(|found| found.value);
        let who =
            if orcid.is_some() || proved.name.is_empty() { &proved.subject } else { &proved.name };
        Self {
            issuer: proved.issuer.clone(),
            subject: proved.subject.clone(),
            label: format!("{} · {who}", settings.name),
            orcid,
        }
    }

    fn named(&self) -> Named<'_> {
        Named {
            issuer: &self.issuer,
            subject: &self.subject,
            label: &self.label,
            orcid: self.orcid.as_deref(),
        }
    }
}

/// What the cookie keeps while somebody is away.
struct Away {
    secret: String,
    code: String,
    language: Language,
    next: Option<String>,
}

impl Away {
    fn written(&self) -> String {
        let next = self.next.as_deref().unwrap_or_default();
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        format!("{}.{}.{}.{next}", self.secret, self.code, self.language)
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        let value = cookie_of(headers, COOKIE_NAME)?;
        let mut parts = value.splitn(4, '.');
        let secret = parts.next()?.parse::<Token>().ok()?.to_string();
        let (code, language) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        let next = format!("next={}", parts.next()?);
        let next = url::form_urlencoded::parse(next.as_bytes()).next().map(|(_, next)| next);
        Some(Self { secret, code, language, next: next_of(next.as_deref()) })
    }
}

/// `/{lang}/sign-in/with/{provider}?next=…`: leads there.
pub(crate) async fn begin(
    State(site): State<Site>,
    reader: Reader,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let code: String = reader.part(2)?;
    let (provider, courier) = site.provider(&code).ok_or(PageError::NotFound)?;
    let from = network(&site, peer.as_ref(), &headers);
    if !may_try(&site, from, &format!("elsewhere:{from}"), Try::Passkey).await? {
        return crowded(&site, &reader);
    }
    let next = next_of(reader.parameter("next").as_deref());
    let away = Away { secret: token()?.to_string(), code, language: reader.language, next };
    match provider.begin(courier, &away.secret).await {
        Ok(address) => {
            let mut response = redirect(StatusCode::SEE_OTHER, &address, Policy::Never);
            keep(&mut response, &away.written(), COOKIE_SECONDS);
            Ok(response)
        }
        Err(error) => {
            tracing::warn!(provider = away.code, error = %error, "nobody can sign in there");
            let t = reader.locale;
            let name = Html::isolated(&provider.settings().name);
            let about = vec![t.fill("elsewhere.down_about", &[("provider", name)])];
            let back = urls::sign_in(reader.language, "");
            let ways = vec![Html::link(&back, t.say("signin.title"))];
            let notice = Notice { heading: t.say("elsewhere.down"), about, ways };
            notice.answer(&site, &reader, StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// `/sign-in/back/{provider}?code=…&state=…`: somebody comes back. The one address that the provider knows
/// is the same in all languages.
pub(crate) async fn back(
    State(site): State<Site>,
    visitor: Visitor,
    peer: Option<Extension<Peer>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let code = uri.path().rsplit('/').next().unwrap_or_default();
    let (provider, _) = site.provider(code).ok_or(PageError::NotFound)?;
    let away = Away::read(&headers).filter(|away| away.code == code);
    let reader = Reader::guess(&uri, &headers);
    let language = away.as_ref().map_or(reader.language, |away| away.language);
    let next = away.as_ref().and_then(|away| away.next.clone());
    let proved = match away {
        Some(away) => proved(&site, &away, &uri).await,
        None => Err(ProviderError::Unproved("it was begun in another browser".to_owned())),
    };
    let proved = match proved {
        Ok(proved) => proved,
        Err(error) => {
            tracing::info!(provider = code, error = %error, "nobody was signed in by a provider");
            let to = urls::sign_in_elsewhere(language, "failed", code);
            let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
            keep(&mut response, "", 0);
            return Ok(response);
        }
    };
    let waiting = Waiting::of(provider, &proved);
    let word = token()?;
    let from = network(&site, peer.as_ref(), &headers).to_string();
    let browser = visitor::browser(&headers);
    let place = SessionPlace { network: &from, browser: &browser };
    let (named, mail) = (waiting.named(), proved.mail.as_ref());
    let known =
        site.store().sign_in_named(&named, mail, (word, place), language, site.now()).await?;
    if let Some(person) = known {
        end_old(&site, &visitor).await?;
        let mut response = go_on(language, &person, word, next);
        keep(&mut response, "", 0);
        return Ok(response);
    }
    let key = token()?;
    let body = serde_json::to_string(&waiting).map_err(|error| PageError::internal(&error))?;
    site.store().put_question(key, None, &body, site.now()).await?;
    let to = if visitor.person().is_some() {
        urls::account(language)
    } else {
        urls::sign_in_elsewhere(language, "unknown", code)
    };
    let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
    keep(&mut response, &key.to_string(), COOKIE_SECONDS);
    Ok(response)
}

/// Whom the provider names, when the answer is the one to the question that was put.
async fn proved(site: &Site, away: &Away, uri: &Uri) -> Result<Proved, ProviderError> {
    let said = |name: &str| {
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    let unproved = |why: &str| ProviderError::Unproved(why.to_owned());
    let (provider, courier) = site.provider(&away.code).ok_or_else(|| unproved("it is gone"))?;
    if said("state") != Some(state(&away.secret)) {
        return Err(unproved("it answers another question"));
    }
    // Where a provider says who it is, it is the one that was asked (RFC 9207 §2.4).
    if said("iss").is_some_and(|issuer| issuer != provider.settings().issuer) {
        return Err(unproved("another provider answers"));
    }
    if let Some(error) = said("error") {
        return Err(ProviderError::Unproved(error.chars().take(100).collect()));
    }
    let code = said("code").ok_or_else(|| unproved("there is no code"))?;
    provider.finish(courier, &away.secret, &code, site.now()).await
}

/// Whom a provider has named in this browser a while ago, and who has no account yet.
pub(crate) async fn waiting(
    site: &Site,
    headers: &HeaderMap,
) -> Result<Option<(Token, Waiting)>, PageError> {
    let key = cookie_of(headers, COOKIE_NAME).and_then(|value| value.parse::<Token>().ok());
    let Some(key) = key else { return Ok(None) };
    let Some((None, body)) = site.store().question(key, site.now()).await? else {
        return Ok(None);
    };
    Ok(serde_json::from_str(&body).ok().map(|waiting| (key, waiting)))
}

/// `POST /{lang}/desk/account/connect`: that is me.
pub(crate) async fn connect(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    headers: HeaderMap,
    _: Form,
) -> Result<Response, PageError> {
    let (person, session) = visitor.signed_in()?;
    if !visitor::is_fresh(session, site.now()) {
        // A new way in is given by whoever has just shown who they are; the provider's word waits.
        return Err(PageError::SignInAgain);
    }
    let account = urls::account(reader.language);
    let Some((key, waiting)) = waiting(&site, &headers).await? else {
        return Ok(redirect(StatusCode::SEE_OTHER, &account, Policy::Never));
    };
    site.store().take_question(key).await?;
    let done = site.store().connect(person.id, &waiting.named(), site.now()).await?;
    let to = format!("{account}?{}=yes", if done { "saved" } else { "taken" });
    let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
    keep(&mut response, "", 0);
    Ok(response)
}

/// `POST /{lang}/desk/account/disconnect`
pub(crate) async fn disconnect(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let (person, _) = visitor.signed_in()?;
    let (issuer, subject) = (form.get("issuer"), form.get("subject"));
    site.store().disconnect(person.id, &issuer, &subject, site.now()).await?;
    let to = urls::account(reader.language);
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}

fn keep(response: &mut Response, value: &str, seconds: i64) {
    let cookie =
        format!("{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
