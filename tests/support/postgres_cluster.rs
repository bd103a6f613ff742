//! A PostgreSQL of the tests' own: started in a temporary folder, reached through a socket in it,
//! stopped and deleted at the end.
//!
//! Nobody else can reach it: it listens on no network address, and its folder belongs to the user who
//! runs it. It is no place for data: it does not wait for the disk.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Set to 1, the stories run on SQLite only.
const SWITCH: &str = "OBSERVATORY_TESTS_WITHOUT_POSTGRES";

/// A running PostgreSQL. Dropped, it stops.
pub(crate) struct PostgresCluster {
    programs: PathBuf,
    /// Who runs it, when we are root: PostgreSQL refuses to be run by root.
    user: Option<String>,
    folder: tempfile::TempDir,
}

impl PostgresCluster {
    /// Starts one, or says on the standard error why there is none and returns `None`.
    ///
    /// # Errors
    /// When PostgreSQL is installed and does not start; its own words are in the error.
    pub(crate) fn start() -> io::Result<Option<Self>> {
        #[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of the program")]
        if std::env::var(SWITCH).is_ok_and(|value| value == "1") {
            eprintln!("skipped on PostgreSQL: {SWITCH} is set");
            return Ok(None);
        }
        let Some(programs) = newest_programs() else {
            eprintln!("skipped on PostgreSQL: it is not installed in /usr/lib/postgresql");
            return Ok(None);
        };
        let user = match words("id", &["-u"])?.as_str() {
            "0" => Some("postgres".to_owned()),
            _ => None,
        };
        let folder = tempfile::Builder::new().prefix("observatory-pg-").tempdir()?;
        let cluster = Self { programs, user, folder };
        if let Some(user) = &cluster.user {
            let id = words("id", &["-u", user])?;
            let id = id.parse().map_err(io::Error::other)?;
            std::os::unix::fs::chown(cluster.folder.path(), Some(id), None)?;
        }
        let data = cluster.path("data");
        let initdb =
            ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
        cluster.run("initdb", &initdb)?;
        // No TCP; the socket lies in our folder and is named after a port that nobody opens.
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off \
             -c full_page_writes=off -c max_connections=50 -c shared_buffers=32MB",
            cluster.folder.path().display()
        );
        let log = cluster.path("log");
        cluster
            .run("pg_ctl", &["start", "-D", &data, "-l", &log, "-w", "-t", "60", "-o", &options])?;
        Ok(Some(cluster))
    }

    /// Makes an empty database and returns its url. `name`: lower-case letters, digits, underscores.
    ///
    /// # Errors
    /// When there is one of this name.
    pub(crate) fn database(&self, name: &str) -> io::Result<String> {
        let socket = self.folder.path().display().to_string();
        self.run("createdb", &["-h", &socket, "-U", "postgres", name])?;
        Ok(format!("postgres://postgres@localhost/{name}?host={socket}"))
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs one of PostgreSQL's programs to its end.
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<()> {
        let program = self.programs.join(program);
        let mut command = match &self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        // The server inherits what `pg_ctl` has open: a pipe would never end.
        let errors = std::fs::File::create(self.folder.path().join("errors"))?;
        let status = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .status()?;
        if status.success() {
            return Ok(());
        }
        let said = std::fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default();
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(io::Error::other(format!("{} failed: {said}{log}", program.display())))
    }
}

impl Drop for PostgresCluster {
    fn drop(&mut self) {
        let data = self.path("data");
        if !Path::new(&data).join("postmaster.pid").exists() {
            return;
        }
        if let Err(error) = self.run("pg_ctl", &["stop", "-D", &data, "-m", "immediate", "-w"]) {
            eprintln!("the PostgreSQL of the tests does not stop: {error}");
        }
    }
}

/// The folder of the programs of the newest PostgreSQL that is installed.
fn newest_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(version)?.join("bin");
    ["initdb", "pg_ctl", "createdb"].iter().all(|name| newest.join(name).exists()).then_some(newest)
}

/// What a program of the system prints, without the line end.
fn words(program: &str, arguments: &[&str]) -> io::Result<String> {
    let Output { status, stdout, .. } = Command::new(program).args(arguments).output()?;
    if !status.success() {
        return Err(io::Error::other(format!("{program} {} failed", arguments.join(" "))));
    }
    String::from_utf8(stdout).map(|text| text.trim().to_owned()).map_err(io::Error::other)
}
