//! What editors decide about a trend. Decisions are only ever added; what holds now follows from them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::DecisionId;
use crate::language::Language;
use crate::slug::Slug;

/// Who says so: a name on one line of 1–80 characters, as it is shown to readers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Person(String);

/// The text is no name of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name is one line of 1 to {} characters", Person::MAX_CHARS)]
pub struct InvalidPerson;

impl Person {
    /// Longest name, in characters.
    pub const MAX_CHARS: usize = 80;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Person {
    type Err = InvalidPerson;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        let fits = (1..=Self::MAX_CHARS).contains(&name.chars().count());
        if fits && !name.contains(char::is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidPerson)
        }
    }
}

impl TryFrom<String> for Person {
    type Error = InvalidPerson;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Person> for String {
    fn from(person: Person) -> Self {
        person.0
    }
}

impl fmt::Display for Person {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Most characters of a reason.
pub const MAX_REASON_CHARS: usize = 2000;

/// What is decided. Words of the vocabularies ([`crate::vocabulary`]) are data, so that they are slugs
/// here and not variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Act {
    /// It stays in the list, whatever the figures say.
    Pin,
    /// It stays only as long as the figures say so.
    Unpin,
    /// It is no trend: it leaves the lists, and its page says why.
    Dismiss,
    /// It was one after all.
    Restore,
    /// It is the same as another: its page leads there.
    Merge {
        /// The other.
        into: Slug,
    },
    /// It is a thing of its own after all.
    Separate,
    /// One of the names that the glossary gives it is another thing, counted for itself from the next
    /// picture on.
    Split {
        /// The name.
        name: String,
    },
    /// Another name for readers of one language.
    Rename {
        /// The language.
        language: Language,
        /// The name.
        name: String,
    },
    /// A stage of its life: a word of the vocabulary `stages`.
    Stage {
        /// The word.
        to: Slug,
    },
    /// When it will matter: a word of `horizons`.
    Horizon {
        /// The word.
        to: Slug,
    },
    /// What part of life it belongs to: a word of `sectors`.
    Sector {
        /// The word.
        to: Slug,
    },
    /// Another trend drives it, or follows from it.
    Relate {
        /// The kind of relation: a word of `relations`.
        kind: Slug,
        /// The other.
        to: Slug,
    },
    /// Somebody looked at it, and everything stays as it is.
    Look,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The trend.
    pub trend: Slug,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Person,
    /// What.
    pub act: Act,
    /// Why, at most [`MAX_REASON_CHARS`]; may be empty except where a trend is dismissed.
    pub reason: String,
}

/// What holds of a trend now, as all decisions about it say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it stays in the list.
    pub is_pinned: bool,
    /// The decision that dismissed it.
    pub dismissed: Option<Decision>,
    /// What it is the same as.
    pub merged_into: Option<Slug>,
    /// Its names by language, where editors chose one.
    pub names: BTreeMap<Language, String>,
    /// Names that are counted for themselves.
    pub split: Vec<String>,
    /// Its stage.
    pub stage: Option<Slug>,
    /// Its horizon.
    pub horizon: Option<Slug>,
    /// Its sector.
    pub sector: Option<Slug>,
    /// Kind and other end of its relations, in the order of decisions.
    pub relations: Vec<(Slug, Slug)>,
    /// When somebody last looked at it.
    pub looked_at: Option<Timestamp>,
}

impl Standing {
    /// What `decisions` about one trend come to, in the order in which they were made.
    pub fn of<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Self {
        let mut standing = Self::default();
        for decision in decisions {
            standing.take(decision);
        }
        standing
    }

    fn take(&mut self, decision: &Decision) {
        self.looked_at = Some(decision.at);
        match &decision.act {
            Act::Pin => self.is_pinned = true,
            Act::Unpin => self.is_pinned = false,
            Act::Dismiss => self.dismissed = Some(decision.clone()),
            Act::Restore => self.dismissed = None,
            Act::Merge { into } => self.merged_into = Some(into.clone()),
            Act::Separate => self.merged_into = None,
            Act::Split { name } => self.split.push(name.clone()),
            Act::Rename { language, name } => {
                self.names.insert(*language, name.clone());
            }
            Act::Stage { to } => self.stage = Some(to.clone()),
            Act::Horizon { to } => self.horizon = Some(to.clone()),
            Act::Sector { to } => self.sector = Some(to.clone()),
            Act::Relate { kind, to } => {
                let relation = (kind.clone(), to.clone());
                if !self.relations.contains(&relation) {
                    self.relations.push(relation);
                }
            }
            Act::Look => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(seconds: i64, act: Act) -> Decision {
        let at = Timestamp::EPOCH.plus_seconds(seconds);
        Decision {
            id: DecisionId::new(at),
            trend: "mesh".parse().unwrap(),
            at,
            by: "Ana".parse().unwrap(),
            act,
            reason: String::new(),
        }
    }

    #[test]
    fn what_holds_is_what_was_decided_last() {
        let acts = [
            Act::Pin,
            Act::Stage { to: "emerging".parse().unwrap() },
            Act::Dismiss,
            Act::Restore,
            Act::Stage { to: "mature".parse().unwrap() },
            Act::Merge { into: "other".parse().unwrap() },
            Act::Separate,
        ];
        let decisions = (1..).zip(acts).map(|(at, act)| decision(at, act)).collect::<Vec<_>>();
        let standing = Standing::of(&decisions);
        assert!(standing.is_pinned && standing.dismissed.is_none());
        assert_eq!(standing.stage, Some("mature".parse().unwrap()));
        assert_eq!(standing.merged_into, None);
        assert_eq!(standing.looked_at, Some(Timestamp::EPOCH.plus_seconds(7)));
        let earlier = Standing::of(decisions.iter().take(3));
        assert!(earlier.dismissed.is_some());
    }

    #[test]
    fn a_decision_is_written_and_read() {
        let acts = [
            Act::Split { name: "网状".to_owned() },
            Act::Rename { language: Language::Ar, name: "شبكة".to_owned() },
            Act::Relate { kind: "drives".parse().unwrap(), to: "other".parse().unwrap() },
        ];
        for act in acts {
            let decision = decision(1, act);
            let text = serde_json::to_string(&decision).unwrap();
            assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
        }
        assert!("two\nlines".parse::<Person>().is_err() && " ".parse::<Person>().is_err());
    }
}
