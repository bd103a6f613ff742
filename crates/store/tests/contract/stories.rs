//! Stories that several entries tell: filed, found, folded, told once.

use std::collections::BTreeSet;

use observatory_model::alert::{Alert, Cadence, Token};
use observatory_model::asked::Asked;
use observatory_model::change::DocumentKey;
use observatory_model::mail::Mail;
use observatory_model::story::{ByHand, Likeness, Marks, SameBy};
use observatory_model::{AlertId, EntryId, Language, MailId};
use observatory_store::{AlertMatch, Candidate, Store, StoreError};

use crate::ground::{Ground, entry, harvest, later, new_source, nine};

/// The entries with these titles in a source of this slug.
async fn entries(ground: &Ground, slug: &str, titles: &[&str]) -> Vec<EntryId> {
    let new = new_source(&format!("https://{slug}.org/feed"), slug, Some(slug));
    let source = ground.store.add_source(&new, nine()).await.unwrap();
    let read = harvest(titles.iter().map(|title| entry(title, title)).collect());
    ground.store.record_harvest(source.id, &read, nine()).await.unwrap();
    let (mut kept, _) = ground.store.entries_of_source(source.id, 1, 50).await.unwrap();
    kept.sort_by_key(|entry| entry.content.title.clone());
    kept.iter().map(|entry| entry.id).collect()
}

fn marks(print: u64) -> Marks {
    let bands = (0..8).map(|band| u64::MAX - band).collect();
    Marks { print, address: Some(7), doi: None, arxiv: None, words: Some(u64::MAX), bands }
}

/// Folds the second under the first.
async fn fold(store: &Store, first: EntryId, second: EntryId) {
    let mut folding = store.begin_folding().await.unwrap();
    folding.file(first, &marks(1)).await.unwrap();
    folding.file(second, &marks(2).without_text()).await.unwrap();
    let likeness = Likeness { by: SameBy::Alike, percent: 94 };
    folding.fold(first, second, first, likeness, later(5)).await.unwrap();
    let up_to = store.last_change().await.unwrap();
    folding.finish(up_to, &BTreeSet::from([first, second])).await.unwrap();
}

pub(crate) async fn what_is_filed_is_found(ground: &Ground) {
    let store = &ground.store;
    let ids = entries(ground, "a", &["1", "2", "3"]).await;
    let mut folding = store.begin_folding().await.unwrap();
    assert_eq!(folding.up_to().0, 0);
    assert_eq!(folding.candidates(&marks(1)).await.unwrap(), []);
    folding.file(ids[0], &marks(u64::MAX)).await.unwrap();
    folding.file(ids[1], &marks(2).without_text()).await.unwrap();
    folding.file(ids[2], &marks(3).without_keys()).await.unwrap();
    let alone = |entry| Candidate { entry, story: entry };
    let found = folding.candidates(&marks(9)).await.unwrap();
    assert_eq!(found, [alone(ids[0]), alone(ids[1])], "most in common first");
    let prints = folding.prints(&ids).await.unwrap();
    assert_eq!((prints[&ids[0]], prints.len()), (u64::MAX, 3));
    let likeness = Likeness::whole(SameBy::Words);
    folding.fold(ids[0], ids[1], ids[0], likeness, nine()).await.unwrap();
    let found = folding.candidates(&marks(9)).await.unwrap();
    assert_eq!(found[1], Candidate { entry: ids[1], story: ids[0] });
    assert_eq!(folding.size(ids[0]).await.unwrap(), 2);
    let (leading, members) = folding.story(ids[1]).await.unwrap();
    assert_eq!((leading, members.len(), members[0].is_again), (ids[0], 1, true));
    drop(folding);
    assert_eq!(store.stories_followed().await.unwrap().0, 0, "not finished, not kept");
    let mut folding = store.begin_folding().await.unwrap();
    assert_eq!(folding.prints(&ids).await.unwrap().len(), 0);
    for id in &ids {
        folding.file(*id, &marks(1)).await.unwrap();
    }
    folding.take_out(&ids).await.unwrap();
    assert_eq!(folding.candidates(&marks(1)).await.unwrap(), []);
}

