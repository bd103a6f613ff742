//! Files: kept once, checked when read.

use observatory_model::SourceId;
use observatory_store::{FileHash, StoreError};

use crate::ground::{Ground, nine};

pub(crate) async fn a_file_is_kept_once_and_checked(ground: &Ground) {
    let hash = ground.store.put_file(b"abc".to_vec()).await.unwrap();
    let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hash.as_str(), of_abc);
    assert_eq!(ground.store.put_file(b"abc".to_vec()).await.unwrap(), hash);
    assert_eq!(ground.store.file(&hash).await.unwrap(), Some(b"abc".to_vec()));
    let other = "0".repeat(64).parse::<FileHash>().unwrap();
    assert_eq!(ground.store.file(&other).await.unwrap(), None);

    let folder = ground.settings.files_folder.join("ba/78");
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), [of_abc], "nothing half-written is left");

    std::fs::write(folder.join(of_abc), b"abd").unwrap();
    let error = ground.store.file(&hash).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { .. }), "{error:?}");
    ground.store.put_file(b"abc".to_vec()).await.unwrap();
    assert_eq!(ground.store.file(&hash).await.unwrap(), Some(b"abc".to_vec()), "mended");

    let large = vec![0; 50 * 1024 * 1024 + 1];
    let error = ground.store.put_file(large).await.unwrap_err();
    assert!(matches!(&error, StoreError::TooLarge { .. }), "{error:?}");
}

pub(crate) async fn the_last_unreadable_answer_of_a_source_is_kept(ground: &Ground) {
    let (store, source) = (&ground.store, ground.source().await.id);
    assert_eq!(store.kept_answer(source).await.unwrap(), None);
    let first = store.keep_answer(source, b"<rss".to_vec(), nine()).await.unwrap();
    let second = store.keep_answer(source, b"<html".to_vec(), nine()).await.unwrap();
    assert_eq!(store.kept_answer(source).await.unwrap(), Some(second.clone()));
    assert_eq!(store.file(&first).await.unwrap(), None, "the one before has left the disk");
    assert_eq!(store.file(&second).await.unwrap(), Some(b"<html".to_vec()));
    let again = store.keep_answer(source, b"<html".to_vec(), nine()).await.unwrap();
    assert_eq!(again, second);
    assert!(store.file(&second).await.unwrap().is_some(), "the same answer stays");
    let nobody = SourceId::new(nine());
    assert!(store.keep_answer(nobody, b"x".to_vec(), nine()).await.is_err());
}
