//! All sources and how reading them goes, those in trouble first.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::source::{Source, SourceState};
use observatory_model::{SourceId, Timestamp};

use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::html::Html;
use crate::locale::Locale;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/sources.html")]
struct SourcesPage {
    c: Chrome,
    sources: Vec<SourceLine>,
}

/// A source in the list and at the head of its own page.
#[derive(Clone, Debug)]
pub(crate) struct SourceLine {
    /// Its name.
    pub(crate) name: String,
    /// Its page.
    pub(crate) href: String,
    /// How many entries it has given.
    pub(crate) count: String,
    /// A class: `ok`, `bad` or `off`.
    pub(crate) mark: &'static str,
    /// Whether it is read.
    pub(crate) state: String,
    /// How reading it went.
    pub(crate) sentences: Vec<Html>,
    /// What went wrong, and what to do.
    pub(crate) failure: Option<Html>,
}

impl SourceLine {
    /// The line of a source with its number of entries and the date of the newest.
    pub(crate) fn new(
        reader: &Reader,
        source: &Source,
        entries: u64,
        newest: Option<Timestamp>,
    ) -> Self {
        let locale = reader.locale;
        let health = &source.health;
        let mark = match source.state {
            SourceState::Paused | SourceState::Gone => "off",
            SourceState::Active if health.last_failure.is_some() => "bad",
            SourceState::Active => "ok",
        };
        let mut sentences = vec![match health.last_success {
            Some(time) => locale.fill("sources.read", &[("date", locale.minute(time))]),
            None => Html::text(locale.say("sources.never_read")),
        }];
        if let Some(newest) = newest {
            sentences.push(locale.fill("sources.newest", &[("date", locale.date(newest))]));
        }
        if let (Some(next), SourceState::Active) = (health.next_attempt, source.state) {
            sentences.push(locale.fill("sources.next", &[("date", locale.minute(next))]));
        }
        Self {
            name: source.name.clone(),
            href: urls::source(reader.language, &source.slug),
            count: locale.count("entries", entries),
            mark,
            state: match mark {
                "bad" => locale.say("state.failing").to_owned(),
                _ => locale.say(&format!("state.{}", source.state.code())).to_owned(),
            },
            sentences,
            failure: failure(locale, source),
        }
    }
}

/// What happened, what to do, since when, and what exactly was seen.
fn failure(locale: &Locale, source: &Source) -> Option<Html> {
    let health = &source.health;
    let failure = health.last_failure.as_ref()?;
    let code = failure.reason.code();
    let mut sentences = vec![
        Html::strong(locale.say(&format!("failure.{code}"))),
        Html::text(locale.say(&format!("remedy.{code}"))),
    ];
    if let Some(time) = health.last_attempt {
        sentences.push(locale.fill("sources.failed", &[("date", locale.minute(time))]));
    }
    if health.failures > 1 {
        sentences.push(Html::text(&locale.count("failures", u64::from(health.failures))));
    }
    if !failure.detail.is_empty() {
        sentences.push(Html::text(locale.say("sources.detail")));
        sentences.push(Html::technical(&failure.detail));
    }
    Some(locale.sentences(&sentences))
}

/// `/{lang}/sources`
pub(crate) async fn sources(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let mut sources = site.store().sources().await?;
    let stats: BTreeMap<SourceId, (u64, Option<Timestamp>)> = site
        .store()
        .source_stats()
        .await?
        .into_iter()
        .map(|(id, entries, newest)| (id, (entries, newest)))
        .collect();
    // The sort is stable: within each group the names stay in their order.
    sources.sort_by_key(|source| {
        (source.state != SourceState::Active, source.health.last_failure.is_none())
    });
    let line = |source: &Source| {
        let (entries, newest) = stats.get(&source.id).copied().unwrap_or_default();
        SourceLine::new(&reader, source, entries, newest)
    };
    let c = Chrome::new(&site, &reader, reader.locale.say("sources.title"))
        .about(reader.locale.say("sources.about"))
        .section(&reader, Section::Sources);
    let page = SourcesPage { c, sources: sources.iter().map(line).collect() };
    show(&page, Policy::Page)
}
