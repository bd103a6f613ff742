//! Days, months, years and spans of them, as people write them.

use crate::clock::Timestamp;

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// Days from the beginning of one to the beginning of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The beginning of the first day.
    pub(crate) first: Timestamp,
    /// The beginning of the day after the last.
    pub(crate) before: Timestamp,
}

/// What a span leaves open at its ends.
pub(super) type Ends = (Option<Timestamp>, Option<Timestamp>);

fn day(year: i32, month: u32, day: u32) -> Option<Timestamp> {
    format!("{year:04}-{month:02}-{day:02}").parse().ok()
}

/// The days that `2025`, `2025-03` or `2025-03-31` stands for; years 1000–9998.
pub(crate) fn span(written: &str) -> Option<Span> {
    if !written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return None;
    }
    let mut parts = written.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?;
    let year: i32 = year.parse().ok().filter(|year| (1000..=9998).contains(year))?;
    let month: Option<u32> = parts.next().map(str::parse).transpose().ok()?;
    let (first, before) = match (month, parts.next()) {
        (None, _) => (day(year, 1, 1)?, day(year + 1, 1, 1)?),
        (Some(12), None) => (day(year, 12, 1)?, day(year + 1, 1, 1)?),
        (Some(month), None) => (day(year, month, 1)?, day(year, month + 1, 1)?),
        (Some(_), Some(_)) => {
            let first: Timestamp = written.parse().ok().filter(|_| written.len() == 10)?;
            (first, first.plus_seconds(DAY))
        }
    };
    Some(Span { first, before })
}

/// A bare year that readers may mean as a date: 1990–2100. Earlier ones are mostly history.
pub(super) fn year(word: &str) -> Option<i32> {
    let is_year = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|year| is_year && (1990..=2100).contains(year))
}

/// `2024..2026`, `2024-03..2025`, `..2020`, `2020..`: the ends belong to it, and may be turned round.
pub(super) fn range(word: &str) -> Option<Ends> {
    let (left, right) = word.split_once("..")?;
    let end = |text: &str| if text.is_empty() { Some(None) } else { span(text).map(Some) };
    match (end(left)?, end(right)?) {
        (None, None) => None,
        (Some(left), Some(right)) => {
            let (left, right) =
                if left.first >= right.before { (right, left) } else { (left, right) };
            Some((Some(left.first), Some(right.before)))
        }
        (left, right) => Some((left.map(|span| span.first), right.map(|span| span.before))),
    }
}

/// The value of `date:`: a day, month, year, or a range.
pub(super) fn date(value: &str) -> Option<Ends> {
    let of_span = span(value).map(|span| (Some(span.first), Some(span.before)));
    of_span.or_else(|| range(value))
}

/// The value of `since:`: its first day, or so long ago from `now`: `2w`, `10d`, `3m`, `1y`.
pub(super) fn since(value: &str, now: Timestamp) -> Option<Ends> {
    let from = span(value).map(|span| span.first).or_else(|| ago(value, now))?;
    Some((Some(from), None))
}

/// The value of `until:`: its last day belongs to it. `until:2w`: what is older than two weeks.
pub(super) fn until(value: &str, now: Timestamp) -> Option<Ends> {
    let before = span(value).map(|span| span.before).or_else(|| ago(value, now))?;
    Some((None, Some(before)))
}

/// The beginning of the day that was so long before `now`. Whole days, so that a search asks the same
/// from one midnight to the next.
fn ago(value: &str, now: Timestamp) -> Option<Timestamp> {
    let unit = value.chars().next_back().filter(char::is_ascii_alphabetic)?;
    let count = value.strip_suffix(unit).filter(|digits| (1..=4).contains(&digits.len()))?;
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i32 = count.parse().ok().filter(|count| *count > 0)?;
    let (year, month, day_of_month) = now.ymd();
    let today = day(year, month, day_of_month)?;
    match unit.to_ascii_lowercase() {
        'd' => Some(today.plus_seconds(-DAY * i64::from(count))),
        'w' => Some(today.plus_seconds(-DAY * 7 * i64::from(count))),
        'm' => months_before(year, month, day_of_month, count),
        'y' => months_before(year, month, day_of_month, count.checked_mul(12)?),
        _ => None,
    }
    .filter(|time| time.ymd().0 >= 1000)
}

