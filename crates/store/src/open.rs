//! Opens the database, whichever of the two it is, and holds the connections to it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Transaction};
use uuid::Uuid;

use crate::error::{StoreError, of_engine};
use crate::jobs;
use crate::migrate::migrate;
use crate::rows::get;
use crate::together::Together;

/// Oldest SQLite that is opened: earlier ones can damage a database in WAL mode
/// (<https://sqlite.org/wal.html#walresetbug>).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// Oldest PostgreSQL that is opened: the one the stories run on.
const OLDEST_POSTGRES: u32 = 15;

/// How long a connection waits for another's write at most, in seconds, whatever the settings say:
/// SQLite counts it in milliseconds of 31 bits.
const MAX_BUSY_SECONDS: u64 = 86_400;

/// What the store is told by the operator.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://USER@HOST/DATABASE`. May hold a password: never shown.
    pub url: String,
    /// Where files are kept by their SHA-256. Made when it does not exist.
    pub files_folder: PathBuf,
    /// Connections at once. SQLite has one more, which alone writes.
    pub max_connections: u32,
    /// How long a write waits for its turn, then it is refused as [`StoreError::Busy`].
    pub busy_timeout_seconds: u64,
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        formatter
            .debug_struct("Settings")
            .field("url", &format_args!("{scheme}:…"))
            .field("files_folder", &self.files_folder)
            .field("max_connections", &self.max_connections)
            .field("busy_timeout_seconds", &self.busy_timeout_seconds)
            .finish()
    }
}

/// All that survives a restart. Cheap to clone; all clones share the same connections.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    backend: Backend,
    readers: AnyPool,
    /// SQLite: a pool of one connection, so that writers queue in the order in which they came and
    /// never meet `SQLITE_BUSY` among themselves. PostgreSQL: the same pool as `readers`.
    writer: AnyPool,
    /// Writes of harvests and jobs, which share transactions.
    together: Together,
    files_folder: PathBuf,
}

/// Which of the two databases it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    fn of(url: &str) -> Result<Self, StoreError> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(refused("the address of a store begins with sqlite: or postgres:")),
        }
    }

    /// The name people know.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// How a writing transaction begins. IMMEDIATE takes SQLite's write lock at once: a transaction
    /// that began by reading could not wait for it later (`SQLITE_BUSY_SNAPSHOT`).
    const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }
}

impl Store {
    /// Opens the database and the folder of files, makes them when they do not exist, and brings the
    /// database to the shape this program knows.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a url of another kind, SQLite before 3.51.3 or PostgreSQL before
    /// 15; [`StoreError::Unavailable`] when database or disk do not answer; [`StoreError::Corrupt`]
    /// when the file is no database or its shape is not one this program made.
    pub async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let backend = Backend::of(&settings.url)?;
        sqlx::any::install_default_drivers();
        tokio::fs::create_dir_all(&settings.files_folder).await.map_err(StoreError::disk)?;
        if backend == Backend::Sqlite {
            make_private(sqlite_path(&settings.url)?).await?;
        }
        // The writer first: it turns on WAL, which readers then find.
        let writer = connect(backend, Role::Writer, settings).await?;
        let readers = match backend {
            Backend::Sqlite => connect(backend, Role::Reader, settings).await?,
            Backend::Postgres => writer.clone(),
        };
        let files_folder = settings.files_folder.clone();
        let together = Together::default();
        let inner = Inner { backend, readers, writer, together, files_folder };
        let store = Self { inner: Arc::new(inner) };
        refuse_old(backend, &store.version().await?)?;
        store.prepare().await?;
        Ok(store)
    }

    /// Waits for what is running and closes all connections, of all clones.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// The random name of this store, made when it was created: an index that was made from another
    /// store is not ours.
    ///
    /// # Errors
    /// As every read: [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn store_id(&self) -> Result<String, StoreError> {
        let row = sqlx::query("SELECT store_id FROM ledger WHERE id = 1")
            .fetch_one(self.readers())
            .await
            .map_err(of_engine)?;
        get(&row, "store_id")
    }

    /// Shape and first rows, in one transaction.
    async fn prepare(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        migrate(&mut transaction, self.backend()).await?;
        let sql = "INSERT INTO ledger (id, store_id, last_change) VALUES (1, $1, 0) \
            ON CONFLICT (id) DO NOTHING";
        sqlx::query(sql)
            .bind(Uuid::now_v7().to_string())
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        jobs::plan_forgotten(&mut transaction).await?;
        commit(transaction).await
    }

    /// The version of the database program, as it says itself.
    pub(crate) async fn version(&self) -> Result<String, StoreError> {
        let sql = match self.backend() {
            Backend::Sqlite => "SELECT sqlite_version() AS version",
            Backend::Postgres => "SELECT current_setting('server_version') AS version",
        };
        let row = sqlx::query(sql).fetch_one(self.readers()).await.map_err(of_engine)?;
        get(&row, "version")
    }

    pub(crate) fn backend(&self) -> Backend {
        self.inner.backend
    }

    /// Where reads run.
    pub(crate) fn readers(&self) -> &AnyPool {
        &self.inner.readers
    }

    pub(crate) fn together(&self) -> &Together {
        &self.inner.together
    }

    pub(crate) fn files_folder(&self) -> &std::path::Path {
        &self.inner.files_folder
    }

    /// A transaction that may write. Dropped without [`commit`], nothing of it is kept.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        self.inner.writer.begin_with(self.backend().begin()).await.map_err(of_engine)
    }

    /// Waits until nobody else counts what `what` names, until the transaction ends: a limit that is
    /// looked up and then acted upon must not be looked up by two at once. SQLite has one writer
    /// anyway. To be called before anything else is locked.
    pub(crate) async fn alone(
        &self,
        connection: &mut AnyConnection,
        what: &str,
    ) -> Result<(), StoreError> {
        if self.backend() == Backend::Postgres {
            sqlx::query("SELECT CAST(pg_advisory_xact_lock(hashtextextended($1, 0)) AS TEXT)")
                .bind(what)
                .execute(connection)
                .await
                .map_err(of_engine)?;
        }
        Ok(())
    }
}

