//! PDF and DOCX beside the project, each in a process with limits, as the program runs it: every fourth,
//! and with `OBSERVATORY_EVERY_PAPER=1` all of them, which takes some minutes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use observatory_model::paper::PaperFormat;
use observatory_text::papers::{self, Title, anonymous};

/// The file that the process with limits is to copy.
const FILE: &str = "ANONYMOUS_FILE";

/// What the process with limits does; nothing when it is run with all the others.
#[test]
fn one_file() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let bytes = std::fs::read(&path).unwrap();
    let is_word = Path::new(&path).extension().is_some_and(|end| end.eq_ignore_ascii_case("docx"));
    let format = if is_word { PaperFormat::Docx } else { PaperFormat::Pdf };
    match anonymous(&bytes, format, Title::Dropped) {
        Ok(copy) => {
            // Where there is a title and no text, and that is dropped, the reader finds nothing; the
            // margins are compared before a copy is handed out.
            let words = |bytes: &[u8]| {
                let parts = papers::read(bytes, None).map(|paper| paper.parts).unwrap_or_default();
                let texts = parts
                    .into_iter()
                    .flat_map(|part| [part.heading.unwrap_or_default(), part.text]);
                texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
            };
            assert_eq!(words(&copy), words(&bytes), "the words are the same");
            println!("OUTCOME cleaned");
        }
        Err(error) => println!("OUTCOME {}: {}", error.reason.code(), error.detail),
    }
}

/// Copies a file in a process with 512 MB and 10 s, and says how that ended.
fn outcome(path: &Path) -> String {
    let limits =
        "ulimit -v 524288; ulimit -t 10; exec \"$0\" --exact every_paper::one_file --nocapture";
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new("sh");
    child.args(["-c", limits]).arg(program).env(FILE, path).env("RUST_TEST_THREADS", "1");
    let ended = child.env("RUST_BACKTRACE", "0").output().unwrap();
    let (out, error) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    match out.lines().find_map(|line| line.split_once("OUTCOME ")) {
        Some((_, outcome)) => outcome.to_owned(),
        // A panic inside is a refusal by then; this one came out, or the words differ.
        None if error.contains("panicked at") => format!("panic: {error}"),
        None if error.contains("memory allocation of") => "too much memory".to_owned(),
        None if error.contains("overflowed its stack") => "stack".to_owned(),
        None if ended.status.code().is_none() => "too slow".to_owned(),
        None => format!("crash: {} {error}", ended.status),
    }
}

#[test]
fn nothing_beside_the_project_makes_it_panic() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let step = if std::env::var_os("OBSERVATORY_EVERY_PAPER").is_some() { 1 } else { 4 };
    let mut bad = Vec::new();
    let mut any = false;
    for (set, ends) in [
        ("data/documents/jose-papers.tar.xz", &["pdf"][..]),
        ("data/documents/pdfbox-text-groundtruth.tar.xz", &["pdf"]),
        ("data/documents/docling-groundtruth.tar.xz", &["pdf", "docx"]),
        ("data/documents/pypdf-samples.tar.xz", &["pdf"]),
        ("data/documents/poi-docx.tar.xz", &["docx"]),
        ("hostile/pdf.tar.zst", &["pdf"]),
        ("hostile/docx.tar.zst", &["docx"]),
        ("hostile/generated.tar.zst", &["pdf", "docx"]),
    ] {
        let archive = shared.join(set);
        if !archive.exists() {
            eprintln!("skipped: no shared/{set} beside the project");
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let tar = Command::new("tar").arg("xf").arg(&archive).arg("-C").arg(folder.path()).status();
        assert!(tar.unwrap().success(), "{set} unpacks");
        any = true;
        let mut counts = BTreeMap::<String, usize>::new();
        for path in below(folder.path()).into_iter().step_by(step) {
            let end = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            if !ends.contains(&&*end) {
                continue;
            }
            let outcome = outcome(&path);
            let name = path.strip_prefix(folder.path()).unwrap().display().to_string();
            eprintln!("{name}\t{outcome}");
            let kind = outcome.split(':').next().unwrap_or_default();
            if matches!(kind, "panic" | "crash" | "stack") {
                bad.push(format!("{name}: {outcome}"));
            }
            *counts.entry(kind.to_owned()).or_default() += 1;
        }
        eprintln!("= {set}: {counts:?}");
    }
    assert!(bad.is_empty(), "{bad:#?}");
    if !any {
        eprintln!("skipped: there is no ../shared beside the project");
    }
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
