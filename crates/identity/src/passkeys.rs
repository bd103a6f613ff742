//! Passkeys: keys that a device or a password manager keeps, and that sign nothing for another site
//! (W3C, Web Authentication Level 3).
//!
//! A ceremony has two requests. The first makes a question for the browser and a state for the store;
//! the second brings the browser's answer, and the state is **taken out of the store** for it, by one
//! statement that deletes and returns it: keys without a counter could otherwise answer twice. The
//! browser never sees a state.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;
use std::time::Duration;

use observatory_model::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Key, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::BoxError;

/// Seconds in which a question is to be answered: the standard's own, long enough to find a key and
/// type a PIN with unsteady hands (WCAG 2.2.1).
pub const SECONDS_TO_ANSWER: u32 = 300;

/// Longest answer and state that are read, in bytes. Answers have about one thousand; certificates of
/// the maker, which we do not ask for, some more.
pub const MOST_ANSWER_BYTES: usize = 65_536;

/// Our site, as browsers and keys know it: the host of its public address.
///
/// Keys are bound to the host for good: a site that moves loses its passkeys.
#[derive(Clone, Debug)]
pub struct RelyingParty(Webauthn);

/// Why a public address can have no passkeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRelyingParty {
    /// The text is no `http` or `https` address with a host alone.
    #[error("passkeys need a public address such as https://observatory.example.org")]
    NoOrigin,
    /// The host is a number: browsers bind keys to names alone (§5.1.3, step 7).
    #[error("passkeys need a host with a name: http://localhost for 127.0.0.1")]
    NumericHost,
    /// Anybody between could read and change it: browsers offer keys to `https`, and to `localhost`.
    #[error("passkeys need https, or http on localhost")]
    Unprotected,
}

/// Why a ceremony has failed, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The answer is not what a browser sends, or the state is of another ceremony.
    #[error("the answer of the passkey cannot be read")]
    Unreadable(#[source] BoxError),
    /// The question is older than [`SECONDS_TO_ANSWER`]; it may be asked anew.
    #[error("the question to the passkey is too old")]
    Late,
    /// The answer is of another passkey or another person than was handed over.
    #[error("the answer is of another passkey")]
    Other,
    /// The key has counted less than before: somebody may have copied it. The person is to be told.
    #[error("the passkey may have been copied")]
    Copied,
    /// Another question, another site, a wrong signature, or nobody proved to be who holds the key.
    #[error("the passkey was refused")]
    Refused(#[source] BoxError),
}

/// Who gets a passkey.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The id of the account: the key gives it back, so that nobody has to type a name. Whoever holds
    /// the key can read it.
    pub id: Uuid,
    /// What the person signs in with, shown by the browser among other keys.
    pub name: &'a str,
    /// What the person is called.
    pub shown: &'a str,
}

/// The first half of a ceremony.
#[derive(Clone)]
pub struct Question {
    /// For the browser: JSON that `PublicKeyCredential.parseCreationOptionsFromJSON` or
    /// `parseRequestOptionsFromJSON` reads (§5.1.9, §5.1.10).
    pub options: String,
    /// For the store, until the answer comes: JSON of a few hundred bytes.
    pub state: String,
}

/// A passkey as it is kept: public key, counter, and whose it is. Its text is JSON of about one
/// thousand bytes; nothing in it is secret, yet it tells whose device is whose.
#[derive(Clone, Serialize, Deserialize)]
pub struct Passkey {
    holder: Uuid,
    key: Key,
}

/// What an answer says of itself, before anything of it is believed: by it the passkey is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The account.
    pub holder: Uuid,
    /// [`Passkey::id`].
    pub passkey: String,
}

/// A state, and until when it is good.
#[derive(Serialize, Deserialize)]
struct Kept<S> {
    until: Timestamp,
    state: S,
}

#[derive(Serialize, Deserialize)]
struct Registration {
    holder: Uuid,
    engine: PasskeyRegistration,
}

