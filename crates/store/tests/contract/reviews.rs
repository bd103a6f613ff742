//! Reviews: asked for, opened by their own links alone, answered while they are expected.

use observatory_model::mail::MailAddress;
use observatory_model::person::Posting;
use observatory_model::review::{Answer, Blinding, Remarks, Review};
use observatory_model::rights::Stage;
use observatory_model::submission::Verdict;
use observatory_model::{Language, ReviewId, SubmissionId, Timestamp};
use observatory_store::Asking;

use crate::desk::{acts, done, due, letter, notices, now_of, send, sent, somebody, token};
use crate::ground::{Ground, later, nine};

const DAY: i64 = 24 * 3600;

fn review(submission: SubmissionId, round: u32, mail: &str, now: Timestamp) -> Review {
    Review {
        id: ReviewId::new(now),
        submission,
        round,
        name: "Grace".to_owned(),
        mail: mail.parse::<MailAddress>().unwrap(),
        language: Language::Es,
        blinding: Blinding::Double,
        answer: Answer::Asked,
        asked: now,
        due: now.plus_seconds(21 * DAY),
        done: None,
        remarks: Remarks::default(),
    }
}

async fn ask(ground: &Ground, review: &Review, link: u8) -> Asking {
    let letter = letter(review.mail.as_str());
    ground.store.ask_review(review, token(link), &letter, "editor@example.org").await.unwrap()
}

async fn answer(ground: &Ground, review: &Review, answer: Answer, now: Timestamp) -> bool {
    ground.store.answer_review(review.id, answer, None, now).await.unwrap()
}

async fn answer_of(ground: &Ground, review: &Review) -> Answer {
    ground.store.review(review.id).await.unwrap().unwrap().answer
}

pub(crate) async fn reviewers_are_asked_once_and_not_without_end(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let id = sent(ground, &ada, "Networks", nine()).await;
    let first = review(id, 1, "grace@example.org", later(60));
    assert_eq!(
        ask(ground, &review(id, 2, "grace@example.org", later(60)), 99).await,
        Asking::Closed
    );
    assert_eq!(ask(ground, &first, 1).await, Asking::Done);
    assert_eq!(now_of(ground, id).await.stage, Stage::Review);
    let reminded = due(ground, &format!("remind-reviewer:{}", first.id)).await;
    assert_eq!(reminded, [first.due.plus_seconds(-3 * DAY)]);
    let said = acts(ground).await;
    let asked = format!("review.ask →grace@example.org until {}", first.due);
    let expected = [asked.as_str(), "submission.stage received→review"];
    assert_eq!(said[said.len() - 2..], expected);
    let again = review(id, 1, "GRACE@example.org", later(61));
    assert_eq!(ask(ground, &again, 2).await, Asking::Twice);
    assert!(store.review_of_link(token(2)).await.unwrap().is_none());

    let mut others = Vec::new();
    for number in 3..8 {
        let other = review(id, 1, &format!("r{number}@example.org"), later(70));
        assert_eq!(ask(ground, &other, number).await, Asking::Done);
        others.push(other);
    }
    let seventh = review(id, 1, "r9@example.org", later(71));
    assert_eq!(ask(ground, &seventh, 9).await, Asking::TooMany);
    assert!(answer(ground, &others[0], Answer::Declined, later(72)).await);
    assert_eq!(ask(ground, &seventh, 9).await, Asking::Done, "who declined is not counted");
    assert_eq!(store.mail_counts().await.unwrap().waiting, 7);
    let line = store.queue(Stage::Review, 0, 9, later(22 * DAY)).await.unwrap().pop().unwrap();
    assert_eq!((line.reviews, line.reviews_done, line.reviews_late), (6, 0, 6));
    let all = store.all_reviews(None, 99).await.unwrap();
    assert_eq!(all.len(), 7);

    done(ground, id, &editor, Verdict::Decline, later(80)).await;
    let late = review(id, 1, "late@example.org", later(100));
    assert_eq!(ask(ground, &late, 10).await, Asking::Closed);
}

pub(crate) async fn each_link_opens_its_review_and_no_other(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let id = sent(ground, &ada, "Networks", nine()).await;
    let (one, two) =
        (review(id, 1, "one@example.org", nine()), review(id, 1, "two@example.org", later(1)));
    ask(ground, &one, 1).await;
    ask(ground, &two, 2).await;
    let opens =
        async |link: u8| store.review_of_link(token(link)).await.unwrap().map(|review| review.id);
    assert_eq!(
        (opens(1).await, opens(2).await, opens(3).await),
        (Some(one.id), Some(two.id), None)
    );
    let reminder = letter("one@example.org");
    for job in store.lease_jobs(99, 60, one.due).await.unwrap() {
        store.finish_job(&job).await.unwrap();
    }
    let day = one.due.plus_seconds(-3 * DAY);
    store.remind(&one, token(11), &reminder, day).await.unwrap();
    assert_eq!(due(ground, &format!("remind-reviewer:{}", one.id)).await, [one.due]);
    assert_eq!((opens(1).await, opens(11).await), (Some(one.id), Some(one.id)), "both stay good");
    for job in store.lease_jobs(99, 60, one.due).await.unwrap() {
        store.finish_job(&job).await.unwrap();
    }
    store.remind(&one, token(12), &letter("one@example.org"), one.due).await.unwrap();
    assert!(due(ground, &format!("remind-reviewer:{}", one.id)).await.is_empty(), "not for ever");
    assert_eq!(opens(12).await, Some(one.id));
    assert_eq!(store.reviews(id).await.unwrap(), [one, two]);
}

