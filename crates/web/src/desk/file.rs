//! The file of a piece: it comes in whole from a form or in parts over a line that breaks, is read, and
//! goes out again as a file to be kept, never as a page.

use std::task::Poll;

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use observatory_model::SubmissionId;
use observatory_model::paper::{PaperFormat, UnreadableReason};
use observatory_model::rights::Action;
use observatory_model::submission::{Attachment, Draft};
use observatory_store::{Appended, FileHash, MAX_FILE_BYTES, Manuscript, StoreError};
use serde_json::json;

use crate::assets::Scripts;
use crate::cache::{Policy, redirect};
use crate::desk::notice::Notice;
use crate::desk::saves::told;
use crate::error::PageError;
use crate::html::Html;
use crate::locale::Locale;
use crate::origin;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// Bytes by which one sees what a file is.
const HEAD_BYTES: u64 = 64 * 1024;

/// Longest name of a file, in characters.
const MAX_NAME_CHARS: usize = 200;

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Kind,
    TooLarge,
    Empty,
}

impl Refused {
    const fn key(self) -> &'static str {
        match self {
            Self::Kind => "file.kind",
            Self::TooLarge => "file.too_large",
            Self::Empty => "file.empty",
        }
    }
}

/// `GET /{lang}/desk/pieces/{id}/file`: the file as it was handed in; with `?at`, how much of one that
/// is coming in is here.
pub(crate) async fn give(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let submission = visitor.submission(&site, &reader, Action::Read).await?;
    let id = submission.id;
    if reader.parameter("at").is_some() {
        let at = site.store().uploaded(id).await?;
        return Ok(told(StatusCode::OK, &json!({ "at": at })));
    }
    let attachment = submission.draft.attachment.ok_or(PageError::NotFound)?;
    send(&site, &attachment).await
}

/// A file as something to be kept: no browser opens it as a page of this site.
pub(crate) async fn send(site: &Site, attachment: &Attachment) -> Result<Response, PageError> {
    let hash: FileHash = attachment.file.parse().or(Err(PageError::NotFound))?;
    let bytes = site.store().file(&hash).await?.ok_or(PageError::NotFound)?;
    Ok(attached(bytes, &attachment.name))
}

/// Bytes under a name, as an attachment in a sandbox.
pub(crate) fn attached(bytes: Vec<u8>, name: &str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' })
        .collect();
    // RFC 6266 §4.3: the plain name for old programs, the true one beside it (RFC 8187).
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
        .replace('*', "%2A");
    let value = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    headers.insert(CACHE_CONTROL, Policy::Never.cache_control());
    response.extensions_mut().insert(Scripts::Sandbox);
    response
}

/// `POST /{lang}/desk/pieces/{id}/file`: from the form, whole; or `?remove=yes`.
pub(crate) async fn take(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageError> {
    if !origin::is_own(&headers, &site.settings().public_origin) {
        return Err(PageError::Foreign);
    }
    let id = visitor.submission(&site, &reader, Action::Edit).await?.id;
    let to = format!("{}#file", urls::edit_piece(reader.language, id, 1));
    if reader.parameter("remove").is_some() {
        site.store().attach(id, None, site.now()).await?;
        return Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never));
    }
    let request = request.map(in_breaths);
    let multipart = Multipart::from_request(request, &site).await;
    let mut multipart = multipart.or(Err(PageError::BadRequest))?;
    let mut taken = Err(Refused::Empty);
    while let Some(mut field) = multipart.next_field().await.or(Err(PageError::BadRequest))? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let mut at = 0;
        taken = loop {
            let Some(piece) = field.chunk().await.or(Err(PageError::BadRequest))? else {
                break finish(&site, id, &name, at).await?;
            };
            match site.store().append_upload(id, at, &piece).await {
                Ok(Appended::To(here)) => at = here,
                // Another tab sends a file for the same piece: of two that mix, none is kept.
                Ok(Appended::Expects(_)) => return Err(PageError::Busy),
                Err(StoreError::TooLarge { .. }) => break Err(Refused::TooLarge),
                Err(error) => return Err(error.into()),
            }
        };
    }
    match taken {
        Ok(()) => Ok(redirect(StatusCode::SEE_OTHER, &to, Policy::Never)),
        Err(refused) => refuse(&site, &reader, refused, &to),
    }
}

