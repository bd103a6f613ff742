//! A person's own page: what is known of them, how they sign in, and where they are signed in.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_identity::password::{self, WeakPassword};
use observatory_identity::providers::Provider;
use observatory_model::expertise::MAX_KNOWS_CHARS;
use observatory_model::identifier::{Identifier, Scheme};
use observatory_model::person::{MAX_AFFILIATION_CHARS, MAX_NAME_CHARS, Person, Strength};
use observatory_model::{Language, SessionId};
use observatory_store::{Session, SessionPlace};

use crate::assets::DESK_SCRIPT_PATH;
use crate::cache::{Policy, answer, redirect};
use crate::chrome::Chrome;
use crate::desk::elsewhere;
use crate::desk::forms::{Form, Wrong, of_field};
use crate::desk::proof::{hash, token};
use crate::error::PageError;
use crate::html::Html;
use crate::locale::own_name;
use crate::pages::{HTML, show_with_script};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::{self, Visitor};

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage {
    c: Chrome,
    p: Person,
    orcid: String,
    ror: String,
    languages: Vec<(Language, &'static str)>,
    action: String,
    password_action: String,
    code_href: String,
    end_action: String,
    roles: String,
    has_password: bool,
    has_codes: bool,
    /// What came of what was just done.
    told: Option<&'static str>,
    sessions: Vec<SessionLine>,
    passkeys: Vec<PasskeyShown>,
    passkey_action: String,
    /// Where a passkey is made; `None` where the site has no name that one could be bound to.
    make_passkey: Option<String>,
    /// Providers elsewhere that open this account.
    connections: Vec<ConnectionShown>,
    /// Providers that could, and where the way to each begins.
    connect: Vec<(String, Html)>,
    /// Whom a provider has named in this browser, to be connected now.
    waiting: Option<Html>,
    connect_action: String,
    disconnect_action: String,
    wrongs: Vec<Wrong>,
}

struct ConnectionShown {
    issuer: String,
    subject: String,
    label: String,
    created: Html,
}

struct PasskeyShown {
    id: String,
    label: String,
    created: Html,
}

struct SessionLine {
    id: SessionId,
    words: Vec<Html>,
    is_this: bool,
}

impl AccountPage {
    fn wrong(&self, field: &str) -> Option<&Html> {
        of_field(&self.wrongs, field)
    }
}

/// `/{lang}/desk/account`
pub(crate) async fn account(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (person, session) = visitor.signed_in()?;
    let typed = Typed::of(person);
    let mut page = page(&site, &reader, person, session, typed, Vec::new()).await?;
    let waiting = elsewhere::waiting(&site, &headers).await?;
    page.waiting = waiting.map(|(_, waiting)| Html::isolated(&waiting.label));
    page.c.script = Some(DESK_SCRIPT_PATH.as_str());
    show_with_script(&page, Policy::Never)
}

/// What was typed into the fields that can be wrong.
struct Typed {
    person: Person,
    orcid: String,
    ror: String,
}

impl Typed {
    fn of(person: &Person) -> Self {
        Self {
            orcid: person.orcid.clone().unwrap_or_default(),
            ror: person.ror.clone().unwrap_or_default(),
            person: person.clone(),
        }
    }
}

async fn page(
    site: &Site,
    reader: &Reader,
    person: &Person,
    session: &Session,
    typed: Typed,
    wrongs: Vec<Wrong>,
) -> Result<AccountPage, PageError> {
    let t = reader.locale;
    let secrets = site.store().secrets(person.id).await?;
    let passkeys = site.store().passkeys_of(person.id).await?;
    let sessions = site.store().sessions_of(person.id, site.now()).await?;
    let line = |one: &Session| SessionLine {
        id: one.id,
        words: vec![
            Html::isolated(&one.browser),
            Html::isolated(&one.network),
            t.fill("account.seen", &[("date", t.minute(one.seen))]),
        ],
        is_this: one.id == session.id,
    };
    let language = reader.language;
    let connections = site.store().connections_of(person.id).await?;
    let connect = site.providers().map(Provider::settings).filter(|settings| {
        connections.iter().all(|connection| connection.issuer != settings.issuer)
    });
    let connect = connect.map(|settings| {
        let words = t.fill("elsewhere.link", &[("provider", Html::isolated(&settings.name))]);
        (urls::sign_in_with(language, &settings.code, &urls::account(language)), words)
    });
    let role = |role: observatory_model::person::Role| t.say(role_key(role)).to_owned();
    Ok(AccountPage {
        c: Chrome::new(site, reader, t.say("account.title")).unlisted().desk(),
        roles: person.roles.iter().map(role).collect::<Vec<_>>().join(t.say("list.comma")),
        orcid: typed.orcid,
        ror: typed.ror,
        p: typed.person,
        languages: Language::ALL.map(|language| (language, own_name(language))).into(),
        action: urls::account(language),
        password_action: urls::account_act(language, "password"),
        code_href: urls::sign_in_code(language, &urls::account(language)),
        end_action: urls::account_act(language, "end"),
        has_password: secrets.password.is_some(),
        has_codes: secrets.code.is_some(),
        passkeys: passkeys
            .into_iter()
            .map(|line| PasskeyShown {
                created: t.date(line.created),
                id: line.id,
                label: line.label,
            })
            .collect(),
        passkey_action: urls::account_act(language, "passkeys"),
        make_passkey: site.relying_party().map(|_| urls::account_act(language, "passkeys")),
        connect: connect.collect(),
        connections: connections
            .into_iter()
            .map(|line| ConnectionShown {
                created: t.date(line.created),
                issuer: line.issuer,
                subject: line.subject,
                label: line.label,
            })
            .collect(),
        waiting: None,
        connect_action: urls::account_act(language, "connect"),
        disconnect_action: urls::account_act(language, "disconnect"),
        told: match (reader.parameter("saved"), reader.parameter("taken")) {
            (Some(_), _) => Some(t.say("account.saved")),
            (None, Some(_)) => Some(t.say("elsewhere.taken")),
            (None, None) => None,
        },
        sessions: sessions.iter().map(line).collect(),
        wrongs,
    })
}

/// The key of the name of a role.
pub(crate) const fn role_key(role: observatory_model::person::Role) -> &'static str {
    use observatory_model::person::Role;
    match role {
        Role::Reader => "role.reader",
        Role::Member => "role.member",
        Role::Researcher => "role.researcher",
        Role::Reviewer => "role.reviewer",
        Role::Editor => "role.editor",
        Role::Admin => "role.admin",
    }
}

