//! What is typed is never lost: not to another tab, not to a session that has ended, not to its length.

use axum::body::Body;
use axum::http::StatusCode;
use observatory_model::SubmissionId;
use observatory_model::alert::Token;
use observatory_model::person::Strength;
use observatory_model::review::Blinding;
use observatory_model::rights::Stage;
use observatory_model::submission::{MAX_TEXT_BYTES, Verdict};

use crate::testing::desk::{encoded, own, whole};
use crate::testing::{HOSTILE, Page, TestSite};

/// A form as a tab has it: the fields that are not typed.
struct Tab {
    path: String,
    base: String,
    was: String,
}

impl Tab {
    async fn open(site: &TestSite, who: Token, id: SubmissionId, step: u8) -> Self {
        let path = format!("/en/desk/pieces/{id}/edit/{step}");
        let page = site.get_as(Some(who), &path).await;
        assert_eq!(page.status, StatusCode::OK);
        let hidden = |name: &str| {
            let after = page.text.split(&format!("name={name} value=")).nth(1).unwrap();
            after.split('>').next().unwrap().trim_matches('"').to_owned()
        };
        Self { base: hidden("base"), was: hidden("was"), path }
    }

    async fn send(&self, site: &TestSite, who: Option<Token>, typed: &[(&str, &str)]) -> Page {
        let mut pairs = vec![("base", &*self.base), ("was", &*self.was)];
        pairs.extend(typed);
        site.post_as(who, &self.path, &pairs).await
    }
}

fn first_step<'a>(title: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("kind", "thought-piece"),
        ("language", "en"),
        ("title", title),
        ("summary", "Satellites reach the islands."),
        ("text", text),
    ]
}

/// A site with a draft of somebody who has signed in.
async fn draft() -> (TestSite, Token, SubmissionId) {
    let site = TestSite::empty().await;
    let (person, who) = site.signed_in("ada@example.org", "researcher").await;
    let id = site.draft(&person, whole("Cables of the islands")).await;
    (site, who, id)
}

#[tokio::test]
async fn of_two_tabs_neither_loses_its_words() {
    let (site, who, id) = draft().await;
    let saves = format!("/en/desk/pieces/{id}/saves");
    for go in ["take", "leave"] {
        let one = Tab::open(&site, who, id, 1).await;
        let other = Tab::open(&site, who, id, 1).await;
        let page = one.send(&site, Some(who), &first_step("From the one", "One")).await;
        assert_eq!(page.header("location"), format!("/en/desk/pieces/{id}/edit/2"));
        let title = format!("From the other {HOSTILE}");
        let page = other.send(&site, Some(who), &first_step(&title, "Other")).await;
        assert_eq!(page.header("location"), saves);
        assert_eq!(site.held(id).await.draft.title, "From the one", "not over it");
        let page = site.get_as(Some(who), &saves).await;
        for words in ["From the one", "From the other", "&#60;script&#62;", "Other", "One"] {
            assert!(page.text.contains(words), "{words}");
        }
        assert!(!page.text.contains("<script>alert"));
        let edit = site.get_as(Some(who), &one.path).await;
        assert!(edit.text.contains(&format!("href=\"{saves}\"")), "the form says so");
        let save = site.store.saves_beside(id).await.unwrap().remove(0).id;
        let page = site.post_as(Some(who), &saves, &[("save", &save), ("go", go)]).await;
        assert_eq!(page.header("location"), format!("/en/desk/pieces/{id}/edit/1"), "none is left");
        let held = site.held(id).await.draft;
        let kept = if go == "take" { (&*title, "Other") } else { ("From the one", "One") };
        assert_eq!((held.title.as_str(), held.text.as_str()), kept, "{go}");
        let states = site.store.draft_states(id).await.unwrap();
        for words in ["One", "Other"] {
            assert!(states.iter().any(|state| state.draft.text == words), "{go} {words}");
        }
    }
}

#[tokio::test]
async fn tabs_on_different_pages_of_the_form_do_not_meet() {
    let (site, who, id) = draft().await;
    let (first, third) = (Tab::open(&site, who, id, 1).await, Tab::open(&site, who, id, 3).await);
    let second = Tab::open(&site, who, id, 2).await;
    first.send(&site, Some(who), &first_step("Typed in the first", "Words")).await;
    let page = third
        .send(
            &site,
            Some(who),
            &[("licence", "cc-by"), ("interests", "Paid by none"), ("ai-use", "")],
        )
        .await;
    assert_eq!(page.header("location"), format!("/en/desk/pieces/{id}/edit/4"));
    second.send(&site, Some(who), &[("name-0", "Ada"), ("orcid-0", ""), ("go", "later")]).await;
    let held = site.held(id).await.draft;
    assert_eq!(
        (held.title.as_str(), held.interests.as_str()),
        ("Typed in the first", "Paid by none")
    );
    assert_eq!(held.authors.first().unwrap().name, "Ada");
    assert!(site.store.saves_beside(id).await.unwrap().is_empty());
}

