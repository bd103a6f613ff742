//! Providers of sign-in: as the settings describe them, and asked through the guarded way out.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use observatory_identity::providers::{
    Asked, Carried, Courier, NotCarried, Provider, ProviderSettings,
};
use observatory_ingest::Fetcher;
use serde::Deserialize;

use crate::config::Config;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInSection {
    providers: Vec<ProviderSection>,
}

/// A provider, as the settings have it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderSection {
    code: String,
    name: String,
    issuer: String,
    client_id: String,
    #[serde(default)]
    client_secret_file: PathBuf,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    trusts_mail: bool,
    #[serde(default)]
    proves_orcid: bool,
}

/// The providers of the settings.
///
/// # Errors
/// A code or an address that is none, two of one code, a secret that cannot be read.
pub(crate) fn providers(config: &Config) -> anyhow::Result<Vec<Provider>> {
    let mut providers: Vec<Provider> = Vec::new();
    for section in &config.sign_in.providers {
        let file = &section.client_secret_file;
        let secret = if file.as_os_str().is_empty() {
            String::new()
        } else {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read client_secret_file {}", file.display()))?;
            text.lines().next().unwrap_or_default().trim().to_owned()
        };
        let settings = ProviderSettings {
            code: section.code.clone(),
            name: section.name.clone(),
            issuer: section.issuer.clone(),
            client: section.client_id.clone(),
            secret,
            scopes: section.scopes.clone(),
            trusts_mail: section.trusts_mail,
            proves_orcid: section.proves_orcid,
        };
        let known = providers.iter().any(|known| known.settings().code == section.code);
        ensure!(!known, "sign_in.providers has two with the code “{}”", section.code);
        let back = observatory_web::sign_in_back(&section.code);
        let back = format!("{}{back}", config.web.public_origin);
        let provider = Provider::new(settings, &back)
            .with_context(|| format!("sign_in.providers: {}", section.code))?;
        providers.push(provider);
    }
    Ok(providers)
}

/// Carries what providers are asked past the same guard as every harvest.
#[derive(Debug)]
pub(crate) struct Guarded(pub(crate) Fetcher);

impl Courier for Guarded {
    fn carry(&self, request: Asked) -> Carried<'_> {
        Box::pin(async move {
            let carried = self.0.exchange(request).await;
            carried.map_err(|failure| NotCarried(failure.to_string()))
        })
    }
}
