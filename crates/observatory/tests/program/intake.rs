//! White papers flow in: from a folder and from addresses into `serve`, found by page, shown by page; what
//! cannot be read says why.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::running::{Running, free_port, program, run};
use crate::shelf::{Shelf, encrypted, pdf, scanned};

/// Longest wait for what a running program does by itself.
const SOON: Duration = Duration::from_secs(90);

struct Scene {
    folder: tempfile::TempDir,
    port: u16,
    running: Option<Running>,
}

impl Scene {
    /// An observatory that is not started yet, with an empty folder of papers.
    fn set() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let settings = format!(
            "[ingest]\nallow_loopback = true\n\
             [worker]\nfetch_least_seconds = 1\nfetch_every_seconds = 1\nfetch_most_seconds = 1\npoll_milliseconds = 20\n\
             [search]\nfolder = \"index\"\n\
             [store]\nurl = \"sqlite:observatory.db\"\nfiles_folder = \"files\"\n\
             [web]\nbind = \"127.0.0.1:{port}\"\n"
        );
        std::fs::write(folder.path().join("observatory.toml"), settings).expect("a file");
        for below in ["papers", "content"] {
            std::fs::create_dir(folder.path().join(below)).expect("a folder");
        }
        Self { folder, port, running: None }
    }

    fn add(&self, arguments: &[&str]) {
        let mut command = program();
        command.args(["source", "add"]).args(arguments).arg("--quiet");
        let status = command.current_dir(self.folder.path()).status().expect("it runs");
        assert!(status.success(), "{arguments:?}");
    }

    fn add_papers(&self) {
        self.add(&["papers", "--kind", "folder", "--every", "1", "--slug", "papers"]);
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("papers").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    fn start(&mut self) {
        self.running = Some(Running::start(&["serve", "--quiet"], self.folder.path(), self.port).0);
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs")
    }

    fn page(&self, path: &str) -> String {
        self.running().page(path)
    }

    /// The page at `path` as soon as it has `words`.
    fn wait_for(&self, path: &str, words: &str) -> String {
        let begun = Instant::now();
        loop {
            let page = self.running().get(path).map(|(_, text)| text).unwrap_or_default();
            if page.contains(words) {
                return page;
            }
            assert!(begun.elapsed() < SOON, "{path} does not say “{words}”: {page}");
        }
    }
}

/// The first address in a page that begins so.
fn address(page: &str, begin: &str) -> String {
    let (_, rest) = page.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {page}"));
    let end = rest.split(['"', '\'', ' ', '>']).next().expect("an address");
    format!("{begin}{end}")
}

/// The address of the entry whose title is `title`, as the list of its source has it.
fn entry_of(scene: &Scene, source: &str, title: &str) -> String {
    let list = scene.wait_for(&format!("/en/sources/{source}"), title);
    let (before, _) = list.split_once(title).expect("the title");
    let (_, link) = before.rsplit_once("/en/entries/").expect("a link");
    address(&format!("/en/entries/{link} "), "/en/entries/")
}