/// Makes a transaction durable.
pub(crate) async fn commit(transaction: Transaction<'static, Any>) -> Result<(), StoreError> {
    transaction.commit().await.map_err(of_engine)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Reader,
    Writer,
}

async fn connect(backend: Backend, role: Role, settings: &Settings) -> Result<AnyPool, StoreError> {
    let wait = Duration::from_secs(settings.busy_timeout_seconds.clamp(1, MAX_BUSY_SECONDS));
    let session = session(backend, role, wait);
    let one_writer = backend == Backend::Sqlite && role == Role::Writer;
    let mut options = AnyPoolOptions::new()
        .max_connections(if one_writer { 1 } else { settings.max_connections.max(1) })
        .acquire_timeout(wait)
        .after_connect(move |connection, _| {
            let session = session.clone();
            Box::pin(async move {
                sqlx::raw_sql(AssertSqlSafe(session)).execute(connection).await.map(drop)
            })
        });
    if backend == Backend::Sqlite {
        // An open file needs no test before each use, and a connection costs nothing to keep.
        options = options.test_before_acquire(false).idle_timeout(None).max_lifetime(None);
        // On a full disk SQLite ends the transaction by itself; the driver, whose own ROLLBACK then
        // fails, would take the connection for one inside a transaction for ever. The ping lets that
        // ROLLBACK run first. `false` closes the connection, and the next writer gets a new one.
        options = options.after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
    }
    let url = match backend {
        Backend::Sqlite => sqlite_url(&settings.url)?,
        Backend::Postgres => settings.url.clone(),
    };
    let address: AnyConnectOptions = url.parse().map_err(of_engine)?;
    options.connect_with(address).await.map_err(of_engine)
}

/// What each new connection is told first. The numbers are ours; nothing here comes from outside.
fn session(backend: Backend, role: Role, wait: Duration) -> String {
    let wait = wait.as_millis();
    match (backend, role) {
        // FULL: each commit is on the disk when it returns (`decisions/0002`). The log is cut back to
        // 64 MiB after a large write. 32 MiB of pages stay at hand: what is filed to find what tells one
        // story (`stories/filing.rs`) touches a page of twelve indexes for each entry.
        (Backend::Sqlite, Role::Writer) => format!(
            "PRAGMA busy_timeout = {wait}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; \
             PRAGMA cache_size = -32768;"
        ),
        (Backend::Sqlite, Role::Reader) => {
            format!("PRAGMA busy_timeout = {wait}; PRAGMA query_only = ON;")
        }
        // A plan that was made while a table was empty reads all of it when it has grown: each
        // statement is planned for the table as it is. The last line only takes effect where an
        // operator has turned durability off for the whole server.
        (Backend::Postgres, _) => format!(
            "SET lock_timeout = {wait}; SET idle_in_transaction_session_timeout = '60s'; \
             SET plan_cache_mode = force_custom_plan; \
             SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') = 'off';"
        ),
    }
}

/// The file of an SQLite store.
fn sqlite_path(url: &str) -> Result<&str, StoreError> {
    let path = url.strip_prefix("sqlite:").unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains(['?', '\0']) || path.contains(":memory:") {
        // A database in memory would be another one for each connection.
        return Err(refused("the address of an SQLite store is sqlite: and the path of a file"));
    }
    Ok(path)
}

