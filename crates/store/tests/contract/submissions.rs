//! Submissions as their authors have them: begun, claimed, sent, withdrawn, written about.

use observatory_model::person::{Posting, Strength};
use observatory_model::rights::Stage;
use observatory_model::submission::{Draft, PieceKind, Save, Verdict};
use observatory_model::{Language, Timestamp};
use observatory_store::{Guest, Sending};

use crate::desk::{
    HOME, acts, begun, blank, decided, due, letter, notices, now_of, send, sent, somebody, token,
    whole,
};
use crate::ground::{Ground, later, nine};

const DAY: i64 = 24 * 3600;

fn guest(letter: &observatory_model::mail::Mail, number: u8) -> Guest<'_> {
    Guest { link: token(number), letter, session: token(100 + number), place: HOME }
}

pub(crate) async fn a_guest_begins_claims_and_sends(ground: &Ground) {
    let store = &ground.store;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let letter = letter("guest@example.org");
    let first = Draft { title: "Networks".to_owned(), ..Draft::default() };
    let new = blank("guest@example.org", None, first, nine());
    assert!(store.begin_draft(&new, Some(guest(&letter, 1))).await.unwrap());
    assert_eq!(store.mail_counts().await.unwrap().waiting, 1);
    assert_eq!(due(ground, "tend-desk").await.len(), 1);
    let session = store.session(token(101), nine()).await.unwrap().unwrap();
    assert_eq!((session.person, session.submission), (None, Some(new.id)));
    assert_eq!(session.strength, Strength::Guest);

    // The link of a draft is good for a week, and the guest's session ends with it.
    let week = later(7 * DAY);
    assert!(store.link(token(1), week.plus_seconds(-1)).await.unwrap().is_some());
    assert!(store.link(token(1), week).await.unwrap().is_none());
    assert!(store.session(token(101), week).await.unwrap().is_none());

    let claim = store.use_link(token(1), token(3), HOME, Language::Fr, later(60)).await.unwrap();
    let (owner, claimed) = claim.unwrap();
    assert_eq!(claimed, Some(new.id));
    assert_eq!(now_of(ground, new.id).await.owner, Some(owner.id));
    assert!(store.session(token(101), later(61)).await.unwrap().is_none(), "the guest is somebody");
    assert!(store.session(token(3), later(61)).await.unwrap().is_some());

    let sending = send(ground, new.id, &owner, Posting::CheckFirst, later(70)).await;
    assert!(matches!(&sending, Sending::Problems(all) if all.len() > 3), "{sending:?}");
    let save = Save { base: 0, device: "d".to_owned(), sequence: 1, draft: whole("Networks") };
    store.save_draft(new.id, save, later(80)).await.unwrap().unwrap();
    let old = store.send_submission(new.id, &owner, Posting::Trusted, 0, later(90)).await.unwrap();
    assert_eq!(old, Sending::Changed, "words that nobody has checked");
    let blocked = send(ground, new.id, &owner, Posting::Blocked, later(90)).await;
    assert_eq!(blocked, Sending::Blocked);
    assert_eq!(now_of(ground, new.id).await.stage, Stage::Draft);
    let sending = send(ground, new.id, &owner, Posting::CheckFirst, later(90)).await;
    assert_eq!(sending, Sending::Done("2026-0001".to_owned()));
    assert_eq!(send(ground, new.id, &owner, Posting::CheckFirst, later(91)).await, Sending::Closed);
    let kept = now_of(ground, new.id).await;
    assert_eq!((kept.stage, kept.round, kept.since), (Stage::Received, 1, later(90)));
    let rounds = store.rounds(new.id).await.unwrap();
    assert_eq!((rounds.len(), &rounds[0].draft), (1, &whole("Networks")));
    assert_eq!(notices(ground, &owner).await, ["received"]);
    assert_eq!(notices(ground, &editor).await, ["editor-received"]);
    let expected = [
        "person.add →editor",
        "submission.begin →draft",
        "person.add →researcher",
        "submission.claim →guest@example.org",
        "session.begin →full",
        "submission.stage draft→received",
    ];
    assert_eq!(acts(ground).await, expected);
}

pub(crate) async fn numbers_begin_again_each_year(ground: &Ground) {
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let mut numbers = Vec::new();
    for day in ["2026-11-24", "2026-12-31T23:59:59Z", "2027-01-01", "2027-03-01"] {
        let id = sent(ground, &ada, day, day.parse().unwrap()).await;
        numbers.extend(now_of(ground, id).await.number);
    }
    assert_eq!(numbers, ["2026-0001", "2026-0002", "2027-0001", "2027-0002"]);
    let all = ground.store.submissions(None, 9).await.unwrap();
    assert_eq!(all.len(), 4);
    let next = ground.store.submissions(Some(all[1].id), 1).await.unwrap();
    assert_eq!(next[0].id, all[2].id);

    // Those who send at once have numbers of their own.
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (id, ada) = (begun(ground, &ada, whole("At once"), nine()).await, ada.clone());
        let store = ground.store.clone();
        tasks.spawn(async move {
            store.send_submission(id, &ada, Posting::CheckFirst, 0, nine()).await.unwrap()
        });
    }
    let mut sendings: Vec<String> = tasks
        .join_all()
        .await
        .into_iter()
        .map(|sending| if let Sending::Done(number) = sending { number } else { String::new() })
        .collect();
    sendings.sort();
    assert_eq!(sendings, ["2026-0003", "2026-0004", "2026-0005", "2026-0006"]);
}

