//! What every address behind sign-in has in common: offices, origins, half sessions, and roles that
//! change.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use observatory_model::person::Strength;
use observatory_model::review::Blinding;
use observatory_model::rights::{Office, Stage};
use observatory_model::{Clock as _, PersonId};

use super::matrix::{ALL, Asker, desk};
use super::rights::routes;
use crate::testing::Page;
use crate::testing::desk::{encoded, state, told, whole};

/// Pages that belong to no piece, and who sees them.
const PAGES: &[(&str, Option<Office>)] = &[
    ("/en/desk", None),
    ("/en/desk/account", None),
    ("/en/desk/queue", Some(Office::ReadQueue)),
    ("/en/desk/people", Some(Office::ManagePeople)),
    ("/en/desk/mails", Some(Office::ReadMails)),
    ("/en/desk/log", Some(Office::ReadAudit)),
    ("/en/desk/members", Some(Office::ReadMembers)),
];

/// What stands in a form: names and values.
type Typed = &'static [(&'static str, &'static str)];

/// What is sent to them. `PERSON` stands for somebody's id.
const FORMS: &[(&str, Option<Office>, Typed)] = &[
    ("/en/desk/account", None, &[("name", "A name"), ("language", "en")]),
    ("/en/desk/queue", Some(Office::ReadQueue), &[("piece", "PIECE"), ("reason", "1")]),
    ("/en/desk/people", Some(Office::ManagePeople), &[("person", "PERSON"), ("role", "reviewer")]),
    (
        "/en/desk/domains",
        Some(Office::ManagePeople),
        &[("domain", "example.net"), ("posting", "trusted")],
    ),
];

#[tokio::test]
async fn offices_are_open_to_their_roles_alone() {
    let desk = desk().await;
    let piece = desk.site.at(Stage::Received, &desk.author, &desk.decider, whole("Cables")).await;
    for asker in &desk.askers {
        for (path, office) in PAGES {
            let page = desk.site.get_as(asker.word, path).await;
            expect(asker, &page, *office, path);
        }
        for (path, office, form) in FORMS {
            let (person, id) = (desk.author.id.to_string(), piece.to_string());
            let form: Vec<(&str, &str)> = form
                .iter()
                .map(|(name, value)| match *value {
                    "PERSON" => (*name, &*person),
                    "PIECE" => (*name, &*id),
                    value => (*name, value),
                })
                .collect();
            let before = state(&desk.site.store, piece).await;
            let page = desk.site.post_as(asker.word, path, &form).await;
            let is_allowed = expect(asker, &page, *office, path);
            let is_changed = state(&desk.site.store, piece).await != before;
            assert_eq!(is_changed, is_allowed, "{} {path}", asker.name);
        }
    }
}

fn expect(asker: &Asker, page: &Page, office: Option<Office>, path: &str) -> bool {
    let at = format!("{} {path}: {}", asker.name, page.status);
    // What is for members says also that it is theirs.
    let kept = page.header("cache-control");
    assert!(["no-store", "private, no-store"].contains(&kept), "{at}: {kept}");
    if asker.word.is_none() {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{at}");
        let to = page.header("location");
        assert!(to.starts_with("/en/sign-in?next=%2Fen%2Fdesk"), "{at} {to}");
        return false;
    }
    let is_allowed = office.is_none_or(|office| office.may(&asker.roles));
    let expected = if is_allowed {
        page.status.is_success() || page.header("location").starts_with("/en/desk")
    } else {
        page.status == StatusCode::NOT_FOUND
    };
    assert!(expected, "{at}");
    is_allowed
}

#[tokio::test]
async fn a_page_that_is_not_for_somebody_is_like_one_that_is_not_there() {
    let desk = desk().await;
    let reader = desk.askers.iter().find(|asker| asker.name == "reader").unwrap();
    for (path, _) in PAGES.iter().filter(|(_, office)| office.is_some()) {
        let refused = desk.site.get_as(reader.word, path).await;
        let last = path.rsplit('/').next().unwrap();
        let absent = desk.site.get_as(reader.word, "/en/desk/zzzz").await;
        assert_eq!(told(&refused), told(&absent).replace("zzzz", last), "{path}");
    }
}

