//! Identifiers in text that people have written: what is found is read back, and little else is found.
//!
//! The text lies beside the project and is no part of it; where it is absent, there is nothing to test.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use observatory_model::identifier::{Identifier, MAX_TEXT_BYTES, find};

/// How much of each archive is read, in bytes.
const ENOUGH: u64 = 1 << 20;

fn archives() -> Vec<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folders = ["content", "scholarly", "multilingual"].map(|name| shared.join(name));
    let files = folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten();
    let mut files: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    files.retain(|file| file.to_string_lossy().contains(".tar"));
    files.sort();
    files
}

/// The first files of an archive, one after another.
fn beginning(archive: &Path) -> Vec<u8> {
    let mut tar = Command::new("tar");
    let mut tar = tar.arg("xOf").arg(archive).stdout(Stdio::piped()).spawn().expect("tar runs");
    let mut unpacked = Vec::new();
    let output = tar.stdout.take().expect("its output");
    output.take(ENOUGH).read_to_end(&mut unpacked).expect("a readable archive");
    tar.kill().expect("it was running, or has ended");
    tar.wait().expect("it has ended");
    unpacked
}

#[test]
fn what_is_found_in_real_text_is_read_back() {
    let archives = archives();
    if archives.is_empty() {
        eprintln!("skipped: there is no ../shared/data beside the project");
        return;
    }
    for archive in archives {
        let unpacked = beginning(&archive);
        let text = String::from_utf8_lossy(&unpacked);
        let mut rest = text.as_ref();
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        let mut samples: BTreeMap<_, Vec<String>> = BTreeMap::new();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.floor_char_boundary(MAX_TEXT_BYTES));
            for (span, identifier) in find(now) {
                assert!(now.get(span).is_some(), "a span of the text");
                assert_eq!(Identifier::parse(&identifier.value).as_ref(), Some(&identifier));
                *counts.entry(identifier.scheme).or_default() += 1;
                samples.entry(identifier.scheme).or_default().push(identifier.value);
            }
            rest = later;
        }
        let name = archive.file_name().unwrap_or_default().to_string_lossy();
        eprintln!("{name}: {counts:?}");
        for (scheme, mut values) in samples {
            values.sort();
            values.dedup();
            let every = values.len().div_ceil(25);
            let some: Vec<_> = values.iter().step_by(every.max(1)).collect();
            eprintln!("  {scheme:?}: {} different, such as {some:?}", values.len());
        }
    }
}
