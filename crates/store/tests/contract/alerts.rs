//! Alerts and their mails: confirmed by those who own the address, told once, ended for good.

use observatory_model::alert::{Alert, Cadence, Token};
use observatory_model::asked::Asked;
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::job::Work;
use observatory_model::mail::Mail;
use observatory_model::{AlertId, Language, MailId, Timestamp};
use observatory_store::{AlertMatch, Confirming};

use crate::ground::{Ground, entry, harvest, later, nine};

fn alert(mail: &str, query: &str, now: Timestamp) -> Alert {
    Alert {
        id: AlertId::new(now),
        asked: Asked::parse(query),
        trends: None,
        name: query.to_owned().into(),
        mail: mail.parse().unwrap(),
        language: Language::Ar,
        cadence: Cadence::Daily,
        created: now,
        confirmed: None,
    }
}

fn token(number: u8) -> Token {
    Token::new([number; 16])
}

fn mail(now: Timestamp) -> Mail {
    Mail {
        id: MailId::new(now),
        to: "reader@example.org".parse().unwrap(),
        language: Language::Ar,
        subject: "s".to_owned(),
        text: "t\0".to_owned(),
        html: "h".to_owned(),
        stop: None,
        calendar: None,
        written: now,
    }
}

/// Asks for an alert; its question is the token of `number`, its key that of `100 + number`.
async fn ask(ground: &Ground, number: u8, alert: &Alert, now: Timestamp) -> bool {
    let (question, key) = (token(number), token(100 + number));
    ground.store.ask_alert(alert, question, key, &mail(now), now).await.unwrap()
}

async fn on(ground: &Ground, number: u8, query: &str, now: Timestamp) -> Alert {
    assert!(ask(ground, number, &alert("reader@example.org", query, now), now).await);
    let done = ground.store.confirm_alert(token(number), now).await.unwrap();
    let alert = if let Confirming::Done(alert, _) = done { Some(*alert) } else { None };
    alert.unwrap()
}

/// Stores entries and finds all changed documents for `alert`.
async fn find(ground: &Ground, alert: &Alert, titles: &[&str], now: Timestamp) -> u64 {
    let source = match ground.store.sources().await.unwrap().pop() {
        Some(source) => source,
        None => ground.source().await,
    };
    let entries = titles.iter().map(|title| entry(title, &format!("{title} {now}"))).collect();
    ground.store.record_harvest(source.id, &harvest(entries), now).await.unwrap();
    let after = ground.store.alerts_followed().await.unwrap();
    let changes = ground.store.changes_after(after, 100).await.unwrap();
    let found = |change: &observatory_model::change::Change| AlertMatch {
        alert: alert.id,
        cadence: alert.cadence,
        document: change.document.clone(),
        number: change.number,
    };
    let matches: Vec<_> = changes.iter().map(found).collect();
    let up_to = changes.last().map_or(after, |change| change.number);
    let kept = ground.store.keep_matches(&matches, up_to, now).await.unwrap();
    assert_eq!(ground.store.keep_matches(&matches, up_to, now).await.unwrap(), 0, "twice");
    assert_eq!(ground.store.alerts_followed().await.unwrap(), up_to);
    kept
}

async fn news(ground: &Ground, alert: &Alert) -> Vec<DocumentKey> {
    ground.store.alert_news(alert.id).await.unwrap().map_or_else(Vec::new, |news| news.documents)
}

async fn works(ground: &Ground, now: Timestamp) -> Vec<Work> {
    let jobs = ground.store.lease_jobs(100, 60, now).await.unwrap();
    jobs.into_iter().map(|job| job.work).collect()
}

/// The one mail that is to be sent at nine.
async fn the_mail(ground: &Ground) -> MailId {
    let works = works(ground, nine()).await;
    let mails = works.iter().filter_map(|work| match work {
        Work::SendMail { mail } => Some(*mail),
        _ => None,
    });
    let mails: Vec<MailId> = mails.collect();
    assert_eq!(mails.len(), 1);
    mails[0]
}

