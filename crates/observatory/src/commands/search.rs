//! `observatory search`: the same search as on the site.

use clap::Args;
use observatory_model::change::DocumentKey;
use observatory_model::document::Kind;
use observatory_model::search::{Hit, SearchPage, SearchRequest};
use observatory_model::{Language, Slug, Timestamp};
use serde_json::{Value, json};

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The words. "Several words" in quotes are a phrase, -word leaves out, OR and ( ) combine.
    words: Vec<String>,
    /// Only this language: ar, zh, en, fr, ru or es. May be given several times.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Vec<Language>,
    /// Only this kind: entry, future-vision, demystifying-digital, learning-labs, academic-network.
    #[arg(long)]
    kind: Vec<Kind>,
    /// Only this source, by the word in its address.
    #[arg(long)]
    source: Vec<Slug>,
    /// Only documents from this day on: 2026-11-24.
    #[arg(long, value_name = "DATE")]
    from: Option<Timestamp>,
    /// Only documents before this day.
    #[arg(long, value_name = "DATE")]
    before: Option<Timestamp>,
    /// The page, 20 hits each.
    #[arg(long, default_value_t = 1)]
    page: u32,
}

impl Search {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let (store, search) = lifecycle::open_look(&config).await?;
        let request = SearchRequest {
            words: self.words.join(" "),
            languages: self.lang,
            kinds: self.kind,
            sources: self.source,
            from: self.from,
            before: self.before,
            page: self.page,
        };
        let found = search.search(request).await;
        store.close().await;
        let found = found?;
        if said.json {
            output::json(&as_json(&found));
        } else {
            for hit in &found.hits {
                output::result(&in_words(hit));
            }
            said.tell(&format!("{} found", found.total));
        }
        Ok(if found.total == 0 { Exit::No } else { Exit::Done })
    }
}

/// The path of a hit on the site, without the reader's language.
fn path(hit: &Hit) -> String {
    match &hit.key {
        DocumentKey::Entry(id) => format!("entries/{id}"),
        DocumentKey::Brief { series, slug, language } => {
            let anchor = hit.paragraph.map(|number| format!("#p{number}")).unwrap_or_default();
            format!("{language}/{series}/{slug}{anchor}")
        }
    }
}

fn in_words(hit: &Hit) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}",
        path(hit),
        hit.date.date(),
        hit.language.map_or("-", Language::code),
        output::foreign(&hit.title.text()),
        output::foreign(&hit.passage.text())
    )
}

fn as_json(page: &SearchPage) -> Value {
    let hits = page.hits.iter().map(|hit| {
        json!({
            "key": hit.key.to_string(),
            "path": path(hit),
            "kind": hit.kind,
            "language": hit.language,
            "title": hit.title,
            "passage": hit.passage,
            "paragraph": hit.paragraph,
            "source": hit.source,
            "source_name": hit.source_name,
            "date": hit.date,
            "score": hit.score,
        })
    });
    json!({
        "schema": "observatory.search/1",
        "total": page.total,
        "page": page.page,
        "last_page": page.last_page,
        "hits": hits.collect::<Vec<_>>(),
        "languages": page.languages,
        "kinds": page.kinds,
        "sources": page.sources,
        "notes": page.notes,
    })
}
