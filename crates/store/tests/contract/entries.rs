//! Entries as lists and pages show them.

use observatory_model::EntryId;
use observatory_model::entry::IncomingEntry;

use crate::ground::{Ground, entry, harvest, later, nine};

pub(crate) async fn entries_are_read_newest_first_in_pages(ground: &Ground) {
    let source = ground.source().await;
    let dated = |day: i64| IncomingEntry {
        published: Some(nine().plus_seconds(-86_400 * day)),
        ..entry(&day.to_string(), "T")
    };
    // The feed's order is of no account.
    let entries = [3, 1, 5, 2, 4].map(dated).to_vec();
    ground.store.record_harvest(source.id, &harvest(entries), later(1)).await.unwrap();

    let keys = |entries: Vec<observatory_model::entry::Entry>| {
        entries.into_iter().map(|entry| entry.content.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(ground.store.newest_entries(2).await.unwrap()), ["1", "2"]);
    for (page, expected) in [(0, vec!["1", "2"]), (1, vec!["1", "2"]), (3, vec!["5"]), (4, vec![])]
    {
        let (entries, total) = ground.store.entries_of_source(source.id, page, 2).await.unwrap();
        assert_eq!((keys(entries), total), (expected.into_iter().map(str::to_owned).collect(), 5));
    }
    let (none, total) = ground.store.entries_of_source(source.id, u32::MAX, 200).await.unwrap();
    assert_eq!((none.len(), total), (0, 5));
    assert_eq!(ground.store.entry(EntryId::new(nine())).await.unwrap(), None);
}
