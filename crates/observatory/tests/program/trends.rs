//! What rises is found, explained, decided on by people, and kept as an edition.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::running::{Running, free_port, run};

fn said(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(arguments, folder);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn lines(text: &str) -> Vec<Value> {
    let read =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(read).collect()
}

const SUBJECTS: [&str; 12] = [
    "harbour cranes",
    "mountain radio",
    "paper archives",
    "river ferries",
    "postal codes",
    "school libraries",
    "fishing nets",
    "weather masts",
    "bus timetables",
    "museum guides",
    "city maps",
    "village clocks",
];

/// Eight years of five journals; from 2022 on more and more of their reports are on pigeon telemetry.
fn archive(journal: usize) -> String {
    let mut text = String::new();
    for year in 2017..=2024 {
        for number in 0..60 {
            let subject = SUBJECTS.iter().cycle().nth(number * 7 + year * 3 + journal);
            let subject = subject.expect("a circle has no end");
            let rising = year >= 2022 && number % 12 < (year - 2021) * 2;
            let what = if rising { &"pigeon telemetry" } else { subject };
            let month = number % 12 + 1;
            writeln!(
                text,
                "{{\"id\":\"j{journal}-{year}-{number}\",\"title\":\"A report on {what}, part {number}\",\
                 \"abstract\":\"We looked at {what} in the year {year}, and wrote down what was seen \
                 of {subject}.\",\"date\":\"{year}-{month:02}-15\",\"authors\":[\"A. Author {number}\"]}}"
            )
            .expect("memory is written");
        }
    }
    text
}

/// A folder in which five journals were imported and indexed.
fn site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for journal in 0..5 {
        let file = format!("j{journal}.jsonl");
        std::fs::write(folder.path().join(&file), archive(journal)).expect("a file");
        let slug = format!("journal-{journal}");
        let (code, _, stderr) = said(folder.path(), &["import", &file, "--source", &slug]);
        assert_eq!(code, Some(0), "{stderr}");
    }
    folder
}

