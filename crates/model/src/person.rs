//! People: who somebody is to the observatory, and what they may post.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::PersonId;
use crate::language::Language;
use crate::mail::MailAddress;

/// Longest name of a person, in characters; the longest at hand have about 60.
pub const MAX_NAME_CHARS: usize = 120;

/// Longest affiliation, in characters: a faculty, a university and a country.
pub const MAX_AFFILIATION_CHARS: usize = 200;

/// What somebody is to the observatory. One person may be several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what is public.
    Reader,
    /// Reads what is for members too: somebody whom an administrator knows to belong to one.
    Member,
    /// Hands pieces in.
    Researcher,
    /// Judges pieces that were given to them.
    Reviewer,
    /// Decides about pieces of others.
    Editor,
    /// Gives and takes roles; decides about no piece.
    Admin,
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of reader, member, researcher, reviewer, editor, admin")]
pub struct InvalidRole;

impl Role {
    /// All roles, those with the fewest rights first.
    pub const ALL: [Self; 6] =
        [Self::Reader, Self::Member, Self::Researcher, Self::Reviewer, Self::Editor, Self::Admin];

    /// The word in forms, in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Researcher => "researcher",
            Self::Reviewer => "reviewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// Whether a second proof of who one is has to be given: these roles act on what others wrote.
    pub const fn needs_second_factor(self) -> bool {
        matches!(self, Self::Editor | Self::Admin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.code() == text).ok_or(InvalidRole)
    }
}

/// The roles of a person, written `researcher,editor`. Everybody is a reader, which is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// These roles.
    pub fn of(roles: impl IntoIterator<Item = Role>) -> Self {
        Self(roles.into_iter().filter(|role| *role != Role::Reader).collect())
    }

    /// Whether one of them is `role`; everybody is a reader.
    pub fn has(&self, role: Role) -> bool {
        role == Role::Reader || self.0.contains(&role)
    }

    /// The roles, [`Role::Reader`] first.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        std::iter::once(Role::Reader).chain(self.0.iter().copied())
    }

    /// The same with another one.
    #[must_use]
    pub fn with(mut self, role: Role) -> Self {
        if role != Role::Reader {
            self.0.insert(role);
        }
        self
    }

    /// Whether a second proof of who one is has to be given.
    pub fn need_second_factor(&self) -> bool {
        self.0.iter().any(|role| role.needs_second_factor())
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|role| role.code()).collect();
        formatter.write_str(&words.join(","))
    }
}

impl FromStr for Roles {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        Ok(Self::of(words.map(str::parse).collect::<Result<Vec<Role>, _>>()?))
    }
}

impl TryFrom<String> for Roles {
    type Error = InvalidRole;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Roles> for String {
    fn from(roles: Roles) -> Self {
        roles.to_string()
    }
}

/// What becomes of a piece that somebody sends.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Posting {
    /// It cannot be sent.
    Blocked,
    /// Editors look at it before anybody else does.
    #[default]
    CheckFirst,
    /// A thought piece is published at once, and editors look at it afterwards.
    Trusted,
}

/// The text names no posting right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a posting right is one of blocked, check-first, trusted")]
pub struct InvalidPosting;

impl Posting {
    /// All, from the narrowest.
    pub const ALL: [Self; 3] = [Self::Blocked, Self::CheckFirst, Self::Trusted];

    /// The word in forms, in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::CheckFirst => "check-first",
            Self::Trusted => "trusted",
        }
    }

    /// What holds for a person: what was said of the person, else of their domain, else
    /// [`Self::CheckFirst`].
    pub fn of(person: Option<Self>, domain: Option<Self>) -> Self {
        person.or(domain).unwrap_or_default()
    }
}

impl fmt::Display for Posting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Posting {
    type Err = InvalidPosting;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|posting| posting.code() == text).ok_or(InvalidPosting)
    }
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Where they are written to, and by what they are known when they sign in.
    pub mail: MailAddress,
    /// Their name as they write it, one line; empty until they have given one.
    pub name: String,
    /// The language in which they are written to.
    pub language: Language,
    /// What they are to the observatory.
    pub roles: Roles,
    /// What becomes of what they send; `None` where their domain decides.
    pub posting: Option<Posting>,
    /// Their ORCID iD in its normal form.
    pub orcid: Option<String>,
    /// Where they work, as they write it; may be empty.
    pub affiliation: String,
    /// The institution they work for in the ROR, in its normal form.
    pub ror: Option<String>,
    /// What they know about, as they list it; may be empty. See [`crate::expertise`].
    pub knows: String,
    /// Since when they have the account.
    pub created: Timestamp,
    /// Since when they cannot sign in any more.
    pub disabled: Option<Timestamp>,
}

impl Person {
    /// Somebody of whom nothing is known but an address, with these roles, written to in this language.
    pub fn new(mail: MailAddress, roles: Roles, language: Language, now: Timestamp) -> Self {
        Self {
            id: PersonId::new(now),
            mail,
            name: String::new(),
            language,
            roles,
            posting: None,
            orcid: None,
            affiliation: String::new(),
            ror: None,
            knows: String::new(),
            created: now,
            disabled: None,
        }
    }

    /// By what they are called: their name, else the part of their address before the `@`.
    pub fn called(&self) -> &str {
        if self.name.is_empty() {
            self.mail.as_str().split('@').next().unwrap_or_default()
        } else {
            &self.name
        }
    }
}

/// How far somebody has proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// They hold a draft that they began, and are nobody otherwise.
    Guest,
    /// They proved one thing, and their roles ask for a second.
    Half,
    /// They proved all that their roles ask for.
    Full,
}

/// The text names no strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the strength of a session is one of guest, half, full")]
pub struct InvalidStrength;

impl Strength {
    /// What one proof makes of a session of somebody with these roles.
    pub fn after_one_proof(roles: &Roles) -> Self {
        if roles.need_second_factor() { Self::Half } else { Self::Full }
    }

    /// The word in the store.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Half => "half",
            Self::Full => "full",
        }
    }
}

impl FromStr for Strength {
    type Err = InvalidStrength;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Guest, Self::Half, Self::Full];
        all.into_iter().find(|strength| strength.code() == text).ok_or(InvalidStrength)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_written_and_read_back() {
        let roles: Roles = "editor, researcher,reader".parse().unwrap();
        assert_eq!(roles.to_string(), "researcher,editor");
        assert!(roles.has(Role::Reader) && roles.has(Role::Editor) && !roles.has(Role::Admin));
        assert!(roles.need_second_factor());
        assert!(!Roles::of([Role::Researcher, Role::Reviewer]).need_second_factor());
        assert_eq!("".parse::<Roles>(), Ok(Roles::default()));
        assert_eq!("owner".parse::<Roles>(), Err(InvalidRole));
    }

    #[test]
    fn what_is_said_of_a_person_stands_above_their_domain() {
        let (blocked, trusted) = (Some(Posting::Blocked), Some(Posting::Trusted));
        assert_eq!(Posting::of(None, None), Posting::CheckFirst);
        assert_eq!(Posting::of(None, trusted), Posting::Trusted);
        assert_eq!(Posting::of(blocked, trusted), Posting::Blocked);
        for posting in Posting::ALL {
            assert_eq!(posting.code().parse(), Ok(posting));
        }
    }
}
