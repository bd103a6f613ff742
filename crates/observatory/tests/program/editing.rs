//! `observatory rule` and `observatory story`: what editors say of what comes in.

use serde_json::Value;

use crate::running::run;

/// A folder in which the program runs, with its store.
struct House(tempfile::TempDir);

impl House {
    /// Records of two sources: the second tells again what the first has told.
    fn open() -> Self {
        let house = Self(tempfile::tempdir().expect("a folder"));
        house.import(
            "one",
            &[("1", "Lunar relays for islands", "10.1000/182"), ("2", "Budget of the council", "")],
        );
        house.import(
            "two",
            &[("1", "Lunar relays for the islands", "10.1000/182"), ("2", "Mars and the moon", "")],
        );
        house
    }

    fn import(&self, source: &str, records: &[(&str, &str, &str)]) {
        let line = |(id, title, doi): &(&str, &str, &str)| {
            let doi = if doi.is_empty() { String::new() } else { format!(",\"doi\":\"{doi}\"") };
            format!(
                "{{\"id\":\"{id}\",\"title\":\"{title}\",\"text\":\"Text of {title}.\"{doi}}}\n"
            )
        };
        let lines = records.iter().map(line).collect::<String>();
        std::fs::write(self.0.path().join("records.jsonl"), lines).expect("a file");
        assert_eq!(self.told(&["import", "records.jsonl", "--source", source]).0, Some(0));
        assert_eq!(self.told(&["index", "build"]).0, Some(0));
    }

