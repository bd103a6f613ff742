//! The site as a search engine of the browser (OpenSearch 1.1).

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Language;

use crate::cache::{Policy, answer};
use crate::html::escape;
use crate::locale;
use crate::state::Site;
use crate::urls;

/// The content type of a description (OpenSearch 1.1 §4.1).
const DESCRIPTION: &str = "application/opensearchdescription+xml; charset=utf-8";

/// Longest short name, in characters (OpenSearch 1.1 §4.2.1).
const MAX_SHORT_NAME: usize = 16;

/// `/opensearch.xml?hl=fr`: how the search is asked, in a language; English as usual.
pub(crate) async fn description(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let hl = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "hl");
    let language = hl.and_then(|(_, value)| value.parse().ok()).unwrap_or(Language::En);
    answer(StatusCode::OK, DESCRIPTION, Policy::File, xml(&site, language))
}

fn xml(site: &Site, language: Language) -> String {
    let locale = locale::of(language);
    let name: String = locale.say("site.name").chars().take(MAX_SHORT_NAME).collect();
    let url = |kind: &str, rel: &str, address: &str| {
        // The words are put in by the browser: their place must not be escaped.
        let template = format!("{}?q={{searchTerms}}", escape(&site.absolute(address)));
        format!("<Url type=\"{kind}\"{rel} template=\"{template}\"/>\n")
    };
    let own = |ending: &str| urls::search_in_form(language, "", ending);
    let urls = [
        url("text/html", "", &urls::search(language, "")),
        url("application/atom+xml", "", &own("atom")),
        url("application/rss+xml", "", &own("rss")),
        url("application/x-suggestions+json", " rel=\"suggestions\"", &urls::suggestions(language)),
    ]
    .concat();
    let icon = escape(&site.absolute("/icon.svg"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>{name}</ShortName>\n<Description>{about}</Description>\n{urls}\
         <Image width=\"16\" height=\"16\" type=\"image/svg+xml\">{icon}</Image>\n\
         <Language>{language}</Language>\n<InputEncoding>UTF-8</InputEncoding>\n\
         <OutputEncoding>UTF-8</OutputEncoding>\n</OpenSearchDescription>\n",
        name = escape(&name),
        about = escape(locale.say("site.about")),
    )
}
