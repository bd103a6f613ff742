//! A running `observatory serve` or `demo`, and plain HTTP to it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What `/readyz` says when everything in the store can be found.
const CAUGHT_UP: &str = "\"index_lag\":0";

/// The program under test.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_observatory"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], folder: &Path) -> Output {
    program().args(arguments).current_dir(folder).output().expect("the program runs")
}

/// A free port of this machine. Another program may take it before we do; then the test fails loudly.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A server process. It is killed when the test lets go of it.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    port: u16,
}

impl Running {
    /// Starts the program and waits until it says that it is ready and that its index has caught up
    /// with the store; returns how long that took.
    pub(crate) fn start(arguments: &[&str], folder: &Path, port: u16) -> (Self, Duration) {
        let begun = Instant::now();
        // A file and no pipe: nobody reads while it runs, and a full pipe would stop it.
        let log = File::create(folder.join("server.log")).expect("a file");
        let child = program()
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut running = Self { child, port };
        let is_ready = |(status, text): (u16, String)| status == 200 && text.contains(CAUGHT_UP);
        while !running.get("/readyz").is_some_and(is_ready) {
            if let Some(status) = running.child.try_wait().expect("its state") {
                let said = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
                panic!("the program ended with {status}: {said}");
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "not ready after a minute");
        }
        (running, begun.elapsed())
    }

    /// What `path` answers; `None` when nobody answers.
    pub(crate) fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        Some((status, answer))
    }

    /// The page at `path`, which must be there.
    pub(crate) fn page(&self, path: &str) -> String {
        let (status, text) = self.get(path).expect("an answer");
        assert_eq!(status, 200, "{path}: {text}");
        text
    }

    /// Ends the process as a power cut would: SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it has ended");
    }

    /// Asks the process to stop (SIGTERM) and waits for its end; returns its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(asked.success());
        self.child.wait().expect("it has ended").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
