//! Every feed, hostile document and hostile address that lies beside the project is read: each ends in
//! time, with entries or a named reason. Where the material is absent, the tests say so and pass.

#![expect(clippy::unwrap_used, reason = "a test stops where the ground it stands on breaks")]

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use observatory_ingest::guard::{check_url, follow};
use observatory_ingest::parse_feed;
use observatory_model::source::FailureReason;
use observatory_model::{Timestamp, WebAddress};
use tempfile::TempDir;
use url::Host;

/// The folder beside the project.
fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

/// Unpacks an archive of the folder beside the project; `None` when it is not there.
fn unpacked(archive: &str) -> Option<TempDir> {
    let archive = shared().join(archive);
    let folder = tempfile::tempdir().unwrap();
    let unpack = |archive: &Path| {
        Command::new("tar").arg("xf").arg(archive).arg("-C").arg(folder.path()).status().unwrap()
    };
    (archive.is_file() && unpack(&archive).success()).then_some(folder)
}

/// All files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[derive(Debug, Default)]
struct Totals {
    files: usize,
    feeds: usize,
    entries: usize,
    without_date: usize,
    derived_keys: usize,
    problems: usize,
    reasons: BTreeMap<&'static str, usize>,
    slowest: Duration,
}

/// Reads every file and checks what holds for every feed there is.
fn read_all(folder: &Path) -> Totals {
    let base: WebAddress = "https://example.org/feed".parse().unwrap();
    let now: Timestamp = "2026-11-24".parse().unwrap();
    let mut totals = Totals::default();
    for path in files(folder) {
        let bytes = fs::read(&path).unwrap();
        let begun = Instant::now();
        let read = parse_feed(&bytes, None, &base, now);
        let took = begun.elapsed();
        totals.files += 1;
        totals.slowest = totals.slowest.max(took);
        assert!(took < Duration::from_secs(10), "{}: {took:?}", path.display());
        match read {
            Ok(feed) => {
                totals.feeds += 1;
                totals.entries += feed.entries.len();
                totals.problems += feed.problems.len();
                let mut keys = std::collections::BTreeSet::new();
                for entry in &feed.entries {
                    totals.without_date += usize::from(entry.published.is_none());
                    totals.derived_keys += usize::from(entry.derived_key);
                    let title = entry.title.chars().count();
                    assert!((1..=500).contains(&title), "{}: {:?}", path.display(), entry.title);
                    assert!((1..=512).contains(&entry.key.len()), "{}", path.display());
                    assert!(keys.insert(&entry.key), "{}: {}", path.display(), entry.key);
                    assert!(entry.published.is_none_or(|time| time <= now), "{}", path.display());
                    let html = entry.html.to_ascii_lowercase();
                    for tag in
                        ["<script", "<style", "<img", "<svg", "<iframe", "<form", "javascript:"]
                    {
                        let written = entry.text.to_ascii_lowercase().contains(tag);
                        assert!(written || !html.contains(tag), "{}: {tag}", path.display());
                    }
                }
            }
            Err(failure) => {
                let (path, reason) = (path.display(), failure.reason);
                assert_ne!(reason, FailureReason::ParserFailed, "{path}");
                *totals.reasons.entry(reason.code()).or_default() += 1;
            }
        }
    }
    totals
}

/// Reads an archive; `None` when it is not there.
fn read_archive(archive: &str) -> Option<Totals> {
    let folder = unpacked(archive)?;
    Some(read_all(folder.path()))
}

#[test]
fn feeds_of_publishers_give_entries() {
    for archive in ["data/feeds/feeds-clean.tar.xz", "data/feeds/feeds-publishers.tar.xz"] {
        match read_archive(archive) {
            Some(totals) => {
                eprintln!("{archive}: {totals:?}");
                // One of them is a web page with a feed inside.
                let pages = totals.reasons.get("web-page").copied().unwrap_or(0);
                assert_eq!(totals.feeds + pages, totals.files, "{archive}: {totals:?}");
                assert!(pages <= 1, "{archive}: {totals:?}");
                assert!(totals.entries > 600, "{archive}");
            }
            None => eprintln!("{archive} is absent: skipped"),
        }
    }
}

#[test]
fn conformance_and_hostile_documents_end_in_time() {
    for archive in [
        "data/feeds/feed-conformance-feedparser.tar.xz",
        "data/feeds/opml-lists.tar.xz",
        "hostile/feeds.tar.zst",
        "hostile/feeds-sanitize.tar.zst",
        "hostile/xml.tar.zst",
        "hostile/json.tar.zst",
        "hostile/html5lib.tar.zst",
        "hostile/svg.tar.zst",
        "hostile/generated.tar.zst",
    ] {
        match read_archive(archive) {
            Some(totals) => eprintln!("{archive}: {totals:?}"),
            None => eprintln!("{archive} is absent: skipped"),
        }
    }
}

/// Every text in the hostile piles that could be an address.
fn hostile_addresses(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder) {
        let text = fs::read_to_string(&path).unwrap();
        let whole = serde_json::from_str::<Vec<serde_json::Value>>(&text);
        let lines = || text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for case in whole.unwrap_or_else(|_| lines()) {
            found.extend(case.get("input").and_then(|input| input.as_str()).map(str::to_owned));
        }
    }
    found
}

/// An independent, coarse look at what the guard lets through.
fn is_outside(url: &WebAddress) -> bool {
    let number = match url.url().host() {
        Some(Host::Domain(name)) => {
            return name.trim_end_matches('.').contains('.') && !name.contains("localhost");
        }
        Some(Host::Ipv4(number)) => IpAddr::V4(number),
        Some(Host::Ipv6(number)) => number.to_canonical(),
        None => return false,
    };
    let inside = match number {
        IpAddr::V4(number) => {
            [number.is_private(), number.is_loopback(), number.is_link_local()].contains(&true)
                || [number.is_unspecified(), number.is_broadcast()].contains(&true)
        }
        IpAddr::V6(number) => {
            [number.is_loopback(), number.is_unspecified(), number.is_unique_local()]
                .contains(&true)
                || number.is_unicast_link_local()
        }
    };
    !inside && !number.is_multicast()
}

#[test]
fn hostile_addresses_do_not_lead_inside() {
    let Some(folder) = unpacked("hostile/url.tar.zst") else {
        eprintln!("hostile/url.tar.zst is absent: skipped");
        return;
    };
    let page: WebAddress = "https://example.org/page".parse().unwrap();
    let cases = hostile_addresses(folder.path());
    let mut passed = 0;
    for text in &cases {
        let source = text.parse::<WebAddress>().ok().filter(|url| check_url(url, false).is_ok());
        let redirect = follow(&page, text, false).ok();
        for url in [source, redirect].into_iter().flatten() {
            passed += 1;
            assert!(is_outside(&url), "{text:?} leads to {url}");
            assert!(matches!(url.url().port_or_known_default(), Some(80 | 443)), "{text:?}");
        }
    }
    eprintln!(
        "{} hostile addresses, {passed} readings of them lead to the public internet",
        cases.len()
    );
    assert!(cases.len() > 500);
}
