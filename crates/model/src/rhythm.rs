//! When a source is worth reading: how often it changes, and what it says of that itself.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::SourceId;

/// Of the usual time between two changes, the part after which a source is read again: what is new is
/// then seen, on average, after an eighth of that time.
const READINGS_BETWEEN_CHANGES: i64 = 4;

/// How much the last gap counts against all before it, in hundredths.
const WEIGHT: i64 = 30;

/// Dates that lie closer are one change: what an editor publishes in one go.
const ONE_CHANGE_SECONDS: i64 = 600;

/// Changes of an answer that are looked at, the newest.
const MAX_DATES: usize = 24;

/// Longest time between two changes that is believed, in seconds: a year.
const LONGEST_USUAL: i64 = 365 * 24 * 3600;

/// Longest wait that a feed gets by naming hours and days, in seconds: a long weekend.
const LONGEST_SKIP: i64 = 3 * 24 * 3600;

const HOUR: i64 = 3600;

/// How often a source changes, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// Seconds between two changes, the last ones counting most; `None` before two were seen.
    pub usual_seconds: Option<i64>,
    /// When it last brought something new: by its own date, else when that was seen.
    pub last_news: Option<Timestamp>,
}

impl Rhythm {
    /// What is known after an answer.
    ///
    /// `dates` are the dates of publication in it, in any order: a feed that gives them tells its
    /// rhythm at the first reading. Where there are fewer than two changes among them, the time since
    /// the last news counts, if this answer `has_news`.
    #[must_use]
    pub fn after(self, dates: &[Timestamp], has_news: bool, now: Timestamp) -> Self {
        let changes = changes(dates, now);
        let newest = changes.last().copied();
        let seen = has_news.then(|| newest.unwrap_or(now));
        let last_news = self.last_news.max(seen).max(newest);
        let told = changes.iter().zip(changes.iter().skip(1));
        let told = told.map(|(earlier, later)| later.seconds_since(*earlier)).reduce(weighted);
        let seen = || {
            let gap = now.seconds_since(self.last_news.filter(|_| has_news)?);
            Some(self.usual_seconds.map_or(gap, |usual| weighted(usual, gap)))
        };
        let usual = told.or_else(seen).map(|usual| usual.clamp(ONE_CHANGE_SECONDS, LONGEST_USUAL));
        Self { usual_seconds: usual.or(self.usual_seconds), last_news }
    }

    /// Seconds until it should be read again, if nothing else is to be considered; `None` when nothing
    /// is known. A source that has been silent for longer than usual is read more and more seldom.
    fn wait(self, now: Timestamp) -> Option<i64> {
        let usual = self.usual_seconds?;
        let silent = self.last_news.map_or(usual, |last| now.seconds_since(last));
        Some(usual.max(i64::midpoint(usual, silent)) / READINGS_BETWEEN_CHANGES)
    }
}

fn weighted(usual: i64, gap: i64) -> i64 {
    usual + (gap - usual) * WEIGHT / 100
}

/// The instants at which something was published, the oldest first: what lies close together is one.
fn changes(dates: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    let mut dates = dates.iter().copied().filter(|date| *date <= now).collect::<Vec<_>>();
    dates.sort_unstable();
    let mut changes: Vec<Timestamp> = Vec::new();
    for date in dates {
        match changes.last_mut() {
            Some(last) if date.seconds_since(*last) < ONE_CHANGE_SECONDS => *last = date,
            _ => changes.push(date),
        }
    }
    changes.split_off(changes.len().saturating_sub(MAX_DATES))
}

/// What a feed says of when it is worth reading (RSS 2.0, `ttl`, `skipHours`, `skipDays`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timetable {
    /// How long an answer stays good, in minutes.
    pub ttl_minutes: u32,
    /// The hours of the day (UTC) in which nothing is published: bit 0 is 0–1 o'clock.
    pub skip_hours: u32,
    /// The days on which nothing is published: bit 0 is Monday.
    pub skip_days: u8,
}

impl Timetable {
    /// With an hour of the day more that is passed over: 0–23; 24 is read as 0.
    #[must_use]
    pub const fn without_hour(self, hour: u32) -> Self {
        if hour > 24 {
            return self;
        }
        Self { skip_hours: self.skip_hours | 1 << (hour % 24), ..self }
    }

    /// With a day of the week more that is passed over, by its English name.
    #[must_use]
    pub fn without_day(self, name: &str) -> Self {
        const DAYS: [&str; 7] =
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let bits = DAYS.iter().zip(0..).filter(|(day, _)| name.eq_ignore_ascii_case(day));
        let bits = bits.fold(0, |bits, (_, bit)| bits | 1_u8 << bit);
        Self { skip_days: self.skip_days | bits, ..self }
    }

