//! `observatory user`: people, their roles, and the first way in.

use clap::{Args, Subcommand};
use observatory_model::alert::Token;
use observatory_model::mail::MailAddress;
use observatory_model::person::{Person, Posting, Roles};
use observatory_model::{Clock as _, Language, SystemClock};
use observatory_store::{LINK_MINUTES, SignIn, Store};
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// By what the log names the command line.
pub(crate) const OPERATOR: &str = "operator";

/// People that are read at once.
const AT_ONCE: u32 = 500;

/// What to do with people.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a person, and print the link that signs them in. The first administrator comes from here.
    Add(Add),
    /// List the people.
    List,
    /// Give a person these roles, and no others.
    Role(Role),
    /// Say what becomes of what a person, or a domain, sends.
    Posting(PostingOf),
    /// Print a link that signs a person in, for whom no mail arrives.
    Link(Link),
    /// Forget the one-time codes of a person who has lost them.
    Reset(Link),
    /// Do not let a person in any more.
    Disable(Link),
    /// Let a person in again.
    Enable(Link),
}

/// The flags of `user add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The mail address.
    mail: MailAddress,
    /// The name.
    #[arg(long, default_value = "")]
    name: String,
    /// Roles with commas between them: member, researcher, reviewer, editor, admin.
    #[arg(long, default_value = "researcher")]
    roles: Roles,
    /// The language in which the person is written to.
    #[arg(long, default_value = "en")]
    lang: Language,
}

/// The flags of `user role`.
#[derive(Debug, Args)]
pub(crate) struct Role {
    /// The mail address.
    mail: MailAddress,
    /// Roles with commas between them; `reader` takes all others away.
    roles: Roles,
}

/// The flags of `user posting`.
#[derive(Debug, Args)]
pub(crate) struct PostingOf {
    /// A mail address, or a domain such as `university.example`.
    of: String,
    /// blocked, check-first or trusted; `none` says nothing of it.
    right: String,
}

/// Commands about one person.
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// The mail address.
    mail: MailAddress,
}

impl User {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let store = lifecycle::open_store(&config).await?;
        let origin = config.web.public_origin.clone();
        let outcome = match self {
            Self::Add(add) => add_one(&store, add, &origin, said).await,
            Self::List => list(&store, said).await,
            Self::Role(role) => give(&store, role, said).await,
            Self::Posting(of) => post(&store, &of, said).await,
            Self::Link(link) => print_link(&store, link.mail, &origin, said).await,
            Self::Reset(link) => reset(&store, &link.mail, said).await,
            Self::Disable(link) => disable(&store, &link.mail, true, said).await,
            Self::Enable(link) => disable(&store, &link.mail, false, said).await,
        };
        store.close().await;
        outcome
    }
}

async fn add_one(store: &Store, add: Add, origin: &str, said: Said) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    if store.person_of_mail(&add.mail).await?.is_some() {
        said.tell(&format!("{} has an account already; see `user role`", add.mail));
        return Ok(Exit::No);
    }
    let person = Person {
        name: add.name.split_whitespace().collect::<Vec<_>>().join(" "),
        ..Person::new(add.mail.clone(), add.roles, add.lang, now)
    };
    store.add_person(&person, OPERATOR).await?;
    said.tell(&format!("added {} as {}", person.mail, person.roles));
    print_link(store, add.mail, origin, said).await
}

/// A link that signs in, as the mail would carry it.
///
/// # Errors
/// When there is no randomness, or the store does not take it.
pub(crate) async fn link(
    store: &Store,
    mail: MailAddress,
    language: Language,
    origin: &str,
) -> anyhow::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    let key = Token::new(random);
    let sign_in = SignIn { mail, submission: None, created: SystemClock.now() };
    store.put_link(key, &sign_in).await?;
    let origin = origin.trim_end_matches('/');
    Ok(format!("{origin}/{language}/sign-in/link?key={key}"))
}

