//! JSON Feed 1.1 (jsonfeed.org/version/1.1): the same lists for programs that would rather not read XML.

use serde::Serialize;

use crate::feed::{FeedHead, FeedItem};

/// What the first field of every feed says.
const VERSION: &str = "https://jsonfeed.org/version/1.1";

/// A feed, its fields in the order of the specification.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the specification")]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    language: &'static str,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'static str>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

/// The feed as JSON in UTF-8, its items in the order given.
pub fn json_feed(head: &FeedHead, items: &[FeedItem]) -> String {
    let feed = Feed {
        version: VERSION,
        title: &head.title,
        home_page_url: &head.html_url,
        feed_url: &head.self_url,
        description: &head.subtitle,
        language: head.language.code(),
        items: items.iter().map(of).collect(),
    };
    // Texts and lists of texts always become JSON.
    serde_json::to_string(&feed).unwrap_or_default()
}

fn of(item: &FeedItem) -> Item<'_> {
    let summary = Some(item.summary.as_str()).filter(|summary| !summary.is_empty());
    // One of the two contents must be there: where there is no text, the summary is all there is.
    let (content_text, summary) = match &item.html {
        Some(_) => (None, summary),
        None => (Some(summary.unwrap_or(&item.title)), None),
    };
    Item {
        id: &item.id,
        url: &item.url,
        title: &item.title,
        content_html: item.html.as_deref(),
        content_text,
        summary,
        date_published: item.published.rfc3339(),
        date_modified: item.updated.rfc3339(),
        authors: item.authors.iter().map(|name| Author { name }).collect(),
        language: item.language.map(observatory_model::Language::code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::sample::{head, item};

    #[test]
    fn what_is_written_is_read_back() {
        let json = json_feed(&head(), &[item()]);
        let feed = feed_rs::parser::parse(json.as_bytes()).unwrap();
        assert_eq!(feed.feed_type, feed_rs::model::FeedType::JSON);
        assert_eq!(feed.title.unwrap().content, head().title);
        assert_eq!(feed.language.as_deref(), Some("en"));
        let entry = &feed.entries[0];
        assert_eq!(entry.id, item().id);
        assert_eq!(entry.title.as_ref().unwrap().content, item().title);
        assert_eq!(entry.summary.as_ref().unwrap().content, item().summary);
        assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-01T00:00:00+00:00");
        let authors = entry.authors.iter().filter_map(|author| author.name.as_deref());
        assert_eq!(authors.collect::<Vec<_>>(), ["A & B", "C"]);
        assert!(json.starts_with("{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":"));
    }

    #[test]
    fn an_item_always_has_a_content() {
        let without = FeedItem { html: None, ..item() };
        let bare = FeedItem { summary: String::new(), ..without.clone() };
        let json = json_feed(&head(), &[without, bare]);
        let feed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(feed["items"][0]["content_text"], item().summary);
        assert_eq!(feed["items"][0].get("summary"), None);
        assert_eq!(feed["items"][1]["content_text"], item().title);
    }
}
