//! Files: kept once, checked when read.

use observatory_store::{FileHash, StoreError};

use crate::ground::Ground;

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
