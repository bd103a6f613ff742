//! The four series in which pieces are published.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A programme of the agency, each with its own folder, list and feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Series {
    /// Briefs on emerging trends.
    FutureVision,
    /// Explainers for the diplomatic community.
    DemystifyingDigital,
    /// Hands-on lessons.
    LearningLabs,
    /// White papers, research sprints and thought pieces.
    AcademicNetwork,
}

/// The text names no series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a series is one of future-vision, demystifying-digital, learning-labs, academic-network")]
pub struct InvalidSeries;

impl Series {
    /// All four, in the order of the navigation.
    pub const ALL: [Self; 4] =
        [Self::FutureVision, Self::DemystifyingDigital, Self::LearningLabs, Self::AcademicNetwork];

    /// The series' word in addresses and folder names.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::FutureVision => "future-vision",
            Self::DemystifyingDigital => "demystifying-digital",
            Self::LearningLabs => "learning-labs",
            Self::AcademicNetwork => "academic-network",
        }
    }

    /// Whether a piece must say in one box what a hurried reader needs.
    pub const fn needs_bottom_line(self) -> bool {
        matches!(self, Self::FutureVision | Self::DemystifyingDigital)
    }

    /// Whether a piece must say how sure it is.
    pub const fn needs_confidence(self) -> bool {
        matches!(self, Self::FutureVision)
    }
}

impl fmt::Display for Series {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}

impl FromStr for Series {
    type Err = InvalidSeries;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|series| series.slug() == text).ok_or(InvalidSeries)
    }
}
