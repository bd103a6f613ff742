//! The command line: exit codes, JSON, and what it says when something is wrong.

use std::process::Output;

use crate::running::run;

fn in_folder(folder: &tempfile::TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = run(arguments, folder.path());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout), text(&stderr))
}

#[test]
fn exit_codes_are_those_of_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = |arguments: &[&str]| in_folder(&folder, arguments).0;
    assert_eq!(code(&["--version"]), Some(0));
    assert_eq!(code(&["fly"]), Some(2), "no such command");
    assert_eq!(code(&["source", "list"]), Some(1), "no source yet");
    assert_eq!(code(&["search", "nothing"]), Some(3), "no index yet");
    assert_eq!(code(&["index", "build"]), Some(0));
    assert_eq!(code(&["search", "nothing"]), Some(1), "nothing found");
    assert_eq!(code(&["source", "add", "http://127.0.0.1/feed"]), Some(2), "refused by the guard");
    assert_eq!(code(&["source", "add", "not an address"]), Some(2));
    assert_eq!(code(&["source", "add", "https://example.org/feed"]), Some(0));
    assert_eq!(code(&["source", "add", "https://example.org/feed"]), Some(1), "known already");
    assert_eq!(code(&["source", "list"]), Some(0));
    assert_eq!(code(&["publish", "--content", "nowhere"]), Some(3), "no such folder");
    assert_eq!(code(&["ingest", "--source", "nobody"]), Some(2), "no such source");
    assert_eq!(code(&["index", "status"]), Some(0));
}

#[test]
fn results_are_json_when_asked_and_each_says_its_shape() {
    let folder = tempfile::tempdir().expect("a folder");
    let add = ["source", "add", "https://example.org/feed", "--name", "نشرة", "--json"];
    for (arguments, schema) in [
        (&add[..], "observatory.source/1"),
        (&["source", "list", "--json"], "observatory.source/1"),
        (&["index", "build", "--json"], "observatory.index/1"),
        (&["index", "status", "--json"], "observatory.index/1"),
        (&["search", "x", "--json"], "observatory.search/1"),
    ] {
        let (_, stdout, stderr) = in_folder(&folder, arguments);
        let value: serde_json::Value = serde_json::from_str(stdout.trim())
            .unwrap_or_else(|e| panic!("{e}: {stdout} {stderr}"));
        assert_eq!(value["schema"], schema);
    }
}

#[test]
fn problems_of_the_content_are_all_named_with_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let piece = folder.path().join("content/learning-labs/half-done");
    std::fs::create_dir_all(&piece).expect("a folder");
    std::fs::write(piece.join("index.en.md"), "---\ntitel: \"x\"\n---\nText\n").expect("a file");
    std::fs::write(piece.join("index.fr.md"), "No front matter\n").expect("a file");
    let (code, stdout, _) = in_folder(&folder, &["publish", "--check"]);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("learning-labs/half-done/index.en.md:2:"), "{stdout}");
    assert!(stdout.contains("index.fr.md"), "{stdout}");
}

#[test]
fn an_unknown_setting_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("observatory.toml"), "[web]\nbnid = \"x\"\n")
        .expect("a file");
    let (code, _, stderr) = in_folder(&folder, &["source", "list"]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("bnid"), "{stderr}");
}
