//! The guard of every outgoing address: what the observatory may ask for, and what it may connect to.
//!
//! [`check_url`] sees each address before it is asked (the source itself and every redirect);
//! [`check_address`] sees each number a name resolves to, immediately before the connection. The
//! table is our own, because those of libraries have holes (`192.0.0.8` counts as global in some).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use observatory_model::WebAddress;
use observatory_model::address::MAX_ADDRESS_BYTES;
use url::Host;

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is written in a way that programs read differently, or it is no web address at all.
    #[error("“{text}” is no plain http or https address")]
    Written {
        /// Its beginning.
        text: String,
    },
    /// Feeds are served on the ports of the web; other ports belong to other services.
    #[error("port {port} is not read, only 80 and 443")]
    Port {
        /// The port.
        port: u16,
    },
    /// The name is one of a private network, or no full name.
    #[error("“{host}” is not a name of the public internet")]
    Name {
        /// The name.
        host: String,
    },
    /// The number belongs to a private, reserved or translated network.
    #[error("{address} is not an address of the public internet")]
    Address {
        /// The number.
        address: IpAddr,
    },
}

/// Checks that `url` may be asked: the one function for every outgoing address.
///
/// What a name resolves to is checked again by [`check_address`] when the connection is made.
/// `allow_loopback` lets `127.0.0.0/8`, `::1` and `localhost` through on any port, and nothing else.
///
/// # Errors
/// The [`Refusal`] that applies first.
pub fn check_url(url: &WebAddress, allow_loopback: bool) -> Result<(), Refusal> {
    let parts = url.url();
    if url.as_str().len() > MAX_ADDRESS_BYTES || !matches!(parts.scheme(), "http" | "https") {
        return Err(written(url.as_str()));
    }
    if !parts.username().is_empty() || parts.password().is_some() {
        return Err(written(url.as_str()));
    }
    match parts.host() {
        Some(Host::Ipv4(number)) => check_address(number.into(), allow_loopback)?,
        Some(Host::Ipv6(number)) => check_address(number.into(), allow_loopback)?,
        Some(Host::Domain(name)) if allow_loopback && name == LOCALHOST => {}
        Some(Host::Domain(name)) => check_name(name)?,
        None => return Err(written(url.as_str())),
    }
    let port = parts.port_or_known_default().unwrap_or_default();
    let own_machine = allow_loopback && is_own_machine(parts.host().as_ref());
    if own_machine || matches!(port, 80 | 443) { Ok(()) } else { Err(Refusal::Port { port }) }
}

/// The address that a redirect or a link on `page` leads to, checked by [`check_url`].
///
/// # Errors
/// A [`Refusal`]; also when `reference` holds control characters, spaces or backslashes, which
/// clients read differently.
pub fn follow(
    page: &WebAddress,
    reference: &str,
    allow_loopback: bool,
) -> Result<WebAddress, Refusal> {
    let reference = reference.trim_matches([' ', '\t']);
    let strange = |c: char| c.is_control() || c == '\\' || c == ' ';
    if reference.contains(strange) {
        return Err(written(reference));
    }
    let address = page.join(reference).or(Err(written(reference)))?;
    check_url(&address, allow_loopback)?;
    Ok(address)
}

/// Checks that a connection to `address` stays on the public internet (or on this machine, where
/// `allow_loopback` says so).
///
/// # Errors
/// [`Refusal::Address`].
pub fn check_address(address: IpAddr, allow_loopback: bool) -> Result<(), Refusal> {
    let own = allow_loopback && is_loopback(address);
    let public = match address {
        IpAddr::V4(number) => is_public_v4(number),
        IpAddr::V6(number) => is_public_v6(number),
    };
    if own || public { Ok(()) } else { Err(Refusal::Address { address }) }
}

/// The one name of this machine that `allow_loopback` lets through.
pub(crate) const LOCALHOST: &str = "localhost";

/// Endings of names that never exist on the public internet (RFC 6762, 6761, 8375, 7686, 9476 and the
/// private endings that ICANN keeps out of the root).
const PRIVATE_ENDINGS: [&str; 13] = [
    "local",
    "localhost",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "onion",
    "alt",
    "invalid",
];

