//! Takes work from the queue, a bounded number at once, until it is told to stop.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use futures_util::{FutureExt as _, future};
use observatory_ingest::Visit;
use observatory_model::change::ChangeNumber;
use observatory_model::job::{Job, NextTry, Work};
use observatory_model::{Timestamp, WebAddress};
use tokio::sync::watch;

use crate::jobs::carry_out::carry_out;
use crate::jobs::fetch_feed::fetch_feed;
use crate::jobs::index_documents::index_documents;
use crate::jobs::lift_embargo::lift_embargo;
use crate::jobs::match_alerts::match_alerts;
use crate::jobs::paint_picture::{Wish, end_of_day, paint_picture};
use crate::jobs::read_manuscript::read_manuscript;
use crate::jobs::rebuild_index::rebuild_index;
use crate::jobs::remind_reviewer::remind_reviewer;
use crate::jobs::send_alert::send_alert;
use crate::jobs::send_mail::send_mail;
use crate::jobs::send_notices::send_notices;
use crate::jobs::subscribe::subscribe;
use crate::jobs::tend_desk::tend_desk;
use crate::jobs::verify_index::verify_until;
use crate::lanes::Lanes;
use crate::{Progress, WorkerError, World};

/// Jobs that are leased at once: one transaction for all of them. They wait in memory for a place, and
/// those whose host is busy go back together.
const LEASED_AT_ONCE: u32 = 64;

/// The background of a running observatory: the queue and the index that follows the store.
#[derive(Clone, Debug)]
pub struct Runner {
    world: World,
    progress: Arc<dyn Progress>,
    lanes: Lanes,
}

type Running<'a> = FuturesUnordered<BoxFuture<'a, ()>>;

/// What becomes of a job that was leased.
enum Begun<'a> {
    Runs(BoxFuture<'a, ()>),
    /// There is no place for it now.
    Waits(Job),
    /// It goes back into the queue until then.
    PutOff(Job, Timestamp),
}

impl Runner {
    /// A runner that does its work in `world` and tells `progress`.
    pub fn new(world: World, progress: Arc<dyn Progress>) -> Self {
        let lanes = Lanes::new(&world.settings);
        Self { world, progress, lanes }
    }

