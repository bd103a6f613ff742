//! What is under embargo, withdrawn or for members shows at no door: not its words, not its existence, not
//! a count, to nobody who may not read it.
//!
//! Nor the time that an answer takes (`timing.rs`): what is hidden is in no index, so no search reads it, and
//! whoever is no member is answered before the table of pieces for members is asked.

use std::collections::BTreeSet;
use std::path::Path;

use observatory_model::alert::Token;
use observatory_model::brief::{Audience, Brief, BriefAddress, Heading};
use observatory_model::person::{Role, Strength};
use observatory_model::rights::Stage;
use observatory_model::submission::{Author, Submission, Verdict};
use observatory_model::{Clock as _, Language, SubmissionId};
use url::form_urlencoded::byte_serialize;

use super::doors::{DOORS, SILENT, WORDS};
use super::withheld::withhold;
use crate::testing::desk::whole;
use crate::testing::{TestSite, brief};

/// What every word of a hidden piece begins with.
pub(super) const HIDDEN: &str = "zyxw";

/// The same for words that no piece has.
pub(super) const NOWHERE: &str = "qvkj";

/// A piece every part of which has `word`.
fn piece_of(word: &str, slug: &str, language: Language) -> Brief {
    let mut piece = brief(slug, language);
    let words = |before: &str| format!("{before} {word}");
    piece.title = words("Spectrum");
    piece.standfirst = words("Standfirst");
    piece.bottom_line = Some(words("Bottom line"));
    piece.questions = vec![words("Question")];
    piece.unknowns = vec![words("Unknown")];
    piece.authors = vec![words("Author")];
    piece.topics = vec![word.parse().unwrap()];
    piece.confidence = piece.confidence.map(|(level, _)| (level, words("Reason")));
    piece.evidence[0].title = words("Evidence");
    let heading =
        Heading { id: word.to_owned(), level: 2, text: words("Part"), first_paragraph: 1 };
    piece.body.headings = vec![heading];
    piece.body.paragraphs = vec![words("Satellites, spectrum and")];
    piece.body.html = format!("<p id=p1>Satellites and spectrum {word}</p>");
    piece
}

pub(super) fn address(slug: &str) -> BriefAddress {
    format!("future-vision/{slug}").parse().unwrap()
}

/// A site with a piece under embargo, one of which only a language is, one that was withdrawn, one for
/// members that always was, one that was public before, and a public one that names them as related.
pub(super) async fn site_with_secrets() -> TestSite {
    let site = TestSite::filled().await;
    let now = site.clock.now();
    let tomorrow = now.plus_seconds(24 * 60 * 60);
    let withdrawn = Language::ALL.map(|language| piece_of("zyxwwithdrawn", "taken-away", language));
    let mut public = brief("everywhere", Language::En);
    public.related = ["zyxwembargo", "taken-away", "zyxwmembers", "zyxwturned"].map(address).into();
    let mut shown = vec![public, brief("half", Language::Fr)];
    shown.extend([Language::Fr, Language::Ru].map(|language| brief("everywhere", language)));
    let turned =
        [Language::En, Language::Ru].map(|language| piece_of("zyxwturned", "zyxwturned", language));
    let all: Vec<Brief> =
        shown.iter().cloned().chain(withdrawn).chain(turned.iter().cloned()).collect();
    site.store.replace_briefs(&all, now).await.unwrap();
    site.index().await;
    for words in ["zyxwwithdrawn", "zyxwturned"] {
        let page = site.get(&format!("/en/search?q={words}")).await;
        assert!(page.text.contains("<mark>zyxw"), "{words}");
    }
    let always = [Language::En, Language::Ru]
        .map(|language| piece_of("zyxwmembers", "zyxwmembers", language));
    let audience = Audience::Members;
    shown.extend(always.into_iter().chain(turned).map(|piece| Brief { audience, ..piece }));
    for slug in ["zyxwembargo", "half"] {
        for language in [Language::En, Language::Ru] {
            let secret = piece_of("zyxwembargo", slug, language);
            shown.push(Brief { published: tomorrow, ..secret });
        }
    }
    site.store.replace_briefs(&shown, now).await.unwrap();
    withhold(&site).await;
    hand_in(&site).await;
    site.index().await;
    site
}

/// What the piece is called that waits for an editor.
const RECEIVED: &str = "zyxwembargo of the islands";