pub(crate) async fn what_was_looked_up_hides_nothing(ground: &Ground) {
    let store = &ground.store;
    let titles = (10..35).map(|number| number.to_string()).collect::<Vec<_>>();
    let ids = entries(ground, "a", &titles.iter().map(String::as_str).collect::<Vec<_>>()).await;
    // Each shares the address with its neighbour, and nothing with the others.
    let of = |place: u64| Marks {
        print: place,
        address: Some(u64::MAX - place / 2),
        doi: (place == 7).then_some(70),
        bands: (0..8).map(|band| place * 8 + band).collect(),
        ..Marks::default()
    };
    let all = (0..25).map(of).collect::<Vec<_>>();
    let mut folding = store.begin_folding().await.unwrap();
    folding.look_up(&all.iter().collect::<Vec<_>>()).await.unwrap();
    for (place, (id, marks)) in ids.iter().zip(&all).enumerate() {
        let found = folding.candidates(marks).await.unwrap();
        let neighbour = (place % 2 == 1).then(|| ids[place - 1]);
        assert_eq!(found.iter().map(|it| it.entry).collect::<Vec<_>>(), Vec::from_iter(neighbour));
        folding.file(*id, marks).await.unwrap();
    }
    let up_to = store.last_change().await.unwrap();
    let given = folding.finish(up_to, &BTreeSet::from([ids[0], ids[3]])).await.unwrap();
    let told = store.changes_after(up_to, 10).await.unwrap();
    assert_eq!(told.iter().map(|it| it.number).collect::<Vec<_>>(), [*given.start(), *given.end()]);
    // What was filed before is known to the next transaction, by any one mark.
    let mut folding = store.begin_folding().await.unwrap();
    let only = |marks: Marks| Marks { print: 0, ..marks };
    let asked = [
        (only(Marks { doi: Some(70), ..Marks::default() }), vec![ids[7]]),
        (
            only(Marks { bands: vec![0, 1, 2, 3, 4, 5, 6, 24 * 8 + 7], ..Marks::default() }),
            vec![ids[0], ids[24]],
        ),
        (only(Marks { bands: vec![1], ..Marks::default() }), vec![]),
        (only(Marks { address: Some(u64::MAX), ..Marks::default() }), vec![ids[1], ids[0]]),
        (Marks::default(), vec![]),
    ];
    let unasked = folding.candidates(&asked[0].0).await.unwrap();
    assert_eq!(unasked.len(), 1, "nothing is known of what was not looked up");
    folding.look_up(&asked.iter().map(|(marks, _)| marks).collect::<Vec<_>>()).await.unwrap();
    for (marks, expected) in &asked {
        let found = folding.candidates(marks).await.unwrap();
        assert_eq!(found.iter().map(|it| it.entry).collect::<Vec<_>>(), *expected, "{marks:?}");
    }
    let given = folding.finish(up_to, &BTreeSet::new()).await.unwrap();
    assert!(given.is_empty(), "{given:?}");
}

/// Marks of which many are shared: by twenty and more, by some, by none.
fn shared_marks(place: u64) -> Marks {
    let chance =
        |salt: u64| place.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt * 77) >> 33;
    Marks {
        print: place,
        address: (chance(1) % 4 > 0).then_some(chance(1) % 4),
        doi: (chance(2) % 9 == 0).then_some(chance(3) % 3),
        words: Some(chance(4) % 30),
        bands: (0..8).map(|band| chance(band + 5) % (2 + band * 5)).collect(),
        ..Marks::default()
    }
}

