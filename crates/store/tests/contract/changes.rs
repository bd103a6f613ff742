//! Changes: numbered in the order in which they can be seen.

use std::collections::BTreeSet;

use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::document::{Document, Kind, Passage};
use observatory_model::{Language, Series};
use tokio::task::JoinSet;

use crate::ground::{Ground, brief, entry, harvest, later, new_source, nine};

pub(crate) async fn documents_are_what_the_public_may_read(ground: &Ground) {
    let store = &ground.store;
    let source = ground.source().await;
    // More than one question asks for at once.
    let entries = (0..45).map(|number| entry(&number.to_string(), "T")).collect();
    store.record_harvest(source.id, &harvest(entries), later(1)).await.unwrap();
    let piece = brief("learning-labs/charts", Language::Es, nine());
    let planned = brief("learning-labs/maps", Language::Es, later(900));
    store.replace_briefs(&[piece.clone(), planned], later(1)).await.unwrap();

    let changes = store.changes_after(ChangeNumber(0), 100).await.unwrap();
    let numbers = changes.iter().map(|change| change.number.0).collect::<Vec<_>>();
    assert_eq!(numbers, (1..=47).collect::<Vec<_>>());
    let some = store.changes_after(ChangeNumber(40), 3).await.unwrap();
    assert_eq!(some.iter().map(|change| change.number.0).collect::<Vec<_>>(), [41, 42, 43]);

    let keys = changes.into_iter().map(|change| change.document).collect::<Vec<_>>();
    let documents = store.documents(&keys, later(2)).await.unwrap();
    assert_eq!(documents.len(), 46, "all but the planned one");
    let passage = |number, text: &str| Passage { number, page: None, text: text.to_owned() };
    let of_piece = documents.iter().find(|document| document.kind != Kind::Entry).unwrap();
    let expected = Document {
        key: "brief:learning-labs/charts/es".parse().unwrap(),
        kind: Kind::Piece(Series::LearningLabs),
        language: Some(Language::Es),
        work: Some("learning-labs/charts".to_owned()),
        title: piece.title,
        summary: "What it is about. The bottom line.".to_owned(),
        passages: vec![passage(Some(1), "One."), passage(Some(2), "Two.")],
        headings: piece.body.headings.into_iter().map(|heading| heading.text).collect(),
        authors: piece.authors,
        topics: piece.topics,
        identifiers: Vec::new(),
        institution: None,
        source: None,
        source_name: "Ada, Grace".to_owned(),
        date: nine(),
    };
    assert_eq!(*of_piece, expected);
    let of_entry = documents.iter().find(|document| document.kind == Kind::Entry).unwrap();
    assert_eq!(of_entry.passages, [passage(None, "T"), passage(None, "more")]);
    assert_eq!((of_entry.summary.as_str(), of_entry.source_name.as_str()), ("", "A"));
    assert_eq!(of_entry.source, Some(source.slug));
    assert_eq!(Some(of_entry.date), entry("0", "T").published);
}

/// Four writers add entries while one reader reads on from the last number it has seen.
pub(crate) async fn a_reader_that_polls_misses_nothing(ground: &Ground) {
    const WRITERS: u64 = 4;
    const ROUNDS: u64 = 15;
    const ENTRIES: u64 = 3;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let new = new_source(&format!("https://s{writer}.org/"), "s", Some("S"));
        let source = ground.store.add_source(&new, nine()).await.unwrap().id;
        let store = ground.store.clone();
        writers.spawn(async move {
            for round in 0..ROUNDS {
                let keys = round * ENTRIES..(round + 1) * ENTRIES;
                let entries = keys.map(|key| entry(&key.to_string(), "T")).collect();
                store.record_harvest(source, &harvest(entries), later(1)).await.unwrap();
            }
        });
    }
    let total = WRITERS * ROUNDS * ENTRIES;
    let mut seen = BTreeSet::new();
    let mut after = ChangeNumber(0);
    while after.0 < total {
        for change in ground.store.changes_after(after, 7).await.unwrap() {
            assert_eq!(change.number.0, after.0 + 1, "a number came late");
            after = change.number;
            let DocumentKey::Entry(id) = change.document else { continue };
            assert!(ground.store.entry(id).await.unwrap().is_some(), "seen with its number");
            seen.insert(id);
        }
    }
    writers.join_all().await;
    assert_eq!(seen.len(), usize::try_from(total).unwrap());
    assert_eq!(ground.store.last_change().await.unwrap(), ChangeNumber(total));
}

/// Two programs and many writers: each gets its turn, and readers go on.
pub(crate) async fn writers_wait_for_their_turn(ground: &Ground) {
    let other = ground.another().await;
    let mut tasks = JoinSet::new();
    for number in 0..40 {
        let store = if number % 2 == 0 { ground.store.clone() } else { other.clone() };
        tasks.spawn(async move {
            let new = new_source(&format!("https://s{number}.org/"), "s", None);
            store.add_source(&new, nine()).await.unwrap();
            assert!(store.next_due().await.unwrap().is_some());
        });
    }
    tasks.join_all().await;
    other.close().await;
    let slugs = ground.store.sources().await.unwrap();
    let slugs = slugs.into_iter().map(|source| source.slug).collect::<BTreeSet<_>>();
    assert_eq!(slugs.len(), 40);
}
