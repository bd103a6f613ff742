//! Who may do what: one table of role × stage × action, from which the checks, the buttons that are
//! shown and the page in the documentation all come. What the table does not allow is refused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::person::{Role, Roles};

/// Where a submission is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It is being written; nobody but its authors sees it.
    Draft,
    /// It was sent, and waits for an editor.
    Received,
    /// Reviewers have it.
    Review,
    /// Its authors are asked to revise it.
    Revision,
    /// It is published.
    Published,
    /// It was declined.
    Declined,
    /// Its authors took it back before it was published.
    Withdrawn,
    /// It was published and taken back.
    Retracted,
}

/// The text names no stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a stage is one of draft, received, review, revision, published, declined, withdrawn, retracted"
)]
pub struct InvalidStage;

impl Stage {
    /// All stages, in the order in which a piece passes them.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Received,
        Self::Review,
        Self::Revision,
        Self::Published,
        Self::Declined,
        Self::Withdrawn,
        Self::Retracted,
    ];

    /// The word in addresses, in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Received => "received",
            Self::Review => "review",
            Self::Revision => "revision",
            Self::Published => "published",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Retracted => "retracted",
        }
    }

    /// Whether it waits for an editor.
    pub const fn waits_for_editor(self) -> bool {
        matches!(self, Self::Received | Self::Review)
    }

    /// Whether its authors may still change its words.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Revision)
    }

    /// Whether nothing more comes.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Published | Self::Declined | Self::Withdrawn | Self::Retracted)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Stage {
    type Err = InvalidStage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|stage| stage.code() == text).ok_or(InvalidStage)
    }
}

/// Whose a submission is, as somebody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Whose {
    /// One's own.
    Own,
    /// Another's, which one was given to review.
    Assigned,
    /// Another's.
    Other,
}

impl Whose {
    /// All.
    pub const ALL: [Self; 3] = [Self::Own, Self::Assigned, Self::Other];

    /// The word in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Assigned => "assigned",
            Self::Other => "others",
        }
    }
}

/// What can be done with a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// See it, its way and its messages.
    Read,
    /// Change its words.
    Edit,
    /// Throw it away before it was sent.
    Discard,
    /// Hand it in.
    Send,
    /// Take it back before it is published.
    Withdraw,
    /// Write to the others about it.
    Message,
    /// Ask somebody for a review, and take that back.
    Assign,
    /// Judge it.
    Review,
    /// Accept it, ask for a revision, or decline it; and take that back within ten seconds.
    Decide,
    /// Take it back after it was published.
    Retract,
    /// Begin its next version.
    Renew,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 11] = [
        Self::Read,
        Self::Edit,
        Self::Discard,
        Self::Send,
        Self::Withdraw,
        Self::Message,
        Self::Assign,
        Self::Review,
        Self::Decide,
        Self::Retract,
        Self::Renew,
    ];

    /// The word in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Discard => "discard",
            Self::Send => "send",
            Self::Withdraw => "withdraw",
            Self::Message => "message",
            Self::Assign => "assign",
            Self::Review => "review",
            Self::Decide => "decide",
            Self::Retract => "retract",
            Self::Renew => "renew",
        }
    }
}

/// What can be done that belongs to no submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Office {
    /// Begin a submission.
    Begin,
    /// Read the pieces that are for members only.
    ReadMembers,
    /// See what waits for editors.
    ReadQueue,
    /// Give and take roles and posting rights.
    ManagePeople,
    /// See the mails that were written.
    ReadMails,
    /// See the log of what was done.
    ReadAudit,
}

impl Office {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Begin,
        Self::ReadMembers,
        Self::ReadQueue,
        Self::ManagePeople,
        Self::ReadMails,
        Self::ReadAudit,
    ];

    /// The word in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::ReadMembers => "members",
            Self::ReadQueue => "queue",
            Self::ManagePeople => "people",
            Self::ReadMails => "mails",
            Self::ReadAudit => "audit",
        }
    }

    /// Whether somebody with these roles may.
    pub fn may(self, roles: &Roles) -> bool {
        match self {
            // Whoever has no account begins as a guest, and whoever has one is a researcher by it.
            Self::Begin => true,
            // Not every account: whoever has an address can make one and is a researcher by it. Editors
            // answer for these pieces; an administrator who wants to read them takes the role, which
            // stands in the log.
            Self::ReadMembers => roles.has(Role::Member) || roles.has(Role::Editor),
            Self::ReadQueue => roles.has(Role::Editor),
            Self::ManagePeople | Self::ReadMails | Self::ReadAudit => roles.has(Role::Admin),
        }
    }
}