/// What is found for each of these, while each is filed and most are folded, and the stories at the end. Half of
/// them are looked up before; at one place a story is taken out.
async fn all_that_is_found(store: &Store, ids: &[EntryId], is_looked_up: bool) -> Vec<String> {
    let all = (0..).map(shared_marks).take(ids.len()).collect::<Vec<_>>();
    let mut folding = store.begin_folding().await.unwrap();
    let mut found = Vec::new();
    for (place, (id, marks)) in ids.iter().zip(&all).enumerate() {
        if is_looked_up && place % 10 == 0 {
            let some = all.iter().skip(place).take(10).collect::<Vec<_>>();
            folding.look_up(&some).await.unwrap();
        }
        let candidates = folding.candidates(marks).await.unwrap();
        found.push(format!("{place} {candidates:?}"));
        let under = candidates.get(place % 3).filter(|_| place % 5 > 0);
        let Some(Candidate { entry: like, story }) = under else {
            folding.file(*id, marks).await.unwrap();
            continue;
        };
        found.push(format!("{place} {}", folding.size(*story).await.unwrap()));
        let kept = if place % 2 > 0 { marks.without_text() } else { marks.clone() };
        folding.file(*id, &kept).await.unwrap();
        let likeness = Likeness::whole(SameBy::Words);
        folding.fold(*story, *id, *like, likeness, later(5)).await.unwrap();
        if place == 33 {
            let (leading, members) = folding.story(*id).await.unwrap();
            let told = members.iter().map(|it| it.entry).chain([leading]).collect::<Vec<_>>();
            folding.take_out(&told).await.unwrap();
        }
    }
    for id in ids {
        found.push(format!("{:?}", folding.story(*id).await.unwrap()));
        found.push(folding.size(*id).await.unwrap().to_string());
    }
    found
}

pub(crate) async fn what_is_remembered_is_what_the_database_says(ground: &Ground) {
    let titles = (10..60).map(|number| number.to_string()).collect::<Vec<_>>();
    let titles = titles.iter().map(String::as_str).collect::<Vec<_>>();
    let mut ids = entries(ground, "a", &titles).await;
    ids.extend(entries(ground, "b", &titles[..30]).await);
    // Of both sources in turns.
    ids.sort_by_key(|id| id.to_string().chars().rev().collect::<String>());
    let asked = all_that_is_found(&ground.store, &ids, false).await;
    let remembered = all_that_is_found(&ground.store, &ids, true).await;
    assert_eq!(remembered, asked);
    let most = asked.iter().filter(|line| line.matches("Candidate").count() == 24).count();
    assert!(most > 10, "{most} had more candidates than are looked at");
    assert!(asked.iter().any(|line| line.contains("is_again: true")));
    assert!(asked.iter().any(|line| line.contains("is_again: false")));
}

pub(crate) async fn a_story_is_listed_once(ground: &Ground) {
    let store = &ground.store;
    let mut ids = entries(ground, "a", &["1", "2"]).await;
    ids.extend(entries(ground, "b", &["3"]).await);
    fold(store, ids[0], ids[2]).await;
    let newest = store.newest_entries(10).await.unwrap();
    assert_eq!(newest.len(), 2);
    assert!(newest.iter().all(|entry| entry.id != ids[2]));
    let of_b = newest_of(store, "b").await;
    assert_eq!(of_b, [ids[2]], "its source told it once");
    let tellings = store.tellings(ids[2]).await.unwrap();
    assert_eq!(tellings.iter().map(|it| it.entry).collect::<Vec<_>>(), [ids[0], ids[2]]);
    assert_eq!((tellings[0].likeness, tellings[0].since), (None, nine()));
    let likeness = Some(Likeness { by: SameBy::Alike, percent: 94 });
    assert_eq!((tellings[1].likeness, tellings[1].since), (likeness, later(5)));
    assert_eq!(store.tellings(ids[1]).await.unwrap().len(), 1);
    assert_eq!(store.tellings(EntryId::new(nine())).await.unwrap(), []);
    assert_eq!(store.story_counts().await.unwrap(), (1, 1));
    let line = store.stories(0, 10).await.unwrap().pop().unwrap();
    assert_eq!((line.story, line.entries, line.sources), (ids[0], 2, 2));
    let keys = ids.iter().map(|id| DocumentKey::Entry(*id)).collect::<Vec<_>>();
    let documents = store.documents(&keys, later(60)).await.unwrap();
    let work = |id: EntryId| {
        let own = documents.iter().find(|it| it.key == DocumentKey::Entry(id)).unwrap();
        own.work.clone()
    };
    let first = Some(keys[0].to_string());
    assert_eq!((work(ids[0]), work(ids[1]), work(ids[2])), (first.clone(), None, first));
}

