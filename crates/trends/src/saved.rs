//! The archive as a file: its documents and words. What was counted of them is counted again.
//!
//! A file of another version, of another glossary, cut short or changed is refused; the caller then
//! begins an archive from its documents.

use std::io::{self, Read, Write};

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::{Language, Timestamp};

use crate::acronyms::Pair;
use crate::archive::Archive;
use crate::content::Content;
use crate::documents::{Document, Documents, Extent, MAX_DOCUMENT_WORDS};
use crate::hashing::then;
use crate::words::MAX_WORD_BYTES;

/// The first bytes of a file; the number grows with every change of what is kept or how words are cut.
const HEAD: &[u8] = b"observatory trends 1\n";

/// The most documents, words and names of a file, far above what memory allows.
const MAX_COUNT: u64 = 1 << 31;

/// The longest key or name, in bytes.
const MAX_NAME_BYTES: u64 = 1 << 16;

/// A file that is no archive of this version.
#[derive(Debug, thiserror::Error)]
pub enum InvalidArchive {
    /// It could not be read to its end.
    #[error("the archive of trends cannot be read")]
    Unreadable(#[from] io::Error),
    /// It was written by another version, or with another glossary.
    #[error("the archive of trends is of another version or another glossary")]
    Other,
    /// It is not what was written.
    #[error("the archive of trends is damaged")]
    Damaged,
}

impl Archive {
    /// Writes the documents that count, and how far the archive has come.
    ///
    /// # Errors
    /// What writing gives.
    pub fn save(&self, to: impl Write) -> io::Result<()> {
        let mut out = Out { to: io::BufWriter::new(to), sum: 0 };
        out.to.write_all(HEAD)?;
        out.number(self.concepts.stamp)?;
        out.number(self.applied.0)?;
        let documents = &self.documents;
        out.number(documents.lexicon.all().count() as u64)?;
        for word in documents.lexicon.all() {
            out.bytes(word.as_bytes())?;
        }
        out.number(documents.names.all().len() as u64)?;
        for name in documents.names.all() {
            out.bytes(name.as_bytes())?;
        }
        out.number(documents.live() as u64)?;
        for document in documents.all.iter().filter(|document| document.live) {
            out.document(documents, document)?;
        }
        let sum = out.sum;
        out.number(sum)?;
        out.to.flush()
    }

    /// Reads what [`Archive::save`] wrote with the same glossary.
    ///
    /// # Errors
    /// [`InvalidArchive`]: the caller takes all documents anew.
    pub fn load(from: impl Read, glossary: &Glossary) -> Result<Self, InvalidArchive> {
        let mut read = In { from: io::BufReader::new(from), sum: 0 };
        let mut head = [0; HEAD.len()];
        read.from.read_exact(&mut head)?;
        let mut archive = Self::new(glossary);
        if head != HEAD || read.number()? != archive.concepts.stamp {
            return Err(InvalidArchive::Other);
        }
        archive.applied = ChangeNumber(read.number()?);
        for place in 0..read.count()? {
            let word = read.text(MAX_WORD_BYTES as u64)?;
            let id = archive.documents.lexicon.id(&word);
            if u64::from(id) != place + u64::from(crate::lexicon::FIRST) {
                return Err(InvalidArchive::Damaged);
            }
        }
        let names = read.count()?;
        for place in 0..names {
            let name = read.text(MAX_NAME_BYTES)?;
            if u64::from(archive.documents.names.place(&name)) != place {
                return Err(InvalidArchive::Damaged);
            }
        }
        for _ in 0..read.count()? {
            read.document(names, &mut archive.documents)?;
        }
        let sum = read.sum;
        if read.number()? == sum { Ok(archive) } else { Err(InvalidArchive::Damaged) }
    }
}

struct Out<To: Write> {
    to: io::BufWriter<To>,
    sum: u64,
}

impl<To: Write> Out<To> {
    fn number(&mut self, value: u64) -> io::Result<()> {
        self.sum = then(self.sum, value);
        self.to.write_all(&value.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.number(bytes.len() as u64)?;
        self.sum = then(self.sum, sum_of(bytes));
        self.to.write_all(bytes)
    }

    fn document(&mut self, documents: &Documents, document: &Document) -> io::Result<()> {
        let language = document.language.map_or(0, |language| {
            (1..).zip(Language::ALL).find(|(_, it)| *it == language).map_or(0, |(code, _)| code)
        });
        self.bytes(documents.key(document).as_bytes())?;
        self.number(u64::from_le_bytes(document.date.millis().to_le_bytes()))?;
        self.number(u64::from(document.source))?;
        self.number(document.institution.map_or(0, |place| u64::from(place) + 1))?;
        self.number(
            language
                | u64::from(document.extent == Extent::Text) << 8
                | u64::from(document.authors) << 16,
        )?;
        let acronyms = documents.acronyms(document);
        self.number(acronyms.len() as u64)?;
        for pair in acronyms {
            self.number(pair.short)?;
            self.number(pair.long)?;
        }
        self.bytes(documents.words(document))
    }
}

struct In<From: Read> {
    from: io::BufReader<From>,
    sum: u64,
}

impl<From: Read> In<From> {
    fn number(&mut self) -> Result<u64, InvalidArchive> {
        let mut bytes = [0; 8];
        self.from.read_exact(&mut bytes)?;
        let value = u64::from_le_bytes(bytes);
        self.sum = then(self.sum, value);
        Ok(value)
    }

