//! Words that would be markup, headers, paths or addresses if anything forgot what they are: typed into
//! every field, and looked for on every page.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::StatusCode;
use observatory_model::SubmissionId;
use observatory_model::alert::Token;
use observatory_model::review::Blinding;
use observatory_model::submission::Verdict;

use crate::assets;
use crate::testing::desk::{ORIGIN, given_word, own, word};
use crate::testing::{Page, TestSite};

/// What is typed: each ends another kind of quoting.
const WORDS: &[&str] = &[
    crate::testing::HOSTILE,
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</textarea></title></style><script>alert(1)</script>",
    "--><svg onload=alert(1)>",
    "{site} {{7*7}} {title}",
    "=cmd|' /C calc'!A0",
    "\u{202e}gpj.exe\u{2066} \u{200f}",
    "javascript:alert(1)",
    "[a](javascript:alert(1)) ![b](https://evil.example/b.png) <https://evil.example/c>",
    "https://evil.example/d",
];

/// All of them, as one line.
fn line() -> String {
    WORDS.join(" ")
}

/// All of them, with what ends a header.
pub(super) fn lines() -> String {
    format!("{}\r\nBcc: evil@evil.example\r\n\r\n<script>alert(1)</script>\n\n{}", line(), line())
}

/// Elements that no page of the desk has, whoever has written on it.
const NEVER: &[&str] = &["img", "iframe", "object", "embed", "math", "base", "video", "audio"];

/// The elements of a page with their attributes, as a browser finds them.
fn elements(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let name_ends = after.find(|c: char| c.is_whitespace() || c == '>').unwrap();
        let (name, mut inside) = after.split_at(name_ends);
        let mut attributes = Vec::new();
        loop {
            inside = inside.trim_start();
            if let Some(after) = inside.strip_prefix('>') {
                rest = after;
                break;
            }
            let ends = inside.find(|c: char| c.is_whitespace() || "=>".contains(c)).unwrap();
            let (key, after) = inside.split_at(ends);
            let (value, after) = match after.strip_prefix('=') {
                None => ("", after),
                Some(after) => match after.chars().next().unwrap() {
                    quote @ ('"' | '\'') => {
                        after.strip_prefix(quote).unwrap().split_once(quote).unwrap()
                    }
                    _ => {
                        after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap())
                    }
                },
            };
            attributes.push((key.to_lowercase(), value.to_owned()));
            inside = after;
        }
        if name == "style" {
            rest = rest.split_once("</style>").unwrap().1;
        }
        found.push((name.to_lowercase(), attributes));
    }
    found
}

/// Nothing of what was typed does anything; gives how often it is shown.
fn calm(at: &str, page: &Page) -> usize {
    for (name, value) in &page.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        assert!(!value.contains(['\r', '\n']), "{at} {name}");
        assert!(!value.contains("evil.example"), "{at} {name}: {value}");
    }
    assert!(page.headers.get("bcc").is_none(), "{at}");
    if !page.header("content-type").starts_with("text/html") {
        return 0;
    }
    calm_html(at, &page.text);
    page.text.matches("&#60;script&#62;").count()
}

pub(super) fn calm_html(at: &str, html: &str) {
    let own_scripts: BTreeSet<&str> =
        [&**assets::SEARCH_SCRIPT_PATH, &**assets::DESK_SCRIPT_PATH].into();
    for (name, attributes) in elements(html) {
        assert!(!NEVER.contains(&&*name), "{at}: <{name}>");
        if name == "script" {
            let from = attributes.iter().find(|(key, _)| key == "src").unwrap();
            assert!(own_scripts.contains(&*from.1), "{at}: {from:?}");
        }
        for (key, value) in attributes {
            assert!(!key.starts_with("on") && key != "style", "{at}: {name} {key}");
            assert!(!key.contains(['"', '\'', '<', '&']), "{at}: {name} {key}");
            if ["href", "src", "action", "formaction"].contains(&&*key) {
                let is_own = value.starts_with('/') && !value.starts_with("//")
                    || value.starts_with('#')
                    || value.starts_with(ORIGIN)
                    || ["https://creativecommons.org/", "https://orcid.org/", "https://ror.org/"]
                        .iter()
                        .any(|known| value.starts_with(known))
                    || name == "a" && (value.starts_with("otpauth:") || value.is_empty());
                assert!(is_own, "{at}: {name} leads to {value}");
            }
        }
    }
}

