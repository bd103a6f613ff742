//! What a JSON Feed (versions 1.0 and 1.1) says, item by item: a wrong value costs that value only.
//!
//! Only what is read is kept while the document goes by: a tree of all of it would take a hundred
//! times its size.

use std::borrow::Cow;
use std::rc::Rc;

use observatory_model::WebAddress;
use observatory_model::rhythm::Timetable;
use observatory_model::source::{Failure, FailureReason};
use serde::de::DeserializeSeed as _;
use serde_json::Deserializer;

use crate::dates;
use crate::entry::{RawEntry, RawFeed, Text};
use crate::json_parts::{Document, Item};
use crate::links::Links;

/// Reads a document that begins with `{`; `address` is where it was read.
///
/// # Errors
/// [`FailureReason::NotAFeed`] when it is some other JSON, [`FailureReason::Malformed`] when nothing
/// of it can be read, [`FailureReason::TooComplex`] beyond the limits.
pub(crate) fn read(
    text: &str,
    address: &WebAddress,
    max_entries: usize,
) -> Result<RawFeed<'static>, Failure> {
    let mut document = Document { max_items: max_entries, ..Document::default() };
    let mut json = Deserializer::from_str(text);
    let read = (&mut document).deserialize(&mut json).and_then(|()| json.end());
    if document.has_more {
        let detail = format!("the document has more than {max_entries} entries");
        return Err(Failure::new(FailureReason::TooComplex, detail));
    }
    // What was whole before the document breaks off is kept.
    let broke_off = read.is_err();
    if let Err(error) = read
        && document.items.is_empty()
    {
        return Err(Failure::new(FailureReason::Malformed, format!("the JSON: {error}")));
    }
    let is_named = document.version.is_some_and(|version| version.contains("jsonfeed.org"));
    if !document.has_items && !is_named {
        let detail = "the answer is JSON, but no JSON Feed";
        return Err(Failure::new(FailureReason::NotAFeed, detail));
    }
    let homepage = document.home_page.and_then(|url| address.join(&url).ok());
    let mut links = Links::default();
    for hub in &document.hubs {
        links.note(address, hub, "hub");
    }
    if let Some(topic) = &document.feed_url {
        links.note(address, topic, "self");
    }
    let base = Rc::new(homepage.as_ref().unwrap_or(address).clone());
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for (index, item) in document.items.into_iter().enumerate() {
        match item {
            Some(item) => entries.push(entry(item, &base)),
            None => problems.push(format!("entry {}: it is no object", index + 1)),
        }
    }
    Ok(RawFeed {
        title: document.title.map(plain),
        homepage,
        language: document.language,
        authors: document.authors.unwrap_or(document.author),
        entries,
        broke_off,
        problems,
        timetable: Timetable::default(),
        links,
    })
}

fn entry(item: Item, base: &Rc<WebAddress>) -> RawEntry<'static> {
    let address = |url: Option<String>| url.and_then(|url| base.join(&url).ok());
    let html =
        |value: String| Text { value: value.into(), is_html: true, base: Some(Rc::clone(base)) };
    let bodies =
        [item.content_html.map(html), item.content_text.map(plain), item.summary.map(plain)];
    let date = |said: Option<String>| said.and_then(|date| dates::parse(&date));
    RawEntry {
        id: item.id,
        url: address(item.url).or_else(|| address(item.external_url)),
        references: Vec::new(),
        title: item.title.map(plain),
        bodies: bodies.into_iter().flatten().collect(),
        authors: item.authors.unwrap_or(item.author),
        published: date(item.date_published),
        updated: date(item.date_modified),
        language: item.language,
        broke_off: false,
    }
}

const fn plain(value: String) -> Text<'static> {
    Text { value: Cow::Owned(value), is_html: false, base: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(text: &str) -> Result<RawFeed<'static>, Failure> {
        read(text, &"https://a.org/feed.json".parse().unwrap(), 3)
    }

    #[test]
    fn wrong_values_cost_only_themselves() {
        let text = r#"{"version":"https://jsonfeed.org/version/1.1","title":7,"items":[
            {"id":5,"url":"/x","title":null,"content_html":"<p>a","authors":[{"name":"Ada"},3]},
            "no", {"id":"b","external_url":"http://b.org/","tags":7,"date_published":"2020-01-02T00:00:00Z"}]}"#;
        let read = feed(text).unwrap();
        assert_eq!(read.title.unwrap().value, "7");
        assert_eq!(read.problems, ["entry 2: it is no object"]);
        let first = read.entries.first().unwrap();
        assert_eq!(first.id.as_deref(), Some("5"));
        assert_eq!(first.url.as_ref().map(WebAddress::as_str), Some("https://a.org/x"));
        assert_eq!(first.authors, ["Ada"]);
        assert!(read.entries.last().unwrap().published.is_some());
    }

    #[test]
    fn its_hub_is_the_first_that_speaks_websub() {
        let hubs = r#"7,{"type":"rssCloud","url":"http://c.org/"},{"type":"WebSub","url":[]},
            {"url":"http://d.org/"},{"url":"/hub","type":"WebSub","x":{}},{"type":"WebSub","url":"/2"}"#;
        let read = |hubs: &str| {
            let text = format!(r#"{{"feed_url":"/f","hubs":{hubs},"items":[]}}"#);
            feed(&text).unwrap().links
        };
        let links = read(&format!("[{hubs}]"));
        assert_eq!(links.hub.as_ref().map(WebAddress::as_str), Some("https://a.org/hub"));
        assert_eq!(links.topic.as_ref().map(WebAddress::as_str), Some("https://a.org/f"));
        assert_eq!(read("\"/hub\"").hub, None);
        assert_eq!(read("{}").hub, None);
    }

    #[test]
    fn a_document_that_breaks_off_keeps_its_whole_items() {
        let read = feed(r#"{"version":"x","items":[{"id":"a"},{"id":"b"},{"id":"#).unwrap();
        assert_eq!((read.entries.len(), read.broke_off), (2, true));
    }

    #[test]
    fn deep_values_are_passed_over() {
        let deep = format!("{}{}", "[".repeat(90_000), "]".repeat(90_000));
        let text = format!("{{\"x\":{deep},\"items\":[{deep},{{\"title\":{deep},\"id\":\"a\"}}]}}");
        let read = feed(&text).unwrap();
        assert_eq!(read.problems, ["entry 1: it is no object"]);
        assert_eq!(read.entries.first().unwrap().id.as_deref(), Some("a"));
    }

    #[test]
    fn other_json_is_named() {
        let reason = |text: &str| feed(text).unwrap_err().reason;
        assert_eq!(reason("{\"a\":1}"), FailureReason::NotAFeed);
        assert_eq!(reason("{\"a\":"), FailureReason::Malformed);
        let deep = format!("{{\"items\":{}", "[".repeat(5000));
        assert_eq!(reason(&deep), FailureReason::Malformed);
        assert_eq!(reason(r#"{"items":[{},{},{},{}]}"#), FailureReason::TooComplex);
    }
}