#[test]
fn a_rise_is_found_explained_and_decided_on() {
    let site = site();
    let folder = site.path();
    assert_eq!(said(folder, &["trends", "list"]).0, Some(1), "nothing is counted yet");
    let (code, stdout, stderr) = said(folder, &["trends", "run", "--json", "--at", "2025-01-01"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let picture = lines(&stdout);
    assert_eq!(picture[0]["schema"], "observatory.picture/1");
    assert_eq!((&picture[0]["documents"], &picture[0]["sources"]), (&2400.into(), &5.into()));

    let (_, stdout, _) = said(folder, &["trends", "list", "--json"]);
    let found = lines(&stdout);
    let slug = found[0]["slug"].as_str().expect("a slug").to_owned();
    assert!(slug.contains("pigeon"), "{found:?}");
    for line in &found {
        let name = line["name"].as_str().unwrap_or_default();
        assert!(!SUBJECTS.contains(&name), "what does not rise is not listed: {line}");
    }

    let (code, stdout, _) = said(folder, &["trends", "explain", &slug, "--json"]);
    assert_eq!(code, Some(0));
    let explained = &lines(&stdout)[0];
    let finding = &explained["finding"];
    assert!(finding["growth"].as_f64().expect("a number") > 3.0, "{finding}");
    assert_eq!(finding["sources"].as_array().map(Vec::len), Some(5), "{finding}");
    assert!(finding["rising_since"].as_str().expect("a date") >= "2022", "{finding}");

    let decide = ["trends", "decide", &slug, "--by", "Ana"];
    let with = |more: &[&'static str]| said(folder, &[&decide[..], more].concat());
    assert_eq!(with(&["dismiss"]).0, Some(2), "readers want to know why");
    assert_eq!(with(&["stage", "nonsense"]).0, Some(2));
    assert_eq!(with(&["merge", "never-found"]).0, Some(1));
    assert_eq!(with(&["split", "pigeon"]).0, Some(2), "it is no concept of the glossary");
    assert_eq!(with(&["stage", "emerging", "--reason", "Five journals agree."]).0, Some(0));
    let rate = ["trends", "rate", &slug, "--by", "Bo", "--impact", "4", "--probability", "70"];
    let call = ["--until", "2100-01-01", "--criterion", "A city counts its pigeons by radio."];
    assert_eq!(said(folder, &rate).0, Some(2), "a call has a date and a criterion");
    let (code, stdout, stderr) = said(folder, &[&rate[..], &call[..], &["--json"]].concat());
    assert_eq!(code, Some(0), "{stderr}");
    let id = lines(&stdout)[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(said(folder, &["trends", "calibration"]).0, Some(1), "no call was answered");
    let resolve = ["trends", "resolve", &id, "--by", "Ana", "--came-true", "--reason", "Seen."];
    assert_eq!(said(folder, &resolve).0, Some(0));
    let (_, stdout, _) = said(folder, &["trends", "calibration", "--json"]);
    assert_eq!(lines(&stdout)[0]["brier"], 0.09);

    std::fs::create_dir(folder.join("content")).expect("a folder");
    let brief = ["trends", "brief", &slug];
    let (code, _, stderr) = said(folder, &brief);
    assert_eq!(code, Some(0), "{stderr}");
    let file = folder.join("content/future-vision").join(&slug).join("index.en.md");
    let text = std::fs::read_to_string(&file).expect("the outline");
    let chart = format!("\n\n::chart trend={slug} from=20");
    assert!(text.contains(&chart), "the figures: {text}");
    let (code, _, stderr) = said(folder, &["publish", "--check"]);
    assert_eq!(code, Some(1), "what only a person can write is missing: {stderr}");
    assert!(!stderr.contains("YAML") && !stderr.contains("::chart"), "{stderr}");
    assert_eq!(said(folder, &brief).0, Some(1), "what was written is left alone");
    std::fs::remove_dir_all(folder.join("content")).expect("its end");

    let (code, _, stderr) = said(folder, &["trends", "edition", "make", "2026-11"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(said(folder, &["trends", "edition", "make", "2026-11"]).0, Some(1));
    let (_, stdout, _) = said(folder, &["trends", "edition", "show", "2026-11", "--json"]);
    assert!(stdout.contains(&slug), "{stdout}");
}

#[test]
fn the_site_shows_what_was_found() {
    let site = site();
    let folder = site.path();
    assert_eq!(said(folder, &["trends", "run", "--at", "2025-01-01"]).0, Some(0));
    let (_, stdout, _) = said(folder, &["trends", "list", "--json", "--limit", "1"]);
    let slug = lines(&stdout)[0]["slug"].as_str().expect("a slug").to_owned();
    let port = free_port();
    let bind = format!("127.0.0.1:{port}");
    let (running, _) = Running::start(&["serve", "--bind", &bind], folder, port);
    for language in ["en", "ar", "zh"] {
        let list = running.page(&format!("/{language}/trends"));
        assert!(list.contains(&format!("/{language}/trends/{slug}")), "{list}");
        let trend = running.page(&format!("/{language}/trends/{slug}"));
        assert!(trend.contains(&format!("/{language}/entries/")), "evidence: {trend}");
        assert!(trend.contains("pigeon telemetry"), "the passage: {trend}");
    }
    let figures = running.page(&format!("/en/trends/{slug}.json"));
    assert!(figures.contains("\"counts\""), "{figures}");
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_radar_from_elsewhere_becomes_an_edition() {
    let site = tempfile::tempdir().expect("a folder");
    let folder = site.path();
    let radar = "name,ring,quadrant,isNew,description\n\
        Mesh,Adopt,Tools,TRUE,<b>Good</b>\nMill,Hold,Tools,FALSE,\nBroken,,Tools,FALSE,\n";
    std::fs::write(folder.join("radar.csv"), radar).expect("a file");
    let import = ["trends", "edition", "import", "2025-01", "radar.csv"];
    let (code, _, stderr) = said(folder, &import);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("trend 3 has no name, ring or quadrant"), "{stderr}");
    let (_, stdout, _) = said(folder, &["trends", "edition", "show", "2025-01"]);
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
    std::fs::write(folder.join("page.html"), "<html>").expect("a file");
    let (code, _, stderr) = said(folder, &["trends", "edition", "import", "2025-02", "page.html"]);
    assert_eq!(code, Some(1), "{stderr}");
}
