//! Records from a file: loaded once, named when they are wrong, found like everything else.

use std::fmt::Write as _;

use serde_json::Value;

use crate::running::run;

fn said(folder: &tempfile::TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(arguments, folder.path());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn as_json(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// So many records about radio, and one about satellites.
fn records(count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        writeln!(
            lines,
            "{{\"id\":\"r{number}\",\"title\":\"Radio report {number}\",\"abstract\":\"Waves.\",\
             \"date\":\"2024-05\",\"authors\":[\"Ada\"]}}"
        )
        .expect("memory is written");
    }
    lines.push_str(
        "{\"id\":7,\"title\":\"Satellites for the islands\",\"text\":\"See C23/52 <now>.\",\
         \"date\":\"2025-03-01\",\"doi\":\"10.1000/182\",\"language\":\"en\"}\n",
    );
    lines
}

#[test]
fn records_are_loaded_once_and_found() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("r.jsonl"), records(1200)).expect("a file");
    let import = ["import", "r.jsonl", "--source", "reports", "--name", "Reports", "--json"];
    let (code, stdout, stderr) = said(&folder, &import);
    assert_eq!(code, Some(0), "{stderr}");
    let told = as_json(&stdout);
    assert_eq!(told["schema"], "observatory.import/1");
    assert_eq!((&told["lines"], &told["counts"]["added"]), (&1201.into(), &1201.into()));

    let (code, stdout, _) = said(&folder, &import);
    let again = as_json(&stdout);
    assert_eq!(code, Some(0));
    assert_eq!(again["counts"]["added"], 0);
    assert_eq!(again["counts"]["unchanged"], 1201);

    let (_, sources, _) = said(&folder, &["source", "list", "--json"]);
    let source = as_json(&sources);
    assert_eq!((&source["state"], &source["entries"]), (&"paused".into(), &1201.into()));
    assert_eq!(source["name"], "Reports");

    assert_eq!(said(&folder, &["index", "build"]).0, Some(0));
    let (code, stdout, stderr) =
        said(&folder, &["search", "satellites", "--json", "--since", "2025"]);
    assert_eq!(code, Some(0), "{stderr}");
    let found = as_json(&stdout);
    assert_eq!(found["total"], 1);
    assert_eq!(found["hits"][0]["source"], "reports");
    for field in ["facets", "notes", "also", "parts", "ways", "next"] {
        assert!(found.get(field).is_some(), "{field}: {found}");
    }
    for field in ["why", "versions"] {
        assert!(found["hits"][0].get(field).is_some(), "{field}: {found}");
    }
    let (code, stdout, _) = said(&folder, &["search", "radio", "--limit", "3", "--year", "2024"]);
    assert_eq!((code, stdout.lines().count()), (Some(0), 3), "{stdout}");
    assert!(stdout.lines().all(|line| line.split('\t').count() == 5), "{stdout}");
    assert_eq!(said(&folder, &["search", "radio", "--until", "2023"]).0, Some(1));

    let set = ["source", "set", "reports", "--institution", "Radio  Office"];
    assert_eq!(said(&folder, &set).0, Some(0));
    assert_eq!(said(&folder, &["index", "build"]).0, Some(0));
    let of_office = ["search", "satellites", "--institution", "Radio Office", "--json"];
    let (code, stdout, _) = said(&folder, &of_office);
    let found = as_json(&stdout);
    assert_eq!((code, &found["total"]), (Some(0), &1.into()), "{found}");
    assert_eq!(found["facets"]["institutions"][0]["value"], "Radio Office", "{found}");
    assert_eq!(said(&folder, &["source", "set", "reports"]).0, Some(2));
    let (code, stdout, _) =
        said(&folder, &["source", "set", "reports", "--region", "africa", "--json"]);
    let set = as_json(&stdout);
    assert_eq!((code, &set["region"]), (Some(0), &"africa".into()), "{set}");
    assert_eq!(set["institution"], "Radio Office", "what was not said stays: {set}");
    let (code, _, stderr) = said(&folder, &["source", "set", "reports", "--region", "atlantis"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("atlantis is none of the regions: africa, "), "{stderr}");
    assert_eq!(said(&folder, &["search", "radio", "--since", "soon"]).0, Some(2));
    assert_eq!(said(&folder, &["search", "radio", "--kind", "novel"]).0, Some(2));
    assert_eq!(said(&folder, &["search", "radio", "--limit", "101"]).0, Some(2));
}

#[test]
fn wrong_lines_are_named_and_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = "x".repeat(1 << 20);
    let lines = format!(
        "{{\"id\":\"a\",\"title\":\"A\"}}\n\nnot json\n{{\"id\":\"b\",\"title\":\"{long}\"}}\n\
         {{\"id\":\"c\",\"title\":\"C\",\"doi\":\"x\"}}\n{{\"id\":\"d\",\"title\":\"D\"}}"
    );
    std::fs::write(folder.path().join("r.jsonl"), lines).expect("a file");
    let (code, stdout, stderr) = said(&folder, &["import", "r.jsonl", "--source", "x", "--json"]);
    assert_eq!(code, Some(1), "{stderr}");
    let told = as_json(&stdout);
    assert_eq!((&told["counts"]["added"], &told["left_out"]), (&2.into(), &3.into()));
    for number in [3, 4, 5] {
        assert!(stderr.contains(&format!("line {number}: ")), "{stderr}");
    }
    let (code, _, stderr) = said(&folder, &["import", "nowhere.jsonl", "--source", "x"]);
    assert_eq!(code, Some(3), "{stderr}");
    said(&folder, &["source", "add", "https://example.org/feed", "--slug", "feed"]);
    let (_, sources, _) = said(&folder, &["source", "list"]);
    let feed = sources.lines().find(|line| line.contains("example.org")).expect("the feed");
    let slug = feed.split('\t').next().expect("its word");
    let (code, _, stderr) = said(&folder, &["import", "r.jsonl", "--source", slug]);
    assert_eq!(code, Some(2), "a source that is fetched: {stderr}");
}
