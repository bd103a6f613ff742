//! What editors do with several pieces, whom they are shown to ask, and how a piece is renewed.

use axum::http::StatusCode;
use observatory_model::rights::Stage;
use observatory_model::submission::{Draft, Save, Verdict};
use observatory_model::{Clock as _, Language};

use crate::locale;
use crate::testing::TestSite;
use crate::testing::desk::whole;

#[tokio::test]
async fn what_was_decided_of_several_is_taken_back_at_once() {
    let site = TestSite::empty().await;
    let author = site.person("ada@example.org", "researcher").await;
    let (editor, word) = site.signed_in("editor@example.org", "editor").await;
    let mut ids = Vec::new();
    for title in ["First", "Second", "Third"] {
        ids.push(site.at(Stage::Received, &author, &editor, whole(title)).await);
    }
    let queue = "/en/desk/queue?stage=received";
    let chosen: Vec<String> = ids.iter().take(2).map(ToString::to_string).collect();
    let mut form: Vec<(&str, &str)> = chosen.iter().map(|id| ("piece", id.as_str())).collect();
    form.push(("reason", "1"));
    let page = site.post_as(Some(word), queue, &form).await;
    let decided = page.header("location").to_owned();
    assert_eq!(decided, format!("{queue}&did=decided"));
    let page = site.get_as(Some(word), &decided).await;
    for id in &chosen {
        assert!(page.text.contains(&format!("type=hidden name=piece value={id}")), "{id}");
    }
    assert_eq!(page.text.matches("type=hidden name=piece").count(), 2);

    let mut form: Vec<(&str, &str)> = chosen.iter().map(|id| ("piece", id.as_str())).collect();
    form.push(("go", "undo"));
    let page = site.post_as(Some(word), &decided, &form).await;
    assert_eq!(page.header("location"), format!("{queue}&did=undone"));
    let page = site.get_as(Some(word), page.header("location")).await;
    assert!(page.text.contains(locale::of(Language::En).say("did.undone")));
    for id in &ids {
        assert_eq!(site.held(*id).await.pending, None);
    }

    // Ten seconds later it is too late, and that is what is said.
    let form = [("piece", chosen[0].as_str()), ("reason", "1")];
    site.post_as(Some(word), queue, &form).await;
    site.clock.advance(11);
    let form = [("piece", chosen[0].as_str()), ("go", "undo")];
    let page = site.post_as(Some(word), queue, &form).await;
    assert_eq!(page.header("location"), format!("{queue}&did=late"));
    assert!(site.held(ids[0]).await.pending.is_some());
}

#[tokio::test]
async fn reviewers_who_know_the_subject_and_the_language_come_first() {
    let site = TestSite::empty().await;
    let author = site.person("ada@example.org", "researcher,reviewer").await;
    let (editor, word) = site.signed_in("editor@example.org", "editor").await;
    for (mail, language, knows) in [
        ("nobody@example.org", Language::En, "tax law"),
        ("french@example.org", Language::Fr, "droit, fiscalité"),
        ("chinese@example.org", Language::Zh, "卫星, 频谱"),
        ("both@example.org", Language::Fr, "cables; satélite"),
    ] {
        let mut person = site.person(mail, "reviewer").await;
        person.language = language;
        person.knows = knows.to_owned();
        site.store.describe_person(&person, site.clock.now()).await.unwrap();
    }
    let draft = Draft { language: Some(Language::Fr), ..whole("Les îles") };
    let draft = Draft { text: "Le satellite remplace les cables. ".repeat(20), ..draft };
    let id = site.at(Stage::Received, &author, &editor, draft).await;
    let page = site.get_as(Some(word), &format!("/en/desk/pieces/{id}")).await;
    let shown: Vec<&str> = page
        .text
        .split("name=reviewer value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let expected =
        ["both@example.org", "chinese@example.org", "french@example.org", "nobody@example.org", ""];
    assert_eq!(shown, expected, "nobody reviews their own");
    assert!(page.text.contains("cables, satélite"), "and why is said");

    let form = [("reviewer", "chinese@example.org"), ("language", "fr"), ("name", "")];
    let assign = format!("/en/desk/pieces/{id}/assign");
    let page = site.post_as(Some(word), &assign, &form).await;
    assert!(page.header("location").ends_with("did=asked"), "{}", page.text);
    let reviews = site.store.reviews(id).await.unwrap();
    assert_eq!(reviews[0].mail.as_str(), "chinese@example.org");
    assert_eq!(reviews[0].language, Language::Zh, "in their own language");
    // Somebody who is no reviewer is not taken from a list they are not on; the rest must be typed.
    let form = [("reviewer", "ada@example.org"), ("mail", "")];
    let form_of = [("reviewer", "nobody@example.com"), ("mail", ""), ("name", "N")];
    for form in [&form[..], &form_of[..]] {
        let page = site.post_as(Some(word), &assign, form).await;
        let is_asked = page.header("location").ends_with("did=asked");
        assert_eq!(is_asked, form.len() == 2, "{form:?}");
    }
}

#[tokio::test]
async fn an_author_renews_a_published_piece() {
    let site = TestSite::filled().await;
    let (author, word) = site.signed_in("ada@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    let id = site.at(Stage::Published, &author, &editor, whole("Cables of the islands")).await;
    let page = site.get_as(Some(word), &format!("/en/desk/pieces/{id}")).await;
    assert!(page.text.contains(&format!("/en/desk/pieces/{id}/renew")));
    let page = site.post_as(Some(word), &format!("/en/desk/pieces/{id}/renew"), &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let there = page.header("location").to_owned();
    let next = there.rsplit('/').next().unwrap().parse().unwrap();
    assert_ne!(next, id);
    let page = site.get_as(Some(word), &there).await;
    let t = locale::of(Language::En);
    assert!(page.text.contains(t.say("piece.renewed")), "it says what it will be");
    assert!(page.text.contains("/en/academic-network/cables-of-the-islands"));
    let page = site.get_as(Some(word), &format!("{there}/edit/3")).await;
    assert!(page.text.contains("name=changes"), "what is new is asked for");

    // The version before it stays what readers get until the next one is accepted.
    let held = site.held(next).await;
    let draft = Draft { text: "The cables were laid again. ".repeat(20), ..held.draft };
    let save = Save { base: held.revision, device: "d".to_owned(), sequence: 1, draft };
    site.store.save_draft(next, save, site.clock.now()).await.unwrap().unwrap();
    let public = "/en/academic-network/cables-of-the-islands";
    assert!(!site.get(public).await.text.contains("laid again"));
    site.send_in(next, &author).await;
    let page = site.get_as(Some(word), &there).await;
    assert!(page.text.contains(t.say("piece.round_published")) && page.text.contains("<ins>"));
    site.decided(next, &editor, Verdict::Accept).await;
    assert!(site.get(public).await.text.contains("laid again"));
    assert!(!site.get(&format!("{public}/v1")).await.text.contains("laid again"));
    assert!(site.get(&format!("{public}/v2")).await.text.contains("laid again"));
}
