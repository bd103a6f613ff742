//! Who is who: roles and posting rights of people, and of the domains of institutions.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::PersonId;
use observatory_model::person::{Person, Posting, Role, Roles};
use observatory_model::rights::Office;

use crate::cache::{Policy, redirect};
use crate::chrome::Chrome;
use crate::desk::account::role_key;
use crate::desk::forms::Form;
use crate::desk::notice::Notice;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// People on a page.
const PER_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "desk/people.html")]
struct PeoplePage {
    c: Chrome,
    people: Vec<PersonLine>,
    next: Option<String>,
    action: String,
    domain_action: String,
    postings: Vec<(Posting, String)>,
    domains: Vec<(String, String)>,
    is_saved: bool,
}

struct PersonLine {
    roles: Vec<(Role, String, bool)>,
    postings: Vec<(Posting, String, bool)>,
    p: Person,
    since: Html,
}

/// `/{lang}/desk/people?after=…`
pub(crate) async fn people(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    visitor.in_office(Office::ManagePeople)?;
    let (t, language) = (reader.locale, reader.language);
    let after = reader.parameter("after").and_then(|id| id.parse::<PersonId>().ok());
    let found = site.store().people(after, PER_PAGE).await?;
    let is_full = found.len() == usize::try_from(PER_PAGE).unwrap_or(0);
    let next = found.last().filter(|_| is_full).map(|last| urls::people_after(language, last.id));
    let posting = |posting: Posting| (posting, t.say(&format!("posting.{posting}")).to_owned());
    let roles = |person: &Person| {
        let role = |role: Role| (role, t.say(role_key(role)).to_owned(), person.roles.has(role));
        Role::ALL.into_iter().filter(|role| *role != Role::Reader).map(role).collect()
    };
    let domains = site.store().domains().await?;
    let page = PeoplePage {
        c: Chrome::new(&site, &reader, t.say("people.title")).unlisted().desk(),
        people: found
            .into_iter()
            .map(|person| PersonLine {
                roles: roles(&person),
                postings: Posting::ALL
                    .map(|one| (one, posting(one).1, person.posting == Some(one)))
                    .into(),
                since: t.date(person.created),
                p: person,
            })
            .collect(),
        next,
        action: urls::people(language),
        domain_action: urls::domains(language),
        postings: Posting::ALL.map(posting).into(),
        domains: domains.into_iter().map(|(domain, right)| (domain, posting(right).1)).collect(),
        is_saved: reader.parameter("saved").is_some(),
    };
    show(&page, Policy::Never)
}

/// A person is given roles and a posting right, or is no longer let in.
pub(crate) async fn change(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let admin = visitor.in_office(Office::ManagePeople)?;
    let id: PersonId = form.get("person").parse().or(Err(PageError::BadRequest))?;
    let (who, now) = (admin.mail.as_str(), site.now());
    let chosen = form.pairs().iter().filter(|(name, _)| name == "role");
    let roles = Roles::of(chosen.filter_map(|(_, role)| role.parse::<Role>().ok()));
    let posting = form.get("posting").parse::<Posting>().ok();
    let disabled = form.has("disabled");
    site.store().person(id).await?.ok_or(PageError::NotFound)?;
    let changed = site.store().set_roles(id, &roles, who, now).await?
        && site.store().set_disabled(id, disabled, who, now).await?;
    if !changed {
        let t = reader.locale;
        let about = vec![t.say("people.last_admin_about").into()];
        let ways = vec![Html::link(&urls::people(reader.language), t.say("people.title"))];
        let notice = Notice { heading: t.say("people.last_admin"), about, ways };
        return notice.answer(&site, &reader, StatusCode::CONFLICT);
    }
    site.store().set_posting(id, posting, who, now).await?;
    let to = format!("{}?saved=yes", urls::people(reader.language));
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}

/// A domain is given a posting right, or none.
pub(crate) async fn change_domain(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let admin = visitor.in_office(Office::ManagePeople)?;
    let domain = form.line("domain").trim_start_matches('@').to_lowercase();
    let is_domain = domain.contains('.')
        && format!("a@{domain}").parse::<observatory_model::mail::MailAddress>().is_ok();
    if !is_domain {
        return Err(PageError::BadRequest);
    }
    let posting = form.get("posting").parse::<Posting>().ok();
    site.store().set_domain(&domain, posting, admin.mail.as_str(), site.now()).await?;
    let to = format!("{}?saved=yes", urls::people(reader.language));
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}
