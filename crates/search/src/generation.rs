//! The folder of the index: generations beside each other, one of them current.
//!
//! ```text
//! CURRENT             the name of the generation that is read and written
//! LOCK                held by the one process that has the index open
//! generation-000007/  the engine's files, and STAMP.json
//! damaged-000006/     the last generation that did not pass its check, kept to be looked at
//! ```
//!
//! The index is a projection of the store: whatever is wrong with it, it is built again, never mended.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use observatory_model::change::ChangeNumber;
use serde::{Deserialize, Serialize};
use tantivy::Index;
use tantivy::directory::MmapDirectory;

use crate::Opened;
use crate::analyzers::ANALYZERS_VERSION;
use crate::error::SearchError;
use crate::schema::{SCHEMA_VERSION, schema};
use crate::tokens::tokenizers;

const CURRENT: &str = "CURRENT";
const LOCK: &str = "LOCK";
const STAMP: &str = "STAMP.json";
const GENERATION: &str = "generation-";
const DAMAGED: &str = "damaged-";

/// What an index was made with. One that was made with something else is built again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stamp {
    /// The number of the fields.
    pub(crate) schema: u32,
    /// The number of the rules of the languages.
    pub(crate) analyzers: u32,
    /// The store whose changes are in it: those of another store would seem to be applied.
    pub(crate) store: String,
}

impl Stamp {
    /// The stamp of this program and a store.
    pub(crate) fn of(store: &str) -> Self {
        Self { schema: SCHEMA_VERSION, analyzers: ANALYZERS_VERSION, store: store.to_owned() }
    }
}

/// How far a commit is; written with it in one step by the engine.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    applied: ChangeNumber,
    store: String,
    /// Over the other two. The engine checks its large files but not the one with the payload, and
    /// one wrong bit in the number would lose documents for ever.
    check: String,
}

impl Payload {
    fn new(applied: ChangeNumber, store: &str) -> Self {
        // FNV-1a, 64 bits: finds every single wrong bit, and nobody attacks it from inside.
        let bytes = applied.0.to_le_bytes().into_iter().chain(store.bytes());
        let sum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { applied, store: store.to_owned(), check: format!("{sum:016x}") }
    }
}

/// The payload of a commit.
///
/// # Errors
/// Never in practice: numbers and text can be written as JSON.
pub(crate) fn payload(applied: ChangeNumber, store: &str) -> Result<String, SearchError> {
    let payload = Payload::new(applied, store);
    serde_json::to_string(&payload).map_err(SearchError::while_doing("be written"))
}

/// A generation of the index, opened.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) index: Index,
    /// The last change in it.
    pub(crate) applied: ChangeNumber,
}

/// The folder, which no other process has open.
#[derive(Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    stamp: Stamp,
    _lock: File,
}

