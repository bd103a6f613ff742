//! Dates as feeds write them: RFC 3339 and ISO 8601, RFC 822 and its many neighbours.

use std::borrow::Cow;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use observatory_model::Timestamp;

/// Longest text that is read as a date, in bytes.
const MAX_DATE_BYTES: usize = 100;

/// The time a feed means, or `None` when it cannot be told. A time without zone is taken as UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_DATE_BYTES || !text.is_ascii() {
        return None;
    }
    // All of the first begin with a year.
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    is_number.then(|| iso(text)).flatten().or_else(|| mail(text))
}

/// `2026`, `2026-11`, `2026-11-24`, `20261124`, `2026-328`, each with or without time and zone.
fn iso(text: &str) -> Option<Timestamp> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => {
            let (date, rest) = text.split_at_checked(at)?;
            (date, rest.get(1..)?.trim())
        }
        None => (text.trim_end_matches(['Z', 'z']), ""),
    };
    let day = iso_day(date)?;
    if time.is_empty() {
        return Some(moment(day.and_time(NaiveTime::MIN), 0));
    }
    let (clock, zone) = split_zone(time);
    let (clock, next_day) = clock_time(clock)?;
    let day = day.checked_add_days(Days::new(u64::from(next_day)))?;
    Some(moment(day.and_time(clock), zone_minutes(zone)?))
}

fn iso_day(text: &str) -> Option<NaiveDate> {
    let digits = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
    };
    let parts = text.split(['-', '/', '.']).collect::<Vec<_>>();
    let year = |part: &str| {
        (part.len() == 4).then(|| digits(part)).flatten().and_then(|y| i32::try_from(y).ok())
    };
    match parts.as_slice() {
        [whole] if whole.len() == 8 => {
            let (y, rest) = whole.split_at_checked(4)?;
            let (m, d) = rest.split_at_checked(2)?;
            NaiveDate::from_ymd_opt(year(y)?, digits(m)?, digits(d)?)
        }
        [y] => NaiveDate::from_ymd_opt(year(y)?, 1, 1),
        [y, ordinal] if ordinal.len() == 3 => NaiveDate::from_yo_opt(year(y)?, digits(ordinal)?),
        [y, m] => NaiveDate::from_ymd_opt(year(y)?, digits(m)?, 1),
        [y, m, d] => NaiveDate::from_ymd_opt(year(y)?, digits(m)?, digits(d)?),
        _ => None,
    }
}

/// `Tue, 24 Nov 2026 09:30:00 +0100` with the parts in any order: what mail, `ctime` and people write.
fn mail(text: &str) -> Option<Timestamp> {
    let mut found = Parts::default();
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')');
    for word in text.split(between).filter(|word| !word.is_empty()) {
        // `24-Nov-2026` is three words, `-0100` and `+01:00` are one.
        let dashed = word.contains('-') && word.bytes().any(|byte| byte.is_ascii_alphabetic());
        if dashed && !word.starts_with(['+', '-']) && !word.contains(':') {
            word.split('-').for_each(|part| found.take(part));
        } else {
            found.take(word);
        }
    }
    let day = NaiveDate::from_ymd_opt(found.year?, found.month?, found.day?)?;
    let day = day.checked_add_days(Days::new(u64::from(found.next_day)))?;
    Some(moment(day.and_time(found.clock.unwrap_or(NaiveTime::MIN)), found.zone.unwrap_or(0)))
}

#[derive(Default)]
struct Parts {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    clock: Option<NaiveTime>,
    next_day: bool,
    zone: Option<i32>,
}

impl Parts {
    fn take(&mut self, word: &str) {
        if word.starts_with(['+', '-']) {
            self.zone = self.zone.or_else(|| zone_minutes(word));
        } else if word.contains(':') {
            let (clock, zone) = split_zone(word);
            if let Some((clock, next_day)) = clock_time(clock) {
                self.clock = Some(clock);
                self.next_day = next_day;
            }
            if !zone.is_empty() {
                self.zone = zone_minutes(zone);
            }
        } else if let Ok(number) = word.trim_end_matches('.').parse::<u32>() {
            self.take_number(number, word.len());
        } else if let Some(month) = month(word) {
            self.month = self.month.or(Some(month));
        } else if self.clock.is_some() && self.zone.is_none() {
            self.zone = named_zone(word).or_else(|| zone_minutes(word).filter(|zone| *zone != 0));
        }
    }

    fn take_number(&mut self, number: u32, digits: usize) {
        if digits >= 4 {
            self.year = self.year.or_else(|| i32::try_from(number).ok());
        } else if self.day.is_none() && (1..=31).contains(&number) {
            self.day = Some(number);
        } else if self.year.is_none() && digits <= 3 {
            // RFC 2822 §4.3: two digits below 50 are of this century, three digits count from 1900.
            let century = if digits == 2 && number < 50 { 2000 } else { 1900 };
            self.year = i32::try_from(number).ok().map(|year| year + century);
        }
    }
}

fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let head = word.get(..3)?.to_ascii_lowercase();
    let at = NAMES.iter().position(|name| *name == head)?;
    u32::try_from(at + 1).ok()
}

