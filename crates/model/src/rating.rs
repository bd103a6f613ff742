//! What several people think of a trend, how far apart they are, and how right they were.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::decision::Person;
use crate::id::RatingId;
use crate::slug::Slug;

/// A place on a scale whose ends and middle have wordings in the vocabulary `scales`: 1–5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Grade(u8);

/// The number is no place on a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a grade is 1, 2, 3, 4 or 5")]
pub struct InvalidGrade;

impl Grade {
    /// The number, 1–5.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Grade {
    type Error = InvalidGrade;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        if (1..=5).contains(&number) { Ok(Self(number)) } else { Err(InvalidGrade) }
    }
}

impl From<Grade> for u8 {
    fn from(grade: Grade) -> Self {
        grade.0
    }
}

/// A share in whole per cent, 0–100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

/// The number is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a probability is a whole number of per cent from 0 to 100")]
pub struct InvalidPercent;

impl Percent {
    /// The number, 0–100.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The share, 0.0–1.0.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = InvalidPercent;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        if number <= 100 { Ok(Self(number)) } else { Err(InvalidPercent) }
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

/// Most characters of a criterion or a note.
pub const MAX_NOTE_CHARS: usize = 1000;

/// A call on the future that time will answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// How likely it is.
    pub probability: Percent,
    /// When it will be known.
    pub until: Timestamp,
    /// By what it will be known, in a sentence; 1 to [`MAX_NOTE_CHARS`] characters.
    pub criterion: String,
}

/// What one person says of a trend at one time. A later one of the same person stands beside it and
/// counts instead of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// Its id.
    pub id: RatingId,
    /// The trend.
    pub trend: Slug,
    /// Who says so.
    pub rater: Person,
    /// When.
    pub at: Timestamp,
    /// When it will matter: a word of the vocabulary `horizons`.
    pub horizon: Option<Slug>,
    /// How much it will matter.
    pub impact: Option<Grade>,
    /// How new it is.
    pub novelty: Option<Grade>,
    /// How little is known of it.
    pub uncertainty: Option<Grade>,
    /// A call on the future.
    pub call: Option<Call>,
    /// A word of explanation; may be empty, at most [`MAX_NOTE_CHARS`].
    pub note: String,
}

/// How a call ended. The latest one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The rating that made the call.
    pub rating: RatingId,
    /// When this was written down.
    pub at: Timestamp,
    /// By whom.
    pub by: Person,
    /// Whether it came true.
    pub came_true: bool,
    /// How one knows.
    pub reason: String,
}

/// How far apart grades are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// The lowest.
    pub lowest: Grade,
    /// The middle one; of two middle ones their mean.
    pub median: f64,
    /// The highest.
    pub highest: Grade,
    /// How many are two or more places away from the median: those who see it otherwise.
    pub dissent: usize,
}

impl Spread {
    /// The spread of `grades`; `None` when there is none.
    pub fn of(grades: impl IntoIterator<Item = Grade>) -> Option<Self> {
        let mut sorted = grades.into_iter().collect::<Vec<_>>();
        sorted.sort_unstable();
        let (lowest, highest) = (*sorted.first()?, *sorted.last()?);
        let at = |index: usize| sorted.get(index).map_or(0.0, |grade| f64::from(grade.0));
        let (count, middle) = (sorted.len(), sorted.len() / 2);
        let median = if count.is_multiple_of(2) {
            f64::midpoint(at(middle - 1), at(middle))
        } else {
            at(middle)
        };
        let is_far = |grade: &&Grade| (f64::from(grade.0) - median).abs() >= 2.0;
        let dissent = sorted.iter().filter(is_far).count();
        Some(Self { count, lowest, median, highest, dissent })
    }
}

/// The latest rating of each person, in the order of names.
pub fn latest(ratings: &[Rating]) -> Vec<&Rating> {
    let mut by_rater = std::collections::BTreeMap::new();
    for rating in ratings {
        let kept = by_rater.entry(&rating.rater).or_insert(rating);
        if (rating.at, rating.id) > (kept.at, kept.id) {
            *kept = rating;
        }
    }
    by_rater.into_values().collect()
}

/// How good calls were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Calls that time has answered.
    pub answered: usize,
    /// Those of them that came true.
    pub came_true: usize,
    /// Mean squared distance between what was said and what came: 0 is perfect, 0.25 is what "50 %"
    /// gets every time (Brier 1950).
    pub brier: f64,
}

impl Calibration {
    /// The score of calls with their ends; `None` when no call was answered.
    pub fn of(calls: impl IntoIterator<Item = (Percent, bool)>) -> Option<Self> {
        let (mut answered, mut came_true, mut sum) = (0_u32, 0, 0.0);
        for (probability, came) in calls {
            let end = if came { 1.0 } else { 0.0 };
            sum += (probability.share() - end) * (probability.share() - end);
            answered += 1;
            came_true += usize::from(came);
        }
        let answered_calls = usize::try_from(answered).ok().filter(|count| *count > 0)?;
        Some(Self { answered: answered_calls, came_true, brier: sum / f64::from(answered) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grades(numbers: &[u8]) -> Vec<Grade> {
        numbers.iter().map(|number| Grade::try_from(*number).unwrap()).collect()
    }

    #[test]
    fn a_spread_names_who_sees_it_otherwise() {
        let spread = Spread::of(grades(&[4, 5, 4, 1])).unwrap();
        assert_eq!((spread.lowest.number(), spread.highest.number()), (1, 5));
        assert!((spread.median - 4.0).abs() < 1e-9);
        assert_eq!(spread.dissent, 1);
        let even = Spread::of(grades(&[2, 3])).unwrap();
        assert!((even.median - 2.5).abs() < 1e-9 && even.dissent == 0);
        assert_eq!(Spread::of([]), None);
        assert!(Grade::try_from(0).is_err() && Grade::try_from(6).is_err());
    }

    #[test]
    fn sure_and_wrong_costs_most() {
        let percent = |number: u8| Percent::try_from(number).unwrap();
        let score = |calls: &[(u8, bool)]| {
            let calls = calls.iter().map(|(number, came)| (percent(*number), *came));
            Calibration::of(calls).unwrap().brier
        };
        assert!(score(&[(100, true)]) < 1e-9);
        assert!((score(&[(50, true), (50, false)]) - 0.25).abs() < 1e-9);
        assert!((score(&[(100, false)]) - 1.0).abs() < 1e-9);
        assert!((score(&[(80, true), (80, false)]) - 0.34).abs() < 1e-9);
        assert_eq!(Calibration::of([]), None);
        assert!(Percent::try_from(101).is_err());
    }

    #[test]
    fn the_latest_word_of_each_counts() {
        let rating = |seconds: i64, rater: &str| Rating {
            id: RatingId::new(Timestamp::EPOCH.plus_seconds(seconds)),
            trend: "mesh".parse().unwrap(),
            rater: rater.parse().unwrap(),
            at: Timestamp::EPOCH.plus_seconds(seconds),
            horizon: None,
            impact: None,
            novelty: None,
            uncertainty: None,
            call: None,
            note: String::new(),
        };
        let all = [rating(3, "Bo"), rating(1, "Ana"), rating(2, "Ana")];
        let latest = latest(&all);
        assert_eq!(latest, [&all[2], &all[0]]);
    }
}