/// A row: these roles may do these things with such submissions in these stages.
struct Row(&'static [Role], Whose, &'static [Stage], &'static [Action]);

/// What is one's own is one's own, whatever else one is: an editor decides about no piece of theirs.
const OWNERS: &[Role] = &Role::ALL;

/// The table. A row only ever allows.
const TABLE: &[Row] = &[
    Row(
        OWNERS,
        Whose::Own,
        &[Stage::Draft],
        &[Action::Read, Action::Edit, Action::Discard, Action::Send],
    ),
    Row(
        OWNERS,
        Whose::Own,
        &[Stage::Received, Stage::Review],
        &[Action::Read, Action::Withdraw, Action::Message],
    ),
    Row(
        OWNERS,
        Whose::Own,
        &[Stage::Revision],
        &[Action::Read, Action::Edit, Action::Send, Action::Withdraw, Action::Message],
    ),
    Row(OWNERS, Whose::Own, &[Stage::Published], &[Action::Read, Action::Message, Action::Renew]),
    Row(OWNERS, Whose::Own, &[Stage::Declined], &[Action::Read, Action::Message]),
    Row(OWNERS, Whose::Own, &[Stage::Withdrawn, Stage::Retracted], &[Action::Read]),
    // The link of a review makes whoever holds it a reviewer of that one piece.
    Row(&[Role::Reviewer], Whose::Assigned, &[Stage::Review], &[Action::Read, Action::Review]),
    Row(
        &[Role::Editor],
        Whose::Other,
        &[Stage::Received, Stage::Review],
        &[Action::Read, Action::Message, Action::Assign, Action::Decide],
    ),
    // Where the authors do not answer, it can still be declined.
    Row(
        &[Role::Editor],
        Whose::Other,
        &[Stage::Revision],
        &[Action::Read, Action::Message, Action::Decide],
    ),
    Row(
        &[Role::Editor],
        Whose::Other,
        &[Stage::Published],
        &[Action::Read, Action::Message, Action::Retract],
    ),
    Row(&[Role::Editor], Whose::Other, &[Stage::Declined], &[Action::Read, Action::Message]),
    Row(&[Role::Editor], Whose::Other, &[Stage::Withdrawn, Stage::Retracted], &[Action::Read]),
];

/// Whether somebody with one role may do this with such a submission in this stage.
pub fn role_may(role: Role, whose: Whose, stage: Stage, action: Action) -> bool {
    TABLE.iter().any(|Row(roles, which, stages, actions)| {
        roles.contains(&role)
            && *which == whose
            && stages.contains(&stage)
            && actions.contains(&action)
    })
}

/// Whether somebody with these roles may do this with such a submission in this stage.
pub fn may(roles: &Roles, whose: Whose, stage: Stage, action: Action) -> bool {
    roles.iter().any(|role| role_may(role, whose, stage, action))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(roles: &Roles) -> impl Iterator<Item = (Whose, Stage, Action)> {
        let cells = Whose::ALL.into_iter().flat_map(|whose| {
            Stage::ALL.into_iter().flat_map(move |stage| {
                Action::ALL.into_iter().map(move |action| (whose, stage, action))
            })
        });
        cells.filter(|(whose, stage, action)| may(roles, *whose, *stage, *action))
    }

    #[test]
    fn nobody_decides_about_their_own_piece_and_nobody_reads_a_strangers_draft() {
        let everything = Roles::of(Role::ALL);
        for (whose, stage, action) in all(&everything) {
            let decides = matches!(action, Action::Decide | Action::Assign | Action::Review);
            assert!(!(whose == Whose::Own && decides), "{stage} {action:?}");
            assert!(whose == Whose::Own || stage != Stage::Draft, "{stage} {action:?}");
            let changes =
                matches!(action, Action::Edit | Action::Send | Action::Withdraw | Action::Renew);
            assert!(whose == Whose::Own || !changes, "{stage} {action:?}");
        }
    }

    #[test]
    fn a_reader_a_member_and_an_admin_have_no_say_about_the_pieces_of_others() {
        for role in [Role::Reader, Role::Member, Role::Researcher, Role::Admin] {
            let roles = Roles::of([role]);
            let others = all(&roles).filter(|(whose, ..)| *whose != Whose::Own);
            assert_eq!(others.count(), 0, "{role}");
        }
    }

    #[test]
    fn whoever_may_do_something_may_see_it() {
        let everything = Roles::of(Role::ALL);
        for (whose, stage, action) in all(&everything) {
            assert!(may(&everything, whose, stage, Action::Read), "{stage} {action:?}");
        }
    }

    #[test]
    fn offices_belong_to_roles() {
        let of = |roles: &str| roles.parse::<Roles>().unwrap();
        assert!(Office::ReadQueue.may(&of("editor")) && !Office::ReadQueue.may(&of("admin")));
        for role in Role::ALL {
            let reads = matches!(role, Role::Member | Role::Editor);
            assert_eq!(Office::ReadMembers.may(&Roles::of([role])), reads, "{role}");
        }
        for office in [Office::ManagePeople, Office::ReadMails, Office::ReadAudit] {
            assert!(office.may(&of("admin")) && !office.may(&of("editor,reviewer,researcher")));
        }
    }
}