/// People, and a piece that has gone its whole way with such words in every field.
struct Told {
    site: TestSite,
    author: Token,
    editor: Token,
    admin: Token,
    id: SubmissionId,
    link: Token,
}

impl Told {
    async fn look(&self) -> usize {
        let (piece, mut shown) = (format!("/en/desk/pieces/{}", self.id), 0);
        let own_pages = [
            "/en/desk".to_owned(),
            "/en/desk/account".to_owned(),
            "/en/submit".to_owned(),
            piece.clone(),
            format!("{piece}/edit/1?check=yes"),
            format!("{piece}/edit/2?check=yes"),
            format!("{piece}/edit/3?check=yes"),
            format!("{piece}/edit/4"),
            format!("{piece}/saves"),
            format!("{piece}/file"),
        ];
        for path in own_pages {
            shown += calm(&path, &self.site.get_as(Some(self.author), &path).await);
        }
        let mut editors = vec![
            piece.clone(),
            format!("{piece}/reviews.csv"),
            format!("{piece}/reviews.json"),
            format!("{piece}/file"),
        ];
        for stage in ["received", "review", "revision", "published", "declined"] {
            editors.push(format!("/ar/desk/queue?stage={stage}"));
        }
        for path in editors {
            shown += calm(&path, &self.site.get_as(Some(self.editor), &path).await);
        }
        for path in ["/en/desk/people", "/en/desk/log", "/en/desk/mails"] {
            shown += calm(path, &self.site.get_as(Some(self.admin), path).await);
        }
        for path in ["review", "review/file", "review/deadline.ics"] {
            let path = format!("/fr/{path}?key={}", self.link);
            shown += calm(&path, &self.site.get(&path).await);
        }
        shown
    }

    async fn post(&self, who: Option<Token>, path: &str, pairs: &[(&str, &str)]) -> Page {
        let page = self.site.post_as(who, path, pairs).await;
        assert!(page.status.is_redirection(), "{path}: {} {}", page.status, page.text);
        calm(path, &page);
        page
    }

    async fn fill_in(&self) {
        let (line, lines, id) = (line(), lines(), self.id);
        let edit = |step: u8| format!("/en/desk/pieces/{id}/edit/{step}");
        let revision = self.site.held(id).await.revision.to_string();
        let base = ("base", &*revision);
        let first =
            [base, ("language", "en"), ("title", &*line), ("summary", &lines), ("text", &lines)];
        self.post(Some(self.author), &edit(1), &first).await;
        let revision = self.site.held(id).await.revision.to_string();
        let second = [
            ("base", &*revision),
            ("name-0", &*line),
            ("orcid-0", &line),
            ("affiliation-0", &line),
            ("ror-0", &line),
        ];
        self.post(Some(self.author), &edit(2), &second).await;
        let revision = self.site.held(id).await.revision.to_string();
        let third = [
            ("base", &*revision),
            ("licence", "cc-by"),
            ("interests", &*lines),
            ("ai-use", &lines),
            ("changes", &lines),
        ];
        self.post(Some(self.author), &edit(3), &third).await;
    }

