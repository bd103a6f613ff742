//! A copy of the index at one instant, for a backup, while writing goes on.
//!
//! Files of the engine are never changed, only written once and later removed. So all files of one
//! commit are opened first, which takes no time; once open they can be read to their end, whatever is
//! removed meanwhile.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::Index;

use crate::error::SearchError;
use crate::generation::{
    Stamp, check, folder_of, make_current, open_index, read_stamp, sync_folder, write_stamp,
};
use crate::look::look;
use crate::threads::aside;
use crate::verify::{FILE_LIST, file_list};
use crate::{IndexReport, Inner, Search};

/// The engine's list of the files it may remove.
const REMOVABLE: &str = ".managed.json";

/// How often the files of one commit are tried to be opened before another commit removes them.
const MOST_TRIES: usize = 8;

/// The folder is no place for a copy.
#[derive(Debug, thiserror::Error)]
#[error("{} is not empty", .0.display())]
struct NotEmpty(PathBuf);

/// The files of one commit, open.
struct Held {
    generation: String,
    /// The engine's list of files.
    list: Vec<u8>,
    files: Vec<(PathBuf, File)>,
}

impl Search {
    /// Copies the index as it is now into an empty folder, from which it can be opened: what is
    /// written meanwhile is not in it. The copy is read again and checked.
    ///
    /// # Errors
    /// [`SearchError::Corrupt`] when the index is damaged, and so would be the copy;
    /// [`SearchError::Unavailable`] when the folder is not empty or cannot be written;
    /// [`SearchError::Busy`] when the index changed too often: try again.
    pub async fn snapshot(&self, folder: &Path) -> Result<IndexReport, SearchError> {
        let inner = Arc::clone(&self.inner);
        let folder = folder.to_owned();
        aside("search-copy", move || copy(&inner, &folder)).await
    }
}

fn copy(inner: &Inner, target: &Path) -> Result<IndexReport, SearchError> {
    let doing = SearchError::while_doing::<io::Error>;
    fs::create_dir_all(target).map_err(doing("make the folder of a copy"))?;
    if fs::read_dir(target).map_err(doing("read the folder of a copy"))?.next().is_some() {
        return Err(SearchError::while_doing("be copied")(NotEmpty(target.to_owned())));
    }
    let held = hold(inner)?;
    let name = held.generation.clone();
    let folder = target.join(&name);
    write(held, &inner.stamp, &folder).map_err(doing("be copied"))?;
    make_current(target, &name).map_err(doing("be copied"))?;
    let corrupt = |what| SearchError::Corrupt { what };
    check(&open_index(&folder).map_err(corrupt)?).map_err(corrupt)?;
    let looked = look(target, &inner.stamp)?;
    Ok(inner.report(&looked.snapshot, looked.applied, folder))
}

/// Opens all files of the last commit.
fn hold(inner: &Inner) -> Result<Held, SearchError> {
    let mut damage = None;
    for _ in 0..MOST_TRIES {
        let generation = inner.live().name.clone();
        let folder = folder_of(&inner.folder, &generation);
        let folder = folder.ok_or_else(|| SearchError::Corrupt { what: generation.clone() })?;
        let listed = file_list(&folder).map_err(SearchError::while_doing("be copied"))?;
        let corrupt = |what| SearchError::Corrupt { what };
        if read_stamp(&folder).map_err(corrupt)? != inner.stamp {
            return Err(SearchError::Corrupt { what: "its stamp has changed".to_owned() });
        }
        let opened = open_index(&folder).and_then(|index| {
            open_all(&index, &folder).map_err(|error| format!("a file cannot be opened: {error}"))
        });
        // Equal before and after: these are the files of this list.
        let is_same = file_list(&folder).is_ok_and(|now| now == listed);
        match opened {
            Ok(files) if is_same => return Ok(Held { generation, list: listed, files }),
            Err(what) if is_same => damage = Some(what),
            Ok(_) | Err(_) => {}
        }
    }
    Err(damage.map_or(SearchError::Busy, |what| SearchError::Corrupt { what }))
}

