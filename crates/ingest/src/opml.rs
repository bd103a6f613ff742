//! The lists in which people keep their sources: OPML 1.0 and 2.0 (<http://opml.org/spec2.opml>).
//!
//! Most lists at hand are not well-formed. What can be read of them is read; what cannot is named.

use std::collections::BTreeSet;

use observatory_model::WebAddress;
use observatory_model::source::{Failure, FailureReason};
use observatory_text::one_line;

use crate::encoding::to_text;
use crate::markup::{Attributes, Token, Tokens, unescape};
use crate::outline::entities;
use crate::recognise::recognise;
use crate::records::guarded;

/// Largest list, in bytes; the largest at hand has 20,000.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Most outlines of a list.
pub const MAX_OUTLINES: usize = 10_000;

/// Deepest nesting of lists.
const MAX_DEPTH: usize = 16;

/// Most attributes of an outline that are looked at.
const MAX_ATTRIBUTES: usize = 64;

/// Longest name, in characters.
const MAX_NAME: usize = 300;

/// Most problems that are named.
const MAX_PROBLEMS: usize = 100;

/// A list of sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Its title, at most 300 characters.
    pub title: Option<String>,
    /// Its feeds in its order, each address once.
    pub feeds: Vec<Listed>,
    /// How many feeds are there once more.
    pub duplicates: usize,
    /// What could not be read, each in a few words, at most 100.
    pub problems: Vec<String>,
}

/// A feed of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name: `text`, else `title`; at most 300 characters.
    pub name: Option<String>,
    /// Where it is read.
    pub url: WebAddress,
    /// The site it speaks of.
    pub homepage: Option<WebAddress>,
    /// The lists it stands in, from the outermost in.
    pub folder: Vec<String>,
}

/// Reads a list, well-formed or not.
///
/// # Errors
/// [`FailureReason::NotAFeed`] when it is no OPML, [`FailureReason::TooLarge`] and
/// [`FailureReason::TooComplex`] beyond the limits, [`FailureReason::Entities`],
/// [`FailureReason::Charset`]; a panic is [`FailureReason::ParserFailed`].
pub fn read(bytes: &[u8]) -> Result<List, Failure> {
    if bytes.len() > MAX_BYTES {
        let detail = format!("the list has more than {MAX_BYTES} bytes");
        return Err(Failure::new(FailureReason::TooLarge, detail));
    }
    guarded(|| read_text(&to_text(bytes, None)?))
}

fn read_text(text: &str) -> Result<List, Failure> {
    let mut reader = Reader::default();
    for token in Tokens::new(text) {
        match token {
            Token::Start { name, attributes, empty } => reader.open(name, attributes, empty)?,
            Token::End { name } => reader.close(name),
            Token::Escaped(text) => reader.text(&unescape(text)),
            Token::Plain(text) => reader.text(text),
            Token::Doctype { declares: false, .. } => {}
            Token::Doctype { .. } | Token::Declaration => return Err(entities()),
        }
    }
    if !reader.is_opml {
        // Where it is a web page or empty, that is what is wrong with it.
        let feed = recognise(text, None).map(|_| "a feed");
        let what = match feed {
            Err(failure) if failure.reason != FailureReason::NotAFeed => return Err(failure),
            Ok(feed) => feed,
            Err(_) => "no list of sources",
        };
        let detail = format!("the document is no OPML: {what}");
        return Err(Failure::new(FailureReason::NotAFeed, detail));
    }
    if !reader.is_closed {
        reader.problem("the list breaks off before its end".to_owned());
    }
    let title = Some(one_line(&reader.title, MAX_NAME)).filter(|title| !title.is_empty());
    Ok(List { title, ..reader.list })
}

#[derive(Default)]
struct Reader {
    is_opml: bool,
    is_closed: bool,
    in_title: bool,
    title: String,
    /// The lists that are open; `None` for an outline that is a feed, or has no name.
    open: Vec<Option<String>>,
    outlines: usize,
    known: BTreeSet<String>,
    list: List,
}

impl Reader {
    fn open(&mut self, name: &str, attributes: &str, empty: bool) -> Result<(), Failure> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        self.is_opml |= is("opml") || is("outline");
        self.in_title = is("title") && !empty && self.outlines == 0;
        if is("opml") {
            self.is_closed = empty;
        }
        if !is("outline") {
            return Ok(());
        }
        self.outlines += 1;
        if self.outlines > MAX_OUTLINES {
            let detail = format!("the list has more than {MAX_OUTLINES} outlines");
            return Err(Failure::new(FailureReason::TooComplex, detail));
        }
        let outline = Outline::of(attributes);
        let folder = outline.name.clone().filter(|_| outline.address.is_none());
        self.take(outline, empty);
        if !empty {
            if self.open.len() >= MAX_DEPTH {
                let detail = format!("the list has more than {MAX_DEPTH} levels");
                return Err(Failure::new(FailureReason::TooComplex, detail));
            }
            self.open.push(folder);
        }
        Ok(())
    }

    fn take(&mut self, outline: Outline, empty: bool) {
        let number = self.outlines;
        let shown = outline.name.as_deref().map(|name| format!(" “{}”", one_line(name, 60)));
        let shown = shown.unwrap_or_default();
        let Some(address) = outline.address else {
            if empty {
                self.problem(format!("outline {number}{shown}: it names no feed"));
            }
            return;
        };
        let Some(url) = read_address(&address) else {
            let address = one_line(&address, 100);
            self.problem(format!("outline {number}{shown}: “{address}” is no web address"));
            return;
        };
        if !self.known.insert(url.as_str().to_owned()) {
            self.list.duplicates += 1;
            return;
        }
        self.list.feeds.push(Listed {
            name: outline.name,
            url,
            homepage: outline.homepage.as_deref().and_then(read_address),
            folder: self.open.iter().flatten().cloned().collect(),
        });
    }

    fn text(&mut self, text: &str) {
        // A title that never ends is no title.
        if self.in_title && self.title.len() < 4 * MAX_NAME {
            self.title.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        self.in_title = false;
        if name.eq_ignore_ascii_case("outline") {
            self.open.pop();
        } else if name.eq_ignore_ascii_case("opml") {
            self.is_closed = true;
        }
    }

    fn problem(&mut self, problem: String) {
        if self.list.problems.len() < MAX_PROBLEMS {
            self.list.problems.push(problem);
        }
    }
}

