//! Papers: documents of Word, web pages, JATS, Markdown, plain text.

use std::io::{Cursor, Write as _};

use observatory_model::paper::{Fact, Paper, Unreadable};
use observatory_text::papers;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::entries::strange;
use crate::words;

/// Between two parts of a document of Word: one in a file of seeds, for mutations that know XML.
const BETWEEN: &str = "\n--part--\n";

/// Where the parts belong, in this order.
const PARTS: [&str; 5] = [
    "word/document.xml",
    "word/styles.xml",
    "docProps/core.xml",
    "word/header1.xml",
    "word/footnotes.xml",
];

/// What says which part holds the text.
const RELATIONS: &str = "<Relationships><Relationship Type='http://x/officeDocument' \
                         Target='word/document.xml'/></Relationships>";

/// A document of Word: an archive as it is, anything else as the parts of one.
pub(crate) fn docx(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        return read(bytes, None);
    }
    let text = String::from_utf8_lossy(bytes);
    read(&packed(&text).unwrap_or_default(), None);
}

fn packed(text: &str) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let parts = PARTS.into_iter().zip(text.split(BETWEEN));
    for (name, part) in parts.chain([("_rels/.rels", RELATIONS)]) {
        archive.start_file(name, stored)?;
        archive.write_all(part.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A paper of text; the length of the bytes chooses its name.
pub(crate) fn text(bytes: &[u8]) {
    if bytes.starts_with(b"%PDF") || bytes.starts_with(b"PK") {
        return;
    }
    let names = [None, Some("paper.md"), Some("paper.html"), Some("paper.txt")];
    read(bytes, names.get(bytes.len() % names.len()).copied().flatten());
}

fn read(bytes: &[u8], name: Option<&str>) {
    match papers::read(bytes, name) {
        Ok(paper) => check(&paper),
        Err(Unreadable { detail, .. }) => {
            assert!(!detail.contains("gave up"), "{detail}");
            assert!(!detail.contains(strange), "{detail:?}");
        }
    }
}

fn check(paper: &Paper) {
    assert!(paper.parts.len() <= Paper::MAX_PARTS && paper.authors.len() <= Paper::MAX_AUTHORS);
    assert!(paper.parts.iter().map(|part| part.text.len()).sum::<usize>() <= Paper::MAX_TEXT);
    let line = |fact: &Fact<String>, most: usize| {
        let line = &fact.value;
        assert!(!line.contains(strange) && (1..=most).contains(&line.chars().count()), "{line:?}");
    };
    paper.title.iter().for_each(|title| line(title, 500));
    paper.summary.iter().for_each(|summary| line(summary, Paper::MAX_SUMMARY));
    paper.authors.iter().for_each(|author| line(author, 500));
    paper.identifiers.iter().for_each(|fact| words::check_identifier(&fact.value));
    for part in &paper.parts {
        let heading = part.heading.as_deref().unwrap_or_default();
        assert!(!heading.contains(strange) && heading.chars().count() <= 300, "{heading:?}");
        assert!(!part.text.contains('\0') && !part.margin.contains('\0'));
    }
}
