//! A publisher whose feed grows by one entry with every request, and who knows what was kept.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A running publisher. Its thread ends with the process of the test.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    port: u16,
    published: Arc<AtomicU64>,
    kept: Arc<AtomicU64>,
}

impl Publisher {
    /// Starts on a free port of this machine.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let publisher = Self { port, published: Arc::default(), kept: Arc::default() };
        let serving = publisher.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A reader that was killed is no matter of the publisher.
                drop(serving.answer(stream));
            }
        });
        publisher
    }

    /// The address of the feed.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/feed", self.port)
    }

    /// Entries 1 to this number were kept for good: their reader has shown the `ETag` that it keeps in
    /// the same transaction as the entries.
    pub(crate) fn kept(&self) -> u64 {
        self.kept.load(Ordering::SeqCst)
    }

    /// Entries 1 to this number were sent.
    pub(crate) fn published(&self) -> u64 {
        self.published.load(Ordering::SeqCst)
    }

    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let reader = BufReader::new(stream.try_clone()?);
        for line in reader.lines() {
            let line = line?.to_ascii_lowercase();
            if let Some(etag) = line.strip_prefix("if-none-match:") {
                let number = etag.trim().trim_matches('"').parse().expect("our own etag");
                self.kept.fetch_max(number, Ordering::SeqCst);
            }
            if line.is_empty() {
                break;
            }
        }
        let last = self.published.fetch_add(1, Ordering::SeqCst) + 1;
        let items = (1..=last).rev().map(|number| {
            format!(
                "<item><guid>{number}</guid><title>Entry {}</title>\
                 <description>A note about broadband in rural areas.</description></item>",
                word(number)
            )
        });
        let body = format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Growing</title>{}\
             </channel></rss>",
            items.collect::<String>()
        );
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: \"{last}\"\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

/// The word by which entry `number` is found: no other has it.
pub(crate) fn word(number: u64) -> String {
    format!("zq{number:06}x")
}