/// Pieces that were handed in, at every place of their way where they are not public. They have an author
/// and an institution of their own.
async fn hand_in(site: &TestSite) {
    let owner = site.person("zyxwembargo@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    for stage in Stage::ALL.into_iter().filter(|stage| *stage != Stage::Published) {
        let mut draft = whole(RECEIVED);
        if stage != Stage::Received {
            draft.title = format!("Spectrum zyxwembargo {stage}");
        }
        draft.summary = "Satellites, spectrum and zyxwembargo".to_owned();
        draft.text = "Satellites, spectrum and zyxwembargo. ".repeat(8);
        draft.interests = "zyxwembargo".to_owned();
        draft.authors = vec![Author {
            name: "zyxwembargo".to_owned(),
            orcid: "0000-0002-1825-0097".to_owned(),
            affiliation: "zyxwembargo".to_owned(),
            ror: "05a28rw58".to_owned(),
        }];
        let id = site.at(stage, &owner, &editor, draft).await;
        let now = site.clock.now();
        if stage != Stage::Draft {
            site.store.write_message(id, &owner, false, "zyxwembargo", now).await.unwrap();
        }
    }
}

/// The one that waits for an editor.
async fn received(site: &TestSite) -> SubmissionId {
    let lines = site.store.submissions(None, 100).await.unwrap();
    let waits = |line: &&Submission| line.draft.title == RECEIVED;
    lines.iter().find(waits).unwrap().id
}

/// The addresses that are asked of a door.
async fn asked(site: &TestSite, asks: &[&str], words: &[&str]) -> Vec<String> {
    let entry = site.an_entry().await.replace("/entries/", "");
    let piece = received(site).await.to_string();
    let mut addresses = Vec::new();
    for ask in asks {
        let ask = ask.replace("ENTRY", &entry).replace("PIECE", &piece);
        // What is asked of the piece under embargo is asked of those for members too.
        for secret in ["zyxwmembers", "zyxwturned"] {
            if ask.contains("/zyxwembargo") {
                addresses.push(ask.replace("/zyxwembargo", &format!("/{secret}")));
            }
        }
        if ask.contains("WORDS") {
            let encoded = |words: &&str| byte_serialize(words.as_bytes()).collect::<String>();
            let words = words.iter().map(encoded);
            addresses.extend(words.map(|words| ask.replace("WORDS", &words)));
        } else {
            addresses.push(ask);
        }
    }
    addresses
}

/// What a visitor can tell answers apart by.
pub(super) async fn seen(site: &TestSite, address: &str) -> String {
    seen_as(site, None, address).await
}

async fn seen_as(site: &TestSite, who: Option<Token>, address: &str) -> String {
    let mut page = site.get_as(who, address).await;
    // A machine that is too busy to answer tells nothing.
    for _ in 0..3 {
        if page.status == 503 {
            page = site.get_as(who, address).await;
        }
    }
    let mut headers: Vec<String> =
        page.headers.keys().map(|name| format!("{name}: {}", page.header(name.as_str()))).collect();
    // A tag and a length follow from the bytes, which are compared themselves.
    headers.retain(|line| !line.starts_with("etag:") && !line.starts_with("content-length:"));
    headers.sort();
    format!("{}\n{}\n\n{}", page.status, headers.join("\n"), page.text)
}

/// What somebody with a session asks for: doors that take words ask no visitor who they are, so that all
/// the words are asked as nobody.
const FEW: [&str; 4] = ["zyxwembargo", "zyxwemb*", "zyxwmembers", "zyxwturned"];

/// Knocks at every door as somebody, and gives the addresses that showed what is hidden.
async fn shown_to(roles: Option<&str>) -> BTreeSet<String> {
    let site = site_with_secrets().await;
    let who = match roles {
        Some(roles) => Some(site.signed_in("somebody@example.org", roles).await.1),
        None => None,
    };
    let (mut compared, mut shown) = (0, BTreeSet::new());
    for (_, asks) in DOORS {
        let words: &[&str] = if roles.is_some() { &FEW } else { &WORDS };
        for address in asked(&site, asks, words).await {
            let hidden = seen_as(&site, who, &address).await;
            if address.contains(HIDDEN) {
                let nowhere = seen_as(&site, who, &address.replace(HIDDEN, NOWHERE)).await;
                compared += 1;
                if hidden != nowhere.replace(NOWHERE, HIDDEN) {
                    shown.insert(address);
                }
            } else if hidden.contains(HIDDEN) {
                shown.insert(address);
            }
        }
    }
    assert!(compared > 80, "{compared}");
    shown
}

