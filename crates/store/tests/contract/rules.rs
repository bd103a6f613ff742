//! Rules, and what they keep from the public.

use observatory_model::asked::Asked;
use observatory_model::change::DocumentKey;
use observatory_model::entry::HarvestCounts;
use observatory_model::rule::{Rule, Verdict, Verdicts, Withheld};
use observatory_model::{EntryId, Language, RuleId, Timestamp};
use observatory_store::{Store, StoreError};

use crate::ground::{Ground, entry, harvest, later, nine};

fn rule(name: &str, act: &str) -> Rule {
    Rule {
        id: RuleId::new(nine()),
        name: name.parse().unwrap(),
        asked: Asked::parse("q=lunar+-mars&source=a"),
        act: act.parse().unwrap(),
        is_paused: false,
        added: nine(),
        applied: None,
    }
}

fn withheld(how: Withheld) -> Verdict {
    Verdict { withheld: Some((how, "a-rule".parse().unwrap())), ..Verdict::default() }
}

async fn titles(store: &Store) -> Vec<String> {
    let mut titles = Vec::new();
    for entry in store.newest_entries(50).await.unwrap() {
        titles.push(entry.content.title);
    }
    titles.sort();
    titles
}

pub(crate) async fn rules_are_kept_by_their_names(ground: &Ground) {
    let store = &ground.store;
    let first = rule("first", "topic:space");
    store.add_rule(&first).await.unwrap();
    let again = store.add_rule(&rule("first", "hold")).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    assert_eq!(store.rules().await.unwrap(), std::slice::from_ref(&first));
    assert!(store.pause_rule(&first.name, true).await.unwrap());
    assert!(store.rules().await.unwrap()[0].is_paused);
    assert!(store.remove_rule(&first.name).await.unwrap());
    assert!(!store.remove_rule(&first.name).await.unwrap());
    assert!(!store.pause_rule(&first.name, true).await.unwrap());
    for number in 0..200 {
        store.add_rule(&rule(&format!("rule-{number}"), "hold")).await.unwrap();
    }
    let more = store.add_rule(&rule("more", "hold")).await;
    assert!(matches!(more, Err(StoreError::Conflict { .. })), "{more:?}");
}

pub(crate) async fn what_is_withheld_is_in_no_public_read(ground: &Ground) {
    let store = &ground.store;
    let source = ground.source().await;
    let read = harvest(vec![entry("1", "One"), entry("2", "Two"), entry("3", "Three")]);
    let tagged = Verdict {
        topics: vec!["space".parse().unwrap()],
        language: Some(Language::Ar),
        withheld: None,
    };
    let verdicts: Verdicts = [
        ("1".to_owned(), tagged),
        ("2".to_owned(), withheld(Withheld::Held)),
        ("3".to_owned(), withheld(Withheld::Dropped)),
    ]
    .into();
    let keep = async |now: Timestamp| {
        store.record_judged_harvest(source.id, &read, verdicts.clone(), now).await.unwrap()
    };
    let counts = HarvestCounts { added: 1, held: 1, dropped: 1, ..HarvestCounts::default() };
    assert_eq!(keep(nine()).await, counts);
    assert_eq!(keep(later(60)).await, HarvestCounts { unchanged: 3, ..HarvestCounts::default() });
    assert_eq!(store.last_change().await.unwrap().0, 1, "the index hears of one");
    assert_eq!(titles(store).await, ["One"]);
    let one = store.newest_entries(1).await.unwrap().remove(0);
    assert_eq!(one.topics, ["space".parse().unwrap()]);
    assert_eq!(one.content.language, Some(Language::Ar));
    assert_eq!(store.entry_count().await.unwrap(), 1);
    assert_eq!(store.entries_of_source(source.id, 1, 9).await.unwrap().1, 1);
    let figures = store.figures_of(source.id, later(9)).await.unwrap();
    assert_eq!((figures.entries, figures.last_week), (1, 1));
    assert_eq!(store.withheld_counts().await.unwrap(), (1, 1));
    let mut hidden: Vec<EntryId> = Vec::new();
    for (how, title) in [(Withheld::Held, "Two"), (Withheld::Dropped, "Three")] {
        let line = store.withheld(how, Some(&source.slug), 9).await.unwrap().remove(0);
        assert_eq!((line.title.as_str(), line.by.as_str(), line.since), (title, "a-rule", nine()));
        hidden.push(line.entry);
    }
    for id in &hidden {
        assert_eq!(store.entry(*id).await.unwrap(), None);
        assert!(store.tellings(*id).await.unwrap().is_empty());
        assert!(store.documents(&[DocumentKey::Entry(*id)], later(9)).await.unwrap().is_empty());
    }
    let judged = store.entries_to_judge(Timestamp::EPOCH, None, 9).await.unwrap();
    assert_eq!(judged.len(), 2, "what is dropped has no words");
    assert!(!store.release(hidden[1], later(90)).await.unwrap());
    assert!(store.release(hidden[0], later(90)).await.unwrap());
    assert_eq!(titles(store).await, ["One", "Two"]);
    assert_eq!(store.last_change().await.unwrap().0, 2);
    let changed = harvest(vec![entry("2", "Two again"), entry("3", "Three again")]);
    let counts =
        store.record_judged_harvest(source.id, &changed, verdicts, later(99)).await.unwrap();
    assert_eq!(counts, HarvestCounts { changed: 2, ..HarvestCounts::default() });
    assert_eq!(titles(store).await, ["One", "Two again"], "somebody has released it");
    store.record_harvest(source.id, &harvest(vec![entry("3", "New")]), later(120)).await.unwrap();
    assert_eq!(titles(store).await, ["New", "One", "Two again"], "other words are judged anew");
}

