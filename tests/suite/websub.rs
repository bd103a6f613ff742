//! WebSub: a hub is asked, answers, and tells of changes.

use hmac::Hmac;
use observatory_model::subscription::SubscriptionState;

use crate::hub::Story;

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_is_asked_and_tells_of_changes() {
    let story = Story::begin().await;
    let asked = story.hub.asked();
    assert_eq!(asked.len(), 1);
    let subscription = story.subscription().await;
    assert_eq!(asked[0]["hub.mode"], "subscribe");
    assert_eq!(asked[0]["hub.topic"], story.upstream.url("/topic"));
    let callback = format!("{}{}", story.site.origin(), Story::path(&subscription));
    assert_eq!(asked[0]["hub.callback"], callback);
    assert_eq!(asked[0]["hub.secret"], subscription.secret.to_string());
    let body = "<rss/>";
    let signature = story.sign(body).await;
    assert!(!story.tell(&signature, body).await, "not before it was confirmed");

    assert_eq!(story.confirm("864000").await, (200, "a challenge".to_owned()));
    assert_eq!(story.subscription().await.state, SubscriptionState::Active);
    assert_eq!(story.confirm("864000").await.0, 404, "nothing was asked any more");
    assert!(story.tell(&signature, body).await);

    // A hub that has shown that it tells is relied upon.
    let known = story.site.world.store.source(story.source.id).await.expect("it").expect("it");
    let wait = known.health.next_attempt.expect("a time").seconds_since(story.site.clock_now());
    assert!(wait >= 5 * 3600, "{wait}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_counts_only_with_the_right_signature() {
    let story = Story::begin().await;
    story.confirm("864000").await;
    let body = "<rss/>";
    let right = story.sign(body).await;
    let cut = right.chars().take(right.len() - 2).collect::<String>();
    let last = if right.ends_with('0') { "1" } else { "0" };
    let flipped = right.chars().take(right.len() - 1).chain(last.chars()).collect::<String>();
    for wrong in [
        "",
        "sha256",
        "sha256=",
        "sha256=zz",
        &cut,
        &flipped,
        &right.replace("sha256", "sha512"),
        &right.replace("sha256", "md5"),
        &right.replace("sha256", "sha1"),
        &format!("{right}00"),
    ] {
        assert!(!story.tell(wrong, body).await, "{wrong}");
    }
    assert!(!story.tell(&right, "<rss />").await, "of another body");
    let long = "x".repeat(10 * 1024 * 1024 + 1);
    assert!(!story.tell(&story.sign(&long).await, &long).await, "longer than any feed");
    assert!(story.tell(&right, body).await);
    for signed in [
        story.sign_with::<Hmac<sha1::Sha1>>("sha1", body).await,
        story.sign_with::<Hmac<sha2::Sha384>>("sha384", body).await,
        story.sign_with::<Hmac<sha2::Sha512>>("sha512", body).await,
    ] {
        assert!(story.tell(&signed, body).await, "{signed}");
        assert!(!story.tell(&signed, "<rss />").await, "{signed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_asked_for_is_confirmed() {
    let story = Story::begin().await;
    let topic = story.upstream.url("/topic");
    let long = "c".repeat(2000);
    for wrong in [
        vec![],
        vec![("hub.mode", "subscribe")],
        vec![("hub.mode", "subscribe"), ("hub.topic", "http://a.org/"), ("hub.challenge", "c")],
        vec![("hub.mode", "subscribe"), ("hub.topic", topic.as_str())],
        vec![("hub.mode", "subscribe"), ("hub.topic", topic.as_str()), ("hub.challenge", &long)],
        vec![("hub.mode", "unsubscribe"), ("hub.topic", topic.as_str()), ("hub.challenge", "c")],
        vec![("hub.mode", "x"), ("hub.topic", topic.as_str()), ("hub.challenge", "c")],
    ] {
        assert_eq!(story.ask(&wrong).await.0, 404, "{wrong:?}");
    }
    assert_eq!(story.subscription().await.state, SubscriptionState::Wanted);
    let elsewhere = "0".repeat(32);
    for path in [format!("/websub/{elsewhere}"), "/websub/x".to_owned()] {
        assert_eq!(story.site.get(&format!("{path}?hub.mode=subscribe")).await.status, 404);
        assert_eq!(story.site.post(&path, &[], "x").await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_before_it_ends() {
    let story = Story::begin().await;
    story.confirm("864000").await;
    story.site.clock.advance(700_000);
    story.work().await;
    assert_eq!(story.hub.asked().len(), 1, "not yet");
    story.site.clock.advance(100_000);
    story.work().await;
    let asked = story.hub.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0]["hub.callback"], asked[1]["hub.callback"], "the same subscription");
    assert_eq!(story.confirm("1").await.0, 200);
    let lease = story.subscription().await.lease_end.expect("an end");
    let seconds = lease.seconds_since(story.site.clock_now());
    assert_eq!(seconds, 3600, "no hub has itself asked all the time");
    // One that never confirms is asked again the next day, and its lease ends.
    story.site.clock.advance(3300);
    story.work().await;
    assert_eq!(story.hub.asked().len(), 3);
    story.site.clock.advance(30 * 3600);
    story.work().await;
    assert_eq!(story.hub.asked().len(), 4);
    assert!(!story.subscription().await.is_active(story.site.clock_now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_and_gone_are_the_end() {
    let story = Story::begin().await;
    let topic = story.upstream.url("/topic");
    let denied = [("hub.mode", "denied"), ("hub.topic", topic.as_str()), ("hub.reason", "no")];
    assert_eq!(story.ask(&denied).await.0, 200);
    let ended = story.subscription().await;
    assert_eq!(ended.state, SubscriptionState::Ended);
    assert_eq!(ended.reason.as_deref(), Some("the hub denied it: no"));
    assert_eq!(story.confirm("864000").await.0, 404);
    let page = story.site.post(&Story::path(&ended), &[], "x").await;
    assert_eq!(page.status, 410);

    let story = Story::begin().await;
    story.confirm("864000").await;
    story.hub.answers(410, "");
    story.site.clock.advance(800_000);
    story.work().await;
    assert_eq!(story.subscription().await.state, SubscriptionState::Ended);
}
