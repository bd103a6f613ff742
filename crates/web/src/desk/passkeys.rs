//! Passkeys: the recommended way in. The script of the page asks the browser, which asks the device; what
//! it answers is checked here. One is both proofs at once, since the device asks for its holder.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_identity::passkeys::{Holder, Passkey, RelyingParty};
use observatory_model::alert::Token;
use observatory_model::person::{Person, Strength};
use observatory_model::{PersonId, Timestamp};
use observatory_store::{PasskeyLine, Session, SessionPlace};
use serde_json::json;

use crate::cache::{Policy, redirect};
use crate::desk::forms::Form;
use crate::desk::proof::{Try, may_try, network, token};
use crate::desk::saves::told;
use crate::desk::sign_in::next_of;
use crate::error::PageError;
use crate::questions::Peer;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::{self, Visitor};

/// Passkeys that one person may have: more than devices.
const MOST: usize = 10;

fn party(site: &Site) -> Result<&RelyingParty, PageError> {
    site.relying_party().ok_or(PageError::NotFound)
}

/// Puts a question to the browser: what it reads, and the word by which the answer finds it.
async fn ask(
    site: &Site,
    person: Option<PersonId>,
    options: &str,
    state: &str,
) -> Result<Response, PageError> {
    let key = token()?;
    site.store().put_question(key, person, state, site.now()).await?;
    let options: serde_json::Value =
        serde_json::from_str(options).map_err(|error| PageError::internal(&error))?;
    Ok(told(StatusCode::OK, &json!({ "options": options, "key": key.to_string() })))
}

/// `POST /{lang}/sign-in/passkey/ask`: whoever is there may answer.
pub(crate) async fn ask_anybody(
    State(site): State<Site>,
    reader: Reader,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    _: Form,
) -> Result<Response, PageError> {
    let from = network(&site, peer.as_ref(), &headers);
    if !may_try(&site, from, &format!("passkey:{from}"), Try::Passkey).await? {
        return Ok(refused(&reader));
    }
    let question = party(&site)?
        .start_authentication(site.now())
        .map_err(|error| PageError::internal(&error))?;
    ask(&site, None, &question.options, &question.state).await
}

/// `POST /{lang}/sign-in/passkey`: a device has answered.
pub(crate) async fn sign_in(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, PageError> {
    let Some(person) = proved(&site, &form).await? else { return Ok(refused(&reader)) };
    let word = token()?;
    let from = network(&site, peer.as_ref(), &headers).to_string();
    let browser = visitor::browser(&headers);
    let place = SessionPlace { network: &from, browser: &browser };
    if let Some(old) = visitor.session() {
        let owner = old.person.as_ref().map(|person| person.id);
        site.store().end_session(old.id, owner).await?;
    }
    site.store().begin_session(word, &person, Strength::Full, place, site.now()).await?;
    let to = next_of(Some(&form.get("next"))).unwrap_or_else(|| urls::desk(reader.language));
    let mut response = told(StatusCode::OK, &json!({ "to": to }));
    visitor::let_in(&mut response, word);
    Ok(response)
}

/// Who has answered, when everything about the answer is right.
async fn proved(site: &Site, form: &Form) -> Result<Option<Person>, PageError> {
    let (party, now) = (party(site)?, site.now());
    let (answer, key) = (form.get("answer"), form.get("key").parse::<Token>());
    let Ok(key) = key else { return Ok(None) };
    // Taken out before anything is checked: no question is answered twice.
    let Some((None, state)) = site.store().take_question(key).await? else { return Ok(None) };
    let Ok(claim) = party.claim(&answer) else { return Ok(None) };
    let Some(line) = site.store().passkey(&claim.passkey).await? else { return Ok(None) };
    let Ok(passkey) = line.body.parse::<Passkey>() else { return Ok(None) };
    match party.finish_authentication(&state, &answer, &passkey, now) {
        Ok(passkey) => {
            site.store().use_passkey(&line.id, &passkey.to_string(), now).await?;
            let person = site.store().person(line.person).await?;
            Ok(person.filter(|person| person.disabled.is_none()))
        }
        Err(error) => {
            tracing::info!(error = %error, "a passkey was not accepted");
            Ok(None)
        }
    }
}

/// Who may have a new passkey: whoever has just given all proofs, or has to give a second one and has
/// none yet.
async fn newcomer<'a>(
    site: &Site,
    visitor: &'a Visitor,
) -> Result<(&'a Person, &'a Session, Vec<PasskeyLine>), PageError> {
    let session = visitor.session().ok_or(PageError::SignIn)?;
    let person = session.person.as_ref().ok_or(PageError::SignIn)?;
    let known = site.store().passkeys_of(person.id).await?;
    let may = match session.strength {
        Strength::Full => visitor::is_fresh(session, site.now()),
        Strength::Half => known.is_empty() && site.store().secrets(person.id).await?.code.is_none(),
        Strength::Guest => false,
    };
    if may { Ok((person, session, known)) } else { Err(PageError::SignInAgain) }
}