/// Every route to which something is sent, with an address of it. A test holds it to the router.
const SENT_TO: &[(&str, &str)] = &[
    ("/{lang}/sign-in", "/en/sign-in"),
    ("/{lang}/sign-in/link", "/en/sign-in/link?key=WORD"),
    ("/{lang}/sign-in/code", "/en/sign-in/code"),
    ("/{lang}/sign-in/passkey", "/en/sign-in/passkey"),
    ("/{lang}/sign-in/passkey/ask", "/en/sign-in/passkey/ask"),
    ("/{lang}/sign-out", "/en/sign-out"),
    ("/{lang}/submit", "/en/submit"),
    ("/{lang}/desk/account", "/en/desk/account"),
    ("/{lang}/desk/account/password", "/en/desk/account/password"),
    ("/{lang}/desk/account/passkeys", "/en/desk/account/passkeys"),
    ("/{lang}/desk/account/passkeys/ask", "/en/desk/account/passkeys/ask"),
    ("/{lang}/desk/account/passkeys/remove", "/en/desk/account/passkeys/remove"),
    ("/{lang}/desk/account/end", "/en/desk/account/end"),
    ("/{lang}/desk/account/connect", "/en/desk/account/connect"),
    ("/{lang}/desk/account/disconnect", "/en/desk/account/disconnect"),
    ("/{lang}/desk/queue", "/en/desk/queue"),
    ("/{lang}/desk/people", "/en/desk/people"),
    ("/{lang}/desk/domains", "/en/desk/domains"),
    ("/{lang}/desk/pieces/{id}/edit/{step}", "/en/desk/pieces/ID/edit/1"),
    ("/{lang}/desk/pieces/{id}/save", "/en/desk/pieces/ID/save"),
    ("/{lang}/desk/pieces/{id}/saves", "/en/desk/pieces/ID/saves"),
    ("/{lang}/desk/pieces/{id}/{act}", "/en/desk/pieces/ID/discard"),
    ("/{lang}/desk/pieces/{id}/file", "/en/desk/pieces/ID/file?remove=yes"),
    ("/{lang}/review", "/en/review?key=WORD"),
];

/// Routes of the desk that are only read.
const READ: &[&str] = &[
    "/{lang}/desk",
    "/{lang}/desk/log",
    "/{lang}/desk/mails",
    "/{lang}/desk/members",
    "/{lang}/desk/pieces/{id}",
    "/{lang}/desk/pieces/{id}/reviews.csv",
    "/{lang}/desk/pieces/{id}/reviews.json",
    "/{lang}/review/deadline.ics",
    "/{lang}/review/file",
    "/{lang}/sign-in/sent",
    "/{lang}/sign-in/with/{provider}",
];

#[test]
fn every_route_of_the_desk_stands_here() {
    let mut ours: Vec<String> = SENT_TO.iter().map(|(route, _)| (*route).to_owned()).collect();
    ours.extend(READ.iter().map(|route| (*route).to_owned()));
    ours.sort();
    let is_desk = |route: &String| {
        ["/{lang}/desk", "/{lang}/sign-", "/{lang}/review", "/{lang}/submit"]
            .iter()
            .any(|begin| route.starts_with(begin))
    };
    let known: Vec<String> = routes().into_iter().filter(is_desk).collect();
    assert_eq!(ours, known);
}