pub(crate) async fn a_question_is_answered_once_and_in_time(ground: &Ground) {
    let store = &ground.store;
    let asked = alert("reader@example.org", "q=a", nine());
    assert!(ask(ground, 1, &asked, nine()).await);
    assert_eq!(store.managed_alert(token(101)).await.unwrap(), None, "not confirmed yet");
    assert!(store.watched_searches(None, 9).await.unwrap().is_empty());
    assert_eq!(store.alert_news(asked.id).await.unwrap(), None);
    assert_eq!(store.confirm_alert(token(2), nine()).await.unwrap(), Confirming::Unknown);
    let in_question = store.alert_in_question(token(1), later(60)).await.unwrap();
    assert_eq!(in_question, Some((asked.clone(), token(101))));

    let confirmed = Alert { confirmed: Some(later(60)), ..asked };
    for time in [later(60), later(70)] {
        let done = store.confirm_alert(token(1), time).await.unwrap();
        let expected = Confirming::Done(Box::new(confirmed.clone()), token(101));
        assert_eq!(done, expected, "a second time does no harm");
    }
    assert_eq!(store.managed_alert(token(101)).await.unwrap(), Some(confirmed.clone()));
    assert_eq!(store.watched_searches(None, 9).await.unwrap().len(), 1);

    // The time is over: the word is forgotten, the alert stays.
    let over = later(48 * 3600);
    assert_eq!(store.confirm_alert(token(1), over).await.unwrap(), Confirming::Unknown);
    store.forget_question(confirmed.id, over).await.unwrap();
    assert_eq!(store.alert_in_question(token(1), nine()).await.unwrap(), None);
    assert_eq!(store.managed_alert(token(101)).await.unwrap(), Some(confirmed));
}

pub(crate) async fn a_question_that_nobody_answers_is_forgotten(ground: &Ground) {
    let asked = alert("reader@example.org", "q=a", nine());
    ask(ground, 1, &asked, nine()).await;
    let forget = Work::ForgetQuestion { alert: asked.id };
    let over = later(48 * 3600);
    assert!(!works(ground, over.plus_seconds(-1)).await.contains(&forget));
    assert!(works(ground, over).await.contains(&forget));
    ground.store.forget_question(asked.id, over.plus_seconds(-1)).await.unwrap();
    assert_eq!(ground.store.alerts(None, 9).await.unwrap().len(), 1, "not before its time");
    ground.store.forget_question(asked.id, over).await.unwrap();
    assert!(ground.store.alerts(None, 9).await.unwrap().is_empty());
    assert_eq!(ground.store.mail_counts().await.unwrap().waiting, 0, "its mail is called back");
}

pub(crate) async fn an_address_is_not_asked_without_end(ground: &Ground) {
    for number in 0..5 {
        // Capitals make no other mailbox.
        let name = if number % 2 == 0 { "reader@example.org" } else { "READER@example.org" };
        let query = format!("q=a{number}");
        assert!(ask(ground, number, &alert(name, &query, nine()), nine()).await);
    }
    assert!(!ask(ground, 5, &alert("Reader@example.org", "q=b", nine()), nine()).await);
    assert_eq!(ground.store.mail_counts().await.unwrap().waiting, 5);
    assert!(ask(ground, 6, &alert("other@example.org", "q=b", nine()), nine()).await);
    let hour = later(3600);
    assert!(ask(ground, 7, &alert("reader@example.org", "q=b", hour), hour).await);
}

pub(crate) async fn nobody_has_more_alerts_than_one_may(ground: &Ground) {
    let start = |number: u8| later(i64::from(number) * 3600);
    // Asked before there were twenty, and answered after.
    assert!(ask(ground, 90, &alert("reader@example.org", "q=late", start(0)), start(0)).await);
    for number in 0..20 {
        on(ground, number, &format!("q=a{number}"), start(number)).await;
    }
    let asked = alert("reader@example.org", "q=one-more", start(21));
    assert!(!ask(ground, 50, &asked, start(21)).await);
    let late = ground.store.confirm_alert(token(90), start(21)).await.unwrap();
    assert_eq!(late, Confirming::TooMany);
    assert!(ground.store.end_alert(token(100)).await.unwrap());
    let late = ground.store.confirm_alert(token(90), start(21)).await.unwrap();
    assert!(matches!(late, Confirming::Done(..)), "{late:?}");
}

pub(crate) async fn only_hashes_of_questions_are_kept(ground: &Ground) {
    ask(ground, 1, &alert("reader@example.org", "q=a", nine()), nine()).await;
    ground
        .tamper(
            "UPDATE alerts SET name = question; \
             UPDATE alerts SET stop_key = '00000000000000000000000000000000'",
        )
        .await;
    let line = ground.store.alerts(None, 1).await.unwrap().pop().unwrap();
    let sha256 = "015a198ef7f44f5e19aeee0c127af5e0fdc1862da849ed87f70ec7138c6055d1";
    assert_eq!(line.alert.name.as_str(), sha256, "the SHA-256 of the 32 digits");
}

