//! Files come in whole or in parts, over lines that break, and go out as files.

use axum::body::Body;
use axum::http::StatusCode;
use observatory_model::alert::Token;
use observatory_model::rights::Stage;
use observatory_model::{Language, SubmissionId};
use observatory_store::MAX_FILE_BYTES;

use crate::locale;
use crate::testing::desk::{own, whole};
use crate::testing::{Page, TestSite};

const BOUNDARY: &str = "zzzz-boundary";

/// A file as a form sends it.
async fn whole_file(
    site: &TestSite,
    who: Option<Token>,
    id: SubmissionId,
    name: &str,
    bytes: &[u8],
) -> Page {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    let request = own("POST", &format!("/en/desk/pieces/{id}/file"), who)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    site.ask(request.body(Body::from(body)).unwrap()).await
}

/// A part of a file as the script sends it; the status and what is told.
async fn part(
    site: &TestSite,
    who: Option<Token>,
    id: SubmissionId,
    query: &str,
    bytes: &[u8],
) -> (StatusCode, serde_json::Value) {
    let path = format!("/en/desk/pieces/{id}/file?{query}");
    let page = site.ask(own("PUT", &path, who).body(Body::from(bytes.to_vec())).unwrap()).await;
    (page.status, serde_json::from_str(&page.text).unwrap_or_default())
}

async fn draft() -> (TestSite, Option<Token>, SubmissionId) {
    let site = TestSite::empty().await;
    let (person, who) = site.signed_in("ada@example.org", "researcher").await;
    let id = site.draft(&person, whole("Cables of the islands")).await;
    (site, Some(who), id)
}

