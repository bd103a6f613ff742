//! What is done with a piece, one act each: all by forms that come back to its page.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::credit::Tombstone;
use observatory_model::mail::{Letter, Letters as _, MailAddress, Topic};
use observatory_model::person::{Person, Role};
use observatory_model::review::{Answer, DAYS_TO_REVIEW, Remarks, Review};
use observatory_model::rights::Action;
use observatory_model::submission::{MAX_ANSWER_CHARS, Submission, Verdict};
use observatory_model::{MailId, ReviewId};
use observatory_store::{Asking, Deciding, Retraction, Sending};

use crate::cache::{Policy, redirect};
use crate::desk::edit::again;
use crate::desk::forms::Form;
use crate::desk::notice::Notice;
use crate::desk::proof::token;
use crate::error::PageError;
use crate::html::Html;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// Days that a reviewer can be given.
const DAYS: std::ops::RangeInclusive<i64> = 1..=120;

/// `POST /{lang}/desk/pieces/{id}/{act}`
pub(crate) async fn act(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, PageError> {
    let name: String = reader.part(3)?;
    let action = match name.as_str() {
        "send" => Action::Send,
        "withdraw" => Action::Withdraw,
        "discard" => Action::Discard,
        "message" => Action::Message,
        "assign" | "revoke" => Action::Assign,
        "decide" | "undo" => Action::Decide,
        "retract" => Action::Retract,
        "renew" => Action::Renew,
        _ => return Err(PageError::NotFound),
    };
    let submission = match visitor.submission(&site, &reader, action).await {
        // Whose session has ended has still typed all of this: it is shown, to be sent again.
        Err(PageError::SignIn | PageError::SecondFactor) => return again(&site, &reader, &form),
        found => found?,
    };
    let it = It { site: &site, reader: &reader, visitor: &visitor, submission, form };
    match name.as_str() {
        "send" => it.send().await,
        "withdraw" => it.withdraw().await,
        "discard" => it.discard().await,
        "message" => it.message().await,
        "assign" => it.assign().await,
        "revoke" => it.revoke().await,
        "decide" => it.decide().await,
        "undo" => it.undo().await,
        "renew" => it.renew().await,
        _ => it.retract().await,
    }
}

/// A piece, and what is wanted with it.
struct It<'a> {
    site: &'a Site,
    reader: &'a Reader,
    visitor: &'a Visitor,
    submission: Submission,
    form: Form,
}

