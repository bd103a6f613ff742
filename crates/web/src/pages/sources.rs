//! All sources and how reading them goes, those in trouble first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Language;
use observatory_model::source::{FailureReason, Figures, Source, SourceKind, SourceState};

use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::html::Html;
use crate::locale::{self, Locale};
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/sources.html")]
struct SourcesPage {
    c: Chrome,
    sources: Vec<SourceLine>,
    page_of: String,
    previous: Option<String>,
    next: Option<String>,
}

/// Sources on a page: with the longest sentences of all they fit into one flight of TCP.
const PER_PAGE: u32 = 20;

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
    pub(crate) sentences: Html,
    /// What differs from what is usual of a source; empty where nothing does.
    pub(crate) own: Html,
    /// What went wrong, and what to do.
    pub(crate) failure: Option<Html>,
}

impl SourceLine {
    /// The line of a source with what it has brought.
    pub(crate) fn new(reader: &Reader, source: &Source, figures: &Figures) -> Self {
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
        if let Some(newest) = figures.newest {
            sentences.push(locale.fill("sources.newest", &[("date", locale.date(newest))]));
        }
        if let Some(usual) = figures.usual_tenths() {
            sentences.push(Html::text(&locale.count("week", figures.last_week)));
            let usual = Html::text(&locale.tenths(usual));
            sentences.push(locale.fill("sources.usual", &[("number", usual)]));
        }
        if let (Some(next), SourceState::Active) = (health.next_attempt, source.state) {
            sentences.push(locale.fill("sources.next", &[("date", locale.minute(next))]));
        }
        Self {
            name: source.name.clone(),
            href: urls::source(reader.language, &source.slug),
            count: locale.count("entries", figures.entries),
            mark,
            state: match mark {
                "bad" => locale.say("state.failing").to_owned(),
                _ => locale.say(&format!("state.{}", source.state.code())).to_owned(),
            },
            sentences: locale.sentences(&sentences),
            own: locale.sentences(&own(locale, source)),
            failure: failure(locale, source),
        }
    }
}

/// What differs from a feed of which nothing is known: how it is asked and for what, the list it stands
/// in, how often it changes and how often it wants to be asked.
fn own(locale: &Locale, source: &Source) -> Vec<Html> {
    let mut sentences = Vec::new();
    if source.kind != SourceKind::Feed {
        let kind = format!("source_kind.{}", source.kind.code());
        let kind = Html::text(locale.say(&kind));
        sentences.push(locale.fill("sources.kind", &[("kind", kind)]));
        let wish = source.kind.wish();
        if !wish.is_empty() {
            sentences.push(Html::text(locale.say("sources.wish")));
            sentences.push(Html::technical(&wish));
        }
    }
    if !source.folder.is_empty() {
        let name = Html::name(&source.folder.join(" / "));
        sentences.push(locale.fill("sources.folder", &[("name", name)]));
    }
    if let Some(seconds) = source.health.rhythm.usual_seconds {
        let time = Html::text(&locale.span(seconds));
        sentences.push(locale.fill("sources.rhythm", &[("time", time)]));
    }
    let ttl = i64::from(source.health.timetable.ttl_minutes);
    if ttl > 0 {
        let time = Html::text(&locale.span(ttl.saturating_mul(60)));
        sentences.push(locale.fill("sources.asks", &[("time", time)]));
    }
    sentences
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

/// `/{lang}/sources?page=`
pub(crate) async fn sources(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let store = site.store();
    let asked = reader.parameter("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let (mut sources, total) = store.sources_page(asked, PER_PAGE).await?;
    let last_page = u32::try_from(total.div_ceil(u64::from(PER_PAGE))).unwrap_or(u32::MAX).max(1);
    let number = asked.min(last_page);
    if number != asked {
        (sources, _) = store.sources_page(number, PER_PAGE).await?;
    }
    let mut lines = Vec::with_capacity(sources.len());
    for source in &sources {
        let figures = store.figures_of(source.id, site.now()).await?;
        lines.push(SourceLine::new(&reader, source, &figures));
    }
    let locale = reader.locale;
    let page_of = locale
        .plain("search.page", &[("page", &number.to_string()), ("last", &last_page.to_string())]);
    let title = locale.say("sources.title");
    let heading = if number == 1 { title.to_owned() } else { format!("{title} · {page_of}") };
    let to = |page: u32| urls::sources_page(reader.language, page);
    let page = SourcesPage {
        c: Chrome::new(&site, &reader, &heading)
            .about(locale.say("sources.about"))
            .section(&reader, Section::Sources),
        sources: lines,
        page_of,
        previous: (number > 1).then(|| to(number - 1)),
        next: (number < last_page).then(|| to(number + 1)),
    };
    show(&page, Policy::Page)
}

/// Why a source could not be read, and what to do about it, for people.
pub fn failure_in_words(language: Language, reason: FailureReason) -> (&'static str, &'static str) {
    let locale = locale::of(language);
    let code = reason.code();
    (locale.sentence(&format!("failure.{code}")), locale.sentence(&format!("remedy.{code}")))
}
