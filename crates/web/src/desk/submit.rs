//! A piece is begun: with an account or without one.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_model::mail::{Letter, Letters as _, MailAddress, Topic};
use observatory_model::person::Person;
use observatory_model::rights::Stage;
use observatory_model::submission::{Author, Draft, PieceKind, Submission};
use observatory_model::{Language, MailId, SubmissionId};
use observatory_store::{Guest, SessionPlace};

use crate::cache::{Policy, answer, redirect};
use crate::chrome::{Chrome, Section};
use crate::desk::forms::{Form, Wrong, of_field};
use crate::desk::proof::{Try, may_try, network, token};
use crate::desk::sign_in::crowded;
use crate::error::PageError;
use crate::html::Html;
use crate::locale::own_name;
use crate::pages::{HTML, show};
use crate::questions::Peer;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::{self, Visitor};

#[derive(Template)]
#[template(path = "desk/submit.html")]
struct SubmitPage {
    c: Chrome,
    action: String,
    kinds: Vec<KindChoice>,
    languages: Vec<(Language, &'static str, bool)>,
    title: String,
    mail: String,
    /// Whom it is begun as; `None` for a guest.
    person: Option<String>,
    medians: Vec<Html>,
    rights_href: String,
    wrongs: Vec<Wrong>,
}

struct KindChoice {
    kind: PieceKind,
    name: String,
    about: String,
    chosen: bool,
}

impl SubmitPage {
    fn wrong(&self, field: &str) -> Option<&Html> {
        of_field(&self.wrongs, field)
    }
}

/// What was typed.
struct Typed {
    kind: PieceKind,
    language: Language,
    title: String,
    mail: String,
}

/// `/{lang}/submit`
pub(crate) async fn form(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let kind = reader.parameter("kind").and_then(|kind| kind.parse().ok()).unwrap_or_default();
    let language = reader.language;
    let typed = Typed { kind, language, title: String::new(), mail: String::new() };
    show(&page(&site, &reader, &visitor, typed, Vec::new()).await?, Policy::Never)
}

async fn page(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
    typed: Typed,
    wrongs: Vec<Wrong>,
) -> Result<SubmitPage, PageError> {
    let t = reader.locale;
    let mut medians = Vec::new();
    for stage in [Stage::Received, Stage::Review] {
        if let Some(seconds) = site.store().usual_seconds(stage).await? {
            let values =
                [("stage", Html::text(&t.stage(stage))), ("time", Html::text(&t.span(seconds)))];
            medians.push(t.fill("submit.median", &values));
        }
    }
    let kind = |kind: PieceKind| KindChoice {
        kind,
        name: t.piece_kind(kind),
        about: t.say(&format!("piece_kind_about.{kind}")).to_owned(),
        chosen: kind == typed.kind,
    };
    let series = Section::Series(observatory_model::Series::AcademicNetwork);
    Ok(SubmitPage {
        c: Chrome::new(site, reader, t.say("submit.title")).section(reader, series).desk(),
        action: urls::submit(reader.language),
        kinds: PieceKind::ALL.map(kind).into(),
        languages: Language::ALL
            .map(|language| (language, own_name(language), language == typed.language))
            .into(),
        title: typed.title,
        mail: typed.mail,
        person: visitor.person().map(|person| person.called().to_owned()),
        medians,
        rights_href: urls::rights(reader.language),
        wrongs,
    })
}

/// The form was sent: there is a draft, and the way into it.
pub(crate) async fn begin(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, PageError> {
    let t = reader.locale;
    let typed = Typed {
        kind: form.get("kind").parse().unwrap_or_default(),
        language: form.get("language").parse().unwrap_or(reader.language),
        title: form.line("title").chars().take(500).collect(),
        mail: form.line("mail").chars().take(320).collect(),
    };
    let mut wrongs = Vec::new();
    if typed.title.is_empty() {
        let words = Html::text(t.say("problem.title"));
        wrongs.push(Wrong { field: "title".to_owned(), words });
    }
    let mail = match visitor.person() {
        Some(person) => Ok(person.mail.clone()),
        None => typed.mail.parse::<MailAddress>(),
    };
    if mail.is_err() {
        let example = Html::isolated("name@example.org");
        let words = t.fill("alerts.mail_wrong", &[("example", example)]);
        wrongs.push(Wrong { field: "mail".to_owned(), words });
    }
    let (Ok(mail), true) = (mail, wrongs.is_empty()) else {
        let page = page(&site, &reader, &visitor, typed, wrongs).await?;
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, HTML, Policy::Never, page.render()?));
    };
    let submission = draft(&site, &reader, visitor.person(), &typed, mail);
    let to = urls::edit_piece(reader.language, submission.id, 1);
    if visitor.person().is_some() {
        site.store().begin_draft(&submission, None).await?;
        return Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never));
    }
    let network = network(&site, peer.as_ref(), &headers);
    if !may_try(&site, network, submission.mail.as_str(), Try::Link).await? {
        return crowded(&site, &reader);
    }
    let (link, session, now) = (token()?, token()?, site.now());
    let letter = Letter {
        to: submission.mail.clone(),
        language: reader.language,
        topic: Topic::Claim { key: link, title: submission.draft.title.clone() },
    };
    let letter = site.letters().write(MailId::new(now), &letter, now);
    let letter = letter.map_err(|error| PageError::internal(&error))?;
    let (network, browser) = (network.to_string(), visitor::browser(&headers));
    let place = SessionPlace { network: &network, browser: &browser };
    let guest = Guest { link, letter: &letter, session, place };
    if !site.store().begin_draft(&submission, Some(guest)).await? {
        return crowded(&site, &reader);
    }
    let mut response = redirect(StatusCode::SEE_OTHER, &to, Policy::Never);
    visitor::let_in(&mut response, session);
    Ok(response)
}

/// A draft with what is known already: nobody is asked twice.
fn draft(
    site: &Site,
    reader: &Reader,
    person: Option<&Person>,
    typed: &Typed,
    mail: MailAddress,
) -> Submission {
    let now = site.now();
    let author = person.map(|person| Author {
        name: person.name.clone(),
        orcid: person.orcid.clone().unwrap_or_default(),
        affiliation: person.affiliation.clone(),
        ror: person.ror.clone().unwrap_or_default(),
    });
    Submission {
        id: SubmissionId::new(now),
        number: None,
        owner: person.map(|person| person.id),
        mail,
        language: reader.language,
        stage: Stage::Draft,
        since: now,
        created: now,
        revision: 0,
        round: 0,
        draft: Draft {
            kind: typed.kind,
            language: Some(typed.language),
            title: typed.title.clone(),
            authors: author.into_iter().collect(),
            ..Draft::default()
        },
        slug: None,
        pending: None,
    }
}
