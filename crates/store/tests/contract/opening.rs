//! Opening: made once, the same ever after, and honest about damage.

use observatory_store::{Store, StoreError};

use crate::ground::{Ground, entry, harvest, later};

pub(crate) async fn a_store_is_the_same_when_opened_again(ground: &Ground) {
    let source = ground.source().await;
    let id = ground.store.store_id().await.unwrap();
    ground.store.close().await;
    assert!(matches!(ground.store.sources().await, Err(StoreError::Unavailable { .. })));

    let again = ground.another().await;
    assert_eq!(again.store_id().await.unwrap(), id);
    assert_eq!(again.sources().await.unwrap(), [source]);
    again.close().await;
}

pub(crate) async fn a_step_made_from_another_text_is_refused(ground: &Ground) {
    ground.tamper("UPDATE migrations SET sha256 = 'another' WHERE number = 1").await;
    let error = Store::open(&ground.settings).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { .. }), "{error:?}");
}

pub(crate) async fn the_steps_of_a_newer_program_are_left_alone(ground: &Ground) {
    let later = "INSERT INTO migrations (number, name, sha256) VALUES (99, 'later', 'x')";
    ground.tamper(later).await;
    let older = ground.another().await;
    assert_eq!(older.check().await.unwrap().migration, 99);
    older.close().await;
}

pub(crate) async fn a_sound_store_has_no_problems(ground: &Ground) {
    let source = ground.source().await;
    let harvest = harvest(vec![entry("1", "One")]);
    ground.store.record_harvest(source.id, &harvest, later(1)).await.unwrap();
    let report = ground.store.check().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(report.migration, 20);
    let expected = if ground.settings.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
    assert_eq!(report.backend, expected);
    assert!(report.version.starts_with(|c: char| c.is_ascii_digit()), "{}", report.version);
}

pub(crate) async fn damage_is_told(ground: &Ground) {
    let source = ground.source().await;
    let harvest = harvest(vec![entry("1", "One")]);
    ground.store.record_harvest(source.id, &harvest, later(1)).await.unwrap();
    ground.tamper("DELETE FROM changes").await;
    ground.tamper("DELETE FROM jobs").await;
    let report = ground.store.check().await.unwrap();
    assert_eq!(report.problems.len(), 2, "{:?}", report.problems);

    ground.tamper("UPDATE entries SET authors = 'no list'").await;
    let error = ground.store.newest_entries(1).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { what, .. } if what == "authors"), "{error:?}");
}
