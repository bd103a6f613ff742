//! What the page says of the search: how many, what was done with the words, what may be meant.

use observatory_model::asked::Asked;
use observatory_model::search::{Note, SearchPage as Found};

use crate::html::Html;
use crate::reader::Reader;
use crate::urls;

/// How many, and for what.
pub(super) fn count(reader: &Reader, asked: &Asked, total: u64) -> Html {
    let locale = reader.locale;
    let count = Html::text(&locale.count("results", total));
    if asked.words.is_empty() {
        locale.fill("search.found", &[("count", count)])
    } else {
        locale.fill("search.found_for", &[("count", count), ("words", Html::name(&asked.words))])
    }
}

/// That there is nothing.
pub(super) fn nothing(reader: &Reader, asked: &Asked) -> Html {
    let locale = reader.locale;
    match (asked.words.is_empty(), asked.has_filters()) {
        (true, false) => Html::text(locale.say("search.empty")),
        (true, true) => Html::text(locale.say("search.none")),
        (false, _) => locale.fill("search.none_for", &[("words", Html::name(&asked.words))]),
    }
}

/// What was done that the reader may not expect.
pub(super) fn notes(reader: &Reader, asked: &Asked, found: &Found) -> Vec<String> {
    let locale = reader.locale;
    let wrong = |date| locale.plain("search.date_wrong", &[("date", date)]);
    let note = |note: &Note| {
        let sentence = locale.say(match note {
            Note::TooLong => "note.too-long",
            Note::TooManyTerms => "note.too-many-terms",
            Note::PlainWords => "note.plain-words",
            Note::OnlyExclusions => "note.only-exclusions",
            Note::SomeWords => "note.some-words",
            Note::LackOneWord => "note.lack-one-word",
            Note::UnknownField => "note.unknown-field",
            Note::ManyPrefixWords => "note.many-prefix-words",
        });
        sentence.to_owned()
    };
    let dates = asked.wrong_dates().into_iter().map(wrong);
    dates.chain(found.notes.iter().map(note)).collect()
}

/// The words that may be meant, as a link to their search.
pub(super) fn did_you_mean(reader: &Reader, asked: &Asked, found: &Found) -> Option<Html> {
    let words = found.did_you_mean.as_ref()?;
    let other = Asked { words: words.clone(), page: 1, ..asked.clone() };
    let href = urls::search(reader.language, &other.query());
    Some(reader.locale.fill("search.did_you_mean", &[("words", Html::link(&href, words))]))
}
