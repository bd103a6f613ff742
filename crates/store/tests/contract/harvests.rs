//! Harvests: what is new is kept once, what is known stays, and how it went is written down.

use observatory_model::change::{ChangeNumber, DocumentKey};
use observatory_model::entry::{HarvestCounts, IncomingEntry};
use observatory_model::job::Work;
use observatory_model::rhythm::{NextReading, Pace, Rhythm, Timetable};
use observatory_model::source::{Failure, FailureReason, SourceState};
use observatory_model::{SourceId, Timestamp};
use observatory_store::{Harvest, MAX_NEW_ENTRIES, StoreError};
use tokio::task::JoinSet;

use crate::ground::{Ground, entry, harvest, later, new_source, nine};

const fn counts(added: u64, changed: u64, unchanged: u64) -> HarvestCounts {
    HarvestCounts { added, changed, unchanged, removed: 0, held: 0, dropped: 0 }
}

pub(crate) async fn a_harvest_twice_adds_nothing(ground: &Ground) {
    let source = ground.source().await;
    let running = ground.store.lease_jobs(1, 60, nine()).await.unwrap();
    let harvest = harvest(vec![entry("1", "One"), entry("2", "Two"), entry("2", "Two again")]);
    let first = ground.store.record_harvest(source.id, &harvest, later(1)).await.unwrap();
    assert_eq!(first, counts(2, 0, 0));
    assert_eq!(ground.store.last_change().await.unwrap(), ChangeNumber(2));
    let second = ground.store.record_harvest(source.id, &harvest, later(2)).await.unwrap();
    assert_eq!(second, counts(0, 0, 2));
    assert_eq!(ground.store.last_change().await.unwrap(), ChangeNumber(2));
    assert_eq!(ground.store.entry_count().await.unwrap(), 2);

    let entries = ground.store.newest_entries(9).await.unwrap();
    let one = entries.iter().find(|entry| entry.content.key == "1").unwrap();
    assert_eq!(one.content, entry("1", "One"));
    assert_eq!((one.first_seen, one.last_changed), (later(1), later(1)));
    assert_eq!((one.source_slug.as_str(), one.source_name.as_str()), ("a", "A"));

    let health = ground.store.source(source.id).await.unwrap().unwrap().health;
    assert_eq!(health.problems, ["two entries have the key 2"]);
    assert_eq!((health.last_success, health.next_attempt), (Some(later(2)), Some(later(3600))));
    assert_eq!(health.etag, harvest.etag);

    // The next harvest waits, the running one is finished on its own.
    ground.store.finish_job(&running[0]).await.unwrap();
    assert_eq!(ground.store.next_due().await.unwrap(), Some(later(3600)));
    assert_eq!(ground.store.job_counts(later(1)).await.unwrap().waiting, 1);
}

pub(crate) async fn a_changed_entry_keeps_its_id_and_its_date(ground: &Ground) {
    let source = ground.source().await;
    let first = harvest(vec![entry("1", "One"), entry("2", "Two")]);
    ground.store.record_harvest(source.id, &first, later(1)).await.unwrap();
    let before = ground.store.newest_entries(9).await.unwrap();

    let undated = IncomingEntry { published: None, ..entry("1", "Eins") };
    let second = harvest(vec![undated, entry("2", "Two")]);
    let done = ground.store.record_harvest(source.id, &second, later(2)).await.unwrap();
    assert_eq!(done, counts(0, 1, 1));
    let known = before.iter().find(|entry| entry.content.key == "1").unwrap();
    let after = ground.store.entry(known.id).await.unwrap().unwrap();
    assert_eq!(after.content, entry("1", "Eins"));
    assert_eq!((after.first_seen, after.last_changed), (later(1), later(2)));

    // Its number is a new one, and the only one it has.
    let changes = ground.store.changes_after(ChangeNumber(0), 9).await.unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1].number, ChangeNumber(3));
    assert_eq!(changes[1].document, DocumentKey::Entry(known.id));

    // That the date alone vanishes is no change.
    let undated = IncomingEntry { published: None, ..entry("2", "Two") };
    let third = harvest(vec![undated]);
    let done = ground.store.record_harvest(source.id, &third, later(3)).await.unwrap();
    assert_eq!(done, counts(0, 0, 1));
}

pub(crate) async fn an_absent_entry_stays(ground: &Ground) {
    let source = ground.source().await;
    for entries in [vec![entry("1", "One")], vec![entry("2", "Two")], Vec::new()] {
        ground.store.record_harvest(source.id, &harvest(entries), later(1)).await.unwrap();
    }
    assert_eq!(ground.store.entry_count().await.unwrap(), 2);
}