    /// What can be sent is shorter than all of them together: the title and the names in turn.
    async fn shorten(&self, words: &str) {
        let id = self.id;
        let edit = |step: u8| format!("/en/desk/pieces/{id}/edit/{step}");
        let text = format!("{}\n\n# {words}\n\n{}", lines(), "Ships and cables. ".repeat(20));
        let revision = self.site.held(id).await.revision.to_string();
        let first = [
            ("base", &*revision),
            ("language", "en"),
            ("title", words),
            ("summary", words),
            ("text", &*text),
        ];
        self.post(Some(self.author), &edit(1), &first).await;
        let revision = self.site.held(id).await.revision.to_string();
        let second = [
            ("base", &*revision),
            ("name-0", words),
            ("orcid-0", "0000-0002-1825-0097"),
            ("affiliation-0", words),
            ("ror-0", "05a28rw58"),
        ];
        self.post(Some(self.author), &edit(2), &second).await;
        let revision = self.site.held(id).await.revision.to_string();
        let third = [
            ("base", &*revision),
            ("licence", "cc-by"),
            ("interests", words),
            ("ai-use", words),
            ("changes", words),
        ];
        self.post(Some(self.author), &edit(3), &third).await;
    }
}

async fn begun() -> Told {
    let site = TestSite::filled().await;
    let (_, author_word) = site.signed_in("author@example.org", "researcher").await;
    let (_, editor) = site.signed_in("editor@example.org", "editor").await;
    let (_, admin) = site.signed_in("admin@example.org", "admin").await;
    let name: String = line().chars().take(110).collect();
    for word in [author_word, editor, admin] {
        let form = [("name", &*name), ("affiliation", &name), ("language", "en")];
        let page = site.post_as(Some(word), "/en/desk/account", &form).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
    }
    let wrong = [("name", &*line()), ("orcid", &line()), ("ror", &line())];
    let page = site.post_as(Some(author_word), "/en/desk/account", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(calm("account", &page) >= 3, "what was typed is there");
    let page = site.post_as(Some(author_word), "/en/submit", &[("title", &line())]).await;
    let id = page.header("location").split('/').nth(4).unwrap().parse().unwrap();
    calm("submit", &page);
    let told = Told { site, author: author_word, editor, admin, id, link: word() };
    told.fill_in().await;
    told
}

#[tokio::test]
async fn words_of_the_desk_never_become_markup() {
    let mut told = begun().await;
    let id = told.id;
    let piece = format!("/en/desk/pieces/{id}");
    let name = url::form_urlencoded::byte_serialize(lines().as_bytes()).collect::<String>();
    let path = format!("{piece}/file?at=0&of=8&name={name}.pdf");
    let put = own("PUT", &path, Some(told.author)).body(Body::from("%PDF-1.7")).unwrap();
    assert_eq!(told.site.ask(put).await.status, StatusCode::OK);
    let stale = [("base", "0"), ("title", "Beside <script>alert(3)</script>")];
    told.post(Some(told.author), &format!("{piece}/edit/1"), &stale).await;
    let mut shown = told.look().await;
    assert!(shown > 20, "{shown}");

    told.shorten("Cables <script>alert(1)</script> & \"><img src=x>").await;
    let revision = told.site.held(id).await.revision.to_string();
    let page = told.post(Some(told.author), &format!("{piece}/send"), &[("base", &revision)]).await;
    assert!(page.header("location").ends_with("did=sent"), "{}", page.header("location"));
    for who in [told.author, told.editor] {
        told.post(Some(who), &format!("{piece}/message"), &[("words", &lines())]).await;
    }
    let name: String = line().chars().take(100).collect();
    let asked = [("name", &*name), ("mail", "rita@example.org"), ("blinding", "single")];
    told.post(Some(told.editor), &format!("{piece}/assign"), &asked).await;
    told.link = told.site.ask_for_review(id, Blinding::Single).await;
    let review = format!("/en/review?key={}", told.link);
    told.post(None, &review, &[("go", "accept")]).await;
    let kept = [("go", "keep"), ("to-authors", &*lines()), ("to-editors", &lines())];
    told.post(None, &review, &kept).await;
    shown += told.look().await;
    let missing = [("go", "send"), ("to-authors", &*lines())];
    let page = told.site.post_as(None, &review, &missing).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && calm("review", &page) > 0);
    let mut sent = kept.to_vec();
    sent[0] = ("go", "send");
    let marks = ["mark-argument", "mark-evidence", "mark-relevance", "mark-language"];
    sent.extend(marks.map(|mark| (mark, "1")));
    sent.push(("verdict", "revise"));
    told.post(None, &review, &sent).await;
    let decided = [("verdict", "revise"), ("reasons", &*lines())];
    told.post(Some(told.editor), &format!("{piece}/decide"), &decided).await;
    shown += told.look().await;

    let editor =
        told.site.store.people_with(observatory_model::person::Role::Editor).await.unwrap();
    told.site.decided(id, &editor[0], Verdict::Revise).await;
    told.shorten("Cables <b onclick=alert(1)>again</b> <script>alert(1)</script>").await;
    let revision = told.site.held(id).await.revision.to_string();
    told.post(Some(told.author), &format!("{piece}/send"), &[("base", &revision)]).await;
    shown += told.look().await;
    told.site.decided(id, &editor[0], Verdict::Accept).await;
    told.site.index().await;
    shown += told.look().await;
    assert!(shown > 150, "{shown}");
    public(&told).await;
    let reason = [("reason", &*lines()), ("instead", &line())];
    told.post(Some(told.editor), &format!("{piece}/retract"), &reason).await;
    told.look().await;
    public(&told).await;
}

