//! Sources: added once, listed for people.

use observatory_model::change::DocumentKey;
use observatory_model::entry::IncomingEntry;
use observatory_model::job::Work;
use observatory_model::source::{Failure, FailureReason, NewSource, SourceState};
use observatory_model::{Institution, SourceId};
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
    let figures = ground.store.figures(later(9)).await.unwrap();
    assert_eq!(figures.get(&ids[0]), None);
    let known = figures[&ids[1]];
    assert_eq!((known.entries, known.newest), (2, Some(later(5))));
    assert_eq!(ground.store.figures_of(ids[1], later(9)).await.unwrap(), known);
    let none = ground.store.figures_of(ids[0], later(9)).await.unwrap();
    assert_eq!((none.entries, none.newest, none.usual_tenths()), (0, None, None));
}

pub(crate) async fn what_a_source_brings_a_week_is_told_beside_what_is_usual(ground: &Ground) {
    const WEEK: i64 = 7 * 86_400;
    let source = ground.source().await;
    let dated = |number: i64, published: i64| IncomingEntry {
        published: Some(later(published)),
        ..entry(&number.to_string(), "T")
    };
    // Three in this week, two in each of the four before it, and some of long ago.
    let this = (0..3).map(|number| dated(number, -number * 1000));
    let before = (0..8).map(|number| dated(10 + number, -WEEK - 60 - number * (WEEK / 2)));
    let old = (0..5).map(|number| dated(30 + number, -(20 + number) * WEEK));
    let fed = harvest(this.chain(before).collect());
    ground.store.record_harvest(source.id, &fed, later(1)).await.unwrap();
    let known = ground.store.figures_of(source.id, later(1)).await.unwrap();
    assert_eq!((known.entries, known.last_week, known.earlier), (11, 3, 8));
    assert_eq!((known.earlier_weeks, known.usual_tenths()), (4, Some(20)));
    let fed = harvest(old.collect());
    ground.store.record_harvest(source.id, &fed, later(2)).await.unwrap();
    let known = ground.store.figures_of(source.id, later(2)).await.unwrap();
    assert_eq!((known.entries, known.last_week, known.earlier), (16, 3, 8));
    assert_eq!((known.earlier_weeks, known.usual_tenths()), (12, Some(7)));
}

pub(crate) async fn sources_are_paged_those_in_trouble_first(ground: &Ground) {
    let mut ids = Vec::new();
    for slug in ["a", "b", "c", "d", "e"] {
        let new = new_source(&format!("https://{slug}.org/"), slug, None);
        ids.push(ground.store.add_source(&new, nine()).await.unwrap().id);
    }
    let failure = Failure::new(FailureReason::TooSlow, "20 s");
    ground.store.record_failure(ids[3], &failure, Some(later(9)), later(1)).await.unwrap();
    ground.store.set_source_active(ids[0], false, later(1)).await.unwrap();
    let page = async |number| {
        let (sources, total) = ground.store.sources_page(number, 2).await.unwrap();
        assert_eq!(total, 5);
        sources.into_iter().map(|source| source.slug.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(1).await, ["d", "b"]);
    assert_eq!(page(2).await, ["c", "e"]);
    assert_eq!(page(3).await, ["a"]);
    assert_eq!(page(4).await, Vec::<String>::new());
}

pub(crate) async fn entries_are_the_word_of_their_institution(ground: &Ground) {
    let bank: Institution = "World Bank".parse().unwrap();
    let new = NewSource {
        institution: Some(bank.clone()),
        region: Some("africa".parse().unwrap()),
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

    let region = async || store.source(source.id).await.unwrap().unwrap().region;
    assert_eq!(region().await.unwrap().as_str(), "africa");
    store.set_region(source.id, Some(&"europe".parse().unwrap())).await.unwrap();
    assert_eq!(region().await.unwrap().as_str(), "europe");
    store.set_region(source.id, None).await.unwrap();
    assert_eq!(region().await, None);
    assert!(store.set_region(SourceId::new(later(9)), None).await.is_err());
}