/// The address of an SQLite file as the driver wants it, every byte of the path taken literally.
fn sqlite_url(url: &str) -> Result<String, StoreError> {
    let literally = |byte: u8| match byte {
        b'/' | b'.' | b'_' | b'-' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    Ok(format!("sqlite:{}", sqlite_path(url)?.bytes().map(literally).collect::<String>()))
}

/// Makes an empty file, where there is none, that only its owner reads: it will hold what is not
/// published yet. SQLite gives its other files the same rights.
async fn make_private(path: &str) -> Result<(), StoreError> {
    let mut file = tokio::fs::OpenOptions::new();
    file.append(true).create(true);
    #[cfg(unix)]
    file.mode(0o600);
    file.open(path).await.map(drop).map_err(StoreError::disk)
}

fn refuse_old(backend: Backend, version: &str) -> Result<(), StoreError> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or_default();
    let found = (next(), next(), next());
    let rule = match backend {
        Backend::Sqlite if found < OLDEST_SQLITE => "SQLite must be 3.51.3 or newer",
        Backend::Postgres if found.0 < OLDEST_POSTGRES => "PostgreSQL must be 15 or newer",
        Backend::Sqlite | Backend::Postgres => return Ok(()),
    };
    Err(refused(&format!("{rule}; this is {version}")))
}

fn refused(rule: &str) -> StoreError {
    StoreError::Refused { rule: rule.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_databases_are_refused() {
        let refused = |backend, version| refuse_old(backend, version).is_err();
        assert!(refused(Backend::Sqlite, "3.51.2"));
        assert!(!refused(Backend::Sqlite, "3.51.3"));
        assert!(!refused(Backend::Sqlite, "4.0.0"));
        assert!(refused(Backend::Postgres, "14.19 (Debian 14.19-0+deb12u1)"));
        assert!(!refused(Backend::Postgres, "15.14 (Debian 15.14-0+deb12u1)"));
        assert!(refused(Backend::Postgres, "unknown"));
    }

    #[test]
    fn a_path_is_taken_literally() {
        let url = sqlite_url("sqlite:/a b/50%#1.db").unwrap();
        assert_eq!(url, "sqlite:/a%20b/50%25%231.db");
        assert_eq!(sqlite_url("sqlite://data/é.db").unwrap(), "sqlite:data/%C3%A9.db");
        for wrong in ["sqlite:", "sqlite::memory:", "sqlite:a?mode=ro"] {
            assert!(sqlite_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_scheme_chooses_the_database() {
        assert_eq!(Backend::of("sqlite:a.db").unwrap(), Backend::Sqlite);
        assert_eq!(Backend::of("postgres://u@h/d").unwrap(), Backend::Postgres);
        for wrong in ["", "mysql://h/d", "a.db", "/a.db"] {
            assert!(matches!(Backend::of(wrong), Err(StoreError::Refused { .. })), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url = "postgres://user:secret@host/db".to_owned();
        let settings = Settings {
            url,
            files_folder: PathBuf::from("files"),
            max_connections: 1,
            busy_timeout_seconds: 1,
        };
        assert!(!format!("{settings:?}").contains("secret"));
    }

    async fn store_in(folder: &std::path::Path) -> Store {
        let settings = Settings {
            url: format!("sqlite:{}", folder.join("a store #1%.db").display()),
            files_folder: folder.join("files"),
            max_connections: 2,
            busy_timeout_seconds: 5,
        };
        Store::open(&settings).await.unwrap()
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_reads_the_file() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        for name in ["a store #1%.db", "a store #1%.db-wal"] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        store.close().await;
    }

    /// A full disk: SQLite ends the transaction by itself, and the driver does not notice.
    #[tokio::test]
    async fn writes_go_on_after_a_full_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        let fill = "INSERT INTO withdrawn_pieces (series, slug, withdrawn) VALUES ($1, $2, 0)";
        let mut transaction = store.begin().await.unwrap();
        // The limit is one of this connection, as small as the file is now.
        sqlx::raw_sql("PRAGMA max_page_count = 1").execute(&mut *transaction).await.unwrap();
        let error = loop {
            let filling = sqlx::query(fill).bind(Uuid::now_v7().to_string()).bind("x".repeat(9000));
            if let Err(error) = filling.execute(&mut *transaction).await {
                break of_engine(error);
            }
        };
        assert!(matches!(&error, StoreError::Unavailable { .. }), "{error:?}");
        drop(transaction);
        let transaction = store.begin().await.unwrap();
        commit(transaction).await.unwrap();
        store.close().await;
    }

    #[tokio::test]
    async fn each_connection_is_told_how_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        let mut transaction = store.begin().await.unwrap();
        for (pragma, column, expected) in [
            // 2 is FULL.
            ("PRAGMA synchronous", "synchronous", 2),
            ("PRAGMA foreign_keys", "foreign_keys", 1),
            ("PRAGMA busy_timeout", "timeout", 5000),
        ] {
            let row = sqlx::query(pragma).fetch_one(&mut *transaction).await.unwrap();
            assert_eq!(get::<i64>(&row, column).unwrap(), expected, "{pragma}");
        }
        commit(transaction).await.unwrap();
        let written = sqlx::query("DELETE FROM jobs").execute(store.readers()).await;
        assert!(written.is_err(), "readers do not write");
        store.close().await;
    }
}
