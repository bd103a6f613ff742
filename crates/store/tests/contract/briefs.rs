//! Pieces: equal to the folder after each publishing, absent before their instant.

use observatory_model::brief::{Brief, BriefAddress, Confidence, PublishCounts};
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::job::Work;
use observatory_model::{Language, Series, Timestamp};
use observatory_store::StoreError;

use crate::ground::{Ground, brief, later, nine};

const SPACE: &str = "future-vision/space";
const ITU: &str = "demystifying-digital/itu-101";

fn address(text: &str) -> BriefAddress {
    text.parse().unwrap()
}

pub(crate) async fn pieces_become_what_the_folder_says(ground: &Ground) {
    let store = &ground.store;
    let english = brief(SPACE, Language::En, nine());
    let russian = brief(SPACE, Language::Ru, nine());
    let arabic = brief(SPACE, Language::Ar, nine());
    let itu = brief(ITU, Language::En, later(-60));
    let all = [english.clone(), russian.clone(), arabic, itu];
    let counts = store.replace_briefs(&all, later(1)).await.unwrap();
    assert_eq!(counts, PublishCounts { added: 4, ..PublishCounts::default() });

    let piece = address(SPACE);
    let read = store.brief(&piece, Language::Ru, later(1)).await.unwrap();
    assert_eq!(read, Some(russian.clone()));
    assert_eq!(store.brief(&piece, Language::Zh, later(1)).await.unwrap(), None);
    let languages = store.brief_languages(&piece, later(1)).await.unwrap();
    let languages = languages.into_iter().map(|(language, _)| language).collect::<Vec<_>>();
    assert_eq!(languages, [Language::Ar, Language::En, Language::Ru]);

    let list = store.briefs(None, later(1)).await.unwrap();
    let addresses = list.iter().map(|one| one.address.to_string()).collect::<Vec<_>>();
    assert_eq!(addresses, [SPACE, SPACE, SPACE, ITU]);
    let of_series = store.briefs(Some(Series::DemystifyingDigital), later(1)).await.unwrap();
    assert_eq!(of_series.len(), 1);
    let summary = &of_series[0];
    assert_eq!((summary.version, summary.words, summary.original), (2, 2, Language::En));
    assert_eq!(summary.topics, ["satellites".parse().unwrap()]);
    assert_eq!(summary.confidence, Some(Confidence::Medium));

    let retitled = Brief { title: "Another".to_owned(), ..english };
    let counts = store.replace_briefs(&[retitled, russian], later(2)).await.unwrap();
    let expected = PublishCounts { added: 0, changed: 1, unchanged: 1, removed: 2 };
    assert_eq!(counts, expected);
    let changes = store.changes_after(ChangeNumber(4), 9).await.unwrap();
    let mut documents =
        changes.into_iter().map(|change| change.document.to_string()).collect::<Vec<_>>();
    documents.sort();
    let expected = [
        "brief:demystifying-digital/itu-101/en",
        "brief:future-vision/space/ar",
        "brief:future-vision/space/en",
    ];
    assert_eq!(documents, expected);
    assert_eq!(store.last_change().await.unwrap(), ChangeNumber(7));
}

