//! People with sessions, and pieces at every place of their way, for the stories of the desk.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request};
use observatory_model::alert::Token;
use observatory_model::brief::{Audience, Brief, BriefAddress};
use observatory_model::credit::{Credit, Tombstone};
use observatory_model::mail::Mail;
use observatory_model::person::{Person, Posting, Strength};
use observatory_model::review::{Answer, Blinding, Remarks, Review};
use observatory_model::rights::Stage;
use observatory_model::submission::{Author, Draft, Licence, Submission, UNDO_SECONDS, Verdict};
use observatory_model::{Clock as _, Language, MailId, ReviewId, Series, SubmissionId};
use observatory_store::{
    Asking, Deciding, Guest, Publication, Retraction, Sending, SessionPlace, Store,
};

use super::{Page, TestSite};

/// The origin of the site in tests.
pub(crate) const ORIGIN: &str = "https://observatory.example.org";

/// The name of the cookie that a browser keeps.
const COOKIE: &str = "__Host-session";

/// Where sessions of tests begin.
const PLACE: SessionPlace<'static> = SessionPlace { network: "203.0.113.0/24", browser: "Firefox" };

/// A word that no other session or link of the test has.
pub(crate) fn word() -> Token {
    static LAST: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&LAST.fetch_add(1, Ordering::SeqCst).to_be_bytes());
    Token::new(bytes)
}

/// The word that an answer gives the browser to keep.
pub(crate) fn given_word(page: &Page) -> Option<Token> {
    let line = page.headers.get("set-cookie")?.to_str().unwrap();
    line.strip_prefix(&format!("{COOKIE}="))?.split(';').next()?.parse().ok()
}

/// A draft of which nothing is missing.
pub(crate) fn whole(title: &str) -> Draft {
    Draft {
        language: Some(Language::En),
        title: title.to_owned(),
        summary: "Satellites reach the islands.".to_owned(),
        text: "Ships, cables and satellites carry what islands say. ".repeat(6),
        authors: vec![Author { name: "Ada Example".to_owned(), ..Author::default() }],
        licence: Some(Licence::CcBy),
        interests: "None.".to_owned(),
        ai_use: "None.".to_owned(),
        ..Draft::default()
    }
}

/// What the worker makes of an accepted piece.
pub(crate) fn publication(submission: &Submission) -> Publication {
    let draft = &submission.draft;
    let language = draft.language.unwrap_or(submission.language);
    let slug = observatory_model::Slug::from_words(&draft.title).unwrap();
    let authors: Vec<Author> = draft
        .named_authors()
        .map(|author| Author {
            name: author.name.trim().to_owned(),
            orcid: author.orcid().unwrap_or_default(),
            affiliation: author.affiliation.trim().to_owned(),
            ror: author.ror().unwrap_or_default(),
        })
        .collect();
    let brief = Brief {
        address: BriefAddress { series: Series::AcademicNetwork, slug },
        language,
        original: language,
        translation: None,
        title: draft.title.clone(),
        standfirst: draft.summary.clone(),
        bottom_line: None,
        questions: Vec::new(),
        unknowns: Vec::new(),
        authors: authors.iter().map(|author| author.name.clone()).collect(),
        institution: None,
        audience: Audience::Public,
        published: submission.created,
        version: 1,
        topics: Vec::new(),
        confidence: None,
        evidence: Vec::new(),
        related: Vec::new(),
        body: observatory_text::markdown::manuscript(&draft.text, language),
    };
    let credit = Credit {
        submission: submission.id,
        number: submission.number.clone().unwrap_or_default(),
        kind: draft.kind,
        licence: draft.licence.unwrap_or_default(),
        authors,
        interests: draft.interests.clone(),
        ai_use: draft.ai_use.clone(),
        attachment: draft.attachment.clone(),
    };
    Publication { brief, credit }
}

/// A request as a page of the site sends it.
pub(crate) fn own(method: &str, path: &str, who: Option<Token>) -> Builder {
    from(Request::builder().method(method).uri(path), who)
        .header("origin", ORIGIN)
        .header("sec-fetch-site", "same-origin")
}

