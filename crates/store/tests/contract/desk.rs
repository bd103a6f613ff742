//! Who and what the stories of the desk are about.

use observatory_model::alert::Token;
use observatory_model::credit::Credit;
use observatory_model::mail::Mail;
use observatory_model::person::{Person, Posting};
use observatory_model::rights::Stage;
use observatory_model::submission::{
    Author, Draft, LEAST_TEXT_CHARS, Licence, Pending, Submission, Verdict,
};
use observatory_model::{Language, MailId, PersonId, SubmissionId, Timestamp};
use observatory_store::{Deciding, Publication, Sending, SessionPlace};
use sqlx::{AnyPool, AssertSqlSafe, Row as _};

use crate::ground::{Ground, brief, nine};

/// Where sessions begin.
pub(crate) const HOME: SessionPlace<'static> =
    SessionPlace { network: "192.0.2.0/24", browser: "Firefox\0" };

pub(crate) fn token(number: u8) -> Token {
    Token::new([number; 16])
}

/// Somebody new with these roles, as `researcher,editor`.
pub(crate) async fn somebody(ground: &Ground, mail: &str, roles: &str) -> Person {
    let person = Person::new(mail.parse().unwrap(), roles.parse().unwrap(), Language::Fr, nine());
    ground.store.add_person(&person, "operator").await.unwrap();
    person
}

pub(crate) fn letter(to: &str) -> Mail {
    Mail {
        id: MailId::new(nine()),
        to: to.parse().unwrap(),
        language: Language::Fr,
        subject: "s".to_owned(),
        text: "t".to_owned(),
        html: "h".to_owned(),
        stop: None,
        calendar: None,
        written: nine(),
    }
}

/// Words that can be sent.
pub(crate) fn whole(title: &str) -> Draft {
    Draft {
        language: Some(Language::En),
        title: title.to_owned(),
        summary: "One sentence.".to_owned(),
        text: "x".repeat(LEAST_TEXT_CHARS),
        authors: vec![Author {
            name: "A. B.".to_owned(),
            orcid: "https://orcid.org/0000-0002-1825-0097".to_owned(),
            ..Author::default()
        }],
        licence: Some(Licence::CcBy),
        interests: "None.".to_owned(),
        ai_use: "None.".to_owned(),
        ..Draft::default()
    }
}

/// A draft that is not begun yet, of an owner or of a guest.
pub(crate) fn blank(
    mail: &str,
    owner: Option<PersonId>,
    draft: Draft,
    now: Timestamp,
) -> Submission {
    Submission {
        id: SubmissionId::new(now),
        number: None,
        owner,
        mail: mail.parse().unwrap(),
        language: Language::Fr,
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
pub(crate) async fn begun(
    ground: &Ground,
    owner: &Person,
    draft: Draft,
    now: Timestamp,
) -> SubmissionId {
    let new = blank(owner.mail.as_str(), Some(owner.id), draft, now);
    assert!(ground.store.begin_draft(&new, None).await.unwrap());
    new.id
}

/// A submission as it is now.
pub(crate) async fn now_of(ground: &Ground, id: SubmissionId) -> Submission {
    ground.store.submission(id).await.unwrap().unwrap()
}

/// Sends what its owner has written.
pub(crate) async fn send(
    ground: &Ground,
    id: SubmissionId,
    owner: &Person,
    posting: Posting,
    now: Timestamp,
) -> Sending {
    let revision = now_of(ground, id).await.revision;
    ground.store.send_submission(id, owner, posting, revision, now).await.unwrap()
}

/// A submission that somebody has sent.
pub(crate) async fn sent(
    ground: &Ground,
    owner: &Person,
    title: &str,
    now: Timestamp,
) -> SubmissionId {
    let id = begun(ground, owner, whole(title), now).await;
    let sending = send(ground, id, owner, Posting::CheckFirst, now).await;
    assert!(matches!(sending, Sending::Done(_)), "{sending:?}");
    id
}

/// What an editor decides.
pub(crate) async fn decided(
    ground: &Ground,
    id: SubmissionId,
    editor: &Person,
    verdict: Verdict,
    now: Timestamp,
) -> Pending {
    let reasons = "since it is so";
    let deciding = ground.store.decide_submission(id, editor, verdict, reasons, now).await.unwrap();
    let pending = now_of(ground, id).await.pending.unwrap();
    assert_eq!(deciding, Deciding::Planned(pending.due));
    pending
}

/// Decides and carries out. Returns when.
pub(crate) async fn done(
    ground: &Ground,
    id: SubmissionId,
    editor: &Person,
    verdict: Verdict,
    now: Timestamp,
) -> Timestamp {
    let pending = decided(ground, id, editor, verdict, now).await;
    let publication = match verdict {
        Verdict::Accept => Some(publication(&now_of(ground, id).await, "networks")),
        _ => None,
    };
    let due = pending.due;
    assert!(ground.store.carry_out(id, &pending, publication, due).await.unwrap());
    due
}

/// What is published of a submission under this slug, when it is free.
pub(crate) fn publication(submission: &Submission, slug: &str) -> Publication {
    let draft = &submission.draft;
    let mut brief =
        brief(&format!("academic-network/{slug}"), draft.language.unwrap(), submission.created);
    brief.title.clone_from(&draft.title);
    let credit = Credit {
        submission: submission.id,
        number: submission.number.clone().unwrap(),
        kind: draft.kind,
        licence: draft.licence.unwrap(),
        authors: draft.authors.clone(),
        interests: draft.interests.clone(),
        ai_use: draft.ai_use.clone(),
        attachment: None,
    };
    Publication { brief, credit }
}

/// What somebody is to be told.
pub(crate) async fn notices(ground: &Ground, person: &Person) -> Vec<String> {
    let notices = ground.store.notices(person.id).await.unwrap();
    notices.into_iter().map(|(_, what, _)| what).collect()
}

/// What was done, by whom and with what: the log from its beginning, `act from→to`.
pub(crate) async fn acts(ground: &Ground) -> Vec<String> {
    let lines = ground.store.audit_lines(0, 1000).await.unwrap();
    let act = |act: observatory_model::audit::Act| format!("{} {}→{}", act.act, act.from, act.to);
    lines.into_iter().map(|line| act(line.act)).collect()
}

/// When work that waits is due: once for each piece of it.
pub(crate) async fn due(ground: &Ground, once: &str) -> Vec<Timestamp> {
    let pool = AnyPool::connect(&ground.settings.url).await.unwrap();
    let sql = "SELECT due FROM jobs WHERE once = $1 AND state = 'waiting' ORDER BY due";
    let rows = sqlx::query(sql).bind(once).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows.iter().map(|row| Timestamp::from_millis(row.get("due"))).collect()
}

/// As [`Ground::tamper`], with words that were put together.
pub(crate) async fn tamper(ground: &Ground, sql: String) {
    let pool = AnyPool::connect(&ground.settings.url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    pool.close().await;
}
