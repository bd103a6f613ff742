//! Files that come in parts: each where the last one ended, also after a break.

use observatory_model::SubmissionId;
use observatory_model::paper::Unreadable;
use observatory_store::{Appended, MAX_FILE_BYTES, Manuscript, StoreError};

use crate::ground::{Ground, nine};

pub(crate) async fn parts_of_a_file_follow_one_another(ground: &Ground) {
    let (store, id) = (&ground.store, SubmissionId::new(nine()));
    let append = async |offset, part: &[u8]| store.append_upload(id, offset, part).await.unwrap();
    assert_eq!(store.uploaded(id).await.unwrap(), 0);
    assert_eq!(store.finish_upload(id).await.unwrap(), None);
    assert_eq!(append(7, b"x").await, Appended::Expects(0), "its beginning is not here");
    assert_eq!(append(0, b"lost").await, Appended::To(4));
    assert_eq!(append(0, b"a").await, Appended::To(1), "begun anew");
    assert_eq!(append(1, b"b").await, Appended::To(2));
    assert_eq!(append(1, b"b").await, Appended::Expects(2), "twice: the answer was lost");
    assert_eq!(append(9, b"z").await, Appended::Expects(2), "a part is missing");
    assert_eq!(store.uploaded(id).await.unwrap(), 2);

    // The program is killed, and another goes on.
    let another = ground.another().await;
    assert_eq!(another.uploaded(id).await.unwrap(), 2);
    assert_eq!(another.append_upload(id, 2, b"c").await.unwrap(), Appended::To(3));
    another.close().await;

    let other = SubmissionId::new(nine());
    assert_eq!(store.append_upload(other, 0, b"other").await.unwrap(), Appended::To(5));
    assert_eq!(store.begin_of_upload(id, 2).await.unwrap(), b"ab");
    let (hash, bytes) = store.finish_upload(id).await.unwrap().unwrap();
    let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((hash.as_str(), bytes), (of_abc, 3));
    assert_eq!(store.file(&hash).await.unwrap(), Some(b"abc".to_vec()));
    assert_eq!(store.uploaded(id).await.unwrap(), 0, "it is a file now");
    assert_eq!(store.finish_upload(id).await.unwrap(), None);
    store.forget_uploads().await.unwrap();
    assert_eq!(store.uploaded(other).await.unwrap(), 5, "two days are not over");
}

pub(crate) async fn a_file_that_is_too_large_is_thrown_away(ground: &Ground) {
    let (store, id) = (&ground.store, SubmissionId::new(nine()));
    let part = vec![1; usize::try_from(MAX_FILE_BYTES).unwrap()];
    assert_eq!(store.append_upload(id, 0, &part).await.unwrap(), Appended::To(MAX_FILE_BYTES));
    let error = store.append_upload(id, MAX_FILE_BYTES, b"x").await.unwrap_err();
    let bytes = MAX_FILE_BYTES + 1;
    let is_told = matches!(error, StoreError::TooLarge { bytes: found, .. } if found == bytes);
    assert!(is_told, "{error:?}");
    assert_eq!(store.uploaded(id).await.unwrap(), 0);
    assert_eq!(store.finish_upload(id).await.unwrap(), None);
    // What has just the size that may be is kept.
    store.append_upload(id, 0, &part).await.unwrap();
    let (hash, bytes) = store.finish_upload(id).await.unwrap().unwrap();
    assert_eq!(bytes, MAX_FILE_BYTES);
    assert_eq!(store.file(&hash).await.unwrap().map(|file| file.len()), Some(part.len()));
}

pub(crate) async fn what_a_file_is_and_its_copy_without_names_are_kept(ground: &Ground) {
    let store = &ground.store;
    let (file, copy) = (
        store.put_file(b"a".to_vec()).await.unwrap(),
        store.put_file(b"b".to_vec()).await.unwrap(),
    );
    assert_eq!(store.manuscript(file.as_str()).await.unwrap(), None);
    let unreadable = Manuscript::Unreadable(Unreadable {
        reason: observatory_model::paper::UnreadableReason::Broken,
        detail: "no end".to_owned(),
    });
    let keep = async |copy| {
        store.keep_manuscript(file.as_str(), &unreadable, copy, nine()).await.unwrap();
    };
    keep(None).await;
    assert_eq!(store.manuscript(file.as_str()).await.unwrap().as_ref(), Some(&unreadable));
    assert_eq!(store.anonymous_copy(file.as_str()).await.unwrap(), None);
    keep(Some(&copy)).await;
    assert_eq!(store.anonymous_copy(file.as_str()).await.unwrap(), Some(b"b".to_vec()));
    assert_eq!(store.anonymous_copy(copy.as_str()).await.unwrap(), None);
}