fn refuse(
    site: &Site,
    reader: &Reader,
    refused: Refused,
    back: &str,
) -> Result<Response, PageError> {
    let t = reader.locale;
    let about = vec![words_of(t, refused)];
    let ways = vec![Html::link(back, t.say("edit.title"))];
    let notice = Notice { heading: t.say("file.refused"), about, ways };
    notice.answer(site, reader, StatusCode::UNPROCESSABLE_ENTITY)
}

/// What is said of a file that is larger than any that is taken.
pub(crate) fn too_large(t: &Locale) -> String {
    let most = (MAX_FILE_BYTES / (1024 * 1024)).to_string();
    t.plain("file.too_large", &[("most", &most)])
}

fn words_of(t: &Locale, refused: Refused) -> Html {
    match refused {
        Refused::TooLarge => Html::text(&too_large(t)),
        Refused::Kind | Refused::Empty => Html::text(t.say(refused.key())),
    }
}

/// The same body, a piece at a time. The reader of forms takes everything that has arrived before it gives
/// anything on: of 200 files that come in faster than the disk takes them it would hold several megabytes
/// each. After every piece it finds nothing for a moment, and gives on what it has.
fn in_breaths(body: Body) -> Body {
    let mut pieces = body.into_data_stream();
    let mut rests = false;
    Body::from_stream(stream::poll_fn(move |context| {
        if std::mem::take(&mut rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = pieces.poll_next_unpin(context);
        rests = matches!(piece, Poll::Ready(Some(_)));
        piece
    }))
}

/// `PUT /{lang}/desk/pieces/{id}/file?at=…&of=…&name=…`: a part, from the script. The answer says how
/// much is here, so that a line that broke goes on where it stopped.
pub(crate) async fn take_part(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PageError> {
    if !origin::is_own(&headers, &site.settings().public_origin) {
        return Err(PageError::Foreign);
    }
    let id = match visitor.submission(&site, &reader, Action::Edit).await {
        // The script shows these words; led elsewhere, it would try again for ever.
        Err(PageError::SignIn | PageError::SecondFactor) => {
            let ended = reader.locale.say("edit.ended");
            return Ok(told(StatusCode::UNAUTHORIZED, &json!({ "refused": ended })));
        }
        found => found?.id,
    };
    let number = |name: &str| reader.parameter(name).and_then(|value| value.parse::<u64>().ok());
    let (Some(at), Some(of)) = (number("at"), number("of")) else {
        return Err(PageError::BadRequest);
    };
    let t = reader.locale;
    let refused = |refused: Refused| {
        let words = words_of(t, refused);
        told(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "refused": words.as_str() }))
    };
    if of > MAX_FILE_BYTES {
        return Ok(refused(Refused::TooLarge));
    }
    let piece = body.collect().await.or(Err(PageError::BadRequest))?.to_bytes();
    let here = match site.store().append_upload(id, at, &piece).await {
        Ok(Appended::To(here)) => here,
        Ok(Appended::Expects(here)) => {
            return Ok(told(StatusCode::CONFLICT, &json!({ "at": here })));
        }
        Err(StoreError::TooLarge { .. }) => return Ok(refused(Refused::TooLarge)),
        Err(error) => return Err(error.into()),
    };
    if here < of {
        return Ok(told(StatusCode::OK, &json!({ "at": here })));
    }
    let name = reader.parameter("name").unwrap_or_default();
    match finish(&site, id, &name, here).await? {
        Ok(()) => {
            let to = format!("{}#file", urls::edit_piece(reader.language, id, 1));
            Ok(told(StatusCode::OK, &json!({ "at": here, "done": to })))
        }
        Err(why) => Ok(refused(why)),
    }
}

