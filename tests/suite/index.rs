//! The index beside a running site: how soon it follows, and what happens when its files are damaged.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use observatory_model::search::SearchRequest;
use observatory_search::SearchError;
use observatory_worker::{Runner, Silent, World};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::site::TestSite;
use crate::upstream::Upstream;

/// Longest wait for anything here. On an idle machine all of it takes well under a second.
const LONGEST: Duration = Duration::from_secs(30);

/// The background of a site, running.
struct Background {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Background {
    fn of(site: &TestSite) -> Self {
        Self::in_world(site.world.clone())
    }

    fn in_world(world: World) -> Self {
        let (stop, stopped) = watch::channel(false);
        let runner = Runner::new(world, Arc::new(Silent));
        let task = tokio::spawn(async move { runner.run(stopped).await });
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.send(true).expect("a running background");
        self.task.await.expect("an end without a panic");
    }
}

fn feed(count: u32) -> String {
    let item = |number| {
        format!(
            "<item><guid>{number}</guid><title>Satellites {number}</title>\
             <link>http://orbit.example/{number}</link>\
             <pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate>\
             <description>Constellations bring broadband to remote islands.</description></item>"
        )
    };
    let items = (0..count).map(item).collect::<String>();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Orbit notes</title>\
         <link>http://orbit.example/</link><language>en</language>{items}</channel></rss>"
    )
}

/// Searches until something is found; returns how long that took.
async fn until_found(site: &TestSite, words: &str) -> Duration {
    let start = Instant::now();
    loop {
        let request = SearchRequest { words: words.to_owned(), ..SearchRequest::default() };
        match site.world.search.search(request).await {
            Ok(page) if page.total > 0 => return start.elapsed(),
            answered => assert!(start.elapsed() < LONGEST, "{words}: {answered:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_found_soon_without_anybody_asking_for_it() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set_document("/feed", "application/rss+xml", feed(2));
    let background = Background::of(&site);
    // A new source has its first reading planned, so that the background reads it by itself.
    let source = site.add_source(&upstream.url("/feed"), "orbit").await;
    let ids = [source.id];
    observatory_worker::jobs::harvest::harvest(&site.world, &ids, &Silent)
        .await
        .expect("a harvest");
    let waited = until_found(&site, "constellation").await;
    eprintln!("found {} ms after it was kept", waited.as_millis());
    let page = site.get("/en/search?q=constellation").await;
    assert!(page.text.contains("<mark>Constellations</mark>"), "{}", page.text);
    background.end().await;
}

/// How soon a document is found that was kept.
const SOON: Duration = Duration::from_secs(1);

/// The pause between two looks, as the program is shipped.
fn shipped_pause() -> u64 {
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/observatory.toml");
    let settings = fs::read_to_string(settings).expect("the settings");
    let pause = settings.lines().find_map(|line| line.strip_prefix("poll_milliseconds = "));
    pause.expect("a pause").trim().parse().expect("milliseconds")
}

/// The best of several is asked: what makes documents wait makes every one of them wait, while a busy
/// machine is not busy for all of them alike.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_was_kept_is_found_within_a_second() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    let mut world = site.world.clone();
    world.settings.poll_milliseconds = shipped_pause();
    let source = site.add_source(&upstream.url("/feed"), "orbit").await;
    let background = Background::in_world(world);
    let mut waited = Vec::new();
    for number in 1..=5 {
        let words = format!("moondust{number}");
        let text = feed(number).replace("Constellations", &words);
        upstream.set_document("/feed", "application/rss+xml", text);
        let ids = [source.id];
        observatory_worker::jobs::harvest::harvest(&site.world, &ids, &Silent)
            .await
            .expect("a harvest");
        waited.push(until_found(&site, &words).await);
    }
    eprintln!("found after {waited:?}");
    assert!(waited.iter().any(|waited| *waited <= SOON), "{waited:?}");
    background.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_noticed_and_builds_itself_anew() {
    let (site, upstream) = (TestSite::start().await, Upstream::start().await);
    upstream.set_document("/feed", "application/rss+xml", feed(50));
    site.add_source(&upstream.url("/feed"), "orbit").await;
    site.harvest().await;
    let old = site.world.search.report().folder;
    flip_a_byte_in_every_segment_file(&old);
    let verified = site.world.search.verify().await;
    assert!(matches!(verified, Err(SearchError::Corrupt { .. })), "{verified:?}");
    assert!(site.world.search.report().is_damaged);

    let background = Background::of(&site);
    let start = Instant::now();
    while site.world.search.verify().await.is_err() {
        assert!(start.elapsed() < LONGEST, "nobody has built it anew");
    }
    assert_ne!(site.world.search.report().folder, old);
    let page = site.get("/en/search?q=constellation").await;
    assert!(page.text.contains("<mark>Constellations</mark>"), "{}", page.text);
    assert_eq!(site.world.search.report().documents, 50);
    background.end().await;
    site.world.search.verify().await.expect("a sound index");
}

/// As a failing disk does: other bytes in the same files.
fn flip_a_byte_in_every_segment_file(folder: &Path) {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let files = fs::read_dir(folder).expect("its files").map(|entry| entry.expect("a file").path());
    for file in files.filter(|file| file.extension().is_some_and(|end| end != "json")) {
        let bytes = fs::read(&file).expect("a file of the index");
        let middle = bytes.len() / 2;
        let Some(byte) = bytes.get(middle) else { continue };
        let mut open = fs::File::options().write(true).open(&file).expect("a file to be damaged");
        open.seek(SeekFrom::Start(u64::try_from(middle).expect("a place"))).expect("the place");
        open.write_all(&[byte ^ 0x20]).expect("another byte");
    }
}
