//! `observatory read`: what a document says, read as papers are.

use std::fs::File;
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use observatory_model::paper::{Confidence, Fact, FactPlace, Paper};
use observatory_text::papers::MAX_BYTES;
use observatory_worker::readers::{PaperError, PaperReader};
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::output;

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// The document: PDF, DOCX, HTML, Markdown, JATS or plain text.
    file: PathBuf,
    /// Print the text as well, page by page or section by section.
    #[arg(long)]
    text: bool,
}

impl Read {
    pub(crate) async fn run(self, _: Config, said: Said) -> anyhow::Result<Exit> {
        let shown = self.file.display().to_string();
        let file = File::open(&self.file).with_context(|| format!("{shown} cannot be opened"))?;
        let mut bytes = Vec::new();
        let limit = MAX_BYTES as u64 + 1;
        file.take(limit)
            .read_to_end(&mut bytes)
            .with_context(|| format!("{shown} cannot be read"))?;
        let program = std::env::current_exe().context("the program does not find itself")?;
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let reader = PaperReader::new(program, NonZeroUsize::MIN);
        match reader.read_named(bytes, name.as_deref()).await {
            Ok(paper) => {
                if said.json {
                    output::json(
                        &json!({ "schema": "observatory.paper/1", "file": shown, "paper": paper }),
                    );
                } else {
                    for line in facts(&paper) {
                        output::result(&line);
                    }
                    if self.text {
                        for line in text(&paper) {
                            output::result(&line);
                        }
                    }
                }
                Ok(Exit::Done)
            }
            Err(PaperError::Unreadable(unreadable)) => {
                if said.json {
                    output::json(&json!({
                        "schema": "observatory.paper/1",
                        "file": shown,
                        "unreadable": unreadable,
                        "in_words": unreadable.reason.in_words(),
                    }));
                } else {
                    output::say(&format!("{shown}: {}", output::foreign(&unreadable.to_string())));
                }
                Ok(Exit::No)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What is known of a paper, a line each.
fn facts(paper: &Paper) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |what: &str, value: String, sure: Option<String>| {
        let sure = sure.map(|sure| format!("\t({sure})")).unwrap_or_default();
        lines.push(format!("{what}\t{}{sure}", output::foreign(&value)));
    };
    add("format", paper.format.code().to_owned(), None);
    if let Some(title) = &paper.title {
        add("title", title.value.clone(), Some(sure(title)));
    }
    for author in &paper.authors {
        add("author", author.value.clone(), Some(sure(author)));
    }
    if let Some(date) = &paper.date {
        add("date", date.value.to_string(), Some(sure(date)));
    }
    if let Some(language) = &paper.language {
        add("language", language.value.clone(), Some(sure(language)));
    }
    for identifier in &paper.identifiers {
        add("identifier", identifier.value.to_string(), Some(sure(identifier)));
    }
    if let Some(summary) = &paper.summary {
        add("abstract", summary.value.clone(), Some(sure(summary)));
    }
    let words = paper.parts.iter().map(|part| part.text.split_whitespace().count()).sum::<usize>();
    let paged = paper.parts.iter().any(|part| part.page.is_some());
    add(if paged { "pages" } else { "sections" }, paper.parts.len().to_string(), None);
    add("words", words.to_string(), None);
    lines
}

/// How sure a fact is and where it was read.
fn sure<T>(fact: &Fact<T>) -> String {
    let confidence = match fact.confidence {
        Confidence::High => "sure",
        Confidence::Medium => "likely",
        Confidence::Low => "a guess",
    };
    let place = match fact.read_in {
        FactPlace::Metadata => "in the fields of the file".to_owned(),
        FactPlace::Page(page) => format!("on page {page}"),
        FactPlace::RunningHead => "at the head or foot of the pages".to_owned(),
        FactPlace::Text => "in the text".to_owned(),
        FactPlace::WholeText => "by the whole text".to_owned(),
    };
    format!("{confidence}, {place}")
}

fn text(paper: &Paper) -> Vec<String> {
    let parts = paper.parts.iter().map(|part| {
        let page = part.page.map(|page| format!("page {page}"));
        let opens = page.or_else(|| part.heading.clone()).unwrap_or_default();
        let paragraphs = part.text.lines().map(output::foreign).collect::<Vec<_>>();
        format!("\n--- {}\n\n{}", output::foreign(&opens), paragraphs.join("\n"))
    });
    parts.collect()
}
