//! What the harvests of documents have in common: a file that came in is kept, read in a process of its
//! own, and becomes an entry, whether it could be read or not.

use observatory_ingest::document;
use observatory_model::entry::{HarvestCounts, IncomingEntry};
use observatory_model::paper::{FactPlace, Paper, Unreadable, UnreadableReason};
use observatory_model::source::Source;
use observatory_model::{Language, Timestamp, WebAddress};
use observatory_store::{FileHash, IncomingPaper, MAX_FILE_BYTES, PaperHarvest};

use crate::jobs::judge_entries::judge;
use crate::readers::{PaperError, PaperReader};
use crate::{WorkerError, World};

/// Most authors and identifiers of an entry. The paper keeps all.
const MAX_LISTED: usize = 20;

/// A file that came in.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// What makes it the same document at the next harvest.
    pub(crate) key: String,
    /// What the file is called.
    pub(crate) name: String,
    /// Where everybody can read it.
    pub(crate) url: Option<WebAddress>,
    /// What its source knows a changed file by.
    pub(crate) stamp: String,
    /// What the server says it is.
    pub(crate) content_type: Option<String>,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// What became of a file.
pub(crate) enum Taken {
    /// The same file as before.
    Same,
    /// A new file, read as far as it can be.
    Read(Box<IncomingPaper>),
}

/// Keeps a file and reads it, unless it is the one that was `known`.
///
/// # Errors
/// [`WorkerError::Store`] when it cannot be kept, [`WorkerError::Reader`] when this machine reads nothing.
pub(crate) async fn take(
    world: &World,
    arrived: Arrived,
    known: Option<&FileHash>,
) -> Result<Taken, WorkerError> {
    let file = world.store.put_file(arrived.bytes.clone()).await?;
    if known == Some(&file) {
        return Ok(Taken::Same);
    }
    let (key, name, stamp) = (arrived.key.clone(), arrived.name.clone(), arrived.stamp.clone());
    let bytes = arrived.bytes.len().try_into().unwrap_or(u64::MAX);
    let (entry, read) = read(&world.papers, arrived, world.clock.now()).await?;
    tracing::info!(
        paper.key = key,
        paper.file = %file,
        paper.bytes = bytes,
        paper.refused = read.as_ref().err().map(|unreadable| unreadable.reason.code()),
        "read the document {name}"
    );
    Ok(Taken::Read(Box::new(IncomingPaper { entry, file: Some(file), name, bytes, stamp, read })))
}

/// Keeps papers of a source, as the rules say of their titles and abstracts.
///
/// # Errors
/// [`WorkerError::Store`]; [`WorkerError::Search`] where the rules could not be held against them.
pub(crate) async fn keep(
    world: &World,
    source: &Source,
    harvest: &PaperHarvest,
) -> Result<HarvestCounts, WorkerError> {
    let now = world.clock.now();
    let entries = harvest.papers.iter().map(|paper| paper.entry.clone()).collect::<Vec<_>>();
    let verdicts = judge(&world.store, source, &entries, now).await?;
    Ok(world.store.record_papers(source.id, harvest, verdicts, now).await?)
}

/// Reads a file and keeps nothing.
///
/// # Errors
/// [`WorkerError::Reader`] when this machine reads nothing. That the document cannot be read is none.
pub(crate) async fn read(
    reader: &PaperReader,
    arrived: Arrived,
    now: Timestamp,
) -> Result<(IncomingEntry, Result<Paper, Unreadable>), WorkerError> {
    let Arrived { key, name, url, content_type, bytes, .. } = arrived;
    let readable = document::readable(bytes, content_type).await;
    let read = match reader.read_named(readable, Some(&name)).await {
        Ok(paper) => Ok(paper),
        Err(PaperError::Unreadable(unreadable)) => Err(unreadable),
        Err(error @ PaperError::Start(_)) => return Err(WorkerError::Reader(error)),
    };
    let entry = match &read {
        Ok(paper) => of_paper(key, &name, url, paper, now),
        Err(_) => nameless(key, &name, url),
    };
    Ok((entry, read))
}