async fn print_link(
    store: &Store,
    mail: MailAddress,
    origin: &str,
    said: Said,
) -> anyhow::Result<Exit> {
    let Some(person) = store.person_of_mail(&mail).await? else {
        said.tell(&format!("there is no account of {mail}; see `user add`"));
        return Ok(Exit::No);
    };
    let href = link(store, mail, person.language, origin).await?;
    if said.json {
        output::json(&json!({
            "schema": "observatory.sign-in/1",
            "mail": person.mail,
            "link": href,
            "minutes": LINK_MINUTES,
        }));
    } else {
        said.tell(&format!("this link signs in once, within {LINK_MINUTES} minutes:"));
        output::result(&href);
    }
    Ok(Exit::Done)
}

async fn list(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let (mut after, mut count) = (None, 0_usize);
    loop {
        let page = store.people(after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        count += page.len();
        for person in &page {
            show(person, said);
        }
    }
    said.tell(&format!("{count} people"));
    Ok(Exit::Done)
}

fn show(person: &Person, said: Said) {
    if said.json {
        output::json(&json!({
            "schema": "observatory.person/1",
            "mail": person.mail,
            "name": person.name,
            "language": person.language,
            "roles": person.roles,
            "posting": person.posting,
            "created": person.created,
            "disabled": person.disabled,
        }));
        return;
    }
    let state = if person.disabled.is_some() { "disabled" } else { "enabled" };
    let name = output::foreign(&person.name);
    let posting = person.posting.map_or("-", Posting::code);
    output::result(&format!("{}\t{}\t{posting}\t{state}\t{name}", person.mail, person.roles));
}

async fn give(store: &Store, role: Role, said: Said) -> anyhow::Result<Exit> {
    let Some(person) = store.person_of_mail(&role.mail).await? else {
        said.tell(&format!("there is no account of {}", role.mail));
        return Ok(Exit::No);
    };
    if store.set_roles(person.id, &role.roles, OPERATOR, SystemClock.now()).await? {
        said.tell(&format!("{} is {} now, and signed out everywhere", role.mail, role.roles));
        Ok(Exit::Done)
    } else {
        said.tell("this is the last administrator: make another one first");
        Ok(Exit::No)
    }
}

async fn post(store: &Store, of: &PostingOf, said: Said) -> anyhow::Result<Exit> {
    let right = match of.right.as_str() {
        "none" => None,
        word => Some(word.parse::<Posting>()?),
    };
    let now = SystemClock.now();
    if let Ok(mail) = of.of.parse::<MailAddress>() {
        let Some(person) = store.person_of_mail(&mail).await? else {
            said.tell(&format!("there is no account of {mail}"));
            return Ok(Exit::No);
        };
        store.set_posting(person.id, right, OPERATOR, now).await?;
    } else {
        let domain = of.of.trim_start_matches('@').to_lowercase();
        // A domain is what a mail address may end with.
        format!("a@{domain}").parse::<MailAddress>()?;
        store.set_domain(&domain, right, OPERATOR, now).await?;
    }
    said.tell(&format!("{}: {}", of.of, right.map_or("nothing is said", Posting::code)));
    Ok(Exit::Done)
}

async fn reset(store: &Store, mail: &MailAddress, said: Said) -> anyhow::Result<Exit> {
    let Some(person) = store.person_of_mail(mail).await? else {
        said.tell(&format!("there is no account of {mail}"));
        return Ok(Exit::No);
    };
    store.set_codes(person.id, None, OPERATOR, SystemClock.now()).await?;
    said.tell(&format!("{mail} sets up one-time codes anew at the next sign-in"));
    Ok(Exit::Done)
}

async fn disable(
    store: &Store,
    mail: &MailAddress,
    disabled: bool,
    said: Said,
) -> anyhow::Result<Exit> {
    let Some(person) = store.person_of_mail(mail).await? else {
        said.tell(&format!("there is no account of {mail}"));
        return Ok(Exit::No);
    };
    if store.set_disabled(person.id, disabled, OPERATOR, SystemClock.now()).await? {
        said.tell(&format!(
            "{mail} {}",
            if disabled { "is not let in any more" } else { "is let in" }
        ));
        Ok(Exit::Done)
    } else {
        said.tell("this is the last administrator: make another one first");
        Ok(Exit::No)
    }
}