#[test]
fn a_folder_flows_in_and_search_names_the_page() {
    let mut scene = Scene::set();
    scene.put("deep/er/report.pdf", &pdf(&["Nothing here", "", "Violet satellites land", "End"]));
    scene
        .put("notes.md", b"# Notes on orbits\n\nFirst words.\n\n## Amber beacons\n\nThey blink.\n");
    scene.put("notes.tmp", b"not wanted");
    scene.add_papers();
    scene.start();

    let found = scene.wait_for("/en/search?q=violet+satellites", "/pages/3");
    assert!(found.contains("p. 3") && found.contains("White paper"), "{found}");
    let path = address(&found, "/en/entries/");
    let entry = path.split("/pages").next().expect("an entry").to_owned();
    let third = scene.page(&format!("{entry}/pages/3"));
    assert!(third.contains("<p>Violet satellites land</p>"), "{third}");
    assert!(third.contains("/pages/2") && third.contains("/pages/4"), "it has neighbours");
    assert!(scene.page(&format!("{entry}/pages/2")).contains("There is no text here"));
    let overview = scene.page(&entry);
    assert!(overview.contains("PDF, 4 pages.") && overview.contains("/pages/4"), "{overview}");
    assert_eq!(
        scene.running().get(&format!("{entry}/pages/5")).map(|(status, _)| status),
        Some(404)
    );
    for (path, words) in [("ar", "ص. 3"), ("zh", "第3页"), ("ru", "с. 3"), ("es", "pág. 3")] {
        let found = scene.page(&format!("/{path}/search?q=violet+satellites"));
        let found = found.replace(['\u{a0}', '\u{202f}'], " ");
        assert!(found.contains(words), "{path}: {found}");
    }
    let answer = scene.page("/api/v1/search?q=violet+satellites");
    assert!(answer.contains("\"page\":3") && answer.contains("/pages/3\""), "{answer}");

    // A section is found by its number, and shown under its heading.
    let found = scene.wait_for("/en/search?q=blink", "/pages/2");
    assert!(found.contains("§ 2"), "{found}");
    let notes = entry_of(&scene, "papers", "Notes on orbits");
    assert!(scene.page(&format!("{notes}/pages/2")).contains("Amber beacons"));
    // Neither the folder nor the files are anybody's business.
    let folder = scene.folder.path().display().to_string();
    for path in ["/en/sources", "/en/sources/papers", "/api/v1/sources", entry.as_str()] {
        let page = scene.page(path);
        assert!(!page.contains(&folder) && !page.contains("folder.invalid"), "{path}: {page}");
    }

    // Another text in the same file; and a file that goes.
    let report = scene.put("deep/er/report.pdf", &pdf(&["Green submarines dive deep"]));
    scene.wait_for("/en/search?q=green+submarines", "/pages/1");
    assert!(!scene.page("/en/search?q=violet+satellites").contains("/pages/3"));
    assert!(scene.page(&entry).contains("PDF, 1 page."));
    std::fs::remove_file(report).expect("it goes");
    let begun = Instant::now();
    while scene.running().get(&entry).map(|(status, _)| status) != Some(410) {
        assert!(begun.elapsed() < SOON, "it is still there");
    }
    assert_eq!(scene.running().get(&format!("{entry}/pages/1")).map(|(s, _)| s), Some(410));
}

#[test]
fn what_cannot_be_read_says_why_in_words() {
    let mut scene = Scene::set();
    scene.put("locked.docx", &encrypted());
    scene.put("picture.pdf", &scanned());
    scene.put("torn.pdf", b"%PDF-1.7\nnothing follows");
    scene.put("nothing.txt", b"");
    scene.add_papers();
    scene.start();
    for (name, sentence, russian) in [
        ("locked.docx", "opens only with a password", "открывается только с паролем"),
        ("picture.pdf", "pictures without text", "изображения без текста"),
        ("torn.pdf", "The file is damaged", "Файл поврежден"),
        ("nothing.txt", "no text in the document", "нет текста"),
    ] {
        let entry = entry_of(&scene, "papers", name);
        let page = scene.page(&entry);
        assert!(page.contains(sentence) && page.contains(name), "{page}");
        let page = scene.page(&entry.replacen("/en/", "/ru/", 1));
        assert!(page.contains(russian), "{page}");
    }
}

#[test]
fn a_document_is_read_from_its_address_where_its_site_allows() {
    let shelf = Shelf::start();
    shelf.put("/robots.txt", 200, "text/plain", b"User-agent: *\nDisallow: /private/\n".to_vec());
    shelf.put("/public/a.pdf", 200, "application/pdf", pdf(&["One", "Copper lanterns glow"]));
    shelf.put("/private/b.pdf", 200, "application/pdf", pdf(&["Secret gardens"]));
    let mut scene = Scene::set();
    let tried = run(
        &["source", "test", &shelf.url("/public/a.pdf"), "--kind", "document", "--json"],
        scene.folder.path(),
    );
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(tried.status.success() && said.contains("\"total\":1"), "{said}");
    for (path, slug) in [("/public/a.pdf", "public"), ("/private/b.pdf", "private")] {
        scene.add(&[&shelf.url(path), "--kind", "document", "--slug", slug]);
    }
    scene.start();
    let found = scene.wait_for("/en/search?q=copper+lanterns", "/pages/2");
    assert!(found.contains("p. 2"), "{found}");
    scene.wait_for("/en/sources/private", "asks programs not to read");
    // It is asked for again, and has not changed.
    let begun = Instant::now();
    while !shelf.asked().iter().any(|asked| asked == "/public/a.pdf 304") {
        assert!(begun.elapsed() < SOON, "{:?}", shelf.asked());
    }
    let asked = shelf.asked();
    assert!(!asked.iter().any(|asked| asked.starts_with("/private")), "{asked:?}");
    assert_eq!(asked.iter().filter(|asked| asked.starts_with("/robots")).count(), 2, "{asked:?}");
    let list = scene.page("/en/sources/public");
    let entry = address(&list, "/en/entries/");
    let page = scene.page(&entry);
    assert!(page.contains(&shelf.url("/public/a.pdf")), "the original is where it was: {page}");
}

