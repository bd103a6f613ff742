//! Commands beside a running `observatory serve`, which holds the index.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::publisher::{Publisher, word};
use crate::running::{Running, free_port, run};

/// Runs a command, which must end well, and returns what it printed.
#[track_caller]
fn done(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = run(arguments, folder);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {printed} {said}");
    (printed, said)
}

/// Waits until the running program finds `words`.
fn until_found(running: &Running, words: &str) {
    let begun = Instant::now();
    while !running.page(&format!("/en/search?q={words}")).contains("<mark>") {
        assert!(begun.elapsed() < Duration::from_secs(30), "{words} is not found");
    }
}

#[test]
fn every_command_works_while_the_site_is_served() {
    let scene = tempfile::tempdir().expect("a folder");
    let (folder, port) = (scene.path(), free_port());
    let settings = format!(
        "[ingest]\nallow_loopback = true\n\
         [worker]\nfetch_every_seconds = 86400\npoll_milliseconds = 20\n\
         [search]\nfolder = \"index\"\n\
         [store]\nurl = \"sqlite:observatory.db\"\nfiles_folder = \"files\"\n\
         [web]\nbind = \"127.0.0.1:{port}\"\n"
    );
    std::fs::write(folder.join("observatory.toml"), settings).expect("a file");
    let piece = folder.join("content/academic-network/a-piece");
    std::fs::create_dir_all(&piece).expect("a folder");
    std::fs::write(piece.join("index.en.md"), PIECE).expect("a file");
    let (running, _) = Running::start(&["serve", "--quiet"], folder, port);

    let publisher = Publisher::start();
    done(folder, &["source", "add", &publisher.url(), "--slug", "growing"]);
    done(folder, &["source", "list"]);
    until_found(&running, &word(1));
    let (_, said) = done(folder, &["ingest"]);
    assert!(said.contains("1 new"), "{said}");
    assert!(said.contains("the running observatory indexes them"), "{said}");
    until_found(&running, &word(2));
    let (found, _) = done(folder, &["search", &word(2)]);
    assert!(found.contains(&word(2)), "{found}");

    done(folder, &["publish"]);
    until_found(&running, "zebrafish");
    let (found, _) = done(folder, &["search", "zebrafish"]);
    assert!(found.starts_with("en/academic-network/a-piece"), "{found}");
    let (status, _) = done(folder, &["index", "status"]);
    assert!(status.starts_with("3 documents"), "{status}");
    let (findings, _) = done(folder, &["doctor"]);
    assert!(findings.contains("ok\tindex\t3 documents"), "{findings}");

    let (built, said) = done(folder, &["index", "build"]);
    assert!(said.contains("the running observatory builds the index anew"), "{said}");
    assert!(built.starts_with("3 documents") && built != status, "{built}");
    until_found(&running, &word(2));
    done(folder, &["ingest"]);
    until_found(&running, &word(3));
    assert_eq!(running.stop(), Some(0));
}

/// A piece with a word that is nowhere else.
const PIECE: &str = "---\ntitle: \"A piece\"\nstandfirst: \"About the zebrafish.\"\n\
    authors: [\"Observatory editorial team\"]\npublished: 2026-01-01\nversion: 1\n\
    original: en\ntopics: [governance]\nevidence:\n  - id: own\n    title: \"Own\"\n    \
    publisher: \"Observatory\"\n    url: https://example.org/own\n    language: en\n    \
    verified: true\n---\n## Now\n\nThis is its text.[^own]\n";