impl Home {
    /// Takes the folder; makes it if there is none.
    ///
    /// # Errors
    /// [`SearchError::Held`] when another process has it; [`SearchError::Unavailable`] when it cannot
    /// be written.
    pub(crate) fn take(folder: &Path, stamp: Stamp) -> Result<Self, SearchError> {
        let doing = SearchError::while_doing::<io::Error>;
        fs::create_dir_all(folder).map_err(doing("make its folder"))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(LOCK))
            .map_err(doing("be locked"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), stamp, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(SearchError::Held),
            Err(TryLockError::Error(error)) => Err(doing("be locked")(error)),
        }
    }

    /// Opens the current generation, or begins a new one where there is none that can be trusted.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when a new one cannot be written.
    pub(crate) fn open(&self) -> Result<(Generation, Opened), SearchError> {
        let (generation, opened) = match current(&self.folder) {
            Ok(None) => (self.begin_current()?, Opened::Fresh),
            Ok(Some(name)) => match self.checked(&name) {
                Ok(generation) => (generation, Opened::Continued),
                Err(why) => {
                    tracing::warn!(index.generation = %name, why, "the index is built again");
                    self.set_aside(&name);
                    (self.begin_current()?, Opened::Rebuilding { why })
                }
            },
            Err(error) => {
                let why = format!("{CURRENT} cannot be read: {error}");
                (self.begin_current()?, Opened::Rebuilding { why })
            }
        };
        self.remove_all_but(&generation.name);
        Ok((generation, opened))
    }

    /// A new, empty generation that is not current.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when it cannot be written.
    pub(crate) fn begin(&self) -> Result<Generation, SearchError> {
        let name = format!("{GENERATION}{:06}", self.highest_number() + 1);
        let folder = self.folder.join(&name);
        let written = || -> tantivy::Result<Index> {
            fs::create_dir(&folder)?;
            write_stamp(&folder, &self.stamp)?;
            let mut index = Index::create_in_dir(&folder, schema().0)?;
            index.set_tokenizers(tokenizers());
            sync_folder(&folder)?;
            sync_folder(&self.folder)?;
            Ok(index)
        };
        let index = written().map_err(SearchError::while_doing("be begun"))?;
        Ok(Generation { name, folder, index, applied: ChangeNumber::default() })
    }

    /// Makes a generation the one that is opened next time, in one step.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when that could not be written; the old one then stays current.
    pub(crate) fn make_current(&self, name: &str) -> Result<(), SearchError> {
        make_current(&self.folder, name).map_err(SearchError::while_doing("be switched"))
    }

    /// Removes a generation that is no longer needed; what cannot be removed goes at the next start.
    pub(crate) fn remove(&self, name: &str) {
        let folder = self.folder.join(name);
        if let Err(error) = fs::remove_dir_all(&folder) {
            tracing::warn!(%error, index.generation = %name, "an old index cannot be removed");
        }
    }

    fn begin_current(&self) -> Result<Generation, SearchError> {
        let generation = self.begin()?;
        self.make_current(&generation.name)?;
        Ok(generation)
    }

    /// Opens a generation and reads all of it once; says why not, when it is not to be trusted.
    fn checked(&self, name: &str) -> Result<Generation, String> {
        let folder = folder_of(&self.folder, name).ok_or("CURRENT names no generation")?;
        let stamp = read_stamp(&folder)?;
        if stamp != self.stamp {
            return Err(format!("it was made with {stamp:?}, and now it is {:?}", self.stamp));
        }
        let index = open_index(&folder)?;
        check(&index)?;
        let applied = applied(&index, &self.stamp.store)?;
        Ok(Generation { name: name.to_owned(), folder, index, applied })
    }

    /// Keeps what did not pass its check where it can be looked at, and only the last of these.
    fn set_aside(&self, name: &str) {
        let Some(number) = number_in(name, GENERATION) else { return };
        for (old, _) in self.entries(DAMAGED) {
            self.remove(&old);
        }
        let aside = self.folder.join(format!("{DAMAGED}{number:06}"));
        if let Err(error) = fs::rename(self.folder.join(name), aside) {
            tracing::warn!(%error, index.generation = %name, "a damaged index stays where it is");
        }
    }

    fn remove_all_but(&self, name: &str) {
        for (old, _) in self.entries(GENERATION) {
            if old != name {
                self.remove(&old);
            }
        }
    }

    fn highest_number(&self) -> u64 {
        let all = self.entries(GENERATION).into_iter().chain(self.entries(DAMAGED));
        all.map(|(_, number)| number).max().unwrap_or(0)
    }

    /// The entries of the folder with this beginning and a number.
    fn entries(&self, beginning: &str) -> Vec<(String, u64)> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| number_in(&name, beginning).map(|number| (name, number))).collect()
    }
}

