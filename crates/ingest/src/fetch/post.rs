//! A form is sent to a hub: through the same guard, at the same pace and within the same limits as every
//! other request.

use std::time::Duration;

use observatory_model::WebAddress;
use observatory_model::source::{Failure, FailureReason};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use tokio::time::{Instant, timeout};
use url::form_urlencoded::Serializer;

use super::{Fetcher, not_sent, refused_by_server};
use crate::guard::check_url;
use crate::head::check_size;

impl Fetcher {
    /// Sends a form and returns the status, which is one of success. What the answer says beside that is
    /// not read.
    ///
    /// Only redirects that keep the method (307, 308) are followed, and each address is checked.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`].
    pub async fn post_form(&self, url: &WebAddress, form: &[(&str, &str)]) -> Result<u16, Failure> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut left = Duration::from_secs(self.settings.total_timeout_seconds);
        let mut here = url.clone();
        for _ in 0..=self.settings.max_redirects {
            check_url(&here, self.settings.allow_loopback)
                .map_err(|refusal| Failure::new(FailureReason::AddressRefused, refusal))?;
            let connection = self.hosts.connect(&here).await;
            let begun = Instant::now();
            let request = self
                .client
                .post(here.url().clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.clone());
            let Ok(answer) = timeout(left, request.send()).await else {
                let seconds = self.settings.total_timeout_seconds;
                let detail = format!("no answer within {seconds} seconds");
                return Err(Failure::new(FailureReason::TooSlow, detail));
            };
            left = left.saturating_sub(begun.elapsed());
            let answer = answer.map_err(|error| not_sent(&error, &self.settings))?;
            drop(connection);
            check_size(answer.headers())?;
            match answer.status() {
                status if status.is_success() => return Ok(status.as_u16()),
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
                    here = self.next_hop(&here, &answer)?;
                }
                StatusCode::GONE => {
                    let detail = format!("{here} answered 410 Gone");
                    return Err(Failure::new(FailureReason::Gone, detail));
                }
                status => return Err(refused_by_server(status, answer.headers(), &here)),
            }
        }
        let detail =
            format!("after {} redirects, {here} redirects again", self.settings.max_redirects);
        Err(Failure::new(FailureReason::TooManyRedirects, detail))
    }
}
