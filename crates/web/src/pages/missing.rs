//! A piece that exists, but not in the reader's language: a full page that says where it can be read.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Language;
use observatory_model::brief::BriefAddress;

use crate::cache::{Policy, answer};
use crate::chrome::{Choice, Chrome, Section};
use crate::error::PageError;
use crate::locale;
use crate::pages::HTML;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/missing.html")]
struct MissingPage {
    c: Chrome,
    series: String,
    series_href: String,
    title: String,
    original: Language,
    versions: Vec<Choice>,
}

/// The page of a piece that the reader's language lacks; `versions` are those that exist.
///
/// # Errors
/// [`PageError::NotFound`] when there are none.
pub(crate) async fn missing(
    site: &Site,
    reader: &Reader,
    address: &BriefAddress,
    versions: Vec<(Language, String)>,
) -> Result<Response, PageError> {
    let (first, _) = versions.first().ok_or(PageError::NotFound)?;
    let known = site.store().brief(address, *first, site.now()).await?;
    let wanted = known.map_or(*first, |piece| piece.original);
    let shown = versions.iter().find(|(language, _)| *language == wanted).or(versions.first());
    let (original, title) = shown.cloned().ok_or(PageError::NotFound)?;
    let languages: Vec<Language> = versions.iter().map(|(language, _)| *language).collect();
    let choice = |language: &Language| Choice {
        language: *language,
        name: locale::own_name(*language),
        href: urls::brief(*language, address),
        current: false,
    };
    let mut c = Chrome::new(site, reader, reader.locale.say("missing.title"))
        .only_in(site, reader, &languages)
        .section(reader, Section::Series(address.series))
        .unlisted();
    c.missing.clear();
    let page = MissingPage {
        series: reader.locale.series(address.series).to_owned(),
        series_href: urls::series(reader.language, address.series),
        versions: languages.iter().map(choice).collect(),
        title,
        original,
        c,
    };
    Ok(answer(StatusCode::NOT_FOUND, HTML, Policy::Never, page.render()?))
}
