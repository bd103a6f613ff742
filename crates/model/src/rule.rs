//! Rules of the house for what comes in: a search, and what is done with the entries that it finds.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::asked::Asked;
use crate::clock::Timestamp;
use crate::id::{EntryId, RuleId};
use crate::language::Language;
use crate::slug::Slug;

/// Most rules: 200. Each is run over every entry that comes in.
pub const MOST_RULES: u64 = 200;

/// Most topics that rules give to one entry.
pub const MOST_TOPICS: usize = 20;

/// What a rule does with an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Act {
    /// It is about this topic.
    Topic(Slug),
    /// It is in this language.
    Language(Language),
    /// It is kept, and shown nowhere until somebody releases it.
    Hold,
    /// It is not taken in.
    Drop,
}

/// The text names nothing that a rule can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rule does one of topic:WORD, language:ar (or zh, en, fr, ru, es), hold, drop")]
pub struct InvalidAct;

impl fmt::Display for Act {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(topic) => write!(formatter, "topic:{topic}"),
            Self::Language(language) => write!(formatter, "language:{language}"),
            Self::Hold => formatter.write_str("hold"),
            Self::Drop => formatter.write_str("drop"),
        }
    }
}

impl FromStr for Act {
    type Err = InvalidAct;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "hold" => Ok(Self::Hold),
            None if text == "drop" => Ok(Self::Drop),
            Some(("topic", topic)) => topic.parse().map(Self::Topic).or(Err(InvalidAct)),
            Some(("language", code)) => code.parse().map(Self::Language).or(Err(InvalidAct)),
            _ => Err(InvalidAct),
        }
    }
}

impl TryFrom<String> for Act {
    type Error = InvalidAct;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Act> for String {
    fn from(act: Act) -> Self {
        act.to_string()
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The word by which it is called.
    pub name: Slug,
    /// Which entries it is about: as a search finds them, with all words needed.
    pub asked: Asked,
    /// What is done with them.
    pub act: Act,
    /// It is not applied for now.
    pub is_paused: bool,
    /// When it was made.
    pub added: Timestamp,
    /// The last entry to which it was applied, while it is being applied to what was there before.
    pub applied: Option<EntryId>,
}

/// How an entry is kept from the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Withheld {
    /// With all its words, until somebody releases it.
    Held,
    /// Its title alone, so that it is not taken in again at the next harvest.
    Dropped,
}

/// The text names no way to keep an entry from the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is withheld is one of held, dropped")]
pub struct InvalidWithheld;

impl Withheld {
    /// The word in the store and in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Dropped => "dropped",
        }
    }
}

impl FromStr for Withheld {
    type Err = InvalidWithheld;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "held" => Ok(Self::Held),
            "dropped" => Ok(Self::Dropped),
            _ => Err(InvalidWithheld),
        }
    }
}

/// What the rules say of one entry that came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What it is about, at most [`MOST_TOPICS`].
    pub topics: Vec<Slug>,
    /// The language it is in, whatever it says itself.
    pub language: Option<Language>,
    /// How it is withheld, and by which rule.
    pub withheld: Option<(Withheld, Slug)>,
}

/// What the rules say of the entries of one harvest, by their keys. One that is absent is kept as it is.
pub type Verdicts = BTreeMap<String, Verdict>;

impl Verdict {
    /// Adds what a rule says. Of two languages the one that was first said stays; to drop counts more
    /// than to hold.
    pub fn add(&mut self, rule: &Rule) {
        match &rule.act {
            Act::Topic(topic) => {
                if !self.topics.contains(topic) && self.topics.len() < MOST_TOPICS {
                    self.topics.push(topic.clone());
                }
            }
            Act::Language(language) => self.language = self.language.or(Some(*language)),
            Act::Hold if self.withheld.is_none() => {
                self.withheld = Some((Withheld::Held, rule.name.clone()));
            }
            Act::Drop if self.withheld.as_ref().is_none_or(|(how, _)| *how == Withheld::Held) => {
                self.withheld = Some((Withheld::Dropped, rule.name.clone()));
            }
            Act::Hold | Act::Drop => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(act: &str) -> Rule {
        Rule {
            id: RuleId::new(Timestamp::EPOCH),
            name: "a-rule".parse().unwrap(),
            asked: Asked::default(),
            act: act.parse().unwrap(),
            is_paused: false,
            added: Timestamp::EPOCH,
            applied: None,
        }
    }

    #[test]
    fn acts_are_read_back() {
        for text in ["topic:data", "language:ar", "hold", "drop"] {
            assert_eq!(text.parse::<Act>().unwrap().to_string(), text);
        }
        for wrong in ["", "topic:", "topic", "language:de", "hold:", "Drop"] {
            assert_eq!(wrong.parse::<Act>(), Err(InvalidAct), "{wrong}");
        }
        for way in [Withheld::Held, Withheld::Dropped] {
            assert_eq!(way.code().parse(), Ok(way));
        }
    }

    #[test]
    fn what_rules_say_is_added_up() {
        let mut verdict = Verdict::default();
        for act in
            ["topic:a", "hold", "language:ar", "topic:b", "topic:a", "drop", "hold", "language:fr"]
        {
            verdict.add(&rule(act));
        }
        assert_eq!(verdict.topics.len(), 2);
        assert_eq!(verdict.language, Some(Language::Ar), "the first that was said");
        let name = "a-rule".parse().unwrap();
        assert_eq!(verdict.withheld, Some((Withheld::Dropped, name)), "dropped is dropped");
    }
}
