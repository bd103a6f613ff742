//! What the search box offers while a reader types.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::search::{SuggestRequest, Suggested, Suggestion};
use serde::Serialize;

use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::locale::Locale;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The content type of JSON (RFC 8259 §11).
const JSON: &str = "application/json";

/// Most suggestions: as many as a reader takes in at a glance.
const MOST: usize = 8;

/// Largest answer, in bytes. It comes while somebody types, so it must come in one packet.
const MAX_BYTES: usize = 1024;

/// The answer.
#[derive(Serialize)]
struct Answer {
    /// How many there are, for those who do not see the list.
    said: String,
    items: Vec<Item>,
}

/// A suggestion. Its short names are those of the script.
#[derive(Serialize)]
struct Item {
    text: String,
    /// The language of the text, where it is not the reader's.
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'static str>,
    /// What it is, in the reader's language; `None` for a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Where it leads; `None`: to the search for its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
}

/// `/{lang}/suggest?q=…`
pub(crate) async fn suggest(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let typed = reader.parameter("q").unwrap_or_default().trim().to_owned();
    let found =
        if typed.is_empty() { Vec::new() } else { suggestions(&site, &reader, typed).await? };
    let json = serde_json::to_string(&told(&reader, &found))
        .map_err(|error| PageError::internal(&error))?;
    Ok(answer(StatusCode::OK, JSON, Policy::Search, json))
}

async fn suggestions(
    site: &Site,
    reader: &Reader,
    typed: String,
) -> Result<Vec<Suggestion>, PageError> {
    let request = SuggestRequest { typed, language: reader.language, limit: MOST };
    Ok(site.search().suggest(request).await?)
}

/// As many as fit.
fn told(reader: &Reader, found: &[Suggestion]) -> Answer {
    let mut answer = Answer { said: String::new(), items: Vec::new() };
    for suggestion in found {
        answer.items.push(item(reader, suggestion));
        answer.said = said(reader.locale, answer.items.len());
        let bytes = serde_json::to_vec(&answer).map_or(usize::MAX, |json| json.len());
        if bytes > MAX_BYTES {
            answer.items.pop();
        }
    }
    answer.said = if answer.items.is_empty() {
        String::new()
    } else {
        said(reader.locale, answer.items.len())
    };
    answer
}

fn said(locale: &Locale, count: usize) -> String {
    locale.count("suggestions", u64::try_from(count).unwrap_or(u64::MAX))
}

fn item(reader: &Reader, suggestion: &Suggestion) -> Item {
    let locale = reader.locale;
    let (kind, href) = match &suggestion.what {
        Suggested::Title(key) => ("suggested.title", Some(urls::document(reader.language, key))),
        Suggested::Concept(_) => ("suggested.concept", None),
        Suggested::Source(slug) => ("suggested.source", Some(urls::source(reader.language, slug))),
        Suggested::Symbol => ("suggested.symbol", None),
        Suggested::Word => ("suggested.word", None),
    };
    let foreign = suggestion.language.filter(|language| *language != reader.language);
    Item {
        text: suggestion.text.clone(),
        lang: foreign.map(observatory_model::Language::code),
        kind: (suggestion.what != Suggested::Word).then(|| locale.say(kind)),
        href,
    }
}
