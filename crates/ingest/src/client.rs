//! The client of HTTP: it follows nothing by itself, connects only to checked addresses, and trusts the
//! certificates that the machine trusts.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::HeaderMap;

use crate::Settings;
use crate::resolve::CheckedNames;

/// A client with these limits, which sends these headers with each request.
pub(crate) fn client(
    settings: &Settings,
    headers: HeaderMap,
) -> Result<Client, Box<dyn Error + Send + Sync>> {
    let names = CheckedNames { allow_loopback: settings.allow_loopback };
    let client = Client::builder()
        .default_headers(headers)
        .tls_backend_preconfigured(tls()?)
        .dns_resolver(Arc::new(names))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(Duration::from_secs(settings.connect_timeout_seconds))
        .read_timeout(Duration::from_secs(settings.read_timeout_seconds))
        .http2_max_header_list_size(crate::head::MAX_HEADER_BYTES)
        .build()?;
    Ok(client)
}

/// TLS 1.2 and 1.3 against the certificates that the machine trusts.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    let (trusted, _unreadable) = roots.add_parsable_certificates(found.certs);
    if trusted == 0 {
        // Plain http still works; the operator sees why nothing else does.
        tracing::warn!("this machine has no trusted certificates: no https source can be read");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