    fn count(&mut self) -> Result<u64, InvalidArchive> {
        let count = self.number()?;
        if count > MAX_COUNT { Err(InvalidArchive::Damaged) } else { Ok(count) }
    }

    /// Bytes of a length that stands before them; no more is made room for than there is.
    fn bytes(&mut self, limit: u64) -> Result<Vec<u8>, InvalidArchive> {
        let length = self.number()?;
        if length > limit {
            return Err(InvalidArchive::Damaged);
        }
        let mut bytes = Vec::new();
        let read = self.from.by_ref().take(length).read_to_end(&mut bytes)?;
        if read as u64 != length {
            return Err(InvalidArchive::Damaged);
        }
        self.sum = then(self.sum, sum_of(&bytes));
        Ok(bytes)
    }

    fn text(&mut self, limit: u64) -> Result<String, InvalidArchive> {
        String::from_utf8(self.bytes(limit)?).ok().ok_or(InvalidArchive::Damaged)
    }

    fn document(&mut self, names: u64, to: &mut Documents) -> Result<(), InvalidArchive> {
        let key = self.text(MAX_NAME_BYTES)?;
        let date = Timestamp::from_millis(i64::from_le_bytes(self.number()?.to_le_bytes()));
        let place = |place: u64| u32::try_from(place).ok().filter(|it| u64::from(*it) < names);
        let source = place(self.number()?).ok_or(InvalidArchive::Damaged)?;
        let institution = self.number()?.checked_sub(1).and_then(place);
        let facts = self.number()?.to_le_bytes();
        let [language, long, authors, more, ..] = facts;
        let pairs = self.number()?.min(1 << 10);
        let mut acronyms = Vec::new();
        for _ in 0..pairs {
            acronyms.push(Pair { short: self.number()?, long: self.number()? });
        }
        let words = self.bytes(MAX_DOCUMENT_WORDS as u64 * 16)?;
        let document = Document {
            date,
            source,
            institution,
            language: Language::ALL.into_iter().nth(usize::from(language).wrapping_sub(1)),
            authors: u16::from_le_bytes([authors, more]),
            extent: match (words.is_empty(), long) {
                (true, _) => Extent::Nothing,
                (false, 0) => Extent::Title,
                _ => Extent::Text,
            },
            ..Document::NONE
        };
        to.restore(document, &Content { key: &key, acronyms: &acronyms, words: &words });
        Ok(())
    }
}

/// A number of bytes.
fn sum_of(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(bytes.len() as u64, |sum, chunk| {
        then(sum, chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)))
    })
}
