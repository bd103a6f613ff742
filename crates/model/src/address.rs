//! Addresses on the web that are safe to show and to keep.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

/// Longest address, in bytes: what every browser and proxy of the last decade accepts.
pub const MAX_ADDRESS_BYTES: usize = 2048;

/// An absolute `http` or `https` address without a user name, at most [`MAX_ADDRESS_BYTES`] long.
///
/// That it may be *shown* says nothing about whether it may be *fetched*: the address guard of the
/// harvest decides that, at every hop.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebAddress(Url);

/// The text is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address begins with http:// or https://, has no user name and at most 2048 bytes")]
pub struct InvalidAddress;

impl WebAddress {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address in its parts.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The host, as people know the publisher: without `www.`.
    pub fn host(&self) -> &str {
        let host = self.0.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }

    /// This address without fragment, as a key for "the same page": `https`, no `www.`, no slash at
    /// the end, no known tracking parameters. An address again, and its own key.
    pub fn canonical(&self) -> String {
        let kept = self.0.query().unwrap_or_default().split('&');
        // As they are written: `%26` in a value is no `&`, and a decoded `%00` would stand in a key.
        let kept = kept.filter(|pair| {
            !pair.is_empty() && !is_tracking(pair.split('=').next().unwrap_or_default())
        });
        let kept = kept.collect::<Vec<_>>().join("&");
        let port = self.0.port().filter(|port| !matches!(port, 80 | 443));
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = self.0.path().trim_end_matches('/');
        let query = if kept.is_empty() { String::new() } else { format!("?{kept}") };
        let written = self.0.host_str().unwrap_or_default();
        let host = written.trim_start_matches("www.");
        let host = if host.is_empty() { written } else { host };
        format!("https://{host}{port}{path}{query}")
    }

    /// The same address with another path; what may not stand in one is written as `%XX`.
    ///
    /// # Errors
    /// [`InvalidAddress`] when the result is too long.
    pub fn with_path(&self, path: &str) -> Result<Self, InvalidAddress> {
        let mut url = self.0.clone();
        url.set_path(path);
        Self::try_from(url)
    }

    /// The address that `reference` means when it stands on this page (RFC 3986 §5).
    ///
    /// # Errors
    /// [`InvalidAddress`] when the result is no web address.
    pub fn join(&self, reference: &str) -> Result<Self, InvalidAddress> {
        self.0.join(reference.trim()).or(Err(InvalidAddress)).and_then(Self::try_from)
    }
}

/// Parameters that say where a reader came from, and nothing about the page.
fn is_tracking(name: &str) -> bool {
    name.starts_with("utm_") || matches!(name, "fbclid" | "gclid" | "mc_cid" | "mc_eid")
}

impl TryFrom<Url> for WebAddress {
    type Error = InvalidAddress;

    fn try_from(url: Url) -> Result<Self, Self::Error> {
        let valid = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.as_str().len() <= MAX_ADDRESS_BYTES;
        if valid { Ok(Self(url)) } else { Err(InvalidAddress) }
    }
}

impl FromStr for WebAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(InvalidAddress);
        }
        Url::parse(text.trim()).or(Err(InvalidAddress)).and_then(Self::try_from)
    }
}

impl TryFrom<String> for WebAddress {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<WebAddress> for String {
    fn from(address: WebAddress) -> Self {
        address.0.into()
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_taken() {
        for right in ["http://a.org", "https://www.itu.int/en/?x=1#y", " https://b.org/ "] {
            assert!(right.parse::<WebAddress>().is_ok(), "{right}");
        }
        let long = format!("https://a.org/{}", "x".repeat(2048));
        for wrong in ["", "a.org", "/a", "javascript:alert(1)", "https://u@a.org", "data:,x", &long]
        {
            assert_eq!(wrong.parse::<WebAddress>(), Err(InvalidAddress), "{wrong}");
        }
    }

    #[test]
    fn the_same_page_has_the_same_key() {
        let key = |text: &str| text.parse::<WebAddress>().unwrap().canonical();
        assert_eq!(key("http://www.a.org/b/?utm_source=x&id=7#c"), "https://a.org/b?id=7");
        assert_eq!(key("https://a.org/b?id=7"), "https://a.org/b?id=7");
        assert_ne!(key("https://a.org/b?id=7"), key("https://a.org/b?id=8"));
        assert_ne!(key("https://a.org/?a=%26b=1"), key("https://a.org/?a=&b=1"));
        for odd in ["https://a.org/?a=%00%0A", "http://www.www.a.org:443", "https://www./?&&x"] {
            assert_eq!(key(&key(odd)), key(odd));
            assert!(!key(odd).contains(char::is_control), "{odd}");
        }
    }
}