#[tokio::test]
async fn what_is_hidden_shows_at_no_door() {
    assert_eq!(shown_to(None).await, BTreeSet::new());
}

#[tokio::test]
async fn what_is_hidden_shows_to_no_reader_with_an_account() {
    assert_eq!(shown_to(Some("researcher,reviewer")).await, BTreeSet::new());
}

#[tokio::test]
async fn members_are_shown_what_is_for_them_where_it_stands_and_nowhere_else() {
    let mut doors = BTreeSet::from(["/en/desk/members".to_owned()]);
    for slug in ["zyxwmembers", "zyxwturned"] {
        let piece = format!("/future-vision/{slug}");
        // Its French page says that there are English and Russian ones.
        doors.extend(["en", "fr"].map(|language| format!("/{language}{piece}")));
        doors.extend(["txt", "bib"].map(|form| format!("/en{piece}.{form}")));
    }
    assert_eq!(shown_to(Some("member")).await, doors);
}

#[tokio::test]
async fn nobody_keeps_what_members_are_shown() {
    let site = site_with_secrets().await;
    let (_, member) = site.signed_in("member@example.org", "member").await;
    for path in [
        "/en/future-vision/zyxwmembers",
        "/ru/future-vision/zyxwturned",
        "/en/future-vision/zyxwmembers.txt",
        "/en/future-vision/zyxwmembers.bib",
        "/en/desk/members",
    ] {
        let page = site.get_as(Some(member), path).await;
        assert!(page.status.is_success() && page.text.contains(HIDDEN), "{path}: {}", page.status);
        assert_eq!(page.header("cache-control"), "private, no-store", "{path}");
        assert!(!page.headers.contains_key("etag"), "{path}: no proxy may ask for it by a tag");
        for told in ["rel=canonical", "hreflang=ru href=\"https:", "/related?of="] {
            assert!(!page.text.contains(told), "{path}: {told}");
        }
    }
    // Whoever has given one proof of two is no member yet.
    let editor = site.person("half@example.org", "editor").await;
    let half = site.session(&editor, Strength::Half).await;
    let path = "/en/future-vision/zyxwmembers";
    assert_eq!(site.get_as(Some(half), path).await.status, 404);
    let nobody = site.get(path).await;
    assert_eq!(nobody.header("cache-control"), "no-store", "a member may come the same way");
}

#[tokio::test]
async fn the_doors_would_show_it_if_it_were_public() {
    let site = site_with_secrets().await;
    site.clock.advance(25 * 60 * 60);
    for slug in ["zyxwembargo", "half"] {
        site.store.touch_piece(&address(slug), site.clock.now()).await.unwrap();
    }
    let editor = site.store.people_with(Role::Editor).await.unwrap().remove(0);
    site.decided(received(&site).await, &editor, Verdict::Accept).await;
    site.index().await;
    for (route, asks) in DOORS.iter().filter(|(route, _)| !SILENT.contains(route)) {
        let mut shows = false;
        for address in asked(&site, asks, &WORDS).await {
            let page = site.get(&address).await;
            // Words that were asked for may stand in the answer whatever was found.
            let is_telling = !address.contains(HIDDEN) || address.contains("/zyxwembargo");
            shows |= is_telling && page.status.is_success() && page.text.contains(HIDDEN);
            if address.contains("?q=") && address.contains(HIDDEN) {
                let nowhere = seen(&site, &address.replace(HIDDEN, NOWHERE)).await;
                shows |= seen(&site, &address).await != nowhere.replace(NOWHERE, HIDDEN);
            }
        }
        assert!(shows, "{route} is asked in a way that could not show anything");
    }
}

#[test]
fn every_route_stands_in_the_table() {
    let doors: BTreeSet<String> = DOORS.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(doors.len(), DOORS.len(), "none twice");
    assert_eq!(routes(), doors, "a route has no line in DOORS, or a line no route");
}

/// All routes of the router, as its source has them: paths, or the names of constants.
pub(super) fn routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut routes);
    assert!(routes.len() > 20);
    routes
}

fn collect(folder: &Path, routes: &mut BTreeSet<String>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() && !path.ends_with("stories") {
            collect(&path, routes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let own = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let called = own.split(".route(").skip(1).filter_map(|rest| rest.split(',').next());
            routes.extend(called.map(|route| route.trim().trim_matches(['"', '&']).to_owned()));
        }
    }
}
