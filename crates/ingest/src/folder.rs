//! A folder of this machine as a source: which documents lie in it, and their bytes.
//!
//! Symbolic links are never followed, neither to files nor to folders: what lies outside the folder
//! cannot be read by putting a link into it. After a file was opened its real path is looked at again,
//! so that exchanging a folder for a link in between is seen as well.

use std::collections::VecDeque;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::OFlag;
use observatory_model::source::{Failure, FailureReason, FolderWish};
use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use crate::MAX_DOCUMENT_BYTES;

/// Most files of a folder. Those after them are not seen, which is a problem of the source.
pub const MAX_FILES: usize = 10_000;

/// Most folders below a folder.
const MAX_FOLDERS: usize = 2_000;

/// Folders within folders.
const MAX_DEPTH: usize = 16;

/// Longest path of a file below the folder, in bytes: it is the key of its entry.
const MAX_KEY_BYTES: usize = 512;

/// Most problems of one look.
const MAX_PROBLEMS: usize = 20;

/// Longest look and longest reading of one file: a folder may lie on another machine that is stuck.
const LONGEST: Duration = Duration::from_secs(20);

/// What lies in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The files whose endings are wanted, by path.
    pub files: Vec<Seen>,
    /// What could not be looked at, each in a few words.
    pub problems: Vec<String>,
    /// Whether everything was seen: else nothing can be said of a file that is not here.
    pub is_whole: bool,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its path below the folder, with slashes.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its size, when it was last written, and which file it is: what changes when it changes.
    pub stamp: String,
}

impl Seen {
    /// Its name without the folders it lies in.
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }
}

/// Looks into a folder and the folders below it. Names that begin with a dot are left out, and so are
/// `~$…`, by which Word marks what is open.
///
/// # Errors
/// [`FailureReason::FolderUnreadable`] when the folder itself cannot be looked at or is a link;
/// [`FailureReason::TooSlow`].
pub async fn look(wish: &FolderWish) -> Result<Look, Failure> {
    let root = root(wish).await?;
    let walked = timeout(LONGEST, walk(&root, wish)).await;
    let walked = walked.map_err(|_elapsed| {
        let detail = format!("looking into it took longer than {} seconds", LONGEST.as_secs());
        Failure::new(FailureReason::TooSlow, detail)
    })?;
    walked.map_err(|error| unreadable(&error))
}

/// The bytes of a file that was seen, at most [`MAX_DOCUMENT_BYTES`].
///
/// # Errors
/// What the system said, or [`io::ErrorKind::InvalidData`] where it is not the file that was seen any
/// more.
pub async fn read(wish: &FolderWish, seen: &Seen) -> io::Result<Vec<u8>> {
    let slow = |_elapsed| io::Error::new(io::ErrorKind::TimedOut, "reading it took too long");
    timeout(LONGEST, read_now(wish, seen)).await.map_err(slow)?
}

async fn read_now(wish: &FolderWish, seen: &Seen) -> io::Result<Vec<u8>> {
    let path = Path::new(&wish.path).join(&seen.key);
    let mut options = OpenOptions::new();
    // A pipe that has taken the place of the file must not make us wait for its writer.
    options.read(true).custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
    let file = options.open(&path).await?;
    let real = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).await?;
    let about = file.metadata().await?;
    if real != path || !about.is_file() || stamp(&about) != seen.stamp {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it has changed meanwhile"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).await?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length == seen.bytes) {
        Ok(bytes)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "it has changed meanwhile"))
    }
}

/// The path of the folder, which must be what it was when it was added.
async fn root(wish: &FolderWish) -> Result<PathBuf, Failure> {
    let path = Path::new(&wish.path);
    let real = fs::canonicalize(path).await.map_err(|error| unreadable(&error))?;
    if real == path {
        return Ok(real);
    }
    let detail = "a part of its path leads to another place";
    Err(Failure::new(FailureReason::FolderUnreadable, detail))
}

/// Without its path: details stand on the page of the source.
fn unreadable(error: &io::Error) -> Failure {
    Failure::new(FailureReason::FolderUnreadable, error)
}

