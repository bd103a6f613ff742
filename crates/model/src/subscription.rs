//! Subscriptions at hubs (WebSub, <https://www.w3.org/TR/websub/>): a hub tells when a feed has changed.

use std::str::FromStr;

use crate::address::WebAddress;
use crate::alert::Token;
use crate::clock::Timestamp;
use crate::id::SourceId;
use crate::source::UnknownWord;

/// A subscription of a source at its hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The source.
    pub source: SourceId,
    /// The hub, as the feed names it.
    pub hub: WebAddress,
    /// What the hub calls the feed.
    pub topic: WebAddress,
    /// The word in the address at which the hub reaches us: nobody else knows it.
    pub callback: Token,
    /// What the hub signs with.
    pub secret: Token,
    /// How it stands.
    pub state: SubscriptionState,
    /// Since when it stands so.
    pub since: Timestamp,
    /// When the hub was asked; `None` when it has answered since.
    pub asked: Option<Timestamp>,
    /// Until when the hub tells, unless it is asked again.
    pub lease_end: Option<Timestamp>,
    /// When the hub last told of a change.
    pub last_push: Option<Timestamp>,
    /// Why it has ended, or why its hub could not be asked the last time, in English, for the operator.
    pub reason: Option<String>,
}

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// The hub has not confirmed it yet.
    Wanted,
    /// The hub tells of changes.
    Active,
    /// The hub does not want it, or is gone.
    Ended,
}

impl SubscriptionState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Wanted, Self::Active, Self::Ended];

    /// The word for this state in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }
}

impl FromStr for SubscriptionState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.code() == text).ok_or(UnknownWord)
    }
}

impl Subscription {
    /// Whether the hub tells of changes at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.state == SubscriptionState::Active && self.lease_end.is_some_and(|end| end > now)
    }

    /// Whether the hub has shown that it tells of changes, and still does at `now`: only then may its source
    /// be read more seldom.
    pub fn is_proven(&self, now: Timestamp) -> bool {
        self.is_active(now) && self.last_push.is_some_and(|push| push >= self.since)
    }

    /// How it stands at `now`, for people: a lease that has run out is no subscription.
    pub fn stands(&self, now: Timestamp) -> SubscriptionState {
        match self.state {
            SubscriptionState::Active if !self.is_active(now) => SubscriptionState::Wanted,
            state => state,
        }
    }
}
