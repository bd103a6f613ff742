//! Signing in elsewhere: who somebody is, as a provider of `OpenID` Connect says it.
//!
//! The authorization code flow with PKCE, of any provider that describes itself at
//! `/.well-known/openid-configuration` (`OpenID` Connect Core 1.0, Discovery 1.0, RFC 7636, RFC 9207). What
//! must come back the same is derived from one secret that only the browser keeps, so that nothing has
//! to be remembered between the two halves, and nobody can end in one browser what was begun in another.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use observatory_model::Timestamp;
use observatory_model::mail::MailAddress;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdTokenClaims,
    CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndUserEmail, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse as _,
};
use sha2::{Digest as _, Sha256};

use crate::BoxError;

/// A request and the answer to it, as they go over the network.
pub type Asked = http::Request<Vec<u8>>;

/// See [`Asked`].
pub type Answered = http::Response<Vec<u8>>;

/// What somebody who carries requests will have done.
pub type Carried<'a> = Pin<Box<dyn Future<Output = Result<Answered, NotCarried>> + Send + 'a>>;

/// Whoever carries requests to providers: with limits of bytes and time, to checked addresses, and
/// following no redirect.
pub trait Courier: Send + Sync {
    /// Carries one.
    fn carry(&self, request: Asked) -> Carried<'_>;
}

/// As the library asks for it.
struct Carrier<'a>(&'a dyn Courier);

impl<'c> AsyncHttpClient<'c> for Carrier<'_> {
    type Error = NotCarried;
    type Future = Carried<'c>;

    fn call(&'c self, request: Asked) -> Carried<'c> {
        self.0.carry(request)
    }
}

/// Why a request could not be carried.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotCarried(pub String);

/// What an operator says of a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// By what its addresses here name it: 1–32 letters a–z, digits and hyphens.
    pub code: String,
    /// What people call it: `ORCID`.
    pub name: String,
    /// Who it says it is, as written in its description: `https://orcid.org`.
    pub issuer: String,
    /// What it knows us by.
    pub client: String,
    /// What we prove it with; empty for a client without a secret.
    pub secret: String,
    /// What it is asked for beside `openid`: `email`, `profile`.
    pub scopes: Vec<String>,
    /// Whether its word that a mail address is verified is believed: then the account of that address
    /// opens, or begins.
    pub trusts_mail: bool,
    /// Whether its subjects are ORCID iDs, so that whoever signs in there has proved theirs.
    pub proves_orcid: bool,
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProviderSettings")
            .field("code", &self.code)
            .field("issuer", &self.issuer)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// Why a provider cannot be set up as it is described.
#[derive(Debug, thiserror::Error)]
pub enum WrongProvider {
    /// The code cannot stand in an address.
    #[error("“{0}” is no code: 1–32 letters a–z, digits and hyphens")]
    Code(String),
    /// An address is none.
    #[error("“{address}” is no address of a provider")]
    Address {
        /// As written.
        address: String,
        /// Why.
        source: BoxError,
    },
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider could not be asked, or does not describe itself as the standard says.
    #[error("the provider cannot be asked: {0}")]
    Unreachable(String),
    /// It refused the code, or what it answered proves nothing.
    #[error("the provider's answer proves nothing: {0}")]
    Unproved(String),
}

/// Whom a provider has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Who says it.
    pub issuer: String,
    /// By what the issuer knows them, for ever: 1–255 signs.
    pub subject: String,
    /// What they are called there; may be empty.
    pub name: String,
    /// Their mail address, where the provider has verified it and is believed.
    pub mail: Option<MailAddress>,
}

