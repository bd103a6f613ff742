//! What the site is, how it works, and whom to tell when something is wrong.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Series;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::machine::files::SECURITY_TXT;
use crate::pages::home::SeriesLink;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/about.html")]
struct AboutPage {
    c: Chrome,
    series: Vec<SeriesLink>,
    security: Html,
    feeds: Vec<(String, String)>,
    api: String,
}

/// `/{lang}/about`
pub(crate) async fn about(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let (locale, language) = (reader.locale, reader.language);
    let feed =
        |series: Series| (urls::series_feed(language, series), locale.series(series).to_owned());
    let mut feeds = vec![(urls::feed(language), locale.say("about.feeds_all").to_owned())];
    feeds.extend(Series::ALL.map(feed));
    let file = Html::link(SECURITY_TXT, SECURITY_TXT);
    let page = AboutPage {
        c: Chrome::new(&site, &reader, locale.say("about.title"))
            .about(locale.say("about.standfirst")),
        series: SeriesLink::all(&reader),
        security: locale.fill("about.security", &[("file", file)]),
        feeds,
        api: urls::api(language),
    };
    show(&page, Policy::Page)
}
