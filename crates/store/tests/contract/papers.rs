//! Papers: kept whole with their pages, the same while their file is, and forgotten when they are gone.

use observatory_model::EntryId;
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::document::Kind;
use observatory_model::entry::HarvestCounts;
use observatory_model::paper::{
    Confidence, Fact, FactPlace, Paper, PaperFormat, PaperPart, Unreadable, UnreadableReason,
};
use observatory_model::rhythm::NextReading;
use observatory_model::rule::{Verdict, Verdicts, Withheld};
use observatory_model::source::Source;
use observatory_store::{FileHash, Harvest, IncomingPaper, PaperHarvest, Store};

use crate::ground::{self, entry, later, nine};

fn page(number: u32, text: &str) -> PaperPart {
    PaperPart {
        page: Some(number),
        heading: None,
        text: text.to_owned(),
        margin: format!("Report {number}"),
    }
}

fn paper(parts: Vec<PaperPart>) -> Paper {
    let fact = |value: &str| Fact {
        value: value.to_owned(),
        confidence: Confidence::High,
        read_in: FactPlace::Page(1),
    };
    Paper {
        format: PaperFormat::Pdf,
        title: Some(fact("A report")),
        authors: (0..30).map(|number| fact(&format!("Author {number}"))).collect(),
        summary: Some(fact("What it says.")),
        date: None,
        language: Some(fact("en")),
        declared_language: Some("fr".to_owned()),
        identifiers: Vec::new(),
        parts,
        cut: false,
    }
}

async fn incoming(
    store: &Store,
    key: &str,
    bytes: &[u8],
    read: Result<Paper, Unreadable>,
) -> IncomingPaper {
    IncomingPaper {
        entry: entry(key, "A report"),
        file: Some(store.put_file(bytes.to_vec()).await.unwrap()),
        name: format!("{key}.pdf"),
        bytes: u64::try_from(bytes.len()).unwrap(),
        stamp: format!("{}-1", bytes.len()),
        read,
    }
}

async fn record(store: &Store, source: &Source, papers: Vec<IncomingPaper>) -> HarvestCounts {
    let harvest = PaperHarvest { papers, ..PaperHarvest::default() };
    store.record_papers(source.id, &harvest, Verdicts::new(), nine()).await.unwrap()
}

async fn only_entry(store: &Store, source: &Source) -> EntryId {
    let (entries, _) = store.entries_of_source(source.id, 1, 9).await.unwrap();
    entries.first().unwrap().id
}

async fn has(store: &Store, file: &FileHash) -> bool {
    store.file(file).await.unwrap().is_some()
}

pub(crate) async fn a_paper_is_kept_with_its_pages(ground: &ground::Ground) {
    let (store, source) = (&ground.store, ground.source().await);
    let parts = vec![page(1, "One.\n\nMore\0."), page(2, ""), page(4, "Four.")];
    let read = paper(parts);
    let one = incoming(store, "a", b"%PDF a", Ok(read.clone())).await;
    let counts = record(store, &source, vec![one.clone()]).await;
    assert_eq!(counts, HarvestCounts { added: 1, ..HarvestCounts::default() });

    let id = only_entry(store, &source).await;
    let kept = store.paper(id).await.unwrap().unwrap();
    assert_eq!((kept.name.as_str(), kept.bytes, kept.parts), ("a.pdf", 6, 3));
    assert!(kept.is_paged && has(store, &kept.file.unwrap()).await);
    assert_eq!(kept.read, Ok(Paper { parts: Vec::new(), ..read }));
    let headings = store.paper_headings(id, 2).await.unwrap();
    assert_eq!(headings, [(1, None), (2, None)]);
    let part = store.paper_part(id, 2).await.unwrap().unwrap();
    assert_eq!((part.previous, part.next, part.part), (Some(1), Some(4), page(2, "")));
    let first = store.paper_part(id, 1).await.unwrap().unwrap();
    assert_eq!((first.previous, first.part.text.as_str()), (None, "One.\n\nMore."));
    assert_eq!(store.paper_part(id, 3).await.unwrap(), None);
    assert_eq!(store.paper(EntryId::new(nine())).await.unwrap(), None);

    let document = store.documents(&[DocumentKey::Entry(id)], nine()).await.unwrap().remove(0);
    assert_eq!((document.kind, document.authors.len()), (Kind::Paper, 30));
    assert_eq!(document.summary, "What it says.");
    let pages = document.passages.iter().map(|passage| passage.page).collect::<Vec<_>>();
    assert_eq!(pages, [Some(1), Some(4)], "a page without text is no passage");

    let known = store.known_papers(source.id).await.unwrap();
    assert_eq!(known.get("a").unwrap().stamp, "6-1");
}

