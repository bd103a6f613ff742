//! The rules of the house that the compiler does not know.
//!
//! A rule that is only written down is broken within a month, so each one is a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each crate may depend on, from the ground up.
///
/// A crate may only name crates above it in this list, so there can be no cycle.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    // The peers of a bench, which know nothing of the house.
    ("peer", &[]),
    ("text", &["model"]),
    ("publish", &["model"]),
    ("trends", &["model"]),
    ("identity", &["model"]),
    ("content", &["model", "text"]),
    ("store", &["model"]),
    ("search", &["model", "text"]),
    ("ingest", &["model", "text"]),
    ("mail", &["model"]),
    // The parsers from outside.
    ("fuzz", &["model", "text", "publish", "ingest"]),
    ("worker", &["model", "text", "trends", "content", "store", "search", "ingest", "mail"]),
    ("web", &["model", "text", "publish", "identity", "store", "search", "mail"]),
    (
        "observatory",
        &[
            "model", "text", "publish", "trends", "identity", "content", "store", "search",
            "ingest", "mail", "worker", "web",
        ],
    ),
];

/// Longest file, in lines, not counting the tests at its end.
const LONGEST_FILE: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc", "shared"];

#[test]
fn crates_only_depend_on_the_layers_below_them() {
    let found = dependencies_between_our_crates();
    let mut problems = Vec::new();
    for (name, used) in &found {
        let allowed = LAYERS.iter().find(|(layer, _)| layer == name).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            problems.push(format!("{name} is not in LAYERS"));
            continue;
        };
        for other in used {
            if !allowed.contains(&other.as_str()) {
                problems.push(format!("{name} must not depend on {other}"));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

/// `cargo run` takes no further word only when there is one program to run.
#[test]
fn cargo_run_runs_the_observatory() {
    let mut asked = Command::new(env!("CARGO"));
    asked.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let told = asked.current_dir(root()).output().expect("cargo");
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let default_members = list(&told["workspace_default_members"]);
    let programs: Vec<_> = list(&told["packages"])
        .iter()
        .filter(|package| default_members.contains(&package["id"]))
        .flat_map(|package| list(&package["targets"]))
        .filter(|target| list(&target["kind"]).contains(&"bin".into()))
        .map(|target| target["name"].clone())
        .collect();
    assert_eq!(programs, ["observatory"]);
}

#[test]
fn layers_are_listed_from_the_ground_up() {
    for (position, (name, allowed)) in LAYERS.iter().enumerate() {
        let below = LAYERS[..position].iter().map(|(layer, _)| *layer).collect::<Vec<_>>();
        for other in *allowed {
            assert!(below.contains(other), "{name} names {other}, which is not below it");
        }
    }
}

#[test]
fn files_stay_short_and_have_telling_names() {
    let mut problems = Vec::new();
    let ours = ["crates", "tests"].map(|folder| rust_files(&root().join(folder))).concat();
    for file in ours {
        let text = fs::read_to_string(&file).expect("a file we just listed");
        let body = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = body.lines().count();
        if lines > LONGEST_FILE {
            problems.push(format!("{} has {lines} lines", file.display()));
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if EMPTY_NAMES.contains(&stem.as_str()) {
            problems.push(format!("{} says nothing about what is inside", file.display()));
        }
        if !text.starts_with("//!") {
            problems.push(format!("{} does not begin by saying what it is", file.display()));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("a readable entry").path();
        // What npm and Python put there is not ours.
        let foreign = path.ends_with("node_modules") || path.ends_with(".venv");
        if path.is_dir() && !foreign {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Our crates by short name, each with those of our crates it needs to be built (not to be tested).
fn dependencies_between_our_crates() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("JSON of cargo");
    let short = |name: &str| name.strip_prefix("observatory-").unwrap_or(name).to_owned();
    let mut found = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let name = short(package["name"].as_str().expect("a name"));
        if name == "tests" {
            continue;
        }
        let used = package["dependencies"]
            .as_array()
            .expect("a list of dependencies")
            .iter()
            .filter(|dependency| !dependency["path"].is_null() && dependency["kind"] != "dev")
            .map(|dependency| short(dependency["name"].as_str().expect("a name")))
            .collect();
        found.insert(name, used);
    }
    found
}