/// The same day so many months earlier, or the last day of that month.
fn months_before(year: i32, month: u32, day_of_month: u32, months: i32) -> Option<Timestamp> {
    let total = year * 12 + i32::try_from(month).ok()? - 1 - months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    let month = u32::try_from(month).ok()?;
    if year < 1000 {
        return None;
    }
    (28..=day_of_month.max(28))
        .rev()
        .map(|last| last.min(day_of_month))
        .find_map(|d| day(year, month, d))
}

/// A span in the shortest words that stand for it, as a term of the grammar.
pub(super) fn written((from, before): Ends) -> Option<String> {
    let last = |before: Timestamp| before.plus_seconds(-DAY);
    match (from, before) {
        (Some(from), Some(before)) => {
            let (left, right) = (shortest(from, from), shortest(last(before), before));
            Some(if left == right { format!("date:{left}") } else { format!("{left}..{right}") })
        }
        (Some(from), None) => Some(format!("since:{}", from.date())),
        (None, Some(before)) => Some(format!("until:{}", last(before).date())),
        (None, None) => None,
    }
}

/// `date` as a year or month where `edge`, at which it begins or ends, is the edge of one.
fn shortest(date: Timestamp, edge: Timestamp) -> String {
    let length = match edge.ymd() {
        (_, 1, 1) => 4,
        (_, _, 1) => 7,
        _ => 10,
    };
    date.date().chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(ends: Option<Ends>) -> Option<(Option<String>, Option<String>)> {
        ends.map(|(from, before)| (from.map(Timestamp::date), before.map(Timestamp::date)))
    }

    #[track_caller]
    fn check(ends: Option<Ends>, from: &str, before: &str) {
        let or_none = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        assert_eq!(dates(ends), Some((or_none(from), or_none(before))));
    }

    #[test]
    fn ranges_include_their_ends() {
        check(range("2024..2026"), "2024-01-01", "2027-01-01");
        check(range("2026..2024"), "2024-01-01", "2027-01-01");
        check(range("2024-03..2025"), "2024-03-01", "2026-01-01");
        check(range("2024-06..2024"), "2024-06-01", "2025-01-01");
        check(range("..2020"), "", "2021-01-01");
        check(range("2020.."), "2020-01-01", "");
        for wrong in
            ["..", "2020...", "1..2", "a..b", "2020", "2020..2021..2022", "9999..", "+202.."]
        {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_ago_are_counted_from_midnight() {
        let now = "2026-03-31T15:00:00Z".parse().unwrap();
        check(since("2w", now), "2026-03-17", "");
        check(since("10d", now), "2026-03-21", "");
        check(since("1m", now), "2026-02-28", "");
        check(since("3m", now), "2025-12-31", "");
        check(since("1y", now), "2025-03-31", "");
        check(since("2025-03", now), "2025-03-01", "");
        check(until("2025", now), "", "2026-01-01");
        let leap = "2024-02-29".parse().unwrap();
        check(since("1y", leap), "2023-02-28", "");
        for wrong in ["", "w", "0d", "2x", "12345d", "-1d", "2 w", "9999y", "2é"] {
            assert_eq!(since(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn spans_are_written_shortly() {
        for (read, text) in [
            ("2024..2024", "date:2024"),
            ("2024-03..2024-03", "date:2024-03"),
            ("2024-03-05..2024-03-05", "date:2024-03-05"),
            ("2024..2026", "2024..2026"),
            ("2024-03..2025", "2024-03..2025"),
            ("2024..2024-06", "2024..2024-06"),
            ("..2020", "until:2020-12-31"),
            ("2020..", "since:2020-01-01"),
        ] {
            assert_eq!(written(range(read).unwrap()).as_deref(), Some(text));
        }
        check(date("2025-03"), "2025-03-01", "2025-04-01");
    }
}
