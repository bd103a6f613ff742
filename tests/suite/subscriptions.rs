//! Hubs may be anybody: what sources gain by them, and that nobody loses.

use std::sync::Arc;

use observatory_model::subscription::SubscriptionState;
use observatory_worker::{Runner, Silent};

use crate::hub::{Hub, SILENCE, Story, feed, subscription};
use crate::site::TestSite;
use crate::upstream::{Answer, Upstream};

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_never_answers_costs_nothing() {
    let site = TestSite::start_with(|limits| limits.total_timeout_seconds = 1).await;
    let (upstream, hub) = (Upstream::start().await, Hub::start().await);
    upstream.set("/feed", feed(&hub.url(), &upstream.url("/topic")));
    hub.answers(SILENCE, "");
    let source = site.add_source(&upstream.url("/feed"), "a").await;
    let story = Story { site, upstream, hub, source };
    story.work().await;
    let kept = &story.site.world.store;
    let known = kept.source(story.source.id).await.expect("an answer").expect("it");
    assert!(known.health.last_failure.is_none(), "the source is read");
    let waits = story.subscription().await;
    assert_eq!(waits.state, SubscriptionState::Wanted);
    assert_eq!(waits.reason.as_deref(), Some("no answer within 1 seconds"));
    // It is read as before, and the hub is asked once a day; nothing is given up.
    for hour in 1..=3 {
        story.site.clock.advance(4000);
        story.work().await;
        assert_eq!(story.upstream.requests().len(), 1 + hour);
    }
    assert_eq!(story.hub.asked().len(), 1);
    story.site.clock.advance(24 * 3600);
    story.work().await;
    assert_eq!(story.hub.asked().len(), 2);
    let counts = kept.job_counts(story.site.clock_now()).await.expect("counts");
    assert_eq!(counts.given_up, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_is_asked_more_often_than_it_wants() {
    let story = Story::begin().await;
    story.confirm("864000").await;
    let signature = story.sign("x").await;
    // Within a minute of a reading, it waits for the rest of it.
    let page = async || {
        let path = Story::path(&story.subscription().await);
        story.site.post(&path, &[("x-hub-signature", &signature)], "x").await
    };
    let read = || story.upstream.requests().len();
    assert_eq!((page().await.status, read()), (202, 1));
    story.work().await;
    assert_eq!(read(), 1);
    story.site.clock.advance(60);
    story.work().await;
    assert_eq!(read(), 2);
    // A server that is in trouble keeps its own time.
    story.upstream.set("/feed", Answer { status: 503, ..Answer::default() });
    assert!(story.tell(&signature, "x").await);
    assert!(!story.tell(&signature, "x").await);
    // A source that is paused is not read.
    let kept = &story.site.world.store;
    kept.set_source_active(story.source.id, false, story.site.clock_now()).await.expect("paused");
    story.site.clock.advance(100_000);
    assert!(!story.tell(&signature, "x").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn hubs_are_found_wherever_feeds_name_them() {
    let (site, upstream, hub) =
        (TestSite::start().await, Upstream::start().await, Hub::start().await);
    let address = hub.url();
    let item = "<title>T</title><item><guid>1</guid><title>One</title></item>";
    let entry = "<title>T</title><id>urn:1</id><entry><id>urn:2</id><title>One</title></entry>";
    let feeds = [
        (
            "/atom",
            format!(
                "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='hub' href='{address}'/>\
            <link rel='self' href='/atom-topic'/>{entry}</feed>"
            ),
        ),
        (
            "/rss",
            format!(
                "<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel>\
            <a:link rel='self' href='/rss-topic'/><a:link rel='hub' href='{address}'/>{item}</channel></rss>"
            ),
        ),
        (
            "/json",
            format!(
                "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\
            \"feed_url\":\"/json-topic\",\"hubs\":[{{\"type\":\"WebSub\",\"url\":\"{address}\"}}],\
            \"items\":[{{\"id\":\"1\",\"title\":\"One\"}}]}}"
            ),
        ),
        ("/none", format!("<rss version='2.0'><channel><link rel='hub'/>{item}</channel></rss>")),
        (
            "/no-self",
            format!(
                "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='hub' \
            href='{address}'/>{entry}</feed>"
            ),
        ),
    ];
    for (path, body) in feeds {
        upstream.set_document(path, "application/octet-stream", body);
        site.add_source(&upstream.url(path), path.trim_start_matches('/')).await;
        Runner::new(site.world.clone(), Arc::new(Silent)).run_until_idle().await.expect("done");
    }
    let topics = hub.asked().iter().map(|form| form["hub.topic"].clone()).collect::<Vec<_>>();
    let wanted = ["/atom-topic", "/rss-topic", "/json-topic", "/no-self"];
    assert_eq!(topics, wanted.map(|path| upstream.url(path)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_its_hub_is_read_as_before() {
    let story = Story::begin().await;
    story.confirm("864000").await;
    let signature = story.sign("x").await;
    assert!(story.tell(&signature, "x").await);
    let plain = Answer { headers: Vec::new(), ..feed("", "") };
    story.upstream.set("/feed", plain);
    assert!(story.tell(&signature, "x").await);
    let ended = story.subscription().await;
    assert_eq!(ended.state, SubscriptionState::Ended);
    assert_eq!(ended.reason.as_deref(), Some("the feed names no hub any more"));
    let known = story.site.world.store.source(story.source.id).await.expect("it").expect("it");
    let wait = known.health.next_attempt.expect("a time").seconds_since(story.site.clock_now());
    assert!(wait < 2 * 3600, "{wait}");
    // Nobody is asked where hubs cannot reach us.
    let (mut site, upstream, hub) =
        (TestSite::start().await, Upstream::start().await, Hub::start().await);
    site.world.callback_origin = None;
    upstream.set("/feed", feed(&hub.url(), &upstream.url("/topic")));
    let source = site.add_source(&upstream.url("/feed"), "a").await;
    Runner::new(site.world.clone(), Arc::new(Silent)).run_until_idle().await.expect("done");
    assert_eq!(upstream.requests().len(), 1);
    assert!(hub.asked().is_empty() && subscription(&site, source.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_source_says_how_it_stands_with_its_hub() {
    let story = Story::begin().await;
    let pages = async |words: [&str; 6]| {
        let known = story.subscription().await;
        for (language, words) in ["en", "fr", "es", "ru", "ar", "zh"].into_iter().zip(words) {
            let page = story.site.get(&format!("/{language}/sources/a")).await;
            assert!(page.text.contains(words), "{language}: {}", page.text);
            for secret in [known.callback.to_string(), known.secret.to_string()] {
                assert!(!page.text.contains(&secret), "nobody else may know it");
            }
        }
    };
    pages([
        "until it confirms",
        "n’a pas confirmé",
        "no lo confirme",
        "не подтвердил",
        "يؤكد",
        "确认",
    ])
    .await;
    story.confirm("864000").await;
    pages([
        "tells us at once",
        "signale aussitôt",
        "avisa de inmediato",
        "сразу сообщает",
        "فور حدوثها",
        "立即通知",
    ])
    .await;
    let topic = story.upstream.url("/topic");
    let denied = [("hub.mode", "denied"), ("hub.topic", topic.as_str()), ("hub.reason", "<b>no")];
    story.ask(&denied).await;
    pages([
        "has not told us",
        "ne nous signale plus",
        "ya no nos avisa",
        "не сообщает нам",
        "لم يعد",
        "不再通知",
    ])
    .await;
    let page = story.site.get("/en/sources/a").await;
    assert!(page.text.contains("the hub denied it: &lt;b&gt;no") || page.text.contains("&#60;b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_leads_nowhere_inside() {
    // A hub that is not public, and one that redirects there.
    let (site, upstream, hub) =
        (TestSite::start().await, Upstream::start().await, Hub::start().await);
    hub.answers(307, "http://10.0.0.1/hub");
    for (path, to) in [("/direct", "http://169.254.169.254/hub"), ("/redirect", &hub.url())] {
        upstream.set(path, feed(to, &upstream.url(path)));
        let source = site.add_source(&upstream.url(path), path.trim_start_matches('/')).await;
        let runner = Runner::new(site.world.clone(), Arc::new(Silent));
        runner.run_until_idle().await.expect("the work is done");
        let ended = subscription(&site, source.id).await.expect("it");
        assert_eq!(ended.state, SubscriptionState::Ended, "{path}");
        assert!(ended.reason.expect("a reason").contains("not an address of the public internet"));
    }
    assert_eq!(hub.asked().len(), 1);
    // One that keeps the method is followed.
    let other = Hub::start().await;
    hub.answers(308, &other.url());
    upstream.set("/third", feed(&hub.url(), &upstream.url("/third")));
    site.add_source(&upstream.url("/third"), "third").await;
    Runner::new(site.world.clone(), Arc::new(Silent)).run_until_idle().await.expect("done");
    assert_eq!(other.asked().len(), 1);
}