fn open_all(index: &Index, folder: &Path) -> tantivy::Result<Vec<(PathBuf, File)>> {
    let mut files = Vec::new();
    let segments: Vec<String> =
        index.load_metas()?.segments.iter().map(|segment| segment.id().uuid_string()).collect();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        // The files of a segment are its number and an ending.
        let of = name.to_str().and_then(|name| name.split('.').next()).unwrap_or_default();
        if segments.iter().any(|segment| segment == of) {
            match File::open(folder.join(&name)) {
                Ok(file) => files.push((name.into(), file)),
                // A list of removed documents that a newer one has replaced.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(files)
}

fn write(held: Held, stamp: &Stamp, folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    write_stamp(folder, stamp)?;
    let mut removable = vec![PathBuf::from(FILE_LIST)];
    for (name, mut from) in held.files {
        let mut into = File::create_new(folder.join(&name))?;
        io::copy(&mut from, &mut into)?;
        into.sync_all()?;
        removable.push(name);
    }
    fs::write(folder.join(REMOVABLE), serde_json::to_vec(&removable)?)?;
    fs::write(folder.join(FILE_LIST), held.list)?;
    sync_folder(folder)
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::En;
    use observatory_model::search::SearchRequest;

    use super::*;
    use crate::Opened;
    use crate::fixture::{STORE, ask, batch, document, index_of, open, settings};

    #[tokio::test]
    async fn a_copy_is_one_instant_of_the_index_while_it_is_written() {
        let (_folder, search) = index_of(vec![document(0, Some(En), "One", "instant")]).await;
        let target = tempfile::tempdir().unwrap();
        let writing = async {
            for number in 1..60_u32 {
                let more = document(number, Some(En), "One", "instant");
                search.apply(batch(vec![more], u64::from(number) + 1)).await.unwrap();
                search.commit().await.unwrap();
            }
        };
        let copying = async {
            let mut reports = Vec::new();
            for number in 0..10 {
                let folder = target.path().join(number.to_string());
                reports.push((folder.clone(), search.snapshot(&folder).await.unwrap()));
            }
            reports
        };
        let ((), reports) = tokio::join!(writing, copying);
        for (folder, report) in reports {
            // One document for each change: the number and the documents are of the same instant.
            assert_eq!(report.documents, report.applied.0, "{report:?}");
            let copy = open(&folder).await;
            assert_eq!(copy.opened(), Opened::Continued);
            assert_eq!(copy.report(), report);
            assert_eq!(ask(&copy, "instant").await.total, report.documents);
        }
        let folder = target.path().join("last");
        search.snapshot(&folder).await.unwrap();
        let copy = Search::open(&settings(&folder), STORE).await.unwrap();
        let all = SearchRequest { words: "instant".to_owned(), ..SearchRequest::default() };
        let both = (copy.search(all.clone()).await.unwrap(), search.search(all).await.unwrap());
        assert_eq!(both.0, both.1);
    }

    #[tokio::test]
    async fn a_damaged_index_is_not_copied_in_silence_nor_over_anything() {
        let (_folder, search) = index_of(vec![document(0, Some(En), "One", "instant")]).await;
        let target = tempfile::tempdir().unwrap();
        fs::write(target.path().join("mine"), "x").unwrap();
        let refused = search.snapshot(target.path()).await;
        assert!(matches!(refused, Err(SearchError::Unavailable { .. })), "{refused:?}");
        let files =
            fs::read_dir(search.report().folder).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|file| file.extension().is_some_and(|end| end == "store")) {
            let mut bytes = fs::read(&file).unwrap();
            bytes[10] ^= 1;
            fs::write(&file, bytes).unwrap();
        }
        let damaged = search.snapshot(&target.path().join("new")).await;
        assert!(matches!(damaged, Err(SearchError::Corrupt { .. })), "{damaged:?}");
    }
}
