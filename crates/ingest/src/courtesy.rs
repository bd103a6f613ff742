//! Courtesy towards the servers that are asked: one connection to a host at a time, and a pause
//! between two where a host asks for one, however many sources live there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use observatory_model::WebAddress;
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep_until};

/// Hosts that ask for a pause between two requests, with those below them, and the pause. arXiv's
/// terms of use: "no more than one request every three seconds".
const PAUSES: [(&str, Duration); 1] = [("arxiv.org", Duration::from_secs(3))];

/// How long after the one before it the next source of a busy host has its turn.
const STEP: Duration = Duration::from_millis(100);

/// Hosts that are remembered before those that are not in use are forgotten.
const MAX_REMEMBERED: usize = 1024;

/// The hosts that are being asked.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    known: Arc<Mutex<BTreeMap<String, Arc<Host>>>>,
    pauses: &'static [(&'static str, Duration)],
}

impl Default for Hosts {
    fn default() -> Self {
        Self { known: Arc::default(), pauses: &PAUSES }
    }
}

#[derive(Debug, Default)]
struct Host {
    /// When the last connection ended; locked while there is one.
    last: Arc<tokio::sync::Mutex<Option<Instant>>>,
    /// Locked while one source of this host is read.
    visited: Arc<tokio::sync::Mutex<()>>,
    /// When whoever was turned away last may come back.
    promised: Mutex<Option<Instant>>,
}

/// The only connection to a host, until it is dropped.
#[derive(Debug)]
pub(crate) struct Connection(OwnedMutexGuard<Option<Instant>>);

impl Drop for Connection {
    fn drop(&mut self) {
        *self.0 = Some(Instant::now());
    }
}

/// The only source of its host that is being read, until it is dropped. See
/// [`Fetcher::visit`](crate::Fetcher::visit).
#[derive(Debug)]
pub struct Visit {
    _only: OwnedMutexGuard<()>,
}

impl Hosts {
    /// Waits until nobody else is connected to the host of `url`, and until its pause is over.
    pub(crate) async fn connect(&self, url: &WebAddress) -> Connection {
        let connection = Connection(Arc::clone(&self.host(url).last).lock_owned().await);
        if let (Some(last), Some(pause)) = (*connection.0, self.pause(url)) {
            sleep_until(last + pause).await;
        }
        connection
    }

    /// The host of `url` for one source, or how long to stay away.
    pub(crate) fn visit(&self, url: &WebAddress) -> Result<Visit, Duration> {
        let host = self.host(url);
        let now = Instant::now();
        let mut promised = host.promised.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Arc::clone(&host.visited).try_lock_owned();
        if let Ok(only) = begun {
            return Ok(Visit { _only: only });
        }
        let step = self.pause(url).unwrap_or(STEP);
        let next = promised.unwrap_or(now).max(now) + step;
        *promised = Some(next);
        Err(next - now)
    }

    fn host(&self, url: &WebAddress) -> Arc<Host> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REMEMBERED {
            // Who is in use, or paused, is held by somebody or was asked within the longest pause.
            let longest = self.pauses.iter().map(|(_, pause)| *pause).max().unwrap_or_default();
            known.retain(|_, host| {
                let rests = host
                    .last
                    .try_lock()
                    .is_ok_and(|last| last.is_none_or(|last| last.elapsed() > longest));
                Arc::strong_count(host) > 1 || !rests || host.visited.try_lock().is_err()
            });
        }
        Arc::clone(known.entry(key(url)).or_default())
    }

    fn pause(&self, url: &WebAddress) -> Option<Duration> {
        let host = url.url().host_str().unwrap_or_default().trim_end_matches('.');
        let below = |name: &str| {
            host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.pauses.iter().find(|(name, _)| below(name)).map(|(_, pause)| *pause)
    }
}

/// A host, with its port where that is none of the two of the web.
fn key(url: &WebAddress) -> String {
    let host = url.url().host_str().unwrap_or_default().trim_end_matches('.');
    let port = url.url().port().filter(|port| !matches!(port, 80 | 443));
    port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> WebAddress {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_host_has_one_connection_and_others_do_not_wait_for_it() {
        let hosts = Hosts::default();
        let held = hosts.connect(&url("http://a.org/1")).await;
        drop(hosts.connect(&url("http://b.org/")).await);
        let same = url("https://a.org/2");
        let second = tokio::time::timeout(Duration::from_millis(20), hosts.connect(&same));
        assert!(second.await.is_err(), "the scheme makes no other host");
        drop(held);
        drop(hosts.connect(&url("https://a.org/2")).await);
    }

    #[tokio::test]
    async fn the_pause_of_a_host_is_kept_whoever_asks() {
        const PAUSE: Duration = Duration::from_millis(120);
        let hosts = Hosts { pauses: &[("arxiv.org", PAUSE)], ..Hosts::default() };
        drop(hosts.connect(&url("https://export.arxiv.org/api/query")).await);
        let begun = Instant::now();
        drop(hosts.clone().connect(&url("https://export.arxiv.org/oai2")).await);
        assert!(begun.elapsed() >= PAUSE);
        assert_eq!(
            Hosts::default().pause(&url("https://arxiv.org/")),
            Some(Duration::from_secs(3))
        );
        assert_eq!(Hosts::default().pause(&url("https://notarxiv.org/")), None);
    }

    #[tokio::test]
    async fn who_finds_a_host_busy_is_told_when_to_come_back() {
        let hosts = Hosts::default();
        let visit = hosts.visit(&url("http://a.org/1")).unwrap();
        let first = hosts.visit(&url("http://a.org/2")).unwrap_err();
        let second = hosts.visit(&url("http://a.org/3")).unwrap_err();
        assert!(second > first, "{first:?} {second:?}");
        assert!(hosts.visit(&url("http://b.org/")).is_ok());
        drop(visit);
        assert!(hosts.visit(&url("http://a.org/2")).is_ok());
    }

    #[tokio::test]
    async fn hosts_at_rest_are_forgotten() {
        let hosts = Hosts { pauses: &[], ..Hosts::default() };
        let busy = hosts.visit(&url("http://busy.org/")).unwrap();
        for number in 0..3000 {
            drop(hosts.connect(&url(&format!("http://h{number}.org/"))).await);
        }
        assert!(hosts.known.lock().unwrap().len() <= MAX_REMEMBERED);
        assert!(hosts.visit(&url("http://busy.org/")).is_err());
        drop(busy);
    }
}
