//! Copies without names: what was planted is gone, what is read stays, and nothing that lies beside the
//! project makes the writer panic.

#![expect(clippy::unwrap_used, reason = "a test stops where the ground it stands on breaks")]

mod docx;
mod every_paper;
mod pdf;

use lopdf::{Document, dictionary};
use observatory_model::paper::{PaperFormat, UnreadableReason};
use observatory_text::papers::{self, Title, anonymous};

use crate::docx::{docx, part, zipped};
use crate::pdf::{pdf, text};

/// The name that is planted, and what else must not be left.
const NAMES: [&str; 2] = ["Lovelace", "Engine9"];

fn words(bytes: &[u8]) -> Vec<String> {
    let paper = papers::read(bytes, None).unwrap();
    paper
        .parts
        .into_iter()
        .flat_map(|part| [part.heading.unwrap_or_default(), part.text, part.margin])
        .collect()
}

#[test]
fn a_title_stays_where_that_is_asked() {
    let mut document = Document::load_mem(&pdf()).unwrap();
    let info = document
        .add_object(dictionary! { "Title" => text("On engines"), "Author" => text("Lovelace") });
    document.trailer.set("Info", info);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    for (title, count) in [(Title::Kept, 1), (Title::Dropped, 0)] {
        let copy =
            Document::load_mem(&anonymous(&bytes, PaperFormat::Pdf, title).unwrap()).unwrap();
        let found =
            copy.objects.values().filter(|object| format!("{object:?}").contains("On engines"));
        assert_eq!(found.count(), count, "{title:?}");
        let docx = anonymous(&docx(&[]), PaperFormat::Docx, title).unwrap();
        assert_eq!(part(&docx, "docProps/core.xml").matches("On engines").count(), count);
    }
}

#[test]
fn what_cannot_be_copied_is_named() {
    let reason = |bytes: &[u8], format| anonymous(bytes, format, Title::Kept).unwrap_err().reason;
    let mut document = Document::load_mem(&pdf()).unwrap();
    document.trailer.set("ID", vec![text("0123456789abcdef"), text("0123456789abcdef")]);
    let lock = lopdf::EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password: "",
        key_length: 128,
        permissions: lopdf::Permissions::all(),
    };
    let state = lopdf::EncryptionState::try_from(lock).unwrap();
    document.encrypt(&state).unwrap();
    let mut encrypted = Vec::new();
    document.save_to(&mut encrypted).unwrap();
    assert_eq!(reason(&encrypted, PaperFormat::Pdf), UnreadableReason::Encrypted);
    assert_eq!(reason(b"%PDF-1.7\nnothing", PaperFormat::Pdf), UnreadableReason::Broken);
    assert_eq!(reason(b"PK\x03\x04", PaperFormat::Docx), UnreadableReason::Broken);
    assert_eq!(reason(&pdf(), PaperFormat::Docx), UnreadableReason::NotADocument);
    assert_eq!(reason(b"<html>", PaperFormat::Html), UnreadableReason::Unsupported);
    let old =
        ["\u{5}SummaryInformation"].concat().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let old = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), old].concat();
    let with_old = docx(&[("word/embeddings/a.bin", &old)]);
    assert_eq!(reason(&with_old, PaperFormat::Docx), UnreadableReason::Unsupported);
    let twice = zipped(&[("word/a.bin", &zipped(&[("b", b"")]))]);
    let deep = docx(&[("word/embeddings/b.xlsx", &twice)]);
    assert_eq!(reason(&deep, PaperFormat::Docx), UnreadableReason::Unsupported);
    let bomb = docx(&[("word/media/a.emf", &vec![0; 3_000_000])]);
    assert_eq!(reason(&bomb, PaperFormat::Docx), UnreadableReason::TooLarge);
    let unclosed = docx(&[("word/comments2.xml", b"<w:comments><w:comment></w:comments>")]);
    assert_eq!(reason(&unclosed, PaperFormat::Docx), UnreadableReason::Broken);
    for format in [PaperFormat::Text, PaperFormat::Markdown] {
        assert_eq!(anonymous(b"by Ada", format, Title::Dropped).unwrap(), b"by Ada");
    }
}
