//! Rules of the house: what comes in is tagged, held or dropped before anybody sees it.

use observatory_model::asked::Asked;
use observatory_model::entry::{Entry, HarvestCounts};
use observatory_model::rule::{Rule, Withheld};
use observatory_model::{Clock as _, Language, RuleId, Timestamp};
use observatory_worker::Fetched;
use observatory_worker::jobs::judge_entries::{apply_rule, try_rule};

use crate::site::TestSite;
use crate::upstream::Upstream;

struct House {
    site: TestSite,
    upstream: Upstream,
}

/// Key, title and text of an item.
type Item<'a> = (&'a str, &'a str, &'a str);

impl House {
    async fn open() -> Self {
        let (site, upstream) = (TestSite::start().await, Upstream::start().await);
        for slug in ["one", "two"] {
            upstream.set_document(&format!("/{slug}"), "application/rss+xml", feed(&[]));
            site.add_source(&upstream.url(&format!("/{slug}")), slug).await;
        }
        Self { site, upstream }
    }

    async fn rule(&self, name: &str, query: &str, act: &str) -> Rule {
        let now = self.site.clock.now();
        let rule = Rule {
            id: RuleId::new(now),
            name: name.parse().expect("a name"),
            asked: Asked::parse(query),
            act: act.parse().expect("an act"),
            is_paused: false,
            added: now,
            applied: None,
        };
        self.site.world.store.add_rule(&rule).await.expect("a new rule");
        rule
    }

