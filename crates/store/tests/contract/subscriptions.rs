//! Subscriptions at hubs: asked, confirmed, renewed, ended.

use observatory_model::alert::Token;
use observatory_model::job::Work;
use observatory_model::source::{Failure, FailureReason, Source};
use observatory_model::subscription::SubscriptionState;
use observatory_model::{Timestamp, WebAddress};

use crate::ground::{Ground, harvest, later, nine};

const DAY: i64 = 24 * 3600;

fn address(text: &str) -> WebAddress {
    text.parse().unwrap()
}

async fn named(ground: &Ground, source: &Source, topic: &str, word: u8, now: Timestamp) -> bool {
    let hub = (&address("https://hub.org/"), &address(topic));
    let words = (Token::new([word; 16]), Token::new([word + 1; 16]));
    ground.store.note_hub(source.id, hub, words, now).await.unwrap()
}

/// When the hub is asked next, and nothing else is in the queue.
async fn asked_next(ground: &Ground, until: Timestamp) -> Vec<Work> {
    let jobs = ground.store.lease_jobs(50, 60, until).await.unwrap();
    ground
        .store
        .put_back(&jobs.iter().cloned().map(|job| (job, until)).collect::<Vec<_>>(), until)
        .await
        .unwrap();
    jobs.into_iter()
        .map(|job| job.work)
        .filter(|work| matches!(work, Work::Subscribe { .. }))
        .collect()
}

pub(crate) async fn a_hub_is_asked_once_and_confirms_what_was_asked(ground: &Ground) {
    let store = &ground.store;
    let source = ground.source().await;
    assert!(named(ground, &source, "https://a.org/t", 1, nine()).await);
    assert_eq!(asked_next(ground, nine()).await, [Work::Subscribe { source: source.id }]);
    assert!(!store.hub_confirmed(source.id, DAY, nine()).await.unwrap(), "nothing was asked");
    store.hub_asked(source.id, nine()).await.unwrap();
    assert!(!named(ground, &source, "https://a.org/t", 3, later(60)).await, "known");
    let known = store.subscription_at(Token::new([1; 16])).await.unwrap().unwrap();
    assert_eq!((known.source, known.state), (source.id, SubscriptionState::Wanted));
    assert!(known.secret == Token::new([2; 16]));
    assert!(store.subscription_at(Token::new([3; 16])).await.unwrap().is_none());

    assert!(store.hub_confirmed(source.id, DAY, later(10)).await.unwrap());
    assert!(!store.hub_confirmed(source.id, DAY, later(11)).await.unwrap(), "once");
    let active = store.subscription(source.id).await.unwrap().unwrap();
    assert_eq!((active.since, active.lease_end), (later(10), Some(later(10 + DAY))));
    assert!(active.is_active(later(DAY)) && !active.is_active(later(11 + DAY)));
    assert!(!active.is_proven(later(20)), "it has not told of anything");
    // A tenth of the lease is left when it is asked again.
    assert_eq!(asked_next(ground, later(DAY * 9 / 10 - 60)).await, []);
    assert_eq!(asked_next(ground, later(DAY * 9 / 10 + 60)).await.len(), 1);
    // A lease that ran out without an answer is asked for when the feed is read next.
    assert!(named(ground, &source, "https://a.org/t", 5, later(3 * DAY)).await);
    // Another topic is another subscription, with other words.
    assert!(named(ground, &source, "https://a.org/other", 7, later(3 * DAY)).await);
    assert!(store.subscription_at(Token::new([1; 16])).await.unwrap().is_none());
    assert!(store.subscription_at(Token::new([7; 16])).await.unwrap().is_some());
}

pub(crate) async fn a_subscription_that_ended_begins_anew_after_a_week(ground: &Ground) {
    let store = &ground.store;
    let source = ground.source().await;
    store.hub_left(source.id, "there was none", nine()).await.unwrap();
    assert!(store.subscription(source.id).await.unwrap().is_none());
    named(ground, &source, "https://a.org/t", 1, nine()).await;
    store.hub_asked(source.id, nine()).await.unwrap();
    store.hub_failed(source.id, "it is \0 down", later(5)).await.unwrap();
    let known = store.subscription(source.id).await.unwrap().unwrap();
    assert_eq!(known.reason.as_deref(), Some("it is  down"));
    assert_eq!(asked_next(ground, later(DAY - 60)).await, [], "once a day");
    store.hub_left(source.id, &"x".repeat(1000), later(10)).await.unwrap();
    let ended = store.subscription(source.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.since), (SubscriptionState::Ended, later(10)));
    assert_eq!(ended.reason.map(|reason| reason.len()), Some(300));
    assert!(!store.hub_confirmed(source.id, DAY, later(11)).await.unwrap());
    assert!(!named(ground, &source, "https://a.org/t", 3, later(6 * DAY)).await);
    assert!(named(ground, &source, "https://a.org/t", 3, later(8 * DAY)).await);
    let anew = store.subscription(source.id).await.unwrap().unwrap();
    assert_eq!((anew.state, anew.reason), (SubscriptionState::Wanted, None));
    assert!(anew.callback == Token::new([3; 16]));
}

pub(crate) async fn a_message_makes_its_source_due_but_no_server_suffers(ground: &Ground) {
    let store = &ground.store;
    let source = ground.source().await;
    named(ground, &source, "https://a.org/t", 1, nine()).await;
    store.record_harvest(source.id, &harvest(Vec::new()), nine()).await.unwrap();
    let due = async || {
        let jobs = store.lease_jobs(50, 60, later(30 * DAY)).await.unwrap();
        let back = jobs.iter().cloned().map(|job| (job, later(30 * DAY))).collect::<Vec<_>>();
        store.put_back(&back, nine()).await.unwrap();
        store.source(source.id).await.unwrap().unwrap().health.next_attempt.unwrap()
    };
    assert!(due().await > later(60));
    store.hub_told(source.id, later(20)).await.unwrap();
    assert_eq!(due().await, later(60), "a minute after it was read");
    store.hub_told(source.id, later(7)).await.unwrap();
    assert_eq!(due().await, later(60));
    // Who wants to be left alone is.
    let failure = Failure::new(FailureReason::HttpStatus, "429");
    store.record_failure(source.id, &failure, Some(later(DAY)), later(100)).await.unwrap();
    store.hub_told(source.id, later(200)).await.unwrap();
    assert_eq!(due().await, later(DAY));
    let known = store.subscription(source.id).await.unwrap().unwrap();
    assert_eq!(known.last_push, Some(later(200)));
}
