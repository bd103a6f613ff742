//! A folder as a source: what is wanted of it, and how it is named to whom.

use serde::{Deserialize, Serialize};

use crate::address::{InvalidAddress, WebAddress};
use crate::source::{Source, SourceKind};

/// What is wanted of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderWish {
    /// Its path, from the root of the machine, without symbolic links. The public never sees it.
    pub path: String,
    /// The endings of the files that are read, in lower case without their dot; empty: those of the
    /// formats that are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endings: Vec<String>,
    /// Seconds between two looks, 5–86,400; `None`: 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_seconds: Option<u32>,
}

impl FolderWish {
    /// The endings of the formats that are read.
    pub const ENDINGS: [&str; 10] =
        ["pdf", "docx", "html", "htm", "xhtml", "md", "markdown", "xml", "jats", "txt"];
    /// Seconds between two looks.
    pub const EVERY_SECONDS: u32 = 60;

    /// The address that stands for the folder where a source needs one: on a host that does not exist
    /// (RFC 6761 §6.4), so that nothing would answer if it were ever asked.
    ///
    /// # Errors
    /// [`InvalidAddress`] when the path is too long.
    pub fn address(&self) -> Result<WebAddress, InvalidAddress> {
        "https://folder.invalid/".parse::<WebAddress>()?.with_path(&self.path)
    }

    /// What is wanted of it, without where it lies: `endings=pdf,docx`.
    pub(crate) fn in_words(&self) -> Option<String> {
        (!self.endings.is_empty()).then(|| format!("endings={}", self.endings.join(",")))
    }

    /// Whether a file of this name is read.
    pub fn wants(&self, name: &str) -> bool {
        let Some((_, ending)) = name.rsplit_once('.') else { return false };
        let ending = ending.to_lowercase();
        let is_usual = self.endings.is_empty() && Self::ENDINGS.contains(&ending.as_str());
        is_usual || self.endings.contains(&ending)
    }
}

impl Source {
    /// Where it is read, for everybody; `None` for a folder of our own.
    pub const fn public_url(&self) -> Option<&WebAddress> {
        match self.kind {
            SourceKind::Folder(_) => None,
            _ => Some(&self.url),
        }
    }

    /// Where it is read, for the operator: an address, or the path of a folder.
    pub fn place(&self) -> &str {
        match &self.kind {
            SourceKind::Folder(wish) => &wish.path,
            _ => self.url.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_an_address_and_wants_documents() {
        let wish = FolderWish { path: "/srv/Our papers/ü".to_owned(), ..FolderWish::default() };
        let address = wish.address().unwrap();
        assert_eq!(address.as_str(), "https://folder.invalid/srv/Our%20papers/%C3%BC");
        for (name, wanted) in
            [("a.PDF", true), ("a.b.docx", true), ("pdf", false), ("a.exe", false)]
        {
            assert_eq!(wish.wants(name), wanted, "{name}");
        }
        let only = FolderWish { endings: vec!["rst".to_owned()], ..wish };
        assert!(only.wants("a.RST") && !only.wants("a.pdf"));
    }
}
