//! What a JSON Feed (versions 1.0 and 1.1) says, item by item: a wrong value costs that value only.

use observatory_model::WebAddress;
use observatory_model::source::{Failure, FailureReason};
use serde_json::{Deserializer, Map, Value};

use crate::dates;
use crate::entry::{RawEntry, RawFeed, Text};

/// Reads a document that begins with `{`; `address` is where it was read.
///
/// # Errors
/// [`FailureReason::NotAFeed`] when it is some other JSON, [`FailureReason::Malformed`] when nothing
/// of it can be read, [`FailureReason::TooComplex`] beyond the limits.
pub(crate) fn read(
    text: &str,
    address: &WebAddress,
    max_entries: usize,
) -> Result<RawFeed, Failure> {
    let (feed, items, broke_off) = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut feed)) => {
            let items = match feed.remove("items") {
                Some(Value::Array(items)) => Some(items),
                _ => None,
            };
            (feed, items, false)
        }
        Ok(_) => return Err(not_a_feed()),
        Err(error) if error.to_string().contains("recursion limit") => {
            return Err(Failure::new(FailureReason::TooComplex, "the JSON has too many levels"));
        }
        Err(error) => {
            let items = rescue(text, max_entries);
            if items.is_empty() {
                return Err(Failure::new(FailureReason::Malformed, format!("the JSON: {error}")));
            }
            (Map::new(), Some(items), true)
        }
    };
    let version = string(&feed, "version").unwrap_or_default();
    if !broke_off && items.is_none() && !version.contains("jsonfeed.org") {
        return Err(not_a_feed());
    }
    let items = items.unwrap_or_default();
    if items.len() > max_entries {
        let detail = format!("the document has more than {max_entries} entries");
        return Err(Failure::new(FailureReason::TooComplex, detail));
    }
    let homepage = string(&feed, "home_page_url").and_then(|url| address.join(&url).ok());
    let base = homepage.as_ref().unwrap_or(address);
    let feed_authors = authors(&feed);
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Value::Object(item) => entries.push(entry(&item, base, &feed_authors)),
            _ => problems.push(format!("entry {}: it is no object", index + 1)),
        }
    }
    let title = string(&feed, "title").map(plain);
    let language = string(&feed, "language");
    Ok(RawFeed { title, homepage, language, entries, broke_off, problems })
}

fn entry(item: &Map<String, Value>, base: &WebAddress, feed_authors: &[String]) -> RawEntry {
    let address = |name: &str| string(item, name).and_then(|url| base.join(&url).ok());
    let html = |value: String| Text { value, is_html: true, base: Some(base.clone()) };
    let bodies = [
        string(item, "content_html").map(html),
        string(item, "content_text").map(plain),
        string(item, "summary").map(plain),
    ];
    let own = authors(item);
    RawEntry {
        id: string(item, "id"),
        url: address("url").or_else(|| address("external_url")),
        title: string(item, "title").map(plain),
        bodies: bodies.into_iter().flatten().collect(),
        authors: if own.is_empty() { feed_authors.to_vec() } else { own },
        published: string(item, "date_published").and_then(|date| dates::parse(&date)),
        updated: string(item, "date_modified").and_then(|date| dates::parse(&date)),
        language: string(item, "language"),
        broke_off: false,
    }
}

/// The items of a document that is no whole JSON, as far as each is whole.
fn rescue(text: &str, max_entries: usize) -> Vec<Value> {
    let Some((_, after)) = text.split_once("\"items\"") else { return Vec::new() };
    let Some((_, mut rest)) = after.split_once('[') else { return Vec::new() };
    let mut items = Vec::new();
    while items.len() <= max_entries {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(item)) => items.push(item),
            _ => break,
        }
        rest = rest.get(values.byte_offset()..).unwrap_or_default();
    }
    items
}

/// A value that people write as text; version 1.0 also had numbers as ids.
fn string(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `authors` of version 1.1, else `author` of version 1.0.
fn authors(object: &Map<String, Value>) -> Vec<String> {
    let name = |author: &Value| author.as_object().and_then(|author| string(author, "name"));
    match (object.get("authors"), object.get("author")) {
        (Some(Value::Array(authors)), _) => authors.iter().filter_map(name).collect(),
        (_, Some(author)) => name(author).into_iter().collect(),
        _ => Vec::new(),
    }
}

const fn plain(value: String) -> Text {
    Text { value, is_html: false, base: None }
}

fn not_a_feed() -> Failure {
    Failure::new(FailureReason::NotAFeed, "the answer is JSON, but no JSON Feed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(text: &str) -> Result<RawFeed, Failure> {
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
    fn a_document_that_breaks_off_keeps_its_whole_items() {
        let read = feed(r#"{"version":"x","items":[{"id":"a"},{"id":"b"},{"id":"#).unwrap();
        assert_eq!((read.entries.len(), read.broke_off), (2, true));
    }

    #[test]
    fn other_json_is_named() {
        let reason = |text: &str| feed(text).unwrap_err().reason;
        assert_eq!(reason("{\"a\":1}"), FailureReason::NotAFeed);
        assert_eq!(reason("{\"a\":"), FailureReason::Malformed);
        let deep = format!("{{\"items\":{}", "[".repeat(5000));
        assert_eq!(reason(&deep), FailureReason::TooComplex);
        assert_eq!(reason(r#"{"items":[{},{},{},{}]}"#), FailureReason::TooComplex);
    }
}
