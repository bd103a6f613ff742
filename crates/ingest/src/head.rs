//! The headers that go out with each request, and what is read from those that come back.

use std::error::Error;

use observatory_model::source::{Failure, FailureReason};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderValue,
    RETRY_AFTER, USER_AGENT,
};

use crate::dates;

/// Longest headers of an answer, in bytes: four times what common servers allow themselves.
pub(crate) const MAX_HEADER_BYTES: u32 = 64 * 1024;

/// Longest value of a header that is kept, in bytes; `ETag`s of real feeds have less than 100.
const MAX_KEPT_BYTES: usize = 1024;

/// Longest time a server may ask us to stay away, in seconds: a day, after which it is asked again.
const LONGEST_RETRY_SECONDS: u64 = 24 * 3600;

/// Feeds first, then their generic types, then whatever there is.
const FEED_TYPES: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
    application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1";

/// What is read page by page, then whatever there is.
pub(crate) const DOCUMENT_TYPES: &str = "application/pdf, text/html;q=0.9, \
    application/vnd.openxmlformats-officedocument.wordprocessingml.document;q=0.9, \
    application/xhtml+xml;q=0.9, text/markdown;q=0.8, text/plain;q=0.8, application/xml;q=0.7, */*;q=0.1";

/// The headers of every request; `contact` stands in `User-Agent`, so that publishers can reach us.
pub(crate) fn standing_headers(contact: &str) -> Result<HeaderMap, Box<dyn Error + Send + Sync>> {
    let agent = format!("observatory/{} (+{contact})", env!("CARGO_PKG_VERSION"));
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::try_from(agent)?);
    headers.insert(ACCEPT, HeaderValue::from_static(FEED_TYPES));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br, zstd, deflate"));
    Ok(headers)
}

/// Refuses answers whose headers alone are a burden.
pub(crate) fn check_size(headers: &HeaderMap) -> Result<(), Failure> {
    let bytes =
        headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
    if u32::try_from(bytes).is_ok_and(|bytes| bytes <= MAX_HEADER_BYTES) {
        return Ok(());
    }
    let detail = format!("the headers have {bytes} bytes, more than {MAX_HEADER_BYTES}");
    Err(Failure::new(FailureReason::TooLarge, detail))
}

/// The first value of a header, when it is short and readable.
pub(crate) fn first(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty() && value.len() <= MAX_KEPT_BYTES).then(|| value.to_owned())
}

/// What `Retry-After` asks for, in seconds, at most a day (RFC 9110 §10.2.3).
///
/// A date is measured against the server's own `Date`, so that a wrong clock there does not matter.
pub(crate) fn retry_after_seconds(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_not_a_number) => {
            let sent = dates::parse(headers.get(DATE)?.to_str().ok()?)?;
            u64::try_from(dates::parse(value)?.seconds_since(sent)).unwrap_or(0)
        }
    };
    Some(seconds.min(LONGEST_RETRY_SECONDS))
}

/// How long an answer stays good from now on, in seconds, at most a day; 0 where its server does not say
/// so, or wants to be asked each time (RFC 9111 §4.2.1, §5.2.2).
///
/// We keep answers for ourselves alone, so that `s-maxage` and `private` are none of our matters.
pub(crate) fn fresh_seconds(headers: &HeaderMap) -> u64 {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let mut max_age = None;
    for value in headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()) {
        for directive in value.split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-cache" | "no-store" => return 0,
                // Of two the first counts (§4.2.1); one that is no number says nothing.
                "max-age" => {
                    let seconds = argument.trim().trim_matches('"').parse::<u64>().unwrap_or(0);
                    max_age = max_age.or(Some(seconds));
                }
                _ => {}
            }
        }
    }
    let lifetime = max_age.unwrap_or_else(|| {
        let until = text(EXPIRES).and_then(dates::parse);
        let since = text(DATE).and_then(dates::parse);
        let seconds = until.zip(since).map_or(0, |(until, since)| until.seconds_since(since));
        u64::try_from(seconds).unwrap_or(0)
    });
    let age = text(AGE).and_then(|age| age.parse::<u64>().ok()).unwrap_or(0);
    lifetime.saturating_sub(age).min(LONGEST_RETRY_SECONDS)
}

/// How a failure says that the server asked to be left alone: at the beginning, where it is not cut off.
pub(crate) fn wish_to_wait(seconds: u64) -> String {
    format!("{WISH}{seconds} seconds: ")
}

const WISH: &str = "asked to come back in ";

