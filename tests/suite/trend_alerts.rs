//! What rises is told by mail: from the form to the mailbox, with how much of it comes from chance.

use observatory_model::alert::Cadence;
use observatory_model::change::DocumentKey;
use observatory_model::decision::{Act, Decision};
use observatory_model::trend::{Count, Finding, Part, Picture, Shown, Step};
use observatory_model::{Clock as _, DecisionId, Language, Timestamp};
use observatory_worker::jobs::match_trends::match_trends;

use crate::alerts::House;

/// Something that rises; of findings as strong, `chance` come from chance alone.
fn finding(slug: &str, chance: f64, evidence: Vec<Shown>) -> Finding {
    let count = |year: i32| Count {
        from: format!("{year}-01-01").parse().expect("a date"),
        with: u32::try_from(year - 2018).expect("a number"),
        all: 50,
    };
    Finding {
        slug: slug.parse().expect("a slug"),
        concept: None,
        name: format!("{slug} & <b>"),
        language: Some(Language::En),
        aliases: Vec::new(),
        rank: 1,
        score: 0.5,
        growth: 2.5,
        growth_between: (1.5, 4.0),
        z: 4.0,
        false_alarms: chance,
        counts: (2019..=2026).map(count).collect(),
        first_seen: "2019-02-03".parse().expect("a date"),
        rising_since: "2023-01-01".parse().expect("a date"),
        breadth: 3.0,
        sources: vec![Part { name: "orbit".to_owned(), recent: 3, before: 1 }],
        institutions: Vec::new(),
        languages: Vec::new(),
        regions: Vec::new(),
        evidence,
        neighbours: Vec::new(),
    }
}

impl House {
    /// Paints a picture in which these rise, and holds it against the alerts.
    async fn paint(&self, trends: Vec<Finding>, signals: Vec<Finding>) -> u64 {
        let world = &self.site.world;
        let now = world.clock.now();
        let picture = Picture {
            // After any picture that the site paints itself meanwhile.
            at: now.plus_seconds(3 * 24 * 3600),
            step: Step::Year,
            documents: 400,
            sources: 5,
            tested: 90,
            lack: None,
            trends,
            signals,
        };
        world.store.keep_picture(&picture, now).await.expect("a picture");
        match_trends(world, &picture).await.expect("matches")
    }

    /// Asks for an alert on trends and confirms it, as its reader does.
    async fn watch(&self, language: Language, query: &str, cadence: Cadence) {
        let path = format!("/{language}/alerts/trends?{query}");
        self.ask_and_confirm(&path, cadence).await;
    }

    /// The publisher publishes these, the site reads them.
    async fn read(&self, titles: &[&str]) {
        let items = titles.iter().map(|title| (*title, "Mesh.")).collect::<Vec<_>>();
        self.publish(&items).await;
    }

    /// Every entry that there is, as evidence.
    async fn shown(&self) -> Vec<Shown> {
        let entries = self.site.world.store.newest_entries(20).await.expect("entries");
        let shown = entries.iter().map(|entry| Shown {
            document: DocumentKey::Entry(entry.id).to_string(),
            date: Timestamp::EPOCH,
            name: "mesh".to_owned(),
        });
        shown.collect()
    }

    async fn decide(&self, trend: &str, act: Act) {
        let at = self.site.clock.now();
        let decision = Decision {
            id: DecisionId::new(at),
            trend: trend.parse().expect("a slug"),
            at,
            by: "Ana".parse().expect("a name"),
            act,
            reason: "so".to_owned(),
        };
        self.site.world.store.decide(&decision).await.expect("a decision");
    }
}

