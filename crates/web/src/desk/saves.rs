//! Words that two have typed at the same time: both are kept, and a person chooses. And the door by
//! which the script of the form saves.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::rights::Action;
use observatory_model::submission::{Draft, Kept};
use serde_json::json;

use crate::cache::{Policy, answer, redirect};
use crate::chrome::Chrome;
use crate::desk::edit::{print, save_of};
use crate::desk::forms::Form;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// What the script is answered with.
const JSON: &str = "application/json";

#[derive(Template)]
#[template(path = "desk/saves.html")]
struct SavesPage {
    c: Chrome,
    action: String,
    saves: Vec<SaveLine>,
    /// Whether one can be chosen: of a piece that is not being written, they are only there to be read.
    can_settle: bool,
    piece_href: String,
    edit_href: String,
}

struct SaveLine {
    id: String,
    at: Html,
    fields: Vec<FieldPair>,
}

/// A field that differs: what is there, and what was kept beside.
struct FieldPair {
    name: String,
    here: String,
    beside: String,
}

/// `POST /{lang}/desk/pieces/{id}/save`: what the script of the form sends while somebody types. The
/// answer says what became of it; words are never refused.
pub(crate) async fn save(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let found = match visitor.own(&site, &reader).await {
        // The script keeps the words and says so; signing in again, it sends them.
        Err(PageError::SignIn | PageError::SecondFactor) => {
            return Ok(told(StatusCode::UNAUTHORIZED, &json!({ "kept": "device" })));
        }
        found => found?,
    };
    let id = found.id;
    let step: u8 = form.get("step").parse().or(Err(PageError::BadRequest))?;
    let save = save_of(&found, step, &form);
    let saved = site.store().save_draft(id, save, site.now()).await?.ok_or(PageError::NotFound)?;
    let kept = match saved.kept {
        Kept::Same | Kept::Next => "here",
        Kept::Beside => "beside",
    };
    let said = json!({
        "kept": kept,
        "base": saved.submission.revision,
        "was": print(&saved.submission.draft, step),
        "saves": urls::piece_act(reader.language, id, "saves"),
    });
    Ok(told(StatusCode::OK, &said))
}

pub(crate) fn told(status: StatusCode, said: &serde_json::Value) -> Response {
    answer(status, JSON, Policy::Never, said.to_string())
}

/// `/{lang}/desk/pieces/{id}/saves`: what was kept beside, next to what is there.
pub(crate) async fn saves(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let submission = visitor.own(&site, &reader).await?;
    let id = submission.id;
    let t = reader.locale;
    let beside = site.store().saves_beside(id).await?;
    let line = |save: &observatory_store::SaveBeside| SaveLine {
        id: save.id.clone(),
        at: t.minute(save.at),
        fields: differing(&reader, &submission.draft, &save.draft),
    };
    let page = SavesPage {
        c: Chrome::new(&site, &reader, t.say("saves.title")).unlisted().desk(),
        action: urls::piece_act(reader.language, id, "saves"),
        saves: beside.iter().map(line).collect(),
        can_settle: visitor.may(&submission, Action::Edit),
        piece_href: urls::piece(reader.language, id),
        edit_href: urls::edit_piece(reader.language, id, 1),
    };
    show(&page, Policy::Never)
}

/// The fields in which two states differ.
fn differing(reader: &Reader, here: &Draft, beside: &Draft) -> Vec<FieldPair> {
    let t = reader.locale;
    let authors = |draft: &Draft| {
        let line = |author: &observatory_model::submission::Author| {
            [&*author.name, &*author.affiliation, &*author.orcid, &*author.ror].join(" · ")
        };
        draft.authors.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let licence =
        |draft: &Draft| draft.licence.map(|licence| licence.name().to_owned()).unwrap_or_default();
    let pairs = [
        (t.say("submit.kind"), t.piece_kind(here.kind), t.piece_kind(beside.kind)),
        (t.say("submit.piece_title"), here.title.clone(), beside.title.clone()),
        (t.say("edit.summary"), here.summary.clone(), beside.summary.clone()),
        (t.say("edit.text"), here.text.clone(), beside.text.clone()),
        (t.say("edit.authors"), authors(here), authors(beside)),
        (t.say("edit.licence"), licence(here), licence(beside)),
        (t.say("edit.interests"), here.interests.clone(), beside.interests.clone()),
        (t.say("edit.ai_use"), here.ai_use.clone(), beside.ai_use.clone()),
        (t.say("edit.changes"), here.changes.clone(), beside.changes.clone()),
    ];
    pairs
        .into_iter()
        .filter(|(_, here, beside)| here != beside)
        .map(|(name, here, beside)| FieldPair { name: name.to_owned(), here, beside })
        .collect()
}

/// One was chosen.
pub(crate) async fn settle(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let id = visitor.submission(&site, &reader, Action::Edit).await?.id;
    let take = form.get("go") == "take";
    site.store().settle_save(id, &form.get("save"), take, site.now()).await?;
    let left = site.store().saves_beside(id).await?;
    let to = if left.is_empty() {
        urls::edit_piece(reader.language, id, 1)
    } else {
        urls::piece_act(reader.language, id, "saves")
    };
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}
