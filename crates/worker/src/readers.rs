//! Papers are read in a process of their own: no reader of PDF survives everything that people send,
//! and what dies there takes nothing with it.
//!
//! `observatory read-paper` sets limits of memory and time on itself and writes one JSON; here it is
//! started, fed, waited for with a limit of its own, and every way in which it can end becomes a
//! reason that an author understands.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use observatory_model::paper::{Paper, Unreadable, UnreadableReason};
use observatory_text::papers::MAX_BYTES;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest answer of the reader, in bytes: 32 MiB. [`Paper::MAX_TEXT`] is half of it.
pub const MAX_ANSWER: u64 = 32 * 1024 * 1024;

/// Longest copy of a document, in bytes: that of the largest that is read, and what is written around it.
const MAX_COPY: u64 = 64 * 1024 * 1024;

/// What stands before the bytes of a copy.
pub const COPY: &[u8] = b"copy\n";

/// How long a document may be read, in seconds of a clock on the wall. The process itself stops after
/// 10 seconds of work; a busy machine may make them longer.
pub const WALL_SECONDS: u64 = 20;

/// Bytes of the complaints of the reader that are kept.
const MAX_COMPLAINT: usize = 4096;

/// What `observatory read-paper` writes: one of these, in one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The document was read.
    Paper(Box<Paper>),
    /// It cannot be read.
    Unreadable(Unreadable),
}

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The document is the reason: its author can do something about it.
    #[error("the document cannot be read")]
    Unreadable(#[from] Unreadable),
    /// The reader did not start: the machine is the reason.
    #[error("the reader of papers does not start")]
    Start(#[source] io::Error),
}

/// Reads papers, each in a process of its own, a few at a time.
#[derive(Clone, Debug)]
pub struct PaperReader {
    program: PathBuf,
    turns: Arc<Semaphore>,
    manuscripts: Arc<Semaphore>,
    parallel: NonZeroUsize,
    wall: Duration,
}

impl PaperReader {
    /// Starts `program` (the observatory itself) for each paper, at most `parallel` at a time: each may
    /// take 512 MB.
    pub fn new(program: PathBuf, parallel: NonZeroUsize) -> Self {
        let turns = Arc::new(Semaphore::new(parallel.get()));
        let manuscripts = Arc::new(Semaphore::new(1));
        Self { program, turns, manuscripts, parallel, wall: Duration::from_secs(WALL_SECONDS) }
    }

    /// The turn of whoever reads a file that was handed in, if nobody has it: to be taken before the file
    /// is loaded, so that a hundred that come at once are not in memory at once.
    pub fn manuscript_turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.manuscripts).try_acquire_owned().ok()
    }

    /// How many are read at a time.
    pub const fn parallel(&self) -> NonZeroUsize {
        self.parallel
    }

    /// The same with another limit of time, for tests.
    #[must_use]
    pub const fn with_wall(mut self, wall: Duration) -> Self {
        self.wall = wall;
        self
    }

    /// Reads a document of at most [`MAX_BYTES`]; waits for its turn first.
    ///
    /// # Errors
    /// [`PaperError::Unreadable`] with a named reason, whatever the document does to its reader;
    /// [`PaperError::Start`] when the reader does not start at all.
    pub async fn read(&self, bytes: Vec<u8>) -> Result<Paper, PaperError> {
        self.read_named(bytes, None).await
    }

    /// The same for a document with a name, which tells Markdown from plain text.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_named(
        &self,
        bytes: Vec<u8>,
        name: Option<&str>,
    ) -> Result<Paper, PaperError> {
        if bytes.len() > MAX_BYTES {
            let what = format!("{} bytes; {MAX_BYTES} are read", bytes.len());
            return Err(Unreadable::new(UnreadableReason::TooLarge, what).into());
        }
        // It is never closed, so there is always a turn to come.
        let _turn = self.turns.acquire().await;
        let mut child = self.start(name).map_err(PaperError::Start)?;
        let ended = tokio::time::timeout(self.wall, talk(&mut child, &bytes, MAX_ANSWER)).await;
        let Ok(ended) = ended else {
            kill(&mut child).await;
            let what = format!("it was not read within {} seconds", self.wall.as_secs());
            return Err(Unreadable::new(UnreadableReason::TooSlow, what).into());
        };
        let talked = ended.map_err(PaperError::Start)?;
        Ok(outcome(&talked)?)
    }

    /// A copy of a document that does not tell who wrote it and with what.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn anonymous(&self, bytes: Vec<u8>, name: &str) -> Result<Vec<u8>, PaperError> {
        if bytes.len() > MAX_BYTES {
            let what = format!("{} bytes; {MAX_BYTES} are read", bytes.len());
            return Err(Unreadable::new(UnreadableReason::TooLarge, what).into());
        }
        let _turn = self.turns.acquire().await;
        let mut child = self.start_with(Some(name), &["--anonymous"]).map_err(PaperError::Start)?;
        let ended = tokio::time::timeout(self.wall, talk(&mut child, &bytes, MAX_COPY)).await;
        let Ok(ended) = ended else {
            kill(&mut child).await;
            let what = format!("no copy was made within {} seconds", self.wall.as_secs());
            return Err(Unreadable::new(UnreadableReason::TooSlow, what).into());
        };
        let talked = ended.map_err(PaperError::Start)?;
        if talked.status.success()
            && talked.answer.len() as u64 <= MAX_COPY
            && let Some(copy) = talked.answer.strip_prefix(COPY)
        {
            return Ok(copy.to_vec());
        }
        match outcome(&talked) {
            Err(why) => Err(why.into()),
            Ok(_) => {
                Err(Unreadable::new(UnreadableReason::Broken, "no copy came".to_owned()).into())
            }
        }
    }

    fn start(&self, name: Option<&str>) -> io::Result<Child> {
        self.start_with(name, &[])
    }

    fn start_with(&self, name: Option<&str>, flags: &[&str]) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg("read-paper").args(flags);
        if let Some(name) = name {
            command.arg("--name").arg(name);
        }
        // One arena of the allocator: each further one reserves 64 MB of the addresses that are limited.
        command.env_clear().env("MALLOC_ARENA_MAX", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.current_dir("/").process_group(0).kill_on_drop(true);
        command.spawn()
    }
}

