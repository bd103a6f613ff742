//! Answers of repositories and lists of sources: whatever stands in them, reading ends well, and what it
//! costs stays in proportion.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use observatory_ingest::{MAX_PROBLEMS, arxiv, crossref, oai, opml};
use observatory_model::Timestamp;
use observatory_model::entry::IncomingEntry;
use observatory_model::source::FailureReason;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{MOST_FOR_EACH, SIZE, forget_peak, peak};

/// What came of reading: how many records or feeds, or the reason why none.
type Read = Result<usize, FailureReason>;

type Reader = fn(&[u8]) -> Read;

/// All readers by name.
const READERS: [(&str, Reader); 4] =
    [("oai", read_oai), ("arxiv", read_arxiv), ("crossref", read_crossref), ("opml", read_opml)];

fn now() -> Timestamp {
    "2026-11-25".parse().unwrap()
}

fn read_oai(bytes: &[u8]) -> Read {
    let answer = oai::read(bytes, None, now()).map_err(|failure| failure.reason)?;
    check(&answer.records.entries, &answer.records.problems);
    assert!(answer.token.is_none_or(|token| token.len() < 2000));
    Ok(answer.seen)
}

fn read_arxiv(bytes: &[u8]) -> Read {
    let page = arxiv::read(bytes, None, now()).map_err(|failure| failure.reason)?;
    check(&page.records.entries, &page.records.problems);
    Ok(page.seen)
}

fn read_crossref(bytes: &[u8]) -> Read {
    let page = crossref::read(bytes, 200, None, now()).map_err(|failure| failure.reason)?;
    check(&page.records.entries, &page.records.problems);
    Ok(page.seen)
}

fn read_opml(bytes: &[u8]) -> Read {
    let list = opml::read(bytes).map_err(|failure| failure.reason)?;
    assert!(list.feeds.len() <= opml::MAX_OUTLINES && list.problems.len() <= 100);
    for feed in &list.feeds {
        assert!(!feed.name.as_ref().is_some_and(|name| name.contains(char::is_control)));
    }
    Ok(list.feeds.len())
}

fn check(entries: &[IncomingEntry], problems: &[String]) {
    assert!(problems.len() <= MAX_PROBLEMS);
    for problem in problems {
        assert!(
            !problem.contains("parser failed") && !problem.contains(char::is_control),
            "{problem}"
        );
    }
    let mut keys = entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), entries.len());
    for entry in entries {
        assert!((1..=512).contains(&entry.key.len()) && !entry.key.contains(char::is_control));
        assert!((1..=500).contains(&entry.title.chars().count()), "{:?}", entry.title);
        assert!(entry.published.is_none_or(|time| time <= now()));
        assert!(entry.identifiers.len() <= 20 && entry.authors.len() <= 20);
        let html = entry.html.to_ascii_lowercase();
        let text = entry.text.to_ascii_lowercase();
        for tag in ["<script", "<style", "<img", "<svg", "<iframe", "<form", "javascript:"] {
            assert!(text.contains(tag) || !html.contains(tag), "{tag}: {html}");
        }
    }
}

/// A reader ends, and not by its parser failing.
fn ends(name: &str, what: &str, read: Reader, bytes: &[u8]) -> bool {
    let begun = Instant::now();
    let found = read(bytes);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "{name}: {what}: {took:?}");
    assert_ne!(found, Err(FailureReason::ParserFailed), "{name}: {what}");
    found.is_ok()
}