pub(crate) async fn a_paper_is_the_same_while_its_file_is(ground: &ground::Ground) {
    let (store, source) = (&ground.store, ground.source().await);
    let read = || Ok(paper(vec![page(1, "One.")]));
    let one = incoming(store, "a", b"one", read()).await;
    record(store, &source, vec![one.clone()]).await;
    let before = store.last_change().await.unwrap();
    let counts = record(store, &source, vec![one.clone()]).await;
    assert_eq!(counts, HarvestCounts { unchanged: 1, ..HarvestCounts::default() });
    let same = PaperHarvest {
        same: vec![("a".to_owned(), "later".to_owned()), ("x".to_owned(), String::new())],
        ..PaperHarvest::default()
    };
    let counts = store.record_papers(source.id, &same, Verdicts::new(), nine()).await.unwrap();
    assert_eq!(counts.unchanged, 1);
    assert_eq!(store.known_papers(source.id).await.unwrap().get("a").unwrap().stamp, "later");
    assert_eq!(store.last_change().await.unwrap(), before, "nothing for the index");

    // The same title and abstract, other bytes.
    let two = incoming(store, "a", b"two", Ok(paper(vec![page(1, "Two."), page(2, "2")]))).await;
    let harvest = PaperHarvest { papers: vec![two.clone()], ..PaperHarvest::default() };
    let counts =
        store.record_papers(source.id, &harvest, Verdicts::new(), later(60)).await.unwrap();
    assert_eq!(counts, HarvestCounts { changed: 1, ..HarvestCounts::default() });
    assert_eq!(store.last_change().await.unwrap().0, before.0 + 1);
    let id = only_entry(store, &source).await;
    assert_eq!(store.entry(id).await.unwrap().unwrap().last_changed, later(60));
    assert_eq!(store.paper(id).await.unwrap().unwrap().parts, 2);
    assert!(!has(store, &one.file.unwrap()).await && has(store, &two.file.unwrap()).await);
}

pub(crate) async fn a_paper_that_cannot_be_read_says_why(ground: &ground::Ground) {
    let (store, source) = (&ground.store, ground.source().await);
    let why = Unreadable::new(UnreadableReason::Encrypted, "it asks for a password");
    let mut locked = incoming(store, "a", b"locked", Err(why.clone())).await;
    record(store, &source, vec![locked.clone()]).await;
    let id = only_entry(store, &source).await;
    let kept = store.paper(id).await.unwrap().unwrap();
    assert_eq!((kept.read, kept.parts, kept.is_paged), (Err(why), 0, false));
    let document = store.documents(&[DocumentKey::Entry(id)], nine()).await.unwrap().remove(0);
    assert_eq!((document.kind, document.passages.len()), (Kind::Paper, 0));

    // Without a file: it is larger than what is kept.
    locked.file = None;
    locked.read = Err(Unreadable::new(UnreadableReason::TooLarge, "60 MB"));
    assert_eq!(record(store, &source, vec![locked.clone()]).await.changed, 1);
    assert_eq!(record(store, &source, vec![locked.clone()]).await.unchanged, 1);
    // By a better reader.
    locked.read = Ok(paper(vec![PaperPart { heading: Some("H".to_owned()), ..page(1, "t") }]));
    assert_eq!(record(store, &source, vec![locked]).await.changed, 1);
    assert!(store.paper(id).await.unwrap().unwrap().read.is_ok());
}

pub(crate) async fn sections_are_known_by_their_numbers(ground: &ground::Ground) {
    let (store, source) = (&ground.store, ground.source().await);
    let section = |heading: Option<&str>, text: &str| PaperPart {
        heading: heading.map(str::to_owned),
        text: text.to_owned(),
        ..PaperPart::default()
    };
    let parts =
        vec![section(None, "Before."), section(Some("First"), "a"), section(Some("Last"), "")];
    let one = incoming(store, "a", b"docx", Ok(paper(parts))).await;
    record(store, &source, vec![one]).await;
    let id = only_entry(store, &source).await;
    assert!(!store.paper(id).await.unwrap().unwrap().is_paged);
    let part = store.paper_part(id, 2).await.unwrap().unwrap();
    assert_eq!((part.part.heading.as_deref(), part.part.page), (Some("First"), None));
    let document = store.documents(&[DocumentKey::Entry(id)], nine()).await.unwrap().remove(0);
    assert_eq!(document.headings, ["First", "Last"]);
    let places = document.passages.iter().map(|passage| (passage.number, passage.page));
    assert_eq!(places.collect::<Vec<_>>(), [(Some(1), None), (Some(2), None)]);
}

