//! Feeds, and the dates in them.

use observatory_ingest::{MAX_ENTRIES, MAX_PROBLEMS, parse_feed};
use observatory_model::paper::PaperDate;
use observatory_model::source::FailureReason;
use observatory_model::{Timestamp, WebAddress};

use crate::entries::{NOW, check, strange};

/// What servers say that a feed is, rightly or not; the length of the bytes chooses.
const TYPES: [Option<&str>; 5] = [
    None,
    Some("application/rss+xml; charset=utf-8"),
    Some("text/xml; charset=gbk"),
    Some("application/feed+json"),
    Some("text/html; charset=utf-16le"),
];

pub(crate) fn feed(bytes: &[u8]) {
    let kind = TYPES.get(bytes.len() % TYPES.len()).copied().flatten();
    let feed = match parse_feed(bytes, kind, &base(), NOW) {
        Ok(feed) => feed,
        Err(failure) => {
            assert_ne!(failure.reason, FailureReason::ParserFailed, "{failure}");
            assert!(!failure.detail.contains(strange), "{:?}", failure.detail);
            return;
        }
    };
    assert!(feed.entries.len() <= MAX_ENTRIES && feed.problems.len() <= MAX_PROBLEMS);
    let title = feed.title.as_deref().unwrap_or_default();
    assert!(!title.contains(strange) && title.chars().count() <= 300, "{title:?}");
    // No feed is older than the web; clocks that were never set say 1970.
    check(&feed.entries, &feed.problems, Timestamp::from_millis(1));
    // The same document is the same feed: its entries keep their keys at the next harvest.
    assert_eq!(parse_feed(bytes, kind, &base(), NOW).ok(), Some(feed));
}

/// A date of a feed and what else is written as a date.
pub(crate) fn dates(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    for name in ["pubDate", "dc:date", "updated"] {
        feed(
            format!("<rss><item><title>x</title><{name}>{escaped}</{name}></item></rss>")
                .as_bytes(),
        );
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(
            time.rfc3339().parse::<Timestamp>().map(|again| time.seconds_since(again)),
            Ok(0)
        );
        assert_eq!(time.date().parse::<Timestamp>().map(|day| day <= time), Ok(true));
        assert!(time.http_date().ends_with(" GMT"));
    }
    if let Ok(date) = text.parse::<PaperDate>() {
        assert_eq!(date.to_string().parse::<PaperDate>(), Ok(date));
        assert!(date.begin().date().starts_with(&date.to_string()), "{date}");
    }
}

#[expect(clippy::expect_used, reason = "it is an address")]
fn base() -> WebAddress {
    "https://a.org/feed".parse().expect("an address")
}
