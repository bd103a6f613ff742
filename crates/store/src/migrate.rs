//! The shape of the database: numbered steps, forward only, part of the program.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use sqlx::AnyConnection;

use crate::error::{StoreError, of_engine};
use crate::open::Backend;
use crate::rows::{get, number};

/// One step. Once released its text never changes; a test holds its SHA-256.
struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: [Migration; 20] = [
    Migration {
        number: 1,
        name: "sources_entries_briefs_changes_jobs",
        sql: include_str!("../migrations/0001_sources_entries_briefs_changes_jobs.sql"),
    },
    Migration { number: 2, name: "alerts", sql: include_str!("../migrations/0002_alerts.sql") },
    Migration {
        number: 3,
        name: "repositories",
        sql: include_str!("../migrations/0003_repositories.sql"),
    },
    Migration { number: 4, name: "stories", sql: include_str!("../migrations/0004_stories.sql") },
    Migration { number: 5, name: "rhythm", sql: include_str!("../migrations/0005_rhythm.sql") },
    Migration { number: 6, name: "rules", sql: include_str!("../migrations/0006_rules.sql") },
    Migration {
        number: 7,
        name: "institutions",
        sql: include_str!("../migrations/0007_institutions.sql"),
    },
    Migration { number: 8, name: "figures", sql: include_str!("../migrations/0008_figures.sql") },
    Migration { number: 9, name: "papers", sql: include_str!("../migrations/0009_papers.sql") },
    Migration {
        number: 10,
        name: "foresight",
        sql: include_str!("../migrations/0010_foresight.sql"),
    },
    Migration {
        number: 11,
        name: "people_and_submissions",
        sql: include_str!("../migrations/0011_people_and_submissions.sql"),
    },
    Migration {
        number: 12,
        name: "passkeys",
        sql: include_str!("../migrations/0012_passkeys.sql"),
    },
    Migration {
        number: 13,
        name: "subscriptions",
        sql: include_str!("../migrations/0013_subscriptions.sql"),
    },
    Migration { number: 14, name: "charts", sql: include_str!("../migrations/0014_charts.sql") },
    Migration {
        number: 15,
        name: "connections",
        sql: include_str!("../migrations/0015_connections.sql"),
    },
    Migration {
        number: 16,
        name: "next_versions",
        sql: include_str!("../migrations/0016_next_versions.sql"),
    },
    Migration {
        number: 17,
        name: "expertise",
        sql: include_str!("../migrations/0017_expertise.sql"),
    },
    Migration {
        number: 18,
        name: "watched_trends",
        sql: include_str!("../migrations/0018_watched_trends.sql"),
    },
    Migration { number: 19, name: "members", sql: include_str!("../migrations/0019_members.sql") },
    Migration { number: 20, name: "regions", sql: include_str!("../migrations/0020_regions.sql") },
];

/// Brings the database to the shape this program knows, within the transaction of `connection`.
///
/// Steps that a newer program has made are left alone: each is made so that the program before it
/// still runs.
///
/// # Errors
/// [`StoreError::Corrupt`] when a step was once made from another text.
pub(crate) async fn migrate(
    connection: &mut AnyConnection,
    backend: Backend,
) -> Result<(), StoreError> {
    if backend == Backend::Postgres {
        // Two programs that start at the same time must not both make the first table. The number is
        // only a name for the lock.
        let lock = "SELECT pg_advisory_xact_lock(20261124)";
        sqlx::raw_sql(lock).execute(&mut *connection).await.map_err(of_engine)?;
    }
    let table = "CREATE TABLE IF NOT EXISTS migrations \
        (number BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL)";
    sqlx::raw_sql(table).execute(&mut *connection).await.map_err(of_engine)?;
    for migration in MIGRATIONS {
        let sha256 = sha256_hex(migration.sql.as_bytes());
        let made = sqlx::query("SELECT sha256 FROM migrations WHERE number = $1")
            .bind(migration.number)
            .fetch_optional(&mut *connection)
            .await
            .map_err(of_engine)?;
        match made {
            Some(row) if get::<String>(&row, "sha256")? == sha256 => {}
            Some(_) => {
                let what = format!("migration {} was made from another text", migration.number);
                return Err(StoreError::Corrupt { what, source: None });
            }
            None => make(connection, &migration, &sha256).await?,
        }
    }
    warn_of_newer(connection).await
}