/// The fields of the page that shows what was typed, as a browser reads them.
fn shown(page: &Page) -> Vec<(String, String)> {
    let unescaped = |text: &str| {
        text.replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#38;", "&")
    };
    let fields = page.text.split("<textarea name=\"").skip(1);
    fields
        .map(|field| {
            let (name, rest) = field.split_once('"').unwrap();
            // HTML leaves the first line end after the tag out (HTML §13.1.2.5).
            let words = rest.split_once(">\n").unwrap().1.split("</textarea>").next().unwrap();
            (unescaped(name), unescaped(words))
        })
        .collect()
}

#[tokio::test]
async fn a_form_is_not_lost_with_its_session() {
    let (site, who, id) = draft().await;
    let tab = Tab::open(&site, who, id, 1).await;
    let text = format!("\n\nFirst line\n{HOSTILE} &amp; </textarea><b>");
    let typed = first_step("Typed for an hour", &text);
    let before = site.held(id).await;
    site.post_as(Some(who), "/en/sign-out", &[]).await;
    let mut pages = Vec::new();
    for who in [Some(who), None] {
        let page = tab.send(&site, who, &typed).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<b>"));
        let next = format!("/en/sign-in?next=%2Fen%2Fdesk%2Fpieces%2F{id}%2Fedit%2F1");
        assert!(page.text.contains(&format!("href=\"{next}\"")), "{}", page.text);
        assert!(page.text.contains(&format!("action=\"{}\"", tab.path)));
        assert_eq!(site.held(id).await, before, "nothing is kept of somebody unknown");
        let shown = shown(&page);
        for (name, words) in &typed {
            let found = shown.iter().find(|(known, _)| known == name);
            assert_eq!(found.unwrap().1, *words, "{name}");
        }
        pages.push(shown);
    }
    let person = site.store.person_of_mail(&"ada@example.org".parse().unwrap()).await.unwrap();
    let again = site.session(&person.unwrap(), Strength::Full).await;
    let pairs: Vec<(&str, &str)> =
        pages[0].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = site.post_as(Some(again), &tab.path, &pairs).await;
    assert_eq!(page.header("location"), format!("/en/desk/pieces/{id}/edit/2"));
    let held = site.held(id).await.draft;
    assert_eq!((held.title.as_str(), held.text.as_str()), ("Typed for an hour", &*text));
}

