//! Where a piece is: who has it and since when, what can be done, the way it has come, its messages,
//! its versions and its reviews. One page for authors and editors: each sees what they may do.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Language;
use observatory_model::rights::{Action, Stage};
use observatory_model::submission::{Draft, Submission, Verdict};
use observatory_store::{FrozenCharts, Message, Round, Step};
use observatory_text::markdown::manuscript;
use observatory_text::{Change, difference};

use crate::assets::DESK_SCRIPT_PATH;
use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::desk::file::read_words;
use crate::desk::piece_reviews::{self, Reviews};
use crate::error::PageError;
use crate::foresight::figures;
use crate::html::{Html, escape};
use crate::locale::own_name;
use crate::pages::show_with_script;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "desk/piece.html")]
struct PiecePage {
    c: Chrome,
    title: String,
    kicker: Html,
    whereabouts: Html,
    pending: Option<Html>,
    undo: Option<String>,
    published: Option<String>,
    /// The piece that is public, where this is to be its next version.
    renewed: Option<Html>,
    renew: Option<String>,
    notes: Vec<String>,
    edit: Option<String>,
    discard: Option<String>,
    withdraw: Option<String>,
    retract: Option<String>,
    message: Option<String>,
    decide: Option<String>,
    verdicts: Vec<(Verdict, String)>,
    templates: Vec<String>,
    steps: Vec<StepLine>,
    messages: Vec<MessageLine>,
    d: Draft,
    answers: Vec<(String, String)>,
    file_href: String,
    file_read: Option<Html>,
    /// The text as readers would get it.
    body: Html,
    rounds: Vec<RoundLine>,
    reviews: Reviews,
    is_editor: bool,
    queue_href: Option<String>,
}

struct StepLine {
    name: String,
    when: Html,
    reasons: Vec<String>,
}

struct MessageLine {
    name: Html,
    when: Html,
    is_editor: bool,
    paragraphs: Vec<String>,
}

struct RoundLine {
    name: String,
    when: Html,
    changes: String,
    difference: Option<Html>,
}

/// `/{lang}/desk/pieces/{id}`
pub(crate) async fn piece(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let submission = visitor.submission(&site, &reader, Action::Read).await?;
    let page = page(&site, &reader, &visitor, submission).await?;
    show_with_script(&page, Policy::Never)
}

async fn page(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
    submission: Submission,
) -> Result<PiecePage, PageError> {
    let (t, language, id) = (reader.locale, reader.language, submission.id);
    let may = |action| visitor.may(&submission, action);
    let act = |action, name: &str| may(action).then(|| urls::piece_act(language, id, name));
    let is_editor = may(Action::Decide)
        || may(Action::Retract)
        || visitor.person().is_some_and(|person| submission.owner != Some(person.id));
    let untitled = t.say("piece.untitled").to_owned();
    let title = submission.draft.title.trim();
    let title = if title.is_empty() { untitled } else { title.to_owned() };
    let usual = site.store().usual_seconds(submission.stage).await?;
    let now = site.now();
    let pending = submission.pending.as_ref().filter(|_| is_editor);
    let can_undo = pending.is_some_and(|pending| pending.due > now) && may(Action::Decide);
    let mut c = Chrome::new(site, reader, &title).unlisted().desk();
    c.script = Some(DESK_SCRIPT_PATH.as_str());
    let rounds = site.store().rounds(id).await?;
    Ok(PiecePage {
        c,
        kicker: kicker(reader, &submission),
        whereabouts: t.whereabouts(submission.stage, submission.since, usual),
        pending: pending.map(|pending| {
            let verdict = Html::strong(&t.verdict(pending.verdict));
            t.fill("piece.pending", &[("verdict", verdict), ("date", t.minute(pending.due))])
        }),
        undo: can_undo.then(|| urls::piece_act(language, id, "undo")),
        published: published(&submission).map(|(own, slug)| urls::handed_in(own, slug)),
        renewed: renewed(&submission)
            .map(|(own, slug)| Html::link(&urls::handed_in(own, slug), t.say("piece.renewed"))),
        renew: act(Action::Renew, "renew"),
        notes: notes(reader),
        edit: act(Action::Edit, "edit/1"),
        discard: act(Action::Discard, "discard"),
        withdraw: act(Action::Withdraw, "withdraw"),
        retract: act(Action::Retract, "retract"),
        message: act(Action::Message, "message"),
        decide: act(Action::Decide, "decide"),
        verdicts: verdicts(submission.stage).map(|verdict| (verdict, t.verdict(verdict))).collect(),
        templates: (1..=4).map(|number| t.say(&format!("reason.{number}")).to_owned()).collect(),
        steps: site.store().steps(id).await?.iter().map(|step| step_line(reader, step)).collect(),
        messages: site
            .store()
            .messages(id)
            .await?
            .iter()
            .map(|one| message_line(reader, one))
            .collect(),
        answers: answers(reader, &submission.draft),
        file_href: urls::piece_act(language, id, "file"),
        file_read: read_words(site, t, &submission.draft).await?,
        body: rendered(reader, &submission.draft, submission.language),
        rounds: round_lines(reader, &rounds),
        reviews: piece_reviews::of(site, reader, visitor, &submission, is_editor).await?,
        is_editor,
        queue_href: is_editor.then(|| urls::queue(language, submission.stage, 1)),
        d: submission.draft,
        title,
    })
}