/// A file that is too large to be read at all.
pub(crate) fn too_large(key: String, name: &str, stamp: String, bytes: u64) -> IncomingPaper {
    let what = format!("{bytes} bytes; {MAX_FILE_BYTES} are read");
    IncomingPaper {
        entry: nameless(key, name, None),
        file: None,
        name: name.to_owned(),
        bytes,
        stamp,
        read: Err(Unreadable::new(UnreadableReason::TooLarge, what)),
    }
}

/// What is said of a document of which nothing is known but its name.
fn nameless(key: String, name: &str, url: Option<WebAddress>) -> IncomingEntry {
    IncomingEntry {
        key,
        derived_key: false,
        url,
        title: observatory_text::one_line(name, 500),
        html: String::new(),
        text: String::new(),
        authors: Vec::new(),
        published: None,
        updated: None,
        declared_language: None,
        raw_language: None,
        language: None,
        detected_language: None,
        identifiers: Vec::new(),
    }
}

/// What lists say of a paper: its abstract is the text, the rest stands on its pages.
fn of_paper(
    key: String,
    name: &str,
    url: Option<WebAddress>,
    paper: &Paper,
    now: Timestamp,
) -> IncomingEntry {
    let mut entry = nameless(key, name, url);
    if let Some(title) = &paper.title {
        entry.title.clone_from(&title.value);
    }
    if let Some(summary) = &paper.summary {
        entry.text.clone_from(&summary.value);
        entry.html = observatory_text::paragraphs(&summary.value);
    }
    entry.authors = paper.authors.iter().take(MAX_LISTED).map(|fact| fact.value.clone()).collect();
    let identifiers = paper.identifiers.iter().take(MAX_LISTED);
    entry.identifiers = identifiers.map(|fact| fact.value.clone()).collect();
    let date = paper.date.as_ref().map(|fact| fact.value.begin());
    entry.published = date.filter(|date| *date <= now);
    entry.declared_language.clone_from(&paper.declared_language);
    if let Some(language) = &paper.language {
        entry.language = Language::from_tag(&language.value);
        // Else it is what the file declares.
        let is_detected = language.read_in == FactPlace::WholeText;
        entry.detected_language = is_detected.then(|| language.value.clone());
    }
    entry
}

#[cfg(test)]
mod tests {
    use observatory_model::paper::{Confidence, Fact, PaperFormat};

    use super::*;

    fn fact<T>(value: T, read_in: FactPlace) -> Fact<T> {
        Fact { value, confidence: Confidence::High, read_in }
    }

    fn paper() -> Paper {
        Paper {
            format: PaperFormat::Pdf,
            title: Some(fact("A title".to_owned(), FactPlace::Page(1))),
            authors: (0..30).map(|n| fact(format!("Author {n}"), FactPlace::Page(1))).collect(),
            summary: Some(fact("1 < 2 & so on".to_owned(), FactPlace::Page(1))),
            date: Some(fact("2026-03".parse().unwrap(), FactPlace::Page(1))),
            language: Some(fact("en".to_owned(), FactPlace::WholeText)),
            declared_language: Some("fr-FR".to_owned()),
            identifiers: Vec::new(),
            parts: Vec::new(),
            cut: false,
        }
    }

    #[test]
    fn a_paper_is_an_entry_with_its_abstract() {
        let now: Timestamp = "2026-11-24".parse().unwrap();
        let entry = of_paper("k".to_owned(), "a.pdf", None, &paper(), now);
        assert_eq!((entry.title.as_str(), entry.authors.len()), ("A title", MAX_LISTED));
        assert_eq!(entry.html, "<p>1 &lt; 2 &amp; so on</p>");
        assert_eq!(entry.published.unwrap().date(), "2026-03-01");
        assert!(entry.language_is_contradicted());
        assert_eq!(entry.language, Some(Language::En));
        let early: Timestamp = "2026-02-01".parse().unwrap();
        let entry = of_paper("k".to_owned(), "a.pdf", None, &paper(), early);
        assert_eq!(entry.published, None, "nothing was published tomorrow");
    }
}
