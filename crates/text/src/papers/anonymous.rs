//! Copies of papers for reviewers who are not to know who wrote them: the same words, without the names
//! and the traces of programs that files carry beside their text.
//!
//! What stands on the pages stays: a name below the title, the picture of a signature, the words of a
//! comment. What is not reached: the metadata of JPEG 2000, TIFF, GIF, EMF and of fonts, instructions
//! of fields (`ADDIN …`), and comments inside the instructions of a page.
//!
//! Over the PDFs and DOCX beside the project (`tests/conformance/README.md` has the table), each in a
//! process with 512 MB and 10 s: no panic.

mod docx;
mod pdf;
mod pictures;

use std::panic::{AssertUnwindSafe, catch_unwind};

use observatory_model::paper::{PaperFormat, Unreadable, UnreadableReason};

use super::sniff::{Sniffed, sniff};
use super::{Draft, MAX_BYTES};

/// Whether the title that a file says of itself goes with the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Title {
    /// It stays, as readers show it in the frame of the window.
    Kept,
    /// It goes: titles of files often hold a name.
    Dropped,
}

/// A copy of a document without the names, dates and programs in its metadata.
///
/// PDF and DOCX are written anew, without their older revisions; subject and keywords stay. Plain text
/// and Markdown have no metadata apart from their text and are handed back as they are. The words of a
/// copy are read and compared with those of the document before it is handed out.
///
/// At most [`MAX_BYTES`]; a DOCX at most 10,000 files and 256 MiB unpacked, a PDF at most 64 MiB for
/// each stream that has to be unpacked. Time and memory are those of the process that calls, as for
/// [`read`](super::read).
///
/// # Errors
/// [`Unreadable`] names why there is no copy: [`Encrypted`](UnreadableReason::Encrypted) also where a
/// PDF opens without a password, since its protection would be lost;
/// [`Unsupported`](UnreadableReason::Unsupported) for other formats and for files inside that cannot be
/// cleaned; [`Broken`](UnreadableReason::Broken) also where the copy would not say the same. A parser
/// that panics is one of those reasons.
pub fn anonymous(bytes: &[u8], format: PaperFormat, title: Title) -> Result<Vec<u8>, Unreadable> {
    if bytes.len() > MAX_BYTES {
        let what = format!("{} bytes; {MAX_BYTES} are read", bytes.len());
        return Err(Unreadable::new(UnreadableReason::TooLarge, what));
    }
    let is_as_said = match (format, sniff(bytes, None)) {
        (PaperFormat::Pdf | PaperFormat::Docx, Err(refused)) => return Err(refused),
        (PaperFormat::Pdf, Ok(sniffed)) => matches!(sniffed, Sniffed::Pdf),
        (PaperFormat::Docx, Ok(sniffed)) => matches!(sniffed, Sniffed::Zip),
        _ => true,
    };
    if !is_as_said {
        let what = format!("it is no {}", format.code());
        return Err(Unreadable::new(UnreadableReason::NotADocument, what));
    }
    // Nothing is kept between two documents that a panic could leave half done.
    let copy = catch_unwind(AssertUnwindSafe(|| match format {
        PaperFormat::Pdf => same_words(bytes, pdf::copy(bytes, title)?, super::pdf::read),
        PaperFormat::Docx => same_words(bytes, docx::copy(bytes, title)?, super::docx::read),
        PaperFormat::Text | PaperFormat::Markdown => Ok(bytes.to_vec()),
        PaperFormat::Html | PaperFormat::Jats => {
            let what = "only PDF and DOCX are copied without names";
            Err(Unreadable::new(UnreadableReason::Unsupported, what))
        }
    }));
    copy.unwrap_or_else(|_panic| {
        Err(Unreadable::new(UnreadableReason::Broken, "the writer gave up on it"))
    })
}

/// The copy, when it says what the document says.
fn same_words(
    bytes: &[u8],
    copy: Vec<u8>,
    read: fn(&[u8]) -> Result<Draft, Unreadable>,
) -> Result<Vec<u8>, Unreadable> {
    let has_no_text =
        |reason| matches!(reason, UnreadableReason::Scanned | UnreadableReason::Empty);
    let same = match (read(bytes), read(&copy)) {
        (Ok(before), Ok(after)) => before.parts == after.parts,
        // A paper of pictures can be reviewed as well; the detail names how many pages it has.
        (Err(before), Err(after)) if has_no_text(before.reason) => before == after,
        (Err(before), _) if !has_no_text(before.reason) => return Err(before),
        _ => false,
    };
    if same {
        return Ok(copy);
    }
    Err(Unreadable::new(UnreadableReason::Broken, "a copy would not have the same words"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_says_something_else_is_refused() {
        let read = |bytes: &[u8]| match bytes {
            b"" => Err(Unreadable::new(UnreadableReason::Scanned, "1 pages")),
            b"-" => Err(Unreadable::new(UnreadableReason::Encrypted, "a password")),
            _ => {
                let mut draft = Draft::new(PaperFormat::Text);
                draft.add(&String::from_utf8_lossy(bytes), crate::papers::TEXT);
                Ok(draft)
            }
        };
        let reason = |before: &[u8], after: &[u8]| {
            same_words(before, after.to_vec(), read).map_err(|error| error.reason)
        };
        assert_eq!(reason(b"words", b" words"), Ok(b" words".to_vec()));
        assert_eq!(reason(b"", b""), Ok(Vec::new()));
        for (before, after, expected) in [
            (&b"words"[..], &b"other"[..], UnreadableReason::Broken),
            (b"words", b"", UnreadableReason::Broken),
            (b"", b"words", UnreadableReason::Broken),
            (b"-", b"words", UnreadableReason::Encrypted),
        ] {
            assert_eq!(reason(before, after), Err(expected), "{before:?}");
        }
    }
}