/// The blocks of IPv4 that are not the public internet (IANA special-purpose registry, RFC 6890),
/// and the number at which one large cloud answers its own machines, although it looks public.
const PRIVATE_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The blocks inside `2000::/3` that are not the public internet: `2001::/23` (Teredo, benchmarks, ids),
/// documentation, and the local part of AS112.
const PRIVATE_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn check_name(name: &str) -> Result<(), Refusal> {
    let refused = || Refusal::Name { host: name.chars().take(100).collect() };
    let bare = name.strip_suffix('.').unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let whole = bare.len() <= 253
        && bare.contains('.')
        && bare.split('.').all(|label| (1..=63).contains(&label.len()) && label.chars().all(plain));
    let ends_in = |ending: &str| {
        bare.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if whole && !PRIVATE_ENDINGS.into_iter().any(ends_in) { Ok(()) } else { Err(refused()) }
}

fn is_own_machine(host: Option<&Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => *name == LOCALHOST,
        Some(Host::Ipv4(number)) => is_loopback((*number).into()),
        Some(Host::Ipv6(number)) => is_loopback((*number).into()),
        None => false,
    }
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(number) => number.is_loopback(),
        IpAddr::V6(number) => number.is_loopback(),
    }
}

fn is_public_v4(number: Ipv4Addr) -> bool {
    !PRIVATE_V4.into_iter().any(|(block, bits)| {
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or_default();
        number.to_bits() & mask == block.to_bits()
    })
}

fn is_public_v6(number: Ipv6Addr) -> bool {
    // A mapped address is the IPv4 address to the system; everything else outside 2000::/3 (NAT64,
    // unique local, link local, multicast, compatible, translated) is not routed to the public.
    if let Some(inner) = number.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, third, ..] = number.segments();
    if first == 0x2002 {
        let inner = (u32::from(second) << 16) | u32::from(third);
        return is_public_v4(Ipv4Addr::from_bits(inner));
    }
    let global = first & 0xe000 == 0x2000;
    global
        && !PRIVATE_V6.into_iter().any(|(block, bits)| {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or_default();
            number.to_bits() & mask == block.to_bits()
        })
}

