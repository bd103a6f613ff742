//! The configuration: read once, from four layers, and handed to the crates as their settings.
//!
//! The lowest layer is `deploy/observatory.toml`, which is part of the program: the documented default
//! is the default.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use observatory_model::vocabulary::{Vocabularies, Vocabulary};
use serde::Deserialize;
use toml::{Table, Value};

use crate::elsewhere::SignInSection;

/// The documented defaults.
const DEFAULTS: &str = include_str!("../../../deploy/observatory.toml");

/// The file that is read when none is named and it is there.
const USUAL_FILE: &str = "observatory.toml";

/// Before the names of all environment variables that change a setting.
const PREFIX: &str = "OBSERVATORY_";

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) store: StoreSection,
    pub(crate) search: SearchSection,
    pub(crate) ingest: IngestSection,
    pub(crate) worker: WorkerSection,
    pub(crate) web: WebSection,
    pub(crate) mail: MailSection,
    pub(crate) content: ContentSection,
    pub(crate) foresight: ForesightSection,
    pub(crate) sign_in: SignInSection,
    pub(crate) log: LogSection,
    pub(crate) starter_sources: Vec<StarterSource>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreSection {
    pub(crate) url: String,
    url_file: PathBuf,
    pub(crate) files_folder: PathBuf,
    max_connections: u32,
    busy_timeout_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchSection {
    pub(crate) folder: PathBuf,
    writer_memory_bytes: usize,
    commit_after_documents: usize,
    commit_after_milliseconds: u64,
    reader_threads: NonZeroUsize,
    waiting: usize,
    budget_milliseconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IngestSection {
    contact: String,
    pub(crate) allow_loopback: bool,
    max_body_bytes: u64,
    max_redirects: u32,
    connect_timeout_seconds: u64,
    read_timeout_seconds: u64,
    total_timeout_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkerSection {
    parallel_fetches: NonZeroUsize,
    slow_fetches: usize,
    patience_milliseconds: u64,
    pub(crate) fetch_every_seconds: i64,
    fetch_least_seconds: i64,
    fetch_most_seconds: i64,
    lease_seconds: i64,
    index_batch: u32,
    picture_after_seconds: i64,
    poll_milliseconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebSection {
    pub(crate) bind: String,
    pub(crate) public_origin: String,
    proxies: Vec<IpAddr>,
    max_connections: usize,
    first_byte_timeout_seconds: u64,
    header_timeout_seconds: u64,
    body_timeout_seconds: u64,
    response_timeout_seconds: u64,
    max_body_bytes: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailSection {
    from: String,
    pub(crate) transport: observatory_mail::Transport,
    pub(crate) folder: PathBuf,
    smtp_host: String,
    smtp_port: u16,
    tls: observatory_mail::Tls,
    user: String,
    password_file: PathBuf,
    timeout_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentSection {
    pub(crate) folder: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForesightSection {
    pub(crate) folder: PathBuf,
    vocabularies: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSection {
    pub(crate) filter: String,
    pub(crate) format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// A feed to begin with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StarterSource {
    pub(crate) name: String,
    pub(crate) url: String,
}

/// The environment of the process: the one place where it is read.
pub(crate) fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect()
}

/// Reads the layers: defaults, `file` (or `observatory.toml` where there is one), environment.
///
/// # Errors
/// A file that cannot be read, a key that is not known, a value of the wrong kind.
pub(crate) fn read(
    file: Option<&Path>,
    environment: &[(String, String)],
) -> anyhow::Result<Config> {
    let mut settings: Table = toml::from_str(DEFAULTS).context("the built-in settings")?;
    let file = file.or_else(|| Some(Path::new(USUAL_FILE)).filter(|usual| usual.is_file()));
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the settings in {}", file.display()))?;
        let own: Table = toml::from_str(&text)
            .with_context(|| format!("{} is not valid TOML", file.display()))?;
        lay_over(&mut settings, own);
    }
    for (name, value) in environment {
        set_from_environment(&mut settings, name, value)?;
    }
    let mut config: Config = Value::Table(settings)
        .try_into()
        .context("a setting is wrong; the known ones are in deploy/observatory.toml")?;
    config.finish()?;
    Ok(config)
}

/// Puts the keys of `upper` into `lower`, table by table.
fn lay_over(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}

/// `OBSERVATORY_WEB__BIND` sets `bind` in `[web]`; the value takes the kind of the one it replaces.
fn set_from_environment(settings: &mut Table, name: &str, value: &str) -> anyhow::Result<()> {
    let path = name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_lowercase();
    // Variables without a section, such as OBSERVATORY_CONFIG, belong to the command line.
    let Some((section, key)) = path.split_once("__") else { return Ok(()) };
    let Some(old) = settings.get_mut(section).and_then(|table| table.get_mut(key)) else {
        bail!("{name} names no setting; the known ones are in deploy/observatory.toml");
    };
    let said = || format!("{name} has the wrong kind of value");
    *old = match old {
        Value::Integer(_) => Value::Integer(value.parse().with_context(said)?),
        Value::Boolean(_) => Value::Boolean(value.parse().with_context(said)?),
        Value::Array(_) => Value::Array(listed(value)),
        _ => Value::String(value.to_owned()),
    };
    Ok(())
}

/// A list as an environment variable has it: with commas.
fn listed(value: &str) -> Vec<Value> {
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| Value::String(item.to_owned())).collect()
}

impl Config {
    /// What cannot be said by types.
    fn finish(&mut self) -> anyhow::Result<()> {
        if !self.store.url_file.as_os_str().is_empty() {
            let text = std::fs::read_to_string(&self.store.url_file).with_context(|| {
                format!("cannot read store.url_file {}", self.store.url_file.display())
            })?;
            text.lines().next().unwrap_or_default().trim().clone_into(&mut self.store.url);
        }
        ensure!(
            self.web.public_origin.parse::<observatory_model::WebAddress>().is_ok()
                && !self.web.public_origin.ends_with('/'),
            "web.public_origin must be an address without a slash at the end"
        );
        let worker = &self.worker;
        ensure!(
            0 < worker.fetch_least_seconds
                && worker.fetch_least_seconds <= worker.fetch_every_seconds
                && worker.fetch_every_seconds <= worker.fetch_most_seconds,
            "worker.fetch_least_seconds, fetch_every_seconds and fetch_most_seconds must be positive \
             and in this order"
        );
        ensure!(
            self.worker.lease_seconds > i64::try_from(self.ingest.total_timeout_seconds)? + 10,
            "worker.lease_seconds must be more than ingest.total_timeout_seconds and ten seconds"
        );
        // Else a second worker would take a mail that the first is still handing over.
        ensure!(
            self.worker.lease_seconds > i64::try_from(self.mail.timeout_seconds)? + 10,
            "worker.lease_seconds must be more than mail.timeout_seconds and ten seconds"
        );
        Ok(())
    }

    /// Puts everything that is written below `folder`.
    pub(crate) fn keep_in(&mut self, folder: &Path) {
        self.store.url = format!("sqlite:{}", folder.join("observatory.db").display());
        self.store.files_folder = folder.join("files");
        self.search.folder = folder.join("index");
        self.mail.folder = folder.join("mail");
        self.foresight.folder = folder.join("foresight");
    }

    pub(crate) fn mail_settings(&self) -> observatory_mail::Settings {
        observatory_mail::Settings {
            from: self.mail.from.clone(),
            transport: self.mail.transport,
            folder: self.mail.folder.clone(),
            smtp_host: self.mail.smtp_host.clone(),
            smtp_port: self.mail.smtp_port,
            tls: self.mail.tls,
            user: self.mail.user.clone(),
            password_file: self.mail.password_file.clone(),
            timeout_seconds: self.mail.timeout_seconds,
        }
    }

    pub(crate) fn store_settings(&self) -> observatory_store::Settings {
        observatory_store::Settings {
            url: self.store.url.clone(),
            files_folder: self.store.files_folder.clone(),
            max_connections: self.store.max_connections,
            busy_timeout_seconds: self.store.busy_timeout_seconds,
        }
    }

    pub(crate) fn search_settings(&self) -> observatory_search::Settings {
        observatory_search::Settings {
            folder: self.search.folder.clone(),
            writer_memory_bytes: self.search.writer_memory_bytes,
            commit_after_documents: self.search.commit_after_documents,
            commit_after_milliseconds: self.search.commit_after_milliseconds,
            reader_threads: self.search.reader_threads,
            waiting: self.search.waiting,
            budget_milliseconds: self.search.budget_milliseconds,
        }
    }

    pub(crate) fn ingest_settings(&self) -> observatory_ingest::Settings {
        observatory_ingest::Settings {
            user_agent_contact: self.ingest.contact.clone(),
            allow_loopback: self.ingest.allow_loopback,
            max_body_bytes: self.ingest.max_body_bytes,
            max_redirects: self.ingest.max_redirects,
            connect_timeout_seconds: self.ingest.connect_timeout_seconds,
            read_timeout_seconds: self.ingest.read_timeout_seconds,
            total_timeout_seconds: self.ingest.total_timeout_seconds,
        }
    }

    /// Where hubs can reach us: the public address, where it is one of the public internet.
    pub(crate) fn callback_origin(&self) -> Option<std::sync::Arc<str>> {
        let origin = self.web.public_origin.parse::<observatory_model::WebAddress>().ok()?;
        observatory_ingest::guard::check_url(&origin, false).ok()?;
        Some(self.web.public_origin.as_str().into())
    }

    pub(crate) fn worker_settings(&self) -> observatory_worker::Settings {
        observatory_worker::Settings {
            parallel_fetches: self.worker.parallel_fetches,
            slow_fetches: self.worker.slow_fetches,
            patience_milliseconds: self.worker.patience_milliseconds,
            fetch_every_seconds: self.worker.fetch_every_seconds,
            fetch_least_seconds: self.worker.fetch_least_seconds,
            fetch_most_seconds: self.worker.fetch_most_seconds,
            lease_seconds: self.worker.lease_seconds,
            index_batch: self.worker.index_batch,
            picture_after_seconds: self.worker.picture_after_seconds,
            poll_milliseconds: self.worker.poll_milliseconds,
        }
    }

    /// The words in which people judge trends: those of the configured folder, else those of the house.
    ///
    /// # Errors
    /// When a file of the folder cannot be read, or a line of it is no word with six labels.
    pub(crate) fn vocabularies(&self) -> anyhow::Result<Vocabularies> {
        let folder = &self.foresight.vocabularies;
        let mut texts = BTreeMap::new();
        for vocabulary in Vocabulary::ALL {
            let path = folder.join(vocabulary.code()).with_extension("tsv");
            if !folder.as_os_str().is_empty() && path.is_file() {
                let text = std::fs::read_to_string(&path);
                let text = text.with_context(|| format!("cannot read {}", path.display()))?;
                texts.insert(vocabulary, text);
            }
        }
        let read = Vocabularies::read(|vocabulary| texts.get(&vocabulary).cloned());
        read.with_context(|| format!("the vocabularies in {} cannot be used", folder.display()))
    }

    pub(crate) fn web_settings(&self) -> observatory_web::Settings {
        observatory_web::Settings {
            public_origin: self.web.public_origin.clone(),
            proxies: self.web.proxies.clone(),
            max_connections: self.web.max_connections,
            first_byte_timeout_seconds: self.web.first_byte_timeout_seconds,
            header_timeout_seconds: self.web.header_timeout_seconds,
            body_timeout_seconds: self.web.body_timeout_seconds,
            response_timeout_seconds: self.web.response_timeout_seconds,
            max_body_bytes: self.web.max_body_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_documented_defaults_are_complete() {
        let config = read(None, &[]).unwrap();
        assert_eq!(config.web.bind, "127.0.0.1:8080");
        assert!(!config.ingest.allow_loopback);
        for source in &config.starter_sources {
            assert!(source.url.parse::<observatory_model::WebAddress>().is_ok(), "{}", source.url);
        }
    }

    #[test]
    fn later_layers_win() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.toml");
        std::fs::write(&file, "[web]\nbind = \"127.0.0.1:1\"\nmax_connections = 7\n").unwrap();
        let config =
            read(Some(&file), &variables(&[("OBSERVATORY_WEB__MAX_CONNECTIONS", "9")])).unwrap();
        assert_eq!(config.web.bind, "127.0.0.1:1");
        assert_eq!(config.web.max_connections, 9);
        let list = variables(&[("OBSERVATORY_WEB__PROXIES", "127.0.0.1, ::1")]);
        assert_eq!(read(None, &list).unwrap().web.proxies.len(), 2);
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.toml");
        std::fs::write(&file, "[web]\nbnid = \"127.0.0.1:1\"\n").unwrap();
        let error = read(Some(&file), &[]).unwrap_err();
        assert!(format!("{error:#}").contains("bnid"), "{error:#}");
        let error = read(None, &variables(&[("OBSERVATORY_WEB__BNID", "x")])).unwrap_err();
        assert!(error.to_string().contains("OBSERVATORY_WEB__BNID"), "{error}");
        let wrong = variables(&[("OBSERVATORY_WEB__MAX_CONNECTIONS", "many")]);
        assert!(read(None, &wrong).is_err());
        let slash = variables(&[("OBSERVATORY_WEB__PUBLIC_ORIGIN", "https://a.org/")]);
        assert!(read(None, &slash).is_err());
    }

    #[test]
    fn secrets_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, "postgres://o@localhost/o\n").unwrap();
        let name = file.to_str().unwrap();
        let config = read(None, &variables(&[("OBSERVATORY_STORE__URL_FILE", name)])).unwrap();
        assert_eq!(config.store.url, "postgres://o@localhost/o");
    }
}
