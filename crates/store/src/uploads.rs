//! Files that come in pieces, over lines that break: each piece is appended where the last one ended,
//! and the whole becomes a file under its hash without ever being in memory.

use std::path::PathBuf;

use observatory_model::paper::{Paper, Unreadable};
use observatory_model::{SubmissionId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::error::{StoreError, of_engine};
use crate::files::{FileHash, MAX_FILE_BYTES};
use crate::migrate::hex;
use crate::open::{Store, commit};
use crate::rows::{json, optional_noun, to_json};

/// Bytes that are read at once where a whole file is hashed.
const AT_ONCE: usize = 256 * 1024;

/// Seconds after which the beginning of a file that was never finished is thrown away: two days, in
/// which a researcher is back from the field.
const KEPT_SECONDS: u64 = 48 * 3600;

/// What a file that was handed in turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manuscript {
    /// It was read.
    Paper(Box<Paper>),
    /// It cannot be read.
    Unreadable(Unreadable),
}

/// What came of appending to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// So many bytes of it are here now.
    To(u64),
    /// The piece begins elsewhere: so many bytes are here, and the next has to begin there.
    Expects(u64),
}

impl Store {
    /// How many bytes of the file that comes in for a submission are here.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the disk does not say.
    pub async fn uploaded(&self, id: SubmissionId) -> Result<u64, StoreError> {
        match fs::metadata(self.upload(id)).await {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(StoreError::disk(error)),
        }
    }

    /// Appends a piece that begins at `offset`. A piece at 0 begins the file anew.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] above [`MAX_FILE_BYTES`], and what was there is thrown away;
    /// [`StoreError::Unavailable`] when the disk does not take it.
    pub async fn append_upload(
        &self,
        id: SubmissionId,
        offset: u64,
        piece: &[u8],
    ) -> Result<Appended, StoreError> {
        let path = self.upload(id);
        if offset == 0 {
            let folder = self.files_folder().join("uploads");
            fs::create_dir_all(&folder).await.map_err(StoreError::disk)?;
            drop(fs::remove_file(&path).await);
        }
        let here = self.uploaded(id).await?;
        if here != offset {
            return Ok(Appended::Expects(here));
        }
        let bytes = here.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if bytes > MAX_FILE_BYTES {
            drop(fs::remove_file(&path).await);
            return Err(StoreError::TooLarge { bytes, limit_bytes: MAX_FILE_BYTES });
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .await
            .map_err(StoreError::disk)?;
        file.write_all(piece).await.map_err(StoreError::disk)?;
        // What is answered as taken must be there after a power cut, or the line would break in vain.
        file.sync_data().await.map_err(StoreError::disk)?;
        Ok(Appended::To(bytes))
    }

    /// The first bytes of what has come in, at most `limit`, by which one sees what it is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the disk does not give it.
    pub async fn begin_of_upload(
        &self,
        id: SubmissionId,
        limit: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let file = fs::File::open(self.upload(id)).await.map_err(StoreError::disk)?;
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes).await.map_err(StoreError::disk)?;
        Ok(bytes)
    }

    /// Keeps what has come in as a file under its hash. `None` when nothing has.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the disk does not take it.
    pub async fn finish_upload(
        &self,
        id: SubmissionId,
    ) -> Result<Option<(FileHash, u64)>, StoreError> {
        let path = self.upload(id);
        let mut file = match fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::disk(error)),
        };
        let (mut sha256, mut bytes) = (Sha256::new(), 0_u64);
        let mut piece = vec![0; AT_ONCE];
        loop {
            let read = file.read(&mut piece).await.map_err(StoreError::disk)?;
            if read == 0 {
                break;
            }
            sha256.update(piece.get(..read).unwrap_or_default());
            bytes += u64::try_from(read).unwrap_or(0);
        }
        let hash: FileHash = hex(&sha256.finalize())
            .parse()
            .map_err(|error| StoreError::corrupt("the hash of a file", error))?;
        self.adopt(&path, &hash).await?;
        Ok(Some((hash, bytes)))
    }

    /// Throws away what has come in and was never finished, after two days.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the disk does not let go of it.
    pub async fn forget_uploads(&self) -> Result<(), StoreError> {
        let mut folder = match fs::read_dir(self.files_folder().join("uploads")).await {
            Ok(folder) => folder,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(StoreError::disk(error)),
        };
        while let Some(entry) = folder.next_entry().await.map_err(StoreError::disk)? {
            let metadata = entry.metadata().await.map_err(StoreError::disk)?;
            let age = metadata.modified().map_err(StoreError::disk)?.elapsed();
            if age.is_ok_and(|age| age.as_secs() > KEPT_SECONDS) {
                fs::remove_file(entry.path()).await.map_err(StoreError::disk)?;
            }
        }
        Ok(())
    }

    /// What a file turned out to be, once it was read.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn manuscript(&self, file: &str) -> Result<Option<Manuscript>, StoreError> {
        let row = sqlx::query("SELECT body FROM manuscripts WHERE file = $1")
            .bind(file)
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        row.map(|row| json(&row, "body")).transpose()
    }

    /// Keeps what a file turned out to be, and which file is the copy of it without names.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`].
    pub async fn keep_manuscript(
        &self,
        file: &str,
        manuscript: &Manuscript,
        anonymous: Option<&FileHash>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "INSERT INTO manuscripts (file, at, body, anonymous) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (file) DO UPDATE SET at = excluded.at, body = excluded.body, \
            anonymous = excluded.anonymous";
        sqlx::query(sql)
            .bind(file)
            .bind(now.millis())
            .bind(to_json(manuscript)?)
            .bind(anonymous.map(FileHash::as_str))
            .execute(&mut *transaction)
            .await
            .map_err(of_engine)?;
        commit(transaction).await
    }

    /// The copy of a file that says nothing of who made it; `None` where there is none yet, or none can
    /// be made.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn anonymous_copy(&self, file: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT anonymous FROM manuscripts WHERE file = $1")
            .bind(file)
            .fetch_optional(self.readers())
            .await
            .map_err(of_engine)?;
        let Some(row) = row else { return Ok(None) };
        match optional_noun::<FileHash>(&row, "anonymous")? {
            Some(copy) => self.file(&copy).await,
            None => Ok(None),
        }
    }

    /// Where the file that comes in for a submission lies meanwhile: one for each, so that nobody fills
    /// the disk with beginnings.
    fn upload(&self, id: SubmissionId) -> PathBuf {
        self.files_folder().join("uploads").join(id.to_string())
    }
}