impl RelyingParty {
    /// The site `name` at the public address `origin`, such as `https://observatory.example.org` or
    /// `http://localhost:8080`. The port belongs to it; no other origin is accepted, not even below it.
    ///
    /// # Errors
    /// [`NoRelyingParty`] where browsers know no passkeys.
    pub fn new(origin: &str, name: &str) -> Result<Self, NoRelyingParty> {
        let url = Url::parse(origin).or(Err(NoRelyingParty::NoOrigin))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(NoRelyingParty::NoOrigin);
        }
        let host = match (url.scheme(), url.host()) {
            ("http" | "https", Some(Host::Ipv4(_) | Host::Ipv6(_))) => {
                return Err(NoRelyingParty::NumericHost);
            }
            ("https", Some(Host::Domain(host))) => host,
            ("http", Some(Host::Domain(host))) if host == "localhost" => host,
            ("http", Some(_)) => return Err(NoRelyingParty::Unprotected),
            _ => return Err(NoRelyingParty::NoOrigin),
        };
        let builder = WebauthnBuilder::new(host, &url).or(Err(NoRelyingParty::NoOrigin))?;
        let limit = Duration::from_secs(u64::from(SECONDS_TO_ANSWER));
        let engine = builder.rp_name(name).timeout(limit).build();
        engine.map(Self).or(Err(NoRelyingParty::NoOrigin))
    }

    /// Asks for a new passkey of `holder`, on none of the devices that keep one of `existing`.
    ///
    /// The key has to verify its holder (PIN, finger, face) and to be found without a name; a security
    /// key that is full or too old cannot be used. Who made the device is not asked.
    ///
    /// # Errors
    /// [`PasskeyError::Refused`] when the engine cannot ask, which it can.
    pub fn start_registration(
        &self,
        holder: Holder<'_>,
        existing: &[Passkey],
        now: Timestamp,
    ) -> Result<Question, PasskeyError> {
        let known = existing.iter().map(|passkey| passkey.key.cred_id().clone()).collect();
        let asked =
            self.0.start_passkey_registration(holder.id, holder.name, holder.shown, Some(known));
        let (options, engine) = asked.map_err(of_engine)?;
        let mut options = json(&options.public_key)?;
        // The engine only asks for keys that need a name. What it checks does not differ.
        if let Some(wishes) =
            options.get_mut("authenticatorSelection").and_then(Value::as_object_mut)
        {
            wishes.insert("residentKey".to_owned(), "required".into());
            wishes.insert("requireResidentKey".to_owned(), true.into());
        }
        question(&options, now, Registration { holder: holder.id, engine })
    }

    /// The new passkey, to be kept under [`Passkey::id`]; an id that is there already, whoever has it,
    /// is refused by the store (§7.1, step 26).
    ///
    /// `state` was taken out of the store; `answer` is the JSON of the browser's credential.
    ///
    /// # Errors
    /// [`PasskeyError`], when the answer is late, unreadable, to another question or of another site.
    pub fn finish_registration(
        &self,
        state: &str,
        answer: &str,
        now: Timestamp,
    ) -> Result<Passkey, PasskeyError> {
        let state: Registration = in_time(state, now)?;
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let key = self.0.finish_passkey_registration(&answer, &state.engine).map_err(of_engine)?;
        Ok(Passkey { holder: state.holder, key })
    }

    /// Asks whoever is there for a passkey; nothing has to be known of them.
    ///
    /// The same question serves a button and the list under a field (`mediation: "conditional"`): the
    /// page decides.
    ///
    /// # Errors
    /// [`PasskeyError::Refused`] when the engine cannot ask, which it can.
    pub fn start_authentication(&self, now: Timestamp) -> Result<Question, PasskeyError> {
        let (options, engine) = self.0.start_discoverable_authentication().map_err(of_engine)?;
        question(&json(&options.public_key)?, now, engine)
    }

    /// Whose passkey an answer claims to be of.
    ///
    /// # Errors
    /// [`PasskeyError::Unreadable`] when it is no answer, [`PasskeyError::Other`] when it names no account.
    pub fn claim(&self, answer: &str) -> Result<Claim, PasskeyError> {
        self.claim_of(&read(answer)?)
    }

    /// That `passkey`, which was looked up by the [`Claim`], has answered: its holder is there, verified
    /// by the device, so that no second factor is needed. Gives the passkey as it is to be kept from
    /// now on, with its new counter.
    ///
    /// `state` was taken out of the store; `answer` is the JSON of the browser's credential.
    ///
    /// # Errors
    /// [`PasskeyError`], when the answer is late, unreadable, of another passkey, to another question or
    /// of another site, or when the key may have been copied.
    pub fn finish_authentication(
        &self,
        state: &str,
        answer: &str,
        passkey: &Passkey,
        now: Timestamp,
    ) -> Result<Passkey, PasskeyError> {
        let state: DiscoverableAuthentication = in_time(state, now)?;
        let answer: PublicKeyCredential = read(answer)?;
        if self.claim_of(&answer)? != (Claim { holder: passkey.holder, passkey: passkey.id() }) {
            return Err(PasskeyError::Other);
        }
        let proof = self.0.finish_discoverable_authentication_v2(&answer, state, &passkey.key);
        let proof = proof.map_err(of_engine)?;
        let mut passkey = passkey.clone();
        passkey.key.update_credential(&proof).ok_or(PasskeyError::Other)?;
        Ok(passkey)
    }

    fn claim_of(&self, answer: &PublicKeyCredential) -> Result<Claim, PasskeyError> {
        let claimed = self.0.identify_discoverable_authentication(answer);
        let (holder, id) = claimed.or(Err(PasskeyError::Other))?;
        Ok(Claim { holder, passkey: hexadecimal(id) })
    }
}

