//! Work that is done in the background, at least once.

use serde::{Deserialize, Serialize};

use crate::brief::BriefAddress;
use crate::clock::Timestamp;
use crate::id::{AlertId, JobId, MailId, PersonId, ReviewId, SourceId, SubmissionId};

/// A piece of work. Running it twice does no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Work {
    /// Read a source and keep what is new.
    FetchFeed {
        /// The source.
        source: SourceId,
    },
    /// Ask the hub of a source to tell when it changes.
    Subscribe {
        /// The source.
        source: SourceId,
    },
    /// The instant of publication of a piece has come: tell the index.
    LiftEmbargo {
        /// The piece, in all its languages.
        piece: BriefAddress,
    },
    /// Build the index anew, while the old one answers. Whoever writes the index takes it.
    RebuildIndex,
    /// Count what rises, and keep it as the picture of the day.
    PaintPicture,
    /// Look whether what has changed matches the searches of alerts.
    MatchAlerts,
    /// Write the mail of an alert about what matches, if anything does.
    SendAlert {
        /// The alert.
        alert: AlertId,
    },
    /// Send a mail that was written.
    SendMail {
        /// The mail.
        mail: MailId,
    },
    /// The time to confirm an alert is over: forget it where nobody has.
    ForgetQuestion {
        /// The alert.
        alert: AlertId,
    },
    /// The time in which a decision about a submission can be taken back is over: carry it out.
    CarryOut {
        /// The submission.
        submission: SubmissionId,
    },
    /// Write the mail that tells a person what has happened since the last one.
    SendNotices {
        /// The person.
        person: PersonId,
    },
    /// Remind a reviewer, where something is still expected.
    RemindReviewer {
        /// The review.
        review: ReviewId,
    },
    /// Read the file of a submission.
    ReadManuscript {
        /// The submission.
        submission: SubmissionId,
    },
    /// Forget sessions, links and unclaimed drafts that are over.
    TendDesk,
}

impl Work {
    /// What two pieces of work have in common when one of them waiting is enough.
    pub fn once(&self) -> String {
        match self {
            Self::FetchFeed { source } => format!("fetch-feed:{source}"),
            Self::Subscribe { source } => format!("subscribe:{source}"),
            Self::LiftEmbargo { piece } => format!("lift-embargo:{piece}"),
            Self::RebuildIndex => "rebuild-index".to_owned(),
            Self::PaintPicture => "paint-picture".to_owned(),
            Self::MatchAlerts => "match-alerts".to_owned(),
            Self::SendAlert { alert } => format!("send-alert:{alert}"),
            Self::SendMail { mail } => format!("send-mail:{mail}"),
            Self::ForgetQuestion { alert } => format!("forget-question:{alert}"),
            Self::CarryOut { submission } => format!("carry-out:{submission}"),
            Self::SendNotices { person } => format!("send-notices:{person}"),
            Self::RemindReviewer { review } => format!("remind-reviewer:{review}"),
            Self::ReadManuscript { submission } => format!("read-manuscript:{submission}"),
            Self::TendDesk => "tend-desk".to_owned(),
        }
    }
}

/// Work that somebody has taken on until [`Job::leased_until`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub work: Work,
    /// How often it was begun, this time included: 1, 2, 3, …
    pub attempt: u32,
    /// After this time somebody else may take it.
    pub leased_until: Timestamp,
}

/// How work ended when it did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextTry {
    /// It is tried again at this time.
    At(Timestamp),
    /// It is given up; the reason is kept.
    Never,
}

/// Seconds to wait before try 2, 3, …: 10 s, 30 s, 2 min, 10 min, 1 h, 6 h.
///
/// Six retries, then it is given up: a fault that lasts longer than 7 hours 12 minutes needs a person.
/// A harvest is never given up: it goes on every 6 hours, so that no source stays silent after, say, a
/// full disk was emptied.
pub const RETRY_SECONDS: [i64; 6] = [10, 30, 120, 600, 3600, 21_600];

impl Work {
    /// When this work, having failed at its `attempt`-th try, is tried again: see [`RETRY_SECONDS`].
    pub fn next_try(&self, attempt: u32, now: Timestamp) -> NextTry {
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let wait = RETRY_SECONDS.get(index).or(match self {
            Self::FetchFeed { .. } => RETRY_SECONDS.last(),
            Self::Subscribe { .. }
            | Self::LiftEmbargo { .. }
            | Self::RebuildIndex
            | Self::PaintPicture
            | Self::MatchAlerts
            | Self::SendAlert { .. }
            | Self::SendMail { .. }
            | Self::ForgetQuestion { .. }
            | Self::CarryOut { .. }
            | Self::SendNotices { .. }
            | Self::RemindReviewer { .. }
            | Self::ReadManuscript { .. }
            | Self::TendDesk => None,
        });
        wait.map_or(NextTry::Never, |wait| NextTry::At(now.plus_seconds(*wait)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_follow_the_series_and_end() {
        let now = Timestamp::EPOCH;
        let lift = Work::LiftEmbargo { piece: "learning-labs/a".parse().unwrap() };
        assert_eq!(lift.next_try(1, now), NextTry::At(now.plus_seconds(10)));
        assert_eq!(lift.next_try(6, now), NextTry::At(now.plus_seconds(21_600)));
        assert_eq!(lift.next_try(7, now), NextTry::Never);
        let fetch = Work::FetchFeed { source: SourceId::new(now) };
        assert_eq!(fetch.next_try(70, now), NextTry::At(now.plus_seconds(21_600)));
    }
}
