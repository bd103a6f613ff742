//! A site is asked whether programs may read its documents (robots.txt, RFC 9309), and its answer is kept.

use std::sync::Arc;
use std::time::Duration;

use observatory_model::WebAddress;
use observatory_model::source::{Failure, FailureReason};

use super::{Asked, Fetched, Fetcher};
use crate::robots::Rules;

impl Fetcher {
    /// Whether a document at `url` may be asked for.
    pub(super) async fn may_read(&self, url: &WebAddress, left: Duration) -> Result<(), Failure> {
        let refused = |_too_long| Failure::new(FailureReason::AddressRefused, "it is too long");
        let address = url.join("/robots.txt").map_err(refused)?;
        if let Some(rules) = self.rules.of(&address) {
            return rules.check(url);
        }
        let asked = Asked { with_errors: true, left, ..self.plain() };
        // Boxed, because it is this that asks; what it asks for is no document.
        let rules = match Box::pin(self.follow(&address, asked)).await {
            Ok(Fetched::Body(fetch)) if fetch.status < 400 => Rules::read(&fetch.bytes),
            Ok(_) => Rules::read(b""),
            Err(failure) if failure.reason == FailureReason::Gone => Rules::read(b""),
            Err(failure) => Rules::Unknown(failure),
        };
        let rules = Arc::new(rules);
        self.rules.keep(&address, Arc::clone(&rules));
        rules.check(url)
    }
}