#[tokio::test]
async fn a_file_comes_in_and_goes_out_as_it_was() {
    let (site, who, id) = draft().await;
    let bytes = b"%PDF-1.7\n<script>alert(1)</script>";
    let page = whole_file(&site, who, id, "Cables 2030.pdf", bytes).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), format!("/en/desk/pieces/{id}/edit/1#file"));
    let path = format!("/en/desk/pieces/{id}/file");
    let file = site.get_as(who, &path).await;
    assert_eq!(file.text.as_bytes(), bytes);
    assert_eq!(file.header("content-type"), "application/octet-stream");
    let disposition =
        "attachment; filename=\"Cables 2030.pdf\"; filename*=UTF-8''Cables%202030.pdf";
    assert_eq!(file.header("content-disposition"), disposition);
    let policy = file.header("content-security-policy");
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(file.header("cache-control"), "no-store");
    let page = site.post_as(who, &format!("{path}?remove=yes"), &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let gone = site.get_as(who, &path).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(gone.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_line_breaks_and_the_file_goes_on() {
    let (site, who, id) = draft().await;
    let bytes: Vec<u8> = b"# Cables\n".iter().copied().cycle().take(10_000).collect();
    let query = |at: usize| format!("at={at}&of=10000&name=Cables%20%C3%A9.md");
    let (status, told) = part(&site, who, id, &query(0), &bytes[..4000]).await;
    assert_eq!((status, told["at"].as_u64()), (StatusCode::OK, Some(4000)));
    // The part came, its answer did not: it is sent again, and then one that is not next.
    for at in [2000, 6000] {
        let (status, told) = part(&site, who, id, &query(at), &bytes[at..at + 1000]).await;
        assert_eq!((status, told["at"].as_u64()), (StatusCode::CONFLICT, Some(4000)), "{at}");
    }
    let asked = site.get_as(who, &format!("/en/desk/pieces/{id}/file?at")).await;
    assert_eq!(asked.text, "{\"at\":4000}");
    assert!(site.held(id).await.draft.attachment.is_none(), "half a file is none");
    let (_, told) = part(&site, who, id, &query(4000), &bytes[4000..7000]).await;
    assert_eq!(told["at"], 7000);
    let (_, told) = part(&site, who, id, &query(7000), &bytes[7000..]).await;
    assert_eq!(told["done"], format!("/en/desk/pieces/{id}/edit/1#file"));
    let file = site.get_as(who, &format!("/en/desk/pieces/{id}/file")).await;
    assert_eq!(file.text.as_bytes(), bytes);
    assert!(file.header("content-disposition").ends_with("UTF-8''Cables%20%C3%A9.md"));
    let ended = part(&site, None, id, &query(0), &bytes[..10]).await;
    let words = locale::of(Language::En).say("edit.ended");
    assert_eq!((ended.0, ended.1["refused"].as_str()), (StatusCode::UNAUTHORIZED, Some(words)));
    for query in ["", "at=0", "at=x&of=1", "at=-1&of=1", "at=0&of=18446744073709551616"] {
        let (status, _) = part(&site, who, id, query, b"a").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_taken_is_said() {
    let (site, who, id) = draft().await;
    let t = locale::of(Language::En);
    whole_file(&site, who, id, "kept.md", b"# Kept").await;
    let kept = site.held(id).await.draft.attachment;
    let escaped = |key| crate::html::escape(t.say(key));
    for (name, bytes, key) in [
        ("a.exe", &b"MZ\x90\0"[..], "file.kind"),
        ("a.md", b"<svg onload=alert(1)>", "file.kind"),
        ("a.html", b"<html>", "file.kind"),
        ("a.txt", b"\n<!doctype html><script>alert(1)</script>", "file.kind"),
        ("a.zip", b"PK\x03\x04", "file.kind"),
        ("a.svg", b"<?xml version=\"1.0\"?><svg/>", "file.kind"),
        ("a.md", b"", "file.empty"),
        ("", b"", "file.empty"),
    ] {
        let page = whole_file(&site, who, id, name, bytes).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(page.text.contains(&escaped(key)), "{name}: {}", page.text);
        let query = format!("at=0&of={}&name={name}", bytes.len());
        let (status, told) = part(&site, who, id, &query, bytes).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert_eq!(told["refused"].as_str(), Some(&*escaped(key)), "{name}");
        assert_eq!(site.held(id).await.draft.attachment, kept, "{name}: the old one stays");
    }
    let large = crate::html::escape(&t.plain("file.too_large", &[("most", "50")]));
    let query = format!("at=0&of={}&name=a.pdf", MAX_FILE_BYTES + 1);
    let (status, told) = part(&site, who, id, &query, b"%PDF-").await;
    assert_eq!(
        (status, told["refused"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some(&*large))
    );
    let mut bytes = vec![b' '; usize::try_from(MAX_FILE_BYTES).unwrap() + 1];
    bytes[..5].copy_from_slice(b"%PDF-");
    let page = whole_file(&site, who, id, "a.pdf", &bytes).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains(&large), "{}", page.text);
    // What says at once that it is larger than anything is not even read.
    let request = own("POST", &format!("/en/desk/pieces/{id}/file"), who)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("content-length", 60 * 1024 * 1024);
    let page = site.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text.contains(&large), "{}", page.text);
    assert_eq!(site.held(id).await.draft.attachment, kept);
}

#[tokio::test]
async fn no_name_leads_astray() {
    let (site, who, id) = draft().await;
    for name in [
        "a%0d%0aSet-Cookie:%20a=b.md",
        "..%2f..%2f..%2fetc%2fpasswd.md",
        "%22%3b%20filename=evil.html.md",
        "%3cscript%3ealert(1)%3c%2fscript%3e.md",
        "a%00b.md",
        "%e2%80%aedm.exe.md",
        "%d9%88%d8%b1%d9%82%d8%a9.md",
        "%ff%fe.md",
        "C%3a%5ctemp%5ca.md",
    ] {
        let (status, told) = part(&site, who, id, &format!("at=0&of=1&name={name}"), b"a").await;
        assert_eq!(status, StatusCode::OK, "{name} {told}");
        let file = site.get_as(who, &format!("/en/desk/pieces/{id}/file")).await;
        let line = file.headers.get("content-disposition").unwrap().as_bytes();
        assert!(line.iter().all(|byte| (b' '..=b'~').contains(byte)), "{name}");
        let line = file.header("content-disposition");
        assert!(line.starts_with("attachment; filename=\""), "{name}: {line}");
        assert_eq!(line.matches('"').count(), 2, "{name}: {line}");
        assert_eq!(line.matches(';').count(), 2, "{name}: {line}");
        assert!(!line.contains('/') && !line.contains('\\') && !line.contains(".."), "{line}");
        assert!(file.headers.get("set-cookie").is_none());
        let page = site.get_as(who, &format!("/en/desk/pieces/{id}/edit/1")).await;
        assert!(!page.text.contains("<script>alert"), "{name}");
    }
}

#[tokio::test]
async fn what_was_sent_keeps_its_file() {
    let site = TestSite::empty().await;
    let (person, who) = site.signed_in("ada@example.org", "researcher").await;
    let editor = site.person("editor@example.org", "editor").await;
    for stage in [Stage::Received, Stage::Review, Stage::Published, Stage::Withdrawn] {
        let id = site.at(stage, &person, &editor, whole("Cables of the islands")).await;
        let page = whole_file(&site, Some(who), id, "a.md", b"# Other").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{stage}");
        let (status, _) = part(&site, Some(who), id, "at=0&of=1&name=a.md", b"a").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{stage}");
        assert!(site.held(id).await.draft.attachment.is_none());
        assert_eq!(site.store.uploaded(id).await.unwrap(), 0, "{stage}: nothing fills the disk");
    }
}
