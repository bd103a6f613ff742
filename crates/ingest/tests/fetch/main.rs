//! Fetching over real connections: what servers answer becomes a body, "nothing new", or the reason.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where the ground it stands on breaks"
)]

mod answers;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_compression::tokio::bufread::{
    BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
};
use observatory_ingest::{
    Conditional, Feed, Fetch, Fetched, Fetcher, Settings, asked_seconds, parse,
};
use observatory_model::source::{Failure, FailureReason};
use observatory_model::{Timestamp, WebAddress};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use crate::answers::{FEED, answer, site};
use crate::server::{Server, read_request, whole};

const MIB: u64 = 1024 * 1024;

fn settings() -> Settings {
    Settings {
        user_agent_contact: "https://example.org/about".to_owned(),
        allow_loopback: true,
        max_body_bytes: MIB,
        max_redirects: 5,
        connect_timeout_seconds: 2,
        read_timeout_seconds: 1,
        total_timeout_seconds: 3,
    }
}

async fn fetch(url: &WebAddress, conditional: Conditional<'_>) -> Result<Fetched, Failure> {
    Fetcher::new(settings()).unwrap().fetch(url, conditional).await
}

async fn body(url: &WebAddress) -> Result<Fetch, Failure> {
    match fetch(url, Conditional::default()).await? {
        Fetched::Body(fetch) => Ok(fetch),
        Fetched::NotModified { .. } => Err(Failure::new(FailureReason::HttpStatus, "304")),
    }
}

/// Fetched and parsed, as the harvest does it.
async fn harvest(url: &WebAddress) -> Result<Feed, Failure> {
    let now: Timestamp = "2026-11-24".parse().unwrap();
    parse(Arc::new(body(url).await?), now).await
}

#[tokio::test]
async fn every_bad_answer_has_its_reason() {
    let server = Server::http(site).await;
    for (path, reason) in [
        ("/page", FailureReason::WebPage),
        ("/empty", FailureReason::Empty),
        ("/space", FailureReason::Empty),
        ("/cut", FailureReason::Malformed),
        ("/sitemap", FailureReason::NotAFeed),
        ("/entities", FailureReason::Entities),
        ("/ebcdic", FailureReason::Charset),
        ("/deep", FailureReason::TooComplex),
        ("/many", FailureReason::TooComplex),
        ("/endless", FailureReason::TooLarge),
        ("/long", FailureReason::TooLarge),
        ("/headers", FailureReason::TooLarge),
        ("/loop", FailureReason::TooManyRedirects),
        ("/hop/302/5", FailureReason::TooManyRedirects),
        ("/nowhere", FailureReason::TooManyRedirects),
        ("/gone", FailureReason::Gone),
        ("/missing", FailureReason::HttpStatus),
        ("/busy", FailureReason::HttpStatus),
        ("/partial", FailureReason::HttpStatus),
        ("/twice", FailureReason::BrokenAnswer),
        ("/twice-in-two-lines", FailureReason::BrokenAnswer),
        ("/compress", FailureReason::BrokenAnswer),
        ("/no-gzip", FailureReason::BrokenAnswer),
        ("/inside", FailureReason::AddressRefused),
        ("/inside-ipv6", FailureReason::AddressRefused),
        ("/metadata", FailureReason::AddressRefused),
        ("/mapped", FailureReason::AddressRefused),
        ("/decimal", FailureReason::AddressRefused),
        ("/name", FailureReason::AddressRefused),
        ("/file", FailureReason::AddressRefused),
        ("/user", FailureReason::AddressRefused),
        ("/other-port", FailureReason::AddressRefused),
        ("/backslash", FailureReason::AddressRefused),
    ] {
        let failure = harvest(&server.url(path)).await.unwrap_err();
        assert_eq!(failure.reason, reason, "{path}: {failure}");
        assert!(!failure.detail.is_empty(), "{path}");
    }
    let busy = harvest(&server.url("/busy")).await.unwrap_err();
    assert_eq!(asked_seconds(&busy), Some(120), "{busy}");
}

#[tokio::test]
async fn a_feed_is_read_and_asked_for_politely() {
    let server = Server::http(site).await;
    let feed = harvest(&server.url("/feed")).await.unwrap();
    assert_eq!(feed.entries[0].url, Some(server.url("/1")));
    let seen = server.seen();
    let header = |name: &str| seen[0].headers.get(name).and_then(|value| value.to_str().ok());
    let agent = header("user-agent").unwrap();
    assert!(agent.starts_with("observatory/") && agent.contains("example.org"), "{agent}");
    assert!(header("accept").unwrap().starts_with("application/atom+xml"));
    assert_eq!(header("accept-encoding"), Some("gzip, br, zstd, deflate"));
    for absent in ["referer", "cookie", "if-none-match", "if-modified-since", "authorization"] {
        assert_eq!(header(absent), None);
    }
}