fn number_in(name: &str, beginning: &str) -> Option<u64> {
    let digits = name.strip_prefix(beginning)?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// The name of the generation that is current; `None` where none was ever begun.
pub(crate) fn current(folder: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(folder.join(CURRENT)) {
        Ok(name) => Ok(Some(name.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The folder of a generation, whose name comes from a file and must not lead anywhere else.
pub(crate) fn folder_of(folder: &Path, name: &str) -> Option<PathBuf> {
    number_in(name, GENERATION).map(|_| folder.join(name))
}

/// What a generation was made with.
pub(crate) fn read_stamp(folder: &Path) -> Result<Stamp, String> {
    let stamp = fs::read_to_string(folder.join(STAMP));
    let stamp = stamp.map_err(|error| format!("it has no stamp: {error}"))?;
    serde_json::from_str(&stamp).map_err(|error| format!("its stamp cannot be read: {error}"))
}

/// Writes down what a generation is made with.
pub(crate) fn write_stamp(folder: &Path, stamp: &Stamp) -> io::Result<()> {
    write_durably(folder, STAMP, &serde_json::to_string(stamp)?)
}

/// Makes a generation the one that is opened next time, in one step.
pub(crate) fn make_current(folder: &Path, name: &str) -> io::Result<()> {
    write_durably(folder, CURRENT, name)
}

/// The engine's files of a generation.
pub(crate) fn open_index(folder: &Path) -> Result<Index, String> {
    let directory =
        MmapDirectory::open(folder).map_err(|error| format!("it cannot be opened: {error}"))?;
    let mut index = Index::open(directory).map_err(|error| unreadable(&error))?;
    index.set_tokenizers(tokenizers());
    if index.schema() != schema().0 {
        return Err("its fields are not those of its stamp".to_owned());
    }
    Ok(index)
}

/// Reads all files once and compares them with their sums.
///
/// The engine serves a flipped bit without a word when it is not asked to check, and it does not
/// check the small file that holds its list of files at all: what that says is compared here with
/// the files themselves.
pub(crate) fn check(index: &Index) -> Result<(), String> {
    let damaged = index.validate_checksum().map_err(|error| unreadable(&error))?;
    if let Some(file) = damaged.iter().min() {
        return Err(format!("{} damaged files, such as {}", damaged.len(), file.display()));
    }
    let reader = index.reader().map_err(|error| unreadable(&error))?;
    for segment in reader.searcher().segment_readers() {
        let alive = segment.alive_bitset().map_or(segment.max_doc(), |alive| {
            u32::try_from(alive.num_alive_docs()).unwrap_or(u32::MAX)
        });
        let dates = segment
            .fast_fields()
            .i64(crate::schema::column::DATE)
            .map_err(|error| unreadable(&error))?;
        if dates.num_docs() != segment.max_doc() || alive != segment.num_docs() {
            return Err("its list of files does not fit its files".to_owned());
        }
    }
    Ok(())
}

/// The last change in the last commit.
pub(crate) fn applied(index: &Index, store: &str) -> Result<ChangeNumber, String> {
    let Some(written) = index.load_metas().map_err(|error| unreadable(&error))?.payload else {
        return Ok(ChangeNumber::default());
    };
    let payload: Payload = serde_json::from_str(&written)
        .map_err(|error| format!("how far it is cannot be read: {error}"))?;
    if payload.store != store || payload.check != Payload::new(payload.applied, store).check {
        return Err("how far it is cannot be trusted".to_owned());
    }
    Ok(payload.applied)
}

fn unreadable(error: &tantivy::TantivyError) -> String {
    format!("it cannot be opened: {error}")
}

/// Writes a small file so that after a power cut there is the old text or the new one.
fn write_durably(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let beside = folder.join(format!("{name}.new"));
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(name))?;
    sync_folder(folder)
}

/// Makes new names in a folder durable.
///
/// The engine renames its list of files after it has synchronised the folder, so that a power cut
/// may take back a commit that it has acknowledged.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use observatory_model::Language;
    use observatory_model::change::ChangeNumber;
    use observatory_model::search::SearchPage;

    use crate::fixture::{STORE, ask, batch, document, open, settings};
    use crate::{Opened, Search, SearchError};

    async fn filled(folder: &Path) -> SearchPage {
        let search = open(folder).await;
        assert_eq!(search.opened(), Opened::Fresh);
        for number in 0..2 {
            let document = document(number, Some(Language::En), "Satellites", "They fly high.");
            search.apply(batch(vec![document], u64::from(number) + 1)).await.unwrap();
            search.commit().await.unwrap();
        }
        let again = document(1, Some(Language::Fr), "Satellites", "Ils volent.");
        search.apply(batch(vec![again], 7)).await.unwrap();
        search.close().await.unwrap();
        ask(&search, "satellites").await
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| fs::metadata(path).unwrap().len() > 0)
            .collect();
        files.sort();
        files
    }

    #[tokio::test]
    async fn an_index_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let before = filled(folder.path()).await;
        let search = open(folder.path()).await;
        assert_eq!(search.opened(), Opened::Continued);
        assert_eq!(search.applied(), ChangeNumber(7));
        assert_eq!(search.document_count().await.unwrap(), 2);
        assert_eq!(ask(&search, "satellites").await, before);
    }

    #[tokio::test]
    async fn no_flipped_bit_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let before = filled(folder.path()).await;
        let generation = open(folder.path()).await.report().folder;
        let mut damaged = 0;
        for file in files(&generation) {
            let bytes = fs::read(&file).unwrap();
            // The first and last byte, and some between them.
            let steps = (0..4).map(|step| (bytes.len() - 1) * step / 3);
            for (step, at) in steps.enumerate() {
                let copy = tempfile::tempdir().unwrap();
                let inside = copy.path().join(generation.file_name().unwrap());
                fs::create_dir(&inside).unwrap();
                fs::copy(folder.path().join("CURRENT"), copy.path().join("CURRENT")).unwrap();
                for other in files(&generation) {
                    fs::copy(&other, inside.join(other.file_name().unwrap())).unwrap();
                }
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << (2 * step);
                fs::write(inside.join(file.file_name().unwrap()), flipped).unwrap();
                let search = open(copy.path()).await;
                if search.opened() == Opened::Continued {
                    // Some bits mean nothing, in the list of the engine's files.
                    assert_eq!(search.applied(), ChangeNumber(7), "{file:?} {at}");
                    assert_eq!(ask(&search, "satellites").await, before, "{file:?} {at}");
                } else {
                    assert_eq!(search.applied(), ChangeNumber(0));
                    assert_eq!(search.document_count().await.unwrap(), 0);
                    damaged += 1;
                }
            }
        }
        assert!(damaged > 30, "{damaged}");
    }

    #[tokio::test]
    async fn a_wrong_number_of_the_last_change_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()).await);
        let list = open(folder.path()).await.report().folder.join("meta.json");
        let text = fs::read_to_string(&list).unwrap();
        let changed = text.replace("applied\\\":7", "applied\\\":9");
        assert_ne!(text, changed);
        fs::write(&list, changed).unwrap();
        assert!(matches!(open(folder.path()).await.opened(), Opened::Rebuilding { .. }));
    }

    #[tokio::test]
    async fn missing_and_cut_files_are_found_out() {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()).await);
        for change in ["remove", "cut"] {
            let search = open(folder.path()).await;
            search.apply(batch(vec![document(0, Some(Language::En), "a", "b")], 9)).await.unwrap();
            search.close().await.unwrap();
            let store = files(&search.report().folder);
            let store =
                store.iter().find(|file| file.extension().is_some_and(|end| end == "store"));
            let store = store.unwrap().clone();
            drop(search);
            if change == "remove" {
                fs::remove_file(store).unwrap();
            } else {
                fs::write(&store, &fs::read(&store).unwrap()[..20]).unwrap();
            }
            let search = open(folder.path()).await;
            assert!(matches!(search.opened(), Opened::Rebuilding { .. }), "{change}");
            assert_eq!(search.document_count().await.unwrap(), 0);
        }
        // The damaged one is kept once, to be looked at.
        let kept = fs::read_dir(folder.path()).unwrap().flatten();
        let kept = kept.filter(|entry| entry.file_name().to_string_lossy().starts_with("damaged-"));
        assert_eq!(kept.count(), 1);
    }

    #[tokio::test]
    async fn another_stamp_forces_a_rebuild() {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()).await);
        let stamp = open(folder.path()).await.report().folder.join("STAMP.json");
        let text = fs::read_to_string(&stamp).unwrap();
        let now = format!("\"analyzers\":{}", crate::analyzers::ANALYZERS_VERSION);
        fs::write(&stamp, text.replace(&now, "\"analyzers\":0")).unwrap();
        let search = open(folder.path()).await;
        let Opened::Rebuilding { why } = search.opened() else { panic!("{:?}", search.opened()) };
        assert!(why.contains("analyzers: 0"), "{why}");
        assert_eq!(search.applied(), ChangeNumber(0));
        drop(search);

        assert_eq!(open(folder.path()).await.opened(), Opened::Continued);
        let other = Search::open(&settings(folder.path()), "another store").await.unwrap();
        assert!(matches!(other.opened(), Opened::Rebuilding { .. }));
    }

    #[tokio::test]
    async fn a_strange_current_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()).await);
        for name in ["../../etc", "generation-", "generation-999999", "\0"] {
            fs::write(folder.path().join("CURRENT"), name).unwrap();
            let search = open(folder.path()).await;
            assert!(matches!(search.opened(), Opened::Rebuilding { .. }), "{name}");
        }
    }

    #[tokio::test]
    async fn one_process_at_a_time_has_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let second = Search::open(&settings(folder.path()), STORE).await;
        assert!(matches!(second, Err(SearchError::Held)));
        drop(search);
        assert_eq!(open(folder.path()).await.opened(), Opened::Continued);
    }
}
