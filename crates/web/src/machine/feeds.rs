//! Atom feeds: of each series, of all, and of every search.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::search::{Hit, SearchRequest};
use observatory_model::{Language, Series};
use observatory_publish::{FeedHead, FeedItem, atom};
use observatory_store::BriefSummary;

use crate::asked::heading;
use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::lines::newest;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use observatory_model::asked::Asked;

/// The content type of Atom (RFC 4287 §7).
const ATOM: &str = "application/atom+xml; charset=utf-8";

/// Most pieces in a feed. Readers of feeds ask at least daily; nobody publishes fifty pieces a day.
const MAX_ITEMS: usize = 50;

/// `/{lang}/feed.atom`
pub(crate) async fn of_all(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let path = urls::feed(reader.language);
    let html = urls::home(reader.language);
    let title = reader.locale.say("site.name").to_owned();
    let about = reader.locale.say("site.about").to_owned();
    feed(&site, &reader, None, Names { path, html, title, about }).await
}

/// `/{lang}/{series}.atom`
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_series(
    site: &Site,
    reader: &Reader,
    series: Series,
) -> Result<Response, PageError> {
    let locale = reader.locale;
    let name = locale.series(series);
    let site_name = locale.say("site.name");
    let names = Names {
        path: urls::series_feed(reader.language, series),
        html: urls::series(reader.language, series),
        title: locale.plain("site.titled", &[("title", name), ("site", site_name)]),
        about: locale.say(&format!("series_about.{series}")).to_owned(),
    };
    feed(site, reader, Some(series), names).await
}

/// Pages of hits that the feed of a search looks at. Hits come by how well they match, a feed by date:
/// from this many the newest are taken.
const PAGES: u32 = 5;

/// `/{lang}/search.atom?q=…`: the same query string as the page of the search.
pub(crate) async fn of_search(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let (locale, language) = (reader.locale, reader.language);
    let asked = Asked::parse(&reader.query).on_page(1);
    let mut hits = Vec::new();
    for page in 1..=PAGES {
        let found =
            site.search().search(SearchRequest { page, ..asked.request(site.now()) }).await?;
        hits.extend(found.hits);
        if page >= found.last_page {
            break;
        }
    }
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.date));
    hits.truncate(MAX_ITEMS);
    let own = site.absolute(&urls::search_feed(language, &asked.query()));
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
    Ok(answer(StatusCode::OK, ATOM, Policy::Search, atom(&head, &items)))
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
    names: Names,
) -> Result<Response, PageError> {
    let versions = site.store().briefs(series, site.now()).await?;
    let pieces: Vec<&BriefSummary> =
        versions.iter().filter(|piece| piece.language == reader.language).take(MAX_ITEMS).collect();
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
    Ok(answer(StatusCode::OK, ATOM, Policy::Feed, atom(&head, &items)))
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