/// How much of such findings comes from chance, as each language says it.
const IN_WORDS: [(Language, &str); 6] = [
    (Language::En, "about 0.4 in 100 come from chance"),
    (Language::Fr, "0,4"),
    (Language::Es, "0,4"),
    (Language::Ru, "0,4"),
    (Language::Ar, "0,4"),
    (Language::Zh, "0.4"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_told_once_with_its_rate_in_the_readers_language() {
    for (language, rate) in IN_WORDS {
        let house = House::open().await;
        let old = finding("old", 0.001, Vec::new());
        house.paint(vec![old.clone()], Vec::new()).await;
        house.watch(language, "chance=1", Cadence::Once).await;
        let unsure = finding("unsure", 0.03, Vec::new());
        let new = finding("mesh", 0.004, Vec::new());
        let trends = vec![old, new.clone(), unsure];
        assert_eq!(house.paint(trends.clone(), Vec::new()).await, 1, "old and unsure are no news");
        assert_eq!(house.paint(trends, Vec::new()).await, 0, "twice does no harm");
        house.later(61).await;
        let mail = house.post.take_one();
        let address = format!("{}/{language}/trends/mesh", house.site.origin());
        for part in [mail.part("text/plain"), mail.part("text/html")] {
            assert!(part.contains(rate), "{language}: {part}");
            assert!(part.contains(&address), "{language}: {part}");
            assert!(!part.contains("/trends/old") && !part.contains("unsure"), "{part}");
        }
        assert!(
            mail.part("text/html").contains("mesh &#38; &#60;b&#62;"),
            "{}",
            mail.part("text/html")
        );
        // It leaves and comes back: that was told.
        house.paint(Vec::new(), Vec::new()).await;
        assert_eq!(house.paint(vec![new], Vec::new()).await, 0);
        house.later(61).await;
        assert!(house.post.take().is_empty(), "nothing new, no mail");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_aside_before_the_mail_is_not_told() {
    let house = House::open().await;
    house.watch(Language::En, "chance=", Cadence::Daily).await;
    house.paint(vec![finding("mesh", 0.004, Vec::new())], Vec::new()).await;
    house.decide("mesh", Act::Dismiss).await;
    house.later(24 * 3600 + 61).await;
    assert!(house.post.take().is_empty(), "never an empty mail");
    // Its time comes again when editors think otherwise.
    house.decide("mesh", Act::Restore).await;
    assert_eq!(house.paint(vec![finding("mesh", 0.004, Vec::new())], Vec::new()).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_followed_by_its_sector_and_a_trend_by_what_shows_it() {
    let house = House::open().await;
    // It was seen once, and is in no list now.
    house.paint(vec![finding("mesh", 0.004, Vec::new())], Vec::new()).await;
    house.site.clock.advance(24 * 3600);
    house.paint(Vec::new(), Vec::new()).await;
    house.watch(Language::En, "topic=social", Cadence::Once).await;
    house.watch(Language::En, "trend=mesh", Cadence::Once).await;
    house.decide("care", Act::Sector { to: "social".parse().expect("a slug") }).await;
    let both = vec![finding("care", 0.004, Vec::new()), finding("other", 0.004, Vec::new())];
    assert_eq!(house.paint(both, Vec::new()).await, 1);
    house.later(61).await;
    let mail = house.post.take_one();
    assert!(mail.part("text/plain").contains("/en/trends/care"), "{}", mail.part("text/plain"));
    assert!(!mail.part("text/plain").contains("/en/trends/other"), "{}", mail.part("text/plain"));

    // A signal becomes a trend: news both times. What showed it before is none.
    house.read(&["Known before"]).await;
    house.site.clock.advance(10);
    let known = house.shown().await;
    let mesh = |evidence: &[Shown]| finding("mesh", 0.004, evidence.to_vec());
    house.paint(Vec::new(), vec![mesh(&known)]).await;
    house.later(61).await;
    assert!(house.post.take_one().part("text/plain").contains("/en/trends/mesh"));
    assert_eq!(house.paint(vec![mesh(&known)], Vec::new()).await, 1);
    house.later(61).await;
    house.post.take_one();
    house.read(&["Known before", "Mesh over the islands"]).await;
    assert_eq!(house.paint(vec![mesh(&house.shown().await)], Vec::new()).await, 1);
    house.later(61).await;
    let mail = house.post.take_one();
    assert!(
        mail.part("text/plain").contains("Mesh over the islands"),
        "{}",
        mail.part("text/plain")
    );
    assert!(
        mail.part("text/plain").contains("0.4 in 100 come from chance"),
        "{}",
        mail.part("text/plain")
    );
    assert_eq!(
        mail.part("text/plain").matches("/en/entries/").count(),
        1,
        "{}",
        mail.part("text/plain")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_says_what_is_watched_and_one_request_ends_it() {
    let house = House::open().await;
    house.paint(vec![finding("mesh", 0.004, Vec::new())], Vec::new()).await;
    for language in Language::ALL {
        for query in ["trend=mesh", "topic=social&chance=0.1", "topic=&chance="] {
            let page = house.site.get(&format!("/{language}/alerts/trends?{query}")).await;
            assert_eq!(page.status, 200, "{language} {query}: {}", page.text);
            assert!(!page.text.contains("<b>"), "{}", page.text);
        }
    }
    let list = house.site.get("/en/trends").await.text;
    assert!(
        list.contains("action=\"/en/alerts/trends\"") && list.contains("name=chance"),
        "{list}"
    );
    let trend = house.site.get("/en/trends/mesh").await.text;
    assert!(trend.contains("/en/alerts/trends?trend=mesh"), "{trend}");
    let nothing = house.site.get("/en/alerts/trends?chance=NaN").await;
    assert_eq!(nothing.status, 303, "the list has the form to choose");
    let never = house.site.get("/en/alerts/trends?trend=never-seen").await;
    assert_eq!(never.status, 404);
    let path = "/en/alerts/trends?trend=mesh";
    assert_eq!(house.send(path, "mail=nobody&cadence=once").await.status, 422);
    house.watch(Language::En, "chance=5", Cadence::Once).await;
    house.paint(vec![finding("new", 0.004, Vec::new())], Vec::new()).await;
    house.later(61).await;
    let mail = house.post.take_one();
    let stop = mail.header("list-unsubscribe");
    let stop = stop.trim_matches(['<', '>']);
    assert_eq!(house.site.post(house.path(stop), &[], "").await.status, 200);
    assert_eq!(house.paint(vec![finding("newer", 0.004, Vec::new())], Vec::new()).await, 0);
}