pub(crate) async fn a_rule_is_applied_to_what_is_there(ground: &Ground) {
    let store = &ground.store;
    let source = ground.source().await;
    let read = harvest(vec![entry("1", "One"), entry("2", "Two"), entry("3", "Three")]);
    store.record_harvest(source.id, &read, nine()).await.unwrap();
    let (entries, _) = store.entries_of_source(source.id, 1, 9).await.unwrap();
    let ids = entries.iter().map(|entry| entry.id).collect::<Vec<_>>();
    for (name, act, changed) in [("t", "topic:space", 3), ("l", "language:zh", 3), ("h", "hold", 3)]
    {
        let rule = rule(name, act);
        store.add_rule(&rule).await.unwrap();
        let last = ids.last().copied();
        assert_eq!(store.apply_rule(&rule, &ids, last, later(60)).await.unwrap(), changed, "{act}");
        assert_eq!(store.apply_rule(&rule, &ids, last, later(61)).await.unwrap(), 0, "{act} twice");
        let kept = store.rules().await.unwrap();
        assert!(kept.iter().any(|kept| kept.name == rule.name && kept.applied == last));
    }
    assert_eq!(titles(store).await, Vec::<String>::new());
    assert!(store.release(ids[0], later(62)).await.unwrap());
    let drop = rule("d", "drop");
    store.add_rule(&drop).await.unwrap();
    assert_eq!(store.apply_rule(&drop, &ids, None, later(63)).await.unwrap(), 2, "one is released");
    let own = store.entry(ids[0]).await.unwrap().unwrap();
    assert_eq!((own.topics.len(), own.content.language), (1, Some(Language::Zh)));
    let same = store.record_harvest(source.id, &read, later(64)).await.unwrap();
    assert_eq!(same, HarvestCounts { unchanged: 3, ..HarvestCounts::default() });
    assert_eq!(store.forget_dropped(&drop.name).await.unwrap(), 2);
    let kept = store.source(source.id).await.unwrap().unwrap();
    assert_eq!(kept.health.etag, None, "it is asked for all it has");
    store.record_harvest(source.id, &read, later(65)).await.unwrap();
    assert_eq!(titles(store).await, ["One", "Three", "Two"]);
}
