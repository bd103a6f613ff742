//! Whatever stands in a document, reading it ends well, and what is kept of it is as promised.

use observatory_ingest::{MAX_ENTRIES, MAX_PROBLEMS, guard, parse_feed};
use observatory_model::source::FailureReason;
use observatory_model::{Timestamp, WebAddress};
use proptest::prelude::*;
use proptest::sample::select;

const PIECES: [&str; 72] = [
    "<",
    ">",
    "</",
    "/>",
    "\"",
    "'",
    "=",
    " ",
    "\n",
    "&",
    ";",
    "&#",
    "&#x1b;",
    "&amp;",
    "&lt;",
    "x",
    "<rss>",
    "<channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<link>",
    "</link>",
    "<guid>",
    "</guid>",
    "<description>",
    "</description>",
    "<pubDate>",
    "</pubDate>",
    "<feed>",
    "<entry>",
    "</entry>",
    "<id>",
    "</id>",
    "<content type='xhtml'>",
    "<content type=html>",
    "</content>",
    "<author>",
    "<name>",
    "</name>",
    "</author>",
    "xmlns='http://www.w3.org/1999/xhtml'",
    "xml:base='//b.org/'",
    "xml:lang='fr'",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<!DOCTYPE",
    "2026-11-24T09:30:00Z",
    "Tue, 24 Nov 2026 09:30 +9999",
    "http://a.org/",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"items\"",
    "\"id\"",
    "\"title\"",
    "\"content_html\"",
    "\"\\u0000\\u202e\"",
    "1e400",
    "null",
    "\u{202e}",
    "\u{0}",
    "é",
    "語",
];

/// Beginnings that lead deep into the readers.
const HEADS: [&str; 6] = [
    "",
    "<rss><channel><item>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><entry>",
    "<rdf:RDF><item rdf:about='",
    "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":",
    "<?xml version='1.0' encoding='utf-16'?><rss>",
];

fn check(bytes: &[u8], content_type: Option<&str>) {
    let base: WebAddress = "https://a.org/feed".parse().unwrap();
    let now: Timestamp = "2026-11-24".parse().unwrap();
    let feed = match parse_feed(bytes, content_type, &base, now) {
        Ok(feed) => feed,
        Err(failure) => {
            assert_ne!(failure.reason, FailureReason::ParserFailed);
            return;
        }
    };
    assert!(feed.entries.len() <= MAX_ENTRIES && feed.problems.len() <= MAX_PROBLEMS);
    for problem in &feed.problems {
        assert!(!problem.contains("the parser failed") && !problem.contains(strange), "{problem}");
    }
    assert!(!feed.title.is_some_and(|title| title.contains(strange)));
    let mut keys = feed.entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), feed.entries.len());
    for entry in &feed.entries {
        assert!((1..=512).contains(&entry.key.len()) && !entry.key.contains(char::is_control));
        assert!((1..=500).contains(&entry.title.chars().count()));
        for line in entry.authors.iter().chain([&entry.title]) {
            assert!(!line.contains(strange), "{line:?}");
        }
        assert!(entry.published.is_none_or(|time| time <= now && time > Timestamp::EPOCH));
        assert!(entry.updated.is_none_or(|time| time <= now && time > Timestamp::EPOCH));
    }
}

/// What moves the text around it, on a page or on a terminal.
fn strange(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_to_the_end(
        head in select(HEADS.to_vec()),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        charset in select(vec![None, Some("text/xml; charset=gbk"), Some("x; charset=utf-16le")]),
    ) {
        check(&bytes, charset);
        check(&[head.as_bytes(), &bytes].concat(), charset);
    }

    #[test]
    fn any_markup_is_read_to_the_end(
        head in select(HEADS.to_vec()),
        pieces in prop::collection::vec(select(PIECES.to_vec()), 0..60),
    ) {
        let text = format!("{head}{}", pieces.concat());
        check(text.as_bytes(), None);
        let wide = text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        check(&wide, None);
    }

    #[test]
    fn any_date_is_read_or_none(
        words in prop::collection::vec(
            select(vec![
                "2026", "11", "24", "-", "T", ":", "+", "Z", " ", ".", ",", "99999999999", "Nov", "GMT",
                "24:60", "NaN", "1e9", "0000", "-2147483648", "262143", "PST", "/",
            ]),
            0..14,
        ),
    ) {
        check(format!("<rss><item><title>x</title><pubDate>{}</pubDate></item></rss>", words.concat()).as_bytes(), None);
    }

    #[test]
    fn no_redirect_leads_inside(
        pieces in prop::collection::vec(
            select(vec![
                "http", "https", ":", "//", "/", "\\", "@", "a.org", "127.0.0.1", "0x7f.1", "[::1]",
                "[::ffff:7f00:1]", "localhost", ".", "%31", "%00", "\t", "\n", "?", "#", ":80", ":22",
                "2130706433", "１２７", "。", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "0", "..", "file",
            ]),
            0..10,
        ),
    ) {
        let page: WebAddress = "https://a.org/feed".parse().unwrap();
        if let Ok(address) = guard::follow(&page, &pieces.concat(), false) {
            let url = address.url();
            prop_assert!(matches!(url.port_or_known_default(), Some(80 | 443)), "{address}");
            prop_assert!(url.username().is_empty() && url.password().is_none(), "{address}");
            let name = url.domain().map(str::to_owned);
            prop_assert!(name.is_some_and(|name| name.contains('.') && !name.contains("localhost.") || name == "a.org"), "{address}");
        }
    }
}
