//! `observatory source`: lists in OPML come in and go out, and sources are tried, stopped and begun.

use crate::running::run;

const LIST: &str = "<opml version='2.0'><head><title>Mine</title></head><body>\
    <outline text='Asia'><outline text='One & two' xmlUrl='https://a.org/feed?a=1&b=2' htmlUrl='https://a.org/'/></outline>\
    <outline text='Inside' xmlUrl='http://10.0.0.1/feed'/><outline text='Again' xmlUrl='https://a.org/feed?a=1&b=2'/>\
    <outline text='Three' title='Drei' xmlUrl='https://c.org/feed'/></body>";

fn told(arguments: &[&str], folder: &std::path::Path) -> (Option<i32>, String, String) {
    let output = run(arguments, folder);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_was_imported_comes_out_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    std::fs::write(here.join("mine.opml"), LIST).expect("a file");
    let (code, _, said) = told(&["source", "import", "mine.opml"], here);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 added, 0 known, 1 named twice, 1 refused, 1 problems"), "{said}");
    let (code, _, said) = told(&["source", "import", "mine.opml"], here);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("0 added, 2 known"), "{said}");

    let (_, exported, _) = told(&["source", "export"], here);
    assert!(exported.contains("<outline text=\"Asia\" title=\"Asia\">"), "{exported}");
    assert!(exported.contains("text=\"One &amp; two\""), "{exported}");
    assert!(exported.contains("xmlUrl=\"https://a.org/feed?a=1&amp;b=2\""), "{exported}");
    assert!(exported.contains("htmlUrl=\"https://a.org/\""), "{exported}");
    std::fs::write(here.join("out.opml"), &exported).expect("a file");
    let again = tempfile::tempdir().expect("a folder");
    std::fs::copy(here.join("out.opml"), again.path().join("out.opml")).expect("a copy");
    let (_, _, said) = told(&["source", "import", "out.opml"], again.path());
    assert!(said.contains("2 added, 0 known, 0 named twice, 0 refused, 0 problems"), "{said}");
    let lines = |text: &str| {
        let outlines = text.lines().filter(|line| line.contains("outline"));
        outlines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (_, twice, _) = told(&["source", "export"], again.path());
    assert_eq!(lines(&twice), lines(&exported));
}

#[test]
fn repositories_are_added_with_what_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let add = |more: &[&str]| told(&[&["source", "add"], more].concat(), folder.path()).0;
    assert_eq!(
        add(&["--kind", "oai", "https://a.org/oai", "--set", "x", "--prefix", "oai_dc"]),
        Some(0)
    );
    assert_eq!(add(&["--kind", "arxiv", "--query", "cat:cs.NI"]), Some(0));
    assert_eq!(add(&["--kind", "arxiv", "--query", "cat:cs.CY"]), Some(0));
    assert_eq!(add(&["--kind", "crossref", "--filter", "issn:2049-3630"]), Some(0));
    for wrong in [
        &["--kind", "arxiv"][..],
        &["--kind", "crossref"],
        &["--kind", "oai"],
        &["--kind", "oai", "https://a.org/oai", "--prefix", "marcxml"],
        &["--kind", "oai", "https://a.org/oai", "--query", "x"],
        &["https://a.org/feed", "--set", "x"],
        &["--kind", "oai", "http://10.0.0.1/oai"],
    ] {
        assert_eq!(add(wrong), Some(2), "{wrong:?}");
    }
    let (_, listed, _) = told(&["--json", "source", "list"], folder.path());
    let lines = listed.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let asks: Vec<serde_json::Value> =
        lines.map(|line: serde_json::Value| line["asks"].clone()).collect();
    let wish = serde_json::json!({ "kind": "oai", "prefix": "oai_dc", "set": "x" });
    assert!(asks.contains(&wish), "{listed}");
    let (code, _, said) = told(&["source", "pause", "cat-cs-ni"], folder.path());
    assert_eq!((code, said.trim()), (Some(0), "cat-cs-ni: paused"));
    let (code, _, said) = told(&["source", "resume", "cat-cs-ni"], folder.path());
    assert_eq!((code, said.trim()), (Some(0), "cat-cs-ni: active"));
    assert_eq!(told(&["source", "pause", "nobody"], folder.path()).0, Some(2));
}
