//! Every real feed of the test material, served over HTTP and harvested into a running site.

use std::collections::BTreeMap;

use observatory_worker::{FetchReport, Fetched};

use crate::material;
use crate::site::TestSite;
use crate::upstream::Upstream;

/// Harvests every file of a set twice and compares with what feedparser counts.
async fn replay(set: &str) {
    let Some(folder) = material::unpack(&format!("data/feeds/{set}.tar.xz")) else { return };
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let mut names = BTreeMap::new();
    for (number, file) in material::files(folder.path()).into_iter().enumerate() {
        let name = file.strip_prefix(folder.path().join(set)).expect("below the set");
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("LICEN") {
            continue;
        }
        let body = std::fs::read(&file).expect("a readable file");
        let (path, slug) = (format!("/{number}"), format!("feed-{number}"));
        upstream.set_document(&path, "application/xml", body);
        site.add_source(&upstream.url(&path), &slug).await;
        names.insert(slug, name);
    }
    let first = site.harvest().await;
    assert_eq!(first.len(), names.len());
    let expected = expected_counts(set);
    let (mut kept, mut refused, mut failed) = (0, 0, 0);
    for report in &first {
        let name = &names[report.source.as_str()];
        match &report.fetched {
            Fetched::Kept { counts, problems } => {
                assert_eq!(expected.get(name), Some(&counts.added), "{set}/{name}: {problems:?}");
                kept += counts.added;
                refused += problems.len();
            }
            Fetched::Failed(failure) => {
                eprintln!("{set}/{name} cannot be read: {failure}");
                assert_eq!(expected.get(name).copied().unwrap_or(0), 0, "{set}/{name}: {failure}");
                failed += 1;
            }
            other => panic!("{set}/{name}: {other:?}"),
        }
    }
    let documents = site.world.search.document_count().await.expect("an answer");
    assert_eq!(documents, kept, "everything that is kept can be found");
    for report in site.harvest().await {
        if let FetchReport { fetched: Fetched::Kept { counts, .. }, .. } = &report {
            assert_eq!((counts.added, counts.changed), (0, 0), "{}", names[report.source.as_str()]);
        }
    }
    let files = names.len();
    eprintln!(
        "{set}: {files} files, {kept} entries kept, {refused} not kept, {failed} files refused"
    );
}

/// How many entries of each file are to be kept: what feedparser counts, or what we keep where the
/// difference is explained. Both lists are in `tests/conformance`, made by `count_entries.py`.
fn expected_counts(set: &str) -> BTreeMap<String, u64> {
    let counted = include_str!("../conformance/entry_counts.tsv");
    let explained = include_str!("../conformance/entry_differences.tsv");
    let of_set = |line: &&str| line.split('\t').next() == Some(set);
    let lines = counted.lines().chain(explained.lines()).filter(of_set);
    let file_and_count = |line: &str| {
        let mut cells = line.split('\t').skip(1);
        let file = cells.next().expect("a file").to_owned();
        (file, cells.next().expect("a count").parse().expect("a number"))
    };
    lines.map(file_and_count).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clean_feeds_are_harvested_whole() {
    replay("feeds-clean").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_publishers_feeds_are_harvested_whole() {
    replay("feeds-publishers").await;
}
