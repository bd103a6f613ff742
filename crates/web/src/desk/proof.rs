//! Proofs of who somebody is: how often one may try, and the work that takes a moment.

use axum::Extension;
use axum::http::HeaderMap;
use observatory_identity::password::{self, PasswordHash};
use observatory_model::alert::Token;
use observatory_model::person::Person;

use crate::error::PageError;
use crate::questions::{Network, Peer};
use crate::state::Site;

/// Tries of a network within an hour, of whatever kind: an office behind one address signs in in the
/// morning, a machine that guesses does not get far.
const OF_NETWORK: u64 = 100;

/// Passwords and codes that are tried for one account within a quarter of an hour.
const OF_ACCOUNT: u64 = 10;

/// Links that one address is sent within an hour.
const LINKS: u64 = 5;

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Try {
    /// A link is mailed.
    Link,
    /// A password is given.
    Password,
    /// A one-time code is given.
    Code,
    /// A question is put to a passkey: nothing is guessed by that, but it is kept for an hour.
    Passkey,
}

/// The network of a request.
pub(crate) fn network(site: &Site, peer: Option<&Extension<Peer>>, headers: &HeaderMap) -> Network {
    Network::of(peer.map(|Extension(peer)| *peer), headers, &site.settings().proxies)
}

/// Counts a try against the account and the network; `false` when either has made enough. It is counted
/// for addresses without an account as well, so that nobody learns which have one.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn may_try(
    site: &Site,
    network: Network,
    account: &str,
    what: Try,
) -> Result<bool, PageError> {
    let now = site.now();
    let (name, most, seconds) = match what {
        Try::Link => ("link", LINKS, 3600),
        Try::Password => ("password", OF_ACCOUNT, 900),
        Try::Code => ("code", OF_ACCOUNT, 900),
        Try::Passkey => ("passkey", OF_NETWORK, 900),
    };
    let of_network = format!("network:{network}");
    if !site.store().may_try(&of_network, OF_NETWORK, 3600, now).await? {
        return Ok(false);
    }
    let of_account = format!("{name}:{}", account.to_lowercase());
    Ok(site.store().may_try(&of_account, most, seconds, now).await?)
}

/// Whether this is the password of a person; the same work where there is no person or no password.
///
/// # Errors
/// When the store does not answer, or too many are being checked.
pub(crate) async fn is_password(
    site: &Site,
    person: Option<&Person>,
    typed: String,
) -> Result<bool, PageError> {
    let kept = match person {
        Some(person) => site.store().secrets(person.id).await?.password,
        None => None,
    };
    let kept: Option<PasswordHash> = kept.and_then(|kept| kept.parse().ok());
    let is_right = site
        .proofs()
        .run(move |workspace| password::verify(workspace, &typed, kept.as_ref()))
        .await?;
    Ok(is_right && person.is_some_and(|person| person.disabled.is_none()))
}

/// The hash of a new password.
///
/// # Errors
/// When there is no randomness, or too many are being hashed.
pub(crate) async fn hash(site: &Site, password: String) -> Result<String, PageError> {
    let hash = site.proofs().run(move |workspace| password::hash(workspace, &password)).await?;
    Ok(hash.map_err(|error| PageError::internal(&error))?.to_string())
}

/// A word that nobody can guess.
///
/// # Errors
/// When there is no randomness.
pub(crate) fn token() -> Result<Token, PageError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| PageError::internal(&error))?;
    Ok(Token::new(random))
}