pub(crate) async fn a_piece_is_absent_until_its_instant(ground: &Ground) {
    let store = &ground.store;
    // Not a whole second: an embargo ends to the millisecond.
    let instant = Timestamp::from_millis(later(60).millis() + 500);
    let before = Timestamp::from_millis(instant.millis() - 1);
    let piece = address(SPACE);
    let planned = brief(SPACE, Language::En, instant);
    store.replace_briefs(std::slice::from_ref(&planned), nine()).await.unwrap();
    let key = DocumentKey::Brief {
        series: Series::FutureVision,
        slug: "space".parse().unwrap(),
        language: Language::En,
    };
    for (now, public) in [(nine(), 0), (before, 0), (instant, 1)] {
        let read = store.brief(&piece, Language::En, now).await.unwrap();
        assert_eq!(read.map_or(0, |_| 1), public);
        assert_eq!(store.brief_languages(&piece, now).await.unwrap().len(), public);
        assert_eq!(store.briefs(None, now).await.unwrap().len(), public);
        let documents = store.documents(std::slice::from_ref(&key), now).await.unwrap();
        assert_eq!(documents.len(), public);
    }

    let read = store.brief(&piece, Language::En, instant).await.unwrap();
    assert_eq!(read.as_ref(), Some(&planned), "with its milliseconds");

    // The queue knows the instant; publishing again does not ask twice.
    let counts = store.replace_briefs(&[planned], later(1)).await.unwrap();
    assert_eq!((counts.unchanged, store.job_counts(nine()).await.unwrap().waiting), (1, 1));
    assert_eq!(store.next_due().await.unwrap(), Some(instant));
    let jobs = store.lease_jobs(9, 60, instant).await.unwrap();
    assert_eq!(jobs[0].work, Work::LiftEmbargo { piece: piece.clone() });
    let last = store.last_change().await.unwrap();
    store.touch_piece(&piece, instant).await.unwrap();
    store.finish_job(&jobs[0]).await.unwrap();
    let changes = store.changes_after(last, 9).await.unwrap();
    assert_eq!(changes.into_iter().map(|change| change.document).collect::<Vec<_>>(), [key]);
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub(crate) async fn a_piece_that_is_put_off_stays_absent(ground: &Ground) {
    let store = &ground.store;
    let piece = address(SPACE);
    store.replace_briefs(&[brief(SPACE, Language::En, later(60))], nine()).await.unwrap();
    store.replace_briefs(&[brief(SPACE, Language::En, later(900))], later(1)).await.unwrap();
    let last = store.last_change().await.unwrap();
    let jobs = store.lease_jobs(9, 60, later(60)).await.unwrap();
    store.touch_piece(&piece, later(60)).await.unwrap();
    store.finish_job(&jobs[0]).await.unwrap();
    assert_eq!(store.last_change().await.unwrap(), last);
    assert_eq!(store.next_due().await.unwrap(), Some(later(900)));

    // Public, then put off: away again, and the index is told.
    store.replace_briefs(&[brief(SPACE, Language::En, nine())], later(2)).await.unwrap();
    assert!(store.brief(&piece, Language::En, later(2)).await.unwrap().is_some());
    store.replace_briefs(&[brief(SPACE, Language::En, later(900))], later(3)).await.unwrap();
    assert_eq!(store.brief(&piece, Language::En, later(3)).await.unwrap(), None);
    assert_eq!(store.last_change().await.unwrap(), ChangeNumber(last.0 + 2));
}

pub(crate) async fn a_piece_that_was_public_is_remembered(ground: &Ground) {
    let store = &ground.store;
    let (public, planned) = (address(SPACE), address(ITU));
    let texts = [
        brief(SPACE, Language::En, nine()),
        brief(SPACE, Language::Fr, nine()),
        brief(ITU, Language::En, later(900)),
    ];
    store.replace_briefs(&texts, later(1)).await.unwrap();
    // One language of it stays, so it is there.
    store.replace_briefs(&texts[..1], later(2)).await.unwrap();
    assert!(!store.withdrawn(&public).await.unwrap());
    assert!(!store.withdrawn(&planned).await.unwrap(), "nobody could read it");
    store.replace_briefs(&[], later(3)).await.unwrap();
    assert!(store.withdrawn(&public).await.unwrap());
    store.replace_briefs(&texts[1..2], later(4)).await.unwrap();
    assert!(!store.withdrawn(&public).await.unwrap());
}

pub(crate) async fn two_texts_in_one_place_are_refused(ground: &Ground) {
    let text = brief(SPACE, Language::En, nine());
    let error = ground.store.replace_briefs(&[text.clone(), text], later(1)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { .. }), "{error:?}");
}