/// The text of a draft as its page would have it, with its numbered paragraphs.
///
/// Its charts get their figures when it is published, and say so until then.
pub(crate) fn rendered(reader: &Reader, draft: &Draft, own: Language) -> Html {
    if draft.text.trim().is_empty() {
        return Html::default();
    }
    let body = manuscript(&draft.text, draft.language.unwrap_or(own));
    figures::drawn(reader, &body, &FrozenCharts::new())
}

fn kicker(reader: &Reader, submission: &Submission) -> Html {
    let t = reader.locale;
    let mut parts = vec![Html::text(&t.piece_kind(submission.draft.kind))];
    if let Some(language) = submission.draft.language {
        parts.push(Html::text(t.language(language)));
    }
    parts.extend(submission.number.as_deref().map(Html::isolated));
    Html::row(&parts, " · ")
}

/// The language and the slug under which it is published.
fn published(submission: &Submission) -> Option<(Language, &str)> {
    let slug = submission.slug.as_deref()?;
    (submission.stage == Stage::Published)
        .then_some((submission.draft.language.unwrap_or(submission.language), slug))
}

/// The same of the piece whose next version it is to be.
fn renewed(submission: &Submission) -> Option<(Language, &str)> {
    let slug = submission.slug.as_deref()?;
    (!submission.stage.is_over())
        .then_some((submission.draft.language.unwrap_or(submission.language), slug))
}

fn verdicts(stage: Stage) -> impl Iterator<Item = Verdict> {
    Verdict::ALL
        .into_iter()
        .filter(move |verdict| stage != Stage::Revision || *verdict == Verdict::Decline)
}

/// What can have been done before the page is shown, as words of the locales.
pub(crate) const DID: [&str; 9] =
    ["sent", "message", "asked", "revoked", "decided", "undone", "late", "withdrawn", "retracted"];

/// What has just been done, said once.
fn notes(reader: &Reader) -> Vec<String> {
    let t = reader.locale;
    let said = reader.parameter("did").unwrap_or_default();
    let is_known = DID.contains(&said.as_str());
    if is_known { vec![t.say(&format!("did.{said}")).to_owned()] } else { Vec::new() }
}

fn step_line(reader: &Reader, step: &Step) -> StepLine {
    StepLine {
        name: reader.locale.stage(step.stage),
        when: reader.locale.minute(step.entered),
        reasons: paragraphs(&step.reasons),
    }
}

fn message_line(reader: &Reader, message: &Message) -> MessageLine {
    MessageLine {
        name: Html::name(&message.name),
        when: reader.locale.minute(message.at),
        is_editor: message.is_editor,
        paragraphs: paragraphs(&message.words),
    }
}

/// Paragraphs of what somebody typed.
pub(crate) fn paragraphs(words: &str) -> Vec<String> {
    words.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn answers(reader: &Reader, draft: &Draft) -> Vec<(String, String)> {
    let t = reader.locale;
    let authors: Vec<String> = draft
        .named_authors()
        .map(|author| {
            let parts = [author.name.trim(), author.affiliation.trim(), author.orcid.trim()];
            parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ")
        })
        .collect();
    let language = draft.language.map(|language| own_name(language).to_owned());
    let licence = draft.licence.map(|licence| licence.name().to_owned());
    [
        ("submit.language", language.unwrap_or_default()),
        ("edit.summary", draft.summary.clone()),
        ("edit.authors", authors.join("\n")),
        ("edit.licence", licence.unwrap_or_default()),
        ("edit.interests", draft.interests.clone()),
        ("edit.ai_use", draft.ai_use.clone()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.trim().is_empty())
    .map(|(key, value)| (t.say(key).to_owned(), value))
    .collect()
}

/// Each sending, with what differs from the one before; the newest first.
fn round_lines(reader: &Reader, rounds: &[Round]) -> Vec<RoundLine> {
    let t = reader.locale;
    let before = std::iter::once(None).chain(rounds.iter().map(Some));
    let mut lines: Vec<RoundLine> = rounds
        .iter()
        .zip(before)
        .map(|(round, before)| RoundLine {
            // What is published stands before the first sending of its next version.
            name: match round.round {
                0 => t.say("piece.round_published").to_owned(),
                sent => t.plain("piece.version", &[("version", &sent.to_string())]),
            },
            when: t.minute(round.sent),
            changes: round.draft.changes.trim().to_owned(),
            difference: before.map(|before| shown(t, &before.draft, &round.draft)),
        })
        .collect();
    lines.reverse();
    lines
}

/// What differs between two states of the words, with what stayed shortened to where it matters.
fn shown(t: &crate::locale::Locale, before: &Draft, after: &Draft) -> Html {
    let whole = |draft: &Draft| format!("{}\n\n{}\n\n{}", draft.title, draft.summary, draft.text);
    let changes = difference(&whole(before), &whole(after));
    let html = |change: &Change| match change {
        Change::Same(text) => escape(&shortened(text)),
        Change::Gone(text) => format!("<del>{}</del>", escape(text)),
        Change::New(text) => format!("<ins>{}</ins>", escape(text)),
    };
    if changes.iter().all(|change| matches!(change, Change::Same(_))) {
        return Html::text(t.say("piece.no_difference"));
    }
    Html::trusted(changes.iter().map(html).collect::<Vec<_>>().concat())
}

/// Signs of what stayed that are shown beside a change.
const AROUND: usize = 160;

/// The beginning and the end of a long text that did not change.
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= 2 * AROUND + 20 {
        return text.to_owned();
    }
    let head: String = text.chars().take(AROUND).collect();
    let tail: String = text.chars().skip(count - AROUND).collect();
    format!("{head} […] {tail}")
}
