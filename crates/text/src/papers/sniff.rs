//! What a document is, by its content: names and declared types lie.

use std::borrow::Cow;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use observatory_model::paper::{Unreadable, UnreadableReason};

/// Bytes in which the mark of a format is looked for; PDF allows others before it.
const HEAD: usize = 1024;

/// A document by its format; text is decoded.
#[derive(Debug)]
pub(crate) enum Sniffed {
    Pdf,
    Zip,
    Html(String),
    Jats(String),
    Markdown(String),
    Plain(String),
}

/// What `bytes` are.
///
/// # Errors
/// [`Unreadable`] names what is empty, no document, or a document that is not read.
pub(crate) fn sniff(bytes: &[u8], name_hint: Option<&str>) -> Result<Sniffed, Unreadable> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::new(UnreadableReason::Empty, "it has no bytes but white space"));
    }
    if contains(head, b"%PDF-") {
        return Ok(Sniffed::Pdf);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Sniffed::Zip);
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(compound(bytes));
    }
    for (mark, what) in
        [(&b"{\\rtf"[..], "RTF"), (b"%!PS", "PostScript"), (b"\xdb\xa5-", "old Word")]
    {
        if head.starts_with(mark) {
            return Err(Unreadable::new(UnreadableReason::Unsupported, format!("it is {what}")));
        }
    }
    let text = decoded(bytes).ok_or_else(|| {
        Unreadable::new(UnreadableReason::NotADocument, "its bytes are no text and no known format")
    })?;
    of_text(text.into_owned(), name_hint)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// An OLE container: what Word wraps a protected document in, and what it wrote before 2007.
fn compound(bytes: &[u8]) -> Unreadable {
    let wide = |name: &str| name.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<_>>();
    if contains(bytes, &wide("EncryptedPackage")) {
        Unreadable::new(UnreadableReason::Encrypted, "a document of Office protected by a password")
    } else if contains(bytes, &wide("WordDocument")) {
        Unreadable::new(UnreadableReason::Unsupported, "a document of Word from before 2007")
    } else {
        Unreadable::new(UnreadableReason::Unsupported, "a file of Office from before 2007")
    }
}

/// The text of bytes: Unicode by its mark or by its bytes, else the Latin of Windows. `None` for what
/// has control characters, as programs and pictures do.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (text, _, broken) = match bytes {
        [0xff, 0xfe, ..] => UTF_16LE.decode(bytes),
        [0xfe, 0xff, ..] => UTF_16BE.decode(bytes),
        _ => UTF_8.decode(bytes),
    };
    let text = if broken { WINDOWS_1252.decode(bytes).0 } else { text };
    let strange = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}');
    let controls = text.chars().filter(|c| strange(*c)).count();
    (controls * 500 <= text.len() && !text.contains('\0')).then_some(text)
}

fn of_text(text: String, name_hint: Option<&str>) -> Result<Sniffed, Unreadable> {
    let begin = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let lower = begin.chars().take(4 * HEAD).collect::<String>().to_ascii_lowercase();
    let is_page =
        ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| lower.contains(tag));
    let is_xml = lower.starts_with("<?xml") || lower.starts_with("<!doctype article");
    if is_xml && lower.contains("<article") && !lower.contains("<html") {
        return Ok(Sniffed::Jats(text));
    }
    if lower.starts_with('<') && is_page {
        return Ok(Sniffed::Html(text));
    }
    if lower.starts_with("<?xml") || lower.starts_with("<!doctype") || lower.starts_with("<article")
    {
        if lower.contains("<article") || lower.contains("<book") {
            return Ok(Sniffed::Jats(text));
        }
        let what = "XML of another kind than JATS";
        return Err(Unreadable::new(UnreadableReason::Unsupported, what));
    }
    let is_markup =
        ["<p>", "<p ", "<h1", "<div", "<table", "<ul"].iter().any(|tag| lower.contains(tag));
    let named = |end: &str| name_hint.is_some_and(|name| name.to_ascii_lowercase().ends_with(end));
    if (lower.starts_with('<') && is_markup) || named(".html") || named(".htm") {
        return Ok(Sniffed::Html(text));
    }
    if named(".md") || named(".markdown") || (!named(".txt") && is_markdown(begin)) {
        return Ok(Sniffed::Markdown(text));
    }
    Ok(Sniffed::Plain(text))
}

/// Whether a text has what only Markdown has: front matter, or at least two of its marks.
fn is_markdown(text: &str) -> bool {
    let lines = text.lines().take(400);
    let mut marks = [false; 4];
    if text.starts_with("---\n") && text.lines().skip(1).take(60).any(|line| line.trim() == "---") {
        return true;
    }
    for line in lines {
        let after = line.trim_start_matches('#');
        if after.len() < line.len() && after.starts_with(' ') {
            marks[0] = true;
        }
        marks[1] |= line.contains("](");
        marks[2] |= line.starts_with("```");
        marks[3] |= line.starts_with("- ") || line.starts_with("* ") || line.contains("**");
    }
    marks.iter().filter(|mark| **mark).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8], name: Option<&str>) -> String {
        match sniff(bytes, name) {
            Ok(sniffed) => format!("{sniffed:?}").split('(').next().unwrap().to_owned(),
            Err(error) => error.reason.code().to_owned(),
        }
    }

    #[test]
    fn content_decides() {
        for (bytes, name, expected) in [
            (&b"junk\n%PDF-1.4"[..], None, "Pdf"),
            (b"PK\x03\x04", None, "Zip"),
            (b"\xef\xbb\xbf <!DOCTYPE html><title>x", None, "Html"),
            (b"<h1>a</h1>", None, "Html"),
            (b"<?xml version='1.0'?><!DOCTYPE article><article><body>", None, "Jats"),
            (b"<?xml version='1.0'?><svg>", None, "unsupported"),
            (b"# A\n\n[b](c)", None, "Markdown"),
            (b"# A\n", None, "Plain"),
            (b"# A\n", Some("a.MD"), "Markdown"),
            (b"caf\xe9 in Latin", None, "Plain"),
            (b"\xff\xfea\0b\0", None, "Plain"),
            (b"MZ\x90\0\x03\0\0\0", None, "not-a-document"),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",
                None,
                "encrypted",
            ),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0",
                None,
                "unsupported",
            ),
        ] {
            assert_eq!(kind(bytes, name), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