pub(crate) async fn failures_are_counted_and_cleared(ground: &Ground) {
    let source = ground.source().await;
    let failure = Failure::new(FailureReason::TooSlow, "20 s");
    for count in 1..=2 {
        let (next, now) = (Some(later(count * 600)), later(count));
        ground.store.record_failure(source.id, &failure, next, now).await.unwrap();
    }
    let health = ground.store.source(source.id).await.unwrap().unwrap().health;
    assert_eq!((health.failures, health.last_failure), (2, Some(failure)));
    assert_eq!((health.last_attempt, health.last_success), (Some(later(2)), None));
    assert_eq!(health.next_attempt, Some(later(1200)));

    let next = NextReading::At(later(7200));
    ground.store.record_not_modified(source.id, None, next, later(3)).await.unwrap();
    let health = ground.store.source(source.id).await.unwrap().unwrap().health;
    assert_eq!((health.failures, health.last_failure), (0, None));
    assert_eq!((health.last_success, health.next_attempt), (Some(later(3)), Some(later(7200))));

    let nobody = SourceId::new(nine());
    let error = ground.store.record_not_modified(nobody, None, next, later(4)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { .. }), "{error:?}");
}

pub(crate) async fn a_gone_source_is_not_read_again(ground: &Ground) {
    let source = ground.source().await;
    let running = ground.store.lease_jobs(1, 60, nine()).await.unwrap();
    let kept = harvest(vec![entry("1", "One")]);
    ground.store.record_harvest(source.id, &kept, later(1)).await.unwrap();
    ground.store.finish_job(&running[0]).await.unwrap();
    let running = ground.store.lease_jobs(1, 60, later(3600)).await.unwrap();
    let failure = Failure::new(FailureReason::Gone, "410");
    ground.store.record_failure(source.id, &failure, Some(later(9)), later(2)).await.unwrap();
    ground.store.finish_job(&running[0]).await.unwrap();
    let source = ground.store.source(source.id).await.unwrap().unwrap();
    assert_eq!((source.state, source.health.next_attempt), (SourceState::Gone, None));
    assert_eq!(ground.store.next_due().await.unwrap(), None);
    assert_eq!(ground.store.entry_count().await.unwrap(), 1);

    // Somebody reads it by hand: that is kept, and plans nothing.
    ground.store.record_harvest(source.id, &kept, later(3)).await.unwrap();
    assert_eq!(ground.store.next_due().await.unwrap(), None);
}

pub(crate) async fn a_flood_of_entries_is_taken_in_parts(ground: &Ground) {
    let source = ground.source().await;
    let many = (0..MAX_NEW_ENTRIES + 20).map(|number| entry(&number.to_string(), "T"));
    let flood = harvest(many.collect());
    let first = ground.store.record_harvest(source.id, &flood, later(1)).await.unwrap();
    assert_eq!(first, counts(500, 0, 0));
    let health = ground.store.source(source.id).await.unwrap().unwrap().health;
    assert_eq!(health.problems, ["20 new entries wait for the next harvest"]);
    assert_eq!((health.etag, health.last_modified), (None, None));
    let second = ground.store.record_harvest(source.id, &flood, later(2)).await.unwrap();
    assert_eq!(second, counts(20, 0, 500));
    let health = ground.store.source(source.id).await.unwrap().unwrap().health;
    assert_eq!((health.problems, health.etag), (Vec::new(), flood.etag));
}

pub(crate) async fn a_title_that_comes_late_renames_the_entries(ground: &Ground) {
    let new = new_source("https://a.org/feed", "a", None);
    let source = ground.store.add_source(&new, nine()).await.unwrap().id;
    let untitled = Harvest { title: None, ..harvest(vec![entry("1", "One")]) };
    ground.store.record_harvest(source, &untitled, later(1)).await.unwrap();
    assert_eq!(ground.store.source(source).await.unwrap().unwrap().name, "a.org");

    let titled = harvest(vec![entry("1", "One")]);
    ground.store.record_harvest(source, &titled, later(2)).await.unwrap();
    assert_eq!(
        ground.store.newest_entries(1).await.unwrap()[0].source_name,
        "The feed's own title"
    );
    let changes = ground.store.changes_after(ChangeNumber(1), 9).await.unwrap();
    assert_eq!(changes.len(), 1, "the index is told the new name");

    let retitled = Harvest { title: Some("Another".to_owned()), ..titled };
    ground.store.record_harvest(source, &retitled, later(3)).await.unwrap();
    let name = ground.store.source(source).await.unwrap().unwrap().name;
    assert_eq!(name, "The feed's own title");
}

