//! `observatory demo`, from an empty folder, away from the sources.

use crate::running::{Running, free_port, run};

#[test]
fn the_demo_harvests_indexes_and_serves_in_an_empty_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let bind = format!("127.0.0.1:{port}");
    let (running, took) = Running::start(&["demo", "--bind", &bind], folder.path(), port);
    assert!(took.as_secs() < 60, "ready after {took:?}");
    let home = running.page("/en/");
    assert!(home.contains("/en/future-vision/"), "the front page shows a brief");
    let arabic = running.page("/ar/demystifying-digital/itu-101");
    assert!(arabic.contains("dir=rtl") || arabic.contains("dir=\"rtl\""));
    for (language, words) in
        [("en", "federated"), ("zh", "%E5%9B%BD%E9%99%85"), ("ru", "%D1%81%D0%B5%D1%82%D1%8C")]
    {
        let found = running.page(&format!("/{language}/search?q={words}&kind=entry"));
        assert!(found.contains("<mark>"), "{language}: {words}");
    }
    let sources = running.page("/en/sources");
    for slug in ["an-entity-bomb", "a-web-page-no-feed", "an-endless-redirect"] {
        assert!(sources.contains(slug), "{slug} is shown with its reason");
    }
    for (slug, title) in [
        ("a-repository-of-papers", "Invented paper: Ground stations in mountain villages"),
        ("a-query-to-arxiv", "Invented preprint: Handing a call"),
        ("works-of-crossref", "Invented report: Numbering plans"),
    ] {
        let source = running.page(&format!("/en/sources/{slug}"));
        assert!(source.contains(title), "{slug}: {source}");
    }
    let found = running.page("/en/search?q=%22batteries+lasted%22");
    assert!(
        found.contains("White paper") && found.contains("/pages/2"),
        "a page of a PDF: {found}"
    );
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_second_demo_begins_anew_and_a_foreign_folder_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let bind = format!("127.0.0.1:{}", free_port());
    let demo = ["demo", "--once", "--bind", &bind];
    for _ in 0..2 {
        let output = run(&demo, folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).expect("a folder");
    std::fs::write(foreign.join("thesis.txt"), "years of work").expect("a file");
    let output = run(&["demo", "--once", "--bind", &bind, "--data", "foreign"], folder.path());
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(foreign.join("thesis.txt").exists());
}

#[test]
fn recordings_are_harvested_instead() {
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = folder.path().join("recordings");
    std::fs::create_dir(&recordings).expect("a folder");
    let feed = "<rss version=\"2.0\"><channel><title>T</title><item><guid>1</guid>\
                <title>A recorded entry</title></item></channel></rss>";
    std::fs::write(recordings.join("one.xml"), feed).expect("a file");
    let bind = format!("127.0.0.1:{}", free_port());
    let arguments = ["demo", "--once", "--bind", &bind, "--recordings", "recordings"];
    let output = run(&arguments, folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 new"), "{said}");
}
