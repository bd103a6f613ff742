//! How far the harvest has come: a bar on a terminal, plain lines elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use observatory_model::progress::HarvestProgress;
use observatory_model::source::Source;
use observatory_worker::{FetchReport, Fetched, Progress};

use crate::output;

/// Shows reports as they come.
#[derive(Debug)]
pub(crate) struct Shown {
    bar: Option<ProgressBar>,
    quiet: bool,
    indexed: AtomicU64,
}

impl Shown {
    /// For a harvest of `sources` sources. The bar is only drawn on a terminal.
    pub(crate) fn new(sources: u64, quiet: bool) -> Self {
        let drawn = !quiet && output::is_watched();
        let bar = drawn.then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
            let bar = ProgressBar::new(sources);
            style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
        });
        Self { bar, quiet, indexed: AtomicU64::new(0) }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            _ if self.quiet => {}
            Some(bar) => bar.println(line),
            None => output::say(line),
        }
    }
}

impl Progress for Shown {
    fn fetched(&self, report: &FetchReport) {
        self.line(&in_words(report));
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(report.source.to_string());
        }
    }

    fn harvested(&self, source: &Source, progress: HarvestProgress) {
        let HarvestProgress { answers, records } = progress;
        let slug = &source.slug;
        match &self.bar {
            _ if self.quiet => {}
            Some(bar) => bar.set_message(format!("{slug}: {answers} answers, {records} records")),
            // Not each answer: somebody reads these lines in a log.
            None if answers.is_power_of_two() || answers.is_multiple_of(10) => {
                output::say(&format!("{slug}: {answers} answers, {records} records so far"));
            }
            None => {}
        }
    }

    fn indexed(&self, documents: u64) {
        let total = self.indexed.fetch_add(documents, Ordering::Relaxed) + documents;
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{total} documents indexed"));
        }
    }
}

/// A report as one line.
pub(crate) fn in_words(report: &FetchReport) -> String {
    let source = &report.source;
    match &report.fetched {
        Fetched::Kept { counts, problems } => {
            let known = counts.unchanged + counts.changed;
            let changed = match counts.changed {
                0 => String::new(),
                changed => format!(" ({changed} changed)"),
            };
            let removed = match counts.removed {
                0 => String::new(),
                removed => format!(", {removed} taken back"),
            };
            let ruled = match (counts.held, counts.dropped) {
                (0, 0) => String::new(),
                (held, dropped) => format!(", {held} held and {dropped} dropped by rules"),
            };
            let added = counts.added;
            let mut lines =
                vec![format!("{source}: {added} new, {known} known{changed}{removed}{ruled}")];
            lines.extend(
                problems.iter().map(|problem| format!("  not kept: {}", output::foreign(problem))),
            );
            lines.join("\n")
        }
        Fetched::NotModified => format!("{source}: not modified"),
        Fetched::Failed(failure) => {
            format!("{source}: {}: {}", failure.reason.code(), output::foreign(&failure.detail))
        }
        Fetched::Skipped => format!("{source}: paused or gone, not read"),
    }
}