async fn newest_of(store: &Store, slug: &str) -> Vec<EntryId> {
    let sources = store.sources().await.unwrap();
    let source = sources.iter().find(|source| source.slug.as_str() == slug).unwrap();
    let (entries, _) = store.entries_of_source(source.id, 1, 10).await.unwrap();
    entries.iter().map(|entry| entry.id).collect()
}

pub(crate) async fn what_is_said_by_hand_is_kept(ground: &Ground) {
    let store = &ground.store;
    let ids = entries(ground, "a", &["1", "2", "3"]).await;
    let mut folding = store.begin_folding().await.unwrap();
    folding.say(ByHand::Join, ids[0], Some(ids[1]), nine()).await.unwrap();
    folding.say(ByHand::Join, ids[0], Some(ids[2]), later(1)).await.unwrap();
    assert_eq!(folding.said(ids[0]).await.unwrap().joined, [ids[1], ids[2]]);
    folding.say(ByHand::Split, ids[1], None, later(2)).await.unwrap();
    let said = folding.said(ids[1]).await.unwrap();
    assert!(said.is_apart && said.joined.is_empty());
    assert_eq!(folding.said(ids[0]).await.unwrap().joined, [ids[2]]);
    folding.say(ByHand::Join, ids[1], Some(ids[2]), later(3)).await.unwrap();
    assert!(!folding.said(ids[1]).await.unwrap().is_apart);
    let nobody = folding.say(ByHand::Split, EntryId::new(nine()), None, nine()).await;
    assert!(matches!(nobody, Err(StoreError::Conflict { .. })), "{nobody:?}");
    let up_to = store.last_change().await.unwrap();
    folding.finish(up_to, &BTreeSet::new()).await.unwrap();
    let said = store.said_by_hand(Some(ids[1])).await.unwrap();
    let undone = said.iter().map(|line| line.undone).collect::<Vec<_>>();
    assert_eq!(undone, [None, Some(later(3)), Some(later(2))]);
    assert_eq!(store.said_by_hand(None).await.unwrap().len(), 4);
}

pub(crate) async fn an_alert_tells_a_story_once(ground: &Ground) {
    let store = &ground.store;
    let alert = Alert {
        id: AlertId::new(nine()),
        asked: Asked::parse("q=a"),
        trends: None,
        name: "a".to_owned().into(),
        mail: "reader@example.org".parse().unwrap(),
        language: Language::En,
        cadence: Cadence::Daily,
        created: nine().plus_seconds(-60),
        confirmed: None,
    };
    let mail = Mail {
        id: MailId::new(nine()),
        to: "reader@example.org".parse().unwrap(),
        language: Language::En,
        subject: String::new(),
        text: String::new(),
        html: String::new(),
        stop: None,
        calendar: None,
        written: nine(),
    };
    let (question, key) = (Token::new([1; 16]), Token::new([2; 16]));
    let early = nine().plus_seconds(-60);
    assert!(store.ask_alert(&alert, question, key, &mail, early).await.unwrap());
    store.confirm_alert(question, early).await.unwrap();
    let mut ids = entries(ground, "a", &["1", "2"]).await;
    ids.extend(entries(ground, "b", &["3"]).await);
    fold(store, ids[0], ids[2]).await;
    let last = store.last_change().await.unwrap();
    let found = |id: EntryId| AlertMatch {
        alert: alert.id,
        cadence: alert.cadence,
        document: DocumentKey::Entry(id),
        number: last,
    };
    let keep = async |id| store.keep_matches(&[found(id)], last, later(60)).await.unwrap();
    assert_eq!(keep(ids[2]).await, 1);
    assert_eq!(keep(ids[0]).await, 0, "the same story, by its leading entry");
    assert_eq!(keep(ids[1]).await, 1, "another story");
    assert_eq!(keep(ids[2]).await, 0);
}