impl Passkey {
    /// Its id, given by the device: lower-case hexadecimal digits, at most 2046 (§4, credential id).
    pub fn id(&self) -> String {
        hexadecimal(self.key.cred_id())
    }

    /// The account that it was made for.
    pub const fn holder(&self) -> Uuid {
        self.holder
    }
}

impl FromStr for Passkey {
    type Err = PasskeyError;

    /// Reads the JSON that `Display` writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text)
    }
}

impl fmt::Display for Passkey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).or(Err(fmt::Error))?)
    }
}

impl fmt::Debug for Passkey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Passkey").field("holder", &self.holder).finish_non_exhaustive()
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Question(…)")
    }
}

fn question<S: Serialize>(
    options: &Value,
    now: Timestamp,
    state: S,
) -> Result<Question, PasskeyError> {
    let until = now.plus_seconds(i64::from(SECONDS_TO_ANSWER));
    let state = json(&Kept { until, state })?;
    Ok(Question { options: options.to_string(), state: state.to_string() })
}

/// The state, unless its time is over.
fn in_time<S: DeserializeOwned>(state: &str, now: Timestamp) -> Result<S, PasskeyError> {
    let kept: Kept<S> = read(state)?;
    if now > kept.until { Err(PasskeyError::Late) } else { Ok(kept.state) }
}

