//! A piece is written: one group of questions a page, and at the end everything to be checked before it
//! is sent. Saving never refuses; what is missing is said and asked for at the end.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Language;
use observatory_model::rights::{Action, Stage};
use observatory_model::submission::{
    Author, Draft, Kept, Licence, MAX_AUTHORS, PieceKind, Problem, Save, Submission,
};
use sha2::{Digest as _, Sha256};

use crate::assets::DESK_SCRIPT_PATH;
use crate::cache::{Policy, answer, redirect};
use crate::chrome::Chrome;
use crate::desk::forms::{Form, Wrong, of_field};
use crate::error::{PageError, page_of};
use crate::html::Html;
use crate::locale::own_name;
use crate::pages::{HTML, show_with_script};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// The last page of the form, on which everything is checked.
pub(crate) const LAST_STEP: u8 = 4;

#[derive(Template)]
#[template(path = "desk/edit.html")]
struct EditPage {
    c: Chrome,
    step: u8,
    steps: Vec<StepLink>,
    action: String,
    save: String,
    file_action: String,
    base: u64,
    was: String,
    d: Draft,
    is_revision: bool,
    /// Whether the mailed link has still to be used.
    is_guest: bool,
    mail: String,
    beside_href: Option<String>,
    kinds: Vec<(PieceKind, String)>,
    languages: Vec<(Language, &'static str, bool)>,
    licences: Vec<(Licence, bool)>,
    rows: Vec<Row>,
    read: Option<Html>,
    wrongs: Vec<Wrong>,
    sections: Vec<Checked>,
    send: Option<String>,
    piece_href: String,
    is_saved: bool,
}

struct StepLink {
    href: String,
    name: String,
    is_current: bool,
}

struct Row {
    at: usize,
    author: Author,
}

/// A question with its answer, on the page where everything is checked.
struct Checked {
    name: String,
    value: String,
    href: String,
}

impl EditPage {
    fn wrong(&self, field: &str) -> Option<&Html> {
        of_field(&self.wrongs, field)
    }

