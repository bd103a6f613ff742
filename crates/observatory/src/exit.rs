//! How the program ends.

use std::fmt;
use std::process::ExitCode;

/// How a command ended, as the caller's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: it ran, and the answer is no: nothing found, or a check found faults.
    No,
    /// 2: wrong use. (clap ends with 2 by itself as well.)
    WrongUse,
    /// 3: the surroundings failed: network, disk, lock. May be tried again.
    Surroundings,
    /// 5: data are damaged, a person is needed.
    Damaged,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::WrongUse => 2,
            Self::Surroundings => 3,
            Self::Damaged => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that knows its exit code and what to do about it.
#[derive(Debug)]
pub(crate) struct Advice {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What to do, as a command or a sentence.
    pub(crate) hint: &'static str,
}

impl fmt::Display for Advice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.hint)
    }
}

impl std::error::Error for Advice {}

/// The exit code of an error, by what it speaks of.
pub(crate) fn of(error: &anyhow::Error) -> (Exit, Option<&'static str>) {
    if let Some(advice) = error.downcast_ref::<Advice>() {
        return (advice.exit, Some(advice.hint));
    }
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<observatory_store::StoreError>() {
            return of_store(error);
        }
        if let Some(error) = cause.downcast_ref::<observatory_search::SearchError>() {
            return of_search(error);
        }
        if cause.downcast_ref::<toml::de::Error>().is_some() {
            return (Exit::WrongUse, None);
        }
    }
    (Exit::Surroundings, None)
}

fn of_store(error: &observatory_store::StoreError) -> (Exit, Option<&'static str>) {
    use observatory_store::StoreError;
    match error {
        StoreError::Corrupt { .. } => (Exit::Damaged, Some("observatory doctor")),
        StoreError::Conflict { .. } => (Exit::No, None),
        _ => (Exit::Surroundings, Some("observatory doctor")),
    }
}

fn of_search(error: &observatory_search::SearchError) -> (Exit, Option<&'static str>) {
    use observatory_search::SearchError;
    match error {
        SearchError::Corrupt { .. } => (Exit::Damaged, Some("observatory index build")),
        _ => (Exit::Surroundings, None),
    }
}