pub(crate) async fn a_source_moves_unless_another_lives_there(ground: &Ground) {
    let source = ground.source().await;
    let other = new_source("https://b.org/feed", "b", Some("B"));
    ground.store.add_source(&other, nine()).await.unwrap();
    let to = |url: &str| Harvest { moved_to: Some(url.parse().unwrap()), ..harvest(Vec::new()) };
    ground.store.record_harvest(source.id, &to("https://b.org/feed"), later(1)).await.unwrap();
    let known = ground.store.source(source.id).await.unwrap().unwrap();
    assert_eq!(known.url, source.url);
    let problem = "moved to https://b.org/feed, which is the source b";
    assert_eq!(known.health.problems, [problem]);

    ground.store.record_harvest(source.id, &to("https://c.org/feed"), later(2)).await.unwrap();
    let known = ground.store.source(source.id).await.unwrap().unwrap();
    assert_eq!(known.url.as_str(), "https://c.org/feed");

    // Also where it is the same as before, but lives elsewhere.
    for (to, then) in
        [("https://b.org/feed", "https://c.org/feed"), ("https://d.org/", "https://d.org/")]
    {
        let (to, next) = (to.parse().unwrap(), NextReading::At(later(3600)));
        ground.store.record_not_modified(source.id, Some(&to), next, later(3)).await.unwrap();
        let known = ground.store.source(source.id).await.unwrap().unwrap();
        assert_eq!(known.url.as_str(), then);
    }
}

pub(crate) async fn a_source_is_read_as_often_as_it_changes(ground: &Ground) {
    let source = ground.source().await;
    let timetable = Timetable { ttl_minutes: 5, ..Timetable::default() };
    let pace = Pace {
        every_seconds: 3600,
        least_seconds: 900,
        most_seconds: 86_400,
        fresh_seconds: 0,
        timetable,
    };
    let health = async || ground.store.source(source.id).await.unwrap().unwrap().health;
    let wait = async || health().await.next_attempt.unwrap().seconds_since(later(1));
    let dated = |key: &str, days: i64| {
        let published = Some(later(-days * 86_400));
        IncomingEntry { published, ..entry(key, "T") }
    };
    let next = NextReading::Paced(pace);
    let daily = vec![dated("1", 2), dated("2", 1), dated("3", 0)];
    let daily = Harvest { next, timetable, ..harvest(daily) };
    ground.store.record_harvest(source.id, &daily, later(1)).await.unwrap();
    let known = health().await;
    assert_eq!(known.rhythm, Rhythm { usual_seconds: Some(86_400), last_news: Some(nine()) });
    assert_eq!(known.timetable, timetable);
    assert!((19_440..=23_760).contains(&wait().await), "a quarter of a day");
    ground.store.record_not_modified(source.id, None, next, later(1)).await.unwrap();
    assert!((19_440..=23_760).contains(&wait().await), "it is known after a 304 too");
    assert_eq!(ground.store.next_due().await.unwrap(), health().await.next_attempt);
}

pub(crate) async fn what_no_database_can_keep_is_left_out(ground: &Ground) {
    let source = ground.source().await;
    let dirty = IncomingEntry {
        text: "b\0c 🛰 ار".to_owned(),
        authors: vec!["d\0e".to_owned()],
        ..entry("1", "a\0b")
    };
    let no_key = IncomingEntry { key: String::new(), ..entry("2", "Two") };
    let long_key = IncomingEntry { key: "é".repeat(257), ..entry("3", "Three") };
    let mut harvest = harvest(vec![dirty, no_key, long_key]);
    harvest.problems = vec!["f\0g".to_owned()];
    for expected in [counts(1, 0, 0), counts(0, 0, 1)] {
        let done = ground.store.record_harvest(source.id, &harvest, later(1)).await.unwrap();
        assert_eq!(done, expected);
    }
    let content = &ground.store.newest_entries(1).await.unwrap()[0].content;
    assert_eq!((content.title.as_str(), content.text.as_str()), ("ab", "bc 🛰 ار"));
    let problems = ground.store.source(source.id).await.unwrap().unwrap().health.problems;
    assert_eq!(problems.len(), 3);
}

