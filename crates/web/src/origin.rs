//! Where a form comes from: whatever changes something is only sent from our own pages.
//!
//! There is no session that another site could misuse, but a page elsewhere could have its visitors ask
//! in the name of thousands. Browsers say where a request comes from and no page can change that
//! (Fetch Metadata; Fetch §3.2).

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, ORIGIN};

/// Where a request comes from, in the words of the browser.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a form was sent from a page of `own` origin. Who says nothing at all was no page of ours.
pub(crate) fn is_own(headers: &HeaderMap, own: &str) -> bool {
    let said = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (said(SITE), said(ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.eq_ignore_ascii_case(own.trim_end_matches('/')),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_send_forms() {
        let own = "https://observatory.example.org";
        let is = |pairs: &[(HeaderName, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(name.clone(), value.parse().unwrap());
            }
            is_own(&headers, own)
        };
        assert!(is(&[(SITE, "same-origin"), (ORIGIN, own)]));
        assert!(is(&[(ORIGIN, own)]), "a browser without Fetch Metadata");
        assert!(!is(&[(SITE, "cross-site"), (ORIGIN, own)]));
        assert!(!is(&[(SITE, "same-site"), (ORIGIN, own)]), "a sister of ours is not us");
        for other in [
            "null",
            "https://evil.example",
            "http://observatory.example.org",
            "https://observatory.example.org.evil.example",
            "",
        ] {
            assert!(!is(&[(ORIGIN, other)]), "{other}");
        }
        assert!(!is(&[]));
    }
}