async fn walk(root: &Path, wish: &FolderWish) -> io::Result<Look> {
    let mut look = Look { is_whole: true, ..Look::default() };
    let mut folders = VecDeque::from([(String::new(), 0_usize)]);
    let mut count = 0_usize;
    while let Some((below, depth)) = folders.pop_front() {
        let mut entries = match fs::read_dir(root.join(&below)).await {
            Ok(entries) => entries,
            Err(error) if below.is_empty() => return Err(error),
            Err(error) => {
                look.miss(format!("the folder {below} cannot be read: {error}"));
                continue;
            }
        };
        while let Some(entry) = entries.next_entry().await? {
            let Ok(name) = entry.file_name().into_string() else {
                look.problem(format!("a name in “{below}” is no text"));
                continue;
            };
            if name.starts_with('.') || name.starts_with("~$") {
                continue;
            }
            let key = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            // Of the link itself, where it is one: then it is neither of the two.
            let Ok(about) = entry.metadata().await else { continue };
            if about.is_dir() {
                count += 1;
                if depth < MAX_DEPTH && count <= MAX_FOLDERS {
                    folders.push_back((key, depth + 1));
                } else {
                    look.miss(format!("the folder {key} is one too many or too deep"));
                }
            } else if about.is_file() && wish.wants(&name) {
                if key.len() > MAX_KEY_BYTES {
                    look.problem(format!("{key} is longer than {MAX_KEY_BYTES} bytes"));
                } else if look.files.len() >= MAX_FILES {
                    look.miss(format!("there are more than {MAX_FILES} files"));
                    return Ok(look.sorted());
                } else {
                    look.files.push(Seen { key, bytes: about.len(), stamp: stamp(&about) });
                }
            }
        }
    }
    Ok(look.sorted())
}

fn stamp(about: &std::fs::Metadata) -> String {
    format!("{}-{}.{:09}-{}", about.len(), about.mtime(), about.mtime_nsec(), about.ino())
}

impl Look {
    fn problem(&mut self, problem: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Something was not seen.
    fn miss(&mut self, problem: String) {
        self.is_whole = false;
        self.problem(problem);
    }

    fn sorted(mut self) -> Self {
        self.files.sort_by(|a, b| a.key.cmp(&b.key));
        self
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn wish(folder: &Path) -> FolderWish {
        let path = folder.canonicalize().unwrap().to_str().unwrap().to_owned();
        FolderWish { path, ..FolderWish::default() }
    }

    fn put(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[tokio::test]
    async fn documents_are_seen_below_the_folder_and_nothing_outside_of_it() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(outside.path(), "secret.txt", "secret");
        for name in ["b.PDF", "a/ü/c.md", ".hidden.md", "~$open.docx", "program.exe"] {
            put(inside.path(), name, "x");
        }
        symlink(outside.path(), inside.path().join("away")).unwrap();
        symlink(outside.path().join("secret.txt"), inside.path().join("link.txt")).unwrap();
        let wish = wish(inside.path());
        let look = look(&wish).await.unwrap();
        let keys = look.files.iter().map(|seen| seen.key.as_str()).collect::<Vec<_>>();
        assert_eq!((keys.as_slice(), look.is_whole), (["a/ü/c.md", "b.PDF"].as_slice(), true));
        assert_eq!(read(&wish, look.files.first().unwrap()).await.unwrap(), b"x");
    }

    #[tokio::test]
    async fn what_was_exchanged_for_a_link_is_not_read() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(outside.path(), "a.txt", "x");
        put(inside.path(), "below/a.txt", "x");
        let wish = wish(inside.path());
        let seen = look(&wish).await.unwrap().files.pop().unwrap();
        std::fs::rename(inside.path().join("below"), inside.path().join("before")).unwrap();
        symlink(outside.path(), inside.path().join("below")).unwrap();
        assert!(read(&wish, &seen).await.is_err());
        std::fs::remove_file(inside.path().join("below")).unwrap();
        std::fs::rename(inside.path().join("before"), inside.path().join("below")).unwrap();
        assert!(read(&wish, &seen).await.is_ok());
        put(inside.path(), "below/a.txt", "longer");
        assert!(read(&wish, &seen).await.is_err(), "it is another file now");
    }

    #[tokio::test]
    async fn a_pipe_in_the_place_of_a_file_holds_nobody_up() {
        let inside = tempfile::tempdir().unwrap();
        put(inside.path(), "a.txt", "x");
        let wish = wish(inside.path());
        let seen = look(&wish).await.unwrap().files.pop().unwrap();
        let path = inside.path().join("a.txt");
        std::fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        assert!(read(&wish, &seen).await.is_err());
        assert_eq!(look(&wish).await.unwrap().files, []);
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_or_a_link_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut wish = wish(folder.path());
        symlink(&wish.path, folder.path().join("itself")).unwrap();
        for below in ["/missing", "/itself"] {
            let path = format!("{}{below}", wish.path);
            let failure = look(&FolderWish { path, ..wish.clone() }).await.unwrap_err();
            assert_eq!(failure.reason, FailureReason::FolderUnreadable, "{failure}");
            assert!(!failure.detail.contains(&wish.path), "the public sees this: {failure}");
        }
        wish.path.push('/');
        assert!(look(&wish).await.is_ok());
    }
}
