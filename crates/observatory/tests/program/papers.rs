//! Papers are read by the program itself in a process with limits, whatever they are.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use futures_util::StreamExt as _;
use observatory_model::paper::{Paper, UnreadableReason};
use observatory_worker::readers::{PaperError, PaperReader};

/// Every how many-th of the documents beside the project is read here; all of them by
/// `tests/conformance/documents.py`.
const EVERY: usize = 4;

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_observatory")
}

fn reader() -> PaperReader {
    PaperReader::new(program().into(), NonZeroUsize::MIN.saturating_add(1))
}

fn observatory(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).output().expect("the program runs")
}

#[test]
fn a_document_tells_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.md");
    let text = "---\ntitle: Connectivity for all\nauthor: Ada Lovelace\ndate: 2025-03-04\n---\n\
                # Where we are\n\nHalf of the people of the world are connected, and the others wait.\n";
    std::fs::write(&file, text).expect("a document");
    let shown = observatory(&["read", &file.to_string_lossy(), "--text"]);
    let words = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.status.success(), "{shown:?}");
    for expected in
        ["Connectivity for all", "Ada Lovelace", "2025-03-04", "Where we are", "others wait"]
    {
        assert!(words.contains(expected), "{expected} in {words}");
    }
    let json = observatory(&["read", "--json", &file.to_string_lossy()]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["paper"]["title"]["value"], "Connectivity for all");
}

#[test]
fn what_cannot_be_read_is_said_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("picture.png");
    std::fs::write(&file, b"\x89PNG\r\n\x1a\n\0\0\0").expect("a picture");
    let shown = observatory(&["read", &file.to_string_lossy()]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&shown.stderr).contains("this is no document"), "{shown:?}");
}

#[tokio::test]
async fn a_pdf_is_read_page_by_page() {
    let paper =
        reader().read(pdf(&["First page here", "Second page there"])).await.expect("a paper");
    let pages = paper.parts.iter().map(|part| (part.page, part.text.as_str()));
    assert_eq!(
        pages.collect::<Vec<_>>(),
        [(Some(1), "First page here"), (Some(2), "Second page there")]
    );
}

/// A PDF with a line on each page.
fn pdf(lines: &[&str]) -> Vec<u8> {
    let kids = (0..lines.len()).map(|page| format!("{} 0 R", 4 + 2 * page));
    let kids = kids.collect::<Vec<_>>().join(" ");
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count {}/Kids[{kids}]>>", lines.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    for (page, line) in lines.iter().enumerate() {
        let content = format!("BT /F 12 Tf 72 700 Td ({line}) Tj ET");
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents {} 0 R>>",
            5 + 2 * page
        ));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
    }
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        let object = format!("{number} 0 obj\n{object}\nendobj\n");
        file += &object;
    }
    let at = file.len();
    let head = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    file += &head;
    file.extend(places.iter().map(|place| format!("{place:010} 00000 n \n")));
    let end =
        format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", objects.len() + 1);
    file += &end;
    file.into_bytes()
}

/// A part of what others have broken or made to break readers: each ends with a paper or a reason, and
/// the reader always starts again.
#[tokio::test]
async fn hostile_documents_end_with_a_reason() {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for archive in [
        "hostile/pdf.tar.zst",
        "hostile/docx.tar.zst",
        "hostile/zip.tar.zst",
        "hostile/xml.tar.zst",
        "data/documents/poi-docx.tar.xz",
        "data/documents/pypdf-samples.tar.xz",
    ] {
        let Some(folder) = unpack(archive) else { return };
        files.extend(below(folder.path()).into_iter().step_by(EVERY));
        folders.push(folder);
    }
    let reader = reader();
    let ends = futures_util::stream::iter(files).map(|file| {
        let reader = reader.clone();
        async move {
            let bytes = std::fs::read(&file).expect("a file just unpacked");
            match reader.read(bytes).await {
                Ok(_) => "read",
                Err(PaperError::Unreadable(unreadable)) => unreadable.reason.code(),
                Err(PaperError::Start(error)) => panic!("{}: {error}", file.display()),
            }
        }
    });
    let ends = ends.buffer_unordered(4).collect::<Vec<_>>().await;
    let mut counts = BTreeMap::<&str, usize>::new();
    for end in &ends {
        *counts.entry(end).or_default() += 1;
    }
    println!("{} documents: {counts:?}", ends.len());
    assert!(counts.get("read").is_some_and(|count| count * 3 > ends.len()), "{counts:?}");
}

/// Papers with a record of their facts: most of what the record tells is told.
#[tokio::test]
async fn papers_tell_their_titles_and_days() {
    let Some(folder) = unpack("data/documents/jose-papers.tar.xz") else { return };
    let papers = below(folder.path())
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "pdf"));
    let (mut count, mut titles, mut days) = (0, 0, 0);
    for file in papers.step_by(3) {
        let bytes = std::fs::read(&file).expect("a paper just unpacked");
        let paper: Paper = reader().read(bytes).await.expect("a paper that is read");
        count += 1;
        titles += usize::from(paper.title.is_some());
        days += usize::from(paper.date.is_some_and(|date| date.value.day().is_some()));
    }
    println!("{count} papers, {titles} titles, {days} days");
    assert!(count >= 10 && titles == count && days == count, "{count} {titles} {days}");
}

#[tokio::test]
async fn a_bomb_ends_its_reader_and_nothing_else() {
    let Some(folder) = unpack("hostile/generated.tar.zst") else { return };
    let bomb = below(folder.path()).into_iter().find(|file| file.ends_with("pdf/flate-bomb.pdf"));
    let bytes = std::fs::read(bomb.expect("the bomb")).expect("a file just unpacked");
    match reader().read(bytes).await {
        Err(PaperError::Unreadable(unreadable)) => {
            assert_eq!(unreadable.reason, UnreadableReason::TooMuchMemory, "{unreadable}");
        }
        other => panic!("{other:?}"),
    }
}

/// Unpacks an archive beside the project into a new folder, or says that it is not there.
pub(crate) fn unpack(name: &str) -> Option<tempfile::TempDir> {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    if !archive.exists() {
        let message = format!("skipped: ../shared/{name} is not here\n");
        std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes()).expect("a message");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let unpacked =
        Command::new("tar").arg("xf").arg(&archive).arg("-C").arg(folder.path()).status();
    assert!(unpacked.expect("tar runs").success(), "{} unpacks", archive.display());
    Some(folder)
}

/// All files below a folder, sorted.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() { files.extend(below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