pub(crate) async fn a_review_is_answered_while_it_is_expected(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let id = sent(ground, &ada, "Networks", nine()).await;
    let (one, two) =
        (review(id, 1, "one@example.org", nine()), review(id, 1, "two@example.org", later(1)));
    ask(ground, &one, 1).await;
    ask(ground, &two, 2).await;
    let remarks = Remarks {
        marks: vec![("argument".to_owned(), 4)],
        to_authors: "Good.\0".to_owned(),
        to_editors: String::new(),
        verdict: Some(Verdict::Accept),
    };
    let typed = store.answer_review(one.id, Answer::Accepted, Some(&remarks), later(60)).await;
    assert!(typed.unwrap());
    assert_eq!(store.review(one.id).await.unwrap().unwrap().remarks, remarks);
    assert_eq!(
        notices(ground, &editor).await,
        ["editor-received"],
        "that one has begun is no news"
    );
    assert!(answer(ground, &one, Answer::Done, later(70)).await);
    let kept = store.review(one.id).await.unwrap().unwrap();
    assert_eq!((kept.answer, kept.done, &kept.remarks), (Answer::Done, Some(later(70)), &remarks));
    assert!(!answer(ground, &one, Answer::Declined, later(71)).await, "it was sent");
    assert!(!store.revoke_review(one.id, "editor@example.org", later(71)).await.unwrap());
    assert!(store.revoke_review(two.id, "editor@example.org", later(72)).await.unwrap());
    assert!(!answer(ground, &two, Answer::Done, later(73)).await, "it was taken back");
    assert_eq!(notices(ground, &editor).await, ["editor-received", "editor-review"]);
    let line = store.queue(Stage::Review, 0, 9, later(74)).await.unwrap().pop().unwrap();
    assert_eq!((line.reviews, line.reviews_done, line.reviews_late), (1, 1, 0));
    let said = acts(ground).await;
    let expected = [
        "review.answer asked→accepted",
        "review.answer accepted→done",
        "review.revoke two@example.org→",
    ];
    assert_eq!(said[said.len() - 3..], expected);
    let nobody = review(id, 1, "x@example.org", nine());
    assert!(!answer(ground, &nobody, Answer::Done, nine()).await);
    assert!(!store.revoke_review(nobody.id, "e", nine()).await.unwrap());
}

pub(crate) async fn what_is_decided_ends_what_reviewers_do(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let id = sent(ground, &ada, "Networks", nine()).await;
    let first: Vec<Review> = ["one", "two", "three"]
        .map(|name| review(id, 1, &format!("{name}@example.org"), nine()))
        .into();
    for (link, one) in (1..).zip(&first) {
        ask(ground, one, link).await;
    }
    assert!(answer(ground, &first[0], Answer::Done, later(1)).await);
    assert!(answer(ground, &first[1], Answer::Accepted, later(1)).await);
    done(ground, id, &editor, Verdict::Revise, later(2)).await;
    let mut answers = Vec::new();
    for one in &first {
        answers.push(answer_of(ground, one).await);
        assert!(!answer(ground, one, Answer::Done, later(20)).await);
    }
    assert_eq!(answers, [Answer::Done, Answer::Revoked, Answer::Revoked]);

    // In the second round nobody answers for the first, and the same reviewer is asked again.
    send(ground, id, &ada, Posting::CheckFirst, later(30)).await;
    let again = review(id, 2, "two@example.org", later(40));
    assert_eq!(ask(ground, &again, 9).await, Asking::Done);
    assert!(!answer(ground, &first[1], Answer::Done, later(50)).await);
    let of_round_one = format!("UPDATE reviews SET answer = 'asked' WHERE id = '{}'", first[2].id);
    crate::desk::tamper(ground, of_round_one).await;
    assert!(!answer(ground, &first[2], Answer::Done, later(50)).await, "of another round");
    assert!(answer(ground, &again, Answer::Accepted, later(50)).await);
    let line = store.queue(Stage::Review, 0, 9, later(60)).await.unwrap().pop().unwrap();
    assert_eq!((line.round, line.reviews), (2, 1));
    assert!(store.withdraw_submission(id, "ada@example.org", later(60)).await.unwrap());
    assert_eq!(answer_of(ground, &again).await, Answer::Revoked);
}