/// `POST /{lang}/desk/account/passkeys/ask`: a new one is wanted.
pub(crate) async fn ask_new(
    State(site): State<Site>,
    visitor: Visitor,
    _: Form,
) -> Result<Response, PageError> {
    let (person, _, known) = newcomer(&site, &visitor).await?;
    let id = person.id.to_string();
    let holder = Holder {
        id: id.parse().map_err(|error| PageError::internal(&error))?,
        name: person.mail.as_str(),
        shown: person.called(),
    };
    let known: Vec<Passkey> = known.iter().filter_map(|line| line.body.parse().ok()).collect();
    if known.len() >= MOST {
        return Err(PageError::BadRequest);
    }
    let question = party(&site)?.start_registration(holder, &known, site.now());
    let question = question.map_err(|error| PageError::internal(&error))?;
    ask(&site, Some(person.id), &question.options, &question.state).await
}

/// `POST /{lang}/desk/account/passkeys`: the device has made one.
pub(crate) async fn keep_new(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, PageError> {
    let (person, session, _) = newcomer(&site, &visitor).await?;
    let now = site.now();
    let Ok(key) = form.get("key").parse::<Token>() else { return Ok(refused(&reader)) };
    let taken = site.store().take_question(key).await?;
    let Some(state) = taken.filter(|(owner, _)| *owner == Some(person.id)).map(|(_, state)| state)
    else {
        return Ok(refused(&reader));
    };
    let made = party(&site)?.finish_registration(&state, &form.get("answer"), now);
    let Ok(passkey) = made else { return Ok(refused(&reader)) };
    let line = line(person.id, &passkey, &visitor::browser(&headers), now);
    if !site.store().add_passkey(&line).await? {
        return Ok(refused(&reader));
    }
    let to = next_of(Some(&form.get("next")))
        .unwrap_or_else(|| format!("{}?saved=yes", urls::account(reader.language)));
    let mut response = told(StatusCode::OK, &json!({ "to": to }));
    if session.strength == Strength::Half {
        let word = token()?;
        if !site.store().raise_session(session.id, word, now).await? {
            return Err(PageError::SignIn);
        }
        visitor::let_in(&mut response, word);
    }
    Ok(response)
}

fn line(person: PersonId, passkey: &Passkey, label: &str, now: Timestamp) -> PasskeyLine {
    PasskeyLine {
        id: passkey.id(),
        person,
        label: label.to_owned(),
        body: passkey.to_string(),
        created: now,
        used: None,
    }
}

/// `POST /{lang}/desk/account/passkeys/remove`
pub(crate) async fn remove(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let (person, _) = visitor.signed_in()?;
    site.store().remove_passkey(person.id, &form.get("passkey"), site.now()).await?;
    let to = urls::account(reader.language);
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}

/// The same answer whatever was wrong.
fn refused(reader: &Reader) -> Response {
    let words = reader.locale.say("passkey.refused");
    told(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "refused": words }))
}
