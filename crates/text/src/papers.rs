//! White papers: bytes of whatever format become text by page or section, and what the document says
//! of itself: title, authors, abstract, date, language, identifiers.
//!
//! Nothing here defends itself against documents that take all time or memory: no reader of PDF does.
//! `observatory read-paper` calls [`read`] in a process of its own with limits.

mod anonymous;
mod docx;
mod facts;
mod html;
mod jats;
mod markdown;
mod pdf;
mod plain;
mod sniff;
mod xml;

use std::panic::{AssertUnwindSafe, catch_unwind};

use observatory_model::paper::{
    Paper, PaperDate, PaperFormat, PaperPart, Unreadable, UnreadableReason,
};

pub use self::anonymous::{Title, anonymous};

use self::sniff::Sniffed;

/// Largest document that is read, in bytes: 50 MiB.
pub const MAX_BYTES: usize = 50 * 1024 * 1024;

/// Reads a document; what it is its content decides. The name (`report.md`) only tells Markdown from
/// plain text.
///
/// # Errors
/// [`Unreadable`] says why there is nothing to be read, for its author. A parser that panics is one of
/// those reasons.
pub fn read(bytes: &[u8], name_hint: Option<&str>) -> Result<Paper, Unreadable> {
    if bytes.len() > MAX_BYTES {
        let what = format!("{} bytes; {MAX_BYTES} are read", bytes.len());
        return Err(Unreadable::new(UnreadableReason::TooLarge, what));
    }
    // The readers keep nothing between two documents that a panic could leave half done.
    let read = catch_unwind(AssertUnwindSafe(|| draft(bytes, name_hint).map(facts::paper)));
    let paper = read.unwrap_or_else(|_panic| {
        Err(Unreadable::new(UnreadableReason::Broken, "the reader gave up on it"))
    })?;
    let says_something = |part: &PaperPart| !part.text.is_empty() || part.heading.is_some();
    if !paper.parts.iter().any(says_something) && paper.title.is_none() {
        return Err(Unreadable::new(UnreadableReason::Empty, "no text was found in it"));
    }
    Ok(paper)
}

/// What kind of file a document is, by its content; the name only tells Markdown from plain text.
///
/// # Errors
/// [`Unreadable`] for what is no document that is read.
pub fn format_of(bytes: &[u8], name_hint: Option<&str>) -> Result<PaperFormat, Unreadable> {
    Ok(match sniff::sniff(bytes, name_hint)? {
        Sniffed::Pdf => PaperFormat::Pdf,
        Sniffed::Zip => PaperFormat::Docx,
        Sniffed::Html(_) => PaperFormat::Html,
        Sniffed::Jats(_) => PaperFormat::Jats,
        Sniffed::Markdown(_) => PaperFormat::Markdown,
        Sniffed::Plain(_) => PaperFormat::Text,
    })
}

fn draft(bytes: &[u8], name_hint: Option<&str>) -> Result<Draft, Unreadable> {
    match sniff::sniff(bytes, name_hint)? {
        Sniffed::Pdf => pdf::read(bytes),
        Sniffed::Zip => docx::read(bytes),
        Sniffed::Html(text) => Ok(html::read(&text)),
        Sniffed::Jats(text) => jats::read(&text),
        Sniffed::Markdown(text) => Ok(markdown::read(&text)),
        Sniffed::Plain(text) => Ok(plain::read(&text)),
    }
}

/// A document whose facts are still to be told apart.
#[derive(Debug)]
pub(crate) struct Draft {
    format: PaperFormat,
    said: Said,
    opening: Vec<Opening>,
    parts: Vec<PaperPart>,
    cut: bool,
}

impl Draft {
    fn new(format: PaperFormat) -> Self {
        Self { format, said: Said::default(), opening: Vec::new(), parts: Vec::new(), cut: false }
    }

    /// Begins a section.
    fn open(&mut self, heading: &str) {
        let heading = crate::plain::one_line(heading, 300);
        if self.parts.len() >= Paper::MAX_PARTS {
            self.cut = true;
            return;
        }
        let heading = (!heading.is_empty()).then_some(heading);
        self.parts.push(PaperPart { heading, ..PaperPart::default() });
    }

    /// Adds a paragraph to the section that is open. `size` is that of its heading or of plain text.
    fn add(&mut self, paragraph: &str, size: f64) {
        const OPENING: usize = 60;
        let paragraph = paragraph.trim();
        if paragraph.is_empty() {
            return;
        }
        if self.opening.len() < OPENING {
            // Names and titles are read from it: no control character belongs there.
            let text = crate::plain::one_line(paragraph, 200_000);
            self.opening.push(Opening { page: None, text, size });
        }
        if size > TEXT {
            return;
        }
        if self.parts.is_empty() {
            self.open("");
        }
        let Some(part) = self.parts.last_mut() else { return };
        if part.text.len() + paragraph.len() > Paper::MAX_TEXT {
            self.cut = true;
            return;
        }
        if !part.text.is_empty() {
            part.text.push_str("\n\n");
        }
        part.text.push_str(paragraph);
    }

    /// Begins a section and shows its heading to whoever looks for the title. `level` counts from 1.
    fn head(&mut self, heading: &str, level: u8) {
        self.open(heading);
        self.add(heading, TEXT + 8.0 - f64::from(level.min(7)));
    }
}

/// The size of plain text where a format knows none.
const TEXT: f64 = 10.0;

/// A paragraph from which facts may be read.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    page: Option<u32>,
    text: String,
    size: f64,
}

/// What a file says of itself in fields that are made for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    title: Option<String>,
    authors: Vec<String>,
    summary: Option<String>,
    /// When it was published.
    date: Option<PaperDate>,
    /// When the file was made.
    made: Option<PaperDate>,
    language: Option<String>,
    /// Texts in which its identifiers stand.
    hints: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_document_is_named() {
        let reason = |bytes: &[u8]| read(bytes, None).unwrap_err().reason;
        assert_eq!(reason(b""), UnreadableReason::Empty);
        assert_eq!(reason(b" \n\t"), UnreadableReason::Empty);
        assert_eq!(reason(b"\x89PNG\r\n\x1a\n\0\0"), UnreadableReason::NotADocument);
        assert_eq!(reason(b"%PDF-1.7\nnothing"), UnreadableReason::Broken);
        assert_eq!(reason(b"PK\x03\x04broken"), UnreadableReason::Broken);
        assert_eq!(reason(b"{\\rtf1 hello}"), UnreadableReason::Unsupported);
        assert_eq!(reason(&vec![b'a'; MAX_BYTES + 1]), UnreadableReason::TooLarge);
    }
}
