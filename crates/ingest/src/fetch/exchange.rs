//! One request of a protocol, sent as it was written: to the server of a sign-in elsewhere.

use std::time::Duration;

use observatory_model::WebAddress;
use observatory_model::source::{Failure, FailureReason};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use tokio::time::{Instant, timeout};

use super::{Fetcher, MAX_ERROR_BYTES, not_sent};
use crate::body;
use crate::guard::check_url;
use crate::head::check_size;

/// What such a request may say beside what every request of ours says.
const SENT: [HeaderName; 3] = [ACCEPT, AUTHORIZATION, CONTENT_TYPE];

impl Fetcher {
    /// Sends a request with its body and returns the answer, whatever its status, of at most 256 KiB.
    ///
    /// The address passes the same guard and waits for its host as in [`Fetcher::fetch`]. A redirect is an
    /// answer like others: what is asked here carries secrets, which go to nobody but whom they are for.
    /// Of the headers `Accept`, `Authorization` and `Content-Type` are sent.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`].
    pub async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        let (head, body) = request.into_parts();
        let url: WebAddress = head.uri.to_string().parse().map_err(|error| {
            Failure::new(FailureReason::AddressRefused, format!("{}: {error}", head.uri))
        })?;
        check_url(&url, self.settings.allow_loopback)
            .map_err(|refusal| Failure::new(FailureReason::AddressRefused, refusal))?;
        let connection = self.hosts.connect(&url).await;
        let mut wanted = self.client.request(head.method, url.url().clone()).body(body);
        for name in SENT {
            if let Some(value) = head.headers.get(&name) {
                wanted = wanted.header(name, value);
            }
        }
        let limit = Duration::from_secs(self.settings.total_timeout_seconds);
        let until = Instant::now() + limit;
        let late = || {
            let seconds = self.settings.total_timeout_seconds;
            let detail = format!("the answer was not complete after {seconds} seconds");
            Failure::new(FailureReason::TooSlow, detail)
        };
        let answer = timeout(limit, wanted.send()).await.map_err(|_elapsed| late())?;
        let answer = answer.map_err(|error| not_sent(&error, &self.settings))?;
        check_size(answer.headers())?;
        let mut told = http::Response::new(Vec::new());
        *told.status_mut() = answer.status();
        *told.headers_mut() = answer.headers().clone();
        let left = until.saturating_duration_since(Instant::now());
        let read = timeout(left, body::read(answer, MAX_ERROR_BYTES)).await;
        *told.body_mut() = read.map_err(|_elapsed| late())??.bytes;
        drop(connection);
        Ok(told)
    }
}
