//! How many questions a network asks within an hour.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use observatory_model::Timestamp;
use observatory_model::alert::QUESTIONS_PER_HOUR;

/// What a reverse proxy adds at the end: whom it answers.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Networks that are remembered at once: more than ever ask, and little memory.
const MOST_NETWORKS: usize = 10_000;

/// Seconds for which a question counts.
const HOUR: i64 = 3600;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Addresses that one household or office has: the first 24 bits of an address of the fourth version,
/// the first 48 of the sixth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Network {
    V4([u8; 3]),
    V6([u16; 3]),
    /// A request that came through no connection.
    Unknown,
}

impl fmt::Display for Network {
    /// As the owner of a session knows it: `203.0.113.0/24`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4([a, b, c]) => write!(formatter, "{a}.{b}.{c}.0/24"),
            Self::V6([a, b, c]) => write!(formatter, "{a:x}:{b:x}:{c:x}::/48"),
            Self::Unknown => Ok(()),
        }
    }
}

impl Network {
    /// The network that a request comes from. What it says of itself is believed only where one of our
    /// own proxies has said it.
    pub(crate) fn of(peer: Option<Peer>, headers: &HeaderMap, proxies: &[IpAddr]) -> Self {
        let Some(Peer(peer)) = peer else { return Self::Unknown };
        let peer = peer.to_canonical();
        if !proxies.contains(&peer) {
            return Self::around(peer);
        }
        let last = headers.get_all(FORWARDED_FOR).iter().next_back();
        let last =
            last.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Self::around(last.unwrap_or(peer))
    }

    fn around(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Self::V6([a, b, c])
            }
        }
    }
}

/// The questions of the last hour. They are forgotten when the program stops.
#[derive(Debug, Default)]
pub(crate) struct Questions(Mutex<BTreeMap<Network, Vec<Timestamp>>>);

impl Questions {
    /// Counts a question of `network`; `false` when it has asked enough.
    pub(crate) fn may_ask(&self, network: Network, now: Timestamp) -> bool {
        // Nothing that holds this lock can panic half way.
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = |time: &Timestamp| now.seconds_since(*time) < HOUR;
        if book.len() >= MOST_NETWORKS {
            book.retain(|_, times| times.iter().any(counts));
        }
        if book.len() >= MOST_NETWORKS && !book.contains_key(&network) {
            return false;
        }
        let times = book.entry(network).or_default();
        times.retain(counts);
        let asked = u64::try_from(times.len()).unwrap_or(u64::MAX);
        let may = asked < QUESTIONS_PER_HOUR;
        if may {
            times.push(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(peer: &str, forwarded: &str, proxies: &[&str]) -> Network {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, forwarded.parse().unwrap());
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Network::of(Some(Peer(peer.parse().unwrap())), &headers, &proxies)
    }

    #[test]
    fn nobody_chooses_a_network() {
        let own = Network::V4([203, 0, 113]);
        assert_eq!(network("203.0.113.9", "198.51.100.1", &[]), own);
        assert_eq!(network("203.0.113.77", "", &["127.0.0.1"]), own);
        assert_eq!(network("::ffff:203.0.113.9", "", &[]), own);
        // A proxy adds what it sees at the end; what stands before it anybody may have written.
        assert_eq!(network("127.0.0.1", "198.51.100.1, 203.0.113.9", &["127.0.0.1"]), own);
        assert_eq!(network("127.0.0.1", "nonsense", &["127.0.0.1"]), Network::V4([127, 0, 0]));
        let v6 = Network::V6([0x2001, 0xdb8, 1]);
        assert_eq!(network("2001:db8:1:2::3", "", &[]), v6);
        assert_eq!(network("2001:db8:1:ffff::4", "", &[]), v6);
    }

    #[test]
    fn a_network_asks_five_times_an_hour() {
        let questions = Questions::default();
        let (one, other) = (Network::V4([1, 2, 3]), Network::V4([1, 2, 4]));
        let start = Timestamp::EPOCH;
        for _ in 0..5 {
            assert!(questions.may_ask(one, start));
        }
        assert!(!questions.may_ask(one, start.plus_seconds(3599)));
        assert!(questions.may_ask(other, start));
        assert!(questions.may_ask(one, start.plus_seconds(3600)));
    }

    #[test]
    fn a_flood_of_networks_is_bounded() {
        let questions = Questions::default();
        for number in 0..=u16::try_from(MOST_NETWORKS).unwrap() {
            let [a, b] = number.to_be_bytes();
            let may = questions.may_ask(Network::V4([1, a, b]), Timestamp::EPOCH);
            assert_eq!(may, usize::from(number) < MOST_NETWORKS);
        }
        let later = Timestamp::EPOCH.plus_seconds(HOUR);
        assert!(questions.may_ask(Network::V4([2, 0, 0]), later), "the old ones are forgotten");
    }
}
