//! A chart in a piece: which trend and which years it shows, and the figures it was frozen with.
//!
//! What a piece says of a trend was written beside these figures. Later counts do not change them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::edition::Names;
use crate::glossary::Glossary;
use crate::language::Language;
use crate::slug::Slug;
use crate::trend::{Count, Finding, Picture, Step};

/// Most charts of a piece: its page has to fit, with their tables, into what is sent in one go.
pub const MAX_CHARTS: usize = 4;

/// The years that can be asked for: nothing that can be counted was written before, and nothing will
/// be for long after.
const YEARS: std::ops::RangeInclusive<u16> = 1800..=2200;

/// Which chart an author wants, in the words after `::chart`: `trend=mesh-network from=2020 to=2024-06`.
///
/// It is shown in this form, and found by it among what was frozen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChartWish {
    /// The trend, by the word of its address.
    pub trend: Slug,
    /// The first year or month; `None`: from the first that was counted.
    pub from: Option<When>,
    /// The last year or month, which is shown as well; `None`: to the last that was counted.
    pub to: Option<When>,
}

/// A year or a month, as authors write it: `2024` or `2024-06`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct When {
    year: u16,
    /// 1–12.
    month: Option<u8>,
}

/// The words ask for no chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChart {
    /// Something else than `trend=`, `from=` or `to=`.
    #[error("{0:?} is none of trend=…, from=… and to=…")]
    Word(String),
    /// The same twice.
    #[error("{0} is said twice")]
    Twice(String),
    /// It does not say which trend.
    #[error("it does not say which: write trend= and the word of the trend's address")]
    Nothing,
    /// No trend can have this name.
    #[error("{0:?} is no word of an address of a trend")]
    Trend(String),
    /// No year and no month.
    #[error("{0:?} is neither a year such as 2024 nor a month such as 2024-06")]
    When(String),
    /// The end lies before the beginning.
    #[error("it ends before it begins")]
    Order,
}

/// The figures of a chart, as they stood when the piece was published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrozenChart {
    /// The trend they are of: another than was asked for where editors had merged that into it.
    pub trend: Slug,
    /// [`Finding::concept`].
    pub concept: Option<Slug>,
    /// [`Finding::name`].
    pub name: String,
    /// [`Finding::language`].
    pub language: Option<Language>,
    /// The names that editors had given it.
    #[serde(default)]
    pub chosen: Names,
    /// [`Picture::at`].
    pub at: Timestamp,
    /// [`Picture::step`].
    pub step: Step,
    /// [`Picture::documents`].
    pub documents: u64,
    /// [`Picture::sources`].
    pub sources: u32,
    /// The periods that begin in the years that were asked for, oldest first; never none.
    pub counts: Vec<Count>,
}

impl ChartWish {
    /// The figures in `picture` that it asks for: those of `finding`, which `chosen` are the editors'
    /// names of; `None` where none lies in its years.
    pub fn figures(
        &self,
        picture: &Picture,
        finding: &Finding,
        chosen: &Names,
    ) -> Option<FrozenChart> {
        let begins = self.from.and_then(When::begins);
        let ends = self.to.and_then(When::ends);
        let is_wanted = |count: &&Count| {
            begins.is_none_or(|begins| begins <= count.from)
                && ends.is_none_or(|ends| count.from < ends)
        };
        let counts = finding.counts.iter().filter(is_wanted).cloned().collect::<Vec<_>>();
        (!counts.is_empty()).then(|| FrozenChart {
            trend: finding.slug.clone(),
            concept: finding.concept.clone(),
            name: finding.name.clone(),
            language: finding.language,
            chosen: chosen.clone(),
            at: picture.at,
            step: picture.step,
            documents: picture.documents,
            sources: picture.sources,
            counts,
        })
    }
}

impl FrozenChart {
    /// What the trend is called, by language. Never empty.
    pub fn names(&self, glossary: &Glossary) -> Names {
        crate::trend::names(
            self.concept.as_ref(),
            (&self.name, self.language),
            &self.chosen,
            glossary,
        )
    }
}

impl When {
    /// Its first instant.
    fn begins(self) -> Option<Timestamp> {
        instant(self.year, self.month.unwrap_or(1))
    }

    /// The first instant after it.
    fn ends(self) -> Option<Timestamp> {
        match self.month {
            Some(month) if month < 12 => instant(self.year, month + 1),
            _ => instant(self.year + 1, 1),
        }
    }
}