pub(crate) async fn a_paper_that_is_gone_is_forgotten(ground: &ground::Ground) {
    let (store, source) = (&ground.store, ground.source().await);
    let one = incoming(store, "a", b"one", Ok(paper(vec![page(1, "One.")]))).await;
    // The same bytes twice: the file stays as long as somebody needs it.
    let twin = IncomingPaper { entry: entry("b", "Twin"), ..one.clone() };
    record(store, &source, vec![one.clone(), twin]).await;
    store.keep_answer(source.id, b"answer".to_vec(), nine()).await.unwrap();
    let gone = |key: &str| PaperHarvest {
        deleted: vec![key.to_owned(), "never".to_owned()],
        progress: Some("{\"x\":1}".to_owned()),
        end: Some(Harvest::nothing(NextReading::At(later(60)))),
        ..PaperHarvest::default()
    };
    let counts = store.record_papers(source.id, &gone("b"), Verdicts::new(), nine()).await.unwrap();
    assert_eq!(counts, HarvestCounts { removed: 1, ..HarvestCounts::default() });
    let file = one.file.clone().unwrap();
    assert!(has(store, &file).await, "its twin needs it");
    let kept = store.source(source.id).await.unwrap().unwrap();
    assert_eq!(kept.progress.as_deref(), Some("{\"x\":1}"));
    assert_eq!(kept.health.next_attempt, Some(later(60)));

    let id = only_entry(store, &source).await;
    store.record_papers(source.id, &gone("a"), Verdicts::new(), nine()).await.unwrap();
    assert!(!has(store, &file).await);
    assert!(store.entry_is_gone(id).await.unwrap());
    assert_eq!(store.paper(id).await.unwrap(), None);
    assert_eq!(store.paper_part(id, 1).await.unwrap(), None);
    assert!(store.documents(&[DocumentKey::Entry(id)], nine()).await.unwrap().is_empty());
    assert!(store.known_papers(source.id).await.unwrap().is_empty());

    let back = incoming(store, "a", b"one", Ok(paper(vec![page(1, "One.")]))).await;
    assert_eq!(record(store, &source, vec![back]).await.changed, 1);
    assert!(store.entry(id).await.unwrap().is_some() && has(store, &file).await);
}

pub(crate) async fn a_paper_that_is_dropped_leaves_no_words(ground: &ground::Ground) {
    let (store, source) = (&ground.store, ground.source().await);
    let one = incoming(store, "a", b"one", Ok(paper(vec![page(1, "Secret.")]))).await;
    let dropped = Verdict {
        withheld: Some((Withheld::Dropped, "a-rule".parse().unwrap())),
        ..Verdict::default()
    };
    let verdicts = Verdicts::from([("a".to_owned(), dropped)]);
    let before = store.last_change().await.unwrap();
    let harvest = PaperHarvest { papers: vec![one.clone()], ..PaperHarvest::default() };
    let counts = store.record_papers(source.id, &harvest, verdicts, nine()).await.unwrap();
    assert_eq!(counts, HarvestCounts { dropped: 1, ..HarvestCounts::default() });
    assert_eq!(store.last_change().await.unwrap(), before);
    assert!(!has(store, &one.file.unwrap()).await);
    let known = store.known_papers(source.id).await.unwrap();
    assert_eq!(
        known.get("a").map(|known| known.stamp.as_str()),
        Some("3-1"),
        "nor is it read again"
    );
    assert_eq!(store.entries_of_source(source.id, 1, 9).await.unwrap().1, 0);
}

pub(crate) async fn long_papers_are_told_a_few_at_a_time(ground: &ground::Ground) {
    let (store, source) = (&ground.store, ground.source().await);
    let text = "word ".repeat(Paper::MAX_TEXT / 7);
    for key in ["a", "b", "c"] {
        let long = paper(vec![page(1, &text), page(2, "end")]);
        let one = incoming(store, key, key.as_bytes(), Ok(long)).await;
        record(store, &source, vec![one]).await;
    }
    let first = store.changes_after(ChangeNumber(0), 9).await.unwrap();
    assert_eq!(first.len(), 2, "three would be more than is read at once");
    let rest = store.changes_after(first.last().unwrap().number, 9).await.unwrap();
    assert_eq!(rest.len(), 1);
}
