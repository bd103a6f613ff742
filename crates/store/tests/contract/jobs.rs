//! Work: taken by one at a time, done at least once, given up with a reason.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use observatory_model::job::{Job, NextTry, Work};
use observatory_model::rhythm::NextReading;
use observatory_model::{SourceId, Timestamp};
use observatory_store::{GivenUp, JobCounts};
use tokio::task::JoinSet;

use crate::ground::{Ground, later, nine};

fn work() -> Work {
    Work::FetchFeed { source: SourceId::new(nine()) }
}

async fn take_one(ground: &Ground, now: Timestamp) -> Option<Job> {
    ground.store.lease_jobs(1, 60, now).await.unwrap().pop()
}

pub(crate) async fn two_workers_never_have_the_same_job(ground: &Ground) {
    for _ in 0..60 {
        assert!(ground.store.enqueue(&work(), nine(), nine()).await.unwrap());
    }
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let store = ground.another().await;
        workers.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let jobs = store.lease_jobs(3, 60, nine()).await.unwrap();
                assert!(jobs.len() <= 3);
                if jobs.is_empty() && store.job_counts(nine()).await.unwrap().waiting == 0 {
                    store.close().await;
                    return taken;
                }
                taken.extend(jobs.into_iter().map(|job| job.id));
            }
        });
    }
    let taken = workers.join_all().await.concat();
    assert_eq!(taken.len(), 60);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 60);
    let counts = ground.store.job_counts(nine()).await.unwrap();
    assert_eq!(counts, JobCounts { leased: 60, ..JobCounts::default() });
}

pub(crate) async fn a_lease_that_ran_out_is_taken_by_another(ground: &Ground) {
    ground.store.enqueue(&work(), nine(), nine()).await.unwrap();
    let first = take_one(ground, nine()).await.unwrap();
    assert_eq!((first.attempt, first.leased_until), (1, later(60)));
    assert_eq!(take_one(ground, later(59)).await, None);
    assert_eq!(ground.store.next_due().await.unwrap(), Some(later(60)));
    let second = take_one(ground, later(60)).await.unwrap();
    assert_eq!((second.id, second.attempt), (first.id, 2));

    // Who comes too late changes nothing any more.
    ground.store.finish_job(&first).await.unwrap();
    ground.store.fail_job(&first, "late", NextTry::Never, later(61)).await.unwrap();
    let counts = ground.store.job_counts(later(61)).await.unwrap();
    assert_eq!(counts, JobCounts { leased: 1, ..JobCounts::default() });
    ground.store.finish_job(&second).await.unwrap();
    assert_eq!(ground.store.job_counts(later(61)).await.unwrap(), JobCounts::default());
}

pub(crate) async fn work_is_tried_again_and_given_up(ground: &Ground) {
    let work = Work::LiftEmbargo { piece: "learning-labs/a".parse().unwrap() };
    ground.store.enqueue(&work, nine(), nine()).await.unwrap();
    let mut now = nine();
    let mut attempts = 0;
    while let Some(job) = take_one(ground, now).await {
        attempts += 1;
        assert_eq!(job.attempt, attempts);
        let next = job.work.next_try(job.attempt, now);
        ground.store.fail_job(&job, &format!("no\0 {attempts}"), next, now).await.unwrap();
        if let NextTry::At(time) = next {
            assert_eq!(take_one(ground, time.plus_seconds(-1)).await, None);
            now = time;
        }
    }
    assert_eq!(attempts, 7);
    let counts = ground.store.job_counts(later(99_999)).await.unwrap();
    assert_eq!(counts, JobCounts { given_up: 1, ..JobCounts::default() });
    let given_up = ground.store.given_up(9).await.unwrap();
    let reason = "no 7".to_owned();
    assert_eq!(given_up, [GivenUp { work: work.clone(), attempts: 7, reason, since: now }]);
    assert_eq!(ground.store.next_due().await.unwrap(), None);

    // What was given up does not stand in the way of new work, and is not taken with it.
    assert!(ground.store.enqueue(&work, now, now).await.unwrap());
    assert_eq!(ground.store.lease_jobs(9, 60, now).await.unwrap().len(), 1);
    assert_eq!(ground.store.job_counts(now).await.unwrap().given_up, 1);
}

pub(crate) async fn one_waiting_is_enough(ground: &Ground) {
    let work = work();
    assert!(ground.store.enqueue(&work, later(60), nine()).await.unwrap());
    assert!(!ground.store.enqueue(&work, later(90), nine()).await.unwrap());
    assert_eq!(ground.store.next_due().await.unwrap(), Some(later(60)));
    assert!(!ground.store.enqueue(&work, later(30), nine()).await.unwrap());
    assert_eq!(ground.store.next_due().await.unwrap(), Some(later(30)));
    let counts = ground.store.job_counts(later(29)).await.unwrap();
    assert_eq!(counts, JobCounts { waiting: 1, ..JobCounts::default() });
    let counts = ground.store.job_counts(later(30)).await.unwrap();
    assert_eq!(counts, JobCounts { waiting: 1, due: 1, ..JobCounts::default() });

    // What runs does not count.
    assert!(take_one(ground, later(30)).await.is_some());
    assert!(ground.store.enqueue(&work, later(90), nine()).await.unwrap());
}

