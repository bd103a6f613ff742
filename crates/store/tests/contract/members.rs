//! Pieces for members: there for those who ask for them as such, and for nobody and nothing else.

use observatory_model::brief::{Audience, Brief, BriefAddress, PublishCounts};
use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::{Language, Timestamp};

use crate::ground::{Ground, brief, later, nine};

const SECRET: &str = "future-vision/secret";

fn secret() -> BriefAddress {
    SECRET.parse().unwrap()
}

fn for_members(language: Language, published: Timestamp) -> Brief {
    Brief { audience: Audience::Members, ..brief(SECRET, language, published) }
}

fn counts(added: u64, changed: u64, unchanged: u64, removed: u64) -> PublishCounts {
    PublishCounts { added, changed, unchanged, removed }
}

/// What everybody can learn of the piece.
async fn is_public(ground: &Ground, now: Timestamp) -> bool {
    let (store, piece) = (&ground.store, secret());
    let key = DocumentKey::Brief {
        series: piece.series,
        slug: piece.slug.clone(),
        language: Language::En,
    };
    let told = [
        store.brief(&piece, Language::En, now).await.unwrap().is_some(),
        !store.brief_languages(&piece, now).await.unwrap().is_empty(),
        !store.briefs(None, now).await.unwrap().is_empty(),
        !store.briefs(Some(piece.series), now).await.unwrap().is_empty(),
        !store.documents(&[key], now).await.unwrap().is_empty(),
        !store.citing("itu.int", now).await.unwrap().is_empty(),
    ];
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    told[0]
}

/// What members can read of it.
async fn languages(ground: &Ground, now: Timestamp) -> Vec<Language> {
    let (store, piece) = (&ground.store, secret());
    let known = store.members_brief_languages(&piece, now).await.unwrap();
    let languages: Vec<Language> = known.iter().map(|(language, _)| *language).collect();
    assert_eq!(store.members_briefs(now).await.unwrap().len(), languages.len());
    for language in Language::ALL {
        let read = store.members_brief(&piece, language, now).await.unwrap();
        assert_eq!(read.is_some(), languages.contains(&language), "{language}");
    }
    languages
}

pub(crate) async fn what_is_for_members_is_for_nobody_else(ground: &Ground) {
    let store = &ground.store;
    let texts = [for_members(Language::En, nine()), for_members(Language::Ru, nine())];
    assert_eq!(store.replace_briefs(&texts, later(1)).await.unwrap(), counts(2, 0, 0, 0));
    assert!(!is_public(ground, later(1)).await);
    assert_eq!(languages(ground, later(1)).await, [Language::En, Language::Ru]);
    let read = store.members_brief(&secret(), Language::Ru, later(1)).await.unwrap();
    assert_eq!(read.as_ref(), Some(&texts[1]));
    assert_eq!(store.replace_briefs(&texts, later(2)).await.unwrap(), counts(0, 0, 2, 0));

    // Not before its instant, and no job for it: the index has nothing to do then.
    let put_off = [Brief { title: "Another".to_owned(), ..for_members(Language::En, later(60)) }];
    assert_eq!(store.replace_briefs(&put_off, later(3)).await.unwrap(), counts(0, 1, 0, 1));
    assert_eq!(languages(ground, later(4)).await, []);
    assert_eq!(languages(ground, later(60)).await, [Language::En]);
    assert_eq!(store.job_counts(later(3)).await.unwrap().waiting, 0);
    assert!(!is_public(ground, later(60)).await);

    assert_eq!(store.replace_briefs(&[], later(61)).await.unwrap(), counts(0, 0, 0, 1));
    assert_eq!(languages(ground, later(61)).await, []);
    assert!(!store.withdrawn(&secret()).await.unwrap(), "it was never there for the public");
    // Index, alerts and trends follow the numbers, and their count can be seen: there is none.
    assert_eq!(store.last_change().await.unwrap(), ChangeNumber(0));
}

pub(crate) async fn a_piece_changes_its_readers(ground: &Ground) {
    let store = &ground.store;
    let public = [brief(SECRET, Language::En, nine())];
    store.replace_briefs(&public, later(1)).await.unwrap();
    assert!(is_public(ground, later(1)).await);

    let texts = [for_members(Language::En, nine())];
    assert_eq!(store.replace_briefs(&texts, later(2)).await.unwrap(), counts(0, 1, 0, 0));
    assert!(!is_public(ground, later(2)).await);
    assert_eq!(languages(ground, later(2)).await, [Language::En]);
    assert!(!store.withdrawn(&secret()).await.unwrap(), "as if it had never been");
    assert_eq!(store.last_change().await.unwrap(), ChangeNumber(2), "the index forgets it");

    assert_eq!(store.replace_briefs(&public, later(3)).await.unwrap(), counts(0, 1, 0, 0));
    assert!(is_public(ground, later(3)).await);
    assert_eq!(languages(ground, later(3)).await, []);
    assert_eq!(store.last_change().await.unwrap(), ChangeNumber(3));

    // What was taken back, and comes again for members, is not remembered as withdrawn.
    store.replace_briefs(&[], later(4)).await.unwrap();
    assert!(store.withdrawn(&secret()).await.unwrap());
    store.replace_briefs(&texts, later(5)).await.unwrap();
    assert!(!store.withdrawn(&secret()).await.unwrap());
    assert!(!is_public(ground, later(5)).await);
}
