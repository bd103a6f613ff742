//! A review, by the link that was mailed: it opens this one and nothing else, until the piece is decided
//! about. Opening it changes nothing; only a button does.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::alert::Token;
use observatory_model::review::{Answer, Blinding, MAX_REMARKS_BYTES, Remarks, Review};
use observatory_model::rights::Stage;
use observatory_model::submission::{Submission, Verdict};
use observatory_publish::calendar::{Deadline, deadline};

use crate::cache::{Policy, answer, redirect};
use crate::chrome::Chrome;
use crate::desk::file::{attached, send};
use crate::desk::forms::{Form, Wrong, of_field};
use crate::desk::notice::Notice;
use crate::desk::piece::rendered;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::{HTML, show};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "desk/review.html")]
struct ReviewPage {
    c: Chrome,
    title: String,
    kicker: String,
    due: Html,
    blinding: String,
    action: String,
    file_href: Option<String>,
    file_name: String,
    ics_href: String,
    summary: String,
    body: Html,
    lang: &'static str,
    dir: &'static str,
    authors: Option<String>,
    is_asked: bool,
    is_saved: bool,
    criteria: Vec<Criterion>,
    remarks: Remarks,
    verdicts: Vec<(Verdict, String, bool)>,
    wrongs: Vec<Wrong>,
}

struct Criterion {
    code: &'static str,
    name: String,
    /// Each mark, and whether it is the one that was given.
    marks: Vec<(u8, bool)>,
}

impl ReviewPage {
    fn wrong(&self, field: &str) -> Option<&Html> {
        of_field(&self.wrongs, field)
    }
}

/// The review that the word in the address opens, with its piece.
async fn opened(site: &Site, reader: &Reader) -> Result<(Token, Review, Submission), PageError> {
    let key: Token =
        reader.parameter("key").and_then(|key| key.parse().ok()).ok_or(PageError::NotFound)?;
    let review = site.store().review_of_link(key).await?.ok_or(PageError::NotFound)?;
    let submission =
        site.store().submission(review.submission).await?.ok_or(PageError::NotFound)?;
    Ok((key, review, submission))
}

/// Whether the reviewer still sees the piece.
fn is_open(review: &Review, submission: &Submission) -> bool {
    review.answer.is_open() && submission.stage == Stage::Review && submission.round == review.round
}

/// `/{lang}/review?key=…`
pub(crate) async fn review(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let (key, review, submission) = opened(&site, &reader).await?;
    if !is_open(&review, &submission) {
        return over(&site, &reader, &review);
    }
    let remarks = review.remarks.clone();
    show(&page(&site, &reader, key, &review, &submission, remarks, Vec::new()), Policy::Never)
}

/// What is said when nothing is expected any more: thanks, or that it was taken back.
fn over(site: &Site, reader: &Reader, review: &Review) -> Result<Response, PageError> {
    let t = reader.locale;
    let heading = match review.answer {
        Answer::Done => "review.done",
        Answer::Declined => "review.declined",
        _ => "review.over",
    };
    let about = if matches!(review.answer, Answer::Done | Answer::Declined) {
        "review.thanks_about"
    } else {
        "review.over_about"
    };
    let about = vec![t.say(about).into()];
    Notice { heading: t.say(heading), about, ways: Vec::new() }.answer(site, reader, StatusCode::OK)
}

fn page(
    site: &Site,
    reader: &Reader,
    key: Token,
    review: &Review,
    submission: &Submission,
    remarks: Remarks,
    wrongs: Vec<Wrong>,
) -> ReviewPage {
    let (t, language, d) = (reader.locale, reader.language, &submission.draft);
    let mark_of = |code: &str| {
        remarks.marks.iter().find(|(known, _)| known == code).map_or(0, |(_, mark)| *mark)
    };
    let criteria = d.kind.criteria().iter().map(|code| Criterion {
        code,
        name: t.say(&format!("criterion.{code}")).to_owned(),
        marks: (1..=5).map(|mark| (mark, mark == mark_of(code))).collect(),
    });
    let authors: Vec<&str> = d.named_authors().map(|author| author.name.trim()).collect();
    ReviewPage {
        c: Chrome::new(site, reader, t.say("review.title")).unlisted().desk(),
        title: d.title.trim().to_owned(),
        kicker: t.piece_kind(d.kind),
        due: t.fill("reviews.due", &[("date", t.date(review.due))]),
        blinding: t.say(&format!("blinding.{}", review.blinding.code())).to_owned(),
        action: urls::review(language, key),
        file_href: d.attachment.is_some().then(|| urls::review_file(language, key)),
        file_name: file_name(review, submission),
        ics_href: urls::review_calendar(language, key),
        summary: d.summary.clone(),
        body: rendered(reader, d, submission.language),
        lang: d.language.unwrap_or(submission.language).code(),
        dir: crate::chrome::dir(d.language),
        authors: (review.blinding == Blinding::Single).then(|| authors.join(t.say("list.comma"))),
        is_asked: review.answer == Answer::Asked,
        is_saved: reader.parameter("saved").is_some(),
        criteria: criteria.collect(),
        verdicts: Verdict::ALL
            .map(|one| (one, t.verdict(one), remarks.verdict == Some(one)))
            .into(),
        remarks,
        wrongs,
    }
}

