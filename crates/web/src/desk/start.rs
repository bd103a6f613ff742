//! What waits for somebody who has signed in: their own pieces, and the ways to what their roles open.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::rights::{Office, Stage};
use observatory_store::SubmissionLine;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "desk/start.html")]
struct StartPage {
    c: Chrome,
    name: String,
    ways: Vec<(String, String)>,
    submit: String,
    sign_out: String,
    groups: Vec<Group>,
}

/// Pieces at the same place of their way.
struct Group {
    title: String,
    lines: Vec<Line>,
}

struct Line {
    href: String,
    title: String,
    language: Option<observatory_model::Language>,
    about: Html,
}

/// `/{lang}/desk`
pub(crate) async fn start(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let (person, _) = visitor.signed_in()?;
    let (t, language) = (reader.locale, reader.language);
    let own = site.store().submissions_of(person.id, site.now()).await?;
    let mut usual = Vec::new();
    for stage in [Stage::Received, Stage::Review, Stage::Revision] {
        usual.push((stage, site.store().usual_seconds(stage).await?));
    }
    let line = |piece: &&SubmissionLine| {
        let seconds = usual.iter().find(|(stage, _)| *stage == piece.stage);
        let about = t.whereabouts(piece.stage, piece.since, seconds.and_then(|(_, usual)| *usual));
        let number = piece.number.as_deref().map(Html::isolated);
        let parts: Vec<Html> = number.into_iter().chain([about]).collect();
        Line {
            href: urls::piece(language, piece.id),
            title: if piece.title.trim().is_empty() {
                t.say("piece.untitled").to_owned()
            } else {
                piece.title.clone()
            },
            language: piece.language,
            about: Html::row(&parts, " · "),
        }
    };
    let group = |title: &str, holds: &dyn Fn(Stage) -> bool| Group {
        title: title.to_owned(),
        lines: own.iter().filter(|piece| holds(piece.stage)).map(|piece| line(&piece)).collect(),
    };
    let groups = [
        group(t.say("start.yours"), &Stage::is_open),
        group(t.say("start.waiting"), &Stage::waits_for_editor),
        group(t.say("start.published"), &|stage| stage == Stage::Published),
        group(t.say("start.over"), &|stage| stage.is_over() && stage != Stage::Published),
    ];
    let way = |office: Office, key: &'static str, href: String| {
        office.may(&person.roles).then(|| (href, t.say(key).to_owned()))
    };
    let ways = [
        way(Office::ReadMembers, "members.title", urls::members(language)),
        way(Office::ReadQueue, "queue.title", urls::queue(language, Stage::Received, 1)),
        way(Office::ManagePeople, "people.title", urls::people(language)),
        way(Office::ReadMails, "mails.title", urls::desk_mails(language)),
        way(Office::ReadAudit, "log.title", urls::desk_log(language)),
        Some((urls::account(language), t.say("account.title").to_owned())),
    ];
    let page = StartPage {
        c: Chrome::new(&site, &reader, t.say("start.title")).unlisted().desk(),
        name: person.called().to_owned(),
        ways: ways.into_iter().flatten().collect(),
        submit: urls::submit(language),
        sign_out: urls::sign_out(language),
        groups: groups.into_iter().filter(|group| !group.lines.is_empty()).collect(),
    };
    show(&page, Policy::Never)
}