/// What a person says of themselves.
pub(crate) async fn describe(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let (person, session) = visitor.signed_in()?;
    let t = reader.locale;
    let mut person = person.clone();
    let mut wrongs = Vec::new();
    let mut wrong = |field: &str, key: &'static str| {
        let words = Html::text(t.say(key));
        wrongs.push(Wrong { field: field.to_owned(), words });
    };
    person.name = form.line("name");
    if person.name.chars().count() > MAX_NAME_CHARS {
        wrong("name", "problem.name-long");
    }
    person.affiliation = form.line("affiliation");
    if person.affiliation.chars().count() > MAX_AFFILIATION_CHARS {
        wrong("affiliation", "problem.affiliation-long");
    }
    person.knows = form.line("knows");
    if person.knows.chars().count() > MAX_KNOWS_CHARS {
        wrong("knows", "account.knows_long");
    }
    person.language = form.get("language").parse().unwrap_or(person.language);
    let number = |text: &str, scheme| {
        Identifier::parse(text).filter(|found| found.scheme == scheme).map(|found| found.value)
    };
    let (orcid, ror) = (form.line("orcid"), form.line("ror"));
    person.orcid = number(&orcid, Scheme::Orcid);
    if person.orcid.is_none() && !orcid.is_empty() {
        wrong("orcid", "problem.orcid");
    }
    person.ror = number(&ror, Scheme::Ror);
    if person.ror.is_none() && !ror.is_empty() {
        wrong("ror", "problem.ror");
    }
    if wrongs.is_empty() {
        site.store().describe_person(&person, site.now()).await?;
        let to = format!("{}?saved=yes", urls::account(reader.language));
        return Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never));
    }
    let typed = Typed { person: person.clone(), orcid, ror };
    let page = page(&site, &reader, &person, session, typed, wrongs).await?;
    Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, HTML, Policy::Never, page.render()?))
}

/// A password is chosen, or given up. All other sessions end by it.
pub(crate) async fn choose_password(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let (person, session) = visitor.signed_in()?;
    if !visitor::is_fresh(session, site.now()) {
        // Whoever finds an open browser must not lock its owner out.
        site.store().end_session(session.id, Some(person.id)).await?;
        return Err(PageError::SignInAgain);
    }
    let typed = form.get("new-password");
    let t = reader.locale;
    let mut kept = None;
    if !typed.is_empty() {
        let about = [person.name.as_str(), person.mail.as_str(), t.say("site.name")];
        if let Err(weak) = password::refuse(&typed, &about) {
            let words = match weak {
                WeakPassword::TooShort { least } => {
                    t.plain("account.password_short", &[("least", &least.to_string())])
                }
                WeakPassword::TooLong { .. } => t.say("account.password_long").to_owned(),
                WeakPassword::Guessable => t.say("account.password_guessable").to_owned(),
            };
            let field = "new-password".to_owned();
            let wrongs = vec![Wrong { field, words: Html::text(&words) }];
            let page = page(&site, &reader, person, session, Typed::of(person), wrongs).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(answer(status, HTML, Policy::Never, page.render()?));
        }
        kept = Some(hash(&site, typed).await?);
    }
    site.store().set_password(person.id, kept.as_deref(), site.now()).await?;
    let token = token()?;
    let place = SessionPlace { network: &session.network, browser: &session.browser };
    site.store().begin_session(token, person, Strength::Full, place, site.now()).await?;
    let to = format!("{}?saved=yes", urls::account(reader.language));
    let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
    visitor::let_in(&mut response, token);
    Ok(response)
}

/// A session is ended by its owner.
pub(crate) async fn end(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let (person, _) = visitor.signed_in()?;
    let id: SessionId = form.get("session").parse().or(Err(PageError::BadRequest))?;
    site.store().end_session(id, Some(person.id)).await?;
    let to = urls::account(reader.language);
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}
