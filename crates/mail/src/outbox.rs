//! The mails that were written to a folder, read back: so that a site without a mail server can be used.

use std::path::PathBuf;

use mail_parser::MessageParser;
use observatory_model::Timestamp;

/// Files of the folder that are looked at, the newest first by their names.
const MOST_FILES: usize = 10_000;

/// Largest mail that is read back, in bytes: ours have a few kilobytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The folder, where mails go to one.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    folder: Option<PathBuf>,
}

/// A mail as it lies in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMail {
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// Its words as plain text.
    pub text: String,
    /// When it was written.
    pub written: Timestamp,
}

impl Outbox {
    pub(crate) const fn of(folder: PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// The newest mails, at most `most`; `None` where mails go to a server. A file that cannot be read
    /// is passed over: somebody else put it there.
    pub async fn newest(&self, most: u32) -> Option<Vec<KeptMail>> {
        let folder = self.folder.as_ref()?;
        let mut names = Vec::new();
        let mut files = tokio::fs::read_dir(folder).await.ok()?;
        while let Ok(Some(file)) = files.next_entry().await {
            let path = file.path();
            if path.extension().is_some_and(|ending| ending == "eml") && names.len() < MOST_FILES {
                names.push(path);
            }
        }
        // Their names are ids, which sort by the time they were made.
        names.sort_unstable();
        let mut kept = Vec::new();
        for path in names.into_iter().rev().take(usize::try_from(most).unwrap_or(usize::MAX)) {
            let Ok(metadata) = tokio::fs::metadata(&path).await else { continue };
            if metadata.len() > MAX_BYTES {
                continue;
            }
            let Ok(bytes) = tokio::fs::read(&path).await else { continue };
            kept.extend(read(&bytes));
        }
        Some(kept)
    }
}

fn read(bytes: &[u8]) -> Option<KeptMail> {
    let message = MessageParser::default().parse(bytes)?;
    let to = message.to()?.first()?.address()?.to_owned();
    let seconds = message.date()?.to_timestamp();
    Some(KeptMail {
        to,
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0)?.into_owned(),
        written: Timestamp::from_millis(seconds.saturating_mul(1000)),
    })
}
