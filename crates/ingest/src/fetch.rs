//! One source is asked: within limits of time and size, over checked addresses, and only for news.

mod permission;
mod post;

use std::error::Error;
use std::io;
use std::time::Duration;

use observatory_model::WebAddress;
use observatory_model::source::{Failure, FailureReason};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION};
use reqwest::{Client, Response, StatusCode};
use tokio::time::{Instant, timeout};

use crate::client::client;
use crate::courtesy::{Connection, Hosts, Visit};
use crate::error::IngestError;
use crate::guard::{check_url, follow};
use crate::head::{
    DOCUMENT_TYPES, check_size, first, fresh_seconds, retry_after_seconds, standing_headers,
    wish_to_wait,
};
use crate::links::{self, Links};
use crate::resolve::Unresolved;
use crate::robots::KnownRules;
use crate::{MAX_DOCUMENT_BYTES, Settings, body};

mod exchange;

/// What was kept of the last answer, so that the server may say "nothing new" (RFC 9110 §13).
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditional<'a> {
    /// `ETag` of the last answer, as written.
    pub etag: Option<&'a str>,
    /// `Last-Modified` of the last answer, as written.
    pub last_modified: Option<&'a str>,
}

/// What the server answered.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every answer is a body, and it is moved twice"
)]
#[derive(Clone, Debug)]
pub enum Fetched {
    /// Nothing new since the last time (304).
    NotModified {
        /// The new address, when every redirect on the way was permanent.
        moved_to: Option<WebAddress>,
        /// How long that stays so, in seconds, at most a day; see [`Fetch::fresh_seconds`].
        fresh_seconds: u64,
    },
    /// A body.
    Body(Fetch),
}

/// A body and what belongs to it.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// The status: 200, or an error of the client where [`Fetcher::ask`] was called.
    pub status: u16,
    /// The body, unpacked, at most [`Settings::max_body_bytes`].
    pub bytes: Vec<u8>,
    /// `Content-Type`, as written.
    pub content_type: Option<String>,
    /// `ETag`, as written.
    pub etag: Option<String>,
    /// `Last-Modified`, as written.
    pub last_modified: Option<String>,
    /// The address that answered.
    pub final_url: WebAddress,
    /// The new address, when there were redirects and each was permanent (301 or 308).
    pub moved_to: Option<WebAddress>,
    /// How long the server asks not to be asked again, in seconds, at most a day.
    pub retry_after_seconds: Option<u64>,
    /// How long it stays good, as the server says, in seconds, at most a day; 0 where it does not say.
    pub fresh_seconds: u64,
    /// Where its hub is, as its headers say.
    pub links: Links,
    /// The size of the body as it came, in bytes.
    pub wire_bytes: u64,
}

/// Asks servers: one connection for each request, and one at a time to a host.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    hosts: Hosts,
    rules: KnownRules,
    settings: Settings,
}

/// Largest body of an error that is read, in bytes: those of the APIs at hand have less than 2,000.
const MAX_ERROR_BYTES: u64 = 256 * 1024;

/// What is asked, and how much of the time for it is left.
struct Asked<'a> {
    conditional: Conditional<'a>,
    /// Whether the bodies of errors are wanted.
    with_errors: bool,
    /// Whether it is a document: then the site is asked first whether programs may read it.
    is_document: bool,
    /// Largest body, in bytes.
    limit: u64,
    left: Duration,
}

impl Fetcher {
    /// A fetcher with these limits.
    ///
    /// # Errors
    /// [`IngestError::Setting`] when the contact cannot stand in a header, [`IngestError::Client`]
    /// when this machine cannot do TLS.
    pub fn new(settings: Settings) -> Result<Self, IngestError> {
        let headers = standing_headers(&settings.user_agent_contact)
            .map_err(|source| IngestError::Setting { setting: "user_agent_contact", source })?;
        let client = client(&settings, headers).map_err(|source| IngestError::Client { source })?;
        let (hosts, rules) = (Hosts::default(), KnownRules::default());
        Ok(Self { client, hosts, rules, settings })
    }

    /// Makes its caller the only one that reads a source of this host, or says how long to stay away.
    ///
    /// Every request waits until its host is free. Who would rather do something else meanwhile asks
    /// here first: a host that is stuck then holds up nobody but its own sources.
    ///
    /// # Errors
    /// The time after which it is this caller's turn, at least a tenth of a second.
    pub fn visit(&self, url: &WebAddress) -> Result<Visit, Duration> {
        self.hosts.visit(url)
    }

    /// The mailbox at which the operator can be reached, where the contact is one.
    pub fn mailbox(&self) -> Option<&str> {
        let contact = self.settings.user_agent_contact.trim();
        let contact = contact.strip_prefix("mailto:").unwrap_or(contact);
        let (_, host) = contact.split_once('@')?;
        (host.contains('.') && !contact.contains(char::is_whitespace)).then_some(contact)
    }