pub(crate) async fn what_was_found_is_told_once(ground: &Ground) {
    let alert = on(ground, 1, "q=a", nine()).await;
    works(ground, nine()).await;
    assert_eq!(find(ground, &alert, &["One", "Two"], later(60)).await, 2);
    let documents = news(ground, &alert).await;
    assert_eq!(documents.len(), 2);
    let due = Cadence::Daily.due(later(60));
    let send = Work::SendAlert { alert: alert.id };
    assert!(!works(ground, due.plus_seconds(-1)).await.contains(&send));
    assert!(works(ground, due).await.contains(&send));

    let (told, gone) = documents.split_at(1);
    let letter = mail(due);
    let tell = async || ground.store.tell(alert.id, told, gone, Some(&letter), due).await.unwrap();
    assert!(tell().await);
    assert!(!tell().await, "somebody else has told it");
    assert_eq!(ground.store.mail_counts().await.unwrap().waiting, 2, "question and news");
    assert!(news(ground, &alert).await.is_empty());

    // Both change: only what was not public is found again.
    assert_eq!(find(ground, &alert, &["One", "Two"], due).await, 1);
    assert_eq!(news(ground, &alert).await, gone);
    let line = ground.store.alerts(None, 9).await.unwrap().pop().unwrap();
    assert_eq!((line.told, line.waiting), (1, 1));
}

pub(crate) async fn what_was_known_before_is_no_news(ground: &Ground) {
    let early = on(ground, 1, "q=a", nine()).await;
    assert_eq!(find(ground, &early, &["Old"], later(60)).await, 1);
    let alert = on(ground, 2, "q=b", later(120)).await;
    // The old entry is corrected, a new one comes.
    assert_eq!(find(ground, &alert, &["Old", "New"], later(180)).await, 1);

    // A change from before the alert was confirmed, which is read only now.
    let last = ground.store.last_change().await.unwrap();
    let late = on(ground, 3, "q=c", later(180)).await;
    let document = news(ground, &alert).await.pop().unwrap();
    let old = AlertMatch { alert: late.id, cadence: late.cadence, document, number: last };
    assert_eq!(
        ground.store.keep_matches(std::slice::from_ref(&old), last, later(181)).await.unwrap(),
        0
    );
    let next = ChangeNumber(last.0 + 1);
    let new = AlertMatch { number: next, ..old };
    assert_eq!(ground.store.keep_matches(&[new], last, later(181)).await.unwrap(), 1);

    // After 90 days a correction is no news for anybody, so that what was told may be forgotten.
    let long_after = later(91 * 24 * 3600);
    let fourth = on(ground, 4, "q=d", later(200)).await;
    assert_eq!(find(ground, &fourth, &["Fresh"], later(201)).await, 1);
    let documents = news(ground, &fourth).await;
    assert!(ground.store.tell(fourth.id, &documents, &[], None, later(202)).await.unwrap());
    assert!(ground.store.tell::<DocumentKey>(fourth.id, &[], &[], None, long_after).await.unwrap());
    assert_eq!(find(ground, &fourth, &["Fresh"], long_after).await, 0);
}

pub(crate) async fn an_alert_that_ends_is_forgotten_with_its_mails(ground: &Ground) {
    let alert = on(ground, 1, "q=a", nine()).await;
    find(ground, &alert, &["One"], later(60)).await;
    let documents = news(ground, &alert).await;
    let letter = mail(later(60));
    assert!(ground.store.tell(alert.id, &documents, &[], Some(&letter), later(60)).await.unwrap());
    find(ground, &alert, &["Two"], later(70)).await;
    let documents = news(ground, &alert).await;

    assert!(!ground.store.end_alert(token(1)).await.unwrap(), "the question's word ends nothing");
    assert!(ground.store.end_alert(token(101)).await.unwrap());
    assert!(!ground.store.end_alert(token(101)).await.unwrap());
    assert!(ground.store.alerts(None, 9).await.unwrap().is_empty());
    assert_eq!(ground.store.alert_news(alert.id).await.unwrap(), None);
    assert_eq!(ground.store.waiting_mail(letter.id).await.unwrap(), None, "called back");
    let next = mail(later(80));
    assert!(!ground.store.tell(alert.id, &documents, &[], Some(&next), later(80)).await.unwrap());
    assert_eq!(ground.store.waiting_mail(next.id).await.unwrap(), None);
    assert_eq!(find(ground, &alert, &["Three"], later(90)).await, 0);
    assert!(!ground.store.end_alert_of_id(alert.id).await.unwrap());
}