#[tokio::test]
async fn nothing_new_is_asked_for_and_understood() {
    let server = Server::http(|request| {
        let headers = request.headers();
        let known = headers.get("if-none-match").is_some_and(|tag| tag == "\"v1\"");
        let dated = headers.get("if-modified-since").is_some_and(|date| date == "yesterday");
        let kept = [("etag", "\"v1\""), ("last-modified", "yesterday"), ("retry-after", "60")];
        match request.uri().path() {
            "/always" => answer(304, &[], whole("")),
            _ if known || dated => answer(304, &kept, whole("")),
            _ => answer(200, &kept, whole(FEED)),
        }
    })
    .await;
    let first = body(&server.url("/")).await.unwrap();
    assert_eq!(first.etag.as_deref(), Some("\"v1\""));
    assert_eq!(first.last_modified.as_deref(), Some("yesterday"));
    assert_eq!(first.retry_after_seconds, Some(60));
    assert_eq!(first.wire_bytes, u64::try_from(FEED.len()).unwrap());
    let etag = Conditional { etag: first.etag.as_deref(), last_modified: None };
    let date = Conditional { etag: None, last_modified: first.last_modified.as_deref() };
    for conditional in [etag, date] {
        let again = fetch(&server.url("/"), conditional).await.unwrap();
        assert!(matches!(again, Fetched::NotModified { moved_to: None, .. }), "{again:?}");
    }
    // A validator that cannot stand in a header is left out.
    let broken = Conditional { etag: Some("a\nb"), last_modified: None };
    assert!(matches!(fetch(&server.url("/"), broken).await, Ok(Fetched::Body(_))));
    // "Nothing new" to somebody who knows nothing is no answer.
    assert_eq!(body(&server.url("/always")).await.unwrap_err().reason, FailureReason::HttpStatus);
}

#[tokio::test]
async fn only_permanent_redirects_move_a_source() {
    let server = Server::http(site).await;
    for (path, moved) in [
        ("/hop/301/4", true),
        ("/hop/308/0", true),
        ("/hop/302/0", false),
        ("/hop/307/2", false),
        ("/feed", false),
    ] {
        let fetched = body(&server.url(path)).await.unwrap();
        assert_eq!(fetched.final_url, server.url("/feed"), "{path}");
        assert_eq!(fetched.moved_to, moved.then(|| server.url("/feed")), "{path}");
    }
    assert_eq!(server.seen().iter().filter(|seen| seen.path == "/feed").count(), 5);
}