/// The file is here: it is kept where it is of a kind that is read.
async fn finish(
    site: &Site,
    id: SubmissionId,
    name: &str,
    bytes: u64,
) -> Result<Result<(), Refused>, PageError> {
    if bytes == 0 {
        return Ok(Err(Refused::Empty));
    }
    let head = site.store().begin_of_upload(id, HEAD_BYTES).await?;
    let name = name_of(name);
    if !is_taken(&head, &name) {
        return Ok(Err(Refused::Kind));
    }
    let Some((hash, bytes)) = site.store().finish_upload(id).await? else {
        return Ok(Err(Refused::Empty));
    };
    let attachment = Attachment { name, bytes, file: hash.to_string() };
    if site.store().attach(id, Some(attachment), site.now()).await? {
        Ok(Ok(()))
    } else {
        Err(PageError::NotFound)
    }
}

/// The name of a file without a path and what no file system likes.
fn name_of(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_turning(*c) && !"<>:\"|?*".contains(*c))
        .take(MAX_NAME_CHARS)
        .collect();
    let clean = clean.trim().trim_matches('.').to_owned();
    if clean.is_empty() { "paper".to_owned() } else { clean }
}

/// Signs that turn the direction of what follows: `gpj.exe` would look like `exe.jpg` by them.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a file is of a kind that is read: by what it begins with, and by its name where text has no
/// beginning of its own.
fn is_taken(head: &[u8], name: &str) -> bool {
    let name = name.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let is_pdf = head.windows(5).take(1024).any(|window| window == b"%PDF-");
    if is_pdf {
        return true;
    }
    if head.starts_with(b"PK\x03\x04") {
        return ends(&[".docx"]);
    }
    let is_text = !head.contains(&0) && ends(&[".md", ".markdown", ".txt"]);
    let begins = head.trim_ascii_start();
    let is_markup = begins.starts_with(b"<!")
        || begins.starts_with(b"<?xml")
        || begins.starts_with(b"<svg")
        || begins.starts_with(b"<html");
    is_text && !is_markup
}

/// What was read of the file of a draft, in words.
pub(crate) async fn read_words(
    site: &Site,
    t: &Locale,
    draft: &Draft,
) -> Result<Option<Html>, PageError> {
    let Some(attachment) = &draft.attachment else { return Ok(None) };
    let words = match site.store().manuscript(&attachment.file).await? {
        None => Html::text(t.say("file.reading")),
        Some(Manuscript::Paper(paper)) => {
            let parts = u64::try_from(paper.parts.len()).unwrap_or(0);
            let key = if paper.format == PaperFormat::Pdf { "file.pages" } else { "file.parts" };
            let mut sentences = vec![Html::text(&t.count(key, parts))];
            if let Some(title) = &paper.title {
                sentences.push(t.fill("file.title", &[("title", Html::name(&title.value))]));
            }
            t.sentences(&sentences)
        }
        Some(Manuscript::Unreadable(why)) => t.sentences(&[
            Html::text(t.say(&format!("unreadable.{}", why.reason.code()))),
            Html::text(remedy(t, why.reason)),
        ]),
    };
    Ok(Some(words))
}

fn remedy(t: &Locale, reason: UnreadableReason) -> &str {
    // The key lives as long as the sentence only where there is none.
    match reason.code() {
        _ if t.say("file.unreadable_still").is_empty() => "",
        _ => t.say("file.unreadable_still"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_could_lead_astray() {
        assert_eq!(name_of("C:\\temp\\paper.pdf"), "paper.pdf");
        assert_eq!(name_of("../../etc/passwd"), "passwd");
        assert_eq!(name_of("a\u{202e}fdp.exe\r\n.pdf"), "afdp.exe.pdf");
        assert_eq!(name_of("<script>.md"), "script.md");
        assert_eq!(name_of("ورقة.pdf"), "ورقة.pdf");
        assert_eq!(name_of("..."), "paper");
    }

    #[test]
    fn only_what_is_read_is_taken() {
        assert!(is_taken(b"%PDF-1.7", "a.bin"));
        assert!(is_taken(b"PK\x03\x04", "a.DOCX") && !is_taken(b"PK\x03\x04", "a.zip"));
        assert!(is_taken("# العنوان".as_bytes(), "a.md"));
        assert!(!is_taken(b"\n<svg onload=alert(1)>", "a.md"));
        assert!(!is_taken(b"a\0b", "a.txt") && !is_taken(b"MZ", "a.exe"));
    }
}