    /// The first time from `time` on that is in none of the hours and days to be passed over.
    fn open_from(self, time: Timestamp) -> Timestamp {
        let mut open = time;
        while self.is_closed(open) {
            let next_hour = HOUR - open.millis().div_euclid(1000).rem_euclid(HOUR);
            open = open.plus_seconds(next_hour);
            if open.seconds_since(time) > LONGEST_SKIP {
                return time;
            }
        }
        open
    }

    fn is_closed(self, time: Timestamp) -> bool {
        let hours = time.millis().div_euclid(HOUR * 1000);
        let hour = hours.rem_euclid(24);
        // 1970 began on a Thursday.
        let day = (hours.div_euclid(24) + 3).rem_euclid(7);
        self.skip_hours >> hour & 1 == 1 || self.skip_days >> day & 1 == 1
    }
}

/// How often sources are read, and what is known of the next reading of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Seconds between two readings of a source of which nothing else is known.
    pub every_seconds: i64,
    /// Fewest seconds between two readings.
    pub least_seconds: i64,
    /// Most seconds between two readings of a healthy source.
    pub most_seconds: i64,
    /// How long its server says that the answer stays good, in seconds (RFC 9111 §4.2.1).
    pub fresh_seconds: i64,
    /// What the feed says of that.
    pub timetable: Timetable,
}

impl Pace {
    /// When a source is read after a readable answer.
    ///
    /// Up to a tenth earlier or later, by the source and not by chance: a thousand sources that were
    /// added at once spread out, and the same state gives the same schedule. Never before the answer
    /// has become stale, unless it stays good for longer than a source is ever left alone.
    pub fn next(&self, source: SourceId, rhythm: Rhythm, now: Timestamp) -> Timestamp {
        let (least, most) = (self.least_seconds.max(1), self.most_seconds.max(self.least_seconds));
        let usual = rhythm.wait(now).unwrap_or(self.every_seconds).clamp(least, most);
        let good = self.fresh_seconds.max(i64::from(self.timetable.ttl_minutes) * 60).min(most);
        // Who may not be asked earlier is asked a little later, and not all at the same time.
        let wait = if usual >= good {
            (usual + shift(source, usual)).max(good)
        } else {
            good + shift(source, good).abs()
        };
        let time = now.plus_seconds(wait);
        match self.timetable.open_from(time) {
            open if open == time => time,
            open => open.plus_seconds(shift(source, HOUR).abs()),
        }
    }
}

/// When a source is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextReading {
    /// At this time, whatever is known of it.
    At(Timestamp),
    /// When its rhythm says so.
    Paced(Pace),
}

impl NextReading {
    /// The time.
    pub fn time(&self, source: SourceId, rhythm: Rhythm, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => *time,
            Self::Paced(pace) => pace.next(source, rhythm, now),
        }
    }
}

/// A number between minus and plus a tenth of `seconds`, always the same for a source.
pub fn shift(source: SourceId, seconds: i64) -> i64 {
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

/// What a source has brought so far, and how much that is a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// All of its entries that can be read.
    pub entries: u64,
    /// The date of the newest: published, else first seen.
    pub newest: Option<Timestamp>,
    /// Entries of the last seven days.
    pub last_week: u64,
    /// Entries of the weeks before them that are looked at.
    pub earlier: u64,
    /// How many weeks these are, at most 12; 0 where the source is younger than a week.
    pub earlier_weeks: u32,
}