pub(crate) async fn an_address_begins_no_flood_of_drafts(ground: &Ground) {
    let store = &ground.store;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let mail = if number % 2 == 0 { "ada@example.org" } else { "ADA@example.org" };
        let (letter, store) = (letter(mail), store.clone());
        let new = blank(mail, None, Draft::default(), nine());
        tasks.spawn(
            async move { store.begin_draft(&new, Some(guest(&letter, number))).await.unwrap() },
        );
    }
    let begun = tasks.join_all().await.into_iter().filter(|begun| *begun).count();
    assert_eq!(begun, 5);
    assert_eq!(store.mail_counts().await.unwrap().waiting, 5, "nor of mails");
    let letter = letter("bob@example.org");
    let new = blank("bob@example.org", None, Draft::default(), nine());
    assert!(store.begin_draft(&new, Some(guest(&letter, 50))).await.unwrap());
}

pub(crate) async fn drafts_that_nobody_claims_are_forgotten(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let own = begun(ground, &ada, whole("Own"), nine()).await;
    let (old, touched) = (letter("old@example.org"), letter("touched@example.org"));
    let mut guests = Vec::new();
    for (number, letter) in [(1, &old), (2, &touched)] {
        let new = blank(letter.to.as_str(), None, Draft::default(), nine());
        assert!(store.begin_draft(&new, Some(guest(letter, number))).await.unwrap());
        guests.push(new.id);
    }
    let save = Save { base: 0, device: "d".to_owned(), sequence: 1, draft: whole("Touched") };
    store.save_draft(guests[1], save, later(DAY)).await.unwrap().unwrap();
    assert_eq!(store.forget_drafts(30, later(30 * DAY)).await.unwrap(), 0);
    assert_eq!(store.forget_drafts(30, later(30 * DAY + 1)).await.unwrap(), 1);
    assert_eq!(store.submission(guests[0]).await.unwrap(), None);
    assert!(store.link(token(1), nine()).await.unwrap().is_none());
    assert!(store.session(token(101), nine()).await.unwrap().is_none());
    assert!(store.submission(guests[1]).await.unwrap().is_some());
    assert_eq!(store.forget_drafts(30, later(99 * DAY)).await.unwrap(), 1);
    assert!(store.submission(own).await.unwrap().is_some(), "what has an owner stays");

    assert!(store.discard_draft(own, "ada@example.org", nine()).await.unwrap());
    assert_eq!(store.submission(own).await.unwrap(), None);
    assert!(!store.discard_draft(own, "ada@example.org", nine()).await.unwrap());
    assert_eq!(acts(ground).await.last().unwrap(), "submission.discard draft→");
    let kept = sent(ground, &ada, "Sent", nine()).await;
    assert!(!store.discard_draft(kept, "ada@example.org", nine()).await.unwrap());
}

pub(crate) async fn what_is_withdrawn_is_over(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let draft = begun(ground, &ada, whole("Draft"), nine()).await;
    let who = ada.mail.as_str();
    assert!(!store.withdraw_submission(draft, who, nine()).await.unwrap());
    let id = sent(ground, &ada, "Sent", nine()).await;
    decided(ground, id, &editor, Verdict::Accept, later(60)).await;
    assert!(store.withdraw_submission(id, who, later(61)).await.unwrap());
    assert!(!store.withdraw_submission(id, who, later(62)).await.unwrap());
    let kept = now_of(ground, id).await;
    assert_eq!((kept.stage, kept.pending), (Stage::Withdrawn, None), "nothing is carried out");
    assert_eq!(acts(ground).await.last().unwrap(), "submission.stage received→withdrawn");
    let steps = store.steps(id).await.unwrap();
    let way: Vec<_> = steps.iter().map(|step| (step.stage, step.ended)).collect();
    let expected = [
        (Stage::Draft, Some(nine())),
        (Stage::Received, Some(later(61))),
        (Stage::Withdrawn, None),
    ];
    assert_eq!(way, expected);
    assert_eq!(notices(ground, &editor).await, ["editor-received", "editor-withdrawn"]);
}