    /// A feed says this now, and a minute later everything is read: what that did to the feed's entries.
    async fn tell(&self, slug: &str, items: &[Item<'_>]) -> HarvestCounts {
        self.upstream.set_document(&format!("/{slug}"), "application/rss+xml", feed(items));
        self.site.clock.advance(60);
        let reports = self.site.harvest().await;
        let own = reports.into_iter().find(|report| report.source.as_str() == slug);
        match own.expect("a report").fetched {
            Fetched::Kept { counts, .. } => counts,
            other => panic!("{other:?}"),
        }
    }

    async fn public(&self) -> Vec<Entry> {
        self.site.world.store.newest_entries(100).await.expect("entries")
    }

    async fn titles(&self) -> Vec<String> {
        let mut titles = Vec::new();
        for entry in self.public().await {
            titles.push(entry.content.title);
        }
        titles.sort();
        titles
    }

    async fn total(&self, query: &str) -> u64 {
        let page = self.site.get(&format!("/api/v1/search?{query}")).await;
        let answer: serde_json::Value = serde_json::from_str(&page.text).expect("JSON");
        answer["total"].as_u64().expect("a total")
    }
}

fn feed(items: &[Item<'_>]) -> String {
    let item = |(key, title, text): &Item<'_>| {
        format!(
            "<item><guid isPermaLink=\"false\">{key}</guid><title>{title}</title>\
             <description>{text}</description></item>"
        )
    };
    let items = items.iter().map(item).collect::<String>();
    format!("<rss version=\"2.0\"><channel><title>Feed</title>{items}</channel></rss>")
}

fn counts(added: u64, changed: u64, unchanged: u64, held: u64, dropped: u64) -> HarvestCounts {
    HarvestCounts { added, changed, unchanged, removed: 0, held, dropped }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_is_judged_before_anybody_sees_it() {
    let house = House::open().await;
    house.rule("casino", "q=casino", "drop").await;
    house.rule("war", "q=war+-peace", "hold").await;
    house.rule("space", "q=moonlets", "topic:space").await;
    house.rule("two-is-arabic", "q=moonlets&source=two", "language:ar").await;
    let items = [
        ("1", "Moonlets rise", "Over the sea."),
        ("2", "The war of moonlets", "Over the sea."),
        ("3", "War and peace", "A book."),
        ("4", "Casino", "Play now, at once."),
    ];
    assert_eq!(house.tell("one", &items).await, counts(2, 0, 0, 1, 1));
    assert_eq!(house.titles().await, ["Moonlets rise", "War and peace"]);
    assert_eq!(house.total("q=war").await, 1, "what is held is not found");
    assert_eq!(house.total("q=casino").await, 0);
    assert_eq!(house.total("topic=space").await, 1);
    assert_eq!(house.tell("one", &items).await, counts(0, 0, 4, 0, 0), "nothing comes twice");
    let entry = house.public().await.into_iter().find(|entry| entry.content.key == "1");
    let page = house.site.get(&format!("/en/entries/{}", entry.expect("an entry").id)).await.text;
    assert!(page.contains("topic=space"), "{page}");
    let facets = house.site.get("/api/v1/search?q=moonlets").await.text;
    assert!(facets.contains("\"space\""), "{facets}");

    assert_eq!(house.tell("two", &[("1", "Moonlets", "Here.")]).await, counts(1, 0, 0, 0, 0));
    assert_eq!(house.total("q=moonlets&lang=ar").await, 1, "only of one source");

    // Words that change are judged anew: what is dropped may come in, what is held stays.
    let changed = [
        ("1", "Casino rises", "Over the sea."),
        ("2", "The peace of moonlets", "Over the sea."),
        ("3", "War", "A book."),
        ("4", "Theatre", "Play now, at once."),
    ];
    assert_eq!(house.tell("one", &changed).await, counts(0, 2, 0, 1, 1));
    assert_eq!(house.titles().await, ["Moonlets", "Theatre"]);
    assert_eq!(house.total("source=one").await, 1, "what was public leaves the index");
    let store = &house.site.world.store;
    let held = store.withheld(Withheld::Held, None, 9).await.expect("lines");
    assert_eq!(held.len(), 2);
    let dropped = store.withheld(Withheld::Dropped, None, 9).await.expect("lines");
    assert_eq!((dropped.len(), dropped[0].title.as_str()), (1, "Casino rises"));
    assert_eq!(dropped[0].by, "casino");
    let third = held.iter().find(|line| line.title == "War").expect("it is held");
    assert!(store.release(third.entry, house.site.clock.now()).await.expect("an answer"));
    house.site.index().await;
    assert_eq!(house.titles().await, ["Moonlets", "Theatre", "War"]);
    let again = [("3", "War again", "A book.")];
    assert_eq!(house.tell("one", &again).await, counts(0, 1, 0, 0, 0), "somebody released it");
    assert_eq!(house.titles().await, ["Moonlets", "Theatre", "War again"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tried_and_then_applied_to_what_is_there() {
    let house = House::open().await;
    house.tell("one", &[("1", "Moonlets rise", "Here."), ("2", "Other", "Here.")]).await;
    house.tell("two", &[("1", "More moonlets", "There."), ("2", "Casino moonlets", "Here.")]).await;
    let (store, now) = (&house.site.world.store, house.site.clock.now());
    let since = now.plus_seconds(-3600);
    let asked = Asked::parse("q=moonlets");
    let trial = try_rule(store, &asked, since, 1000, now).await.expect("a trial");
    assert_eq!((trial.looked, trial.found, trial.is_cut), (4, 3, false));
    assert_eq!((trial.by_source[0].1, trial.by_source[1].1, trial.examples.len()), (2, 1, 3));
    let trial = try_rule(store, &asked, now.plus_seconds(1), 1000, now).await.expect("a trial");
    assert_eq!(trial.looked, 0, "nothing is so young");

    let hold = house.rule("hold-moonlets", "q=moonlets", "hold").await;
    house.tell("one", &[("1", "Moonlets rise", "Here."), ("2", "Other", "Here.")]).await;
    assert_eq!(house.titles().await.len(), 4, "it does nothing to what is there");
    let drop = house.rule("drop-casino", "q=casino", "drop").await;
    assert_eq!(apply_rule(store, &drop, Timestamp::EPOCH, now).await.expect("applied"), (1, 1));
    assert_eq!(apply_rule(store, &hold, Timestamp::EPOCH, now).await.expect("applied"), (2, 2));
    house.site.index().await;
    assert_eq!(house.titles().await, ["Other"]);
    assert_eq!(house.total("q=moonlets").await, 0);
    assert_eq!(apply_rule(store, &hold, Timestamp::EPOCH, now).await.expect("applied"), (2, 0));
    let same = [("1", "More moonlets", "There."), ("2", "Casino moonlets", "Here.")];
    assert_eq!(house.tell("two", &same).await, counts(0, 0, 2, 0, 0), "it is not taken in again");

    // Taken back: what was dropped comes in again where its source still has it.
    assert!(store.remove_rule(&drop.name).await.expect("an answer"));
    assert!(store.pause_rule(&hold.name, true).await.expect("an answer"));
    assert_eq!(store.forget_dropped(&drop.name).await.expect("a count"), 1);
    house.tell("two", &same).await;
    assert_eq!(house.titles().await, ["Casino moonlets", "Other"]);
    let topic = house.rule("space", "q=moonlets", "topic:space").await;
    let language = house.rule("arabic", "q=moonlets", "language:ar").await;
    for rule in [topic, language] {
        let (found, changed) =
            apply_rule(store, &rule, Timestamp::EPOCH, now).await.expect("applied");
        assert_eq!((found, changed), (3, 3), "what is held is judged too");
    }
    house.site.index().await;
    assert_eq!(house.total("topic=space&lang=ar").await, 1);
    let own = house.public().await.into_iter().find(|it| it.content.title == "Casino moonlets");
    assert_eq!(own.expect("an entry").content.language, Some(Language::Ar));
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_goes_on_where_it_was_stopped() {
    let house = House::open().await;
    let keys = (0..450).map(|number| format!("k{number}")).collect::<Vec<_>>();
    let items =
        keys.iter().map(|key| (key.as_str(), key.as_str(), "Moonlets.")).collect::<Vec<_>>();
    house.tell("one", &items).await;
    let (store, now) = (&house.site.world.store, house.site.clock.now());
    let rule = house.rule("space", "q=moonlets", "topic:space").await;
    // Somebody stopped it after the first two hundred.
    let first = store.entries_to_judge(Timestamp::EPOCH, None, 200).await.expect("entries");
    let ids = first.iter().map(|entry| entry.id).collect::<Vec<_>>();
    let last = ids.last().copied();
    assert_eq!(store.apply_rule(&rule, &ids, last, now).await.expect("applied"), 200);
    let rule = store.rules().await.expect("rules").remove(0);
    assert_eq!(rule.applied, last);
    assert_eq!(apply_rule(store, &rule, Timestamp::EPOCH, now).await.expect("applied"), (250, 250));
    assert_eq!(store.rules().await.expect("rules").remove(0).applied, None);
    house.site.index().await;
    assert_eq!(house.total("topic=space").await, 450);
}
