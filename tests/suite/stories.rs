//! One story that several sources tell: it stands once wherever readers look, and says where else it is.

use observatory_model::change::DocumentKey;
use observatory_model::entry::Entry;
use observatory_model::story::{SameBy, Telling};
use observatory_model::{Clock as _, EntryId, SourceId};
use observatory_worker::jobs::fold_stories::{join_stories, split_story};

use crate::site::TestSite;
use crate::upstream::Upstream;

const TEXT: &str = "The Council of the Union opened its session in Geneva on Tuesday with a debate about \
    connectivity for schools in rural districts. Delegates of forty States asked how moonlets could \
    help, and what they would cost over ten years. A vote is expected at the end of the week.";

/// A site that reads three feeds.
struct House {
    site: TestSite,
    upstream: Upstream,
    sources: [SourceId; 3],
}

/// An item of a feed: guid, link, title, text.
type Item<'a> = (&'a str, &'a str, &'a str, &'a str);

impl House {
    async fn open() -> Self {
        let (site, upstream) = (TestSite::start().await, Upstream::start().await);
        let mut sources = Vec::new();
        for slug in ["one", "two", "three"] {
            let path = format!("/{slug}");
            upstream.set_document(&path, "application/rss+xml", feed(slug, &[]));
            sources.push(site.add_source(&upstream.url(&path), slug).await.id);
        }
        Self { site, upstream, sources: sources.try_into().expect("three") }
    }

    /// A feed says this now, and a minute later everything is read.
    async fn tell(&self, slug: &str, items: &[Item<'_>]) {
        let path = format!("/{slug}");
        self.upstream.set_document(&path, "application/rss+xml", feed(slug, items));
        self.site.clock.advance(60);
        self.site.harvest().await;
    }

    /// The entry with this key in a source.
    async fn entry(&self, source: usize, key: &str) -> Entry {
        let store = &self.site.world.store;
        let page = store.entries_of_source(self.sources[source], 1, 50).await.expect("entries");
        let mut entries = page.0.into_iter();
        entries.find(|entry| entry.content.key == key).expect("an entry with this key")
    }

    async fn tellings(&self, entry: EntryId) -> Vec<(SameBy, u8)> {
        let tellings = self.site.world.store.tellings(entry).await.expect("tellings");
        let likeness = |telling: &Telling| telling.likeness.map(|it| (it.by, it.percent));
        tellings.iter().filter_map(likeness).collect()
    }

    async fn total(&self, words: &str) -> u64 {
        let page = self.site.get(&format!("/api/v1/search?q={words}")).await;
        assert_eq!(page.status, 200);
        let answer: serde_json::Value = serde_json::from_str(&page.text).expect("JSON");
        answer["total"].as_u64().expect("a total")
    }
}

fn feed(title: &str, items: &[Item<'_>]) -> String {
    let item = |(guid, link, title, text): &Item<'_>| {
        let link = if link.is_empty() { String::new() } else { format!("<link>{link}</link>") };
        format!(
            "<item><guid isPermaLink=\"false\">{guid}</guid>{link}<title>{title}</title>\
             <pubDate>Wed, 25 Nov 2026 08:00:00 GMT</pubDate><description>{text}</description></item>"
        )
    };
    let items = items.iter().map(item).collect::<String>();
    format!("<rss version=\"2.0\"><channel><title>Feed {title}</title>{items}</channel></rss>")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_stands_once_and_names_its_sources() {
    let house = House::open().await;
    let page = "https://a.example/moonlets";
    house.tell("one", &[("1", page, "Moonlets for schools", TEXT)]).await;
    let tracked = format!("{page}?utm_source=feed");
    house.tell("two", &[("2", &tracked, "Schools get moonlets", "In short.")]).await;
    let more = format!("{TEXT} Read more on our site.");
    house.tell("three", &[("3", "", "Moonlets for schools", &more)]).await;
    let first = house.entry(0, "1").await;
    let told = house.tellings(first.id).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], (SameBy::Address, 100));
    assert!(told[1].0 == SameBy::Alike && told[1].1 >= 90, "{told:?}");

