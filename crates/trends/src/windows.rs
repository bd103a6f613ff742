//! The periods in which documents are counted: windows of one length that end at the instant asked for.

use observatory_model::Timestamp;
use observatory_model::trend::Step;

/// How many periods are counted, the last one ends at the instant of the question.
pub(crate) const PERIODS: usize = 24;

/// How many periods must have documents.
pub(crate) const NEEDED: usize = 6;

/// How many documents make a period count as filled.
const FILLED: u32 = 5;

/// The periods of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    /// The end of the last one.
    pub at: Timestamp,
    /// The length of each.
    pub step: Step,
    /// The beginning of each, oldest first.
    pub starts: [Timestamp; PERIODS],
}

impl Windows {
    /// The periods of this length that end at `at`.
    pub(crate) fn new(at: Timestamp, step: Step) -> Self {
        let months = match step {
            Step::Month => 1,
            Step::Quarter => 3,
            Step::Year => 12,
        };
        let mut starts = [at; PERIODS];
        for (back, start) in (1..).zip(starts.iter_mut().rev()) {
            *start = months_before(at, back * months);
        }
        Self { at, step, starts }
    }

    /// The period of a date; `None` before the first and after the last.
    pub(crate) fn period(&self, date: Timestamp) -> Option<usize> {
        if date >= self.at {
            return None;
        }
        self.starts.partition_point(|start| *start <= date).checked_sub(1)
    }

    /// How many periods make a year.
    pub(crate) const fn in_a_year(&self) -> usize {
        match self.step {
            Step::Month => 12,
            Step::Quarter => 4,
            Step::Year => 1,
        }
    }
}

/// The longest step of which the documents, that `count` counts by period, fill the last six periods; `None` if
/// there is none.
pub(crate) fn longest_step(
    at: Timestamp,
    mut count: impl FnMut(&Windows) -> [u32; PERIODS],
) -> Option<Step> {
    [Step::Year, Step::Quarter, Step::Month].into_iter().find(|step| {
        let counts = count(&Windows::new(at, *step));
        counts.iter().rev().take(NEEDED).all(|count| *count >= FILLED)
    })
}

/// The same time of day `months` earlier, on the last day of the month where that is shorter.
fn months_before(at: Timestamp, months: i32) -> Timestamp {
    let (year, month, day) = at.ymd();
    let midnight = at.date().parse::<Timestamp>().unwrap_or(at);
    let past = at.millis() - midnight.millis();
    let month = year * 12 + i32::try_from(month).unwrap_or(1) - 1 - months;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    if year < 1 {
        return Timestamp::from_millis(i64::MIN);
    }
    let on = |day: u32| format!("{year:04}-{month:02}-{day:02}").parse::<Timestamp>().ok();
    let date = (0..4).find_map(|less| on(day.saturating_sub(less)));
    date.map_or(at, |date| Timestamp::from_millis(date.millis() + past))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_end_at_the_instant() {
        let windows = Windows::new(time("2014-01-01"), Step::Year);
        assert_eq!(windows.starts[23], time("2013-01-01"));
        assert_eq!(windows.starts[0], time("1990-01-01"));
        assert_eq!(windows.period(time("2013-12-31T23:59:59Z")), Some(23));
        assert_eq!(windows.period(time("2014-01-01")), None);
        assert_eq!(windows.period(time("1989-12-31")), None);
        assert_eq!(windows.period(time("1990-01-01")), Some(0));
        let windows = Windows::new(time("2024-05-31T10:00:00Z"), Step::Month);
        assert_eq!(windows.starts[23], time("2024-04-30T10:00:00Z"));
        assert_eq!(windows.starts[21], time("2024-02-29T10:00:00Z"));
        let windows = Windows::new(time("0002-01-01"), Step::Year);
        assert_eq!(windows.starts[22], windows.starts[0].max(time("0001-01-01")));
    }

    #[test]
    fn the_longest_step_that_is_filled() {
        let at = time("2024-01-01");
        let days = |apart: i64, count: i64| {
            let dates = (1..=count).map(|n| at.plus_seconds(-n * apart * 86_400));
            let dates = dates.collect::<Vec<_>>();
            move |windows: &Windows| {
                let mut counts = [0; PERIODS];
                let periods = dates.iter().filter_map(|date| windows.period(*date));
                periods.for_each(|period| counts[period] += 1);
                counts
            }
        };
        assert_eq!(longest_step(at, days(30, 100)), Some(Step::Year));
        assert_eq!(longest_step(at, days(10, 60)), Some(Step::Quarter));
        assert_eq!(longest_step(at, days(3, 70)), Some(Step::Month));
        assert_eq!(longest_step(at, days(1, 90)), None);
        assert_eq!(longest_step(at, days(1, 0)), None);
    }
}
