//! Files by what is in them: the same bytes are kept once, under their SHA-256.
//!
//! A file is written beside its place, made durable and then renamed: whoever finds it finds all of
//! it. What is read is checked against its name.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use uuid::Uuid;

use crate::error::StoreError;
use crate::migrate::hex;
use crate::open::Store;

/// Largest file that is kept or read, in bytes: 50 MiB.
///
/// It is held in memory as a whole; the largest white papers of the field have 20 to 30 MB.
pub const MAX_FILE_BYTES: u64 = 50 * 1024 * 1024;

/// The name of a file: the SHA-256 of its bytes as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileHash(String);

/// The text is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file is named by 64 digits 0-9 and a-f")]
pub struct InvalidFileHash;

impl FileHash {
    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for FileHash {
    type Err = InvalidFileHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid =
            text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidFileHash) }
    }
}

impl Store {
    /// Keeps a file and returns its name. Keeping the same bytes again mends a damaged copy.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] above [`MAX_FILE_BYTES`]; [`StoreError::Unavailable`] when the disk
    /// does not take it. Nothing is found under the name then.
    pub async fn put_file(&self, bytes: Vec<u8>) -> Result<FileHash, StoreError> {
        refuse_large(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        let hash = hash_of(&bytes).await;
        let folders = self.folders(&hash);
        let [_, _, folder] = &folders;
        fs::create_dir_all(folder).await.map_err(StoreError::disk)?;
        let beside = folder.join(format!("{}.part", Uuid::now_v7()));
        let written = write_durably(&beside, &bytes).await;
        let kept = match written {
            Ok(()) => fs::rename(&beside, folder.join(hash.as_str())).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            // The cause is told, not what became of the rest of it.
            fs::remove_file(&beside).await.unwrap_or_default();
            return Err(StoreError::disk(error));
        }
        // A name, and the folders it stands in, are only durable when their folders are.
        for folder in folders.iter().rev() {
            sync_folder(folder).await.map_err(StoreError::disk)?;
        }
        Ok(hash)
    }

    /// Moves a file of which the bytes are durable to its name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the disk does not take it.
    pub(crate) async fn adopt(&self, file: &Path, hash: &FileHash) -> Result<(), StoreError> {
        let folders = self.folders(hash);
        let [_, _, folder] = &folders;
        fs::create_dir_all(folder).await.map_err(StoreError::disk)?;
        fs::rename(file, folder.join(hash.as_str())).await.map_err(StoreError::disk)?;
        for folder in folders.iter().rev() {
            sync_folder(folder).await.map_err(StoreError::disk)?;
        }
        Ok(())
    }

    /// A file, or `None` when there is none of this name.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] above [`MAX_FILE_BYTES`]; [`StoreError::Corrupt`] when its bytes do
    /// not have its name any more; [`StoreError::Unavailable`] when the disk does not give it.
    pub async fn file(&self, hash: &FileHash) -> Result<Option<Vec<u8>>, StoreError> {
        let [_, _, folder] = self.folders(hash);
        let file = match File::open(folder.join(hash.as_str())).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::disk(error)),
        };
        refuse_large(file.metadata().await.map_err(StoreError::disk)?.len())?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).await.map_err(StoreError::disk)?;
        if hash_of(&bytes).await != *hash {
            return Err(StoreError::Corrupt { what: format!("the file {hash}"), source: None });
        }
        Ok(Some(bytes))
    }

    /// Takes a file away; nothing happens when there is none of this name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the disk does not let go of it.
    pub(crate) async fn remove_file(&self, hash: &FileHash) -> Result<(), StoreError> {
        let [_, _, folder] = self.folders(hash);
        match fs::remove_file(folder.join(hash.as_str())).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::disk(error))
            }
            _ => Ok(()),
        }
    }

    /// The folder of all files, the folder of the first two digits, and the one of the next two, in
    /// which the file lies: no folder grows beyond what tools can list.
    fn folders(&self, hash: &FileHash) -> [PathBuf; 3] {
        let root = self.files_folder().to_owned();
        let (first, rest) = hash.as_str().split_at_checked(2).unwrap_or_default();
        let (second, _) = rest.split_at_checked(2).unwrap_or_default();
        let outer = root.join(first);
        let inner = outer.join(second);
        [root, outer, inner]
    }
}

const fn refuse_large(bytes: u64) -> Result<(), StoreError> {
    if bytes > MAX_FILE_BYTES {
        return Err(StoreError::TooLarge { bytes, limit_bytes: MAX_FILE_BYTES });
    }
    Ok(())
}

/// The name of these bytes. Others get their turn after each MiB: the whole takes tenths of a second.
async fn hash_of(bytes: &[u8]) -> FileHash {
    let mut sha256 = Sha256::new();
    for part in bytes.chunks(1024 * 1024) {
        sha256.update(part);
        tokio::task::yield_now().await;
    }
    FileHash(hex(&sha256.finalize()))
}

async fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
}

async fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder).await?.sync_all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hashes_and_nothing_else() {
        assert!("0f".repeat(32).parse::<FileHash>().is_ok());
        for wrong in
            ["", "0f", &"0F".repeat(32), &"é".repeat(32), &"../".repeat(21), &"0f".repeat(33)]
        {
            assert_eq!(wrong.parse::<FileHash>(), Err(InvalidFileHash), "{wrong}");
        }
    }

    #[test]
    fn large_files_are_refused() {
        assert!(refuse_large(MAX_FILE_BYTES).is_ok());
        assert!(matches!(refuse_large(MAX_FILE_BYTES + 1), Err(StoreError::TooLarge { .. })));
    }
}
