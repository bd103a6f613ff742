//! What a search is called.

use observatory_model::asked::Asked;

use crate::locale::Locale;

/// What the page and the feeds of a search are called: its words, where it has any.
pub(crate) fn heading(locale: &Locale, asked: &Asked) -> String {
    if asked.words.is_empty() {
        locale.say("search.title").to_owned()
    } else {
        locale.plain("search.of", &[("words", &asked.words)])
    }
}