    /// Runs until `stop` turns true; then the jobs that have begun are finished and the index is
    /// committed.
    ///
    /// A failure of store or index is logged and tried again at the next look: this never ends by
    /// itself.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        future::join3(
            self.work_until(stop.clone()),
            self.follow_until(stop.clone()),
            verify_until(&self.world, &*self.progress, stop),
        )
        .await;
        if let Err(error) = index_documents(&self.world, &*self.progress).await {
            tracing::warn!(
                error = chain(&error),
                "the index was not brought up to date at the end"
            );
        }
    }

    /// Runs what is due now, and what becomes due by it, until nothing is due; then brings the index
    /// up to date, and the alerts.
    ///
    /// # Errors
    /// When the queue or the index fails; work that was done stays done.
    pub async fn run_until_idle(&self) -> Result<(), WorkerError> {
        self.run_due().await?;
        let followed = index_documents(&self.world, &*self.progress).await?;
        if self.plan_matching(followed.up_to).await? {
            self.run_due().await?;
        }
        Ok(())
    }

    async fn run_due(&self) -> Result<(), WorkerError> {
        let (mut running, mut ready) = (Running::new(), VecDeque::new());
        loop {
            self.begin_due(&mut running, &mut ready).await?;
            tokio::select! {
                ended = running.next() => {
                    if ended.is_none() {
                        return Ok(());
                    }
                }
                () = self.lanes.changed() => {}
            }
        }
    }

    /// Takes and runs jobs.
    async fn work_until(&self, mut stop: watch::Receiver<bool>) {
        let (mut running, mut ready) = (Running::new(), VecDeque::new());
        while !*stop.borrow() {
            if let Err(error) = self.begin_due(&mut running, &mut ready).await {
                tracing::warn!(error = chain(&error), "the queue does not answer");
            }
            let pause = tokio::time::sleep(self.poll());
            tokio::select! {
                Some(()) = running.next() => {}
                () = self.lanes.changed() => {}
                () = pause => {}
                _ = stop.changed() => {}
            }
        }
        let now = self.world.clock.now();
        let rest = ready.into_iter().map(|job| (job, now)).collect::<Vec<_>>();
        if let Err(error) = beside(&mut running, self.world.store.put_back(&rest, now)).await {
            tracing::warn!(error = chain(&error), "work that was not begun waits for its lease");
        }
        while running.next().await.is_some() {}
    }

    /// Begins what is due, as far as there are places for it; the rest of what was leased stays `ready`.
    ///
    /// A source whose host is busy is put off and takes no place, so that neither a host with a
    /// thousand sources nor one that is stuck stands in the way of others.
    async fn begin_due<'a>(
        &'a self,
        running: &mut Running<'a>,
        ready: &mut VecDeque<Job>,
    ) -> Result<(), WorkerError> {
        let store = &self.world.store;
        loop {
            if ready.is_empty() {
                let (seconds, now) = (self.world.settings.lease_seconds, self.world.clock.now());
                let leased =
                    beside(running, store.lease_jobs(LEASED_AT_ONCE, seconds, now)).await?;
                ready.extend(leased);
            }
            let (mut put_off, mut is_full) = (Vec::new(), ready.is_empty());
            while let Some(job) = ready.pop_front() {
                match beside(running, self.begin(job)).await? {
                    Begun::Runs(job) => running.push(job),
                    Begun::PutOff(job, due) => put_off.push((job, due)),
                    Begun::Waits(job) => {
                        ready.push_front(job);
                        is_full = true;
                        break;
                    }
                }
            }
            if !put_off.is_empty() {
                let now = self.world.clock.now();
                beside(running, store.put_back(&put_off, now)).await?;
            }
            if is_full {
                return Ok(());
            }
        }
    }

    /// Begins a job, if there is a place for it and its host is free.
    async fn begin(&self, job: Job) -> Result<Begun<'_>, WorkerError> {
        let now = self.world.clock.now();
        // It must end before its lease does, and has waited for its place.
        let left = job.leased_until.seconds_since(now);
        if left < self.world.settings.lease_seconds * 3 / 4 {
            return Ok(Begun::PutOff(job, now));
        }
        let (mut visit, mut is_slow) = (None, false);
        if let Some((asked, was_slow)) = self.host_of(&job.work).await? {
            is_slow = was_slow;
            match self.world.fetcher.visit(&asked) {
                Ok(only) => visit = Some(only),
                Err(wait) => {
                    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                    let due = Timestamp::from_millis(now.millis().saturating_add(wait));
                    return Ok(Begun::PutOff(job, due));
                }
            }
        }
        let Some(place) = self.lanes.enter(is_slow) else { return Ok(Begun::Waits(job)) };
        let work = self.lanes.run(Some(place), self.run_job(job, visit));
        Ok(Begun::Runs(work.boxed()))
    }

    /// Whom a job asks, and whether they may well keep us waiting: who did not answer last time, and hubs,
    /// for which nobody waits.
    async fn host_of(&self, work: &Work) -> Result<Option<(WebAddress, bool)>, WorkerError> {
        let store = &self.world.store;
        Ok(match work {
            Work::FetchFeed { source } => {
                let source = store.source(*source).await?;
                source.map(|source| (source.url, source.health.last_failure.is_some()))
            }
            Work::Subscribe { source } => {
                store.subscription(*source).await?.map(|known| (known.hub, true))
            }
            _ => None,
        })
    }

    /// Keeps the index up to date, and has the alerts look at what is new in it.
    async fn follow_until(&self, mut stop: watch::Receiver<bool>) {
        // Once at the beginning, since the last program may have stopped in between.
        let (mut planned, mut pictured) = (None, None);
        while !*stop.borrow() {
            match index_documents(&self.world, &*self.progress).await {
                Ok(followed) => {
                    if planned != Some(followed.up_to) {
                        match self.plan_matching(followed.up_to).await {
                            Ok(_) => planned = Some(followed.up_to),
                            Err(error) => {
                                tracing::warn!(error = chain(&error), "the alerts do not follow");
                            }
                        }
                    }
                    self.plan_picture(followed.up_to, &mut pictured).await;
                }
                Err(error) => {
                    tracing::warn!(error = chain(&error), "the index does not follow the store");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.poll()) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Puts matching into the queue where the alerts have not come as far as the index; whether it did.
    ///
    /// That they are behind is seen in the store, so that nothing is lost between the two.
    async fn plan_matching(&self, up_to: ChangeNumber) -> Result<bool, WorkerError> {
        let (store, now) = (&self.world.store, self.world.clock.now());
        let is_behind = store.alerts_followed().await? < up_to;
        if is_behind {
            store.enqueue(&Work::MatchAlerts, now, now).await?;
        }
        Ok(is_behind)
    }

    /// Puts counting what rises into the queue when something has changed or a new day has begun since
    /// it was `planned`: a while later, so that a long harvest is counted once.
    async fn plan_picture(
        &self,
        up_to: ChangeNumber,
        planned: &mut Option<(ChangeNumber, Timestamp)>,
    ) {
        let now = self.world.clock.now();
        let wanted = (up_to, end_of_day(now));
        if *planned == Some(wanted) {
            return;
        }
        let due = now.plus_seconds(self.world.settings.picture_after_seconds);
        match self.world.store.enqueue(&Work::PaintPicture, due, now).await {
            Ok(_) => *planned = Some(wanted),
            Err(error) => tracing::warn!(error = chain(&error), "what rises is not counted yet"),
        }
    }

    const fn poll(&self) -> Duration {
        Duration::from_millis(self.world.settings.poll_milliseconds)
    }

    /// Runs one job and writes down how it ended. A panic is one failed job. The host that is visited for
    /// it is free again at the end.
    async fn run_job(&self, job: Job, visit: Option<Visit>) {
        let outcome = AssertUnwindSafe(self.do_work(&job)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|panic| Err(WorkerError::Panicked(words_of(&*panic))));
        drop(visit);
        let written = match outcome {
            Ok(()) => self.world.store.finish_job(&job).await,
            Err(error) => {
                let (now, reason) = (self.world.clock.now(), chain(&error));
                let next = job.work.next_try(job.attempt, now);
                if next == NextTry::Never {
                    tracing::error!(job = %job.id, reason, "a job is given up");
                } else {
                    tracing::warn!(job = %job.id, attempt = job.attempt, reason, "a job failed");
                }
                self.world.store.fail_job(&job, &reason, next, now).await
            }
        };
        if let Err(error) = written {
            // The lease runs out and somebody does it again: that is what leases are for.
            tracing::warn!(job = %job.id, error = chain(&error), "how a job ended was not kept");
        }
    }

    async fn do_work(&self, job: &Job) -> Result<(), WorkerError> {
        match &job.work {
            Work::FetchFeed { source } => {
                fetch_feed(&self.world, *source, &*self.progress).await.map(drop)
            }
            Work::Subscribe { source } => subscribe(&self.world, *source).await,
            Work::LiftEmbargo { piece } => lift_embargo(&self.world, piece).await,
            // It may last longer than its lease and be taken twice; the second finds it under way.
            Work::RebuildIndex => rebuild_index(&self.world, &*self.progress).await.map(drop),
            Work::PaintPicture => {
                paint_picture(&self.world, &*self.progress, Wish::default()).await.map(drop)
            }
            Work::MatchAlerts => match_alerts(&self.world).await.map(drop),
            Work::SendAlert { alert } => send_alert(&self.world, *alert).await,
            Work::SendMail { mail } => {
                let next = job.work.next_try(job.attempt, self.world.clock.now());
                send_mail(&self.world, *mail, next == NextTry::Never).await
            }
            Work::ForgetQuestion { alert } => {
                Ok(self.world.store.forget_question(*alert, self.world.clock.now()).await?)
            }
            Work::CarryOut { submission } => carry_out(&self.world, *submission).await,
            Work::SendNotices { person } => send_notices(&self.world, *person).await,
            Work::RemindReviewer { review } => remind_reviewer(&self.world, *review).await,
            Work::ReadManuscript { submission } => read_manuscript(&self.world, *submission).await,
            Work::TendDesk => tend_desk(&self.world).await,
        }
    }
}

/// Awaits `work` while what is running goes on: one of these may be in the middle of a transaction, and
/// SQLite has one writer.
async fn beside<T>(running: &mut Running<'_>, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            Some(()) = running.next() => {}
        }
    }
}

/// The words a panic was raised with.
fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// An error and what caused it, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}