/// Unpacks an archive beside the project; `None` after it was said that it is not there.
#[expect(clippy::print_stderr, reason = "who runs the tests wants to know what was not tested")]
fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(archive);
    if !path.is_file() {
        eprintln!("{archive} is absent: skipped");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("tar").arg("xf").arg(path).arg("-C").arg(folder.path()).status();
    status.unwrap().success().then_some(folder)
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// A document as a record, as a feed of arXiv, as an abstract of Crossref and as an outline.
fn wrapped(bytes: &[u8]) -> [Vec<u8>; 4] {
    let around = |before: &str, after: &str| [before.as_bytes(), bytes, after.as_bytes()].concat();
    let text = String::from_utf8_lossy(bytes);
    let json = serde_json::json!({"status": "ok", "message-type": "work-list", "message": {"items": [
        {"DOI": "10.1000/1", "title": [text], "abstract": text, "author": [{"family": text}]}]}});
    [
        around(
            "<OAI-PMH><ListRecords><record><header><identifier>oai:a:1</identifier></header><metadata><dc><title>t</title><description>",
            "</description></dc></metadata></record></ListRecords></OAI-PMH>",
        ),
        around(
            "<feed><totalResults>1</totalResults><entry><id>1</id><title>t</title><summary>",
            "</summary></entry></feed>",
        ),
        json.to_string().into_bytes(),
        around("<opml><body><outline text='t' xmlUrl='https://a.org/", "'/></body></opml>"),
    ]
}

#[test]
fn hostile_documents_end_in_time() {
    for archive in [
        "hostile/xml.tar.zst",
        "hostile/json.tar.zst",
        "hostile/feeds.tar.zst",
        "hostile/svg.tar.zst",
        "hostile/text.tar.zst",
        "hostile/html-payloads.tar.zst",
        "hostile/generated.tar.zst",
    ] {
        let Some(folder) = unpacked(archive) else { continue };
        let (mut read, mut readings) = (0, 0);
        let found = files(folder.path());
        for path in &found {
            let bytes = fs::read(path).unwrap();
            let what = path.display().to_string();
            // What is made large attacks by its own shape; inside of another it is only slow.
            let is_small = bytes.len() < 256 * 1024;
            for ((name, reader), inside) in READERS.into_iter().zip(wrapped(&bytes)) {
                for bytes in [&bytes].into_iter().chain(is_small.then_some(&inside)) {
                    readings += 1;
                    read += usize::from(ends(name, &what, reader, bytes));
                }
            }
        }
        eprintln!("{archive}: {} files, {readings} readings, {read} gave something", found.len());
    }
}

#[test]
fn real_answers_that_are_cut_or_damaged_end_in_time() {
    let sets = [
        ("data/scholarly/oai-pmh-responses.tar.xz", 0),
        ("data/scholarly/arxiv-api-atom.tar.xz", 1),
        ("data/scholarly/crossref-api-responses.tar.xz", 2),
        ("data/feeds/opml-lists.tar.xz", 3),
    ];
    for (archive, reader) in sets {
        let Some(folder) = unpacked(archive) else { continue };
        let (name, read) = READERS[reader];
        let mut readings = 0;
        for path in files(folder.path()).into_iter().take(60) {
            let bytes = fs::read(&path).unwrap();
            // The largest would take most of the time, and break in the same places.
            let bytes = &bytes[..bytes.len().min(60_000)];
            for part in 1..12 {
                let at = bytes.len() * part / 12;
                let mut damaged = bytes.to_vec();
                for step in 0..20 {
                    if let Some(byte) = damaged.get_mut(at.saturating_sub(step * 37)) {
                        *byte = b"<>&\"'/;\0\xff{}"[step % 11];
                    }
                }
                for some in [&bytes[..at], &damaged] {
                    ends(name, &format!("{} at {at}", path.display()), read, some);
                    readings += 1;
                }
            }
        }
        eprintln!("{archive}: {readings} damaged readings");
    }
}

/// Its reader, what it attacks, and the document of about so many bytes.
type Shape = (usize, &'static str, fn(usize) -> String);

/// Answers made to cost much more than they cost their author: reader, what it attacks, the document.
const SHAPES: [Shape; 17] = [
    // The smallest first: memory that larger ones left behind would count against it.
    (3, "outlines", |size| {
        format!(
            "<opml>{}",
            "<outline text='a' xmlUrl='http://a.org'/>".repeat(size.min(400_000) / 41)
        )
    }),
    (0, "records without anything in them", |size| around(0, &"<record/>".repeat(size / 9))),
    (0, "elements without anything in them", |size| record(&"<a/>".repeat(size / 4))),
    (0, "short texts", |size| record(&"<title>1</title>".repeat(size / 16))),
    (0, "descriptions that come to nothing", |size| {
        record(&"<description>&lt;i></description>".repeat(size / 33))
    }),
    (0, "identifiers", |size| record(&"<identifier>10.1000/1</identifier>".repeat(size / 34))),
    (0, "attributes", |size| record(&format!("<a{}/>", " b='c'".repeat(60)).repeat(size / 364))),
    (0, "elements that never end", |size| {
        around(0, &format!("<record>{}", "<a>x".repeat(60)).repeat(size / 250))
    }),
    (0, "ends of what never began", |size| record(&"</x>".repeat(size / 4))),
    (0, "errors", |size| around(0, &"<error code='x'>y</error>".repeat(size / 25))),
    (0, "records in records", |size| around(0, &"<record><record>".repeat(size / 16))),
    (0, "letters that never end", |size| {
        record(&format!("<description>{}", "&lt;b>&lt;p>x".repeat(size / 13)))
    }),
    (1, "entries of one name", |size| {
        around(1, &"<entry><id>1</id><title>t</title></entry>".repeat(size / 41))
    }),
    (2, "small values", |size| items(&"0,".repeat(size / 2))),
    (2, "small objects", |size| items(&"{\"DOI\":\"\"},".repeat(size / 11))),
    (2, "lists in lists", |size| {
        items(&format!("{}0{},", "[".repeat(100), "]".repeat(100)).repeat(size / 202))
    }),
    (2, "one work of many authors", |size| {
        items(&format!(
            "{{\"DOI\":\"10.1000/1\",\"title\":\"t\",\"author\":[{}0]}},",
            "{\"family\":\"a\"},".repeat(size / 15)
        ))
    }),
];

fn around(reader: usize, inside: &str) -> String {
    if reader == 0 {
        return format!("<OAI-PMH><ListRecords>{inside}</ListRecords></OAI-PMH>");
    }
    format!("<feed><totalResults>9</totalResults>{inside}</feed>")
}

fn record(inside: &str) -> String {
    let header = "<header><identifier>oai:a:1</identifier></header>";
    around(0, &format!("<record>{header}<metadata><dc>{inside}</dc></metadata></record>"))
}

fn items(inside: &str) -> String {
    format!("{{\"message-type\":\"work-list\",\"message\":{{\"items\":[{inside}0]}}}}")
}

#[test]
fn no_small_answer_becomes_big_or_slow() {
    let mut too_much = Vec::new();
    let measured = forget_peak();
    let before = peak().filter(|_| measured);
    for (reader, shape, make) in SHAPES {
        let (name, read) = READERS[reader];
        let text = make(SIZE);
        forget_peak();
        let begun = Instant::now();
        let found = read(text.as_bytes());
        let took = begun.elapsed();
        let more = before.and_then(|before| peak()?.checked_sub(before)).unwrap_or(0);
        let times = more / u64::try_from(text.len()).unwrap();
        eprintln!("{name}: {shape}: {found:?} in {took:?}, {times} bytes for each");
        assert_ne!(found, Err(FailureReason::ParserFailed), "{name}: {shape}");
        if took > Duration::from_secs(20) || times > MOST_FOR_EACH {
            too_much.push(format!("{name}: {shape}: {took:?}, {times} bytes for each"));
        }
    }
    assert!(too_much.is_empty(), "{too_much:#?}");
}

const PIECES: [&str; 44] = [
    "<",
    ">",
    "</",
    "/>",
    "\"",
    "'",
    "=",
    " ",
    "&",
    "&#",
    "&#11;",
    "&amp;",
    "x",
    "<OAI-PMH>",
    "<record>",
    "</record>",
    "<header>",
    "<header status='deleted'>",
    "</header>",
    "<identifier>",
    "</identifier>",
    "<metadata>",
    "<oai_dc:dc>",
    "<dc:title>",
    "</dc:title>",
    "<dc:language>en fr</dc:language>",
    "<dc:date>1990-1995",
    "<resumptionToken>",
    "</resumptionToken>",
    "<error code='badArgument'>",
    "<feed>",
    "<entry>",
    "</entry>",
    "<totalResults>7</totalResults>",
    "<id>http://arxiv.org/abs/1v1</id>",
    "<opml>",
    "<outline text='a'>",
    "<outline xmlUrl='feed:x'/>",
    "</outline>",
    "<!--",
    "<![CDATA[",
    "\u{0}",
    "\u{202e}",
    "語",
];

const JSON: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"message\"",
    "\"items\"",
    "\"DOI\"",
    "\"10.1000/1\"",
    "\"title\"",
    "\"abstract\"",
    "\"<jats:p>x\"",
    "\"author\"",
    "\"family\"",
    "\"published\"",
    "\"date-parts\"",
    "2026",
    "-1",
    "1e400",
    "null",
    "\"\\u0000\"",
    "\"next-cursor\"",
    "\"x\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_is_read_to_the_end(
        head in select(vec!["", "<OAI-PMH><record><header>", "<feed><totalResults>3</totalResults><entry>", "<opml><outline "]),
        pieces in prop::collection::vec(select(PIECES.to_vec()), 0..60),
    ) {
        let text = format!("{head}{}", pieces.concat());
        for (name, read) in READERS {
            ends(name, &text, read, text.as_bytes());
        }
    }

    #[test]
    fn any_json_is_read_to_the_end(
        head in select(vec!["", "{\"message-type\":\"work-list\",\"message\":{\"items\":[{", "{\"status\":\"failed\",\"message\":["]),
        pieces in prop::collection::vec(select(JSON.to_vec()), 0..40),
    ) {
        let text = format!("{head}{}", pieces.concat());
        ends("crossref", &text, read_crossref, text.as_bytes());
    }
}
