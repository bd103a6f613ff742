//! When a source is read next.

use observatory_model::rhythm::{NextReading, Pace, Timetable, shift};
use observatory_model::{SourceId, Timestamp};

use crate::Settings;

/// Longest wait after errors, in seconds: a day, so that a source that comes back is seen the next day.
const LONGEST_WAIT_SECONDS: i64 = 24 * 3600;

/// First wait after an error, in seconds; each further error in a row doubles it.
const FIRST_WAIT_SECONDS: i64 = 300;

/// After a readable answer that stays good for `fresh_seconds`: as often as the source changes.
pub fn after_success(settings: &Settings, fresh_seconds: u64, timetable: Timetable) -> NextReading {
    NextReading::Paced(Pace {
        every_seconds: settings.fetch_every_seconds,
        least_seconds: settings.fetch_least_seconds,
        most_seconds: settings.fetch_most_seconds,
        fresh_seconds: i64::try_from(fresh_seconds).unwrap_or(i64::MAX),
        timetable,
    })
}

/// The same for a source whose hub tells of changes: a quarter of the longest wait at least, for what the
/// hub forgets to tell.
pub(crate) fn seldom(next: NextReading) -> NextReading {
    match next {
        NextReading::Paced(pace) => {
            let least_seconds = pace.least_seconds.max(pace.most_seconds / 4);
            let every_seconds = pace.every_seconds.max(least_seconds);
            NextReading::Paced(Pace { every_seconds, least_seconds, ..pace })
        }
        NextReading::At(time) => NextReading::At(time),
    }
}

/// After an error: in 5 min, 10 min, 20 min, … up to a day, and not before the server asked for.
///
/// `failures` counts the errors in a row before this one.
pub fn after_failure(
    source: SourceId,
    failures: u32,
    asked_seconds: Option<u64>,
    now: Timestamp,
) -> Timestamp {
    let doubled =
        FIRST_WAIT_SECONDS.saturating_mul(1_i64.checked_shl(failures.min(20)).unwrap_or(1));
    let wait = doubled.min(LONGEST_WAIT_SECONDS);
    let asked = asked_seconds.and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or(0);
    let wait = wait.max(asked.min(LONGEST_WAIT_SECONDS));
    now.plus_seconds(wait.saturating_add(shift(source, wait).abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_wait_longer_each_time_up_to_a_day() {
        let now: Timestamp = "2026-11-24".parse().unwrap();
        let source = SourceId::new(now);
        let wait = |failures, asked| after_failure(source, failures, asked, now).seconds_since(now);
        assert!((300..=330).contains(&wait(0, None)));
        assert!((1200..=1320).contains(&wait(2, None)));
        assert!((86_400..=95_040).contains(&wait(40, None)));
        assert!((7200..=7920).contains(&wait(0, Some(7200))), "the server's own wish");
        assert!(wait(0, Some(u64::MAX)) <= 95_040, "a wish of ages is a day");
    }
}
