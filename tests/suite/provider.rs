//! A provider of `OpenID` Connect on this machine, which keeps to the standard until a test has it lie.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use observatory_model::Timestamp;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    Audience, EmptyAdditionalClaims, EndUserEmail, EndUserName, IssuerUrl, JsonWebKeyId, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey as _, StandardClaims, SubjectIdentifier,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// By what the provider knows the site, and what the site proves it with.
pub(crate) const CLIENT: (&str, &str) = ("the-observatory", "a secret of both");

/// In what the provider lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// The token answers another question.
    Nonce,
    /// The token is for another site.
    Audience,
    /// The token is of yesterday.
    Expired,
    /// The token is of another provider.
    Issuer,
    /// The token is signed with a key that the provider does not show.
    Key,
    /// The token is not signed.
    Unsigned,
    /// There is no token.
    Missing,
    /// What is told beside the token is of somebody else.
    Subject,
}

/// Whoever signs in there.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) subject: String,
    pub(crate) name: String,
    /// The address, and whether it was verified.
    pub(crate) mail: Option<(String, bool)>,
}

#[derive(Debug)]
struct State {
    holder: Holder,
    lie: Lie,
    now: Timestamp,
    /// What was asked when a code was given: each code once.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    given: usize,
    /// Requests that came.
    asked: Vec<String>,
}

/// The provider.
#[derive(Clone, Debug)]
pub(crate) struct IdProvider {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

fn key(seed: u8) -> CoreEdDsaPrivateSigningKey {
    // RFC 8410 §7: what stands before the 32 bytes of a key.
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([seed; 32]);
    let text = base64(&der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    let id = JsonWebKeyId::new("one".to_owned());
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(id)).expect("a key")
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let padded = [three[0], *three.get(1).unwrap_or(&0), *three.get(2).unwrap_or(&0)];
        let number = padded.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let sign = if at > three.len() { b'=' } else { SIGNS[number >> shift & 63] };
            text.push(char::from(sign));
        }
    }
    text
}

