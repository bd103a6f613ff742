//! Atom feeds (RFC 4287): a list of the site, for feed readers and other observatories.

use atom_syndication::{
    Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Text, WriteConfig,
};
use chrono::DateTime;
use observatory_model::{Language, Timestamp};

use crate::feed::{FeedHead, FeedItem, clean};

/// The feed as XML 1.0 in UTF-8, its items in the order given.
///
/// Characters that XML cannot carry, and other controls, are left out.
pub fn atom(head: &FeedHead, items: &[FeedItem]) -> String {
    let feed = Feed {
        title: Text::plain(clean(&head.title)),
        subtitle: text(&head.subtitle, None),
        id: clean(&head.id),
        updated: time(head.updated),
        authors: vec![person(&head.title)],
        generator: Some(Generator { value: "observatory".to_owned(), ..Generator::default() }),
        links: vec![
            link(&head.self_url, "self", "application/atom+xml", Some(head.language)),
            link(&head.html_url, "alternate", "text/html", Some(head.language)),
        ],
        entries: items.iter().map(|item| entry(item, head.language)).collect(),
        lang: Some(head.language.code().to_owned()),
        ..Feed::default()
    };
    let config = WriteConfig { write_document_declaration: true, indent_size: None };
    // Writing into memory cannot fail, and the writer is given nothing but UTF-8.
    let bytes = feed.write_with_config(Vec::new(), config).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn entry(item: &FeedItem, of_feed: Language) -> Entry {
    // Of one language and type there may be one alternate only (§4.1.2).
    let mut links = vec![link(&item.url, "alternate", "text/html", item.language)];
    for (language, url) in &item.alternates {
        let known = links.iter().any(|link| link.hreflang.as_deref() == Some(language.code()));
        if !known {
            links.push(link(url, "alternate", "text/html", Some(*language)));
        }
    }
    let language = item.language.filter(|language| *language != of_feed);
    let mut title = Text::plain(clean(&item.title));
    title.lang = language.map(|language| language.code().to_owned());
    Entry {
        title,
        id: clean(&item.id),
        updated: time(item.updated),
        published: Some(time(item.published)),
        authors: item.authors.iter().map(|author| person(author)).collect(),
        links,
        summary: text(&item.summary, language),
        content: item.html.as_ref().map(|html| Content {
            base: Some(clean(&item.url)),
            lang: language.map(|language| language.code().to_owned()),
            value: Some(clean(html)),
            src: None,
            content_type: Some("html".to_owned()),
        }),
        ..Entry::default()
    }
}

/// A plain text, unless it is empty.
fn text(value: &str, language: Option<Language>) -> Option<Text> {
    let mut text = Text::plain(clean(value));
    text.lang = language.map(|language| language.code().to_owned());
    (!value.is_empty()).then_some(text)
}

fn link(url: &str, rel: &str, mime_type: &str, language: Option<Language>) -> Link {
    Link {
        href: clean(url),
        rel: rel.to_owned(),
        hreflang: language.map(|language| language.code().to_owned()),
        mime_type: Some(mime_type.to_owned()),
        ..Link::default()
    }
}

fn person(name: &str) -> Person {
    Person { name: clean(name), ..Person::default() }
}

fn time(time: Timestamp) -> FixedDateTime {
    DateTime::from_timestamp_millis(time.millis()).unwrap_or_default().fixed_offset()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feed::sample::{head, item};

    /// Reads a feed with another parser than the one that belongs to the writer.
    fn read(xml: &str) -> feed_rs::model::Feed {
        feed_rs::parser::Builder::new()
            .sanitize_content(false)
            .build()
            .parse(xml.as_bytes())
            .unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let xml = atom(&head(), &[item()]);
        assert!(xml.starts_with("<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">"), "{xml}");
        let feed = read(&xml);
        assert_eq!(feed.title.unwrap().content, head().title);
        assert_eq!(feed.description.unwrap().content, head().subtitle);
        assert_eq!(feed.id, head().id);
        assert_eq!(feed.language.as_deref(), Some("en"));
        assert_eq!(feed.updated.unwrap().to_rfc3339(), "2026-11-24T09:30:00+00:00");
        let links =
            feed.links.iter().map(|link| (link.rel.as_deref().unwrap(), link.href.as_str()));
        assert_eq!(
            links.collect::<Vec<_>>(),
            [("self", head().self_url.as_str()), ("alternate", head().html_url.as_str())]
        );
        let entry = &feed.entries[0];
        assert_eq!(entry.id, item().id);
        assert_eq!(entry.title.as_ref().unwrap().content, item().title);
        assert_eq!(entry.summary.as_ref().unwrap().content, item().summary);
        assert_eq!(entry.content.as_ref().unwrap().body, item().html);
        let authors = entry.authors.iter().filter_map(|author| author.name.as_deref());
        assert_eq!(authors.collect::<Vec<_>>(), ["A & B", "C"]);
        assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-01T00:00:00+00:00");
        let languages = entry.links.iter().map(|link| link.href_lang.as_deref());
        assert_eq!(languages.collect::<Vec<_>>(), [Some("ar"), Some("fr")]);
    }

    #[test]
    fn texts_in_another_language_than_the_feed_say_so() {
        let xml = atom(&head(), &[item()]);
        assert!(xml.contains("<title xml:lang=\"ar\">عنوان ]]&gt; &lt;b&gt;</title>"), "{xml}");
        assert!(xml.contains("<summary xml:lang=\"ar\">"));
        let content = "<content xml:base=\"https://observatory.example/ar/future-vision/a\" xml:lang=\"ar\" type=\"html\">";
        assert!(xml.contains(content), "{xml}");
        let own = FeedItem { language: Some(Language::En), ..item() };
        assert!(!atom(&head(), &[own]).contains("xml:lang=\"ar\""));
        let unknown = FeedItem { language: None, alternates: Vec::new(), html: None, ..item() };
        let xml = atom(&head(), &[unknown]);
        assert!(!xml.contains("hreflang=\"ar\"") && !xml.contains("<content"), "{xml}");
    }

    #[test]
    fn an_empty_list_is_a_feed() {
        let xml = atom(&FeedHead { subtitle: String::new(), ..head() }, &[]);
        assert!(!xml.contains("<subtitle"));
        let feed = read(&xml);
        assert!(feed.entries.is_empty());
        assert_eq!(feed.authors[0].name, Some(head().title));
    }

    #[test]
    fn what_xml_cannot_carry_is_left_out() {
        let title = "a\u{0}b\u{b}c\u{1b}[31m\u{85}\u{fffe}d\te".to_owned();
        let xml = atom(&head(), &[FeedItem { title, ..item() }]);
        assert!(xml.contains(">abc[31md\te</title>"), "{xml}");
    }

    proptest! {
        #[test]
        fn any_text_gives_a_feed(title in any::<String>(), html in any::<String>(), url in any::<String>()) {
            let item = FeedItem { title: title.clone(), html: Some(html.clone()), url, ..item() };
            let xml = atom(&FeedHead { title, ..head() }, &[item]);
            let feed = xml.parse::<Feed>().unwrap();
            prop_assert_eq!(feed.entries.len(), 1);
            let value = feed.entries[0].content.as_ref().and_then(|content| content.value.as_deref());
            let html = clean(&html);
            prop_assert_eq!(value.unwrap_or_default().trim(), html.trim());
        }
    }
}