    fn wrong_at(&self, field: &str, at: usize) -> Option<&Html> {
        of_field(&self.wrongs, &format!("{field}-{at}"))
    }
}

/// `/{lang}/desk/pieces/{id}/edit/{step}`
pub(crate) async fn edit(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let submission = visitor.submission(&site, &reader, Action::Edit).await?;
    let step = step(&reader)?;
    // What is missing is said once somebody has been asked for it: on the last page, or coming from it.
    let shows = step == LAST_STEP || reader.parameter("check").is_some();
    let problems = if shows { submission.draft.problems() } else { Vec::new() };
    let page = page(&site, &reader, &visitor, &submission, step, &problems).await?;
    show_with_script(&page, Policy::Never)
}

fn step(reader: &Reader) -> Result<u8, PageError> {
    let step: u8 = reader.part(4)?;
    if (1..=LAST_STEP).contains(&step) { Ok(step) } else { Err(PageError::NotFound) }
}

async fn page(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
    submission: &Submission,
    step: u8,
    problems: &[Problem],
) -> Result<EditPage, PageError> {
    let (t, language, id) = (reader.locale, reader.language, submission.id);
    let of_page = |problem: &&Problem| step == LAST_STEP || problem.field.step() == step;
    let wrong = |problem: &Problem| {
        let own = problem.field.id();
        let field = if step == LAST_STEP { format!("check-{}", problem.field.step()) } else { own };
        Wrong { field, words: Html::text(&t.problem(*problem)) }
    };
    let wrongs: Vec<Wrong> = problems.iter().filter(of_page).map(wrong).collect();
    let name = t.say(&format!("edit.step_{step}")).to_owned();
    let heading =
        if wrongs.is_empty() { name } else { format!("{} – {name}", t.say("alerts.problems")) };
    let draft = &submission.draft;
    let mut rows: Vec<Row> =
        (0..).zip(draft.authors.iter().cloned()).map(|(at, author)| Row { at, author }).collect();
    if rows.is_empty() || reader.parameter("more").is_some() && rows.len() < MAX_AUTHORS {
        rows.push(Row { at: rows.len(), author: Author::default() });
    }
    let steps = (1..=LAST_STEP).map(|number| StepLink {
        href: urls::edit_piece(language, id, number),
        name: t.say(&format!("edit.step_{number}")).to_owned(),
        is_current: number == step,
    });
    let beside = site.store().saves_beside(id).await?;
    let mut c = Chrome::new(site, reader, &heading).unlisted().desk();
    c.script = Some(DESK_SCRIPT_PATH.as_str());
    Ok(EditPage {
        c,
        step,
        steps: steps.collect(),
        action: urls::edit_piece(language, id, step),
        save: urls::piece_act(language, id, "save"),
        file_action: urls::piece_act(language, id, "file"),
        base: submission.revision,
        was: print(draft, step),
        is_revision: submission.stage == Stage::Revision || submission.slug.is_some(),
        is_guest: visitor.person().is_none(),
        mail: submission.mail.as_str().to_owned(),
        beside_href: (!beside.is_empty()).then(|| urls::piece_act(language, id, "saves")),
        kinds: PieceKind::ALL.map(|kind| (kind, t.piece_kind(kind))).into(),
        languages: Language::ALL
            .map(|one| (one, own_name(one), draft.language == Some(one)))
            .into(),
        licences: Licence::ALL.map(|one| (one, draft.licence == Some(one))).into(),
        rows,
        read: crate::desk::file::read_words(site, t, draft).await?,
        wrongs,
        sections: if step == LAST_STEP { checked(reader, submission) } else { Vec::new() },
        send: (step == LAST_STEP && problems.is_empty())
            .then(|| urls::piece_act(language, id, "send")),
        piece_href: urls::piece(language, id),
        is_saved: reader.parameter("saved").is_some(),
        d: draft.clone(),
    })
}

/// Everything that was answered, with the way back to each question.
fn checked(reader: &Reader, submission: &Submission) -> Vec<Checked> {
    let (t, d) = (reader.locale, &submission.draft);
    let to = |step| format!("{}?check=yes", urls::edit_piece(reader.language, submission.id, step));
    let line = |key: &'static str, value: String, step| Checked {
        name: t.say(key).to_owned(),
        value,
        href: to(step),
    };
    let language = d.language.map(|language| own_name(language).to_owned()).unwrap_or_default();
    let authors: Vec<String> = d
        .named_authors()
        .map(|author| {
            let parts = [&author.name, &author.affiliation, &author.orcid];
            let parts: Vec<&str> =
                parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
            parts.join(" · ")
        })
        .collect();
    let file = d.attachment.as_ref().map(|file| file.name.clone()).unwrap_or_default();
    let words =
        u64::from(observatory_text::count_words(&d.text, d.language.unwrap_or(reader.language)));
    vec![
        line("submit.kind", t.piece_kind(d.kind), 1),
        line("submit.language", language, 1),
        line("submit.piece_title", d.title.clone(), 1),
        line("edit.summary", d.summary.clone(), 1),
        line("edit.text", t.count("edit.words", words), 1),
        line("edit.file", file, 1),
        line("edit.authors", authors.join("\n"), 2),
        line(
            "edit.licence",
            d.licence.map(|licence| licence.name().to_owned()).unwrap_or_default(),
            3,
        ),
        line("edit.interests", d.interests.clone(), 3),
        line("edit.ai_use", d.ai_use.clone(), 3),
    ]
}

/// The form was sent: what was typed is kept, and the next page comes, or the same where something has
/// to be chosen.
pub(crate) async fn keep(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    // Whose session has ended has still typed all of this: it is shown, to be sent again.
    let found = match visitor.own(&site, &reader).await {
        Err(PageError::SignIn | PageError::SecondFactor) => {
            return again(&site, &reader, &form);
        }
        found => found?,
    };
    let (id, step) = (found.id, step(&reader)?);
    let kept = save(&site, &found, step, &form).await?.ok_or(PageError::NotFound)?;
    let language = reader.language;
    let to = match (kept, form.get("go").as_str()) {
        (Kept::Beside, _) => urls::piece_act(language, id, "saves"),
        (_, "more") => format!("{}?more=yes#more", urls::edit_piece(language, id, step)),
        (_, "later") => format!("{}?saved=yes", urls::edit_piece(language, id, step)),
        _ => urls::edit_piece(language, id, (step + 1).min(LAST_STEP)),
    };
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}

