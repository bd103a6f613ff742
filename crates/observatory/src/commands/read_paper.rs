//! `observatory read-paper`: reads one document from the standard input, within limits that it sets on
//! itself before the first byte, and writes one JSON. The other side is `worker/src/readers.rs`.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::thread;

use clap::Args;
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};
use observatory_model::paper::{Unreadable, UnreadableReason};
use observatory_text::papers;
use observatory_worker::readers::{Answer, COPY};

/// Most memory, in bytes of addresses.
const MEMORY: u64 = 512 * 1024 * 1024;

/// Most time of the processor, in seconds.
const SECONDS: u64 = 10;

/// The stack of the thread that reads, in bytes: documents are nested deeper than most programs.
const STACK: usize = 64 * 1024 * 1024;

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct ReadPaper {
    /// The name of the document, which tells Markdown from plain text.
    #[arg(long)]
    name: Option<String>,
    /// Write a copy that does not tell who made it, instead of what the document says.
    #[arg(long)]
    anonymous: bool,
}

impl ReadPaper {
    pub(crate) fn run(self) -> ExitCode {
        if let Err(error) = limit() {
            crate::output::error(&error.into(), None);
            return ExitCode::FAILURE;
        }
        // A panic is an answer like others, and its trace would need files.
        std::panic::set_hook(Box::new(|_| {}));
        let read = thread::Builder::new().name("reader".to_owned()).stack_size(STACK);
        let read = read.spawn(move || {
            if self.anonymous {
                copy_input(self.name.as_deref())
            } else {
                serde_json::to_vec(&read_input(self.name.as_deref())).map_err(io::Error::from)
            }
        });
        let answer = read.map(thread::JoinHandle::join);
        let Ok(Ok(written)) = answer else { return ExitCode::FAILURE };
        match written.and_then(|json| io::stdout().lock().write_all(&json)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        }
    }
}

/// Takes away from this process what reading does not need.
fn limit() -> nix::Result<()> {
    // At the first limit the system says which one it was (SIGXCPU), at the second it only kills.
    setrlimit(Resource::RLIMIT_CPU, SECONDS, SECONDS + 2)?;
    for (resource, most) in [
        (Resource::RLIMIT_AS, MEMORY),
        (Resource::RLIMIT_CORE, 0),
        // No file grows, and none is opened, nor any connection: the three streams are all there is.
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_NOFILE, 3),
    ] {
        setrlimit(resource, most, most)?;
    }
    // Where the system lets anybody do so, the network is gone as well. Where it does not, there is
    // still no place for a connection among the three streams.
    let _allowed = unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET);
    Ok(())
}

fn input() -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let limit = papers::MAX_BYTES as u64 + 1;
    let broken = |error: io::Error| {
        Unreadable::new(UnreadableReason::Broken, format!("it did not arrive: {error}"))
    };
    io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(broken)?;
    Ok(bytes)
}

/// The copy with its mark before it, or the reason why there is none.
fn copy_input(name: Option<&str>) -> io::Result<Vec<u8>> {
    let copied = input().and_then(|bytes| {
        let format = papers::format_of(&bytes, name)?;
        papers::anonymous(&bytes, format, papers::Title::Kept)
    });
    match copied {
        Ok(copy) => Ok([COPY, &copy].concat()),
        Err(why) => Ok(serde_json::to_vec(&Answer::Unreadable(why))?),
    }
}

fn read_input(name: Option<&str>) -> Answer {
    let read = input().and_then(|bytes| papers::read(&bytes, name));
    read.map_or_else(Answer::Unreadable, |paper| Answer::Paper(Box::new(paper)))
}
