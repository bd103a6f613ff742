//! As many entries as feedparser finds in the same real feeds; every difference is written down with
//! its reason in `tests/conformance/entry_differences.tsv`.

#![expect(clippy::unwrap_used, reason = "a test stops where the ground it stands on breaks")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use observatory_ingest::parse_feed;
use observatory_model::{Timestamp, WebAddress};

/// The rows of a table beside the project's tests, without its head.
fn rows(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance").join(name);
    let text = fs::read_to_string(path).unwrap();
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(1).map(cells).collect()
}

/// Entries we keep of a file; a feed that cannot be read has none.
fn kept(path: &Path) -> usize {
    let base: WebAddress = "https://example.org/feed".parse().unwrap();
    let now: Timestamp = "2026-11-24".parse().unwrap();
    let bytes = fs::read(path).unwrap();
    parse_feed(&bytes, None, &base, now).map_or(0, |feed| feed.entries.len())
}

#[test]
fn real_feeds_give_as_many_entries_as_feedparser_finds() {
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/feeds");
    let folder = tempfile::tempdir().unwrap();
    for set in ["feeds-clean", "feeds-publishers"] {
        let archive = feeds.join(format!("{set}.tar.xz"));
        if !archive.is_file() {
            eprintln!("{} is absent: skipped", archive.display());
            return;
        }
        let unpack =
            Command::new("tar").arg("xf").arg(&archive).arg("-C").arg(folder.path()).status();
        assert!(unpack.unwrap().success(), "{}", archive.display());
    }
    let number = |cell: &String| cell.parse::<usize>().unwrap();
    let mut known = BTreeMap::new();
    for row in rows("entry_differences.tsv") {
        let [set, file, ours, theirs, _why] = row.as_slice() else { panic!("{row:?}") };
        known.insert((set.clone(), file.clone()), (number(ours), number(theirs)));
    }
    let (mut files, mut entries) = (0, 0);
    for row in rows("entry_counts.tsv") {
        let [set, file, count] = row.as_slice() else { panic!("{row:?}") };
        let (ours, theirs) = (kept(&folder.path().join(set).join(file)), number(count));
        let written = known.remove(&(set.clone(), file.clone()));
        let found = (ours != theirs).then_some((ours, theirs));
        assert_eq!(found, written, "{set}/{file}: (ours, theirs) found, and as written down");
        files += 1;
        entries += ours;
    }
    assert!(known.is_empty(), "written down, but not among the files: {known:?}");
    eprintln!("{entries} entries in {files} files");
}
