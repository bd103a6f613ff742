//! What somebody wants to be told of what rises: one trend, a topic, or anything new.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::form_urlencoded::{Serializer, parse};

use crate::clock::Timestamp;
use crate::decision::Standing;
use crate::edition::Names;
use crate::slug::Slug;
use crate::trend::{Finding, List, Step};

/// What of the trends is watched. As text it is a query string, in one order: `trend=mesh`,
/// `topic=security&chance=1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrendWatch {
    /// Which trends.
    pub about: About,
    /// Only those of which chance alone gives at most this share.
    pub chance: Option<Chance>,
}

/// Which trends are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// All.
    Anything,
    /// Those that have to do with this: a concept of the glossary they are or stand beside, or the
    /// sector in which editors put them.
    Topic(Slug),
    /// One, also what newly shows it.
    Trend(Slug),
}

/// A share of findings that come from chance alone, in tenths of a per cent: 1–1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chance(u16);

/// The text says nothing that can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is watched is trend=…, topic=… or chance=…")]
pub struct InvalidWatch;

impl Chance {
    /// What readers can choose: one of a thousand, of a hundred, of twenty.
    pub const CHOICES: [Self; 3] = [Self(1), Self(10), Self(50)];

    /// Reads per cents with at most one decimal, as in `?chance=0.1`.
    pub fn from_percent(text: &str) -> Option<Self> {
        let (whole, tenths) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(tenths, 1) {
            return None;
        }
        let number = whole.parse::<u16>().ok()? * 10 + tenths.parse::<u16>().ok()?;
        (1..=1000).contains(&number).then_some(Self(number))
    }

    /// In tenths of a per cent.
    pub const fn tenths(self) -> u16 {
        self.0
    }

    /// Whether a share of 0.0–1.0 is no more than this.
    pub fn allows(self, share: f64) -> bool {
        share * 1000.0 <= f64::from(self.0)
    }
}

impl TrendWatch {
    /// Reads a query string; `None` when it names nothing that can be watched, or something that is
    /// none. A trend comes before a topic.
    pub fn parse(query: &str) -> Option<Self> {
        let (mut trend, mut topic, mut chance, mut is_any) = (None, None, None, false);
        for (name, value) in parse(query.as_bytes()) {
            match &*name {
                "trend" => trend = Some(value.parse::<Slug>().ok()?),
                "topic" if !value.is_empty() => topic = Some(value.parse::<Slug>().ok()?),
                "chance" if !value.is_empty() => chance = Some(Chance::from_percent(&value)?),
                "topic" | "chance" => is_any = true,
                _ => {}
            }
        }
        let is_said = is_any || trend.is_some() || topic.is_some() || chance.is_some();
        let about = match (trend, topic) {
            // Of one trend everything is told: whoever follows it wants to know when it fades, too.
            (Some(trend), _) => return Some(Self { about: About::Trend(trend), chance: None }),
            (None, Some(topic)) => About::Topic(topic),
            (None, None) => About::Anything,
        };
        is_said.then_some(Self { about, chance })
    }

    /// The query string that is read back as this.
    pub fn query(&self) -> String {
        self.to_string()
    }

    /// Whether a finding is one of those that are watched.
    pub fn holds(&self, finding: &Finding, standing: &Standing) -> bool {
        let is_sure = self.chance.is_none_or(|chance| chance.allows(finding.false_alarms));
        is_sure
            && match &self.about {
                About::Anything => true,
                About::Trend(trend) => *trend == finding.slug,
                About::Topic(topic) => has_to_do(finding, standing, topic),
            }
    }
}

/// Whether a trend has to do with a topic.
fn has_to_do(finding: &Finding, standing: &Standing, topic: &Slug) -> bool {
    finding.slug == *topic
        || finding.concept.as_ref() == Some(topic)
        || standing.sector.as_ref() == Some(topic)
        || finding.neighbours.iter().any(|neighbour| neighbour.slug.as_ref() == Some(topic))
}

impl fmt::Display for Chance {
    /// In per cent: `0.1`, `5`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 10 {
            0 => write!(formatter, "{}", self.0 / 10),
            rest => write!(formatter, "{}.{rest}", self.0 / 10),
        }
    }
}

impl fmt::Display for TrendWatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Serializer::new(String::new());
        match &self.about {
            About::Trend(trend) => drop(pairs.append_pair("trend", trend.as_str())),
            About::Topic(topic) => drop(pairs.append_pair("topic", topic.as_str())),
            About::Anything => {}
        }
        if let Some(chance) = self.chance {
            pairs.append_pair("chance", &chance.to_string());
        } else if self.about == About::Anything {
            pairs.append_pair("chance", "");
        }
        formatter.write_str(&pairs.finish())
    }
}

impl TryFrom<String> for TrendWatch {
    type Error = InvalidWatch;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(InvalidWatch)
    }
}

impl From<TrendWatch> for String {
    fn from(watch: TrendWatch) -> Self {
        watch.query()
    }
}

/// A trend that an alert has found: told once for each list it comes into.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrendKey {
    /// The list.
    pub list: List,
    /// The trend.
    pub trend: Slug,
}

impl TrendKey {
    /// What its text begins with, and that of no document.
    pub const PREFIX: &'static str = "trend:";

    /// Reads it back; `None` for the key of a document.
    pub fn parse(text: &str) -> Option<Self> {
        let (list, trend) = text.strip_prefix(Self::PREFIX)?.split_once(':')?;
        let list = List::ALL.into_iter().find(|one| one.code() == list)?;
        Some(Self { list, trend: trend.parse().ok()? })
    }
}

impl fmt::Display for TrendKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}:{}", Self::PREFIX, self.list.code(), self.trend)
    }
}

/// A trend that an alert tells of, with the figures of the day on which the mail is written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewsTrend {
    /// The list in which it stands.
    pub list: List,
    /// What was found.
    pub finding: Finding,
    /// What it is called.
    pub names: Names,
    /// The length of a period.
    pub step: Step,
    /// The day that the figures are of.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_read_back() {
        for (query, again) in [
            ("trend=mesh", "trend=mesh"),
            ("trend=mesh&chance=1", "trend=mesh"),
            ("topic=security&chance=0.1", "topic=security&chance=0.1"),
            ("chance=5&topic=", "chance=5"),
            ("topic=&chance=", "chance="),
        ] {
            let watch = TrendWatch::parse(query).unwrap();
            assert_eq!(watch.query(), again);
            assert_eq!(TrendWatch::parse(again), Some(watch));
        }
        for wrong in [
            "",
            "q=mesh",
            "trend=A",
            "trend=",
            "chance=NaN",
            "chance=0",
            "chance=1e9",
            "chance=101",
        ] {
            assert_eq!(TrendWatch::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_chance_allows_what_is_no_more() {
        let chance = Chance::from_percent("1").unwrap();
        assert!(chance.allows(0.01) && chance.allows(0.0) && !chance.allows(0.0101));
        assert!(!chance.allows(f64::NAN));
        assert_eq!(Chance::CHOICES.map(|one| one.to_string()), ["0.1", "1", "5"]);
    }

    #[test]
    fn keys_of_trends_are_no_keys_of_documents() {
        let key = TrendKey { list: List::Signals, trend: "mesh".parse().unwrap() };
        assert_eq!(key.to_string(), "trend:signals:mesh");
        assert_eq!(TrendKey::parse("trend:signals:mesh"), Some(key));
        for other in ["entry:x", "trend:mesh", "trend:other:mesh", "trend:trends:A"] {
            assert_eq!(TrendKey::parse(other), None, "{other}");
        }
    }
}