/// The first instant of a month, in UTC.
fn instant(year: u16, month: u8) -> Option<Timestamp> {
    format!("{year}-{month:02}-01").parse().ok()
}

impl FromStr for When {
    type Err = InvalidChart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || InvalidChart::When(text.chars().take(40).collect());
        let (year, month) =
            text.split_once('-').map_or((text, None), |(year, month)| (year, Some(month)));
        let is_number = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(year, 4) || month.is_some_and(|month| !is_number(month, 2)) {
            return Err(wrong());
        }
        let year = year.parse().ok().filter(|year| YEARS.contains(year)).ok_or_else(wrong)?;
        let month = month
            .map(|month| month.parse().ok().filter(|month| (1..=12).contains(month)))
            .map(|month| month.ok_or_else(wrong));
        Ok(Self { year, month: month.transpose()? })
    }
}

impl FromStr for ChartWish {
    type Err = InvalidChart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut trend, mut from, mut to) = (None, None, None);
        for word in text.split_whitespace() {
            let short = || word.chars().take(40).collect::<String>();
            let (key, value) = word.split_once('=').ok_or_else(|| InvalidChart::Word(short()))?;
            let is_known = match key {
                "trend" => {
                    let named = value.parse::<Slug>().ok();
                    let named = named.ok_or_else(|| InvalidChart::Trend(short()));
                    trend.replace(named?).is_some()
                }
                "from" => from.replace(value.parse::<When>()?).is_some(),
                "to" => to.replace(value.parse::<When>()?).is_some(),
                _ => return Err(InvalidChart::Word(short())),
            };
            if is_known {
                return Err(InvalidChart::Twice(key.to_owned()));
            }
        }
        let trend = trend.ok_or(InvalidChart::Nothing)?;
        if let Some((from, to)) = from.zip(to)
            && from.begins() >= to.ends()
        {
            return Err(InvalidChart::Order);
        }
        Ok(Self { trend, from, to })
    }
}

impl fmt::Display for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.month {
            Some(month) => write!(formatter, "{}-{month:02}", self.year),
            None => write!(formatter, "{}", self.year),
        }
    }
}

impl fmt::Display for ChartWish {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "trend={}", self.trend)?;
        if let Some(from) = self.from {
            write!(formatter, " from={from}")?;
        }
        if let Some(to) = self.to {
            write!(formatter, " to={to}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ChartWish {
    type Error = InvalidChart;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ChartWish> for String {
    fn from(wish: ChartWish) -> Self {
        wish.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_back_and_misfits_are_named() {
        for text in ["trend=mesh", "trend=mesh from=2020", "trend=a-b from=2020-03 to=2020-03"] {
            assert_eq!(text.parse::<ChartWish>().unwrap().to_string(), text);
        }
        let sorted = " to=2024  trend=mesh from=2020 ".parse::<ChartWish>().unwrap();
        assert_eq!(sorted.to_string(), "trend=mesh from=2020 to=2024");
        for (wrong, starts) in [
            ("", "it does not say which"),
            ("from=2020", "it does not say which"),
            ("trend=", "\"trend=\" is no word"),
            ("trend=A", "\"trend=A\" is no word"),
            ("mesh", "\"mesh\" is none of"),
            ("trend=mesh until=2020", "\"until=2020\" is none of"),
            ("trend=mesh trend=mesh", "trend is said twice"),
            ("trend=mesh from=soon", "\"soon\" is neither"),
            ("trend=mesh from=2020-13", "\"2020-13\" is neither"),
            ("trend=mesh from=20200", "\"20200\" is neither"),
            ("trend=mesh from=٢٠٢٠", "\"٢٠٢٠\" is neither"),
            ("trend=mesh from=1066", "\"1066\" is neither"),
            ("trend=mesh from=2024 to=2023", "it ends before it begins"),
        ] {
            let why = wrong.parse::<ChartWish>().unwrap_err().to_string();
            assert!(why.starts_with(starts), "{wrong}: {why}");
        }
    }

    #[test]
    fn a_year_is_shown_to_its_end() {
        let when = |text: &str| text.parse::<When>().unwrap();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(
            (when("2024").begins(), when("2024").ends()),
            (at("2024-01-01"), at("2025-01-01"))
        );
        assert_eq!(when("2024-12").ends(), at("2025-01-01"));
        assert_eq!(when("2024-02").ends(), at("2024-03-01"));
    }
}
