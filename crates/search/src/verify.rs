//! Whether the index on the disk is still what was written.
//!
//! Disks lose bits in files that nobody has changed for months. What is wrong with an index is never
//! mended: it is built again from the store, and until then the damaged one answers what it can.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::SearchError;
use crate::generation::{applied, check, folder_of, open_index, read_stamp};
use crate::threads::aside;
use crate::{Inner, Search};

/// The engine's list of files. It is replaced in one step with every commit and every merge.
pub(crate) const FILE_LIST: &str = "meta.json";

/// How often the check begins again because the index has changed under it. It reads a gigabyte in a
/// few seconds, and a busy index commits every second.
const MOST_TRIES: usize = 8;

/// What was read and is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The name of the generation.
    pub generation: String,
    /// Size of its files, in bytes.
    pub bytes: u64,
}

impl Search {
    /// Reads all files of the live index again and compares them with their sums, while searches and
    /// changes go on.
    ///
    /// # Errors
    /// [`SearchError::Corrupt`] when something is wrong: [`is_damaged`](Self::is_damaged) is then true
    /// until the index was built again. [`SearchError::Busy`] when it changed faster than it could be
    /// read: try again later.
    pub async fn verify(&self) -> Result<Verified, SearchError> {
        let inner = Arc::clone(&self.inner);
        let verified = aside("search-verify", move || verify(&inner)).await;
        match &verified {
            Ok(_) => self.inner.is_damaged.store(false, Ordering::Release),
            Err(SearchError::Corrupt { .. }) => {
                self.inner.is_damaged.store(true, Ordering::Release);
            }
            Err(_) => {}
        }
        verified
    }

    /// Whether a check or a search has found damage, or something that looks like it, since the index
    /// was last found sound or built again. [`verify`](Self::verify) says for certain.
    pub fn is_damaged(&self) -> bool {
        self.inner.is_damaged.load(Ordering::Acquire)
    }

    /// Remembers a failure that a damaged file may have caused.
    pub(crate) fn heed<T>(&self, result: Result<T, SearchError>) -> Result<T, SearchError> {
        if let Err(SearchError::Corrupt { .. } | SearchError::Unavailable { .. }) = &result {
            self.inner.is_damaged.store(true, Ordering::Release);
        }
        result
    }
}

fn verify(inner: &Inner) -> Result<Verified, SearchError> {
    let mut damage = String::new();
    for _ in 0..MOST_TRIES {
        let generation = inner.live().name.clone();
        let folder = folder_of(&inner.folder, &generation);
        let folder = folder.ok_or_else(|| SearchError::Corrupt { what: generation.clone() })?;
        let before = file_list(&folder);
        match whole(&folder, inner) {
            Ok(()) => return Ok(Verified { generation, bytes: crate::size_of(&folder) }),
            Err(what) => damage = what,
        }
        // A merge removes files, and a new index the whole folder: only what stays is damage.
        if before.ok() == file_list(&folder).ok() && inner.live().name == generation {
            return Err(SearchError::Corrupt { what: damage });
        }
    }
    tracing::debug!(last = damage, "the index changed too often to be checked");
    Err(SearchError::Busy)
}

/// The engine's list of files, as it stands now.
pub(crate) fn file_list(folder: &Path) -> io::Result<Vec<u8>> {
    fs::read(folder.join(FILE_LIST))
}

fn whole(folder: &Path, inner: &Inner) -> Result<(), String> {
    if read_stamp(folder)? != inner.stamp {
        return Err("its stamp has changed".to_owned());
    }
    let index = open_index(folder)?;
    check(&index)?;
    applied(&index, &inner.store).map(drop)
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{En, Fr};
    use observatory_model::search::SearchRequest;

    use super::*;
    use crate::fixture::{batch, document, found, index_of, open};

    fn largest_file(folder: &Path) -> std::path::PathBuf {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let segments = files.filter(|file| file.extension().is_some_and(|end| end != "json"));
        segments.max_by_key(|file| fs::metadata(file).unwrap().len()).unwrap()
    }

    /// As a failing disk does: another byte in the same file.
    fn flip(file: &Path) {
        use std::io::{Read as _, Seek as _, Write as _};
        let mut open = fs::File::options().read(true).write(true).open(file).unwrap();
        let middle = open.metadata().unwrap().len() / 2;
        let mut byte = [0];
        open.seek(io::SeekFrom::Start(middle)).unwrap();
        open.read_exact(&mut byte).unwrap();
        open.seek(io::SeekFrom::Start(middle)).unwrap();
        open.write_all(&[byte[0] ^ 0x40]).unwrap();
    }

    #[tokio::test]
    async fn damage_under_a_running_index_is_found_and_built_away() {
        let documents = || -> Vec<_> {
            (0..200).map(|n| document(n, Some(En), "Satellites", "They fly high.")).collect()
        };
        let (_folder, search) = index_of(documents()).await;
        assert!(search.verify().await.unwrap().bytes > 1000);
        assert!(!search.is_damaged());
        flip(&largest_file(&search.report().folder));
        let verified = search.verify().await;
        assert!(matches!(verified, Err(SearchError::Corrupt { .. })), "{verified:?}");
        assert!(search.is_damaged() && search.report().is_damaged);

        let rebuild = search.begin_rebuild().await.unwrap();
        rebuild.apply(batch(documents(), 1)).await.unwrap();
        rebuild.finish().await.unwrap();
        assert!(!search.is_damaged());
        search.verify().await.unwrap();
        let request = SearchRequest { words: "satellite".to_owned(), ..SearchRequest::default() };
        assert_eq!(search.search(request).await.unwrap().total, 200);
    }

    #[tokio::test]
    async fn what_is_written_meanwhile_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        let writing = async {
            for number in 0..40_u32 {
                let changed = document(number % 7, Some(Fr), "Un", "mot");
                search.apply(batch(vec![changed], u64::from(number))).await.unwrap();
                search.commit().await.unwrap();
            }
        };
        let checking = async {
            for _ in 0..40 {
                let verified = search.verify().await;
                assert!(matches!(verified, Ok(_) | Err(SearchError::Busy)), "{verified:?}");
            }
        };
        tokio::join!(writing, checking);
        search.verify().await.unwrap();
        assert_eq!(found(&search, "mot").await.len(), 7);
    }
}