/// What the attributes of an outline say.
#[derive(Default)]
struct Outline {
    name: Option<String>,
    address: Option<String>,
    homepage: Option<String>,
}

impl Outline {
    fn of(attributes: &str) -> Self {
        let (mut outline, mut title, mut url) = (Self::default(), None, None);
        for (name, value) in Attributes::new(attributes).take(MAX_ATTRIBUTES) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let value = || value.to_owned();
            match name.to_ascii_lowercase().as_str() {
                "text" => outline.name = Some(one_line(&value(), MAX_NAME)),
                "title" => title = Some(one_line(&value(), MAX_NAME)),
                "xmlurl" | "xml_url" | "feedurl" | "rssurl" => outline.address = Some(value()),
                // Of some programs; of others it is a page, and then there is an xmlUrl.
                "url" => url = Some(value()),
                "htmlurl" | "html_url" => outline.homepage = Some(value()),
                _ => {}
            }
        }
        outline.name = outline.name.or(title).filter(|name| !name.is_empty());
        outline.address = outline.address.or(url);
        outline
    }
}

/// An address as people copy them: `feed://a.org/x`, `feed:https://a.org/x`, ` https://a.org/x `.
fn read_address(said: &str) -> Option<WebAddress> {
    let said = said.trim();
    let bare = said.strip_prefix("feed:").map_or(said, |rest| rest.trim_start_matches("//"));
    if bare.contains("://") {
        return bare.parse().ok();
    }
    if bare.len() == said.len() {
        return None;
    }
    format!("http://{bare}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> List {
        read(text.as_bytes()).unwrap()
    }

    #[test]
    fn lists_in_lists_are_folders() {
        let list = list(
            "<?xml version='1.0'?><opml version='2.0'><head><title>My &amp; list</title></head><body>\
             <outline text='Asia'><outline text='Japan' title='x'>\
             <outline type='rss' text='One' title='Uno' xmlUrl='https://a.org/1?a=b&c=d' htmlUrl='https://a.org/'/>\
             </outline><outline title='Two' XMLURL='feed://a.org/2'></outline></outline>\
             <outline text='Three' xmlurl='feed:https://a.org/3'/></body></opml>",
        );
        assert_eq!(list.title.as_deref(), Some("My & list"));
        let told = |feed: &Listed| {
            (feed.name.clone().unwrap(), feed.url.as_str().to_owned(), feed.folder.join("/"))
        };
        let of = |name: &str, url: &str, folder: &str| {
            (name.to_owned(), url.to_owned(), folder.to_owned())
        };
        let told = list.feeds.iter().map(told).collect::<Vec<_>>();
        let expected = [
            of("One", "https://a.org/1?a=b&c=d", "Asia/Japan"),
            of("Two", "http://a.org/2", "Asia"),
            of("Three", "https://a.org/3", ""),
        ];
        assert_eq!(told, expected);
        assert_eq!(list.feeds[0].homepage.as_ref().unwrap().as_str(), "https://a.org/");
        assert!(list.problems.is_empty(), "{:?}", list.problems);
    }

    #[test]
    fn what_is_broken_is_named_and_the_rest_is_read() {
        let list = list(
            "<opml><body><outline text=\"A\" & B\" xmlUrl=\"https://a.org/1\"/>\
             <outline text='no address'/><outline text='C' xmlUrl='www.c.org/feed'/>\
             <outline text='again' xmlUrl='https://a.org/1'/><outline xmlUrl='https://a.org/2'>\
             <outline text='last' xmlUrl='https://a.org/3",
        );
        let urls = list.feeds.iter().map(|feed| feed.url.as_str()).collect::<Vec<_>>();
        assert_eq!(urls, ["https://a.org/1", "https://a.org/2", "https://a.org/3"]);
        assert_eq!(list.duplicates, 1);
        assert_eq!(list.problems.len(), 3, "{:?}", list.problems);
        assert!(list.problems[1].contains("www.c.org/feed"), "{:?}", list.problems);
    }

    #[test]
    fn other_documents_and_floods_are_refused() {
        let reason = |text: &str| read(text.as_bytes()).map(drop).unwrap_err().reason;
        assert_eq!(reason("<rss><channel/></rss>"), FailureReason::NotAFeed);
        assert_eq!(reason("<html>"), FailureReason::WebPage);
        assert_eq!(reason("hello"), FailureReason::NotAFeed);
        assert_eq!(reason("<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>"), FailureReason::Entities);
        let many = "<outline text='x'/>".repeat(MAX_OUTLINES + 1);
        assert_eq!(reason(&format!("<opml>{many}</opml>")), FailureReason::TooComplex);
        assert_eq!(reason(&"<outline>".repeat(100)), FailureReason::TooComplex);
        assert_eq!(reason(&" ".repeat(MAX_BYTES + 1)), FailureReason::TooLarge);
        assert!(list("<opml version='2.0'><body/></opml>").feeds.is_empty());
    }
}
