//! What can go wrong with the store, by what the caller can do about it.

use std::fmt;

use sqlx::Error;

/// A cause of whatever kind.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why the store did not do what was asked. Nothing of a failed write is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What the store holds speaks against it: trying again does not help.
    #[error("{what}")]
    Conflict {
        /// What speaks against what, in English, for the operator.
        what: String,
    },
    /// Too many at once: the same call may succeed a little later.
    #[error("the database is busy")]
    Busy {
        /// What the database said.
        #[source]
        source: BoxError,
    },
    /// The database or the disk does not answer, or cannot take more: somebody has to look.
    #[error("the store is not available")]
    Unavailable {
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// What was read is not what was once written.
    #[error("the store is damaged: {what}")]
    Corrupt {
        /// Which part of it.
        what: String,
        /// How that was seen, where another part of the program saw it.
        #[source]
        source: Option<BoxError>,
    },
    /// More bytes than a file may have.
    #[error("a file of {bytes} bytes is larger than the limit of {limit_bytes} bytes")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// The settings or the database do not fit this program.
    #[error("the store cannot be opened: {rule}")]
    Refused {
        /// What is demanded.
        rule: String,
    },
}

impl StoreError {
    /// A conflict, in words.
    pub(crate) fn conflict(what: impl fmt::Display) -> Self {
        Self::Conflict { what: what.to_string() }
    }

    /// A part of the store that cannot be understood, and why.
    pub(crate) fn corrupt(what: impl fmt::Display, source: impl Into<BoxError>) -> Self {
        Self::Corrupt { what: what.to_string(), source: Some(source.into()) }
    }

    /// A failure of the disk.
    pub(crate) fn disk(source: std::io::Error) -> Self {
        Self::Unavailable { source: source.into() }
    }
}

/// What an error of the driver means to the caller.
pub(crate) fn of_engine(error: Error) -> StoreError {
    let verdict = match &error {
        Error::Database(cause) => {
            let code = cause.code().unwrap_or_default();
            if cause.is_unique_violation() || cause.is_foreign_key_violation() {
                Verdict::Conflict
            } else {
                // SQLite's codes are numbers of up to four digits, PostgreSQL's have five characters.
                code.parse().ok().filter(|_| code.len() < 5).map_or_else(|| sqlstate(&code), sqlite)
            }
        }
        Error::PoolTimedOut => Verdict::Busy,
        Error::ColumnDecode { .. } | Error::Decode(_) | Error::AnyDriverError(_) => {
            Verdict::Corrupt
        }
        _ => Verdict::Unavailable,
    };
    match verdict {
        Verdict::Busy => StoreError::Busy { source: error.into() },
        Verdict::Unavailable => StoreError::Unavailable { source: error.into() },
        Verdict::Corrupt => StoreError::corrupt("the database", error),
        Verdict::Conflict => StoreError::conflict(error),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Busy,
    Unavailable,
    Corrupt,
    Conflict,
}

/// By SQLite's primary result code (<https://www.sqlite.org/rescode.html>), the lowest byte.
const fn sqlite(code: u32) -> Verdict {
    match code & 0xff {
        // BUSY, LOCKED
        5 | 6 => Verdict::Busy,
        // CORRUPT, NOTADB
        11 | 26 => Verdict::Corrupt,
        _ => Verdict::Unavailable,
    }
}

/// By PostgreSQL's SQLSTATE (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
fn sqlstate(code: &str) -> Verdict {
    match code {
        // Serialization failure, deadlock, lock not available, too many connections.
        "40001" | "40P01" | "55P03" | "53300" => Verdict::Busy,
        // Data corrupted, index corrupted.
        "XX001" | "XX002" => Verdict::Corrupt,
        _ => Verdict::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_the_caller_can_do() {
        assert_eq!(sqlite(5), Verdict::Busy);
        // BUSY_SNAPSHOT
        assert_eq!(sqlite(517), Verdict::Busy);
        // IOERR_FSYNC
        assert_eq!(sqlite(1034), Verdict::Unavailable);
        // CORRUPT_INDEX
        assert_eq!(sqlite(779), Verdict::Corrupt);
        assert_eq!(sqlstate("40P01"), Verdict::Busy);
        assert_eq!(sqlstate("53100"), Verdict::Unavailable);
        assert_eq!(sqlstate("XX001"), Verdict::Corrupt);
    }

    #[test]
    fn a_full_pool_is_busy_and_keeps_its_cause() {
        let error = of_engine(Error::PoolTimedOut);
        assert!(matches!(&error, StoreError::Busy { .. }));
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("timed out"));
    }
}