impl It<'_> {
    /// Back to the page, which says what was done.
    fn did(&self, what: &str) -> Response {
        let page = urls::piece(self.reader.language, self.submission.id);
        redirect(StatusCode::SEE_OTHER, &format!("{page}?did={what}"), Policy::Never)
    }

    /// A page that says why nothing was done, with the way back.
    fn not_done(&self, about: &'static str) -> Result<Response, PageError> {
        let t = self.reader.locale;
        let back = urls::piece(self.reader.language, self.submission.id);
        let notice = Notice {
            heading: t.say("not_done.title"),
            about: vec![Html::text(t.say(about))],
            ways: vec![Html::link(&back, t.say("not_done.back"))],
        };
        notice.answer(self.site, self.reader, StatusCode::CONFLICT)
    }

    fn who(&self) -> String {
        self.visitor.who(&self.submission)
    }

    async fn send(self) -> Result<Response, PageError> {
        let (owner, _) = self.visitor.signed_in()?;
        let posting = self.site.store().posting_of(owner).await?;
        let revision = self.form.get("base").parse().or(Err(PageError::BadRequest))?;
        let (id, now) = (self.submission.id, self.site.now());
        let sent = self.site.store().send_submission(id, owner, posting, revision, now).await?;
        match sent {
            Sending::Done(_) => Ok(self.did("sent")),
            Sending::Problems(_) | Sending::Changed => {
                let to = urls::edit_piece(self.reader.language, id, super::edit::LAST_STEP);
                Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
            }
            Sending::Blocked => self.not_done("not_done.blocked"),
            Sending::Closed => self.not_done("not_done.closed"),
        }
    }

    async fn withdraw(self) -> Result<Response, PageError> {
        let (id, now) = (self.submission.id, self.site.now());
        if self.site.store().withdraw_submission(id, &self.who(), now).await? {
            Ok(self.did("withdrawn"))
        } else {
            self.not_done("not_done.closed")
        }
    }

    async fn discard(self) -> Result<Response, PageError> {
        let (id, now) = (self.submission.id, self.site.now());
        self.site.store().discard_draft(id, &self.who(), now).await?;
        let to = if self.visitor.person().is_some() {
            urls::desk(self.reader.language)
        } else {
            urls::submit(self.reader.language)
        };
        Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
    }

    async fn message(self) -> Result<Response, PageError> {
        let (person, _) = self.visitor.signed_in()?;
        let words = self.form.get("words");
        let words: String = words.trim().chars().take(4 * MAX_ANSWER_CHARS).collect();
        if words.is_empty() {
            return self.not_done("not_done.no_words");
        }
        let is_editor = self.submission.owner != Some(person.id);
        let (id, now) = (self.submission.id, self.site.now());
        self.site.store().write_message(id, person, is_editor, &words, now).await?;
        Ok(self.did("message"))
    }

    async fn assign(self) -> Result<Response, PageError> {
        let now = self.site.now();
        let known = self.chosen_reviewer().await?;
        let typed = self.form.line("mail");
        let mail = match &known {
            Some(person) => person.mail.clone(),
            None => match typed.parse::<MailAddress>() {
                Ok(mail) => mail,
                Err(_) => return self.not_done("not_done.mail"),
            },
        };
        let name = known.as_ref().map(|person| person.called().to_owned());
        let name: String =
            name.unwrap_or_else(|| self.form.line("name")).chars().take(120).collect();
        if name.is_empty() {
            return self.not_done("not_done.name");
        }
        // Whoever has an account is written to in their own language.
        let language =
            known.map(|person| person.language).or(self.form.get("language").parse().ok());
        let days: i64 = self.form.line("days").parse().unwrap_or(DAYS_TO_REVIEW);
        let days = days.clamp(*DAYS.start(), *DAYS.end());
        let review = Review {
            id: ReviewId::new(now),
            submission: self.submission.id,
            round: self.submission.round,
            name,
            mail: mail.clone(),
            language: language.unwrap_or(self.reader.language),
            blinding: self.form.get("blinding").parse().unwrap_or_default(),
            answer: Answer::Asked,
            asked: now,
            due: now.plus_seconds(days * 24 * 3600),
            done: None,
            remarks: Remarks::default(),
        };
        let link = token()?;
        let letter = Letter {
            to: mail,
            language: review.language,
            topic: Topic::Review {
                key: link,
                review: review.id,
                name: review.name.clone(),
                title: self.submission.draft.title.trim().to_owned(),
                due: review.due,
                is_reminder: false,
            },
        };
        let letter = self.site.letters().write(MailId::new(now), &letter, now);
        let letter = letter.map_err(|error| PageError::internal(&error))?;
        match self.site.store().ask_review(&review, link, &letter, &self.who()).await? {
            Asking::Done => Ok(self.did("asked")),
            Asking::Closed => self.not_done("not_done.closed"),
            Asking::Twice => self.not_done("not_done.twice"),
            Asking::TooMany => self.not_done("not_done.too_many"),
        }
    }

    /// The reviewer who was chosen from those who are known, where no other address was typed.
    async fn chosen_reviewer(&self) -> Result<Option<Person>, PageError> {
        if !self.form.line("mail").is_empty() {
            return Ok(None);
        }
        let Ok(mail) = self.form.line("reviewer").parse::<MailAddress>() else { return Ok(None) };
        let person = self.site.store().person_of_mail(&mail).await?;
        Ok(person.filter(|person| person.disabled.is_none() && person.roles.has(Role::Reviewer)))
    }

    async fn revoke(self) -> Result<Response, PageError> {
        let review: ReviewId = self.form.get("review").parse().or(Err(PageError::BadRequest))?;
        let found = self.site.store().review(review).await?;
        if found.is_none_or(|found| found.submission != self.submission.id) {
            return Err(PageError::NotFound);
        }
        self.site.store().revoke_review(review, &self.who(), self.site.now()).await?;
        Ok(self.did("revoked"))
    }

    async fn decide(self) -> Result<Response, PageError> {
        let (editor, _) = self.visitor.signed_in()?;
        let verdict: Verdict = self.form.get("verdict").parse().or(Err(PageError::BadRequest))?;
        // Templates are in the language of whoever wrote the piece, not of whoever decides.
        let t = crate::locale::of(self.submission.language);
        let chosen = self.form.pairs().iter().filter(|(name, _)| name == "template");
        let numbers = chosen.filter_map(|(_, number)| number.parse::<u8>().ok());
        let mut reasons: Vec<String> = numbers
            .filter(|number| (1..=4).contains(number))
            .map(|number| t.say(&format!("reason.{number}")).to_owned())
            .collect();
        let own = self.form.get("reasons");
        if !own.trim().is_empty() {
            reasons.push(own.trim().chars().take(8 * MAX_ANSWER_CHARS).collect());
        }
        if reasons.is_empty() && verdict != Verdict::Accept {
            return self.not_done("not_done.no_reasons");
        }
        let (id, now, reasons) = (self.submission.id, self.site.now(), reasons.join("\n\n"));
        let decided = self.site.store().decide_submission(id, editor, verdict, &reasons, now);
        match decided.await? {
            Deciding::Planned(_) => Ok(self.did("decided")),
            Deciding::Closed => self.not_done("not_done.closed"),
        }
    }

    async fn undo(self) -> Result<Response, PageError> {
        let (editor, _) = self.visitor.signed_in()?;
        let (id, now) = (self.submission.id, self.site.now());
        let done = self.site.store().undo_decision(id, editor, now).await?;
        Ok(self.did(if done { "undone" } else { "late" }))
    }

    async fn renew(self) -> Result<Response, PageError> {
        let (owner, _) = self.visitor.signed_in()?;
        let (id, now) = (self.submission.id, self.site.now());
        match self.site.store().begin_version(id, owner.id, now).await? {
            Some(next) => {
                // One that was sent already is looked at, not changed.
                let to = urls::piece(self.reader.language, next);
                Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never))
            }
            None => self.not_done("not_done.closed"),
        }
    }

    async fn retract(self) -> Result<Response, PageError> {
        let reason: String =
            self.form.get("reason").trim().chars().take(MAX_ANSWER_CHARS).collect();
        if reason.is_empty() {
            return self.not_done("not_done.no_reasons");
        }
        let who = self.who();
        let retraction = Retraction {
            by: Tombstone::EDITORS,
            reason: &reason,
            instead: &self.form.line("instead"),
            who: &who,
        };
        self.site.store().retract(self.submission.id, retraction, self.site.now()).await?;
        Ok(self.did("retracted"))
    }
}
