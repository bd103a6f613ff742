//! Takes work from the queue, a bounded number at once, until it is told to stop.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use futures_util::{FutureExt as _, future};
use observatory_model::change::ChangeNumber;
use observatory_model::job::{Job, NextTry, Work};
use tokio::sync::watch;

use crate::jobs::fetch_feed::fetch_in_turn;
use crate::jobs::index_documents::index_documents;
use crate::jobs::lift_embargo::lift_embargo;
use crate::jobs::match_alerts::match_alerts;
use crate::jobs::rebuild_index::rebuild_index;
use crate::jobs::send_alert::send_alert;
use crate::jobs::send_mail::send_mail;
use crate::jobs::verify_index::verify_until;
use crate::{Progress, WorkerError, World};

/// The background of a running observatory: the queue and the index that follows the store.
#[derive(Clone, Debug)]
pub struct Runner {
    world: World,
    progress: Arc<dyn Progress>,
}

impl Runner {
    /// A runner that does its work in `world` and tells `progress`.
    pub fn new(world: World, progress: Arc<dyn Progress>) -> Self {
        Self { world, progress }
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
        let mut running = FuturesUnordered::new();
        loop {
            let jobs = self.lease_beside(&mut running).await?;
            running.extend(jobs.into_iter().map(|job| self.run_job(job)));
            if running.next().await.is_none() {
                return Ok(());
            }
        }
    }

    /// Takes and runs jobs.
    async fn work_until(&self, mut stop: watch::Receiver<bool>) {
        let mut running = FuturesUnordered::new();
        while !*stop.borrow() {
            match self.lease_beside(&mut running).await {
                Ok(jobs) => running.extend(jobs.into_iter().map(|job| self.run_job(job))),
                Err(error) => tracing::warn!(error = chain(&error), "the queue does not answer"),
            }
            let pause = tokio::time::sleep(self.poll());
            tokio::select! {
                Some(()) = running.next() => {}
                () = pause => {}
                _ = stop.changed() => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// Keeps the index up to date, and has the alerts look at what is new in it.
    async fn follow_until(&self, mut stop: watch::Receiver<bool>) {
        // Once at the beginning, since the last program may have stopped in between.
        let mut planned = None;
        while !*stop.borrow() {
            match index_documents(&self.world, &*self.progress).await {
                Ok(followed) if planned != Some(followed.up_to) => {
                    match self.plan_matching(followed.up_to).await {
                        Ok(_) => planned = Some(followed.up_to),
                        Err(error) => {
                            tracing::warn!(error = chain(&error), "the alerts do not follow");
                        }
                    }
                }
                Ok(_) => {}
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

    fn free(&self, running: usize) -> u32 {
        let free = self.world.settings.parallel_fetches.get().saturating_sub(running);
        u32::try_from(free).unwrap_or(u32::MAX)
    }

    const fn poll(&self) -> Duration {
        Duration::from_millis(self.world.settings.poll_milliseconds)
    }

    /// Takes as much work as may run beside `running`, which goes on meanwhile: one of these may be in
    /// the middle of a transaction, and SQLite has one writer.
    async fn lease_beside<F: Future<Output = ()>>(
        &self,
        running: &mut FuturesUnordered<F>,
    ) -> Result<Vec<Job>, WorkerError> {
        let mut leasing = std::pin::pin!(self.lease(self.free(running.len())));
        loop {
            tokio::select! {
                leased = &mut leasing => return leased,
                Some(()) = running.next() => {}
            }
        }
    }

    async fn lease(&self, limit: u32) -> Result<Vec<Job>, WorkerError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (store, clock) = (&self.world.store, &self.world.clock);
        Ok(store.lease_jobs(limit, self.world.settings.lease_seconds, clock.now()).await?)
    }

    /// Runs one job and writes down how it ended. A panic is one failed job.
    async fn run_job(&self, job: Job) {
        let outcome = AssertUnwindSafe(self.do_work(&job)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|panic| Err(WorkerError::Panicked(words_of(&*panic))));
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
                fetch_in_turn(&self.world, *source, &*self.progress).await
            }
            Work::LiftEmbargo { piece } => lift_embargo(&self.world, piece).await,
            // It may last longer than its lease and be taken twice; the second finds it under way.
            Work::RebuildIndex => rebuild_index(&self.world, &*self.progress).await.map(drop),
            Work::MatchAlerts => match_alerts(&self.world).await.map(drop),
            Work::SendAlert { alert } => send_alert(&self.world, *alert).await,
            Work::SendMail { mail } => {
                let next = job.work.next_try(job.attempt, self.world.clock.now());
                send_mail(&self.world, *mail, next == NextTry::Never).await
            }
            Work::ForgetQuestion { alert } => {
                Ok(self.world.store.forget_question(*alert, self.world.clock.now()).await?)
            }
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