    let site = &house.site;
    for path in ["/en/", "/ar/", "/en/search?q=moonlets", "/en/search.atom?q=moonlets"] {
        let page = site.get(path).await;
        let links = page.text.matches("/entries/").count();
        let once = if path.contains(".atom") { 2..=3 } else { 1..=3 };
        assert!(once.contains(&links), "{path} has {links}: {}", page.text);
    }
    assert_eq!(house.total("moonlets").await, 1);
    assert_eq!(house.total("moonlets+source:two").await, 1, "each source is found by its name");
    assert_eq!(house.total("moonlets+source:three").await, 1);
    let found = site.get("/en/search?q=moonlets").await.text;
    assert!(found.contains("Also at:") && found.contains("<bdi>Feed "), "{found}");
    for slug in ["one", "two", "three"] {
        let page = site.get(&format!("/en/sources/{slug}")).await.text;
        assert!(page.contains("oonlets"), "the list of {slug} names it");
    }
    let lines = [
        ("en", "Also at", "the same address", "the same words to 9"),
        ("fr", "Aussi chez", "même adresse", "mêmes mots à 9"),
        ("es", "También en", "la misma dirección", "las mismas palabras en un 9"),
        ("ru", "Также в других источниках", "тот же адрес", "текст совпадает на 9"),
        ("ar", "منشور أيضا لدى", "العنوان الإلكتروني نفسه", "النص نفسه بنسبة 9"),
        ("zh", "其他来源", "网址相同", "文字有 9"),
    ];
    for (language, title, address, alike) in lines {
        let text = site.get(&format!("/{language}/entries/{}", first.id)).await.text;
        assert!(text.contains(title) && text.contains(address) && text.contains(alike), "{text}");
        assert!(text.contains("Feed two") && text.contains("Feed three"), "{text}");
    }
    let third = house.entry(2, "3").await;
    let text = site.get(&format!("/en/entries/{}", third.id)).await.text;
    assert!(text.contains("Feed one") && text.contains("the same words to 9"), "{text}");
    let key = DocumentKey::Entry(third.id);
    let answer = site.get(&format!("/api/v1/documents/{key}")).await.text;
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    let also = answer["also_at"].as_array().expect("a list");
    assert_eq!(also.len(), 2);
    assert_eq!(also[0]["key"], DocumentKey::Entry(first.id).to_string());
    assert_eq!(
        (&also[0]["reason"], &also[1]["reason"]),
        (&serde_json::Value::Null, &"address".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_title_is_an_update_and_another_text_another_story() {
    let house = House::open().await;
    house.tell("one", &[("1", "", "Moonlets for schools", TEXT)]).await;
    house.tell("two", &[("2", "", "Moonlets for schools", TEXT)]).await;
    let (first, second) = (house.entry(0, "1").await, house.entry(1, "2").await);
    assert_eq!(house.tellings(first.id).await, [(SameBy::Words, 100)]);
    house.tell("one", &[("1", "", "Moonlets for all schools", TEXT)]).await;
    assert_eq!(house.entry(0, "1").await.id, first.id, "the same key");
    assert_eq!(house.tellings(first.id).await, [], "a short text under another title");
    assert_eq!(house.total("moonlets").await, 2);
    let page = "https://a.example/moonlets";
    house.tell("one", &[("1b", page, "Moonlets", "Short.")]).await;
    house.tell("one", &[("1c", page, "A word on moonlets", "Other words.")]).await;
    let update = house.entry(0, "1b").await;
    assert_eq!(house.tellings(update.id).await, [(SameBy::Address, 100)], "the same address");
    let store = &house.site.world.store;
    let listed = store.entries_of_source(house.sources[0], 1, 50).await.expect("entries");
    assert_eq!((listed.0.len(), listed.1), (2, 2), "it stands in its list once");
    house.tell("two", &[("2", "", "Moonlets for all schools", TEXT)]).await;
    assert_eq!(house.tellings(second.id).await, [(SameBy::Words, 100)], "both say it now");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_editor_says_holds() {
    let house = House::open().await;
    house.tell("one", &[("1", "", "Moonlets for schools", TEXT)]).await;
    house.tell("two", &[("2", "", "Moonlets for schools", TEXT)]).await;
    house.tell("three", &[("3", "", "Moonlets for schools", TEXT)]).await;
    let store = &house.site.world.store;
    let ids =
        [house.entry(0, "1").await.id, house.entry(1, "2").await.id, house.entry(2, "3").await.id];
    assert_eq!(house.total("moonlets").await, 1);
    // The one that leads goes: the others stay one story.
    assert!(split_story(store, ids[0], house.site.clock.now()).await.expect("split"));
    house.site.index().await;
    assert_eq!(house.tellings(ids[0]).await, []);
    assert_eq!(house.tellings(ids[2]).await, [(SameBy::Words, 100)]);
    assert_eq!(house.total("moonlets").await, 2);
    // Whatever changes, it is not folded again.
    let more = format!("{TEXT} Read more.");
    house.tell("one", &[("1", "", "Moonlets for schools", &more)]).await;
    house.tell("two", &[("2", "", "Moonlets for schools", &more)]).await;
    assert_eq!(house.tellings(ids[0]).await, []);
    assert_eq!(house.total("moonlets").await, 2);
    // Until an editor says so.
    assert!(join_stories(store, ids[0], ids[1], house.site.clock.now()).await.expect("join"));
    house.site.index().await;
    let told = house.tellings(ids[0]).await;
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(SameBy::Hand, 100)), "{told:?}");
    assert_eq!(house.total("moonlets").await, 1);
    let said = store.said_by_hand(Some(ids[0])).await.expect("what was said");
    assert_eq!(said.len(), 2);
    assert!(said[0].undone.is_none() && said[1].undone.is_some(), "{said:?}");
    // What has nothing in common is one story when an editor says so.
    house.tell("three", &[("9", "", "Otherwise", "Something else altogether.")]).await;
    let other = house.entry(2, "9").await.id;
    assert!(join_stories(store, other, ids[2], house.site.clock.now()).await.expect("join"));
    house.site.index().await;
    assert_eq!(house.tellings(other).await.len(), 3);
    let nobody = EntryId::new(house.site.clock.now());
    assert!(split_story(store, nobody, house.site.clock.now()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_looked_at_twice_and_a_flood_is_bounded() {
    let house = House::open().await;
    let keys = (0..130).map(|number| format!("k{number}")).collect::<Vec<_>>();
    let items = keys.iter().map(|key| (key.as_str(), "", "Moonlets for schools", TEXT));
    house.tell("one", &items.collect::<Vec<_>>()).await;
    let store = &house.site.world.store;
    let (stories, folded) = store.story_counts().await.expect("counts");
    assert_eq!((stories, folded), (3, 127), "fifty to a story");
    assert_eq!(house.total("moonlets").await, 3);
    let last = store.last_change().await.expect("a number");
    assert_eq!(store.stories_followed().await.expect("a number"), last);
    house.site.index().await;
    assert_eq!(store.last_change().await.expect("a number"), last, "nothing changes by looking");
}
