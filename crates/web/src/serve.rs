//! The accept loop: who is let in, and how the house is closed.
//!
//! `axum::serve` knows no limit of connections and no time limit before the first request; with both
//! missing, a few hundred silent sockets stop a site. Here a newcomer is always let in: when the
//! house is full, the longest idle guest goes.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::connection::{Limits, serve_connection};
use crate::guests::Guests;
use crate::settings::Settings;

/// How long the loop rests after the system refused a connection, so that a shortage of open files
/// does not become a busy loop.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(50);

/// Answers requests until `stop`, then finishes those that run, within the limit of an answer.
///
/// # Errors
/// None today: what the system refuses is logged and tried again. The result is there so that a
/// listener that can never accept again can be reported.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let limits = Limits::of(settings);
    let guests = Arc::new(Guests::new(capacity(settings.max_connections, open_files())));
    let (close, closing) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let Some(guest) = guests.enter() else { continue };
                    let (router, closing) = (router.clone(), closing.clone());
                    connections.spawn(serve_connection(stream, router, guest, limits, closing));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(error.cause = %error, "no connection could be accepted");
                    guests.send_away_the_longest_idle();
                    tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
                }
            }
        }
    }
    drop(listener);
    close.send_replace(true);
    let finish = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.response, finish).await.is_err() {
        tracing::warn!(connections.left = connections.len(), "stopped with requests still running");
        connections.shutdown().await;
    }
    Ok(())
}

/// Whether an error of `accept` concerns only the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Most connections: what the settings say, and never more than half of the open files of the process,
/// since the database and the index need the other half.
fn capacity(settings: usize, open_files: Option<usize>) -> usize {
    let half = open_files.map_or(usize::MAX, |files| files / 2);
    settings.min(half).max(1)
}

/// The limit of open files of this process, where the system tells it.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Instant;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;
    use crate::testing::settings;

    /// Longer than any limit of the tests' settings, shorter than a patience.
    const LONG: Duration = Duration::from_secs(10);

    /// A running server with a quick page, a page that waits for `go`, and a large one.
    struct Running {
        address: SocketAddr,
        go: watch::Sender<bool>,
        stop: Option<oneshot::Sender<()>>,
        server: JoinSet<io::Result<()>>,
    }

    async fn start(settings: Settings) -> Running {
        let (go, waiting) = watch::channel(false);
        let slow = move || {
            let mut waiting = waiting.clone();
            async move {
                waiting.wait_for(|go| *go).await.unwrap();
                "slow"
            }
        };
        let router = Router::new()
            .route("/", get(|| async { "quick" }))
            .route("/slow", get(slow))
            .route("/large", get(|| async { vec![b'x'; 64 * 1024 * 1024] }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            serve(listener, router, &settings, stopped).await
        });
        Running { address, go, stop: Some(stop), server }
    }

    impl Running {
        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        /// What a visitor gets who asks once and closes.
        async fn ask(&self, path: &str) -> String {
            let mut stream = self.connect().await;
            let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        }
    }

    /// Waits until the other side closes; fails when it does not.
    async fn ends(stream: &mut TcpStream) {
        let mut sink = Vec::new();
        // A reset is an end as well.
        let ended = tokio::time::timeout(LONG, stream.read_to_end(&mut sink)).await;
        assert!(ended.is_ok(), "the connection is still open");
    }

    #[tokio::test]
    async fn silence_halves_and_drips_are_closed() {
        let running = start(settings()).await;
        let begun = Instant::now();
        let halves: [&[u8]; 4] =
            [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: a\r\nx-drip: ", b"PRI * HTTP/2.0\r\n"];
        for half in halves {
            let mut stream = running.connect().await;
            stream.write_all(half).await.unwrap();
            ends(&mut stream).await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(4), "each was given its second");
    }

    #[tokio::test]
    async fn a_connection_that_rests_after_an_answer_is_closed() {
        let running = start(settings()).await;
        let mut stream = running.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        ends(&mut stream).await;
    }

    #[tokio::test]
    async fn a_drip_does_not_reset_the_limit() {
        let running = start(settings()).await;
        let mut stream = running.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        let begun = Instant::now();
        let mut every = tokio::time::interval(Duration::from_millis(100));
        while begun.elapsed() < LONG && stream.write_all(b"a: b\r\n").await.is_ok() {
            every.tick().await;
        }
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn more_silent_guests_than_places_do_not_stop_the_site() {
        let running = start(Settings { max_connections: 8, ..settings() }).await;
        let mut silent = Vec::new();
        for _ in 0..100 {
            silent.push(running.connect().await);
        }
        for _ in 0..20 {
            assert!(running.ask("/").await.ends_with("quick"));
        }
    }

    #[tokio::test]
    async fn who_does_not_take_the_answer_off_is_closed() {
        let settings =
            Settings { header_timeout_seconds: 60, response_timeout_seconds: 1, ..settings() };
        let running = start(settings).await;
        let mut stream = running.connect().await;
        stream.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        // Nothing is read until the other side has given up, which shows as a failing write.
        let begun = Instant::now();
        let mut every = tokio::time::interval(Duration::from_millis(100));
        while begun.elapsed() < LONG && stream.write_all(b"x").await.is_ok() {
            every.tick().await;
        }
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_flood_of_requests_on_one_connection_ends_after_its_share() {
        let running = start(Settings { header_timeout_seconds: 60, ..settings() }).await;
        let mut stream = running.connect().await;
        stream.write_all(&b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1000)).await.unwrap();
        let mut answers = Vec::new();
        // A reset is an end as well: what was not read of the flood makes it one.
        let read = tokio::time::timeout(LONG, stream.read_to_end(&mut answers)).await;
        assert!(read.is_ok(), "the connection is still open");
        let answers = String::from_utf8_lossy(&answers).matches("HTTP/1.1 200").count();
        assert!((1..=40).contains(&answers), "{answers}");
    }

    #[tokio::test]
    async fn the_last_answer_of_a_share_says_that_it_is_the_last() {
        let running = start(Settings { header_timeout_seconds: 60, ..settings() }).await;
        let mut stream = running.connect().await;
        for number in 1..=100 {
            stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"quick") {
                let read = stream.read_buf(&mut answer).await.unwrap();
                assert!(read > 0, "request {number} went into a connection that was closed");
            }
            if String::from_utf8_lossy(&answer).contains("connection: close") {
                ends(&mut stream).await;
                return;
            }
        }
        panic!("the share has no end");
    }

    #[tokio::test]
    async fn stopping_finishes_what_runs_and_lets_nobody_in() {
        let mut running = start(Settings { first_byte_timeout_seconds: 60, ..settings() }).await;
        let mut idle = running.connect().await;
        let mut stream = running.connect().await;
        stream.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        assert!(running.ask("/").await.ends_with("quick"), "the slow request has been taken");
        running.stop.take().unwrap().send(()).unwrap();
        ends(&mut idle).await;
        assert!(TcpStream::connect(running.address).await.is_err(), "the door is closed");
        running.go.send_replace(true);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("slow"), "{answer}");
        running.server.join_next().await.unwrap().unwrap().unwrap();
    }

    #[test]
    fn half_of_the_open_files_stay_for_the_house() {
        assert_eq!(capacity(1000, Some(256)), 128);
        assert_eq!(capacity(100, Some(20_000)), 100);
        assert_eq!(capacity(100, None), 100);
        assert_eq!(capacity(0, Some(0)), 1);
    }
}
