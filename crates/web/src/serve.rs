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
    use super::*;

    #[test]
    fn half_of_the_open_files_stay_for_the_house() {
        assert_eq!(capacity(1000, Some(256)), 128);
        assert_eq!(capacity(100, Some(20_000)), 100);
        assert_eq!(capacity(100, None), 100);
        assert_eq!(capacity(0, Some(0)), 1);
    }
}
