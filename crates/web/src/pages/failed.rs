//! The page that says what happened and how to go on.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use observatory_model::search::SearchRequest;

use crate::cache::{Policy, answer};
use crate::chrome::Chrome;
use crate::desk::file::too_large;
use crate::error::{PageError, RETRY_SECONDS};
use crate::lines::NearLine;
use crate::pages::HTML;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/failed.html")]
struct FailedPage {
    c: Chrome,
    heading: String,
    about: String,
    searches: bool,
    words: String,
    nearest: Vec<NearLine>,
    again: Option<String>,
}

/// Pages that may be the one that was looked for.
const NEAREST: u32 = 3;

/// The page of an error. `path` is the address that was asked for, `number` what the log knows it by.
pub(crate) async fn page(
    site: &Site,
    reader: &Reader,
    path: &str,
    error: &PageError,
    number: &str,
) -> Response {
    let t = reader.locale;
    let (heading, about) = match error {
        PageError::Gone if is_piece(reader) => {
            (t.say("gone.title"), format!("{} {}", t.say("gone.about"), t.say("gone.next")))
        }
        PageError::Gone => (t.say("error.gone"), t.say("error.gone_about").to_owned()),
        PageError::TooLarge if path.ends_with("/file") => (t.say("file.refused"), too_large(t)),
        PageError::BadRequest | PageError::TooLarge => {
            (t.say("error.bad_request"), t.say("error.bad_request_about").to_owned())
        }
        PageError::Foreign => (t.say("alerts.foreign"), t.say("alerts.foreign_about").to_owned()),
        // Those who have to sign in are led elsewhere and never come here; their words would be those of
        // a missing page.
        PageError::NotFound
        | PageError::SignIn
        | PageError::SecondFactor
        | PageError::SignInAgain => {
            (t.say("error.not_found"), t.say("error.not_found_about").to_owned())
        }
        PageError::Method => (t.say("error.method"), t.say("error.method_about").to_owned()),
        PageError::Busy => {
            let seconds = RETRY_SECONDS.to_string();
            (t.say("error.busy"), t.plain("error.busy_about", &[("seconds", &seconds)]))
        }
        PageError::Internal(_) => {
            (t.say("error.internal"), t.plain("error.internal_about", &[("number", number)]))
        }
    };
    let searches = matches!(error, PageError::NotFound | PageError::Gone);
    let retries = matches!(error, PageError::Busy | PageError::Internal(_));
    let again = urls::in_language(reader.language, &reader.with_query());
    let home = Reader { path: "/".to_owned(), query: String::new(), ..reader.clone() };
    // Addresses behind sign-in have no words: nothing of theirs is public, and none is worth a search.
    let is_desk = ["/desk/", "/review"].iter().any(|begin| reader.path.starts_with(begin));
    let words = if searches && !is_desk { words_of(path) } else { String::new() };
    let page = FailedPage {
        nearest: nearest(site, reader, path, &words).await,
        heading: heading.to_owned(),
        about,
        searches,
        words,
        again: retries.then_some(again),
        c: Chrome::new(site, &home, heading).unlisted(),
    };
    match page.render() {
        Ok(html) => answer(error.status(), HTML, Policy::Never, html),
        // Without a template there is only the status left to say.
        Err(_) => error.status().into_response(),
    }
}

/// The pages that the words of an address find, in the reader's language or else in any: only for an
/// address of this site's form, so that those who look for holes in other programs cost no search. Where
/// searching fails, there are none.
async fn nearest(site: &Site, reader: &Reader, path: &str, words: &str) -> Vec<NearLine> {
    let is_ours = path.starts_with(&urls::home(reader.language));
    if words.is_empty() || !is_ours {
        return Vec::new();
    }
    let request = |languages| SearchRequest {
        words: words.to_owned(),
        languages,
        per_page: Some(NEAREST),
        now: site.now(),
        ..SearchRequest::default()
    };
    let own = request(vec![reader.language]);
    let mut found = site.search().search(own).await.unwrap_or_default();
    if found.hits.is_empty() {
        found = site.search().search(request(Vec::new())).await.unwrap_or_default();
    }
    let most = usize::try_from(NEAREST).unwrap_or(usize::MAX);
    found.hits.iter().take(most).map(|hit| NearLine::new(reader.language, hit)).collect()
}

/// Whether the address is that of a piece.
fn is_piece(reader: &Reader) -> bool {
    reader.part::<observatory_model::Series>(0).is_ok()
}

/// The words of an address, for the search box: the last part that has any, without its ending.
fn words_of(path: &str) -> String {
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let decoded: String = url::form_urlencoded::parse(format!("q={last}").as_bytes())
        .map(|(_, value)| value.into_owned())
        .next()
        .unwrap_or_default();
    let stem = decoded.split_once('.').map_or(decoded.as_str(), |(stem, _)| stem);
    let spaced: String =
        stem.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).take(100).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.len() == 1 && words.first().is_some_and(|word| word.len() <= 2) {
        return String::new();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_address_fill_the_search_box() {
        let cases = [
            ("/en/future-vision/quantum-sensing.html", "quantum sensing"),
            ("/en/", ""),
            ("/ar/%D8%A7%D9%84%D8%B0%D9%83%D8%A7%D8%A1", "الذكاء"),
            ("/en/%3Cscript%3Ealert(1)", "script alert 1"),
            ("/", ""),
        ];
        for (path, words) in cases {
            assert_eq!(words_of(path), words, "{path}");
        }
    }
}