/// How long the server that caused a failure asked not to be asked again (`Retry-After`), in seconds,
/// at most a day; `None` when it did not ask.
///
/// It stands in the failure's detail, so that the operator sees it and it is known after a restart.
pub fn asked_seconds(failure: &Failure) -> Option<u64> {
    let (seconds, _) = failure.detail.strip_prefix(WISH)?.split_once(' ')?;
    seconds.parse::<u64>().ok().map(|seconds| seconds.min(LONGEST_RETRY_SECONDS))
}

/// The compressions of an answer, outermost last, without `identity`.
pub(crate) fn compressions(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(reqwest::header::CONTENT_ENCODING)
        .iter()
        .flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            value.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>()
        })
        .filter(|word| !word.is_empty() && word != "identity")
        .take(8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn waiting_times_are_read_as_seconds_or_date() {
        let wait = |pairs: &[(&'static str, &'static str)]| retry_after_seconds(&headers(pairs));
        assert_eq!(wait(&[("retry-after", "120")]), Some(120));
        assert_eq!(wait(&[("retry-after", "99999999999")]), Some(86_400));
        assert_eq!(wait(&[("retry-after", "99999999999999999999999")]), None);
        assert_eq!(wait(&[("retry-after", "-5")]), None);
        let sent = ("date", "Tue, 24 Nov 2026 09:30:00 GMT");
        assert_eq!(wait(&[sent, ("retry-after", "Tue, 24 Nov 2026 09:40:00 GMT")]), Some(600));
        assert_eq!(wait(&[sent, ("retry-after", "Tue, 24 Nov 2026 09:20:00 GMT")]), Some(0));
        assert_eq!(wait(&[("retry-after", "Tue, 24 Nov 2026 09:20:00 GMT")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn the_time_an_answer_stays_good_is_read() {
        let fresh = |pairs: &[(&'static str, &'static str)]| fresh_seconds(&headers(pairs));
        assert_eq!(fresh(&[("cache-control", "public, Max-Age=600")]), 600);
        assert_eq!(fresh(&[("cache-control", "max-age=\"600\", max-age=9")]), 600);
        assert_eq!(fresh(&[("cache-control", "max-age=600"), ("age", "500")]), 100);
        assert_eq!(fresh(&[("cache-control", "max-age=600"), ("age", "5000")]), 0);
        assert_eq!(fresh(&[("cache-control", "max-age=31536000")]), 86_400);
        assert_eq!(fresh(&[("cache-control", "max-age=600, no-cache")]), 0);
        assert_eq!(fresh(&[("cache-control", "max-age=600"), ("cache-control", "no-store")]), 0);
        for odd in ["max-age", "max-age=-1", "max-age=1e9", "s-maxage=600", ",,=,"] {
            assert_eq!(fresh(&[("cache-control", odd)]), 0, "{odd}");
        }
        let sent = ("date", "Tue, 24 Nov 2026 09:30:00 GMT");
        let until = ("expires", "Tue, 24 Nov 2026 09:40:00 GMT");
        assert_eq!(fresh(&[sent, until]), 600);
        assert_eq!(fresh(&[sent, until, ("cache-control", "max-age=60")]), 60);
        assert_eq!(fresh(&[until]), 0, "no clock but the server's own");
        assert_eq!(fresh(&[sent, ("expires", "0")]), 0);
        assert_eq!(fresh(&[sent, ("expires", "Tue, 24 Nov 2026 09:20:00 GMT")]), 0);
    }

    #[test]
    fn a_wish_to_be_left_alone_is_read_back() {
        let detail = wish_to_wait(120) + &"https://a.org/".repeat(99);
        let failure = Failure::new(FailureReason::HttpStatus, detail);
        assert_eq!(asked_seconds(&failure), Some(120));
        assert_eq!(asked_seconds(&Failure::new(FailureReason::HttpStatus, "503")), None);
    }

    #[test]
    fn compressions_are_counted_over_all_lines() {
        let found = compressions(&headers(&[
            ("content-encoding", "GZIP, identity"),
            ("content-encoding", "br,"),
        ]));
        assert_eq!(found, ["gzip", "br"]);
    }

    #[test]
    fn huge_headers_are_refused() {
        let mut map = HeaderMap::new();
        map.insert("x", HeaderValue::from_str(&"y".repeat(70_000)).unwrap());
        assert_eq!(check_size(&map).unwrap_err().reason, FailureReason::TooLarge);
        assert_eq!(check_size(&headers(&[("x", "y")])), Ok(()));
    }

    #[test]
    fn a_contact_that_breaks_the_header_is_refused() {
        assert!(standing_headers("mailto:a@b.org").is_ok());
        assert!(standing_headers("a\r\nX-Evil: 1").is_err());
    }
}