fn json(value: &impl Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|error| PasskeyError::Unreadable(error.into()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyError> {
    if text.len() > MOST_ANSWER_BYTES {
        return Err(PasskeyError::Unreadable("it is too long".into()));
    }
    serde_json::from_str(text).map_err(|error| PasskeyError::Unreadable(error.into()))
}

fn of_engine(error: WebauthnError) -> PasskeyError {
    match error {
        WebauthnError::CredentialPossibleCompromise => PasskeyError::Copied,
        other => PasskeyError::Refused(other.into()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A `String` takes everything.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
    use passkey::client::{Client, DefaultClientData, WebauthnError as Refusal};
    use passkey::crypto::rust_crypto::RustCryptoBackend;
    use passkey::types::ctap2::{Aaguid, Ctap2Error};
    use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
    use serde_json::json;

    use super::*;

    const SITE: &str = "https://observatory.example.org";

    /// Somebody at a device who does what is asked, with a finger or with a mere touch.
    struct Hand {
        verified: bool,
    }

    impl UserValidationMethod for Hand {
        type PasskeyItem = passkey::types::Passkey;

        fn check_user<'a, 'hand, 'check>(
            &'hand self,
            hint: UiHint<'a, Self::PasskeyItem>,
            presence: bool,
            _verification: bool,
        ) -> Pin<Box<dyn Future<Output = Result<UserCheck, Ctap2Error>> + Send + 'check>>
        where
            'a: 'check,
            'hand: 'check,
            Self: 'check,
        {
            let check = if matches!(hint, UiHint::InformExcludedCredentialFound(_)) {
                Err(Ctap2Error::CredentialExcluded)
            } else {
                Ok(UserCheck { presence, verification: self.verified })
            };
            Box::pin(async move { check })
        }

        fn is_presence_enabled(&self) -> bool {
            true
        }

        fn is_verification_enabled(&self) -> Option<bool> {
            Some(true)
        }
    }

    /// A browser and a device that keeps one passkey, by other makers than the engine. A clone of it
    /// is a copied key.
    #[derive(Clone, Default)]
    struct Device {
        kept: Option<passkey::types::Passkey>,
        counts: bool,
        unverified: bool,
    }

    impl Device {
        fn authenticator(
            &self,
        ) -> Authenticator<Option<passkey::types::Passkey>, Hand, RustCryptoBackend> {
            let hand = Hand { verified: !self.unverified };
            let kept = self.kept.clone();
            let mut device = Authenticator::new(Aaguid::new_empty(), kept, hand, RustCryptoBackend);
            device.set_make_credentials_with_signature_counter(self.counts);
            device
        }

        /// What the browser sends when a page at `origin` asks for a new passkey.
        fn register(&mut self, origin: &str, options: &str) -> Result<String, Refusal> {
            let mut client = Client::new(self.authenticator()).allows_insecure_localhost(true);
            let options = json!({ "publicKey": value(options) });
            let options: CredentialCreationOptions = serde_json::from_value(options).unwrap();
            let origin = Url::parse(origin).unwrap();
            let answer = wait(client.register(&origin, options, DefaultClientData))?;
            self.kept = client.authenticator().store().clone();
            Ok(serde_json::to_string(&answer).unwrap())
        }

        /// What the browser sends when a page at `origin` asks for a passkey.
        fn authenticate(&mut self, origin: &str, options: &str) -> String {
            let mut client = Client::new(self.authenticator()).allows_insecure_localhost(true);
            let options = json!({ "publicKey": value(options) });
            let options: CredentialRequestOptions = serde_json::from_value(options).unwrap();
            let origin = Url::parse(origin).unwrap();
            let answer = wait(client.authenticate(&origin, options, DefaultClientData)).unwrap();
            self.kept = client.authenticator().store().clone();
            serde_json::to_string(&answer).unwrap()
        }
    }

    fn wait<T>(answer: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
    }

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-25T12:00:00Z".parse().unwrap()
    }

    fn party() -> RelyingParty {
        RelyingParty::new(SITE, "Observatory").unwrap()
    }

    fn holder() -> Holder<'static> {
        let id = Uuid::from_u128(0x0193_9c5e_7b1a_7c3e_8d55_2f9f_0c4b_6a10);
        Holder { id, name: "amara@example.org", shown: "Amara" }
    }

    /// A device with a passkey, and what is kept of it.
    fn registered(counts: bool, holder: Holder<'_>) -> (Device, Passkey) {
        let mut device = Device { counts, ..Device::default() };
        let question = party().start_registration(holder, &[], now()).unwrap();
        let answer = device.register(SITE, &question.options).unwrap();
        let passkey = party().finish_registration(&question.state, &answer, now()).unwrap();
        (device, passkey)
    }

    #[test]
    fn a_passkey_is_made_kept_and_used_without_a_name() {
        for site in [SITE, "http://localhost:8080"] {
            let party = RelyingParty::new(site, "Observatory").unwrap();
            let mut device = Device { counts: true, ..Device::default() };
            let question = party.start_registration(holder(), &[], now()).unwrap();
            let answer = device.register(site, &question.options).unwrap();
            let passkey = party.finish_registration(&question.state, &answer, now()).unwrap();
            // The program may have stopped in between.
            let mut passkey: Passkey = passkey.to_string().parse().unwrap();
            assert_eq!(passkey.holder(), holder().id);
            assert!(passkey.id().len() >= 32, "{}", passkey.id());
            for _ in 0..3 {
                let question = party.start_authentication(now()).unwrap();
                let answer = device.authenticate(site, &question.options);
                let claim = party.claim(&answer).unwrap();
                assert_eq!(claim, Claim { holder: holder().id, passkey: passkey.id() });
                passkey =
                    party.finish_authentication(&question.state, &answer, &passkey, now()).unwrap();
            }
        }
    }

    #[test]
    fn questions_ask_for_keys_that_are_found_and_verify() {
        let question = party().start_registration(holder(), &[], now()).unwrap();
        let options = value(&question.options);
        let wishes = &options["authenticatorSelection"];
        assert_eq!(wishes["residentKey"], "required");
        assert_eq!(wishes["requireResidentKey"], true);
        assert_eq!(wishes["userVerification"], "required");
        assert_eq!(options["attestation"], "none");
        assert_eq!(
            options["rp"],
            json!({ "id": "observatory.example.org", "name": "Observatory" })
        );
        assert_eq!(options["user"]["displayName"], "Amara");
        let question = party().start_authentication(now()).unwrap();
        let options = value(&question.options);
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["allowCredentials"], json!([]), "says nothing about who is known");
        assert_eq!(options["timeout"], 300_000);
        let other = value(&party().start_authentication(now()).unwrap().options);
        assert_ne!(options["challenge"], other["challenge"]);
        assert!(!format!("{question:?}").contains("observatory"));
    }

    #[test]
    fn a_device_takes_one_passkey_of_an_account() {
        let (mut device, passkey) = registered(false, holder());
        let question = party().start_registration(holder(), &[passkey], now()).unwrap();
        assert!(device.register(SITE, &question.options).is_err());
        assert!(Device::default().register(SITE, &question.options).is_ok());
    }

    #[test]
    fn an_answer_fits_its_question_alone() {
        let (mut device, passkey) = registered(false, holder());
        let first = party().start_authentication(now()).unwrap();
        let second = party().start_authentication(now()).unwrap();
        let answer = device.authenticate(SITE, &first.options);
        let wrong = party().finish_authentication(&second.state, &answer, &passkey, now());
        assert!(matches!(wrong, Err(PasskeyError::Refused(_))), "{wrong:?}");
        assert!(party().finish_authentication(&first.state, &answer, &passkey, now()).is_ok());

        let first = party().start_registration(holder(), &[], now()).unwrap();
        let second = party().start_registration(holder(), &[], now()).unwrap();
        let answer = Device::default().register(SITE, &first.options).unwrap();
        let wrong = party().finish_registration(&second.state, &answer, now());
        assert!(matches!(wrong, Err(PasskeyError::Refused(_))), "{wrong:?}");
    }

    #[test]
    fn an_answer_is_good_once() {
        let (mut device, passkey) = registered(true, holder());
        let question = party().start_authentication(now()).unwrap();
        let answer = device.authenticate(SITE, &question.options);
        let again = |passkey: &Passkey| {
            party().finish_authentication(&question.state, &answer, passkey, now())
        };
        let passkey = again(&passkey).unwrap();
        // Even if the state were still in the store.
        assert!(matches!(again(&passkey), Err(PasskeyError::Copied)));
    }

    #[test]
    fn a_counter_that_goes_back_is_noticed() {
        let (mut device, passkey) = registered(true, holder());
        let mut copy = device.clone();
        let ask = |device: &mut Device, passkey: &Passkey| {
            let question = party().start_authentication(now()).unwrap();
            let answer = device.authenticate(SITE, &question.options);
            party().finish_authentication(&question.state, &answer, passkey, now())
        };
        let passkey = ask(&mut device, &passkey).unwrap();
        let passkey = ask(&mut device, &passkey).unwrap();
        let copied = ask(&mut copy, &passkey);
        assert!(matches!(copied, Err(PasskeyError::Copied)), "{copied:?}");
        // Keys that are kept in a cloud do not count.
        let (mut device, passkey) = registered(false, holder());
        let passkey = ask(&mut device, &passkey).unwrap();
        assert!(ask(&mut device, &passkey).is_ok());
    }

    #[test]
    fn another_site_gets_nowhere() {
        let (mut device, passkey) = registered(false, holder());
        let question = party().start_authentication(now()).unwrap();
        let refused = |answer: &str| {
            let wrong = party().finish_authentication(&question.state, answer, &passkey, now());
            assert!(matches!(wrong, Err(PasskeyError::Refused(_))), "{wrong:?}");
        };
        // Names below ours and other ports may use our keys, says the browser; we do not take them.
        for origin in
            ["https://blog.observatory.example.org", "https://observatory.example.org:8443"]
        {
            refused(&device.authenticate(origin, &question.options));
        }
        // A page that passes our question on, and a device that is careless about whose key it uses.
        let mut passed_on = value(&question.options);
        passed_on["rpId"] = "observatory-example.org".into();
        let thief = "https://observatory-example.org";
        refused(&device.authenticate(thief, &passed_on.to_string()));

        let question = party().start_registration(holder(), &[], now()).unwrap();
        let origin = "https://blog.observatory.example.org";
        let answer = Device::default().register(origin, &question.options).unwrap();
        let wrong = party().finish_registration(&question.state, &answer, now());
        assert!(matches!(wrong, Err(PasskeyError::Refused(_))), "{wrong:?}");
    }

    #[test]
    fn a_touch_is_not_enough() {
        let (mut device, passkey) = registered(false, holder());
        device.unverified = true;
        let question = party().start_authentication(now()).unwrap();
        let mut careless = value(&question.options);
        careless["userVerification"] = "discouraged".into();
        let answer = device.authenticate(SITE, &careless.to_string());
        let wrong = party().finish_authentication(&question.state, &answer, &passkey, now());
        assert!(matches!(wrong, Err(PasskeyError::Refused(_))), "{wrong:?}");
    }

    #[test]
    fn nobody_answers_for_somebody_else() {
        let thief = Holder { id: Uuid::from_u128(7), ..holder() };
        let (mut device, passkey) = registered(false, holder());
        let (_, of_thief) = registered(false, thief);
        let question = party().start_authentication(now()).unwrap();
        let answer = device.authenticate(SITE, &question.options);
        let finish = |answer: &str, passkey: &Passkey| {
            party().finish_authentication(&question.state, answer, passkey, now())
        };
        let (_, of_second_device) = registered(false, holder());
        for other in [&of_thief, &of_second_device] {
            assert!(matches!(finish(&answer, other), Err(PasskeyError::Other)));
        }
        // Nothing signs the account: what the key was made for decides.
        let mut changed = value(&answer);
        changed["response"]["userHandle"] = "AAAAAAAAAAAAAAAAAAAABw".into();
        assert_eq!(party().claim(&changed.to_string()).unwrap().holder, thief.id);
        let wrong = finish(&changed.to_string(), &passkey);
        assert!(matches!(wrong, Err(PasskeyError::Other)), "{wrong:?}");
        changed["response"]["userHandle"] = Value::Null;
        assert!(matches!(party().claim(&changed.to_string()), Err(PasskeyError::Other)));
        changed["response"].as_object_mut().unwrap().remove("userHandle");
        assert!(matches!(party().claim(&changed.to_string()), Err(PasskeyError::Other)));
        let mut forged = value(&answer);
        let other =
            device.authenticate(SITE, &party().start_authentication(now()).unwrap().options);
        forged["response"]["signature"] = value(&other)["response"]["signature"].clone();
        let wrong = finish(&forged.to_string(), &passkey);
        assert!(matches!(wrong, Err(PasskeyError::Refused(_))), "{wrong:?}");
        assert!(finish(&answer, &passkey).is_ok());
    }

    #[test]
    fn late_answers_and_other_texts_are_refused() {
        let (mut device, passkey) = registered(false, holder());
        let question = party().start_authentication(now()).unwrap();
        let answer = device.authenticate(SITE, &question.options);
        let at = |seconds| {
            let now = now().plus_seconds(seconds);
            party().finish_authentication(&question.state, &answer, &passkey, now)
        };
        assert!(at(300).is_ok());
        assert!(matches!(at(301), Err(PasskeyError::Late)));

        let new = party().start_registration(holder(), &[], now()).unwrap();
        let made = Device::default().register(SITE, &new.options).unwrap();
        let late = party().finish_registration(&new.state, &made, now().plus_seconds(301));
        assert!(matches!(late, Err(PasskeyError::Late)));
        let long = format!("{answer}{}", " ".repeat(MOST_ANSWER_BYTES));
        for (state, answer) in [
            (&new.state, &answer),
            (&question.state, &made),
            (&question.state, &String::new()),
            (&question.state, &"[".repeat(1000)),
            (&question.state, &long),
            (&"{}".to_owned(), &answer),
        ] {
            let wrong = party().finish_authentication(state, answer, &passkey, now());
            assert!(matches!(wrong, Err(PasskeyError::Unreadable(_))), "{answer:.40}: {wrong:?}");
        }
        let wrong = party().finish_registration(&question.state, &made, now());
        assert!(matches!(wrong, Err(PasskeyError::Unreadable(_))), "{wrong:?}");
    }

    #[test]
    fn where_there_are_no_passkeys_it_is_said() {
        use NoRelyingParty::{NoOrigin, NumericHost, Unprotected};
        for (origin, expected) in [
            ("https://observatory.example.org", None),
            ("https://observatory.example.org:8443/", None),
            ("https://bücher.example", None),
            ("http://localhost", None),
            ("http://localhost:8080", None),
            ("http://127.0.0.1:8080", Some(NumericHost)),
            ("http://[::1]:8080", Some(NumericHost)),
            ("https://192.0.2.1", Some(NumericHost)),
            ("http://observatory.example.org", Some(Unprotected)),
            ("http://localhost.example.org", Some(Unprotected)),
            ("https://observatory.example.org/fr", Some(NoOrigin)),
            ("https://observatory.example.org?a", Some(NoOrigin)),
            ("https://amara@observatory.example.org", Some(NoOrigin)),
            ("ftp://observatory.example.org", Some(NoOrigin)),
            ("observatory.example.org", Some(NoOrigin)),
            ("", Some(NoOrigin)),
        ] {
            assert_eq!(RelyingParty::new(origin, "Observatory").err(), expected, "{origin}");
        }
    }

    #[test]
    fn what_is_kept_is_not_shown() {
        let (_, passkey) = registered(false, holder());
        assert!(!format!("{passkey:?}").contains("key:"), "{passkey:?}");
    }
}