/// A provider.
#[derive(Clone, Debug)]
pub struct Provider {
    settings: ProviderSettings,
    issuer: IssuerUrl,
    back: RedirectUrl,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Longest subject, in bytes: 255 signs of ASCII (`OpenID` Connect Core 1.0 §2).
const MAX_SUBJECT_BYTES: usize = 255;

/// Longest name that is kept, in signs.
const MAX_NAME_CHARS: usize = 200;

impl Provider {
    /// A provider that sends people back to `back`, an address of ours.
    ///
    /// # Errors
    /// [`WrongProvider`].
    pub fn new(settings: ProviderSettings, back: &str) -> Result<Self, WrongProvider> {
        let is_code = |text: &str| {
            (1..=32).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !is_code(&settings.code) {
            return Err(WrongProvider::Code(settings.code));
        }
        let wrong = |address: &str, error: url::ParseError| WrongProvider::Address {
            address: address.to_owned(),
            source: error.into(),
        };
        let issuer = IssuerUrl::new(settings.issuer.clone())
            .map_err(|error| wrong(&settings.issuer, error))?;
        let back = RedirectUrl::new(back.to_owned()).map_err(|error| wrong(back, error))?;
        Ok(Self { settings, issuer, back })
    }

    /// What its operator says of it.
    pub const fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Where a browser that keeps `secret` goes to sign in there.
    ///
    /// # Errors
    /// [`ProviderError::Unreachable`].
    pub async fn begin(
        &self,
        courier: &dyn Courier,
        secret: &str,
    ) -> Result<String, ProviderError> {
        let client = self.client(courier).await?;
        let (state, nonce) = (state(secret), derived(secret, "nonce"));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier(secret));
        let (address, _state, _nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .url();
        Ok(address.into())
    }

    /// Whom the provider names for the `code` that a browser with `secret` brought back.
    ///
    /// The keys are read anew each time, so that one that was changed a minute ago is known.
    ///
    /// # Errors
    /// [`ProviderError`]; nobody is signed in.
    pub async fn finish(
        &self,
        courier: &dyn Courier,
        secret: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Proved, ProviderError> {
        let client = self.client(courier).await?;
        let carrier = Carrier(courier);
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?
            .set_pkce_verifier(verifier(secret));
        let tokens = request.request_async(&carrier).await.map_err(unproved)?;
        let token = tokens
            .id_token()
            .ok_or_else(|| ProviderError::Unproved("there is no ID token".to_owned()))?;
        let moment = chrono::DateTime::from_timestamp_millis(now.millis()).unwrap_or_default();
        let checks = client.id_token_verifier().set_time_fn(move || moment);
        let claims =
            token.claims(&checks, &Nonce::new(derived(secret, "nonce"))).map_err(unproved)?;
        if let Some(expected) = claims.access_token_hash() {
            let (alg, key) = (token.signing_alg(), token.signing_key(&checks));
            let alg = alg.map_err(unproved)?;
            let found =
                AccessTokenHash::from_token(tokens.access_token(), alg, key.map_err(unproved)?);
            if found.map_err(unproved)? != *expected {
                return Err(ProviderError::Unproved("the tokens are not of one".to_owned()));
            }
        }
        let subject = claims.subject().clone();
        let said = if name_in(claims).is_empty() || claims.email().is_none() {
            // What the token leaves out may be asked for; who has it not is signed in without.
            match client.user_info(tokens.access_token().clone(), Some(subject)) {
                Ok(request) => request.request_async(&carrier).await.ok(),
                Err(_no_address) => None,
            }
        } else {
            None
        };
        self.proved(claims, said.as_ref())
    }

    fn proved(
        &self,
        claims: &CoreIdTokenClaims,
        said: Option<&CoreUserInfoClaims>,
    ) -> Result<Proved, ProviderError> {
        let subject = claims.subject().as_str();
        if !(1..=MAX_SUBJECT_BYTES).contains(&subject.len()) || subject.contains(char::is_control) {
            return Err(ProviderError::Unproved("the subject is empty or too long".to_owned()));
        }
        let name = match name_in(claims) {
            name if name.is_empty() => said.map(name_said).unwrap_or_default(),
            name => name,
        };
        let mail = verified(claims.email(), claims.email_verified())
            .or_else(|| said.and_then(|said| verified(said.email(), said.email_verified())));
        Ok(Proved {
            issuer: self.settings.issuer.clone(),
            subject: subject.to_owned(),
            name: name.chars().filter(|sign| !sign.is_control()).take(MAX_NAME_CHARS).collect(),
            mail: mail.filter(|_| self.settings.trusts_mail),
        })
    }

    async fn client(&self, courier: &dyn Courier) -> Result<Client, ProviderError> {
        let carrier = Carrier(courier);
        let found = CoreProviderMetadata::discover_async(self.issuer.clone(), &carrier)
            .await
            .map_err(|error| ProviderError::Unreachable(causes(&error)))?;
        // Basic is what a provider takes that says nothing of it (OpenID Connect Discovery 1.0 §3).
        let takes_basic = found
            .token_endpoint_auth_methods_supported()
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let way = if takes_basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        let secret = (!self.settings.secret.is_empty())
            .then(|| ClientSecret::new(self.settings.secret.clone()));
        let client = ClientId::new(self.settings.client.clone());
        Ok(CoreClient::from_provider_metadata(found, client, secret)
            .set_auth_type(way)
            .set_redirect_uri(self.back.clone()))
    }
}

/// What a provider brings back with a browser that keeps `secret`; 64 hexadecimal digits.
pub fn state(secret: &str) -> String {
    derived(secret, "state")
}

fn verifier(secret: &str) -> PkceCodeVerifier {
    PkceCodeVerifier::new(derived(secret, "verifier"))
}

/// A word for one use that tells nothing of the secret, nor of the words for other uses.
fn derived(secret: &str, purpose: &str) -> String {
    let hash = Sha256::digest(format!("{purpose} {secret}").as_bytes());
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// An address that the provider says it has verified.
fn verified(mail: Option<&EndUserEmail>, is_verified: Option<bool>) -> Option<MailAddress> {
    mail.filter(|_| is_verified == Some(true)).and_then(|mail| mail.as_str().parse().ok())
}

/// The name in some claims: whole, or made of its parts, in no language.
macro_rules! name_of {
    ($claims:expr) => {{
        let whole = $claims.name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let given = $claims.given_name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let last = $claims.family_name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let parts = || [given, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
        whole.map(str::to_owned).unwrap_or_else(parts).trim().to_owned()
    }};
}

fn name_in(claims: &CoreIdTokenClaims) -> String {
    name_of!(claims)
}

fn name_said(said: &CoreUserInfoClaims) -> String {
    name_of!(said)
}

fn unproved(error: impl std::error::Error + 'static) -> ProviderError {
    ProviderError::Unproved(causes(&error))
}

/// An error with what caused it, for the log.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let all = std::iter::successors(Some(error), |error| error.source()).take(8);
    let mut words: Vec<String> = all.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}