async fn packed(mut encoder: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoder.read_to_end(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn packed_answers_are_unpacked() {
    let feed = FEED.as_bytes();
    for (encoding, bytes) in [
        ("gzip", packed(GzipEncoder::new(feed)).await),
        ("x-gzip", packed(GzipEncoder::new(feed)).await),
        ("br", packed(BrotliEncoder::new(feed)).await),
        ("zstd", packed(ZstdEncoder::new(feed)).await),
        ("deflate", packed(ZlibEncoder::new(feed)).await),
        ("deflate", packed(DeflateEncoder::new(feed)).await),
        ("identity", feed.to_vec()),
    ] {
        let length = u64::try_from(bytes.len()).unwrap();
        let half = bytes[..bytes.len() / 2].to_vec();
        let server = Server::http(move |request| {
            let cut = request.uri().path() == "/half";
            let bytes = if cut { half.clone() } else { bytes.clone() };
            answer(200, &[("content-encoding", encoding)], whole(bytes))
        })
        .await;
        let fetched = body(&server.url("/")).await.unwrap();
        assert_eq!((fetched.bytes.as_slice(), fetched.wire_bytes), (feed, length), "{encoding}");
        if encoding != "identity" {
            let failure = body(&server.url("/half")).await.unwrap_err();
            assert_eq!(failure.reason, FailureReason::BrokenAnswer, "{encoding}: {failure}");
        }
    }
}

#[tokio::test]
async fn bombs_end_at_the_limit() {
    let spaces = || tokio::io::BufReader::new(tokio::io::repeat(b' ').take(64 * MIB));
    for (encoding, bytes) in [
        ("gzip", packed(GzipEncoder::new(spaces())).await),
        (
            "br",
            packed(BrotliEncoder::with_quality(spaces(), async_compression::Level::Fastest)).await,
        ),
        ("zstd", packed(ZstdEncoder::new(spaces())).await),
        ("deflate", packed(ZlibEncoder::new(spaces())).await),
    ] {
        assert!(bytes.len() < 512 * 1024, "{encoding}: a bomb is small");
        let server = Server::http(move |_| {
            answer(200, &[("content-encoding", encoding)], whole(bytes.clone()))
        })
        .await;
        let failure = body(&server.url("/")).await.unwrap_err();
        assert_eq!(failure.reason, FailureReason::TooLarge, "{encoding}: {failure}");
    }
}

#[tokio::test]
async fn broken_connections_have_their_reason() {
    let reset = Server::raw(|mut stream| async move {
        read_request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let mute = Server::bytes(b"").await;
    let garbage = Server::bytes(b"SSH-2.0-OpenSSH_9.9\r\n").await;
    let short = Server::bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss>").await;
    let chunk =
        Server::bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n<rss>").await;
    let lengths =
        Server::bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n<rss>")
            .await;
    let bodiless = Server::bytes(b"HTTP/1.1 200 OK\r\n\r\n").await;
    for (server, name, reason) in [
        (&reset, "reset", FailureReason::Unreachable),
        (&mute, "mute", FailureReason::BrokenAnswer),
        (&garbage, "garbage", FailureReason::BrokenAnswer),
        (&short, "short", FailureReason::BrokenAnswer),
        (&chunk, "chunk", FailureReason::BrokenAnswer),
        (&lengths, "lengths", FailureReason::BrokenAnswer),
        (&bodiless, "bodiless", FailureReason::Empty),
    ] {
        let failure = harvest(&server.url("/")).await.unwrap_err();
        assert_eq!(failure.reason, reason, "{name}: {failure}");
    }
    let plain = Server::raw(|mut stream| async move {
        drop(stream.write_all(b"220 mail.example.org ESMTP\r\n").await);
        read_request(&mut stream).await;
    })
    .await;
    let tls = format!("https://{}/", plain.address()).parse().unwrap();
    assert_eq!(body(&tls).await.unwrap_err().reason, FailureReason::Unreachable);
    let closed = mute.url("/");
    drop(mute);
    assert_eq!(body(&closed).await.unwrap_err().reason, FailureReason::Unreachable);
}

#[tokio::test]
async fn slow_servers_are_left_in_time() {
    let silent = Server::raw(|mut stream| async move {
        read_request(&mut stream).await;
        // Keeps the connection and says nothing until the client has gone.
        read_request(&mut stream).await;
    })
    .await;
    let dripping = Server::raw(|mut stream| async move {
        read_request(&mut stream).await;
        let mut rhythm = tokio::time::interval(Duration::from_millis(200));
        for byte in b"HTTP/1.1 200 OK\r\n\r\n".iter().chain([b'<'; 10_000].iter()) {
            rhythm.tick().await;
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let stalling = Server::raw(|mut stream| async move {
        read_request(&mut stream).await;
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<rss>").await);
        read_request(&mut stream).await;
    })
    .await;
    for server in [&silent, &dripping, &stalling] {
        let begun = Instant::now();
        let failure = body(&server.url("/")).await.unwrap_err();
        assert_eq!(failure.reason, FailureReason::TooSlow, "{failure}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn nothing_private_is_asked() {
    let strict = Fetcher::new(Settings { allow_loopback: false, ..settings() }).unwrap();
    let server = Server::http(site).await;
    let here = server.address().port();
    for url in [
        server.url("/feed").as_str(),
        "http://127.0.0.1/",
        "http://localhost/",
        &format!("http://localhost:{here}/feed"),
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://0x7f000001/",
    ] {
        let failure =
            strict.fetch(&url.parse().unwrap(), Conditional::default()).await.unwrap_err();
        assert_eq!(failure.reason, FailureReason::AddressRefused, "{url}");
    }
    assert!(server.seen().is_empty(), "the server was not even connected to");
    // With the loopback allowed, the name of this machine leads to the server.
    let named = format!("http://localhost:{here}/feed").parse().unwrap();
    assert!(body(&named).await.is_ok());
}

#[tokio::test]
async fn many_feeds_are_parsed_at_once() {
    let server = Server::http(site).await;
    let fetched = Arc::new(body(&server.url("/feed")).await.unwrap());
    let now: Timestamp = "2026-11-24".parse().unwrap();
    let parsed = (0..100).map(|_| parse(Arc::clone(&fetched), now));
    let parsed = futures_util::future::join_all(parsed).await;
    assert!(parsed.iter().all(Result::is_ok));
    // Callers that give up leave the threads to others.
    for _ in 0..100 {
        let given_up = tokio::time::timeout(Duration::ZERO, parse(Arc::clone(&fetched), now)).await;
        drop(given_up);
    }
    assert!(parse(fetched, now).await.is_ok());
}