    /// Asks for `url`, following redirects by hand so that each address is checked.
    ///
    /// # Errors
    /// A [`Failure`] with the reason of the harvest that applies; the detail says what was seen.
    pub async fn fetch(
        &self,
        url: &WebAddress,
        conditional: Conditional<'_>,
    ) -> Result<Fetched, Failure> {
        self.follow(url, Asked { conditional, ..self.plain() }).await
    }

    /// Asks for a document of at most [`MAX_DOCUMENT_BYTES`], a page or a file, unless its site asks
    /// programs not to read it (robots.txt, RFC 9309); that is looked up at each redirect.
    ///
    /// # Errors
    /// As [`Self::fetch`], and [`FailureReason::Disallowed`].
    pub async fn fetch_document(
        &self,
        url: &WebAddress,
        conditional: Conditional<'_>,
    ) -> Result<Fetched, Failure> {
        let limit = MAX_DOCUMENT_BYTES;
        self.follow(url, Asked { conditional, is_document: true, limit, ..self.plain() }).await
    }

    const fn plain(&self) -> Asked<'static> {
        Asked {
            conditional: Conditional { etag: None, last_modified: None },
            with_errors: false,
            is_document: false,
            limit: self.settings.max_body_bytes,
            left: Duration::from_secs(self.settings.total_timeout_seconds),
        }
    }

    /// Asks an API for `url`: what it says with an error of the client (400–499, except 410 and 429) is
    /// an answer too, of at most 256 KiB.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn ask(&self, url: &WebAddress) -> Result<Fetch, Failure> {
        match self.follow(url, Asked { with_errors: true, ..self.plain() }).await? {
            Fetched::Body(fetch) => Ok(fetch),
            Fetched::NotModified { .. } => {
                let detail = format!("{url} answered 304, which was not asked for");
                Err(Failure::new(FailureReason::HttpStatus, detail))
            }
        }
    }

    async fn follow(&self, url: &WebAddress, mut asked: Asked<'_>) -> Result<Fetched, Failure> {
        let mut here = url.clone();
        let (mut hops, mut permanent) = (0, true);
        loop {
            // Refused before anybody waits for it.
            check_url(&here, self.settings.allow_loopback)
                .map_err(|refusal| Failure::new(FailureReason::AddressRefused, refusal))?;
            if asked.is_document {
                let begun = Instant::now();
                self.may_read(&here, asked.left).await?;
                asked.left = asked.left.saturating_sub(begun.elapsed());
            }
            // The wait for the host is not the server's slowness.
            let connection = self.hosts.connect(&here).await;
            let begun = Instant::now();
            let moved_to = (hops > 0 && permanent).then(|| here.clone());
            let hop = self.hop(connection, &here, moved_to, &asked);
            let Ok(hop) = timeout(asked.left, hop).await else {
                let seconds = self.settings.total_timeout_seconds;
                let detail = format!("the answer was not complete after {seconds} seconds");
                return Err(Failure::new(FailureReason::TooSlow, detail));
            };
            asked.left = asked.left.saturating_sub(begun.elapsed());
            let answer = match hop? {
                Hop::Answered(fetched) => return Ok(fetched),
                Hop::Redirect(answer) => answer,
            };
            if hops == self.settings.max_redirects {
                let detail = format!("after {hops} redirects, {here} redirects again");
                return Err(Failure::new(FailureReason::TooManyRedirects, detail));
            }
            hops += 1;
            permanent &= matches!(answer.status().as_u16(), 301 | 308);
            here = self.next_hop(&here, &answer)?;
        }
    }

    /// One request; the connection is given back with the answer.
    async fn hop(
        &self,
        connection: Connection,
        here: &WebAddress,
        moved_to: Option<WebAddress>,
        asked: &Asked<'_>,
    ) -> Result<Hop, Failure> {
        let answer = self.send(here, asked).await?;
        if is_redirect(answer.status()) {
            return Ok(Hop::Redirect(answer));
        }
        let taken = self.take(answer, here.clone(), moved_to, asked).await.map(Hop::Answered);
        drop(connection);
        taken
    }

    fn next_hop(&self, here: &WebAddress, answer: &Response) -> Result<WebAddress, Failure> {
        let Some(location) = answer.headers().get(LOCATION) else {
            let detail = format!("{here} redirects ({}) without saying where", answer.status());
            return Err(Failure::new(FailureReason::TooManyRedirects, detail));
        };
        let location = String::from_utf8_lossy(location.as_bytes());
        follow(here, &location, self.settings.allow_loopback).map_err(|refusal| {
            let detail = format!("{here} redirects to “{location}”: {refusal}");
            Failure::new(FailureReason::AddressRefused, detail)
        })
    }

    async fn send(
        &self,
        url: &WebAddress,
        Asked { conditional, is_document, .. }: &Asked<'_>,
    ) -> Result<Response, Failure> {
        let mut request = self.client.get(url.url().clone());
        if *is_document {
            request = request.header(ACCEPT, DOCUMENT_TYPES);
        }
        let conditions =
            [(IF_NONE_MATCH, conditional.etag), (IF_MODIFIED_SINCE, conditional.last_modified)];
        for (name, kept) in conditions {
            // What a server once sent as a header can be sent back; what cannot is left out.
            if let Some(value) = kept.and_then(|text| HeaderValue::from_str(text).ok()) {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.map_err(|error| not_sent(&error, &self.settings))?;
        check_size(answer.headers())?;
        Ok(answer)
    }

    async fn take(
        &self,
        answer: Response,
        final_url: WebAddress,
        moved_to: Option<WebAddress>,
        asked: &Asked<'_>,
    ) -> Result<Fetched, Failure> {
        let Asked { conditional, with_errors, limit, .. } = asked;
        let has_condition = conditional.etag.is_some() || conditional.last_modified.is_some();
        let status = answer.status();
        let mut limit = *limit;
        match status {
            StatusCode::NOT_MODIFIED if has_condition => {
                let fresh_seconds = fresh_seconds(answer.headers());
                return Ok(Fetched::NotModified { moved_to, fresh_seconds });
            }
            StatusCode::GONE => {
                let detail = format!("{final_url} answered 410 Gone");
                return Err(Failure::new(FailureReason::Gone, detail));
            }
            // 206 and the like would be parts that nobody asked for.
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => {}
            StatusCode::TOO_MANY_REQUESTS => {
                return Err(refused_by_server(status, answer.headers(), &final_url));
            }
            _ if *with_errors && status.is_client_error() => limit = limit.min(MAX_ERROR_BYTES),
            _ => return Err(refused_by_server(status, answer.headers(), &final_url)),
        }
        let headers = answer.headers().clone();
        let body = body::read(answer, limit).await?;
        Ok(Fetched::Body(Fetch {
            status: status.as_u16(),
            bytes: body.bytes,
            content_type: first(&headers, "content-type"),
            etag: first(&headers, "etag"),
            last_modified: first(&headers, "last-modified"),
            moved_to,
            retry_after_seconds: retry_after_seconds(&headers),
            fresh_seconds: fresh_seconds(&headers),
            links: links::of_headers(&headers, &final_url),
            final_url,
            wire_bytes: body.wire_bytes,
        }))
    }
}

/// What one request led to.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every hop is an answer, and it is moved once"
)]
enum Hop {
    Answered(Fetched),
    Redirect(Response),
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn refused_by_server(status: StatusCode, headers: &HeaderMap, url: &WebAddress) -> Failure {
    let wish = retry_after_seconds(headers).map(wish_to_wait).unwrap_or_default();
    Failure::new(FailureReason::HttpStatus, format!("{wish}{url} answered {status}"))
}

/// Why no answer came: no connection, no answer in time, or bytes that are no HTTP.
fn not_sent(error: &reqwest::Error, settings: &Settings) -> Failure {
    let causes = causes(error);
    if let Some(refused) = causes.iter().find_map(|cause| cause.downcast_ref::<Unresolved>()) {
        let reason = match refused {
            Unresolved::Refused { .. } => FailureReason::AddressRefused,
            Unresolved::Nothing { .. } | Unresolved::Failed { .. } => FailureReason::Unreachable,
        };
        let detail = match refused {
            Unresolved::Refused { source, .. } => format!("{refused}: {source}"),
            Unresolved::Failed { source, .. } => format!("{refused}: {source}"),
            Unresolved::Nothing { .. } => refused.to_string(),
        };
        return Failure::new(reason, detail);
    }
    if error.is_connect() {
        let detail = if error.is_timeout() {
            format!("no connection within {} seconds", settings.connect_timeout_seconds)
        } else {
            format!("no connection: {}", last(&causes))
        };
        return Failure::new(FailureReason::Unreachable, detail);
    }
    if error.is_timeout() {
        let detail = format!("no answer within {} seconds", settings.read_timeout_seconds);
        return Failure::new(FailureReason::TooSlow, detail);
    }
    let cut = causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| {
        matches!(cause.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
    });
    let reason = if cut { FailureReason::Unreachable } else { FailureReason::BrokenAnswer };
    Failure::new(reason, format!("no readable answer: {}", last(&causes)))
}

/// An error and what caused it, the outermost first.
pub(crate) fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
        .take(16)
        .collect()
}

/// The innermost cause: what people can do something about.
pub(crate) fn last(causes: &[&(dyn Error + 'static)]) -> String {
    causes.last().map(ToString::to_string).unwrap_or_default()
}