fn from(request: Builder, who: Option<Token>) -> Builder {
    match who {
        Some(word) => request.header("cookie", format!("{COOKIE}={word}")),
        None => request,
    }
}

/// A form as browsers send it.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl TestSite {
    /// Somebody with an account and these roles.
    pub(crate) async fn person(&self, mail: &str, roles: &str) -> Person {
        let now = self.clock.now();
        let person = Person::new(mail.parse().unwrap(), roles.parse().unwrap(), Language::En, now);
        self.store.add_person(&person, "operator").await.unwrap();
        person
    }

    /// A session of somebody that is as strong as this.
    pub(crate) async fn session(&self, person: &Person, strength: Strength) -> Token {
        let word = word();
        let now = self.clock.now();
        self.store.begin_session(word, person, strength, PLACE, now).await.unwrap();
        word
    }

    /// Somebody with these roles who has proved all that they ask for.
    pub(crate) async fn signed_in(&self, mail: &str, roles: &str) -> (Person, Token) {
        let person = self.person(mail, roles).await;
        let word = self.session(&person, Strength::Full).await;
        (person, word)
    }

    /// A guest who has begun a draft: the draft, the word of the session, and that of the mailed link.
    pub(crate) async fn guest(&self, mail: &str, draft: Draft) -> (SubmissionId, Token, Token) {
        let submission = self.begun(None, mail, draft);
        let (session, link) = (word(), word());
        let letter = letter(mail, self.clock.now());
        let guest = Guest { link, letter: &letter, session, place: PLACE };
        assert!(self.store.begin_draft(&submission, Some(guest)).await.unwrap());
        (submission.id, session, link)
    }

    fn begun(&self, owner: Option<&Person>, mail: &str, draft: Draft) -> Submission {
        let now = self.clock.now();
        Submission {
            id: SubmissionId::new(now),
            number: None,
            owner: owner.map(|owner| owner.id),
            mail: mail.parse().unwrap(),
            language: Language::En,
            stage: Stage::Draft,
            since: now,
            created: now,
            revision: 0,
            round: 0,
            draft,
            slug: None,
            pending: None,
        }
    }

    /// A draft of somebody.
    pub(crate) async fn draft(&self, owner: &Person, draft: Draft) -> SubmissionId {
        let submission = self.begun(Some(owner), owner.mail.as_str(), draft);
        self.store.begin_draft(&submission, None).await.unwrap();
        submission.id
    }

    /// What the store holds of a piece.
    pub(crate) async fn held(&self, id: SubmissionId) -> Submission {
        self.store.submission(id).await.unwrap().unwrap()
    }

    /// Its owner sends a draft or a revision.
    pub(crate) async fn send_in(&self, id: SubmissionId, owner: &Person) {
        let (revision, now) = (self.held(id).await.revision, self.clock.now());
        let sent = self.store.send_submission(id, owner, Posting::CheckFirst, revision, now);
        let sent = sent.await.unwrap();
        assert!(matches!(sent, Sending::Done(_)), "{sent:?}");
    }

    /// Somebody is asked for a review; the word of the link.
    pub(crate) async fn ask_for_review(&self, id: SubmissionId, blinding: Blinding) -> Token {
        let (submission, now, link) = (self.held(id).await, self.clock.now(), word());
        let mail = format!("reviewer-{link}@example.org");
        let review = Review {
            id: ReviewId::new(now),
            submission: id,
            round: submission.round,
            name: "Rita Reviewer".to_owned(),
            mail: mail.parse().unwrap(),
            language: Language::En,
            blinding,
            answer: Answer::Asked,
            asked: now,
            due: now.plus_seconds(21 * 24 * 3600),
            done: None,
            remarks: Remarks::default(),
        };
        let asked = self.store.ask_review(&review, link, &letter(&mail, now), "editor").await;
        assert_eq!(asked.unwrap(), Asking::Done);
        link
    }

    /// An editor decides, and the time to take it back is over.
    pub(crate) async fn decided(&self, id: SubmissionId, editor: &Person, verdict: Verdict) {
        let now = self.clock.now();
        let before = now.plus_seconds(-UNDO_SECONDS);
        let planned = self.store.decide_submission(id, editor, verdict, "Reasons.", before);
        assert_eq!(planned.await.unwrap(), Deciding::Planned(now));
        let submission = self.held(id).await;
        let pending = submission.pending.clone().unwrap();
        let publication = (verdict == Verdict::Accept).then(|| publication(&submission));
        assert!(self.store.carry_out(id, &pending, publication, now).await.unwrap());
    }

    /// A piece of `owner` that has come to `stage`.
    pub(crate) async fn at(
        &self,
        stage: Stage,
        owner: &Person,
        editor: &Person,
        draft: Draft,
    ) -> SubmissionId {
        let id = self.draft(owner, draft).await;
        let now = self.clock.now();
        if stage != Stage::Draft {
            self.send_in(id, owner).await;
        }
        match stage {
            Stage::Draft | Stage::Received => {}
            Stage::Review => drop(self.ask_for_review(id, Blinding::Double).await),
            Stage::Revision => self.decided(id, editor, Verdict::Revise).await,
            Stage::Declined => self.decided(id, editor, Verdict::Decline).await,
            Stage::Published | Stage::Retracted => self.decided(id, editor, Verdict::Accept).await,
            Stage::Withdrawn => {
                assert!(self.store.withdraw_submission(id, "owner", now).await.unwrap());
            }
        }
        if stage == Stage::Retracted {
            self.retracted(id, "It was wrong.", "").await;
        }
        assert_eq!(self.held(id).await.stage, stage);
        id
    }

    /// The editors take a published piece back.
    pub(crate) async fn retracted(&self, id: SubmissionId, reason: &str, instead: &str) {
        let retraction = Retraction { by: Tombstone::EDITORS, reason, instead, who: "editor" };
        assert!(self.store.retract(id, retraction, self.clock.now()).await.unwrap());
    }

    /// What somebody gets at an address.
    pub(crate) async fn get_as(&self, who: Option<Token>, path: &str) -> Page {
        self.ask(from(Request::get(path), who).body(Body::empty()).unwrap()).await
    }

    /// What somebody gets who sends a form of the site.
    pub(crate) async fn post_as(
        &self,
        who: Option<Token>,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> Page {
        self.ask(own("POST", path, who).body(Body::from(encoded(pairs))).unwrap()).await
    }
}