#[derive(Template)]
#[template(path = "desk/again.html")]
struct AgainPage {
    c: Chrome,
    action: String,
    sign_in: String,
    fields: Vec<(String, String)>,
}

/// What was typed, with a button that sends it again, for whoever has to sign in first.
pub(crate) fn again(site: &Site, reader: &Reader, form: &Form) -> Result<Response, PageError> {
    let here = urls::in_language(reader.language, &reader.path);
    let back = urls::in_language(reader.language, &page_of(&reader.path));
    let page = AgainPage {
        c: Chrome::new(site, reader, reader.locale.say("edit.again")).unlisted().desk(),
        sign_in: urls::sign_in(reader.language, &back),
        action: here,
        fields: form.pairs().to_vec(),
    };
    Ok(answer(StatusCode::UNAUTHORIZED, HTML, Policy::Never, page.render()?))
}

/// Keeps what the form of a page holds.
///
/// A page without a script does not know what was kept since it was made. It carries a print of its own
/// questions' answers: while those are unchanged, nothing is overwritten, whatever else has changed.
pub(crate) async fn save(
    site: &Site,
    submission: &Submission,
    step: u8,
    form: &Form,
) -> Result<Option<Kept>, PageError> {
    let save = save_of(submission, step, form);
    let saved = site.store().save_draft(submission.id, save, site.now()).await?;
    Ok(saved.map(|saved| saved.kept))
}

/// What the form of a page wants to be kept.
pub(crate) fn save_of(submission: &Submission, step: u8, form: &Form) -> Save {
    let is_unchanged = form.get("was") == print(&submission.draft, step);
    let base = if is_unchanged {
        submission.revision
    } else {
        form.get("base").parse().unwrap_or(u64::MAX)
    };
    Save {
        base,
        device: form.line("device").chars().take(40).collect(),
        sequence: form.get("sequence").parse().unwrap_or(0),
        draft: answered(&submission.draft, step, form),
    }
}

/// The draft with the answers of a page in it.
fn answered(draft: &Draft, step: u8, form: &Form) -> Draft {
    let mut draft = draft.clone();
    match step {
        1 => {
            draft.kind = form.get("kind").parse().unwrap_or(draft.kind);
            draft.language = form.get("language").parse().ok();
            draft.title = form.get("title");
            draft.summary = form.get("summary");
            draft.text = form.get("text");
        }
        2 => {
            let rows = (0..MAX_AUTHORS).take_while(|at| form.has(&format!("name-{at}")));
            let author = |at: usize| Author {
                name: form.get(&format!("name-{at}")),
                orcid: form.get(&format!("orcid-{at}")),
                affiliation: form.get(&format!("affiliation-{at}")),
                ror: form.get(&format!("ror-{at}")),
            };
            draft.authors = rows.map(author).filter(|author| !author.is_empty()).collect();
        }
        3 => {
            draft.licence = form.get("licence").parse().ok();
            draft.interests = form.get("interests");
            draft.ai_use = form.get("ai-use");
            if form.has("changes") {
                draft.changes = form.get("changes");
            }
        }
        _ => {}
    }
    draft
}

/// A print of the answers of a page.
pub(crate) fn print(draft: &Draft, step: u8) -> String {
    let mut sha256 = Sha256::new();
    let mut add = |text: &str| {
        sha256.update(text.len().to_string());
        sha256.update(":");
        sha256.update(text);
    };
    match step {
        1 => {
            add(draft.kind.code());
            add(draft.language.map_or("", Language::code));
            for text in [&draft.title, &draft.summary, &draft.text] {
                add(text);
            }
        }
        2 => {
            for author in &draft.authors {
                for text in [&author.name, &author.orcid, &author.affiliation, &author.ror] {
                    add(text);
                }
            }
        }
        _ => {
            add(draft.licence.map_or("", Licence::code));
            for text in [&draft.interests, &draft.ai_use, &draft.changes] {
                add(text);
            }
        }
    }
    sha256.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