    /// The exit code, what was answered, and what was said beside it.
    fn told(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = run(arguments, self.0.path());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// The lines of an answer in JSON, each of which says its shape.
    fn json(&self, arguments: &[&str], schema: &str) -> Vec<Value> {
        let (_, stdout, stderr) = self.told(&[&["--json"], arguments].concat());
        let read = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
        let lines = stdout.lines().map(read).collect::<Vec<_>>();
        assert!(lines.iter().all(|line| line["schema"] == schema), "{stdout} {stderr}");
        lines
    }

    /// How much a search finds.
    fn found(&self, words: &str) -> u64 {
        let found = self.json(&["search", words], "observatory.search/1");
        found.first().and_then(|answer| answer["total"].as_u64()).expect("a total")
    }
}

#[test]
fn a_rule_is_tried_before_it_holds() {
    let house = House::open();
    let (code, listed, said) = house.told(&["rule", "list"]);
    assert_eq!((code, listed.as_str()), (Some(0), ""));
    assert!(said.contains("0 rules; 0 entries are held, 0 were dropped"), "{said}");

    // A search that is no rule yet, and what is wrong with one.
    let trial = &house.json(&["rule", "test", "lunar"], "observatory.rule-test/1")[0];
    assert_eq!(
        (&trial["found"], &trial["looked"], &trial["days"]),
        (&2.into(), &4.into(), &30.into())
    );
    let one = ["rule", "test", "lunar", "--source", "one"];
    assert_eq!(house.json(&one, "observatory.rule-test/1")[0]["found"], 1);
    for (wrong, code) in [
        (&["rule", "test", ""][..], 2),
        (&["rule", "test", "lunar", "--source", "nobody"], 2),
        (&["rule", "test", "venus"], 1),
        (&["rule", "add", "moon", "--when", "", "--then", "hold"], 2),
        (&["rule", "add", "moon", "--when", "lunar", "--then", "burn"], 2),
        (&["rule", "add", "Two Words", "--when", "lunar", "--then", "hold"], 2),
        (&["rule", "apply", "nobody"], 1),
        (&["rule", "remove", "nobody"], 1),
        (&["rule", "pause", "nobody"], 1),
    ] {
        assert_eq!(house.told(wrong).0, Some(code), "{wrong:?}");
    }

    let (code, shown, said) =
        house.told(&["rule", "add", "moon", "--when", "lunar", "--then", "hold"]);
    assert_eq!((code, shown.as_str()), (Some(0), "moon\ton\thold\tall sources\tlunar\n"), "{said}");
    assert_ne!(
        house.told(&["rule", "add", "moon", "--when", "x", "--then", "hold"]).0,
        Some(0),
        "one of a name"
    );
    assert_eq!(house.found("lunar"), 1, "what is there already stays, told once");
    let (_, tried, _) = house.told(&["rule", "test", "moon"]);
    assert!(tried.contains("1\tone\n") && tried.contains("1\ttwo\n"), "{tried}");
}

#[test]
fn what_a_rule_holds_is_released_by_hand() {
    let house = House::open();
    assert_eq!(
        house.told(&["rule", "add", "moon", "--when", "lunar", "--then", "hold"]).0,
        Some(0)
    );
    let applied = &house.json(&["rule", "apply", "moon"], "observatory.rule-applied/1")[0];
    assert_eq!((&applied["found"], &applied["changed"]), (&2.into(), &2.into()));
    assert_eq!(house.told(&["index", "build"]).0, Some(0));
    assert_eq!(house.found("lunar"), 0);
    let held = house.json(&["rule", "held"], "observatory.withheld/1");
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|line| line["rule"] == "moon" && line["state"] == "held"), "{held:?}");

    let entry = held[0]["entry"].as_str().expect("an id");
    assert_eq!(house.told(&["rule", "release", entry]).0, Some(0));
    assert_eq!(house.told(&["rule", "release", entry]).0, Some(1), "it is not held");
    assert_eq!(house.told(&["index", "build"]).0, Some(0));
    assert_eq!(house.found("lunar"), 1);
    assert_eq!(house.json(&["rule", "held"], "observatory.withheld/1").len(), 1);

    // What comes in while it is paused is not held.
    assert_eq!(house.told(&["rule", "pause", "moon"]).0, Some(0));
    house.import("three", &[("1", "Lunar dust", "")]);
    assert_eq!(house.found("dust"), 1);
    assert_eq!(house.told(&["rule", "resume", "moon"]).0, Some(0));
    house.import("three", &[("2", "Lunar gravel", "")]);
    assert_eq!(house.found("gravel"), 0);

    // Dropping loses words, and wants to be meant.
    assert_eq!(
        house.told(&["rule", "add", "no-mars", "--when", "mars", "--then", "drop"]).0,
        Some(0)
    );
    let (code, _, said) = house.told(&["rule", "apply", "no-mars"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--yes"), "{said}");
    assert_eq!(house.told(&["rule", "apply", "no-mars", "--yes"]).0, Some(0));
    assert_eq!(house.json(&["rule", "dropped"], "observatory.withheld/1").len(), 1);
    let (code, _, said) = house.told(&["rule", "remove", "no-mars", "--bring-back"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 entries that it dropped come in again"), "{said}");
}

#[test]
fn a_story_is_shown_split_and_joined() {
    let house = House::open();
    let stories = house.json(&["story", "list"], "observatory.story-line/1");
    assert_eq!(stories.len(), 1, "{stories:?}");
    assert_eq!((&stories[0]["entries"], &stories[0]["sources"]), (&2.into(), &2.into()));
    let story = stories[0]["story"].as_str().expect("an id");
    let shown = &house.json(&["story", "show", story], "observatory.story/1")[0];
    let other = &shown["entries"][1];
    assert_eq!((&other["reason"], &other["percent"]), (&"doi".into(), &100.into()), "{shown}");
    let other = other["entry"].as_str().expect("an id");
    let (_, words, _) = house.told(&["story", "show", story]);
    assert!(words.contains("leads the story") && words.lines().count() == 2, "{words}");

    let alone = &house.json(&["story", "split", other], "observatory.story/1")[0];
    assert_eq!(alone["entries"].as_array().map(Vec::len), Some(1), "{alone}");
    assert_eq!(alone["by_hand"].as_array().map(Vec::len), Some(1), "{alone}");
    assert_eq!(house.told(&["index", "build"]).0, Some(0));
    assert_eq!(house.found("lunar"), 2, "it is never folded again by itself");
    assert!(house.json(&["story", "list"], "observatory.story-line/1").is_empty());

    // By a key and by the address of a page.
    let (key, page) =
        (format!("entry:{story}"), format!("https://o.example.org/fr/entries/{other}"));
    let joined = &house.json(&["story", "join", &key, &page], "observatory.story/1")[0];
    assert_eq!(joined["entries"].as_array().map(Vec::len), Some(2), "{joined}");
    assert_eq!(house.told(&["index", "build"]).0, Some(0));
    assert_eq!(house.found("lunar"), 1);

    let nobody = "01939c5e-7b1a-7c3e-8d55-2f9f0c4b6a10";
    for (wrong, code) in [
        (&["story", "show", nobody][..], 1),
        (&["story", "show", "a-slug"], 2),
        (&["story", "join", story, story], 2),
    ] {
        assert_eq!(house.told(wrong).0, Some(code), "{wrong:?}");
    }
}
