//! The front page: what is changing, and what it means.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Series;
use observatory_model::trend::List;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::lines::{PieceLine, SignalLine, one_version_each};
use crate::pages::show_with_script;
use crate::pages::trends::{Seen, TrendLine};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Pieces below the lead.
const PIECES: usize = 6;

/// Trends.
const RISING: usize = 3;

/// Entries of sources.
const SIGNALS: u32 = 6;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct HomePage {
    c: Chrome,
    lead: Option<Lead>,
    pieces: Vec<PieceLine>,
    rising: Vec<TrendLine>,
    trends_href: String,
    signals: Vec<SignalLine>,
    series: Vec<SeriesLink>,
    sources_href: String,
}

/// The piece that opens the page.
struct Lead {
    line: PieceLine,
    series: String,
    series_href: String,
    bottom_line: Option<String>,
}

impl Lead {
    /// Whether the bottom line stands beside it.
    const fn has_bottom_line(&self) -> bool {
        self.line.is_translated && self.bottom_line.is_some()
    }
}

/// A series with what it is about.
#[derive(Clone, Debug)]
pub(crate) struct SeriesLink {
    /// Its name.
    pub(crate) name: String,
    /// What it is about.
    pub(crate) about: String,
    /// Its list.
    pub(crate) href: String,
}

impl SeriesLink {
    /// All four.
    pub(crate) fn all(reader: &Reader) -> Vec<Self> {
        let link = |series: Series| Self {
            name: reader.locale.series(series).to_owned(),
            about: reader.locale.say(&format!("series_about.{series}")).to_owned(),
            href: urls::series(reader.language, series),
        };
        Series::ALL.map(link).into()
    }
}

/// `/{lang}/`
pub(crate) async fn home(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let (locale, language) = (reader.locale, reader.language);
    let mut pieces = one_version_each(site.store().briefs(None, site.now()).await?, language);
    // Of one day, what is changing comes before what explains it: the order of the navigation.
    pieces.sort_by_key(|piece| (Reverse(piece.published), piece.address.series));
    let entries = site.store().newest_entries(SIGNALS).await?;
    // The newest piece that the reader can read opens the page; only when there is none, any.
    let position = pieces.iter().position(|piece| piece.language == language).unwrap_or(0);
    let lead = pieces.get(position).map(|piece| Lead {
        line: PieceLine::new(locale, language, piece),
        series: locale.series(piece.address.series).to_owned(),
        series_href: urls::series(language, piece.address.series),
        bottom_line: piece.bottom_line.clone(),
    });
    let seen = Seen::of(&site).await?;
    let sight = seen.sight(&site);
    let rising = sight.listed(List::Trends).into_iter().take(RISING);
    let rising = rising.map(|one| TrendLine::new(&site, &reader, &sight, List::Trends, one));
    let others = pieces.iter().enumerate().filter(|(index, _)| *index != position);
    let page = HomePage {
        lead,
        pieces: others
            .take(PIECES)
            .map(|(_, piece)| PieceLine::new(locale, language, piece))
            .collect(),
        rising: rising.collect(),
        trends_href: urls::trends(language),
        signals: entries.iter().map(|entry| SignalLine::new(locale, language, entry)).collect(),
        series: SeriesLink::all(&reader),
        sources_href: urls::sources(language),
        c: Chrome::new(&site, &reader, locale.say("nav.home"))
            .seeking()
            .feed(urls::feed(language), locale.say("about.feeds_all").to_owned()),
    };
    show_with_script(&page, Policy::Page)
}
