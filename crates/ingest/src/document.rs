//! A document as it came: what it is called, and its text in a charset that its reader knows.

use std::borrow::Cow;

use observatory_model::WebAddress;

use crate::encoding::to_text;
use crate::fetch::Fetch;
use crate::parsers::on_thread;

/// Longest name of a document, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// Bytes in which the mark of a PDF is looked for, as its reader does.
const HEAD: usize = 1024;

/// What the file at an address is called: the last part of its path, else the host. Where the server
/// says that it is Markdown, it ends so.
pub fn name_of(fetch: &Fetch) -> String {
    let name = last_part(&fetch.final_url).unwrap_or_else(|| fetch.final_url.host().to_owned());
    let is_markdown = fetch
        .content_type
        .as_deref()
        .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/markdown"));
    if is_markdown && !name.to_ascii_lowercase().ends_with(".md") {
        format!("{name}.md")
    } else {
        name
    }
}

fn last_part(url: &WebAddress) -> Option<String> {
    let part = url.url().path_segments()?.rfind(|part| !part.is_empty())?;
    let mut decoded = Vec::with_capacity(part.len());
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let pair = (byte == b'%').then(|| Some(digit(rest.next())? * 16 + digit(rest.next())?));
        match pair.flatten().and_then(|pair| u8::try_from(pair).ok()) {
            Some(pair) => {
                decoded.push(pair);
                bytes = rest;
            }
            None => decoded.push(byte),
        }
    }
    let name = String::from_utf8_lossy(&decoded).replace(char::is_control, " ");
    let end = name.floor_char_boundary(MAX_NAME_BYTES);
    name.get(..end).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The bytes for the reader: a text of whatever charset as UTF-8, anything else as it is.
///
/// `content_type` is what the server says; a file in a folder has none.
pub async fn readable(bytes: Vec<u8>, content_type: Option<String>) -> Vec<u8> {
    let head = bytes.get(..HEAD).unwrap_or(&bytes);
    let is_pdf = head.windows(5).any(|window| window == b"%PDF-");
    // What text never has, whatever its charset: two bytes of a zip file, and of what Office wrapped.
    let is_wrapped = head.starts_with(b"PK") || head.starts_with(b"\xd0\xcf\x11\xe0");
    let says_text = content_type.as_deref().is_none_or(|kind| {
        let kind = kind.trim().to_ascii_lowercase();
        kind.starts_with("text/") || kind.contains("xml") || kind.contains("html")
    });
    if is_pdf || is_wrapped || !says_text || std::str::from_utf8(&bytes).is_ok() {
        return bytes;
    }
    let kept = bytes.clone();
    let decoded =
        on_thread(move || to_text(&bytes, content_type.as_deref()).map(Cow::into_owned)).await;
    // What fits no charset its reader names.
    decoded.map_or(kept, String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(url: &str, content_type: Option<&str>) -> Fetch {
        Fetch {
            status: 200,
            bytes: Vec::new(),
            content_type: content_type.map(str::to_owned),
            etag: None,
            last_modified: None,
            final_url: url.parse().unwrap(),
            moved_to: None,
            retry_after_seconds: None,
            fresh_seconds: 0,
            links: crate::Links::default(),
            wire_bytes: 0,
        }
    }

    #[test]
    fn a_document_is_called_by_the_end_of_its_address() {
        for (url, name) in [
            ("https://a.org/x/R%C3%A9port%20final.pdf?download=1", "Réport final.pdf"),
            ("https://www.a.org/", "a.org"),
            ("https://a.org/x/", "x"),
            ("https://a.org/100%", "100%"),
            ("https://a.org/%0a%00", "a.org"),
        ] {
            assert_eq!(name_of(&fetch(url, None)), name);
        }
        let markdown = Some("text/markdown; charset=utf-8");
        assert_eq!(name_of(&fetch("https://a.org/readme", markdown)), "readme.md");
    }

    #[tokio::test]
    async fn texts_are_decoded_and_files_are_not() {
        let cyrillic =
            b"<html><meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0";
        let kind = Some("text/html".to_owned());
        let text = readable(cyrillic.to_vec(), kind.clone()).await;
        assert!(String::from_utf8(text).unwrap().contains("Привет, мир"));
        let pdf = b"%PDF-1.7\n\xe2\xe3\xcf\xd3".to_vec();
        assert_eq!(readable(pdf.clone(), kind).await, pdf);
        let binary = Some("application/octet-stream".to_owned());
        assert_eq!(readable(cyrillic.to_vec(), binary).await, cyrillic);
    }
}