pub(crate) async fn the_same_search_again_goes_on_where_it_was(ground: &Ground) {
    let old = on(ground, 1, "q=a&lang=fr", nine()).await;
    find(ground, &old, &["One", "Two"], later(60)).await;
    let documents = news(ground, &old).await;
    let (told, waiting) = documents.split_at(1);
    assert!(ground.store.tell(old.id, told, &[], None, later(61)).await.unwrap());

    let new = on(ground, 2, "lang=fr&q=a", later(100)).await;
    let lines = ground.store.alerts(None, 9).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.alert.id).collect::<Vec<_>>(), [new.id]);
    assert_eq!(news(ground, &new).await, waiting);
    assert!(!ground.store.end_alert(token(101)).await.unwrap(), "the old one has ended");
    let other = on(ground, 3, "q=b", later(100)).await;
    assert_eq!(ground.store.alerts(None, 9).await.unwrap().len(), 2);
    assert!(news(ground, &other).await.is_empty());
}

pub(crate) async fn another_cadence_moves_what_waits(ground: &Ground) {
    let alert = on(ground, 1, "q=a", nine()).await;
    assert!(!ground.store.change_cadence(token(9), Cadence::Once, nine()).await.unwrap());
    find(ground, &alert, &["One"], later(60)).await;
    let send = Work::SendAlert { alert: alert.id };
    assert!(ground.store.change_cadence(token(101), Cadence::Weekly, later(61)).await.unwrap());
    let due = Cadence::Weekly.due(later(61));
    assert!(!works(ground, due.plus_seconds(-1)).await.contains(&send));
    assert!(ground.store.change_cadence(token(101), Cadence::Once, later(62)).await.unwrap());
    assert!(works(ground, later(122)).await.contains(&send));
    let kept = ground.store.managed_alert(token(101)).await.unwrap().unwrap();
    assert_eq!(kept.cadence, Cadence::Once);
}

pub(crate) async fn a_mail_leaves_once(ground: &Ground) {
    ask(ground, 1, &alert("reader@example.org", "q=a", nine()), nine()).await;
    let mail = &the_mail(ground).await;
    let kept = ground.store.waiting_mail(*mail).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.text.as_str()), (*mail, "t\0"));
    ground.store.mail_sent(*mail, later(1)).await.unwrap();
    assert_eq!(ground.store.waiting_mail(*mail).await.unwrap(), None);
    ground.store.mail_failed(*mail, "late", later(2)).await.unwrap();
    let counts = ground.store.mail_counts().await.unwrap();
    assert_eq!((counts.waiting, counts.sent, counts.failed), (0, 1, 0));
}

pub(crate) async fn a_mail_that_was_given_up_is_shown(ground: &Ground) {
    let asked = alert("reader@example.org", "q=a", nine());
    ask(ground, 1, &asked, nine()).await;
    let mail = &the_mail(ground).await;
    ground.store.mail_failed(*mail, "550 no such mailbox\0", later(1)).await.unwrap();
    assert_eq!(ground.store.waiting_mail(*mail).await.unwrap(), None);
    let failed = ground.store.failed_mails(9).await.unwrap().pop().unwrap();
    assert_eq!((failed.id, failed.alert, failed.since), (*mail, Some(asked.id), later(1)));
    assert_eq!(failed.reason, "550 no such mailbox");
    assert_eq!(failed.to.as_str(), "reader@example.org");
    // A month later nobody needs to know.
    ground.store.mail_failed(*mail, "again", later(31 * 24 * 3600)).await.unwrap();
    assert!(ground.store.failed_mails(9).await.unwrap().is_empty());
}

pub(crate) async fn searches_are_read_in_pages(ground: &Ground) {
    for number in 0..5 {
        on(ground, number, &format!("q=a{number}"), later(i64::from(number) * 3600)).await;
    }
    ask(ground, 9, &alert("other@example.org", "q=unconfirmed", nine()), nine()).await;
    let (mut after, mut words) = (None, Vec::new());
    loop {
        let page = ground.store.watched_searches(after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.alert);
        words.extend(page.into_iter().map(|search| search.asked.words));
    }
    assert_eq!(words, ["a0", "a1", "a2", "a3", "a4"]);
}