impl Figures {
    /// Entries in a usual week, in tenths; `None` while nothing is usual.
    pub fn usual_tenths(&self) -> Option<u64> {
        let weeks = u64::from(self.earlier_weeks);
        let tenths = self.earlier.saturating_mul(10).saturating_add(weeks / 2);
        tenths.checked_div(weeks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const PACE: Pace = Pace {
        every_seconds: HOUR,
        least_seconds: 900,
        most_seconds: DAY,
        fresh_seconds: 0,
        timetable: Timetable { ttl_minutes: 0, skip_hours: 0, skip_days: 0 },
    };

    /// Seconds until the next reading, for a hundred sources.
    fn waits(pace: Pace, rhythm: Rhythm, now: Timestamp) -> std::collections::BTreeSet<i64> {
        let sources = (0..100).map(|_| SourceId::new(now));
        sources.map(|source| pace.next(source, rhythm, now).seconds_since(now)).collect()
    }

    #[test]
    fn sources_of_which_nothing_is_known_spread_around_their_interval() {
        let waits = waits(PACE, Rhythm::default(), at("2026-11-24"));
        assert!(waits.iter().all(|wait| (3240..=3960).contains(wait)), "{waits:?}");
        assert!(waits.len() > 50, "{waits:?}");
    }

    #[test]
    fn a_feed_tells_its_rhythm_at_the_first_reading() {
        let now = at("2026-11-24T12:00:00Z");
        let days = (0..10).map(|day| now.plus_seconds(-day * DAY)).collect::<Vec<_>>();
        let daily = Rhythm::default().after(&days, true, now);
        assert_eq!((daily.usual_seconds, daily.last_news), (Some(DAY), Some(now)));
        let found = waits(PACE, daily, now);
        assert!(found.iter().all(|wait| (6 * HOUR * 9 / 10..7 * HOUR).contains(wait)), "{found:?}");
        // Ten at once each week are one change a week.
        let burst = |week: i64| (0..10).map(move |n| now.plus_seconds(-week * 7 * DAY - n));
        let weekly = (0..4).flat_map(burst).collect::<Vec<_>>();
        assert_eq!(Rhythm::default().after(&weekly, true, now).usual_seconds, Some(7 * DAY));
        // Many a minute: the floor, and no less.
        let busy = (0..50).map(|n| now.plus_seconds(-n * 700)).collect::<Vec<_>>();
        let busy = waits(PACE, Rhythm::default().after(&busy, true, now), now);
        assert!(busy.iter().all(|wait| (810..=990).contains(wait)), "{busy:?}");
    }

    #[test]
    fn without_dates_the_times_at_which_something_was_new_count() {
        let start = at("2026-11-24");
        let mut rhythm = Rhythm::default().after(&[], true, start);
        assert_eq!(rhythm, Rhythm { usual_seconds: None, last_news: Some(start) });
        for hours in 1..=20 {
            let now = start.plus_seconds(hours * HOUR);
            rhythm = rhythm.after(&[], hours % 10 == 0, now);
        }
        assert_eq!(rhythm.usual_seconds, Some(10 * HOUR));
    }

    #[test]
    fn who_falls_silent_is_read_more_and_more_seldom() {
        let now = at("2026-11-24");
        let hourly = (0..10).map(|hour| now.plus_seconds(-hour * HOUR)).collect::<Vec<_>>();
        let rhythm = Rhythm::default().after(&hourly, true, now);
        let wait = |days: i64| {
            let later = now.plus_seconds(days * DAY);
            let waits = waits(PACE, rhythm.after(&hourly, false, later), later);
            waits.iter().sum::<i64>() / i64::try_from(waits.len()).unwrap()
        };
        assert!(wait(0) < wait(1) && wait(1) < wait(3) && wait(3) < wait(40));
        assert!(wait(40) <= DAY + DAY / 10);
        // Dates of the future and of long ago are no reason to read it all the time, or never.
        let lies = [now.plus_seconds(DAY), Timestamp::EPOCH, at("0001-01-01")];
        let misled = Rhythm::default().after(&lies, true, now);
        assert!(waits(PACE, misled, now).iter().all(|wait| *wait <= DAY + DAY / 10));
    }

    #[test]
    fn an_answer_that_is_still_good_is_not_asked_for() {
        let now = at("2026-11-24");
        let fresh = |fresh_seconds| waits(Pace { fresh_seconds, ..PACE }, Rhythm::default(), now);
        assert!(fresh(7200).iter().all(|wait| (7200..=7920).contains(wait)));
        assert!(fresh(3600).iter().all(|wait| (3600..=3960).contains(wait)));
        assert!(fresh(600).iter().all(|wait| (3240..=3960).contains(wait)));
        let ages = fresh(i64::MAX);
        assert!(ages.iter().all(|wait| (DAY..=DAY + DAY / 10).contains(wait)), "at most a day");
        let timetable = Timetable { ttl_minutes: u32::MAX, ..Timetable::default() };
        let ages = waits(Pace { timetable, ..PACE }, Rhythm::default(), now);
        assert!(ages.iter().all(|wait| (DAY..=DAY + DAY / 10).contains(wait)), "at most a day");
    }

    #[test]
    fn hours_and_days_without_news_are_passed_over() {
        let next = |timetable, now: &str| {
            pace(timetable).next(SourceId::new(at(now)), Rhythm::default(), at(now))
        };
        let nights = (0..6).fold(Timetable::default(), Timetable::without_hour);
        let morning = next(nights, "2026-11-24T23:30:00Z");
        assert!((6 * 3600..6 * 3600 + 400).contains(&morning.seconds_since(at("2026-11-25"))));
        let weekend = Timetable::default().without_day("Saturday").without_day("SUNDAY");
        // The 27th is a Friday.
        let monday = next(weekend, "2026-11-27T23:30:00Z");
        assert_eq!(monday.date(), "2026-11-30");
        // Who is never to be read is read all the same.
        let never = (0..24).fold(Timetable::default(), Timetable::without_hour);
        assert_eq!(next(never, "2026-11-24T12:00:00Z").date(), "2026-11-24");
        assert_eq!(Timetable::default().without_hour(24).skip_hours, 1);
        assert_eq!(
            Timetable::default().without_hour(99).without_day("Freitag"),
            Timetable::default()
        );
    }

    const fn pace(timetable: Timetable) -> Pace {
        Pace { timetable, ..PACE }
    }
}