#[test]
fn a_server_that_is_killed_while_it_reads_loses_nothing() {
    let mut scene = Scene::set();
    let word = |number: u32| format!("qz{number:03}word");
    for number in 0..24 {
        scene.put(&format!("{number}.pdf"), &pdf(&["Begin", &word(number)]));
    }
    scene.add_papers();
    for round in 0..3 {
        scene.start();
        let begun = Instant::now();
        let known = || scene.page("/en/sources/papers").matches("/en/entries/").count();
        while known() < (round + 1) * 3 {
            assert!(begun.elapsed() < SOON, "nothing comes in");
        }
        scene.running.take().expect("it runs").kill();
    }
    scene.start();
    for number in 0..24 {
        scene.wait_for(&format!("/en/search?q={}", word(number)), "/pages/2");
    }
    let list = scene.wait_for("/en/sources/papers", "24 signals");
    assert!(!list.contains("25 signals"));
    assert_eq!(scene.running.take().expect("it runs").stop(), Some(0));
    let sound = run(&["doctor"], scene.folder.path());
    assert!(sound.status.success(), "{sound:?}");
}

#[test]
fn a_folder_can_be_tried_before_it_is_added() {
    let scene = Scene::set();
    scene.put("a.pdf", &pdf(&["A short text"]));
    scene.put("b.docx", &encrypted());
    let tried = run(&["source", "test", "papers", "--kind", "folder"], scene.folder.path());
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(tried.status.success() && said.contains("2 of 2 entries"), "{said}");
    let complained = String::from_utf8_lossy(&tried.stderr).into_owned();
    assert!(complained.contains("b.docx") && complained.contains("password"), "{complained}");
    let missing = run(&["source", "add", "nowhere", "--kind", "folder"], scene.folder.path());
    assert_eq!(missing.status.code(), Some(2), "{missing:?}");
}

/// A real paper: the phrase stands on its fourth page (`pdftotext -f 4 -l 4`).
#[test]
fn a_phrase_of_a_real_paper_is_found_on_its_page() {
    let Some(papers) = crate::papers::unpack("data/documents/jose-papers.tar.xz") else { return };
    let mut scene = Scene::set();
    let paper = "jose-papers/jose.00161/10.21105.jose.00161.pdf";
    copy(&papers.path().join(paper), &scene, "auto-ed.pdf");
    scene.add_papers();
    scene.start();
    let found = scene.wait_for("/en/search?q=%22Harvard+CS207+course+project%22", "/pages/4");
    assert!(found.contains("p. 4"), "{found}");
    let entry = address(&found, "/en/entries/").split("/pages").next().expect("it").to_owned();
    let page = scene.page(&format!("{entry}/pages/4"));
    assert!(page.contains("Harvard CS207 course project"), "{page}");
    let overview = scene.page(&entry);
    assert!(overview.contains("10.21105/jose.00161") && overview.contains("Lindsey"), "{overview}");
}

/// Arabic that is drawn from right to left is read from its beginning.
#[test]
fn real_arabic_papers_are_found_by_their_words() {
    let (Some(samples), Some(docling)) = (
        crate::papers::unpack("data/documents/pypdf-samples.tar.xz"),
        crate::papers::unpack("data/documents/docling-groundtruth.tar.xz"),
    ) else {
        return;
    };
    let mut scene = Scene::set();
    for name in ["habibi", "habibi-rotated", "habibi-oneline-cmap"] {
        let file = samples.path().join(format!("pypdf-samples/015-arabic/{name}.pdf"));
        copy(&file, &scene, &format!("{name}.pdf"));
    }
    let file = docling.path().join("docling-groundtruth/pdf/sources/right_to_left_01.pdf");
    copy(&file, &scene, "programming.pdf");
    scene.add_papers();
    scene.start();
    // "Solving problems with R", in the order in which it is read.
    let found =
        scene.wait_for("/ar/search?q=%D8%A7%D9%84%D9%85%D8%B4%D9%83%D9%84%D8%A7%D8%AA", "/pages/1");
    let entry = address(&found, "/ar/entries/").split("/pages").next().expect("it").to_owned();
    let page = scene.page(&format!("{entry}/pages/1"));
    assert!(page.contains("تحسين الإنتاجية وحل المشكلات"), "{page}");
    assert!(page.contains("lang=ar") && page.contains("dir=rtl"), "{page}");
    // "My beloved".
    let found = scene.wait_for("/ar/search?q=%D8%AD%D8%A8%D9%8A%D8%A8%D9%8A", "/pages/1");
    assert!(found.contains("habibi"), "{found}");
}

fn copy(from: &Path, scene: &Scene, name: &str) {
    scene.put(name, &std::fs::read(from).expect("a paper just unpacked"));
}