fn letter(to: &str, now: observatory_model::Timestamp) -> Mail {
    Mail {
        id: MailId::new(now),
        to: to.parse().unwrap(),
        language: Language::En,
        subject: "A letter".to_owned(),
        text: "Words".to_owned(),
        html: "<p>Words</p>".to_owned(),
        stop: None,
        calendar: None,
        written: now,
    }
}

/// Everything that the store holds of a piece, and the last that was done with anything: two of these are
/// the same only where nothing has happened between them.
pub(crate) async fn state(store: &Store, id: SubmissionId) -> String {
    let piece = (
        store.submission(id).await.unwrap(),
        store.steps(id).await.unwrap(),
        store.rounds(id).await.unwrap(),
        store.messages(id).await.unwrap(),
        store.reviews(id).await.unwrap(),
    );
    let around = (
        store.draft_states(id).await.unwrap(),
        store.uploaded(id).await.unwrap(),
        store.mail_counts().await.unwrap(),
        store.domains().await.unwrap(),
        store.people(None, 100).await.unwrap(),
        store.newest_audit_lines(None, 1).await.unwrap(),
    );
    format!("{piece:?} {around:?}")
}

/// What a visitor can tell answers apart by.
pub(crate) fn told(page: &Page) -> String {
    told_of(page.status.as_u16(), &page.headers, &page.text)
}

fn told_of(status: u16, headers: &HeaderMap, text: &str) -> String {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    // A tag and a length follow from the bytes, which are compared themselves.
    lines.retain(|line| !line.starts_with("etag:") && !line.starts_with("content-length:"));
    lines.sort();
    format!("{status}\n{}\n\n{text}", lines.join("\n"))
}
