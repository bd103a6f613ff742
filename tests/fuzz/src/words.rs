//! Identifiers, the language of the search box, addresses.

use std::net::IpAddr;

use observatory_ingest::guard;
use observatory_model::WebAddress;
use observatory_model::identifier::{self, Identifier, MAX_FOUND, MAX_IDENTIFIER_BYTES};
use observatory_model::query::SearchQuery;
use observatory_model::search::MAX_WORDS_BYTES;

use crate::entries::NOW;

pub(crate) fn identifier(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(found) = Identifier::parse(&text) {
        check_identifier(&found);
    }
    let found = identifier::find(&text);
    assert!(found.len() <= MAX_FOUND);
    let mut end = 0;
    for (range, identifier) in &found {
        assert!(range.start >= end && range.end > range.start, "{range:?} after {end}");
        assert!(text.get(range.clone()).is_some(), "{range:?} cuts a letter");
        check_identifier(identifier);
        end = range.end;
    }
}

/// The normal form of an identifier is read as the same identifier.
pub(crate) fn check_identifier(identifier: &Identifier) {
    let value = &identifier.value;
    assert!((1..=MAX_IDENTIFIER_BYTES).contains(&value.len()), "{value:?}");
    assert!(!value.contains(char::is_control), "{value:?}");
    assert_eq!(Identifier::parse(value).as_ref(), Some(identifier), "{value:?}");
    let forms = identifier.forms();
    assert!((1..=6).contains(&forms.len()) && forms.first() == Some(value), "{forms:?}");
    if let Some(url) = identifier.url() {
        assert!(url.parse::<WebAddress>().is_ok(), "{url}");
    }
}

/// The words of a search, written and read again, ask for the same.
pub(crate) fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let asked = SearchQuery::parse(&text, NOW);
    for part in &asked.parts {
        let stands = text.get(part.span.clone());
        assert!(stands.is_some_and(|words| !words.is_empty()), "{part:?}");
        // A reader may take it off.
        let (before, after) = (text.get(..part.span.start), text.get(part.span.end..));
        let without = [before.unwrap_or_default(), after.unwrap_or_default()].concat();
        let _without = SearchQuery::parse(&without, NOW);
    }
    let (_filters, _rest) = asked.split();
    let written = asked.written();
    if written.len() <= MAX_WORDS_BYTES {
        let again = SearchQuery::parse(&written, NOW);
        assert_eq!(again.wanted, asked.wanted, "{text:?} is written {written:?}");
        assert_eq!(again.is_plain(), asked.is_plain(), "{written:?}");
        assert_eq!(again.written(), written);
    }
}

/// Addresses, and what a page leads to: nothing on this machine or in its network.
pub(crate) fn address(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(address) = text.parse::<WebAddress>() {
        assert_eq!(address.as_str().parse::<WebAddress>().as_ref(), Ok(&address));
        let canonical = address.canonical();
        let again = canonical.parse::<WebAddress>().map(|address| address.canonical());
        assert_eq!(again.as_ref(), Ok(&canonical), "{address}");
        let _allowed = guard::check_url(&address, false);
    }
    let page = "https://a.org/x/y?z".parse::<WebAddress>();
    if let Ok(page) = &page {
        let _joined = page.join(&text);
        if let Ok(address) = guard::follow(page, &text, false) {
            let url = address.url();
            assert!(matches!(url.port_or_known_default(), Some(80 | 443)), "{address}");
            assert!(url.username().is_empty() && url.password().is_none(), "{address}");
            // A number is of the public network, or it would have been refused.
            assert!(url.domain().is_none_or(|name| name.contains('.')), "{address}");
            let number = address.host().trim_matches(['[', ']']).parse();
            assert!(number.is_err() || number.is_ok_and(is_public), "{address}");
        }
    }
}

/// Whether an address can be of the public network, told in another way than the guard does.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let inside = address.is_private() || address.is_loopback() || address.is_link_local();
            !inside && !address.is_unspecified() && !address.is_multicast()
        }
        IpAddr::V6(address) => {
            let inside = address.is_loopback() || address.is_unspecified();
            let local = address.is_unique_local() || address.is_unicast_link_local();
            !inside && !local && address.to_ipv4().is_none_or(|old| is_public(old.into()))
        }
    }
}
