//! Signing in: nobody learns who has an account, nobody guesses for long, and nobody is led elsewhere.

use axum::body::Body;
use axum::http::StatusCode;
use observatory_identity::codes::{self, Secret};
use observatory_identity::password::{self, Workspace};
use observatory_model::alert::Token;
use observatory_model::person::Strength;
use observatory_model::{Clock as _, Language};
use observatory_store::{PasskeyLine, SignIn};

use crate::locale;
use crate::questions::Peer;
use crate::testing::desk::{encoded, given_word, own, told, whole, word};
use crate::testing::{Page, TestSite};

/// A password that is none of the guessable ones.
const PASSWORD: &str = "seven quiet herons over Apia";

async fn with_password(site: &TestSite, mail: &str, roles: &str) {
    let person = site.person(mail, roles).await;
    let hash = password::hash(&mut Workspace::default(), PASSWORD).unwrap().to_string();
    site.store.set_password(person.id, Some(&hash), site.clock.now()).await.unwrap();
}

async fn sign_in(site: &TestSite, pairs: &[(&str, &str)]) -> Page {
    site.post_as(None, "/en/sign-in", pairs).await
}

async fn link_to(site: &TestSite, mail: &str) -> Token {
    let link = word();
    let mailed =
        SignIn { mail: mail.parse().unwrap(), submission: None, created: site.clock.now() };
    site.store.put_link(link, &mailed).await.unwrap();
    link
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let site = TestSite::empty().await;
    with_password(&site, "known@example.org", "researcher").await;
    site.person("noword@example.org", "").await;
    let gone = site.person("gone@example.org", "").await;
    site.store.set_disabled(gone.id, true, "operator", site.clock.now()).await.unwrap();
    let mails =
        ["known@example.org", "nobody@example.org", "noword@example.org", "gone@example.org"];
    let link = async |mail| told(&sign_in(&site, &[("mail", mail)]).await);
    let wrong = async |mail| {
        let page = sign_in(&site, &[("mail", mail), ("password", "wrong wrong wrong")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        told(&page).replace(mail, "MAIL")
    };
    let (first_link, first_wrong) = (link(mails[0]).await, wrong(mails[0]).await);
    for mail in mails {
        assert_eq!(link(mail).await, first_link, "{mail}");
        assert_eq!(wrong(mail).await, first_wrong, "{mail}");
    }
    assert_eq!(site.store.mail_counts().await.unwrap().waiting, 5, "each is written to");
}

#[tokio::test]
async fn guessing_ends_for_accounts_and_for_networks() {
    let site = TestSite::empty().await;
    with_password(&site, "known@example.org", "").await;
    for mail in ["known@example.org", "nobody@example.org"] {
        for number in 0..10 {
            let page = sign_in(&site, &[("mail", mail), ("password", "wrong wrong wrong")]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{mail} {number}");
        }
        for password in ["wrong wrong wrong", PASSWORD] {
            // Other letters, the same account.
            let mail = mail.to_uppercase();
            let page = sign_in(&site, &[("mail", &*mail), ("password", password)]).await;
            assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{mail}");
            assert!(page.text.contains(locale::of(Language::En).say("signin.crowded")));
            assert!(given_word(&page).is_none());
        }
    }
    site.clock.advance(15 * 60);
    let page = sign_in(&site, &[("mail", "known@example.org"), ("password", PASSWORD)]).await;
    assert!(given_word(&page).is_some(), "a quarter of an hour later it goes on");

    // Links are mailed to somebody who may not have asked: five an hour.
    for _ in 0..5 {
        let page = sign_in(&site, &[("mail", "victim@example.org")]).await;
        assert_eq!(page.header("location"), "/en/sign-in/sent");
    }
    let page = sign_in(&site, &[("mail", "victim@example.org")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_network_does_not_try_without_end() {
    let site = TestSite::empty().await;
    let from = async |address: &str, forwarded: &str, number: u32| {
        let mail = format!("a{number}@example.org");
        let request = own("POST", "/en/sign-in", None)
            .header("x-forwarded-for", forwarded)
            .extension(Peer(address.parse().unwrap()));
        site.ask(request.body(Body::from(encoded(&[("mail", &mail)]))).unwrap()).await.status
    };
    for number in 0..100 {
        // What it says of itself is not believed.
        let forwarded = format!("198.51.{number}.1");
        assert_eq!(from("203.0.113.9", &forwarded, number).await, StatusCode::SEE_OTHER);
    }
    assert_eq!(from("203.0.113.77", "192.0.2.1", 100).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from("203.0.114.77", "", 101).await, StatusCode::SEE_OTHER, "another network");
}

/// Where nobody is led after signing in.
const ELSEWHERE: &[&str] = &[
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/en/desk\\@evil.example",
    "/en/desk//evil.example",
    "/en/desk/../../../evil",
    "https:evil.example",
    "javascript:alert(1)",
    "/en/desk@evil.example",
    "/en/desk.evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "/en/desk/\r\nLocation: https://evil.example",
    "/en/desk/%0d%0aSet-Cookie:a=b",
    "/en/sign-out",
    "/en/",
    "/.//evil.example",
    "http://observatory.example.org@evil.example/en/desk",
    "data:text/html,<script>alert(1)</script>",
    "/en/search?q=a",
];

/// A page without what stands on every page.
fn main(page: &Page) -> &str {
    page.text.split("<main").nth(1).unwrap().split("</main>").next().unwrap()
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let site = TestSite::empty().await;
    with_password(&site, "known@example.org", "").await;
    let (_, inside) = site.signed_in("inside@example.org", "").await;
    let is_inside = |to: &str| {
        let path = to.split(['?', '#']).next().unwrap();
        path == "/en/desk" || path.starts_with("/en/desk/") && !path.contains("..")
    };
    for next in ELSEWHERE {
        let query = encoded(&[("next", next)]);
        let page = site.get_as(Some(inside), &format!("/en/sign-in?{query}")).await;
        assert!(is_inside(page.header("location")), "{next}: {}", page.header("location"));
        let page = site.get(&format!("/en/sign-in?{query}")).await;
        let kept = main(&page).split("name=next value=\"").nth(1).unwrap();
        let kept = kept.split('"').next().unwrap();
        assert!(kept.is_empty() || is_inside(kept), "{next}: {kept}");
        site.clock.advance(15 * 60);
        let form = [("mail", "known@example.org"), ("password", PASSWORD), ("next", next)];
        let page = sign_in(&site, &form).await;
        assert!(is_inside(page.header("location")), "{next}: {}", page.header("location"));
        let link = link_to(&site, "known@example.org").await;
        let path = format!("/en/sign-in/link?key={link}&{query}");
        let page = site.get(&path).await;
        assert!(!main(&page).contains("evil"), "{next}: {}", main(&page));
        let page = site.post_as(None, &path, &[]).await;
        assert!(is_inside(page.header("location")), "{next}: {}", page.header("location"));
        assert_eq!(page.headers.get_all("set-cookie").iter().count(), 1, "{next}");
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_site_alone() {
    let site = TestSite::empty().await;
    with_password(&site, "known@example.org", "").await;
    let form = [("mail", "known@example.org"), ("password", PASSWORD)];
    let by_password = sign_in(&site, &form).await;
    let link = link_to(&site, "known@example.org").await;
    let by_link = site.post_as(None, &format!("/en/sign-in/link?key={link}"), &[]).await;
    let form = [("title", "Cables"), ("mail", "guest@example.org")];
    let by_draft = site.post_as(None, "/en/submit", &form).await;
    for page in [by_password, by_link, by_draft] {
        let cookie = page.header("set-cookie").to_owned();
        assert!(cookie.starts_with("__Host-session="), "{cookie}");
        let parts: Vec<&str> = cookie.split("; ").skip(1).collect();
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(parts.contains(&part), "{cookie}");
        }
        assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
        assert_eq!(page.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_session_gets_another_word_at_each_step() {
    let site = TestSite::empty().await;
    with_password(&site, "editor@example.org", "editor").await;
    let (old, _, _) = site.guest("editor@example.org", whole("Cables")).await;
    let (_, guest, _) = site.guest("editor@example.org", whole("Ships")).await;
    let form = [("mail", "editor@example.org"), ("password", PASSWORD), ("next", "/en/desk/queue")];
    // A word that somebody else has put there does not become a session.
    let page = site.post_as(Some(guest), "/en/sign-in", &form).await;
    assert_eq!(page.header("location"), "/en/sign-in/code?next=%2Fen%2Fdesk%2Fqueue");
    let half = given_word(&page).unwrap();
    assert!(half.to_string() != guest.to_string());
    let dead = site.get_as(Some(guest), "/en/sign-in/code").await;
    assert!(dead.header("location").starts_with("/en/sign-in?"), "the old word is dead");
    assert!(site.store.submission(old).await.unwrap().is_some());

    // The app is set up with the first code of it.
    let page = site.get_as(Some(half), "/en/sign-in/code?next=/en/desk/queue").await;
    let secret = page.text.split("name=secret value=\"").nth(1).unwrap().split('"').next().unwrap();
    let code = code_of(secret, &site);
    let form = [("secret", secret), ("code", &*code), ("next", "/en/desk/queue")];
    let page = site.post_as(Some(half), "/en/sign-in/code", &form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    let full = given_word(&page).unwrap();
    assert!(full.to_string() != half.to_string());
    assert_eq!(site.get_as(Some(full), "/en/desk/queue").await.status, StatusCode::OK);
    let dead = site.get_as(Some(half), "/en/sign-in/code").await;
    assert!(dead.header("location").starts_with("/en/sign-in?"), "the old word is dead");

    // A code is good once, a recovery code as well.
    let recovery: Vec<&str> = page
        .text
        .split("<code dir=ltr>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap())
        .collect();
    assert_eq!(recovery.len(), 10);
    let person = site.store.person_of_mail(&"editor@example.org".parse().unwrap()).await.unwrap();
    let person = person.unwrap();
    let prove = async |code: &str| {
        let half = site.session(&person, Strength::Half).await;
        site.post_as(Some(half), "/en/sign-in/code", &[("code", code)]).await
    };
    let page = prove(&code).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "the same code again");
    assert!(given_word(&page).is_none());
    assert!(given_word(&prove(recovery[3]).await).is_some());
    assert!(given_word(&prove(recovery[3]).await).is_none(), "once");
    assert!(given_word(&prove("000000").await).is_none());
    site.clock.advance(60);
    let next = code_of(secret, &site);
    assert!(given_word(&prove(&next).await).is_some());
}

/// The code that an app shows now: of a million, the one that is accepted.
fn code_of(secret: &str, site: &TestSite) -> String {
    let secret: Secret = secret.parse().unwrap();
    let now = site.clock.now();
    let last = u64::try_from(now.millis()).unwrap() / 1000 / codes::SECONDS_PER_STEP - 1;
    (0..1_000_000)
        .map(|code| format!("{code:06}"))
        .find(|code| codes::accept(&secret, code, now, Some(last)) == Some(last + 1))
        .unwrap()
}

#[tokio::test]
async fn codes_are_not_guessed() {
    let site = TestSite::empty().await;
    let person = site.person("editor@example.org", "editor").await;
    let secret = Secret::new().unwrap();
    let now = site.clock.now();
    site.store.set_codes(person.id, Some((&secret.base32(), &[])), "x", now).await.unwrap();
    let half = site.session(&person, Strength::Half).await;
    for _ in 0..10 {
        let page = site.post_as(Some(half), "/en/sign-in/code", &[("code", "12345")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = code_of(&secret.base32(), &site);
    let another = site.session(&person, Strength::Half).await;
    let page = site.post_as(Some(another), "/en/sign-in/code", &[("code", &right)]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "another session, the same account");
    // Half a session does not put another app in the place of the first.
    site.clock.advance(15 * 60);
    let own_secret = Secret::new().unwrap().base32();
    let code = code_of(&own_secret, &site);
    let form = [("secret", &*own_secret), ("code", &*code)];
    let page = site.post_as(Some(another), "/en/sign-in/code", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.store.secrets(person.id).await.unwrap().code, Some(secret.base32()));
}

#[tokio::test]
async fn a_passkey_is_not_passed_by_with_a_new_app() {
    let site = TestSite::empty().await;
    let person = site.person("editor@example.org", "editor").await;
    let passkey = PasskeyLine {
        id: "a".to_owned(),
        person: person.id,
        label: "Firefox".to_owned(),
        body: "{}".to_owned(),
        created: site.clock.now(),
        used: None,
    };
    assert!(site.store.add_passkey(&passkey).await.unwrap());
    // Whoever reads the mail of an editor has one proof.
    let half = site.session(&person, Strength::Half).await;
    let page = site.get_as(Some(half), "/en/sign-in/code").await;
    assert!(page.header("location").starts_with("/en/sign-in?"), "{}", page.text);
    let secret = Secret::new().unwrap().base32();
    let code = code_of(&secret, &site);
    let form = [("secret", &*secret), ("code", &*code)];
    let page = site.post_as(Some(half), "/en/sign-in/code", &form).await;
    assert!(given_word(&page).is_none() && page.header("location").starts_with("/en/sign-in?"));
    assert_eq!(site.store.secrets(person.id).await.unwrap().code, None);
    for path in ["/en/desk/account/passkeys/ask", "/en/desk/account/passkeys"] {
        let half = site.session(&person, Strength::Half).await;
        let page = site.post_as(Some(half), path, &[("key", "0")]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(site.store.passkeys_of(person.id).await.unwrap().len(), 1);
    }
    // Nor by whoever finds a browser that was left open.
    let full = site.session(&person, Strength::Full).await;
    site.clock.advance(15 * 60);
    let page = site.post_as(Some(full), "/en/sign-in/code", &form).await;
    assert!(page.header("location").starts_with("/en/sign-in?"));
    assert_eq!(site.store.secrets(person.id).await.unwrap().code, None);
}

#[tokio::test]
async fn a_weak_password_is_refused_in_the_readers_language() {
    let site = TestSite::empty().await;
    let (person, inside) = site.signed_in("ada@example.org", "").await;
    for language in Language::ALL {
        let t = locale::of(language);
        let path = format!("/{language}/desk/account/password");
        let long = "zq".repeat(600);
        for (password, words) in [
            ("zq", t.plain("account.password_short", &[("least", "15")])),
            (&*long, t.say("account.password_long").to_owned()),
            ("passwordpassword", t.say("account.password_guessable").to_owned()),
        ] {
            let page = site.post_as(Some(inside), &path, &[("new-password", password)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{language} {password}");
            assert!(page.text.contains(&*crate::html::escape(&words)), "{language}: {words}");
            assert!(!page.text.contains(password), "it is not shown again");
        }
    }
    assert_eq!(site.store.secrets(person.id).await.unwrap().password, None);
    let elsewhere = site.session(&person, Strength::Full).await;
    let path = "/en/desk/account/password";
    let page = site.post_as(Some(inside), path, &[("new-password", PASSWORD)]).await;
    let inside = given_word(&page).unwrap();
    assert_eq!(site.get_as(Some(inside), "/en/desk").await.status, StatusCode::OK);
    let other = site.get_as(Some(elsewhere), "/en/desk").await;
    assert_eq!(other.status, StatusCode::SEE_OTHER, "all other sessions end");

    // Whoever finds an open browser cannot lock its owner out.
    site.clock.advance(15 * 60);
    let page = site.post_as(Some(inside), path, &[("new-password", "")]).await;
    assert_eq!(page.header("location"), "/en/sign-in?next=%2Fen%2Fdesk%2Faccount");
    assert!(site.store.secrets(person.id).await.unwrap().password.is_some());
    assert_eq!(site.get_as(Some(inside), "/en/desk").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_signs_in_once_and_looking_at_it_does_not_use_it() {
    let site = TestSite::empty().await;
    let (id, guest, link) = site.guest("guest@example.org", whole("Cables")).await;
    let path = format!("/en/sign-in/link?key={link}");
    for _ in 0..3 {
        let page = site.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.headers.get("set-cookie").is_none());
        assert_eq!(page.header("cache-control"), "no-store");
    }
    assert_eq!(site.held(id).await.owner, None);
    let page = site.post_as(Some(guest), &path, &[]).await;
    let inside = given_word(&page).unwrap();
    assert_eq!(page.header("location"), format!("/en/desk/pieces/{id}"));
    assert!(site.held(id).await.owner.is_some(), "the draft is theirs");
    let edit = format!("/en/desk/pieces/{id}/edit/1");
    assert_eq!(site.get_as(Some(inside), &edit).await.status, StatusCode::OK);
    assert_eq!(site.get_as(Some(guest), &edit).await.status, StatusCode::SEE_OTHER, "dead");
    for page in [site.get(&path).await, site.post_as(None, &path, &[]).await] {
        assert_eq!(page.status, StatusCode::NOT_FOUND, "once");
        assert!(page.text.contains(locale::of(Language::En).say("signin.over")));
    }
    let late = link_to(&site, "late@example.org").await;
    site.clock.advance(60 * 60);
    let page = site.post_as(None, &format!("/en/sign-in/link?key={late}"), &[]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "after an hour");
}
