//! Where hubs reach us (WebSub §5.3, §7): they ask whether we want what they were asked for, and tell of
//! changes.
//!
//! What a hub sends is never kept: a message that is signed with our secret has the feed read at once,
//! from its own address, through the same checks as ever (`deploy/decisions/0025-hubs.md`).

use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt as _;
use observatory_model::WebAddress;
use observatory_model::alert::Token;
use observatory_model::subscription::{Subscription, SubscriptionState};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::state::Site;

/// Where all addresses for hubs begin.
pub(crate) const FOLDER: &str = "/websub/";

/// Longest challenge that is given back, in bytes; those of real hubs have less than 100.
const MAX_CHALLENGE: usize = 1024;

/// Longest message of a hub, in bytes: the longest feed that is read. It is never held in memory.
const MAX_MESSAGE: usize = 10 * 1024 * 1024;

/// The lease where a hub does not say one, in seconds: a day, so that it is soon asked again.
const DEFAULT_LEASE: i64 = 24 * 3600;

async fn subscription(site: &Site, callback: &str) -> Result<Subscription, PageError> {
    let callback: Token = callback.parse().or(Err(PageError::NotFound))?;
    site.store().subscription_at(callback).await?.ok_or(PageError::NotFound)
}

/// `GET /websub/{callback}`: a hub asks whether we want it (§5.3), or says that it does not want us (§5.2).
pub(crate) async fn verify(
    State(site): State<Site>,
    Path(callback): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let subscription = subscription(&site, &callback).await?;
    let query = query.unwrap_or_default();
    let parameter = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    let topic = parameter("hub.topic").and_then(|topic| topic.parse::<WebAddress>().ok());
    if topic.as_ref() != Some(&subscription.topic) {
        return Err(PageError::NotFound);
    }
    match parameter("hub.mode").as_deref() {
        Some("subscribe") => {
            let challenge = parameter("hub.challenge").filter(|text| text.len() <= MAX_CHALLENGE);
            let challenge = challenge.filter(|text| !text.is_empty()).ok_or(PageError::NotFound)?;
            let lease = parameter("hub.lease_seconds").and_then(|seconds| seconds.parse().ok());
            let lease = lease.unwrap_or(DEFAULT_LEASE);
            // Only what we asked for: nobody else can subscribe us to anything.
            if site.store().hub_confirmed(subscription.source, lease, site.now()).await? {
                return Ok(text(StatusCode::OK, challenge));
            }
            Err(PageError::NotFound)
        }
        Some("denied") => {
            let reason = parameter("hub.reason").unwrap_or_default();
            let reason = format!("the hub denied it: {reason}");
            site.store().hub_left(subscription.source, &reason, site.now()).await?;
            Ok(text(StatusCode::OK, String::new()))
        }
        // We never ask a hub to stop: the lease runs out.
        _ => Err(PageError::NotFound),
    }
}

/// `POST /websub/{callback}`: a hub tells of a change (§7). Who does not know the secret gets the same
/// answer as who does, and nothing happens (§7.1.1).
pub(crate) async fn take(
    State(site): State<Site>,
    Path(callback): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let subscription = subscription(&site, &callback).await?;
    if subscription.state == SubscriptionState::Ended {
        return Err(PageError::Gone);
    }
    let (parts, body) = request.into_parts();
    let is_signed = is_signed(&parts.headers, body, &subscription).await;
    if is_signed && subscription.is_active(site.now()) {
        site.store().hub_told(subscription.source, site.now()).await?;
    } else {
        let source = subscription.source;
        tracing::info!(%source, is_signed, "a message to the address of a hub is ignored");
    }
    Ok(text(StatusCode::ACCEPTED, String::new()))
}

fn text(status: StatusCode, text: String) -> Response {
    answer(status, "text/plain; charset=utf-8", Policy::Never, text)
}

/// Whether the body, read to its end and no further than the limit, is signed with the secret. The methods
/// are those of WebSub §8; SHA-1 too, with which most hubs sign: as a code with a key it is not broken.
async fn is_signed(headers: &HeaderMap, body: Body, subscription: &Subscription) -> bool {
    let signature = headers.get("x-hub-signature").and_then(|value| value.to_str().ok());
    let Some((method, hex)) = signature.and_then(|text| text.trim().split_once('=')) else {
        return false;
    };
    let Some(code) = bytes_of(hex) else { return false };
    let secret = subscription.secret.to_string();
    let key = secret.as_bytes();
    match method.to_ascii_lowercase().as_str() {
        "sha1" => is_code_of::<Hmac<Sha1>>(key, body, &code).await,
        "sha256" => is_code_of::<Hmac<Sha256>>(key, body, &code).await,
        "sha384" => is_code_of::<Hmac<Sha384>>(key, body, &code).await,
        "sha512" => is_code_of::<Hmac<Sha512>>(key, body, &code).await,
        _ => false,
    }
}

async fn is_code_of<M: Mac + KeyInit>(key: &[u8], mut body: Body, code: &[u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let Ok(piece) = frame.into_data() else { continue };
        length = length.saturating_add(piece.len());
        if length > MAX_MESSAGE {
            return false;
        }
        mac.update(&piece);
    }
    // In constant time: how much of a wrong code is right is nobody's to know.
    mac.verify_slice(code).is_ok()
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.trim().as_bytes();
    if digits.len() > 128 || !digits.len().is_multiple_of(2) {
        return None;
    }
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(pair).collect()
}
