//! What a document is, before anything of it is read: a feed in XML or JSON, a web page, or neither.

use observatory_model::source::{Failure, FailureReason};

use crate::markup::{Token, Tokens};
use crate::outline::entities;

/// How many tokens before the first element of a feed are looked at: a server that puts a warning in
/// front of its feed puts a short one.
const MAX_TOKENS_BEFORE: usize = 64;

/// A document that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document<'a> {
    /// From the root element on.
    Xml(&'a str),
    Json(&'a str),
}

/// Recognises a document.
///
/// # Errors
/// [`FailureReason::Empty`], [`FailureReason::WebPage`], [`FailureReason::Entities`] or
/// [`FailureReason::NotAFeed`].
pub(crate) fn recognise<'a>(
    text: &'a str,
    content_type: Option<&str>,
) -> Result<Document<'a>, Failure> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.trim_end().is_empty() {
        return Err(Failure::new(FailureReason::Empty, "the answer has no text"));
    }
    if text.starts_with('{') {
        return Ok(Document::Json(text));
    }
    let mut tokens = Tokens::new(text);
    let mut first_element = None;
    let mut says_html = content_type.is_some_and(|said| said.to_ascii_lowercase().contains("html"));
    for _ in 0..MAX_TOKENS_BEFORE {
        let rest = tokens.rest();
        let Some(token) = tokens.next() else { break };
        match token {
            Token::Doctype { declares: true, .. } | Token::Declaration => return Err(entities()),
            Token::Start { name, .. } if is_root_of_feed(name) => {
                // Comments and instructions before the tag belong to the same rest.
                return Ok(Document::Xml(rest));
            }
            Token::Start { name, .. } => {
                let first = *first_element.get_or_insert(name);
                if !is_html(first) {
                    break;
                }
                if first.eq_ignore_ascii_case("html") {
                    return Err(page());
                }
            }
            Token::Doctype { name, .. } => says_html |= name.eq_ignore_ascii_case("html"),
            Token::End { .. } | Token::Escaped(_) | Token::Plain(_) => {}
        }
    }
    match first_element {
        Some(name) if is_html(name) => Err(page()),
        _ if says_html => Err(page()),
        Some(name) => {
            let name = name.chars().take(40).collect::<String>();
            let detail = format!("the document is a <{name}>, no feed of a known format");
            Err(Failure::new(FailureReason::NotAFeed, detail))
        }
        None => Err(Failure::new(FailureReason::NotAFeed, "the answer is neither XML nor JSON")),
    }
}

fn page() -> Failure {
    Failure::new(FailureReason::WebPage, "the answer is a web page")
}

fn is_root_of_feed(name: &str) -> bool {
    let local = name.rsplit(':').next().unwrap_or(name);
    ["rss", "rdf", "feed", "channel", "entry"].iter().any(|root| local.eq_ignore_ascii_case(root))
}

/// Elements that a web page, or a warning before a feed, begins with.
fn is_html(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "html", "head", "body", "title", "meta", "link", "script", "style", "br", "b", "p", "div",
        "font", "center", "h1", "h2", "pre", "table", "span", "a", "strong", "noscript",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_recognised_by_their_first_element() {
        for text in [
            "<rss/>",
            "\u{feff}\n <?xml version='1.0'?><!-- x --><rss version='2.0'>",
            "<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://x/rss.dtd'><rss>",
            "<rdf:RDF>",
            "<!DOCTYPE html><rss>",
            "<atom:feed>",
            "<br />\n<b>Warning</b>: headers already sent<br /><?xml version='1.0'?><rss>",
        ] {
            assert!(matches!(recognise(text, Some("text/html")), Ok(Document::Xml(_))), "{text}");
        }
        assert_eq!(recognise(" {\"a\":1}", None), Ok(Document::Json("{\"a\":1}")));
    }

    #[test]
    fn what_is_no_feed_is_named() {
        let reason = |text: &str| recognise(text, None).unwrap_err().reason;
        for page in [
            "<!DOCTYPE html><p>",
            "<html><rss>",
            "<HEAD>",
            "<div>x</div>",
            "<!doctype HTML PUBLIC '-//W3C'>",
        ] {
            assert_eq!(reason(page), FailureReason::WebPage, "{page}");
        }
        for empty in ["", " \n\t", "\u{feff}"] {
            assert_eq!(reason(empty), FailureReason::Empty, "{empty}");
        }
        for other in ["hello", "<opml><feed/></opml>", "<urlset>", "[1]", "%PDF-1.4", "<x><html>"] {
            assert_eq!(reason(other), FailureReason::NotAFeed, "{other}");
        }
        assert_eq!(reason("<!DOCTYPE x [<!ENTITY a 'b'>]><rss/>"), FailureReason::Entities);
        assert_eq!(
            recognise("hello", Some("text/html")).unwrap_err().reason,
            FailureReason::WebPage
        );
    }
}
