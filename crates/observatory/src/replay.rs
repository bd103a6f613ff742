//! A small network on this machine: recorded answers, served again over real HTTP.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use observatory_model::source::SourceKind;
use observatory_model::{Institution, Slug, Timestamp};
use rust_embed::RustEmbed;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::archive::{JournalFeed, journals};
use crate::lifecycle;

/// Answers that are served at most, so that a wrong folder is noticed and not read whole.
const MAX_ANSWERS: usize = 10_000;

/// Largest recorded answer, in bytes. More than the harvest reads, so that its own limit shows.
const MAX_ANSWER_BYTES: u64 = 200 * 1024 * 1024;

/// The bundled network: feeds in several formats and languages, written for this project.
#[derive(RustEmbed)]
#[folder = "demo/"]
struct Bundled;

/// One recorded answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The path it is served at, beginning with a slash.
    pub(crate) path: String,
    /// The name of the source for people; what has none is no source.
    pub(crate) name: Option<String>,
    /// The source's word in addresses, where its name gives none.
    pub(crate) slug: Option<Slug>,
    /// Whose word it brings.
    pub(crate) institution: Option<Institution>,
    /// Which part of the world it speaks from.
    pub(crate) region: Option<Slug>,
    /// How the source is asked.
    pub(crate) kind: SourceKind,
    /// The arguments that a request must have for this answer; without any it answers every request.
    when: Vec<(String, String)>,
    status: StatusCode,
    content_type: HeaderValue,
    location: Option<HeaderValue>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Here(Arc<[u8]>),
    File(Arc<Path>),
}

/// `demo/network.toml`: what is served, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    answer: Vec<Described>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    path: String,
    name: Option<String>,
    slug: Option<Slug>,
    institution: Option<Institution>,
    region: Option<Slug>,
    #[serde(default)]
    asked: SourceKind,
    #[serde(default)]
    when: String,
    file: Option<String>,
    content_type: Option<String>,
    status: Option<u16>,
    location: Option<String>,
}

/// The answers of the bundled network.
///
/// # Errors
/// When the bundled description is wrong; a test reads it.
pub(crate) fn bundled(now: Timestamp) -> anyhow::Result<Vec<Answer>> {
    let description = Bundled::get("network.toml").context("the bundled network is missing")?;
    let network: Network = toml::from_str(std::str::from_utf8(&description.data)?)?;
    let mut answers =
        network.answer.into_iter().map(bundled_answer).collect::<anyhow::Result<Vec<_>>>()?;
    let journals = journals(observatory_search::glossary(), now)?;
    answers.extend(journals.into_iter().map(journal_answer));
    Ok(answers)
}

fn journal_answer(journal: JournalFeed) -> Answer {
    Answer {
        path: format!("/journals/{}.json", journal.slug),
        name: Some(journal.name),
        slug: Some(journal.slug),
        institution: Some(journal.institution),
        region: Some(journal.region),
        kind: SourceKind::Feed,
        when: Vec::new(),
        status: StatusCode::OK,
        content_type: HeaderValue::from_static("application/feed+json"),
        location: None,
        body: Body::Here(journal.body.into()),
    }
}

fn bundled_answer(described: Described) -> anyhow::Result<Answer> {
    let body = match &described.file {
        Some(file) => Bundled::get(file).with_context(|| format!("{file} is missing"))?.data.into(),
        None => Vec::new(),
    };
    let content_type = described.content_type.as_deref().unwrap_or("application/octet-stream");
    Ok(Answer {
        path: described.path,
        name: described.name,
        slug: described.slug,
        institution: described.institution,
        region: described.region,
        kind: described.asked,
        when: arguments(&described.when),
        status: StatusCode::from_u16(described.status.unwrap_or(200))?,
        content_type: HeaderValue::from_str(content_type)?,
        location: described.location.as_deref().map(HeaderValue::from_str).transpose()?,
        body: Body::Here(body.into()),
    })
}

/// The files of `folder` and the folders below it, each as one answer; names that begin with a dot are
/// left out.
///
/// # Errors
/// A folder that cannot be read, or that holds more than [`MAX_ANSWERS`] files.
pub(crate) fn recorded(folder: &Path) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let entries = std::fs::read_dir(&next)
            .with_context(|| format!("cannot read the recordings in {}", next.display()))?;
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && entry.metadata()?.len() <= MAX_ANSWER_BYTES {
                answers.push(recorded_answer(folder, &path)?);
            }
            anyhow::ensure!(answers.len() <= MAX_ANSWERS, "more than {MAX_ANSWERS} recordings");
        }
    }
    answers.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(answers)
}

fn recorded_answer(folder: &Path, file: &Path) -> anyhow::Result<Answer> {
    let relative = file.strip_prefix(folder)?.to_string_lossy().into_owned();
    // `set_path` writes what may not stand in an address as %XX.
    let mut address = url::Url::parse("http://localhost/")?;
    address.set_path(&relative);
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let content_type = match extension {
        "json" => "application/feed+json",
        "html" | "htm" => "text/html",
        _ => "application/xml",
    };
    Ok(Answer {
        path: address.path().to_owned(),
        name: Some(relative),
        slug: None,
        institution: None,
        region: None,
        kind: SourceKind::Feed,
        when: Vec::new(),
        status: StatusCode::OK,
        content_type: HeaderValue::from_static(content_type),
        location: None,
        body: Body::File(file.into()),
    })
}

/// Serves `answers` on a free port of this machine until the process ends; returns its origin, such as
/// `http://127.0.0.1:40123`.
///
/// # Errors
/// When the system gives no port.
pub(crate) async fn serve(answers: &[Answer]) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
    let origin = format!("http://{}", listener.local_addr()?);
    let mut by_path: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    for answer in answers {
        by_path.entry(answer.path.clone()).or_default().push(answer.clone());
    }
    let router = Router::new().fallback(answer).with_state(Arc::new(by_path));
    lifecycle::start(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::warn!(%error, "the small network has stopped");
        }
    });
    Ok(origin)
}

/// The arguments of a query.
fn arguments(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// One request: the recorded answer, or 304 when the reader has it already (RFC 9110 §13.1.2).
async fn answer(
    State(answers): State<Arc<BTreeMap<String, Vec<Answer>>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let asked = arguments(uri.query().unwrap_or_default());
    let fits = |answer: &&Answer| answer.when.iter().all(|argument| asked.contains(argument));
    let Some(answer) = answers.get(uri.path()).and_then(|answers| answers.iter().find(fits)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body = match &answer.body {
        Body::Here(bytes) => bytes.to_vec(),
        Body::File(file) => match tokio::fs::read(file).await {
            Ok(bytes) => bytes,
            Err(_) => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let etag = format!("\"{}-{}\"", answer.path.len(), body.len());
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == *etag);
    let mut response = if known && answer.status == StatusCode::OK {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (answer.status, body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, answer.content_type.clone());
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(location) = &answer.location {
        headers.insert(header::LOCATION, location.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_network_is_complete() {
        let answers = bundled("2026-11-25".parse().unwrap()).unwrap();
        assert!(answers.len() >= 14, "{}", answers.len());
    }

    #[test]
    fn recordings_are_served_under_their_names() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a b")).unwrap();
        std::fs::write(folder.path().join("a b/é.json"), "{}").unwrap();
        std::fs::write(folder.path().join(".hidden"), "").unwrap();
        let answers = recorded(folder.path()).unwrap();
        let paths = answers.iter().map(|answer| answer.path.as_str()).collect::<Vec<_>>();
        assert_eq!(paths, ["/a%20b/%C3%A9.json"]);
    }
}