fn written(text: &str) -> Refusal {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    Refusal::Written { text: text.chars().take(100).map(shown).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str, allow_loopback: bool) -> Result<(), Refusal> {
        let url = text.parse::<WebAddress>().or(Err(written(text)))?;
        check_url(&url, allow_loopback)
    }

    /// The ways in which programs of the last decades let one IPv4 address be written.
    fn spellings(number: Ipv4Addr) -> Vec<String> {
        let [a, b, c, d] = number.octets();
        let whole = number.to_bits();
        let digits = |zero: char| {
            let shift = |x: char| match x.to_digit(10) {
                Some(value) => char::from_u32(u32::from(zero) + value).unwrap(),
                None => x,
            };
            number.to_string().chars().map(shift).collect::<String>()
        };
        let (high, low) = (whole >> 16, whole & 0xffff);
        vec![
            number.to_string(),
            whole.to_string(),
            format!("{whole:#x}"),
            format!("0{whole:o}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
            format!("{a}.{}", whole & 0x00ff_ffff),
            format!("{a}.{b}.{low}"),
            format!("{number}."),
            number.to_string().replace('.', "。"),
            number.to_string().replace('.', "．"),
            digits('０'),
            number
                .to_string()
                .bytes()
                .fold(String::new(), |text, byte| format!("{text}%{byte:02x}")),
            format!("[::ffff:{number}]"),
            format!("[::ffff:{high:x}:{low:x}]"),
            format!("[0:0:0:0:0:ffff:{high:04x}:{low:04x}]"),
            format!("[::{number}]"),
            format!("[::ffff:0:{number}]"),
            format!("[64:ff9b::{high:x}:{low:x}]"),
            format!("[64:ff9b:1::{high:x}:{low:x}]"),
            format!("[2002:{high:x}:{low:x}::1]"),
            format!("[2001:0:{high:x}:{low:x}::1]"),
        ]
    }

    #[test]
    fn private_numbers_are_refused_in_every_spelling() {
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.9.9.9",
            "100.64.9.9",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.9.9",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.9.9",
            "198.18.9.9",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ];
        for number in private {
            for host in spellings(number.parse().unwrap()) {
                for scheme in ["http", "https"] {
                    let url = format!("{scheme}://{host}/");
                    assert!(verdict(&url, false).is_err(), "{url}");
                }
            }
        }
    }

    #[test]
    fn public_numbers_and_names_pass() {
        for url in [
            "http://1.1.1.1/",
            "https://8.8.8.8:443/feed",
            "http://11.0.0.1/",
            "http://100.128.0.1/",
            "http://172.32.0.1/",
            "http://192.0.1.1/",
            "http://198.20.0.1/",
            "http://[2606:4700::1111]/",
            "http://[2a00:1450::1]/",
            "http://[::ffff:8.8.8.8]/",
            "http://[2002:808:808::1]/",
            "https://www.itu.int:80/x",
            "https://xn--e1afmkfd.xn--p1ai/feed",
            "https://пример.рф/feed",
            "https://a_b.example.org./",
            "http://local.example.org/",
            "http://thelocal.com/",
        ] {
            assert_eq!(verdict(url, false), Ok(()), "{url}");
        }
    }

    #[test]
    fn names_of_private_networks_are_refused() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "ip6-localhost",
            "localhost.localdomain",
            "router",
            "printer.local",
            "printer.LOCAL.",
            "a.localhost",
            "metadata.google.internal",
            "nas.home.arpa",
            "x.lan",
            "wiki.corp",
            "wiki.intranet",
            "abc.onion",
            "local",
            "a..b",
            "localhost%2e",
            "loca%6chost",
            "lｏcalhost",
            "ⓛocalhost",
            "-.",
            "a;b.org",
            "a,b.org",
            "a!b.org",
            "a$b.org",
            "a(b).org",
            "a*b.org",
            "a+b.org",
            "a'b.org",
        ] {
            assert!(verdict(&format!("http://{host}/"), false).is_err(), "{host}");
        }
    }

    #[test]
    fn other_networks_of_ipv6_are_refused() {
        for host in [
            "::",
            "::1",
            "fd00::9",
            "fc00::1",
            "fe80::9",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "2001::1",
            "2001:1ff::1",
            "2001:10::1",
            "2001:20::1",
            "2620:4f:8000::1",
            "64:ff9b::808:808",
            "100::1",
            "5f00::1",
            "4000::1",
            "1::1",
            "::8.8.8.8",
        ] {
            assert!(verdict(&format!("http://[{host}]/"), false).is_err(), "{host}");
        }
        assert!(verdict("http://[fe80::9%25eth0]/", false).is_err());
    }

    #[test]
    fn ports_schemes_and_users_are_checked() {
        assert_eq!(verdict("http://a.org:9200/", false), Err(Refusal::Port { port: 9200 }));
        assert_eq!(verdict("https://a.org:22/", false), Err(Refusal::Port { port: 22 }));
        for url in [
            "file:///etc/passwd",
            "gopher://a.org/",
            "ftp://a.org/",
            "data:text/xml,<rss/>",
            "javascript:alert(1)",
            "http://u@a.org/",
            "http://u:p@a.org/",
            "//a.org/",
            "http://",
            "http:///",
            "view-source:http://a.org/",
            "unix:///run/x",
            "http://a.org:65616/",
            "http://[127.0.0.1]/",
            "http://a b.org/",
            "http://a.org\\@127.0.0.1/\u{0}",
        ] {
            // An address that the parser reads differently must at least not lead inside.
            if let Ok(read) = url.parse::<WebAddress>() {
                assert!(check_url(&read, false).is_err() || read.host() == "a.org", "{url}");
            }
        }
    }

    #[test]
    fn loopback_is_let_through_only_on_request_and_alone() {
        for url in [
            "http://127.0.0.1:8080/",
            "http://127.9.9.9/",
            "http://[::1]:1/",
            "http://localhost:3/",
        ] {
            assert!(verdict(url, false).is_err(), "{url}");
            assert_eq!(verdict(url, true), Ok(()), "{url}");
        }
        for url in [
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://[fd00::1]/",
            "http://a.localhost/",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://a.org:8080/",
            "http://localhost.localdomain/",
            "http://192.168.0.1:80/",
        ] {
            assert!(verdict(url, true).is_err(), "{url}");
        }
    }

    #[test]
    fn references_are_followed_only_when_plainly_written() {
        let page: WebAddress = "https://a.org/x/feed".parse().unwrap();
        let to = |reference: &str| follow(&page, reference, false).map(|to| to.as_str().to_owned());
        assert_eq!(to("../y"), Ok("https://a.org/y".to_owned()));
        assert_eq!(to(" //b.org/ "), Ok("https://b.org/".to_owned()));
        for wrong in [
            "//127.0.0.1/",
            "http://127.0.0.1/",
            "\\\\127.0.0.1\\x",
            "http://b.org\\@c.org/",
            "http://b.org/\r\nHost: x",
            "http://b .org/",
            "file:///etc/passwd",
            "http://u@b.org/",
            "javascript:alert(1)",
            "https://b.org:8443/",
            "http://[::1]/",
            "http://0/",
            "ht\ntp://b.org",
        ] {
            assert!(to(wrong).is_err(), "{wrong}");
        }
    }
}