/// The pages of what was published.
async fn public(told: &Told) {
    let slug = told.site.held(told.id).await.slug.unwrap();
    let here = format!("/en/academic-network/{slug}");
    for path in [
        here.clone(),
        format!("{here}/v1"),
        format!("{here}/v1.bib"),
        format!("{here}/v1.ris"),
        format!("{here}/v1.csl.json"),
        format!("{here}/file"),
        format!("{here}.txt"),
        format!("{here}.bib"),
        "/en/people/0000-0002-1825-0097".to_owned(),
        "/en/institutions/05a28rw58".to_owned(),
        "/en/academic-network".to_owned(),
        "/en/search?q=cables".to_owned(),
        "/en/".to_owned(),
    ] {
        let page = told.site.get(&path).await;
        assert!(page.status.as_u16() < 500, "{path}");
        calm(&path, &page);
    }
    let page = told.site.get(&format!("{here}/v1.ris")).await;
    if page.status.is_success() {
        assert!(!page.text.lines().any(|line| line.starts_with("Bcc")), "{}", page.text);
    }
}

#[tokio::test]
async fn domains_and_people_are_what_they_are() {
    let told = begun().await;
    for domain in WORDS.iter().copied().chain(["a b.org", "a@b.org", "localhost", "", "a.org\r\nb"])
    {
        let form = [("domain", domain), ("posting", "trusted")];
        let page = told.site.post_as(Some(told.admin), "/en/desk/domains", &form).await;
        calm(domain, &page);
        let kept = told.site.store.domains().await.unwrap();
        let is_domain = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        };
        assert!(kept.iter().all(|(name, _)| is_domain(name)), "{kept:?}");
    }
    calm("people", &told.site.get_as(Some(told.admin), "/en/desk/people").await);
}

#[tokio::test]
async fn a_guests_words_are_words() {
    let site = TestSite::empty().await;
    let form = [("title", &*line()), ("mail", &*line())];
    let page = site.post_as(None, "/en/submit", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(calm("submit", &page) > 0, "what was typed is there");
    let page = site.post_as(None, "/en/sign-in", &[("mail", &*line()), ("next", &line())]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(calm("sign-in", &page) > 0);
    let form = [("title", &*lines()), ("mail", "guest@example.org")];
    let page = site.post_as(None, "/en/submit", &form).await;
    let guest = given_word(&page).unwrap();
    let to = page.header("location").to_owned();
    assert!(calm(&to, &site.get_as(Some(guest), &to).await) > 0);
    for mail in ["a@example.org\r\nBcc: b@example.org", "a@example.org,b@example.org", "a\0@b.org"]
    {
        let page = site.post_as(None, "/en/submit", &[("title", "A"), ("mail", mail)]).await;
        let is_refused = page.status == StatusCode::UNPROCESSABLE_ENTITY;
        assert!(is_refused, "{mail:?} {}", page.status);
    }
    assert_eq!(site.store.mail_counts().await.unwrap().waiting, 1);
}