/// What a reader has said and how it ended.
#[derive(Debug)]
struct Talked {
    answer: Vec<u8>,
    complaint: String,
    status: ExitStatus,
}

/// Gives the document to the reader and takes its answer, both at once: neither may wait for the other.
async fn talk(child: &mut Child, bytes: &[u8], most: u64) -> io::Result<Talked> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A reader that has ended early has said why, or dies with a status that does.
            drop(stdin.write_all(bytes).await);
            drop(stdin.shutdown().await);
        }
    };
    let answer = async {
        let mut answer = Vec::new();
        if let Some(stdout) = stdout {
            drop(stdout.take(most + 1).read_to_end(&mut answer).await);
        }
        answer
    };
    let ((), answer, complaint) = tokio::join!(feed, answer, complaint(stderr));
    let status = child.wait().await?;
    Ok(Talked { answer, complaint, status })
}

/// The beginning of what a reader complains of; the rest is read and forgotten.
async fn complaint(stderr: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    if let Some(mut stderr) = stderr {
        let mut buffer = [0_u8; 1024];
        while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
            let room = MAX_COMPLAINT.saturating_sub(kept.len()).min(count);
            kept.extend(buffer.iter().take(room));
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Ends a reader and whatever it has started.
async fn kill(child: &mut Child) {
    if let Some(group) = child.id().and_then(|id| i32::try_from(id).ok()) {
        // Its group is its own, so that nobody else is meant. It may have ended meanwhile.
        let _ended = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    drop(child.wait().await);
}

/// What came of it.
fn outcome(talked: &Talked) -> Result<Paper, Unreadable> {
    if talked.status.success() && (talked.answer.len() as u64) <= MAX_ANSWER {
        return match serde_json::from_slice::<Answer>(&talked.answer) {
            Ok(Answer::Paper(paper)) => Ok(*paper),
            Ok(Answer::Unreadable(unreadable)) => Err(unreadable),
            Err(error) => {
                let what = format!("the reader answered what nobody understands: {error}");
                Err(Unreadable::new(UnreadableReason::Broken, what))
            }
        };
    }
    let first = talked.complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("no word");
    let (reason, what) = if talked.answer.len() as u64 > MAX_ANSWER {
        (UnreadableReason::TooLarge, format!("its text has more than {MAX_ANSWER} bytes"))
    } else if talked.complaint.contains("memory allocation of") {
        (UnreadableReason::TooMuchMemory, first.to_owned())
    } else {
        by_signal(talked.status, first)
    };
    Err(Unreadable::new(reason, what))
}

/// The reason that a signal or an exit code tells.
fn by_signal(status: ExitStatus, complaint: &str) -> (UnreadableReason, String) {
    use std::os::unix::process::ExitStatusExt as _;
    let signal = status.signal().and_then(|number| Signal::try_from(number).ok());
    match signal {
        Some(Signal::SIGXCPU) => (
            UnreadableReason::TooSlow,
            "it was not read within its time of the processor".to_owned(),
        ),
        // Nobody here has sent it: the system ends what takes too much memory.
        Some(Signal::SIGKILL) => {
            (UnreadableReason::TooMuchMemory, "the system ended the reader".to_owned())
        }
        Some(signal) => {
            (UnreadableReason::Broken, format!("the reader ended by {signal}: {complaint}"))
        }
        None => (UnreadableReason::Broken, format!("the reader ended with {status}: {complaint}")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A reader that is a shell script.
    fn reader(folder: &tempfile::TempDir, script: &str) -> PaperReader {
        let program = folder.path().join("reader");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        PaperReader::new(program, NonZeroUsize::MIN).with_wall(Duration::from_secs(2))
    }

    async fn reason(script: &str) -> UnreadableReason {
        let folder = tempfile::tempdir().unwrap();
        let bytes = vec![b'a'; 1024 * 1024];
        match reader(&folder, script).read(bytes).await {
            Err(PaperError::Unreadable(unreadable)) => unreadable.reason,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn every_end_has_its_reason() {
        for (script, expected) in [
            ("exit 3", UnreadableReason::Broken),
            ("cat >/dev/null; echo garbage", UnreadableReason::Broken),
            ("kill -XCPU $$", UnreadableReason::TooSlow),
            ("kill -KILL $$", UnreadableReason::TooMuchMemory),
            ("kill -SEGV $$", UnreadableReason::Broken),
            (
                "echo 'memory allocation of 5 bytes failed' >&2; kill -ABRT $$",
                UnreadableReason::TooMuchMemory,
            ),
            ("cat >/dev/null; sleep 100 & sleep 100", UnreadableReason::TooSlow),
            ("yes", UnreadableReason::TooLarge),
            (
                "cat >/dev/null; echo '{\"unreadable\":{\"reason\":\"encrypted\",\"detail\":\"x\"}}'",
                UnreadableReason::Encrypted,
            ),
        ] {
            assert_eq!(reason(script).await, expected, "{script}");
        }
    }

    #[tokio::test]
    async fn a_missing_reader_is_not_the_fault_of_the_document() {
        let reader = PaperReader::new("/nonexistent/reader".into(), NonZeroUsize::MIN);
        assert!(matches!(reader.read(vec![b'a']).await, Err(PaperError::Start(_))));
    }
}
