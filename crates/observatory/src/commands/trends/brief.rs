//! `observatory trends brief`: the beginning of a Future Vision brief, with figures and evidence.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use observatory_model::change::DocumentKey;
use observatory_model::document::Document;
use observatory_model::trend::{Finding, Picture};
use observatory_model::{Clock as _, Slug, SystemClock};
use observatory_store::Store;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;

/// Documents that become evidence: what a brief of five minutes can cite.
const EVIDENCE: usize = 6;

/// Periods in the chart.
const PERIODS: usize = 12;

/// The flags of `trends brief`.
#[derive(Debug, Args)]
pub(crate) struct Brief {
    /// The trend, by the word of its address.
    trend: Slug,
    /// The folder of the pieces, instead of the configured one.
    #[arg(long, value_name = "DIR")]
    content: Option<PathBuf>,
}

pub(super) async fn brief(
    store: &Store,
    config: &Config,
    flags: Brief,
    said: Said,
) -> anyhow::Result<Exit> {
    let picture = store.latest_picture().await?;
    let found =
        picture.as_ref().and_then(|picture| Some((picture, picture.finding(&flags.trend)?)));
    let Some((picture, (_, finding))) = found else {
        said.tell(&format!("there is no trend {} now; `trends list` names them", flags.trend));
        return Ok(Exit::No);
    };
    let content = flags.content.unwrap_or_else(|| config.content.folder.clone());
    let folder = content.join("future-vision").join(flags.trend.as_str());
    let file = folder.join("index.en.md");
    if file.exists() {
        said.tell(&format!("{} is there already, and is left alone", file.display()));
        return Ok(Exit::No);
    }
    let keys = finding.evidence.iter().take(EVIDENCE);
    let keys = keys.filter_map(|shown| shown.document.parse().ok()).collect::<Vec<DocumentKey>>();
    let mut evidence = Vec::new();
    for document in store.documents(&keys, SystemClock.now()).await? {
        if let DocumentKey::Entry(id) = document.key
            && let Some(entry) = store.entry(id).await?
            && let Some(url) = entry.content.url
        {
            evidence.push((document, url.to_string()));
        }
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let text = outline(picture, finding, &evidence);
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    said.tell(&format!(
        "{} has the figures and {} pieces of evidence; `publish --check` says what it lacks",
        file.display(),
        evidence.len()
    ));
    Ok(Exit::Done)
}

/// The text to begin with: what is known is filled in, the rest is empty, so that the check names it.
fn outline(picture: &Picture, finding: &Finding, evidence: &[(Document, String)]) -> String {
    let today = SystemClock.now().rfc3339();
    let today = today.split('T').next().unwrap_or_default();
    let (low, high) = finding.growth_between;
    let mut text = format!(
        "---\ntitle: {}\nstandfirst: \"\"\nbottom_line: \"\"\nquestions: []\n\
         authors: [\"Observatory editorial team\"]\npublished: {today}\nversion: 1\noriginal: en\n\
         topics: []\nconfidence: medium\nconfidence_why: {}\nunknowns: []\nrelated: []\n{}\n",
        quoted(&finding.name),
        quoted(&format!(
            "Grown {:.1} times (95 %: {low:.1} to {high:.1}), each source compared with itself; of \
             findings as strong as this about {:.1} % come by chance.",
            finding.growth,
            finding.false_alarms * 100.0
        )),
        if evidence.is_empty() { "evidence: []" } else { "evidence:" },
    );
    let put = |text: &mut String, line: std::fmt::Arguments<'_>| {
        // Writing into a `String` cannot fail.
        text.write_fmt(line).unwrap_or_default();
    };
    for (number, (document, url)) in (1..).zip(evidence) {
        let (title, publisher) = (quoted(&document.title), quoted(&document.source_name));
        let date = document.date.rfc3339();
        let date = date.split('T').next().unwrap_or_default().to_owned();
        put(
            &mut text,
            format_args!(
                "  - id: source-{number}\n    title: {title}\n    publisher: {publisher}\n    url: {url}\n    \
             date: \"{date}\"\n"
            ),
        );
        if let Some(language) = document.language {
            put(&mut text, format_args!("    language: {language}\n"));
        }
        text.push_str("    verified: false\n");
    }
    text.push_str("---\n\n## What has changed\n\n");
    put(
        &mut text,
        format_args!(
            "{} was counted in {} documents of {} sources.\n\n{}\n",
            finding.name.replace(['[', ']', '<', '>', '\n'], " "),
            picture.documents,
            picture.sources,
            directive(finding)
        ),
    );
    text.push_str("\n## What the sources say\n\n");
    for (number, (document, _)) in (1..).zip(evidence) {
        let title = document.title.replace(['[', ']', '<', '>', '\n'], " ");
        put(&mut text, format_args!("{title}.[^source-{number}]\n\n"));
    }
    text.push_str("## What it means\n\n## What is not known\n");
    text
}

/// The chart of the last periods; its figures are taken when the piece is published.
fn directive(finding: &Finding) -> String {
    let skipped = finding.counts.len().saturating_sub(PERIODS);
    let first = finding.counts.get(skipped).map(|count| count.from.date());
    // The month in which the first of them begins, and no end: what is counted until it is published.
    let from = first.as_ref().and_then(|date| date.get(..7));
    let from = from.map(|month| format!(" from={month}")).unwrap_or_default();
    format!("::chart trend={}{from}", finding.slug)
}

/// A string of YAML on one line, as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
