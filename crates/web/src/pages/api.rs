//! How programs ask: addresses, examples, limits, on one page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::machine::api::problem;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;

#[derive(Template)]
#[template(path = "pages/api.html")]
struct ApiPage {
    c: Chrome,
    first: Vec<String>,
    addresses: Vec<(&'static str, &'static str)>,
    problems: Vec<(&'static str, u16, String)>,
}

/// The addresses, with an example of each and the key of its sentence.
const ADDRESSES: [(&str, &str); 9] = [
    ("/api/v1/search?q=spectrum&lang=en&limit=5", "api.search"),
    ("/api/v1/documents/{key}", "api.documents"),
    ("/api/v1/related/{key}", "api.related"),
    ("/api/v1/suggest?q=sat", "api.suggest"),
    ("/api/v1/sources", "api.sources"),
    ("/api/v1/series", "api.series"),
    ("/api/v1/briefs?series=future-vision&lang=fr", "api.briefs"),
    ("/api/v1/glossary?q=smart", "api.glossary"),
    ("/api/v1/openapi.json", "api.openapi"),
];

/// `/{lang}/api`
pub(crate) async fn api(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let locale = reader.locale;
    let curl = |path: &str| format!("curl '{}'", site.absolute(path));
    let problem = |(kind, status, title): &(&'static str, u16, &str)| {
        (*kind, *status, locale.say(title).to_owned())
    };
    let page = ApiPage {
        c: Chrome::new(&site, &reader, locale.say("api.title")).about(locale.say("api.standfirst")),
        first: vec![
            curl("/api/v1/search?q=spectrum&lang=en"),
            curl(&format!("/{}/search.csv?q=spectrum", reader.language)),
        ],
        addresses: ADDRESSES.into(),
        problems: problem::KINDS.iter().map(problem).collect(),
    };
    show(&page, Policy::Page)
}