pub(crate) async fn messages_wait_for_one_mail(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher,editor").await;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let id = sent(ground, &ada, "Sent", nine()).await;
    let (of_ada, of_editor) =
        (format!("send-notices:{}", ada.id), format!("send-notices:{}", editor.id));
    let morning: Timestamp = "2026-11-25T06:00:00Z".parse().unwrap();
    assert_eq!(due(ground, &of_editor).await, [morning]);
    assert_eq!(due(ground, &of_ada).await, [nine()], "that it was received is told at once");
    for job in store.lease_jobs(9, 60, nine()).await.unwrap() {
        store.finish_job(&job).await.unwrap();
    }

    store.write_message(id, &ada, false, "One\0 word", later(60)).await.unwrap();
    store.write_message(id, &editor, true, "Two", later(120)).await.unwrap();
    store.write_message(id, &editor, true, "Three", later(180)).await.unwrap();
    assert_eq!(due(ground, &of_editor).await, [morning], "in the mail of the morning");
    assert_eq!(due(ground, &of_ada).await, [later(720)], "several within minutes are one mail");
    assert_eq!(notices(ground, &ada).await, ["received", "message", "message"]);
    assert_eq!(notices(ground, &editor).await, ["editor-received", "editor-message"]);
    let messages = store.messages(id).await.unwrap();
    let said: Vec<_> = messages
        .iter()
        .map(|message| (message.name.as_str(), message.is_editor, message.words.as_str()))
        .collect();
    let expected = [("ada", false, "One word"), ("editor", true, "Two"), ("editor", true, "Three")];
    assert_eq!(said, expected);
    assert_eq!(acts(ground).await.last().unwrap(), "submission.message →5 characters");

    let ids: Vec<String> =
        store.notices(ada.id).await.unwrap().into_iter().map(|(id, ..)| id).collect();
    let letter = letter("ada@example.org");
    let tell = async || store.tell_notices(&ids, &letter, later(720)).await.unwrap();
    let (one, two) = tokio::join!(tell(), async {
        let other = crate::desk::letter("ada@example.org");
        store.tell_notices(&ids, &other, later(720)).await.unwrap()
    });
    assert_ne!(one, two, "told once");
    assert_eq!(store.mail_counts().await.unwrap().waiting, 1);
    assert!(notices(ground, &ada).await.is_empty());
}

pub(crate) async fn a_queue_begins_with_what_has_waited_longest(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let mut ids = Vec::new();
    for number in [3, 1, 4, 2, 0] {
        ids.push((number, sent(ground, &ada, &format!("No {number}"), later(number)).await));
    }
    begun(ground, &ada, whole("Draft"), later(50)).await;
    ids.sort_unstable();
    let titles = async |offset, limit| {
        let lines = store.queue(Stage::Received, offset, limit, later(60)).await.unwrap();
        lines.into_iter().map(|line| line.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(0, 3).await, ["No 0", "No 1", "No 2"]);
    assert_eq!(titles(3, 3).await, ["No 3", "No 4"]);
    assert_eq!(store.queue_counts().await.unwrap(), [(Stage::Received, 5)]);
    let own = store.submissions_of(ada.id, later(60)).await.unwrap();
    assert_eq!((own.len(), own[0].title.as_str()), (6, "Draft"), "the last touched first");

    // What is usual is said when five have left the stage, after 100, 200, … seconds.
    for (number, id) in &ids {
        assert_eq!(store.usual_seconds(Stage::Received).await.unwrap(), None);
        let at = later(*number + 100 * (number + 1) - 10);
        crate::desk::done(ground, *id, &editor, Verdict::Decline, at).await;
    }
    assert_eq!(store.usual_seconds(Stage::Received).await.unwrap(), Some(300));
    assert_eq!(store.usual_seconds(Stage::Declined).await.unwrap(), None);
    assert_eq!(store.queue_counts().await.unwrap(), [(Stage::Declined, 5)]);
}

pub(crate) async fn a_trusted_thought_piece_is_decided_at_once(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let paper = Draft { kind: PieceKind::WhitePaper, ..whole("Paper") };
    for (draft, posting, is_decided) in [
        (whole("Thought"), Posting::Trusted, true),
        (whole("Other"), Posting::CheckFirst, false),
        (paper, Posting::Trusted, false),
    ] {
        let id = begun(ground, &ada, draft, nine()).await;
        let now = Timestamp::from_millis(nine().millis() + 700);
        assert!(matches!(send(ground, id, &ada, posting, now).await, Sending::Done(_)));
        let kept = now_of(ground, id).await;
        let verdict = kept.pending.as_ref().map(|pending| pending.verdict);
        assert_eq!(verdict, is_decided.then_some(Verdict::Accept), "{}", kept.draft.title);
        assert_eq!(due(ground, &format!("carry-out:{id}")).await.len(), usize::from(is_decided));
        let Some(pending) = kept.pending else { continue };
        let publication = crate::desk::publication(&now_of(ground, id).await, "thought");
        assert!(store.carry_out(id, &pending, Some(publication), now).await.unwrap());
        assert_eq!(now_of(ground, id).await.stage, Stage::Published);
    }
    let said = acts(ground).await;
    assert_eq!(said.iter().filter(|act| *act == "submission.trusted →accept").count(), 1);
}
