//! The log of what was done: whole while nobody touches it, and broken where somebody does.

use observatory_model::audit::Act;
use observatory_model::person::Person;
use observatory_model::submission::Verdict;
use observatory_store::Verified;
use tokio::task::JoinSet;

use crate::desk::{acts, sent, somebody, tamper};
use crate::ground::{Ground, later, nine};

async fn verified(ground: &Ground) -> Verified {
    ground.store.verify_audit().await.unwrap()
}

async fn log(ground: &Ground, lines: i64) {
    for number in 1..=lines {
        let subject = format!("person:p{number}@example.org");
        let act = Act::new(later(number), "operator", "person.roles", &subject, "a", "b\0");
        ground.store.log(act).await.unwrap();
    }
}

pub(crate) async fn a_log_that_nobody_touches_is_whole(ground: &Ground) {
    let empty = verified(ground).await;
    assert!(matches!(&empty, Verified::Whole { lines: 0, hash } if hash == &"0".repeat(64)));
    log(ground, 5).await;
    let lines = ground.store.audit_lines(0, 9).await.unwrap();
    let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(lines[4].previous, lines[3].hash);
    let whole = Verified::Whole { lines: 5, hash: lines[4].hash.clone() };
    assert_eq!(verified(ground).await, whole);
    assert_eq!(ground.store.audit_lines(3, 1).await.unwrap(), lines[3..4]);
    let newest = ground.store.newest_audit_lines(None, 2).await.unwrap();
    assert_eq!(newest, [lines[4].clone(), lines[3].clone()]);
    let before = ground.store.newest_audit_lines(Some(2), 9).await.unwrap();
    assert_eq!(before, lines[..1]);

    // More than are read at once: the chain goes on from one part to the next.
    let long = "x".repeat(900);
    for _ in 0..1000 {
        let act = Act::new(nine(), "operator", "person.describe", &long, &long, "");
        ground.store.log(act).await.unwrap();
    }
    assert!(matches!(verified(ground).await, Verified::Whole { lines: 1005, .. }));
}

pub(crate) async fn no_word_of_the_log_changes_unseen(ground: &Ground) {
    log(ground, 5).await;
    let whole = verified(ground).await;
    for column in ["at", "who", "act", "subject", "before", "after", "previous", "hash"] {
        let (other, kept) = match column {
            "at" => ("at + 1", "at - 1"),
            _ => ("'x' || COLUMN", "SUBSTR(COLUMN, 2)"),
        };
        for number in [1, 3, 5] {
            let set = |value: &str| {
                let value = value.replace("COLUMN", column);
                format!("UPDATE audit SET {column} = {value} WHERE number = {number}")
            };
            tamper(ground, set(other)).await;
            assert_eq!(verified(ground).await, Verified::Broken { at: number }, "{column}");
            tamper(ground, set(kept)).await;
            assert_eq!(verified(ground).await, whole, "{column}");
        }
    }
    tamper(ground, "UPDATE audit SET number = 9 WHERE number = 5".to_owned()).await;
    assert_eq!(verified(ground).await, Verified::Broken { at: 5 });
}

pub(crate) async fn no_line_of_the_log_goes_unseen(ground: &Ground) {
    log(ground, 6).await;
    let delete = |number: u64| format!("DELETE FROM audit WHERE number = {number}");
    tamper(ground, delete(6)).await;
    assert_eq!(verified(ground).await, Verified::Broken { at: 6 }, "the last one");
    tamper(ground, delete(3)).await;
    assert_eq!(verified(ground).await, Verified::Broken { at: 3 }, "one in the middle");
    tamper(ground, delete(1)).await;
    assert_eq!(verified(ground).await, Verified::Broken { at: 1 }, "the first one");
    tamper(ground, "DELETE FROM audit".to_owned()).await;
    assert_eq!(verified(ground).await, Verified::Broken { at: 1 }, "all of them");
}

pub(crate) async fn a_log_that_was_cut_and_its_head_put_back_is_told(ground: &Ground) {
    log(ground, 4).await;
    // Whoever cuts lines off and sets the head back has made a whole log again: only a copy of the
    // last hash that is kept elsewhere shows it. A head that names another hash is seen.
    tamper(ground, "UPDATE audit_head SET hash = 'x' WHERE id = 1".to_owned()).await;
    assert_eq!(verified(ground).await, Verified::Broken { at: 5 });
    tamper(ground, "UPDATE audit_head SET number = 3 WHERE id = 1".to_owned()).await;
    assert_eq!(
        verified(ground).await,
        Verified::Broken { at: 4 },
        "a line that nobody has written"
    );
}

pub(crate) async fn acts_at_the_same_time_follow_one_another(ground: &Ground) {
    let store = &ground.store;
    let editors: Vec<Person> = [
        somebody(ground, "one@example.org", "researcher,editor").await,
        somebody(ground, "two@example.org", "researcher,editor").await,
    ]
    .into();
    let mut pieces = Vec::new();
    for number in 0..12 {
        let owner = &editors[number % 2];
        pieces.push((owner.clone(), sent(ground, owner, &format!("No {number}"), nine()).await));
    }
    let before = acts(ground).await.len();
    let another = ground.another().await;
    let mut tasks = JoinSet::new();
    for (at, (owner, id)) in pieces.into_iter().enumerate() {
        let store = if at % 3 == 0 { another.clone() } else { store.clone() };
        let editor = editors[(at + 1) % 2].clone();
        tasks.spawn(async move {
            // Both tell the same people of it, so that the same work waits.
            store.write_message(id, &owner, false, "a", nine()).await.unwrap();
            store.write_message(id, &editor, true, "b", nine()).await.unwrap();
            let verdict = Verdict::Decline;
            store.decide_submission(id, &editor, verdict, "", nine()).await.unwrap();
            let pending = store.submission(id).await.unwrap().unwrap().pending.unwrap();
            assert!(store.carry_out(id, &pending, None, later(10)).await.unwrap());
        });
    }
    // Whoever looks meanwhile finds nothing wrong.
    while !tasks.is_empty() {
        let found = verified(ground).await;
        assert!(matches!(found, Verified::Whole { .. }), "{found:?}");
        if let Some(ended) = tasks.try_join_next() {
            ended.unwrap();
        }
    }
    another.close().await;
    let lines = u64::try_from(before + 4 * 12).unwrap();
    assert!(matches!(verified(ground).await, Verified::Whole { lines: all, .. } if all == lines));
}
