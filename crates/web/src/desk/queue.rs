//! What waits for editors: since when, why, and what can be done with one key.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::rights::{Action, Office, Stage};
use observatory_model::submission::Verdict;
use observatory_model::{Language, SubmissionId};
use observatory_store::SubmissionLine;

use crate::assets::DESK_SCRIPT_PATH;
use crate::cache::{Policy, redirect};
use crate::chrome::Chrome;
use crate::desk::forms::Form;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::show_with_script;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// Pieces on a page.
pub(crate) const PER_PAGE: u32 = 30;

/// Most pages that are counted: what lies beyond 30,000 waiting pieces is found by its number.
const MOST_PAGES: u32 = 1000;

#[derive(Template)]
#[template(path = "desk/queue.html")]
struct QueuePage {
    c: Chrome,
    stages: Vec<StageLink>,
    lines: Vec<Line>,
    action: String,
    /// What was decided on this page and can still be taken back, all at once.
    undo: Vec<SubmissionId>,
    /// What has just been taken back, in words.
    told: Option<&'static str>,
    reasons: Vec<String>,
    previous: Option<String>,
    next: Option<String>,
    page_of: Option<String>,
    can_decline: bool,
}

struct StageLink {
    href: String,
    name: String,
    count: String,
    is_current: bool,
}

struct Line {
    id: SubmissionId,
    href: String,
    title: String,
    language: Option<Language>,
    meta: Html,
    why: Vec<Html>,
    pending: Option<Html>,
}

/// `/{lang}/desk/queue?stage=…&page=…`
pub(crate) async fn queue(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    visitor.in_office(Office::ReadQueue)?;
    let (t, language, now) = (reader.locale, reader.language, site.now());
    let stage = reader.parameter("stage").and_then(|stage| stage.parse().ok());
    let stage = stage.filter(|stage| *stage != Stage::Draft).unwrap_or(Stage::Received);
    let counts = site.store().queue_counts().await?;
    let count_of = |stage: Stage| {
        counts.iter().find(|(known, _)| *known == stage).map_or(0, |(_, count)| *count)
    };
    let pages = u32::try_from(count_of(stage).div_ceil(u64::from(PER_PAGE))).unwrap_or(MOST_PAGES);
    let pages = pages.clamp(1, MOST_PAGES);
    let page: u32 = reader.parameter("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let page = page.clamp(1, pages);
    let lines = site.store().queue(stage, (page - 1) * PER_PAGE, PER_PAGE, now).await?;
    let can_undo =
        |line: &&SubmissionLine| line.pending.as_ref().is_some_and(|pending| pending.due > now);
    let has_decided = reader.parameter("did").is_some_and(|did| did == "decided");
    let undo = lines.iter().filter(|line| has_decided && can_undo(line)).map(|line| line.id);
    let mut c = Chrome::new(&site, &reader, t.say("queue.title")).unlisted().desk();
    c.script = Some(DESK_SCRIPT_PATH.as_str());
    let other = |page| urls::queue(language, stage, page);
    let page = QueuePage {
        c,
        stages: Stage::ALL
            .into_iter()
            .filter(|stage| *stage != Stage::Draft)
            .map(|one| StageLink {
                href: urls::queue(language, one, 1),
                name: t.stage(one),
                count: t.number(count_of(one)),
                is_current: one == stage,
            })
            .collect(),
        lines: lines.iter().map(|piece| line(&reader, piece, now)).collect(),
        action: urls::queue(language, stage, page),
        undo: undo.collect(),
        told: match reader.parameter("did").as_deref() {
            Some("undone") => Some(t.say("did.undone")),
            Some("late") => Some(t.say("did.late")),
            _ => None,
        },
        reasons: (1..=4).map(|number| t.say(&format!("reason.{number}")).to_owned()).collect(),
        previous: (page > 1).then(|| other(page - 1)),
        next: (page < pages).then(|| other(page + 1)),
        page_of: (pages > 1).then(|| {
            let (page, pages) = (t.number(u64::from(page)), t.number(u64::from(pages)));
            t.plain("queue.page", &[("page", &page), ("pages", &pages)])
        }),
        can_decline: stage.waits_for_editor(),
    };
    show_with_script(&page, Policy::Never)
}

fn line(reader: &Reader, piece: &SubmissionLine, now: observatory_model::Timestamp) -> Line {
    let t = reader.locale;
    let mut meta = Vec::new();
    meta.extend(piece.number.as_deref().map(Html::isolated));
    meta.push(Html::text(&t.piece_kind(piece.kind)));
    meta.extend(piece.language.map(|language| Html::text(t.language(language))));
    let waited = Html::text(&t.span(now.seconds_since(piece.since)));
    let mut why = vec![t.fill("queue.since", &[("time", waited)])];
    if piece.stage == Stage::Received {
        let key = if piece.round > 1 { "queue.revised" } else { "queue.new" };
        why.push(Html::text(t.say(key)));
    }
    if piece.reviews > 0 {
        let values = [
            ("done", Html::text(&t.number(piece.reviews_done))),
            ("asked", Html::text(&t.number(piece.reviews))),
        ];
        why.push(t.fill("queue.reviews", &values));
    }
    if piece.reviews_late > 0 {
        why.push(Html::strong(&t.count("queue.late", piece.reviews_late)));
    }
    let pending = piece.pending.as_ref().map(|pending| {
        let verdict = Html::strong(&t.verdict(pending.verdict));
        t.fill("piece.pending", &[("verdict", verdict), ("date", t.minute(pending.due))])
    });
    let untitled = t.say("piece.untitled");
    Line {
        id: piece.id,
        href: urls::piece(reader.language, piece.id),
        title: if piece.title.trim().is_empty() { untitled } else { &piece.title }.to_owned(),
        language: piece.language,
        meta: Html::row(&meta, " · "),
        why,
        pending,
    }
}

/// Several pieces are declined at once, with the same reason; or that is taken back, of all of them.
pub(crate) async fn decide(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let editor = visitor.in_office(Office::ReadQueue)?;
    let takes_back = form.get("go") == "undo";
    let number: u8 = form.get("reason").parse().unwrap_or(0);
    if !takes_back && !(1..=4).contains(&number) {
        return Err(PageError::BadRequest);
    }
    let chosen = form.pairs().iter().filter(|(name, _)| name == "piece");
    let ids = chosen.filter_map(|(_, id)| id.parse::<SubmissionId>().ok());
    let most = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    let mut did = None;
    for id in ids.take(most) {
        let Some(found) = site.store().submission(id).await? else { continue };
        if !visitor.may(&found, Action::Decide) {
            continue;
        }
        let now = site.now();
        if takes_back {
            let done = site.store().undo_decision(id, editor, now).await?;
            // One that came too late is what has to be said.
            did = if done && did != Some("late") { Some("undone") } else { Some("late") };
            continue;
        }
        let reason = crate::locale::of(found.language).say(&format!("reason.{number}")).to_owned();
        site.store().decide_submission(id, editor, Verdict::Decline, &reason, now).await?;
        did = Some("decided");
    }
    let kept = reader.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("did="));
    let said = did.map(|did| format!("did={did}"));
    let query = kept.map(str::to_owned).chain(said).collect::<Vec<_>>().join("&");
    let path = urls::in_language(reader.language, &reader.path);
    let to = if query.is_empty() { path } else { format!("{path}?{query}") };
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}