pub(crate) async fn a_write_that_fails_leaves_nothing(ground: &Ground) {
    let source = ground.source().await;
    let before = ground.store.source(source.id).await.unwrap();
    let harvest = harvest(vec![entry("1", "One")]);
    // The one table is written in the middle of the transaction, the other at its end.
    for (away, back) in [
        ("ALTER TABLE jobs RENAME TO away", "ALTER TABLE away RENAME TO jobs"),
        ("ALTER TABLE changes RENAME TO away", "ALTER TABLE away RENAME TO changes"),
    ] {
        ground.tamper(away).await;
        ground.store.record_harvest(source.id, &harvest, later(1)).await.unwrap_err();
        ground.tamper(back).await;
        assert_eq!(ground.store.entry_count().await.unwrap(), 0);
        assert_eq!(ground.store.last_change().await.unwrap(), ChangeNumber(0));
        assert_eq!(ground.store.source(source.id).await.unwrap(), before);
        assert_eq!(ground.store.next_due().await.unwrap(), Some(nine()));
    }
    // And the store is as good as before.
    let done = ground.store.record_harvest(source.id, &harvest, later(2)).await.unwrap();
    assert_eq!(done, counts(1, 0, 0));
}

pub(crate) async fn two_harvests_of_one_source_follow_one_another(ground: &Ground) {
    let source = ground.source().await.id;
    let forwards = (0..40).map(|number| entry(&number.to_string(), "T")).collect::<Vec<_>>();
    let backwards = forwards.iter().rev().cloned().collect::<Vec<_>>();
    let mut harvests = JoinSet::new();
    for entries in [forwards, backwards] {
        let store = ground.another().await;
        harvests.spawn(async move {
            let done = store.record_harvest(source, &harvest(entries), later(1)).await.unwrap();
            store.close().await;
            done.added
        });
    }
    let mut added = harvests.join_all().await;
    added.sort_unstable();
    assert_eq!(added, [0, 40]);
    let work = Work::FetchFeed { source };
    let is_new = ground.store.enqueue(&work, Timestamp::EPOCH, later(2)).await.unwrap();
    assert!(!is_new, "one harvest waits");
}

pub(crate) async fn many_who_write_at_once_are_all_kept_but_who_cannot_be(ground: &Ground) {
    let mut harvests = JoinSet::new();
    for number in 0..24 {
        let source = if number % 6 == 5 {
            SourceId::new(nine())
        } else {
            let slug = format!("s{number}");
            let new = new_source(&format!("https://{slug}.org/feed"), &slug, None);
            ground.store.add_source(&new, nine()).await.unwrap().id
        };
        let store = ground.store.clone();
        harvests.spawn(async move {
            let entries = (0..30).map(|key| entry(&key.to_string(), "T")).collect();
            let done = store.record_harvest(source, &harvest(entries), later(1)).await;
            // What was answered is there.
            let known = store.source(source).await.unwrap();
            let health = known.and_then(|source| source.health.last_success);
            (done.map(|counts| counts.added), health)
        });
    }
    let (mut added, mut refused) = (0, 0);
    while let Some(ended) = harvests.join_next().await {
        match ended.unwrap() {
            (Ok(count), success) => {
                assert_eq!(success, Some(later(1)));
                added += count;
            }
            (Err(error), success) => {
                assert!(matches!(error, StoreError::Conflict { .. }) && success.is_none());
                refused += 1;
            }
        }
    }
    assert_eq!((added, refused), (600, 4));
    assert_eq!(ground.store.entry_count().await.unwrap(), 600);
    assert_eq!(ground.store.last_change().await.unwrap(), ChangeNumber(600));
}

pub(crate) async fn a_write_that_is_given_up_halfway_leaves_nothing(ground: &Ground) {
    let source = ground.source().await.id;
    let harvest = harvest(vec![entry("1", "One")]);
    let mut given_up = 0;
    // Dropped a little later each time: while it waits, in its middle, before its end.
    let later_and_later = std::iter::successors(Some(0), |looks| Some(looks * 3 / 2 + 8));
    for looks in later_and_later.take(26) {
        let before = ground.store.entry_count().await.unwrap();
        let ended = {
            let mut write = std::pin::pin!(ground.store.record_harvest(source, &harvest, nine()));
            let mut looks = looks;
            loop {
                tokio::select! {
                    biased;
                    done = &mut write => break Some(done),
                    () = tokio::task::yield_now() => {}
                }
                looks = match looks {
                    0 => break None,
                    looks => looks - 1,
                };
            }
        };
        given_up += u64::from(ended.is_none());
        let other = ground.store.enqueue(&Work::MatchAlerts, nine(), nine()).await;
        other.unwrap();
        let after = ground.store.entry_count().await.unwrap();
        assert!(after >= before && after <= 1, "{before} {after}");
        if let Some(ended) = ended {
            ended.unwrap();
            assert_eq!(after, 1);
        }
    }
    assert!(given_up > 0);
    let counted = ground.store.record_harvest(source, &harvest, later(2)).await.unwrap();
    assert_eq!(counted.added + counted.unchanged, 1);
}
