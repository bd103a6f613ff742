//! Sources: added once, listed for people.

use observatory_model::change::DocumentKey;
use observatory_model::entry::IncomingEntry;
use observatory_model::job::Work;
use observatory_model::source::{NewSource, SourceState};
use observatory_model::{Institution, SourceId, Timestamp};
use observatory_store::StoreError;

use crate::ground::{Ground, entry, harvest, later, new_source, nine};

pub(crate) async fn a_source_is_added_with_its_first_harvest(ground: &Ground) {
    let new = new_source("https://www.itu.int/feed", "itu", None);
    let source = ground.store.add_source(&new, nine()).await.unwrap();
    assert_eq!((source.name.as_str(), source.state), ("itu.int", SourceState::Active));
    assert_eq!(source.health.next_attempt, Some(nine()));
    assert_eq!(ground.store.source(source.id).await.unwrap(), Some(source.clone()));
    let by_slug = ground.store.source_by_slug(&source.slug).await.unwrap();
    assert_eq!(by_slug, Some(source.clone()));
    assert_eq!(ground.store.source_by_slug(&"else".parse().unwrap()).await.unwrap(), None);

    let jobs = ground.store.lease_jobs(9, 60, nine()).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].work, Work::FetchFeed { source: source.id });
}

pub(crate) async fn the_same_url_is_a_conflict(ground: &Ground) {
    let source = ground.source().await;
    let twin = new_source(source.url.as_str(), "twin", None);
    let error = ground.store.add_source(&twin, later(1)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { .. }), "{error:?}");
    assert!(error.to_string().contains("source a "), "{error}");
    assert_eq!(ground.store.sources().await.unwrap().len(), 1);
    assert_eq!(ground.store.job_counts(later(1)).await.unwrap().waiting, 1);
}

pub(crate) async fn a_taken_slug_gets_a_number(ground: &Ground) {
    ground.source().await;
    for (url, slug) in [("https://b.org/", "a-2"), ("https://c.org/", "a-3")] {
        let new = new_source(url, "a", Some(" "));
        assert_eq!(ground.store.add_source(&new, nine()).await.unwrap().slug.as_str(), slug);
    }
}

pub(crate) async fn sources_are_listed_by_name_with_their_counts(ground: &Ground) {
    let mut ids = Vec::new();
    for (url, slug, name) in [("https://z.org", "z", "alpha"), ("https://y.org", "y", "Beta")] {
        let new = new_source(url, slug, Some(name));
        ids.push(ground.store.add_source(&new, nine()).await.unwrap().id);
    }
    let names = ground.store.sources().await.unwrap().into_iter().map(|source| source.name);
    assert_eq!(names.collect::<Vec<_>>(), ["alpha", "Beta"]);

    let undated = |key| IncomingEntry { published: None, ..entry(key, "T") };
    let harvest = harvest(vec![entry("1", "One"), undated("2")]);
    ground.store.record_harvest(ids[1], &harvest, later(5)).await.unwrap();
    let stats = ground.store.source_stats().await.unwrap();
    assert_eq!(stats, expected_stats(&ids));
}

fn expected_stats(ids: &[SourceId]) -> Vec<(SourceId, u64, Option<Timestamp>)> {
    let mut stats = vec![(ids[0], 0, None), (ids[1], 2, Some(later(5)))];
    stats.sort();
    stats
}

pub(crate) async fn entries_are_the_word_of_their_institution(ground: &Ground) {
    let bank: Institution = "World Bank".parse().unwrap();
    let new = NewSource {
        institution: Some(bank.clone()),
        ..new_source("https://a.org", "a", Some("A"))
    };
    let store = &ground.store;
    let source = store.add_source(&new, nine()).await.unwrap();
    assert_eq!(source.institution, Some(bank.clone()));
    store.record_harvest(source.id, &harvest(vec![entry("1", "One")]), nine()).await.unwrap();
    let entry = store.newest_entries(1).await.unwrap().remove(0);
    assert_eq!(entry.institution, Some(bank));

    let before = store.last_change().await.unwrap();
    store.set_institution(source.id, None).await.unwrap();
    let changes = store.changes_after(before, 9).await.unwrap();
    let keys = changes.into_iter().map(|change| change.document).collect::<Vec<_>>();
    assert_eq!(keys, [DocumentKey::Entry(entry.id)], "the index is told");
    assert_eq!(store.documents(&keys, nine()).await.unwrap()[0].institution, None);
    let bank = "Bank".parse().unwrap();
    store.set_institution(source.id, Some(&bank)).await.unwrap();
    let documents = store.documents(&keys, nine()).await.unwrap();
    assert_eq!(documents[0].institution.as_deref(), Some("Bank"));
    assert!(store.set_institution(SourceId::new(later(9)), Some(&bank)).await.is_err());
}
