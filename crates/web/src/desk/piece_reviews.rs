//! The part of a piece's page about its reviews: whom editors have asked, and what authors are told.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Language;
use observatory_model::expertise::known_of;
use observatory_model::person::{Person, Role};
use observatory_model::review::{Answer, Blinding, Review};
use observatory_model::rights::{Action, Office, Stage};
use observatory_model::submission::Submission;

use crate::cache::{Policy, answer};
use crate::desk::piece::paragraphs;
use crate::error::PageError;
use crate::html::Html;
use crate::locale::own_name;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// Reviews as the page shows them.
pub(crate) struct Reviews {
    /// One for each that this visitor sees.
    pub(crate) lines: Vec<ReviewLine>,
    /// Where somebody is asked for one.
    pub(crate) assign: Option<String>,
    /// Where a request is taken back.
    pub(crate) revoke: String,
    /// The languages that a reviewer is written to in.
    pub(crate) languages: Vec<(Language, &'static str, bool)>,
    /// Who knows whom.
    pub(crate) blindings: Vec<(Blinding, String)>,
    /// The reviews as files.
    pub(crate) files: Option<(String, String)>,
    /// People who have the role, to be chosen from, those who fit best first.
    pub(crate) known: Vec<Known>,
}

/// Somebody who could be asked.
pub(crate) struct Known {
    /// Their address.
    pub(crate) mail: String,
    /// Their name, the language they are written to in, and what of the piece they know about.
    pub(crate) words: Html,
}

/// Most people that are shown to choose from; anybody else can be named.
const MOST_KNOWN: usize = 8;

/// A review in the list.
pub(crate) struct ReviewLine {
    /// Its id.
    pub(crate) id: String,
    /// Who: for authors a number.
    pub(crate) who: Html,
    /// How far it has come, and until when it is wanted.
    pub(crate) state: Vec<Html>,
    /// The marks, as name and mark.
    pub(crate) marks: Vec<(String, u8)>,
    /// For the authors.
    pub(crate) to_authors: Vec<String>,
    /// For editors alone.
    pub(crate) to_editors: Vec<String>,
    /// Whether it can be taken back.
    pub(crate) revocable: bool,
}

/// The reviews of a piece, for this visitor: editors see all, authors what was said to them once it is
/// decided about.
pub(crate) async fn of(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
    submission: &Submission,
    is_editor: bool,
) -> Result<Reviews, PageError> {
    let (t, language, id) = (reader.locale, reader.language, submission.id);
    let reviews = site.store().reviews(id).await?;
    let is_decided = matches!(
        submission.stage,
        Stage::Revision | Stage::Declined | Stage::Published | Stage::Retracted
    );
    let shown = |review: &&Review| is_editor || is_decided && review.answer == Answer::Done;
    let lines = (1_u32..)
        .zip(reviews.iter().filter(shown))
        .map(|(number, review)| line(reader, submission, review, number, is_editor))
        .collect();
    let may_assign = visitor.may(submission, Action::Assign);
    let known = if may_assign { reviewers(site, reader, submission).await? } else { Vec::new() };
    let wanted = submission.draft.language.unwrap_or(language);
    Ok(Reviews {
        lines,
        assign: may_assign.then(|| urls::piece_act(language, id, "assign")),
        revoke: urls::piece_act(language, id, "revoke"),
        languages: Language::ALL.map(|one| (one, own_name(one), one == wanted)).into(),
        blindings: Blinding::ALL
            .map(|one| (one, t.say(&format!("blinding.{}", one.code())).to_owned()))
            .into(),
        files: is_editor.then(|| {
            let address = urls::piece_act(language, id, "reviews");
            (format!("{address}.csv"), format!("{address}.json"))
        }),
        known,
    })
}

/// People with the role of a reviewer: first those who know what the piece is about and are written to
/// in its language, then those of whom one of these is so.
async fn reviewers(
    site: &Site,
    reader: &Reader,
    submission: &Submission,
) -> Result<Vec<Known>, PageError> {
    let (t, draft) = (reader.locale, &submission.draft);
    let text = format!("{} {} {}", draft.title, draft.summary, draft.text);
    let wanted = draft.language.unwrap_or(submission.language);
    let people = site.store().people_with(Role::Reviewer).await?;
    let mut fits: Vec<_> = people
        .iter()
        .filter(|person| submission.owner != Some(person.id))
        .map(|person| {
            let known = known_of(&person.knows, &text, observatory_search::glossary());
            (usize::from(person.language == wanted) + 2 * known.len().min(3), person, known)
        })
        .collect();
    fits.sort_by_key(|(fit, person, _)| (usize::MAX - fit, person.called()));
    let line = |(_, person, known): &(usize, &Person, Vec<&str>)| {
        let mut parts = vec![Html::name(person.called()), Html::text(t.language(person.language))];
        if !known.is_empty() {
            let subjects = Html::isolated(&known.join(t.say("list.comma")));
            parts.push(t.fill("reviews.knows", &[("subjects", subjects)]));
        }
        Known { mail: person.mail.to_string(), words: Html::row(&parts, " · ") }
    };
    Ok(fits.iter().take(MOST_KNOWN).map(line).collect())
}

/// `/{lang}/desk/pieces/{id}/reviews.csv`
pub(crate) async fn csv(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let (submission, reviews) = for_editors(&site, &reader, &visitor).await?;
    let head = [
        "submission",
        "round",
        "review",
        "name",
        "mail",
        "language",
        "blinding",
        "answer",
        "asked",
        "due",
        "done",
        "verdict",
        "marks",
        "to_authors",
        "to_editors",
    ];
    let mut rows = Vec::new();
    let number = submission.number.clone().unwrap_or_default();
    for review in &reviews {
        let marks: Vec<String> =
            review.remarks.marks.iter().map(|(name, mark)| format!("{name}={mark}")).collect();
        rows.push([
            number.clone(),
            review.round.to_string(),
            review.id.to_string(),
            review.name.clone(),
            review.mail.to_string(),
            review.language.to_string(),
            review.blinding.code().to_owned(),
            review.answer.to_string(),
            review.asked.to_string(),
            review.due.to_string(),
            review.done.map(|done| done.to_string()).unwrap_or_default(),
            review.remarks.verdict.map(|verdict| verdict.to_string()).unwrap_or_default(),
            marks.join(" "),
            review.remarks.to_authors.clone(),
            review.remarks.to_editors.clone(),
        ]);
    }
    let text = observatory_publish::csv(head, rows);
    Ok(answer(StatusCode::OK, "text/csv; charset=utf-8", Policy::Never, text))
}

/// `/{lang}/desk/pieces/{id}/reviews.json`
pub(crate) async fn json(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let (submission, reviews) = for_editors(&site, &reader, &visitor).await?;
    let said = serde_json::json!({
        "schema": "observatory.reviews/1",
        "submission": submission.number,
        "reviews": reviews,
    });
    Ok(answer(StatusCode::OK, "application/json", Policy::Never, said.to_string()))
}

async fn for_editors(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
) -> Result<(Submission, Vec<Review>), PageError> {
    visitor.in_office(Office::ReadQueue)?;
    let submission = visitor.submission(site, reader, Action::Read).await?;
    // An editor is the author of this one: reviewers are not theirs to know.
    if visitor.person().is_some_and(|person| submission.owner == Some(person.id)) {
        return Err(PageError::NotFound);
    }
    let reviews = site.store().reviews(submission.id).await?;
    Ok((submission, reviews))
}

fn line(
    reader: &Reader,
    submission: &Submission,
    review: &Review,
    number: u32,
    is_editor: bool,
) -> ReviewLine {
    let t = reader.locale;
    let who = if is_editor {
        let mail = Html::isolated(review.mail.as_str());
        Html::row(&[Html::name(&review.name), mail], " · ")
    } else {
        Html::text(&t.plain("reviews.number", &[("number", &number.to_string())]))
    };
    let mut state = vec![Html::text(&t.review_answer(review.answer))];
    if review.answer.is_open() {
        state.push(t.fill("reviews.due", &[("date", t.date(review.due))]));
    }
    if let Some(verdict) = review.remarks.verdict.filter(|_| review.answer == Answer::Done) {
        state.push(Html::strong(&t.verdict(verdict)));
    }
    let is_done = review.answer == Answer::Done;
    let name = |criterion: &str| {
        let known = submission.draft.kind.criteria().contains(&criterion);
        if known {
            t.say(&format!("criterion.{criterion}")).to_owned()
        } else {
            criterion.to_owned()
        }
    };
    ReviewLine {
        id: review.id.to_string(),
        who,
        state,
        marks: if is_done {
            review.remarks.marks.iter().map(|(one, mark)| (name(one), *mark)).collect()
        } else {
            Vec::new()
        },
        to_authors: if is_done { paragraphs(&review.remarks.to_authors) } else { Vec::new() },
        to_editors: if is_done && is_editor {
            paragraphs(&review.remarks.to_editors)
        } else {
            Vec::new()
        },
        revocable: is_editor && review.answer.is_open(),
    }
}