#[tokio::test]
async fn nothing_is_done_for_another_site() {
    let desk = desk().await;
    let site = &desk.site;
    let admin = desk.askers.iter().find(|asker| asker.name == "admin").unwrap();
    let owner = admin.person.clone().unwrap();
    let id = site.draft(&owner, whole("Cables")).await;
    let reviewed = site.at(Stage::Received, &desk.author, &desk.decider, whole("Ships")).await;
    let link = site.ask_for_review(reviewed, Blinding::Double).await;
    let form = encoded(&[
        ("mail", "a@example.org"),
        ("title", "Typed"),
        ("step", "1"),
        ("go", "accept"),
        ("person", &desk.author.id.to_string()),
        ("role", "admin"),
        ("domain", "example.net"),
        ("posting", "trusted"),
        ("new-password", "a long and unusual passphrase"),
    ]);
    let foreign: [&[(&str, &str)]; 6] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://observatory.example.org.evil.example")],
        &[("origin", "https://observatory.example.org"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://observatory.example.org"), ("sec-fetch-site", "same-site")],
    ];
    for (_, path) in SENT_TO {
        let path = path.replace("ID", &id.to_string()).replace("WORD", &link.to_string());
        for headers in foreign {
            let before = (state(&site.store, id).await, state(&site.store, reviewed).await);
            let cookie = format!("__Host-session={}", admin.word.unwrap());
            let mut request = Request::post(&path).header("cookie", cookie);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let page = site.ask(request.body(Body::from(form.clone())).unwrap()).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            assert!(page.text.contains("<h1>"), "{path}: a face");
            assert!(page.headers.get("set-cookie").is_none(), "{path}");
            let after = (state(&site.store, id).await, state(&site.store, reviewed).await);
            assert!(before == after, "{path} {headers:?}");
        }
    }
    let put = Request::put(format!("/en/desk/pieces/{id}/file?at=0&of=1&name=a.md"))
        .header("cookie", format!("__Host-session={}", admin.word.unwrap()));
    let page = site.ask(put.body(Body::from("a")).unwrap()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(site.store.uploaded(id).await.unwrap(), 0);
}

#[tokio::test]
async fn half_a_session_opens_nothing() {
    let desk = desk().await;
    let editor = desk.askers.iter().find(|asker| asker.name == "editor").unwrap();
    let owner = editor.person.clone().unwrap();
    let own_piece = desk.site.draft(&owner, whole("Cables")).await;
    let half = Some(desk.site.session(&owner, Strength::Half).await);
    let mut asked: Vec<String> = PAGES.iter().map(|(path, _)| (*path).to_owned()).collect();
    for door in ALL.iter().filter(|door| door.method == "GET") {
        asked.push(format!("/en/desk/pieces/{own_piece}{}", door.rest));
    }
    for path in asked {
        let page = desk.site.get_as(half, &path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert!(page.header("location").starts_with("/en/sign-in/code?next="), "{path}");
        assert_eq!(page.header("cache-control"), "no-store");
    }
    for (path, _, form) in FORMS {
        let before = state(&desk.site.store, own_piece).await;
        let page = desk.site.post_as(half, path, form).await;
        assert!(page.header("location").starts_with("/en/sign-in/code"), "{path}");
        assert!(state(&desk.site.store, own_piece).await == before, "{path}");
    }
    for door in ALL.iter().filter(|door| door.method != "GET") {
        let before = state(&desk.site.store, own_piece).await;
        let page = desk.knock(door, half, own_piece).await;
        let is_refused = page.status == StatusCode::UNAUTHORIZED
            || page.header("location").starts_with("/en/sign-in/code");
        assert!(is_refused, "{} {}", door.rest, page.status);
        assert!(state(&desk.site.store, own_piece).await == before, "{}", door.rest);
    }
    assert_eq!(desk.site.get_as(half, "/en/sign-in/code").await.status, StatusCode::OK);
    let out = desk.site.post_as(half, "/en/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/en/"));
    let again = desk.site.get_as(half, "/en/sign-in/code").await;
    assert!(again.header("location").starts_with("/en/sign-in?"), "signed out");
}

#[tokio::test]
async fn whoever_gets_other_roles_is_signed_out() {
    let desk = desk().await;
    let named = |name: &str| desk.askers.iter().find(|asker| asker.name == name).unwrap();
    let (admin, editor) = (named("admin"), named("editor"));
    let id = editor.person.as_ref().unwrap().id.to_string();
    assert_eq!(desk.site.get_as(editor.word, "/en/desk/queue").await.status, StatusCode::OK);
    let form = [("person", &*id), ("role", "admin")];
    let page = desk.site.post_as(admin.word, "/en/desk/people", &form).await;
    assert_eq!(page.header("location"), "/en/desk/people?saved=yes");
    for path in ["/en/desk", "/en/desk/queue", "/en/desk/people"] {
        let page = desk.site.get_as(editor.word, path).await;
        assert!(page.header("location").starts_with("/en/sign-in?next="), "{path}");
    }
    // The last admin stays, and whoever is not there is not found.
    let last = admin.person.as_ref().unwrap().id.to_string();
    desk.site.post_as(admin.word, "/en/desk/people", &[("person", &id)]).await;
    let page = desk.site.post_as(admin.word, "/en/desk/people", &[("person", &last)]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let nobody = PersonId::new(desk.site.clock.now()).to_string();
    let page = desk.site.post_as(admin.word, "/en/desk/people", &[("person", &nobody)]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}
