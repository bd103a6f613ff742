//! A repository that is harvested page by page: progress, tombstones, kinds.

use observatory_model::SourceId;
use observatory_model::change::ChangeNumber;
use observatory_model::entry::HarvestCounts;
use observatory_model::rhythm::NextReading;
use observatory_model::source::{ArxivWish, NewSource, SourceKind};
use observatory_store::{Page, PageEnd, Store};

use crate::ground::{self, entry, later, new_source, nine};

fn page(keys: &[&str], deleted: &[&str], progress: &str) -> Page {
    Page {
        entries: keys.iter().map(|key| entry(key, key)).collect(),
        deleted: deleted.iter().map(|key| (*key).to_owned()).collect(),
        progress: progress.to_owned(),
        end: None,
    }
}

fn arxiv(query: &str) -> NewSource {
    let kind = SourceKind::Arxiv(ArxivWish { query: query.to_owned(), rows: None });
    NewSource { kind, ..new_source("https://export.arxiv.org/api/query", "arxiv", None) }
}

async fn changes(store: &Store) -> u64 {
    store.last_change().await.unwrap().0
}

pub(crate) async fn progress_and_records_are_one(ground: &ground::Ground) {
    let source = ground.source().await;
    let store = &ground.store;
    let first = page(&["1", "2"], &[], "{\"token\":\"a\"}");
    let counts = store.record_page(source.id, &first, nine()).await.unwrap();
    assert_eq!(counts, HarvestCounts { added: 2, ..HarvestCounts::default() });
    let kept = store.source(source.id).await.unwrap().unwrap();
    assert_eq!(kept.progress.as_deref(), Some("{\"token\":\"a\"}"));
    assert_eq!(kept.health.last_success, None, "it is not at its end");
    let end = PageEnd {
        title: Some("A repository".to_owned()),
        homepage: None,
        problems: vec!["record 3: empty".to_owned()],
        has_news: true,
        next: NextReading::At(later(3600)),
    };
    let last = Page { end: Some(end), ..page(&["2", "3"], &[], "{}") };
    let counts = store.record_page(source.id, &last, nine()).await.unwrap();
    assert_eq!((counts.added, counts.unchanged), (1, 1));
    let kept = store.source(source.id).await.unwrap().unwrap();
    assert_eq!(kept.health.last_success, Some(nine()));
    assert_eq!(kept.health.next_attempt, Some(later(3600)));
    assert_eq!(kept.health.problems, ["record 3: empty"]);
    let nobody = SourceId::new(nine());
    assert!(store.record_page(nobody, &page(&["9"], &[], "{}"), nine()).await.is_err());
    assert_eq!(store.entry_count().await.unwrap(), 3);
}

pub(crate) async fn what_is_taken_back_is_gone_until_it_is_given_again(ground: &ground::Ground) {
    let source = ground.source().await;
    let store = &ground.store;
    store.record_page(source.id, &page(&["1", "2"], &[], "{}"), nine()).await.unwrap();
    let (entries, _) = store.entries_of_source(source.id, 1, 10).await.unwrap();
    let gone = entries.iter().find(|entry| entry.content.key == "1").unwrap();
    let before = changes(store).await;

    let counts =
        store.record_page(source.id, &page(&[], &["1", "x"], "{}"), later(60)).await.unwrap();
    assert_eq!(counts, HarvestCounts { removed: 1, ..HarvestCounts::default() });
    assert_eq!(changes(store).await, before + 1, "the index is told");
    assert_eq!(store.entry(gone.id).await.unwrap(), None);
    assert!(store.entry_is_gone(gone.id).await.unwrap());
    assert_eq!(store.entry_count().await.unwrap(), 1);
    assert_eq!(store.entries_of_source(source.id, 1, 10).await.unwrap().1, 1);
    assert_eq!(store.newest_entries(10).await.unwrap().len(), 1);
    let figures = store.figures(nine()).await.unwrap();
    assert_eq!(figures[&source.id].entries, 1);
    let told = store.changes_after(ChangeNumber(before), 10).await.unwrap();
    let keys = told.into_iter().map(|change| change.document).collect::<Vec<_>>();
    assert!(store.documents(&keys, later(60)).await.unwrap().is_empty(), "it leaves the index");

    let counts = store.record_page(source.id, &page(&[], &["1"], "{}"), later(90)).await.unwrap();
    assert_eq!(counts, HarvestCounts::default(), "it is taken back once");
    let counts = store.record_page(source.id, &page(&["1"], &[], "{}"), later(120)).await.unwrap();
    assert_eq!(counts.changed, 1);
    assert!(store.entry(gone.id).await.unwrap().is_some());
    assert!(!store.entry_is_gone(gone.id).await.unwrap());
}

pub(crate) async fn one_address_may_be_asked_in_several_ways(ground: &ground::Ground) {
    let store = &ground.store;
    let one = store.add_source(&arxiv("cat:cs.NI"), nine()).await.unwrap();
    let two = store.add_source(&arxiv("cat:cs.CY"), nine()).await.unwrap();
    assert_eq!(two.slug.as_str(), "arxiv-2");
    assert!(store.add_source(&arxiv("cat:cs.NI"), nine()).await.is_err());
    let kept = store.source(one.id).await.unwrap().unwrap();
    assert_eq!(kept.kind, arxiv("cat:cs.NI").kind);
    store.set_source_active(one.id, false, nine()).await.unwrap();
    let kept = store.source(one.id).await.unwrap().unwrap();
    assert_eq!((kept.state.code(), kept.health.next_attempt), ("paused", None));
    store.set_source_active(one.id, true, later(5)).await.unwrap();
    let kept = store.source(one.id).await.unwrap().unwrap();
    assert_eq!((kept.state.code(), kept.health.next_attempt), ("active", Some(later(5))));
    assert!(store.set_source_active(SourceId::new(nine()), true, nine()).await.is_err());
}