/// Splits `09:30:00.5+01:00` and `09:30:00Z` before the zone.
fn split_zone(text: &str) -> (&str, &str) {
    let zone = |c: char| matches!(c, '+' | '-' | 'Z' | 'z') || c.is_ascii_alphabetic();
    let (clock, zone) =
        text.find(zone).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""));
    (clock.trim(), zone.trim())
}

/// The time of the day, and whether `24:00` means the next one.
fn clock_time(text: &str) -> Option<(NaiveTime, bool)> {
    let mut parts = text.split(':');
    let hour = parts.next()?.trim().parse::<u32>().ok()?;
    let minute = parts.next().map_or(Some(0), |part| part.trim().parse::<u32>().ok())?;
    let second = parts.next().map_or(Some(0.0), |part| match part.trim() {
        whole if whole.contains(',') => whole.replace(',', ".").parse::<f64>().ok(),
        usual => usual.parse::<f64>().ok(),
    })?;
    if !(0.0..61.0).contains(&second) {
        return None;
    }
    let next_day = hour == 24;
    let clock = NaiveTime::from_hms_opt(if next_day { 0 } else { hour }, minute, 0)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value was checked to lie between 0 and 61,000"
    )]
    // A leap second is the second before it: the calendar here has none.
    let millis = ((second * 1000.0) as i64).min(59_999);
    Some((clock + TimeDelta::milliseconds(millis), next_day))
}

/// Minutes east of Greenwich, for `+0100`, `+01:00`, `+1`, `GMT+1`, `Z` and names.
fn zone_minutes(text: &str) -> Option<i32> {
    let bare = text.strip_prefix("GMT").or_else(|| text.strip_prefix("UTC"));
    let text = bare.filter(|rest| !rest.is_empty()).unwrap_or(text);
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return if text.is_empty() { Some(0) } else { Some(named_zone(text).unwrap_or(0)) },
    };
    let digits =
        if digits.contains(':') { digits.replace(':', "").into() } else { Cow::from(digits) };
    let number = digits.parse::<i32>().ok()?;
    let minutes = if digits.len() <= 2 { number * 60 } else { number / 100 * 60 + number % 100 };
    (minutes <= 26 * 60).then_some(sign * minutes)
}

/// The zones that RFC 822 names, and those of Europe and Asia that feeds use without doubt.
fn named_zone(name: &str) -> Option<i32> {
    let hours = match name.to_ascii_uppercase().as_str() {
        "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
        "AST" | "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "CET" | "MEZ" | "BST" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" => 2,
        "EEST" | "MSK" => 3,
        "HKT" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        _ => return None,
    };
    Some(hours * 60)
}

fn moment(local: NaiveDateTime, zone_minutes: i32) -> Timestamp {
    let millis = local.and_utc().timestamp_millis();
    Timestamp::from_millis(millis - i64::from(zone_minutes) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_kind_are_read() {
        for (text, expected) in [
            ("2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z"),
            ("2003-12-31T10:14:55-08:00", "2003-12-31T18:14:55Z"),
            ("2003-12-31T18:14:55+0800", "2003-12-31T10:14:55Z"),
            ("2003-12-31 10:14:55", "2003-12-31T10:14:55Z"),
            ("2003-12-31T10:14", "2003-12-31T10:14:00Z"),
            ("2003-12-31T10:14:55.123Z", "2003-12-31T10:14:55Z"),
            ("2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z"),
            ("2003-12-31", "2003-12-31T00:00:00Z"),
            ("2003/12/31", "2003-12-31T00:00:00Z"),
            ("20031231", "2003-12-31T00:00:00Z"),
            ("2003-12", "2003-12-01T00:00:00Z"),
            ("2003", "2003-01-01T00:00:00Z"),
            ("2003-335", "2003-12-01T00:00:00Z"),
            ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"),
            ("Thu, 01 Jan 2004 19:48 GMT", "2004-01-01T19:48:00Z"),
            ("01 Jan 2004 00:00:00 EST", "2004-01-01T05:00:00Z"),
            ("Thursday, 1 January 2004 9:48:21 +0100", "2004-01-01T08:48:21Z"),
            ("Thu, 1 Jan 04 19:48:21 GMT", "2004-01-01T19:48:21Z"),
            ("Sun Jan  4 16:29:06 PST 2004", "2004-01-05T00:29:06Z"),
            ("Sun Jan  4 16:29:06 2004", "2004-01-04T16:29:06Z"),
            ("01-Jan-2004 10:00:00", "2004-01-01T10:00:00Z"),
            ("Jan 1, 2004", "2004-01-01T00:00:00Z"),
            ("Wed, 19 Aug 2009 18:28:00 GMT+2", "2009-08-19T16:28:00Z"),
            ("Thu, 31 Dec 1998 23:59:60 GMT", "1998-12-31T23:59:59Z"),
        ] {
            let read = parse(text).map(Timestamp::rfc3339);
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "0",
            "2003-13-01",
            "2003-12-32T00:00:00Z",
            "Thu, 32 Jan 2004",
            "12:00",
            "2004-01-01T25:00:00Z",
            "2004-01-01T10:00:xx",
            "Jan 2004",
            "-1-1-1",
            "9".repeat(90).as_str(),
            "2004-01-01T10:00:00+99:99",
            "é",
            "1e9",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
