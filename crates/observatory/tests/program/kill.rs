//! The program is killed again and again in the middle of its work; nothing acknowledged is lost.
//!
//! Every round: harvest, publish and index commit go on at once, then SIGKILL at a moment that differs
//! from round to round, then a new start. `OBSERVATORY_KILL_ROUNDS=100` makes a hundred rounds.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::publisher::{Publisher, word};
use crate::running::{Running, free_port, program};

/// Longest time from start to ready, with everything in the index.
const BACK_WITHIN: Duration = Duration::from_secs(5);

fn rounds() -> u64 {
    std::env::var("OBSERVATORY_KILL_ROUNDS").map_or(8, |rounds| rounds.parse().expect("a number"))
}

struct Scene {
    folder: tempfile::TempDir,
    port: u16,
    publisher: Publisher,
    /// The version of the piece whose publication was acknowledged.
    published: u64,
}

impl Scene {
    fn set() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        std::fs::write(folder.path().join("observatory.toml"), settings(port)).expect("a file");
        let scene = Self { folder, port, publisher: Publisher::start(), published: 0 };
        let url = scene.publisher.url();
        let added = scene.command(&["source", "add", &url, "--slug", "growing"]);
        assert!(added.success(), "{added}");
        scene
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> std::process::ExitStatus {
        program().args(arguments).arg("--quiet").current_dir(self.path()).status().expect("it runs")
    }

    fn start(&self) -> (Running, Duration) {
        Running::start(&["serve", "--quiet"], self.path(), self.port)
    }

    /// Writes version `number` of the piece and publishes it while the site runs.
    fn publish(&mut self, number: u64) {
        write_piece(self.path(), number);
        assert!(self.command(&["publish"]).success());
        self.published = number;
    }

    /// Begins to publish and is killed in between: it may have happened or not.
    fn publish_halfway(&self, number: u64, after: Duration) {
        write_piece(self.path(), number);
        let mut child = program()
            .args(["publish", "--quiet"])
            .current_dir(self.path())
            .spawn()
            .expect("it runs");
        wait(after);
        // It may have come to its end by itself.
        drop(child.kill());
        child.wait().expect("it has ended");
    }

    /// Everything that was acknowledged is there, once, and all doors agree.
    fn check(&mut self, running: &Running, attempted: u64) {
        let kept = self.publisher.kept();
        for number in sample(kept) {
            let found = running.page(&format!("/en/search?q={}", word(number)));
            assert_eq!(times(&found, &word(number)), 1, "entry {number} of {kept}");
        }
        let all = running.page("/en/sources/growing");
        let newest =
            running.page(&format!("/en/search?q={}", word(self.publisher.published() + 9)));
        assert_eq!(times(&newest, &word(self.publisher.published() + 9)), 0, "never published");
        assert!(times(&all, "zq") > 0 || kept == 0, "the source shows its entries");

        // Page, search and feed show one and the same version of the piece.
        let page = running.page("/en/academic-network/moving-piece");
        let version =
            (self.published..=attempted).rev().find(|version| page.contains(&mark(*version)));
        let version = version.expect("the acknowledged version or a later one");
        let feed = running.page("/en/feed.atom");
        assert!(feed.contains(&mark(version)), "the feed shows version {version}");
        let found = running.page(&format!("/en/search?q={}", mark(version)));
        assert!(times(&found, &mark(version)) >= 1, "the search finds version {version}");
        if version > 1 {
            let old = running.page(&format!("/en/search?q={}", mark(version - 1)));
            assert_eq!(
                times(&old, &mark(version - 1)),
                0,
                "the search forgets version {}",
                version - 1
            );
        }
        self.published = version;
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_program_is_killed() {
    let mut scene = Scene::set();
    write_piece(scene.path(), 1);
    assert!(scene.command(&["publish"]).success());
    scene.published = 1;
    let (mut running, _) = scene.start();
    let (mut slowest, mut attempted) = (Duration::ZERO, 1);
    for round in 0..rounds() {
        let before = scene.publisher.published();
        attempted += 1;
        scene.publish(attempted);
        // The harvest is under way again before we strike.
        let begun = Instant::now();
        while scene.publisher.published() == before {
            assert!(begun.elapsed() < Duration::from_secs(20), "the harvest does not go on");
        }
        let moment = Duration::from_millis(round * 37 % 211);
        attempted += 1;
        scene.publish_halfway(attempted, moment / 2);
        running.kill();
        let (again, took) = scene.start();
        running = again;
        slowest = slowest.max(took);
        assert!(took < BACK_WITHIN, "round {round}: back after {took:?}");
        scene.check(&running, attempted);
    }
    let kept = scene.publisher.kept();
    assert!(kept > 0, "something was acknowledged");
    assert_eq!(running.stop(), Some(0), "a request to stop ends well");
    let doubled = scene.command(&["doctor"]);
    assert!(doubled.success(), "the store and the index are sound: {doubled}");
    eprintln!("{} rounds, {kept} entries kept, slowest return {slowest:?}", rounds());
}

/// Waits for a moment that is itself the thing under test: when the blow falls.
fn wait(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// The first, the last and some between.
fn sample(kept: u64) -> Vec<u64> {
    let step = (kept / 5).max(1);
    let mut numbers = (1..=kept).step_by(usize::try_from(step).expect("small")).collect::<Vec<_>>();
    numbers.extend((kept > 0).then_some(kept));
    numbers.dedup();
    numbers
}

/// How often an answer shows a hit whose title holds `word`.
fn times(page: &str, word: &str) -> usize {
    page.matches(&format!("<mark>{word}</mark>")).count()
        + usize::from(word == "zq") * page.matches("zq").count()
}

/// The word that only version `number` of the piece holds.
fn mark(number: u64) -> String {
    format!("kx{number:05}v")
}

fn write_piece(folder: &Path, number: u64) -> PathBuf {
    let piece = folder.join("content/academic-network/moving-piece");
    std::fs::create_dir_all(&piece).expect("a folder");
    let file = piece.join("index.en.md");
    let text = format!(
        "---\ntitle: \"The piece {mark}\"\nstandfirst: \"A piece that changes.\"\n\
         authors: [\"Observatory editorial team\"]\npublished: 2026-01-01\nversion: {number}\n\
         original: en\ntopics: [governance]\nevidence:\n  - id: own\n    title: \"Own\"\n    \
         publisher: \"Observatory\"\n    url: https://example.org/own\n    language: en\n    \
         verified: true\n---\n## Now\n\nThis is its text of the moment.[^own]\n",
        mark = mark(number)
    );
    std::fs::write(&file, text).expect("a file");
    file
}

fn settings(port: u16) -> String {
    format!(
        "[ingest]\nallow_loopback = true\ntotal_timeout_seconds = 5\n\
         [worker]\nfetch_every_seconds = 1\nfetch_least_seconds = 1\nfetch_most_seconds = 1\npoll_milliseconds = 20\n\
         [search]\nfolder = \"index\"\n\
         [store]\nurl = \"sqlite:observatory.db\"\nfiles_folder = \"files\"\n\
         [web]\nbind = \"127.0.0.1:{port}\"\n"
    )
}
