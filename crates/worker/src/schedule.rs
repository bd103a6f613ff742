//! When a source is read next.

use observatory_model::{SourceId, Timestamp};

/// Longest wait after errors, in seconds: a day, so that a source that comes back is seen the next day.
const LONGEST_WAIT_SECONDS: i64 = 24 * 3600;

/// First wait after an error, in seconds; each further error in a row doubles it.
const FIRST_WAIT_SECONDS: i64 = 300;

/// After a readable answer: in `every_seconds`, up to a tenth earlier or later.
///
/// The shift belongs to the source and not to chance, so that a thousand sources that were added at
/// once spread out, and the same state gives the same schedule.
pub fn after_success(source: SourceId, every_seconds: i64, now: Timestamp) -> Timestamp {
    now.plus_seconds(every_seconds.saturating_add(shift(source, every_seconds)))
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

/// A number between minus and plus a tenth of `seconds`, always the same for a source.
fn shift(source: SourceId, seconds: i64) -> i64 {
    let tenth = seconds / 10;
    if tenth == 0 {
        return 0;
    }
    let mut mixed: i64 = 0;
    for byte in source.to_string().bytes() {
        mixed = (mixed * 31 + i64::from(byte)) % 1_000_003;
    }
    mixed % (2 * tenth + 1) - tenth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn healthy_sources_spread_around_their_interval() {
        let now: Timestamp = "2026-11-24".parse().unwrap();
        let waits = (0..100)
            .map(|_| after_success(SourceId::new(now), 3600, now).seconds_since(now))
            .collect::<std::collections::BTreeSet<_>>();
        assert!(waits.iter().all(|wait| (3240..=3960).contains(wait)), "{waits:?}");
        assert!(waits.len() > 50, "{waits:?}");
    }

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
