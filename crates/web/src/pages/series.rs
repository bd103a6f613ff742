//! The pieces of a series, newest first, and at the same address with an ending its feed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Series;

use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::lines::{PieceLine, one_version_each};
use crate::machine::feeds;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/series.html")]
struct SeriesPage {
    c: Chrome,
    name: String,
    about: String,
    /// Where a piece is handed in, where that can be done.
    submit: Option<String>,
    pieces: Vec<PieceLine>,
}

/// `/{lang}/{series}`, and with `.atom`, `.rss` or `.json` its feed
pub(crate) async fn series(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let word: String = reader.part(0)?;
    if let Some((word, ending)) = word.split_once('.') {
        let series = word.parse::<Series>().or(Err(PageError::NotFound))?;
        return feeds::of_series(&site, &reader, series, ending.parse()?).await;
    }
    let series: Series = reader.part(0)?;
    let (locale, language) = (reader.locale, reader.language);
    let versions = site.store().briefs(Some(series), site.now()).await?;
    let pieces = one_version_each(versions, language)
        .iter()
        .map(|piece| PieceLine::new(locale, language, piece).in_its_series())
        .collect();
    let name = locale.series(series).to_owned();
    let about = locale.say(&format!("series_about.{series}")).to_owned();
    let c = Chrome::new(&site, &reader, &name)
        .about(&about)
        .section(&reader, Section::Series(series))
        .feed(urls::series_feed(language, series), name.clone());
    let submit = (series == Series::AcademicNetwork).then(|| urls::submit(language));
    show(&SeriesPage { c, name, about, submit, pieces }, Policy::Page)
}
