//! Who somebody is: passwords, one-time codes, passkeys, and what providers elsewhere say.
//!
//! Everything here is arithmetic on what it is given. It keeps nothing, asks nobody by itself and knows no time:
//! what must happen once (a code, a recovery code, a challenge) is said so, and whoever keeps the
//! records makes it true. How often somebody may try is the caller's to limit as well; a password costs
//! 19 MiB and some hundredths of a second each time, by intent.

pub mod codes;
pub mod passkeys;
pub mod password;
pub mod providers;

/// A cause of whatever kind.
type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The system gave no random bytes: nothing that rests on them may be made.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness(#[source] BoxError);

/// Bytes that nobody can guess, from the system.
fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.into()))?;
    Ok(bytes)
}