#[tokio::test]
async fn a_message_is_not_lost_with_its_session_either() {
    let site = TestSite::empty().await;
    let (person, _) = site.signed_in("ada@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    let id = site.at(Stage::Received, &person, &editor, whole("Cables")).await;
    let path = format!("/en/desk/pieces/{id}/message");
    let page = site.post_as(None, &path, &[("words", "Typed for an hour")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert_eq!(shown(&page), [("words".to_owned(), "Typed for an hour".to_owned())]);
    // Signing in leads to the page of the piece: what messages are sent to is no page.
    let next = format!("/en/sign-in?next=%2Fen%2Fdesk%2Fpieces%2F{id}\"");
    assert!(page.text.contains(&next), "{}", page.text);
    let page = site.post_as(None, "/en/desk/account/end", &[("session", "x")]).await;
    assert_eq!(page.header("location"), "/en/sign-in?next=%2Fen%2Fdesk%2Faccount");
    let page = site.post_as(None, "/en/desk/domains", &[("domain", "x.org")]).await;
    assert_eq!(page.header("location"), "/en/sign-in?next=%2Fen%2Fdesk%2Fpeople");
}

#[tokio::test]
async fn the_script_is_told_what_became_of_a_save() {
    let (site, who, id) = draft().await;
    let path = format!("/en/desk/pieces/{id}/save");
    let tab = Tab::open(&site, who, id, 1).await;
    let save = async |who, title: &str, base: &str, was: &str, device: &str, sequence: &str| {
        let mut pairs = first_step(title, "Words");
        pairs.extend([("step", "1"), ("base", base), ("was", was)]);
        pairs.extend([("device", device), ("sequence", sequence)]);
        let page = site.post_as(who, &path, &pairs).await;
        let json = page.header("content-type") == "application/json";
        assert!(json && page.header("cache-control") == "no-store", "{}", page.text);
        (page.status, serde_json::from_str::<serde_json::Value>(&page.text).unwrap())
    };
    let (status, told) = save(Some(who), "One", &tab.base, &tab.was, "a", "1").await;
    assert_eq!((status, told["kept"].as_str()), (StatusCode::OK, Some("here")));
    let (base, was) = (told["base"].to_string(), told["was"].as_str().unwrap().to_owned());
    assert_eq!(site.held(id).await.revision.to_string(), base);
    let (_, told) = save(Some(who), "Two", &base, &was, "a", "2").await;
    assert_eq!(told["kept"], "here");
    // The answer to the second was lost: the third knows only what the first was told.
    let (_, told) = save(Some(who), "Three", &base, &was, "a", "3").await;
    assert_eq!(told["kept"], "here");
    assert_eq!(site.held(id).await.draft.title, "Three");
    // One that was slow on its way, and one of another device that has not seen it.
    for (title, device, sequence) in [("Late", "a", "2"), ("Elsewhere", "b", "1")] {
        let (status, told) = save(Some(who), title, &tab.base, &tab.was, device, sequence).await;
        assert_eq!((status, told["kept"].as_str()), (StatusCode::OK, Some("beside")), "{title}");
        assert_eq!(told["saves"], format!("/en/desk/pieces/{id}/saves"));
    }
    assert_eq!(site.held(id).await.draft.title, "Three");
    assert_eq!(site.store.saves_beside(id).await.unwrap().len(), 2);
    let (status, told) = save(None, "Four", &base, &was, "a", "4").await;
    assert_eq!((status, told["kept"].as_str()), (StatusCode::UNAUTHORIZED, Some("device")));
}

#[tokio::test]
async fn what_is_typed_after_sending_is_kept_beside() {
    let site = TestSite::empty().await;
    let (person, who) = site.signed_in("ada@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    for stage in [Stage::Received, Stage::Review, Stage::Published, Stage::Declined] {
        let id = site.draft(&person, whole("Cables of the islands")).await;
        let tab = Tab::open(&site, who, id, 1).await;
        let sent = site.held(id).await.draft;
        site.send_in(id, &person).await;
        match stage {
            Stage::Review => {
                site.ask_for_review(id, Blinding::Double).await;
            }
            Stage::Published => {
                site.decided(id, &editor, Verdict::Accept).await;
            }
            Stage::Declined => {
                site.decided(id, &editor, Verdict::Decline).await;
            }
            _ => {}
        }
        let page = tab.send(&site, Some(who), &first_step("One word more", "Words")).await;
        let saves = format!("/en/desk/pieces/{id}/saves");
        assert_eq!(page.header("location"), saves, "{stage}");
        assert_eq!(site.held(id).await.draft, sent, "{stage}");
        let page = site.get_as(Some(who), &saves).await;
        assert_eq!(page.status, StatusCode::OK, "{stage}");
        assert!(page.text.contains("One word more"), "{stage}");
        assert!(!page.text.contains("value=take"), "{stage}: nothing can be chosen now");
    }
}

#[tokio::test]
async fn a_text_may_be_longer_than_can_be_sent() {
    let (site, who, id) = draft().await;
    let long = "é".repeat(MAX_TEXT_BYTES / 2 + 1);
    let tab = Tab::open(&site, who, id, 1).await;
    let page = tab.send(&site, Some(who), &first_step("Long", &long)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(site.held(id).await.draft.text, long);
    let last = site.get_as(Some(who), &format!("/en/desk/pieces/{id}/edit/4")).await;
    let t = crate::locale::of(observatory_model::Language::En);
    assert!(last.text.contains(t.say("problem.text-long")));
    // Beyond what any text of ours has, and a file would carry it.
    let longer = "é".repeat(2 * MAX_TEXT_BYTES);
    let body = encoded(&first_step("Longer", &longer));
    for told in [true, false] {
        let mut request = own("POST", &tab.path, Some(who));
        if told {
            request = request.header("content-length", body.len());
        }
        let page = site.ask(request.body(Body::from(body.clone())).unwrap()).await;
        assert!(page.status.is_client_error(), "{}", page.status);
        assert!(page.text.contains("<h1>"), "a face: {}", page.text);
        assert_eq!(site.held(id).await.draft.text, long, "what was kept stays");
    }
}
