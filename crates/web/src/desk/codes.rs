//! The second proof: a one-time code of an app, or a recovery code; and setting the app up.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_identity::codes::{self, RecoveryCode, Secret};
use observatory_model::person::{Person, Strength};
use observatory_store::Session;

use crate::assets::DESK_SCRIPT_PATH;
use crate::cache::{Policy, answer, redirect};
use crate::chrome::Chrome;
use crate::desk::forms::{Form, Wrong, of_field};
use crate::desk::proof::{Try, may_try, network, token};
use crate::desk::sign_in::{crowded, next_of};
use crate::error::PageError;
use crate::html::Html;
use crate::pages::{HTML, show, show_with_script};
use crate::questions::Peer;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::{self, Visitor};

#[derive(Template)]
#[template(path = "desk/code.html")]
struct CodePage {
    c: Chrome,
    action: String,
    next: String,
    /// The secret in groups and as an address for the app, while it is being set up.
    set_up: Option<(String, String, String)>,
    /// Where a passkey is made instead.
    passkey: Option<String>,
    wrongs: Vec<Wrong>,
}

impl CodePage {
    fn wrong(&self, field: &str) -> Option<&Html> {
        of_field(&self.wrongs, field)
    }
}

#[derive(Template)]
#[template(path = "desk/recovery.html")]
struct RecoveryPage {
    c: Chrome,
    codes: Vec<String>,
    next: String,
}

/// Whoever has given one proof, or wants to set up a second.
fn owner(visitor: &Visitor) -> Result<(&Person, &Session), PageError> {
    let session = visitor.session().ok_or(PageError::SignIn)?;
    let person = session.person.as_ref().ok_or(PageError::SignIn)?;
    Ok((person, session))
}

/// Whether an app may be set up: by whoever has just given all proofs, or has to give a second one and
/// has none of any kind yet. Otherwise a mailed link alone would open what a passkey guards.
async fn may_set_up(site: &Site, person: &Person, session: &Session) -> Result<(), PageError> {
    if session.strength == Strength::Full {
        if visitor::is_fresh(session, site.now()) {
            return Ok(());
        }
        // As with a password: an open browser must not lock its owner out.
        site.store().end_session(session.id, Some(person.id)).await?;
        return Err(PageError::SignInAgain);
    }
    let has_passkey = !site.store().passkeys_of(person.id).await?.is_empty();
    if has_passkey { Err(PageError::SignIn) } else { Ok(()) }
}

/// `/{lang}/sign-in/code?next=…`
pub(crate) async fn form(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let (person, session) = owner(&visitor)?;
    let next = next_of(reader.parameter("next").as_deref()).unwrap_or_default();
    let has_codes = site.store().secrets(person.id).await?.code.is_some();
    if session.strength == Strength::Full && has_codes {
        let to = urls::account(reader.language);
        return Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never));
    }
    let secret = if has_codes {
        None
    } else {
        may_set_up(&site, person, session).await?;
        Some(Secret::new().map_err(|error| PageError::internal(&error))?)
    };
    let mut page = page(&site, &reader, person, next, secret.as_ref(), Vec::new());
    page.c.script = Some(DESK_SCRIPT_PATH.as_str());
    show_with_script(&page, Policy::Never)
}

fn page(
    site: &Site,
    reader: &Reader,
    person: &Person,
    next: String,
    secret: Option<&Secret>,
    wrongs: Vec<Wrong>,
) -> CodePage {
    let t = reader.locale;
    let heading = t.say(if secret.is_some() { "code.set_up" } else { "code.title" });
    let in_groups = |text: &str| {
        let letters: Vec<char> = text.chars().collect();
        let groups = letters.chunks(4).map(|group| group.iter().collect::<String>());
        groups.collect::<Vec<_>>().join(" ")
    };
    let set_up = secret.map(|secret| {
        let base32 = secret.base32();
        let uri = secret.uri(t.say("site.name"), person.mail.as_str());
        (base32.clone(), in_groups(&base32), uri)
    });
    CodePage {
        c: Chrome::new(site, reader, heading).unlisted().desk(),
        action: urls::sign_in_code(reader.language, ""),
        next,
        passkey: (set_up.is_some() && site.relying_party().is_some())
            .then(|| urls::account_act(reader.language, "passkeys")),
        set_up,
        wrongs,
    }
}

/// A code was given.
pub(crate) async fn check(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, PageError> {
    let (person, session) = owner(&visitor)?;
    let next = next_of(Some(&form.get("next")));
    let network = network(&site, peer.as_ref(), &headers);
    if !may_try(&site, network, person.mail.as_str(), Try::Code).await? {
        return crowded(&site, &reader);
    }
    let (typed, now) = (form.line("code"), site.now());
    let kept = site.store().secrets(person.id).await?;
    let t = reader.locale;
    let Some(secret) = kept.code else {
        may_set_up(&site, person, session).await?;
        return set_up(&site, &reader, person, session, &form, next).await;
    };
    let secret: Secret = secret.parse().map_err(|error| PageError::internal(&error))?;
    let is_right = match codes::accept(&secret, &typed, now, kept.code_step) {
        Some(step) => site.store().use_code(person.id, step).await?,
        None => match typed.parse::<RecoveryCode>() {
            Ok(code) => site.store().use_recovery(person.id, &hash(&code), now).await?,
            Err(_) => false,
        },
    };
    if !is_right {
        let wrongs = wrong(t.say("code.wrong"));
        let page = page(&site, &reader, person, next.unwrap_or_default(), None, wrongs);
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, HTML, Policy::Never, page.render()?));
    }
    let token = token()?;
    if !site.store().raise_session(session.id, token, now).await? {
        return Err(PageError::SignIn);
    }
    let to = next.unwrap_or_else(|| urls::desk(reader.language));
    let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
    visitor::let_in(&mut response, token);
    Ok(response)
}

/// The first code of a new app: it and its recovery codes are kept.
async fn set_up(
    site: &Site,
    reader: &Reader,
    person: &Person,
    session: &Session,
    form: &Form,
    next: Option<String>,
) -> Result<Response, PageError> {
    let (t, now) = (reader.locale, site.now());
    let secret: Secret = form.get("secret").parse().or(Err(PageError::BadRequest))?;
    let Some(step) = codes::accept(&secret, &form.line("code"), now, None) else {
        let wrongs = wrong(t.say("code.wrong"));
        let page = page(site, reader, person, next.unwrap_or_default(), Some(&secret), wrongs);
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, HTML, Policy::Never, page.render()?));
    };
    let recovery = RecoveryCode::new_set().map_err(|error| PageError::internal(&error))?;
    let hashes: Vec<String> = recovery.iter().map(hash).collect();
    let who = person.mail.as_str();
    site.store().set_codes(person.id, Some((&secret.base32(), &hashes)), who, now).await?;
    site.store().use_code(person.id, step).await?;
    let token = token()?;
    if !site.store().raise_session(session.id, token, now).await? {
        return Err(PageError::SignIn);
    }
    let page = RecoveryPage {
        c: Chrome::new(site, reader, t.say("code.recovery")).unlisted().desk(),
        codes: recovery.iter().map(ToString::to_string).collect(),
        next: next.unwrap_or_else(|| urls::desk(reader.language)),
    };
    let mut response = show(&page, Policy::Never)?;
    visitor::let_in(&mut response, token);
    Ok(response)
}

fn wrong(words: &str) -> Vec<Wrong> {
    vec![Wrong { field: "code".to_owned(), words: Html::text(words) }]
}

fn hash(code: &RecoveryCode) -> String {
    code.hash().0.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
