//! Feeds: of each series, of all, and of every search; each as Atom, RSS and JSON Feed.

use std::str::FromStr;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::search::{Hit, Order, SearchRequest};
use observatory_model::{Language, Series};
use observatory_publish::{FeedHead, FeedItem, atom, json_feed, rss};
use observatory_store::BriefSummary;

use crate::asked::heading;
use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::lines::newest;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use observatory_model::asked::Asked;

/// A format of feeds, as the ending of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// RFC 4287.
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl Ending {
    /// All formats.
    pub(crate) const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// The ending, without its dot.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Json => "application/feed+json",
        }
    }

    /// The ending of the path of a feed whose route has one.
    fn of(reader: &Reader) -> Result<Self, PageError> {
        reader.path.rsplit_once('.').map_or("", |(_, ending)| ending).parse()
    }

    fn answer(self, policy: Policy, head: &FeedHead, items: &[FeedItem]) -> Response {
        let write = match self {
            Self::Atom => atom,
            Self::Rss => rss,
            Self::Json => json_feed,
        };
        answer(StatusCode::OK, self.content_type(), policy, write(head, items))
    }
}

impl FromStr for Ending {
    type Err = PageError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|ending| ending.word() == word).ok_or(PageError::NotFound)
    }
}

/// Most pieces in a feed. Readers of feeds ask at least daily; nobody publishes fifty pieces a day.
const MAX_ITEMS: u32 = 50;

/// `/{lang}/feed.atom`, `.rss`, `.json`
pub(crate) async fn of_all(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let ending = Ending::of(&reader)?;
    let path = urls::feed_as(reader.language, ending.word());
    let html = urls::home(reader.language);
    let title = reader.locale.say("site.name").to_owned();
    let about = reader.locale.say("site.about").to_owned();
    feed(&site, &reader, None, ending, Names { path, html, title, about }).await
}

/// `/{lang}/{series}.atom`, `.rss`, `.json`
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_series(
    site: &Site,
    reader: &Reader,
    series: Series,
    ending: Ending,
) -> Result<Response, PageError> {
    let locale = reader.locale;
    let name = locale.series(series);
    let site_name = locale.say("site.name");
    let names = Names {
        path: urls::series_as(reader.language, series, ending.word()),
        html: urls::series(reader.language, series),
        title: locale.plain("site.titled", &[("title", name), ("site", site_name)]),
        about: locale.say(&format!("series_about.{series}")).to_owned(),
    };
    feed(site, reader, Some(series), ending, names).await
}

/// `/{lang}/search.atom?q=…`, `.rss`, `.json`: the same query string as the page of the search, the
/// newest first.
pub(crate) async fn of_search(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let ending = Ending::of(&reader)?;
    let (locale, language) = (reader.locale, reader.language);
    let asked = Asked::parse(&reader.query).on_page(1);
    let request = SearchRequest {
        order: Order::Newest,
        per_page: Some(MAX_ITEMS),
        reader: Some(language),
        ..asked.request(site.now())
    };
    let mut hits = site.search().search(request).await?.hits;
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.date));
    let own = site.absolute(&urls::search_in_form(language, &asked.query(), ending.word()));
    let head = FeedHead {
        title: locale.plain(
            "site.titled",
            &[("title", &heading(locale, &asked)), ("site", locale.say("site.name"))],
        ),
        subtitle: String::new(),
        id: own.clone(),
        self_url: own,
        html_url: site.absolute(&urls::search(language, &asked.query())),
        language,
        updated: newest(hits.iter().map(|hit| hit.date)),
    };
    let items: Vec<FeedItem> = hits.iter().map(|hit| item_of_hit(&site, language, hit)).collect();
    Ok(ending.answer(Policy::Search, &head, &items))
}

fn item_of_hit(site: &Site, reader: Language, hit: &Hit) -> FeedItem {
    let own = site.absolute(&urls::document(reader, &hit.key));
    FeedItem {
        id: own.clone(),
        url: own,
        title: hit.title.text(),
        summary: hit.passage.text(),
        html: None,
        published: hit.date,
        updated: hit.date,
        authors: Some(hit.source_name.clone())
            .filter(|name| !name.is_empty())
            .into_iter()
            .collect(),
        language: hit.language,
        alternates: Vec::new(),
    }
}

/// What a feed is called and where it is.
struct Names {
    path: String,
    html: String,
    title: String,
    about: String,
}

/// The pieces that exist in the reader's language, newest first.
async fn feed(
    site: &Site,
    reader: &Reader,
    series: Option<Series>,
    ending: Ending,
    names: Names,
) -> Result<Response, PageError> {
    let versions = site.store().briefs(series, site.now()).await?;
    let pieces: Vec<&BriefSummary> = versions
        .iter()
        .filter(|piece| piece.language == reader.language)
        .take(MAX_ITEMS as usize)
        .collect();
    let own = site.absolute(&names.path);
    let head = FeedHead {
        title: names.title,
        subtitle: names.about,
        id: own.clone(),
        self_url: own,
        html_url: site.absolute(&names.html),
        language: reader.language,
        updated: newest(pieces.iter().map(|piece| piece.published)),
    };
    let items: Vec<FeedItem> = pieces.iter().map(|piece| item(site, &versions, piece)).collect();
    Ok(ending.answer(Policy::Feed, &head, &items))
}

fn item(site: &Site, versions: &[BriefSummary], piece: &BriefSummary) -> FeedItem {
    let address = |language: Language| site.absolute(&urls::brief(language, &piece.address));
    let own = address(piece.language);
    let summary = piece.bottom_line.as_ref().unwrap_or(&piece.standfirst);
    FeedItem {
        id: own.clone(),
        url: own,
        title: piece.title.clone(),
        summary: summary.clone(),
        html: None,
        published: piece.published,
        updated: piece.published,
        authors: piece.authors.clone(),
        language: Some(piece.language),
        alternates: versions
            .iter()
            .filter(|other| other.address == piece.address && other.language != piece.language)
            .map(|other| (other.language, address(other.language)))
            .collect(),
    }
}
