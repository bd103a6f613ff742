//! Points in time, and where they come from.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, between the years 1 and 9999.
///
/// Milliseconds, because both databases keep them as one whole number and UUIDs of version 7 have the same unit.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// The text or number is no point in time between the years 1 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as 2026-11-24 or 2026-11-24T09:30:00Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The beginning of 1970.
    pub const EPOCH: Self = Self(0);
    const FIRST: i64 = -62_135_596_800_000;
    const LAST: i64 = 253_402_300_799_999;

    /// From milliseconds since 1970; values outside the years 1–9999 are drawn to the nearer end.
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::FIRST {
            Self(Self::FIRST)
        } else if millis > Self::LAST {
            Self(Self::LAST)
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This time and `seconds` more (or less, when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Seconds from `earlier` to this time; negative when `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1000
    }

    /// `2026-11-24T09:30:00Z` (RFC 3339, UTC, whole seconds).
    pub fn rfc3339(self) -> String {
        self.date_time().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// `2026-11-24` (UTC).
    pub fn date(self) -> String {
        let (year, month, day) = self.ymd();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Year, month (1–12) and day (1–31) in UTC.
    pub fn ymd(self) -> (i32, u32, u32) {
        let date = self.date_time();
        (date.year(), date.month(), date.day())
    }

    /// `Tue, 24 Nov 2026 09:30:00 GMT` (RFC 9110 §5.6.7), for HTTP headers.
    pub fn http_date(self) -> String {
        self.date_time().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    fn date_time(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.rfc3339())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads `2026-11-24` (its midnight in UTC) or an RFC 3339 time with its offset.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(date) if text.len() == 10 => date.and_hms_opt(0, 0, 0).map(|time| time.and_utc()),
            _ => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        };
        time.map(|time| Self::from_millis(time.timestamp_millis())).ok_or(InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Where the present comes from. Everything that needs the time is given a clock.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(Utc::now().timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        let time: Timestamp = "2026-11-24T10:30:00+01:00".parse().unwrap();
        assert_eq!(time.rfc3339(), "2026-11-24T09:30:00Z");
        assert_eq!(time.http_date(), "Tue, 24 Nov 2026 09:30:00 GMT");
        assert_eq!("2026-11-24".parse::<Timestamp>().unwrap().date(), "2026-11-24");
        for wrong in ["", "2026", "2026-13-01", "24.11.2026", "2026-11-24T25:00:00Z", "2026-1-2"] {
            assert_eq!(wrong.parse::<Timestamp>(), Err(InvalidTimestamp), "{wrong}");
        }
    }

    #[test]
    fn far_times_are_drawn_to_the_ends() {
        assert_eq!(Timestamp::from_millis(i64::MAX).date(), "9999-12-31");
        assert_eq!(Timestamp::from_millis(i64::MIN).date(), "0001-01-01");
    }
}
