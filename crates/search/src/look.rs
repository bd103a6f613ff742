//! The index as it is now, for reading only, whoever has it open.

use std::path::Path;

use observatory_model::change::ChangeNumber;
use tantivy::{IndexReader, ReloadPolicy};

use crate::error::SearchError;
use crate::generation::{Stamp, applied, current, folder_of, open_index, read_stamp};
use crate::schema::schema;
use crate::snapshot::Snapshot;

/// How often the index may be switched while it is being opened. Once happens when it has just been
/// built anew; more than that is no accident.
const MOST_SWITCHES: usize = 3;

/// What was found.
pub(crate) struct Looked {
    pub(crate) name: String,
    pub(crate) snapshot: Snapshot,
    /// The last change that is surely in the snapshot.
    pub(crate) applied: ChangeNumber,
}

/// There is no index of ours in the folder.
#[derive(Debug, thiserror::Error)]
#[error("{what}; `observatory serve` or `observatory index build` makes it")]
struct Missing {
    what: &'static str,
}

/// Opens the current generation.
///
/// # Errors
/// [`SearchError::Unavailable`] when there is none of this stamp; [`SearchError::Corrupt`] when it
/// cannot be opened.
pub(crate) fn look(folder: &Path, stamp: &Stamp) -> Result<Looked, SearchError> {
    let missing = |what| SearchError::while_doing("be looked at")(Missing { what });
    let current = || match current(folder) {
        Ok(Some(name)) => Ok(name),
        Ok(None) => Err(missing("there is none yet")),
        Err(error) => Err(SearchError::while_doing("be looked at")(error)),
    };
    let mut name = current()?;
    for _ in 0..MOST_SWITCHES {
        let why = match open(folder, &name, stamp) {
            Ok(Some(looked)) => return Ok(looked),
            Ok(None) => {
                return Err(missing("it is of another version of this program or another store"));
            }
            Err(why) => why,
        };
        // Its owner may have put another in its place and removed it.
        let now = current()?;
        if now == name {
            return Err(SearchError::Corrupt { what: why });
        }
        name = now;
    }
    Err(SearchError::Busy)
}

/// Opens a generation; `None` when it has another stamp.
fn open(folder: &Path, name: &str, stamp: &Stamp) -> Result<Option<Looked>, String> {
    let folder = folder_of(folder, name).ok_or("CURRENT names no generation")?;
    if read_stamp(&folder)? != *stamp {
        return Ok(None);
    }
    let unreadable = |error: tantivy::TantivyError| format!("it cannot be read: {error}");
    let index = open_index(&folder)?;
    // First the number, then the documents: a commit between them only brings more.
    let applied = applied(&index, &stamp.store)?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
    let reader: IndexReader = reader.try_into().map_err(unreadable)?;
    let snapshot = Snapshot::open(reader.searcher(), &schema().1).map_err(unreadable)?;
    Ok(Some(Looked { name: name.to_owned(), snapshot, applied }))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use observatory_model::Language;
    use observatory_model::change::ChangeNumber;

    use crate::fixture::{STORE, ask, batch, document, found, open, settings};
    use crate::{Opened, Search, SearchError};

    fn english(number: u32, text: &str) -> observatory_model::document::Document {
        document(number, Some(Language::En), "", text)
    }

    #[track_caller]
    fn told(looked: Result<Search, SearchError>) -> String {
        let Err(SearchError::Unavailable { source, .. }) = looked else { panic!("{looked:?}") };
        source.to_string()
    }

    #[tokio::test]
    async fn others_look_while_one_writes() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        search.apply(batch(vec![english(0, "first")], 1)).await.unwrap();
        search.commit().await.unwrap();
        let before = Search::look(&settings(folder.path()), STORE).await.unwrap();
        search.apply(batch(vec![english(1, "second")], 2)).await.unwrap();
        search.commit().await.unwrap();
        let after = Search::look(&settings(folder.path()), STORE).await.unwrap();

        // Each sees what was there when it looked, and the owner is not disturbed.
        assert_eq!((before.applied(), after.applied()), (ChangeNumber(1), ChangeNumber(2)));
        assert_eq!(found(&before, "first OR second").await, [0]);
        assert_eq!(found(&after, "first OR second").await, [0, 1]);
        assert_eq!(ask(&after, "second").await, ask(&search, "second").await);
        assert_eq!(after.report(), search.report());
        assert_eq!(after.opened(), Opened::Looking);
    }

    #[tokio::test]
    async fn who_looks_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path()).await);
        let looking = Search::look(&settings(folder.path()), STORE).await.unwrap();
        let refused = looking.apply(batch(vec![english(0, "a")], 1)).await;
        assert!(matches!(refused, Err(SearchError::Closed)));
        assert!(matches!(looking.commit().await, Err(SearchError::Closed)));
        assert!(matches!(looking.begin_rebuild().await, Err(SearchError::Closed)));
        looking.close().await.unwrap();
        // And it keeps nobody from writing.
        assert_eq!(open(folder.path()).await.opened(), Opened::Continued);
    }

    #[tokio::test]
    async fn while_the_index_is_built_anew_one_of_both_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let search = open(folder.path()).await;
        search.apply(batch(vec![english(0, "old")], 1)).await.unwrap();
        search.commit().await.unwrap();
        let looking = Search::look(&settings(folder.path()), STORE).await.unwrap();
        let rebuild = search.begin_rebuild().await.unwrap();
        rebuild.apply(batch(vec![english(0, "new")], 1)).await.unwrap();
        let meanwhile = Search::look(&settings(folder.path()), STORE).await.unwrap();
        assert_eq!(found(&meanwhile, "old").await, [0]);
        rebuild.finish().await.unwrap();
        let after = Search::look(&settings(folder.path()), STORE).await.unwrap();
        assert_eq!(found(&after, "new").await, [0]);
        // Its files are gone, and it still reads them.
        assert_eq!(found(&looking, "old").await, [0]);
    }

    #[tokio::test]
    async fn without_an_index_of_ours_it_is_said_what_makes_one() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let said = told(Search::look(&settings, STORE).await);
        assert!(said.starts_with("there is none yet; `observatory serve`"), "{said}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(open(folder.path()).await);
        let said = told(Search::look(&settings, "another store").await);
        assert!(said.contains("another store; `observatory serve`"), "{said}");

        let generation = open(folder.path()).await.report().folder;
        fs::write(generation.join("meta.json"), "{").unwrap();
        let damaged = Search::look(&settings, STORE).await;
        assert!(matches!(damaged, Err(SearchError::Corrupt { .. })), "{damaged:?}");
        fs::write(folder.path().join("CURRENT"), "../elsewhere").unwrap();
        let strange = Search::look(&settings, STORE).await;
        assert!(matches!(strange, Err(SearchError::Corrupt { .. })), "{strange:?}");
    }
}