fn fields(text: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

impl IdProvider {
    /// A provider for whom it is `now`.
    pub(crate) async fn start(now: Timestamp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let holder = Holder {
            subject: "0000-0002-1825-0097".to_owned(),
            name: "Josiah Carberry".to_owned(),
            mail: None,
        };
        let (codes, asked) = (BTreeMap::new(), Vec::new());
        let state = State { holder, lie: Lie::None, now, codes, given: 0, asked };
        let address = listener.local_addr().expect("its address");
        let provider = Self { address, state: Arc::new(Mutex::new(state)) };
        let served = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let served = served.clone();
                        async move { Ok::<_, Infallible>(served.take(request).await) }
                    });
                    let builder = hyper::server::conn::http1::Builder::new();
                    drop(builder.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        provider
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn lies(&self, lie: Lie) {
        self.state().lie = lie;
    }

    pub(crate) fn holds(&self, holder: Holder) {
        self.state().holder = holder;
    }

    /// The requests that came since the last time this was asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let path = head.uri.path();
        self.state().asked.push(format!("{} {path}", head.method));
        let query = fields(head.uri.query().unwrap_or_default().as_bytes());
        let said = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        match path {
            "/.well-known/openid-configuration" => told(200, &self.description()),
            "/keys" => {
                let shown = serde_json::to_value(key(7).as_verification_key()).expect("JSON");
                told(200, &json!({ "keys": [shown] }))
            }
            "/authorize" => self.consent(query),
            "/token" => self.token(said("authorization"), &fields(&body)),
            "/me" => {
                let state = self.state();
                let subject = match state.lie {
                    Lie::Subject => "somebody-else",
                    _ => state.holder.subject.as_str(),
                };
                let mut said_of = json!({ "sub": subject, "name": state.holder.name });
                if let Some((mail, is_verified)) = &state.holder.mail {
                    said_of["email"] = json!(mail);
                    said_of["email_verified"] = json!(is_verified);
                }
                told(if said("authorization") == Some("Bearer open") { 200 } else { 401 }, &said_of)
            }
            _ => told(404, &json!({})),
        }
    }

    fn description(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer());
        json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/me"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// Its holder says yes: the browser goes back with a code.
    fn consent(&self, asked: BTreeMap<String, String>) -> Response<Full<Bytes>> {
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT.0);
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "{asked:?}");
        let mut state = self.state();
        state.given += 1;
        let code = format!("code-{}", state.given);
        let mut back = url::Url::parse(&asked["redirect_uri"]).expect("an address");
        back.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &asked["state"])
            .append_pair("iss", &self.issuer());
        state.codes.insert(code, asked);
        let mut response = told(302, &json!({}));
        response.headers_mut().insert("location", back.as_str().parse().expect("a header"));
        response
    }

    fn token(&self, proof: Option<&str>, form: &BTreeMap<String, String>) -> Response<Full<Bytes>> {
        let wrong = |why: &str| told(400, &json!({ "error": why }));
        // RFC 6749 §2.3.1: name and secret are encoded as in a form before they are put together.
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let (name, secret): (String, String) = (encode(CLIENT.0), encode(CLIENT.1));
        if proof != Some(&format!("Basic {}", base64(format!("{name}:{secret}").as_bytes()))) {
            return wrong("invalid_client");
        }
        let Some(asked) = self.state().codes.remove(&form["code"]) else {
            return wrong("invalid_grant");
        };
        let verifier = PkceCodeVerifier::new(form["code_verifier"].clone());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let is_same = form["grant_type"] == "authorization_code"
            && form["redirect_uri"] == asked["redirect_uri"]
            && challenge.as_str() == asked["code_challenge"];
        if !is_same {
            return wrong("invalid_grant");
        }
        let mut answer =
            json!({ "access_token": "open", "token_type": "Bearer", "expires_in": 60 });
        if self.state().lie != Lie::Missing {
            answer["id_token"] = json!(self.id_token(&asked["nonce"]));
        }
        told(200, &answer)
    }

    fn id_token(&self, nonce: &str) -> String {
        let state = self.state();
        let lie = |lie: Lie, text: &str| {
            if state.lie == lie { "another".to_owned() } else { text.to_owned() }
        };
        let seconds = if state.lie == Lie::Expired { -24 * 3600 } else { 0 };
        let at = |more: i64| {
            serde_json::from_value(json!((state.now.millis() / 1000) + seconds + more))
                .map(|seconds: i64| chrono::DateTime::from_timestamp(seconds, 0))
                .expect("a number")
                .expect("a time")
        };
        let issuer = match state.lie {
            Lie::Issuer => "http://127.0.0.1:1".to_owned(),
            _ => self.issuer(),
        };
        let subject = SubjectIdentifier::new(state.holder.subject.clone());
        // The name and the address only where they are asked for: at `/me`.
        let said = StandardClaims::new(subject)
            .set_name(None::<EndUserName>.map(Into::into))
            .set_email(None::<EndUserEmail>);
        let claims = CoreIdTokenClaims::new(
            IssuerUrl::new(issuer).expect("an address"),
            vec![Audience::new(lie(Lie::Audience, CLIENT.0))],
            at(300),
            at(0),
            said,
            EmptyAdditionalClaims {},
        )
        .set_nonce(Some(Nonce::new(lie(Lie::Nonce, nonce))));
        let key = key(if state.lie == Lie::Key { 8 } else { 7 });
        let alg = CoreJwsSigningAlgorithm::EdDsa;
        let token = CoreIdToken::new(claims, &key, alg, None, None).expect("a token").to_string();
        match (state.lie, token.split('.').nth(1)) {
            // {"alg":"none"}
            (Lie::Unsigned, Some(body)) => format!("eyJhbGciOiJub25lIn0.{body}."),
            _ => token,
        }
    }
}

fn told(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status.try_into().expect("a status");
    let json = "application/json".parse().expect("a header");
    response.headers_mut().insert("content-type", json);
    response
}