/// A name for the copy that says nothing of who made it.
fn file_name(review: &Review, submission: &Submission) -> String {
    let name = submission.draft.attachment.as_ref().map_or("", |file| file.name.as_str());
    if review.blinding == Blinding::Single {
        return name.to_owned();
    }
    // Only an ending that says what it is: what stands behind the last dot may be a name.
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .filter(|ending| ["pdf", "docx", "md", "markdown", "txt"].contains(&&**ending));
    let number = submission.number.as_deref().unwrap_or("paper");
    ending.map_or_else(|| number.to_owned(), |ending| format!("{number}.{ending}"))
}

/// A button of the page was pressed.
pub(crate) async fn act(
    State(site): State<Site>,
    reader: Reader,
    form: Form,
) -> Result<Response, PageError> {
    let (key, review, submission) = opened(&site, &reader).await?;
    let here = urls::review(reader.language, key);
    let now = site.now();
    let go = form.get("go");
    let simple = match go.as_str() {
        "accept" => Some(Answer::Accepted),
        "decline" => Some(Answer::Declined),
        _ => None,
    };
    if let Some(answer) = simple {
        site.store().answer_review(review.id, answer, None, now).await?;
        return Ok(redirect(StatusCode::SEE_OTHER, &here, Policy::Never));
    }
    let remarks = remarks_of(&form, &submission);
    let is_sent = go == "send";
    let wrongs = if is_sent { missing(&reader, &submission, &remarks) } else { Vec::new() };
    // What was typed is kept in any case.
    let answer = if is_sent && wrongs.is_empty() { Answer::Done } else { Answer::Accepted };
    site.store().answer_review(review.id, answer, Some(&remarks), now).await?;
    if !wrongs.is_empty() && is_open(&review, &submission) {
        let page = page(&site, &reader, key, &review, &submission, remarks, wrongs);
        return Ok(crate::cache::answer(
            StatusCode::UNPROCESSABLE_ENTITY,
            HTML,
            Policy::Never,
            page.render()?,
        ));
    }
    let to = if answer == Answer::Done { here } else { format!("{here}&saved=yes") };
    Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
}

fn remarks_of(form: &Form, submission: &Submission) -> Remarks {
    let cut = |text: String| -> String {
        if text.len() <= MAX_REMARKS_BYTES {
            return text;
        }
        text.chars().take(MAX_REMARKS_BYTES / 4).collect()
    };
    let mark = |code: &&str| {
        let mark: u8 = form.get(&format!("mark-{code}")).parse().ok()?;
        (1..=5).contains(&mark).then(|| ((*code).to_owned(), mark))
    };
    Remarks {
        marks: submission.draft.kind.criteria().iter().filter_map(mark).collect(),
        to_authors: cut(form.get("to-authors")),
        to_editors: cut(form.get("to-editors")),
        verdict: form.get("verdict").parse().ok(),
    }
}

fn missing(reader: &Reader, submission: &Submission, remarks: &Remarks) -> Vec<Wrong> {
    let t = reader.locale;
    let wrong = |field: &str, key: &'static str| Wrong {
        field: field.to_owned(),
        words: Html::text(t.say(key)),
    };
    let mut wrongs = Vec::new();
    if remarks.marks.len() < submission.draft.kind.criteria().len() {
        wrongs.push(wrong("marks", "review.marks_missing"));
    }
    if remarks.to_authors.trim().is_empty() {
        wrongs.push(wrong("to-authors", "review.words_missing"));
    }
    if remarks.verdict.is_none() {
        wrongs.push(wrong("verdict", "review.verdict_missing"));
    }
    wrongs
}

/// `/{lang}/review/file?key=…`: the copy for this reviewer.
pub(crate) async fn file(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let (_, review, submission) = opened(&site, &reader).await?;
    if !is_open(&review, &submission) {
        return Err(PageError::NotFound);
    }
    let attachment = submission.draft.attachment.as_ref().ok_or(PageError::NotFound)?;
    if review.blinding == Blinding::Single {
        return send(&site, attachment).await;
    }
    let name = file_name(&review, &submission);
    if let Some(bytes) = site.store().anonymous_copy(&attachment.file).await? {
        return Ok(attached(bytes, &name));
    }
    // Better no file than one that tells who wrote it.
    let t = reader.locale;
    let about = vec![t.say("review.no_copy_about").into()];
    let notice = Notice { heading: t.say("review.no_copy"), about, ways: Vec::new() };
    notice.answer(&site, &reader, StatusCode::OK)
}

/// `/{lang}/review/deadline.ics?key=…`
pub(crate) async fn calendar(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let (key, review, submission) = opened(&site, &reader).await?;
    if !is_open(&review, &submission) {
        return Err(PageError::NotFound);
    }
    let t = reader.locale;
    let title = submission.draft.title.trim();
    let link = site.absolute(&urls::review(reader.language, key));
    let text = deadline(&Deadline {
        uid: format!("review-{}", review.id),
        written: site.now(),
        at: review.due,
        summary: t.plain("review.calendar", &[("title", title)]),
        description: t.say("review.title").to_owned(),
        url: link.parse().or(Err(PageError::NotFound))?,
    });
    Ok(answer(StatusCode::OK, "text/calendar; charset=utf-8", Policy::Never, text))
}
