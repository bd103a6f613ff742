//! RSS 2.0 feeds, for the readers that know nothing newer.
//!
//! After the specification of the RSS Advisory Board and its Best Practices Profile, with what Atom and
//! Dublin Core have and RSS lacks: where the feed is read, who wrote an item, in which language.

use observatory_model::Language;

use crate::feed::{FeedHead, FeedItem, escaped};

/// The beginning of every feed, with the namespaces that it uses.
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
    xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>";

/// The feed as XML 1.0 in UTF-8, its items in the order given.
///
/// Names are plain text; summaries, which readers of RSS take for HTML, are escaped for that too.
/// Characters that XML cannot carry, and other controls, are left out.
pub fn rss(head: &FeedHead, items: &[FeedItem]) -> String {
    let mut xml = HEAD.to_owned();
    // A channel without a description is none (RSS 2.0, required channel elements).
    let about = if head.subtitle.is_empty() { &head.title } else { &head.subtitle };
    element(&mut xml, "title", &head.title);
    element(&mut xml, "link", &head.html_url);
    element(&mut xml, "description", &escaped(about));
    element(&mut xml, "language", head.language.code());
    element(&mut xml, "lastBuildDate", &head.updated.http_date());
    element(&mut xml, "generator", "observatory");
    link(&mut xml, "self", "application/rss+xml", None, &head.self_url);
    for item in items {
        add(&mut xml, item, head.language);
    }
    xml.push_str("</channel></rss>\n");
    xml
}

fn add(xml: &mut String, item: &FeedItem, of_feed: Language) {
    xml.push_str("<item>");
    // An item must have a title or a description; its address is better than none.
    let title = if item.title.is_empty() { &item.url } else { &item.title };
    element(xml, "title", title);
    element(xml, "link", &item.url);
    let is_address = if item.id == item.url { "true" } else { "false" };
    xml.push_str("<guid isPermaLink=\"");
    xml.push_str(is_address);
    xml.push_str("\">");
    xml.push_str(&escaped(&item.id));
    xml.push_str("</guid>");
    element(xml, "pubDate", &item.published.http_date());
    if item.updated != item.published {
        element(xml, "atom:updated", &item.updated.rfc3339());
    }
    for author in &item.authors {
        element(xml, "dc:creator", author);
    }
    element(xml, "dc:language", item.language.unwrap_or(of_feed).code());
    if !item.summary.is_empty() {
        element(xml, "description", &escaped(&item.summary));
    }
    if let Some(html) = &item.html {
        element(xml, "content:encoded", html);
    }
    for (language, url) in &item.alternates {
        if Some(*language) != item.language {
            link(xml, "alternate", "text/html", Some(*language), url);
        }
    }
    xml.push_str("</item>");
}

fn element(xml: &mut String, name: &str, text: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    xml.push_str(&escaped(text));
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

fn link(xml: &mut String, rel: &str, mime_type: &str, language: Option<Language>, url: &str) {
    let language = language.map(|language| format!(" hreflang=\"{language}\"")).unwrap_or_default();
    let start = format!("<atom:link rel=\"{rel}\" type=\"{mime_type}\"{language} href=\"");
    xml.push_str(&start);
    xml.push_str(&escaped(url));
    xml.push_str("\"/>");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feed::sample::{head, item};

    fn read(xml: &str) -> feed_rs::model::Feed {
        feed_rs::parser::Builder::new()
            .sanitize_content(false)
            .build()
            .parse(xml.as_bytes())
            .unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let xml = rss(&head(), &[item()]);
        let feed = read(&xml);
        assert_eq!(feed.feed_type, feed_rs::model::FeedType::RSS2);
        assert_eq!(feed.title.unwrap().content, head().title);
        assert_eq!(feed.description.unwrap().content, "What is &quot;new&quot;");
        assert_eq!(feed.language.as_deref(), Some("en"));
        let own = format!(
            "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{}\"/>",
            head().self_url.replace('&', "&amp;")
        );
        assert!(xml.contains(&own), "{xml}");
        let entry = &feed.entries[0];
        assert_eq!(entry.id, item().id);
        assert_eq!(entry.title.as_ref().unwrap().content, item().title);
        assert_eq!(entry.content.as_ref().unwrap().body, item().html);
        assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-01T00:00:00+00:00");
        let authors = entry.authors.iter().filter_map(|author| author.name.as_deref());
        assert_eq!(authors.collect::<Vec<_>>(), ["A & B", "C"]);
        assert!(xml.contains("<dc:language>ar</dc:language>"));
        assert!(xml.contains("<guid isPermaLink=\"true\">"));
        assert!(xml.contains(" hreflang=\"fr\" ") && !xml.contains(" hreflang=\"ar\" "));
    }

    #[test]
    fn an_empty_list_is_a_feed_and_an_empty_item_has_a_name() {
        let xml = rss(&FeedHead { subtitle: String::new(), ..head() }, &[]);
        assert!(xml.contains("<description>Observatory &amp;amp; "), "{xml}");
        assert!(read(&xml).entries.is_empty());
        let bare = FeedItem {
            id: "urn:x".to_owned(),
            title: String::new(),
            summary: String::new(),
            html: None,
            ..item()
        };
        let xml = rss(&head(), &[bare]);
        assert!(xml.contains(&format!("<item><title>{}</title>", item().url)), "{xml}");
        assert!(xml.contains("<guid isPermaLink=\"false\">urn:x</guid>"));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_feed(title in any::<String>(), html in any::<String>(), url in any::<String>()) {
            let item = FeedItem { title: title.clone(), summary: title.clone(), html: Some(html), url, ..item() };
            let feed = read(&rss(&FeedHead { title, ..head() }, &[item]));
            prop_assert_eq!(feed.entries.len(), 1);
        }
    }
}