async fn make(
    connection: &mut AnyConnection,
    migration: &Migration,
    sha256: &str,
) -> Result<(), StoreError> {
    sqlx::raw_sql(migration.sql).execute(&mut *connection).await.map_err(of_engine)?;
    sqlx::query("INSERT INTO migrations (number, name, sha256) VALUES ($1, $2, $3)")
        .bind(migration.number)
        .bind(migration.name)
        .bind(sha256)
        .execute(&mut *connection)
        .await
        .map_err(of_engine)?;
    tracing::info!(migration = migration.number, "made migration {}", migration.name);
    Ok(())
}

async fn warn_of_newer(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let newest = newest(connection).await?;
    if newest > number(MIGRATIONS.len()) {
        tracing::warn!(migration = newest, "a newer program has changed this database before");
    }
    Ok(())
}

/// The number of the last step that was made.
pub(crate) async fn newest(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT MAX(number) AS newest FROM migrations")
        .fetch_one(connection)
        .await
        .map_err(of_engine)?;
    Ok(get::<Option<i64>>(&row, "newest")?.unwrap_or_default())
}

/// The SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// `bytes` as lower-case hexadecimal digits, two for each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing into a `String` cannot fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_steps_never_change() {
        let held = [
            "5dced3334b132ca01e7647a8a6da7c7f53ae8f92b99aeabff9a98bcc834f86ae",
            "4be20cb1ce93f492bf82cfc4de7dc6e93fc10bb83a1f4c2c462e3a6b5b41c91b",
            "ffeaa16b7e7a63369715597f4468dcc6b0afc942f7c27ea7990e933dc37683b1",
            "6c9a016658eefc62d1af2fccbc5117c375e9f69efe8f09b196b8306170fb167f",
            "adb6245c7994ed581d87af951620d39ccef00629cf2cc716f57496418f500f91",
            "be9352414574b1a81c31b86f9c60f82dea44db443befcfd5595c80f730497406",
            "b677737102f1515062a42eb1464345dfb2ea6eb2e495b0de70a9b63e24f7d931",
            "edf90b0f68e64c8c997327bd3f6244daa169f4fc9512f37e53a8e56e59f0fcd5",
            "5c2bf787fa4c91ef6a8814a6f41fa1335f2e5434083a2d8cb45a94868608c015",
            "dadc75b128a3763085e085727c15812b00933bb60117e38c8d6824077c499610",
            "afc042c1e29fe418a153546418581be7c6a01d537336b8526ad5ef1ea81f1e8e",
            "371c174ecf2e88cd1ba6226bbe84bd566c636a48e27093ee5026bebae59bb2f7",
            "5ebbfcab0ac23696949f741ffce56eda9967ee7eb3020cd817d7d254a73e3f06",
            "8f8d5b450bb4af484350d0e243c5ce8285e0f2ea87937872f2106c58b17af1c4",
            "c0710528d4a6217d0e01d2e18bb5269416f7d4aa536c1bc76de96ec2fc3fa71f",
            "db0bd0aa4370d6deb5facc6fc2b1ce4c86ee70dfd1a1bc194c98c5a60921d822",
            "385777f1f1beff8f65162f1c11fa9e01b3fcce2678e7ec9d20b6df0c1070eb70",
            "56bd8e8c0035a28003eb20eb132ccc415bedc00201a3f58f671375d78e505e51",
            "d8a21430bc5d81de65c0ab7ee4a22b4cb265aac6d8662db8c1a2664a812ffae1",
            "a63ba563643dce0d9c34901ffffaf06240daeb7e0026a47aa59dfc4854798dbe",
        ];
        let made = MIGRATIONS.map(|migration| sha256_hex(migration.sql.as_bytes()));
        assert_eq!(made, held, "write a new migration instead of changing one");
    }

    #[test]
    fn steps_are_numbered_from_one() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number, number(index + 1));
        }
    }

    #[test]
    fn the_digest_is_that_of_fips_180_4() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
    }
}
