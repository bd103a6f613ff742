//! A review by its mailed link.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use observatory_model::review::{Answer, Blinding};
use observatory_model::rights::Stage;
use observatory_model::submission::{Attachment, Author, Verdict};
use observatory_store::Appended;

use crate::testing::TestSite;
use crate::testing::desk::{state, told, whole, word};

const SENT: &[(&str, &str)] = &[
    ("go", "send"),
    ("mark-argument", "4"),
    ("mark-evidence", "3"),
    ("mark-relevance", "5"),
    ("mark-language", "2"),
    ("to-authors", "Say more of the islands."),
    ("to-editors", "I know who wrote it."),
    ("verdict", "revise"),
];

#[tokio::test]
async fn a_link_opens_one_review_and_looking_changes_nothing() {
    let site = TestSite::empty().await;
    let (author, author_word) = site.signed_in("author@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    let id = site.at(Stage::Received, &author, &editor, whole("Cables of the islands")).await;
    let other = site.at(Stage::Received, &author, &editor, whole("Ships of the islands")).await;
    let link = site.ask_for_review(id, Blinding::Double).await;
    site.ask_for_review(other, Blinding::Double).await;
    let here = format!("/en/review?key={link}");
    let before = (state(&site.store, id).await, state(&site.store, other).await);
    // A program that looks at every address of a mail, twice, as mail programs do.
    for _ in 0..2 {
        for path in [
            &here,
            &format!("/en/review/file?key={link}"),
            &format!("/en/review/deadline.ics?key={link}"),
        ] {
            let page = site.get(path).await;
            assert!(page.status.is_success() || page.status == StatusCode::NOT_FOUND, "{path}");
            assert_eq!(page.header("cache-control"), "no-store", "{path}");
            let head = Request::head(path).body(Body::empty()).unwrap();
            site.ask(head).await;
        }
    }
    let page = site.get(&here).await;
    assert!(page.text.contains("Cables of the islands") && !page.text.contains("Ships of"));
    assert!(!page.text.contains("Ada Example"), "who wrote it is not told");
    for words in [id, other].map(|id| id.to_string()) {
        assert!(!page.text.contains(&words), "the address of the piece is not told");
        let page = site.get(&format!("/en/desk/pieces/{words}")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "the link opens nothing else");
    }
    assert!(before == (state(&site.store, id).await, state(&site.store, other).await));
    let wrong = site.get(&format!("/en/review?key={}", word())).await;
    let none = site.get("/en/review?key=zzzz").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    assert_eq!(told(&wrong), told(&none));

    // A button does.
    let page = site.post_as(None, &here, &[("go", "accept")]).await;
    assert_eq!(page.header("location"), here);
    assert_eq!(site.store.reviews(id).await.unwrap()[0].answer, Answer::Accepted);
    let page = site.post_as(None, &here, &[("go", "send"), ("to-authors", "Half")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "marks and a verdict are missing");
    assert!(page.text.contains("Half"), "what was typed is there");
    site.post_as(None, &here, SENT).await;
    let done = site.store.reviews(id).await.unwrap().remove(0);
    assert_eq!((done.answer, done.remarks.marks.len()), (Answer::Done, 4));
    assert_eq!(done.remarks.verdict, Some(Verdict::Revise));

    // It was the last word: the link thanks, and shows the piece no more.
    let after = site.get(&here).await;
    assert!(after.status.is_success() && !after.text.contains("Cables of the islands"));
    site.post_as(None, &here, &[("go", "send"), ("to-authors", "Something else")]).await;
    assert_eq!(site.store.reviews(id).await.unwrap()[0].remarks, done.remarks);
    let path = format!("/en/review/file?key={link}");
    assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);

    // The authors read it once it is decided, and what is for the editors never.
    let piece = format!("/en/desk/pieces/{id}");
    assert!(!site.get_as(Some(author_word), &piece).await.text.contains("Say more of the islands"));
    site.decided(id, &editor, Verdict::Revise).await;
    let page = site.get_as(Some(author_word), &piece).await;
    assert!(page.text.contains("Say more of the islands"));
    for secret in ["I know who wrote it", "Rita Reviewer", "reviewer-"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_link_ends_with_its_round() {
    let site = TestSite::empty().await;
    let author = site.person("author@example.org", "researcher").await;
    let (editor, editor_word) = site.signed_in("editor@example.org", "editor").await;
    for way in ["decided", "withdrawn", "revoked"] {
        let id = site.at(Stage::Received, &author, &editor, whole("Cables of the islands")).await;
        let link = site.ask_for_review(id, Blinding::Single).await;
        let here = format!("/en/review?key={link}");
        assert!(site.get(&here).await.text.contains("Ada Example"), "single: the name is there");
        let piece = format!("/en/desk/pieces/{id}");
        match way {
            "decided" => site.decided(id, &editor, Verdict::Revise).await,
            "withdrawn" => {
                let now = observatory_model::Clock::now(&*site.clock);
                assert!(site.store.withdraw_submission(id, "author", now).await.unwrap());
            }
            _ => {
                let review = site.store.reviews(id).await.unwrap()[0].id.to_string();
                let form = [("review", &*review)];
                let page = site.post_as(Some(editor_word), &format!("{piece}/revoke"), &form).await;
                assert!(page.header("location").ends_with("did=revoked"));
            }
        }
        let page = site.get(&here).await;
        assert!(page.status.is_success() && !page.text.contains("Cables of the islands"), "{way}");
        let before = state(&site.store, id).await;
        for go in ["accept", "decline", "send", "keep"] {
            let mut form = SENT.to_vec();
            form[0] = ("go", go);
            site.post_as(None, &here, &form).await;
        }
        assert!(state(&site.store, id).await == before, "{way}");
    }
}

#[tokio::test]
async fn the_copy_of_a_reviewer_tells_no_name() {
    let site = TestSite::empty().await;
    let author = site.person("author@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    let mut draft = whole("Cables of the islands");
    draft.authors = vec![Author { name: "Ada Example".to_owned(), ..Author::default() }];
    let id = site.draft(&author, draft).await;
    let bytes = b"%PDF-1.7 words";
    let appended = site.store.append_upload(id, 0, bytes).await.unwrap();
    assert!(matches!(appended, Appended::To(14)));
    let (hash, bytes) = site.store.finish_upload(id).await.unwrap().unwrap();
    // What stands behind the last dot is not always the kind of the file.
    let name = "cables by A.Example".to_owned();
    let attachment = Attachment { name, bytes, file: hash.to_string() };
    let now = observatory_model::Clock::now(&*site.clock);
    assert!(site.store.attach(id, Some(attachment), now).await.unwrap());
    site.send_in(id, &author).await;
    let (double, single) = (
        site.ask_for_review(id, Blinding::Double).await,
        site.ask_for_review(id, Blinding::Single).await,
    );
    let page = site.get(&format!("/en/review?key={double}")).await;
    assert!(!page.text.contains("xample\"") && !page.text.to_lowercase().contains("a.example"));
    assert!(!page.text.contains(".example<"), "{}", page.text);
    // There is no copy without names yet: better none than one that tells.
    let file = site.get(&format!("/en/review/file?key={double}")).await;
    assert!(file.header("content-disposition").is_empty() && !file.text.contains("%PDF"));
    let file = site.get(&format!("/en/review/file?key={single}")).await;
    assert!(file.header("content-disposition").contains("A.Example"));
    assert_eq!(editor.mail.as_str(), "editor@example.org");
}