pub(crate) async fn a_retry_joins_what_waits(ground: &Ground) {
    let work = work();
    ground.store.enqueue(&work, nine(), nine()).await.unwrap();
    let job = take_one(ground, nine()).await.unwrap();
    ground.store.enqueue(&work, later(3600), nine()).await.unwrap();
    ground.store.fail_job(&job, "no", NextTry::At(later(10)), nine()).await.unwrap();
    let counts = ground.store.job_counts(nine()).await.unwrap();
    assert_eq!(counts, JobCounts { waiting: 1, ..JobCounts::default() });
    let next = take_one(ground, later(10)).await.unwrap();
    assert_eq!(next.attempt, 2, "it goes on counting");
}

pub(crate) async fn work_of_a_newer_program_is_left(ground: &Ground) {
    ground.store.enqueue(&work(), nine(), nine()).await.unwrap();
    ground.tamper("UPDATE jobs SET work = '{\"kind\":\"dream\"}'").await;
    ground.store.enqueue(&work(), nine(), nine()).await.unwrap();
    let jobs = ground.store.lease_jobs(9, 60, nine()).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(ground.store.job_counts(nine()).await.unwrap().leased, 2);
}

pub(crate) async fn a_forgotten_source_is_planned_again(ground: &Ground) {
    let source = ground.source().await.id;
    let job = take_one(ground, nine()).await.unwrap();
    ground.store.fail_job(&job, "no disk", NextTry::Never, later(1)).await.unwrap();
    assert_eq!(ground.store.next_due().await.unwrap(), None);
    let problems = ground.store.check().await.unwrap().problems;
    assert!(problems[0].starts_with("1 active sources"), "{problems:?}");

    let again = ground.another().await;
    assert_eq!(again.next_due().await.unwrap(), Some(nine()));
    let jobs = again.lease_jobs(9, 60, later(2)).await.unwrap();
    assert_eq!(jobs[0].work, Work::FetchFeed { source });
    again.close().await;
}

pub(crate) async fn leases_of_a_dead_program_are_released_where_one_alone_works(ground: &Ground) {
    ground.store.enqueue(&work(), nine(), nine()).await.unwrap();
    let dead = take_one(ground, nine()).await.unwrap();
    let released = ground.store.release_leases(later(1)).await.unwrap();
    let next = take_one(ground, later(1)).await;
    if ground.settings.url.starts_with("sqlite:") {
        assert_eq!(released, 1);
        assert_eq!(next.map(|job| (job.id, job.attempt)), Some((dead.id, 2)));
    } else {
        assert_eq!((released, next), (0, None), "another worker may be alive");
    }
}

pub(crate) async fn who_was_just_read_waits_for_its_next_time(ground: &Ground) {
    let source = ground.source().await;
    assert_eq!(ground.store.next_due().await.unwrap(), Some(nine()));
    let next = NextReading::At(later(3600));
    ground.store.record_not_modified(source.id, None, next, later(1)).await.unwrap();
    assert_eq!(ground.store.next_due().await.unwrap(), Some(later(3600)));
}

pub(crate) async fn work_that_was_not_begun_goes_back(ground: &Ground) {
    let (first, second) = (work(), work());
    for work in [&first, &second] {
        ground.store.enqueue(work, nine(), nine()).await.unwrap();
    }
    let jobs = ground.store.lease_jobs(9, 60, nine()).await.unwrap();
    // Meanwhile somebody wants the second one again.
    let again = jobs[1].work.clone();
    ground.store.enqueue(&again, later(5), nine()).await.unwrap();
    let back = jobs.iter().map(|job| (job.clone(), later(10))).collect::<Vec<_>>();
    ground.store.put_back(&back, nine()).await.unwrap();
    ground.store.put_back(&back, nine()).await.unwrap();
    let counts = ground.store.job_counts(nine()).await.unwrap();
    assert_eq!(counts, JobCounts { waiting: 2, ..JobCounts::default() });
    assert_eq!(ground.store.next_due().await.unwrap(), Some(later(5)));
    let jobs = ground.store.lease_jobs(9, 60, later(10)).await.unwrap();
    assert!(jobs.len() == 2 && jobs.iter().all(|job| job.attempt == 1), "{jobs:?}");
}

pub(crate) async fn a_long_queue_costs_no_more_than_a_short_one(ground: &Ground) {
    // 10,000 sources with a job each, half of them due.
    let sql = if ground.settings.url.starts_with("sqlite:") {
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
            INSERT INTO jobs (id, once, work, state, due, attempt, enqueued) \
            SELECT printf('00000000-0000-7000-8000-%012d', i), 'o' || i, '{\"kind\":\"rebuild-index\"}', \
            'waiting', i % 2 * 99999999999999, 0, 0 FROM n"
    } else {
        "INSERT INTO jobs (id, once, work, state, due, attempt, enqueued) \
            SELECT '00000000-0000-7000-8000-' || lpad(i::text, 12, '0'), 'o' || i, \
            '{\"kind\":\"rebuild-index\"}', 'waiting', i % 2 * 99999999999999, 0, 0 \
            FROM generate_series(1, 10000) AS i; ANALYZE jobs"
    };
    ground.tamper(sql).await;
    let begun = Instant::now();
    for _ in 0..10 {
        assert_eq!(ground.store.lease_jobs(64, 60, nine()).await.unwrap().len(), 64);
    }
    let each = begun.elapsed() / 10;
    eprintln!("a lease of 64 of 10,000 jobs: {each:?}");
    assert!(each < Duration::from_millis(150), "{each:?}");
}
