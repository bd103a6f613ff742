//! Atom feeds: of each series, and of all.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::{Language, Series};
use observatory_publish::{FeedHead, FeedItem, atom};
use observatory_store::BriefSummary;

use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::lines::newest;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

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
