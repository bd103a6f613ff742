//! Every address of the site, built in one place.

use observatory_model::alert::{Token, TrendWatch};
use observatory_model::brief::BriefAddress;
use observatory_model::change::DocumentKey;
use observatory_model::{EntryId, Language, Series, Slug};

mod submissions;

pub use submissions::sign_in_back;
pub(crate) use submissions::{
    account, account_act, author, desk, desk_log, desk_log_before, desk_mails, domains, edit_piece,
    handed_in, institution, members, people, people_after, piece, piece_act, queue, review,
    review_calendar, review_file, rights, sign_in, sign_in_code, sign_in_elsewhere, sign_in_link,
    sign_in_passkey, sign_in_sent, sign_in_with, sign_out, submit, version,
};

/// The front page in a language.
pub(crate) fn home(language: Language) -> String {
    format!("/{language}/")
}

/// The list of a series.
pub(crate) fn series(language: Language, series: Series) -> String {
    format!("/{language}/{series}")
}

/// The feed of a series.
pub(crate) fn series_feed(language: Language, series: Series) -> String {
    series_as(language, series, "atom")
}

/// The list of a series in another form: `ending` is `atom`, `rss` or `json`.
pub(crate) fn series_as(language: Language, series: Series, ending: &str) -> String {
    format!("/{language}/{series}.{ending}")
}

/// The feed of all series.
pub(crate) fn feed(language: Language) -> String {
    feed_as(language, "atom")
}

/// The feed of all series in another form: `ending` is `atom`, `rss` or `json`.
pub(crate) fn feed_as(language: Language, ending: &str) -> String {
    format!("/{language}/feed.{ending}")
}

/// A piece.
pub(crate) fn brief(language: Language, address: &BriefAddress) -> String {
    format!("/{language}/{address}")
}

/// A piece as plain text.
pub(crate) fn brief_text(language: Language, address: &BriefAddress) -> String {
    format!("/{language}/{address}.txt")
}

/// The figures of the charts of a piece.
pub(crate) fn brief_figures(language: Language, address: &BriefAddress) -> String {
    format!("/{language}/{address}.csv")
}

/// How a piece is cited, for programs that keep references.
pub(crate) fn brief_bibtex(language: Language, address: &BriefAddress) -> String {
    format!("/{language}/{address}.bib")
}

/// An entry of a source.
pub(crate) fn entry(language: Language, id: EntryId) -> String {
    format!("/{language}/entries/{id}")
}

/// A page or a section of a paper.
pub(crate) fn entry_part(language: Language, id: EntryId, number: u32) -> String {
    format!("/{language}/entries/{id}/pages/{number}")
}

/// A piece of a page or section that is too long for one; pieces are counted from 1.
pub(crate) fn entry_piece(language: Language, id: EntryId, number: u32, piece: usize) -> String {
    let part = entry_part(language, id, number);
    if piece <= 1 { part } else { format!("{part}?piece={piece}") }
}

/// The list of sources.
pub(crate) fn sources(language: Language) -> String {
    format!("/{language}/sources")
}

/// A further page of the list of sources.
pub(crate) fn sources_page(language: Language, page: u32) -> String {
    if page <= 1 { sources(language) } else { format!("/{language}/sources?page={page}") }
}

/// A source.
pub(crate) fn source(language: Language, slug: &Slug) -> String {
    format!("/{language}/sources/{slug}")
}

/// How far the harvest of a source has come, while it goes on.
pub(crate) fn source_events(language: Language, slug: &Slug) -> String {
    format!("/{language}/sources/{slug}/events")
}

/// A further page of a source.
pub(crate) fn source_page(language: Language, slug: &Slug, page: u32) -> String {
    if page <= 1 {
        source(language, slug)
    } else {
        format!("/{language}/sources/{slug}?page={page}")
    }
}

/// What rises.
pub(crate) fn trends(language: Language) -> String {
    format!("/{language}/trends")
}

/// What rises in another form: `ending` is `atom`, `csv` or `json`.
pub(crate) fn trends_as(language: Language, ending: &str) -> String {
    format!("/{language}/trends.{ending}")
}

/// A trend.
pub(crate) fn trend(language: Language, slug: &Slug) -> String {
    format!("/{language}/trends/{slug}")
}

/// A trend in another form: `ending` is `atom`, `csv` or `json`.
pub(crate) fn trend_as(language: Language, slug: &Slug, ending: &str) -> String {
    format!("/{language}/trends/{slug}.{ending}")
}

/// The radar as it stands now.
pub(crate) fn radar(language: Language) -> String {
    format!("/{language}/radar")
}

/// An edition of the radar.
pub(crate) fn edition(language: Language, name: &Slug) -> String {
    format!("/{language}/radar/{name}")
}

/// Two editions beside each other; either may be `now`.
pub(crate) fn radar_diff(language: Language, from: &Slug, to: &Slug) -> String {
    format!("/{language}/radar/diff/{from}_{to}")
}

/// Where two editions are chosen.
pub(crate) fn radar_choose(language: Language) -> String {
    format!("/{language}/radar/diff")
}

/// A radar in another form: `ending` is `svg`, `csv` or `json`.
pub(crate) fn radar_as(language: Language, edition: Option<&Slug>, ending: &str) -> String {
    let radar = radar(language);
    edition.map_or_else(
        || format!("{radar}.{ending}"),
        |edition| format!("{radar}/{edition}.{ending}"),
    )
}

/// The search page; `query` is empty or a query string without its question mark.
pub(crate) fn search(language: Language, query: &str) -> String {
    if query.is_empty() {
        format!("/{language}/search")
    } else {
        format!("/{language}/search?{query}")
    }
}

/// The search for some words.
pub(crate) fn search_for(language: Language, words: &str) -> String {
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
    search(language, &query)
}

/// A search in another form: `ending` is `atom`, `rss`, `json` or `csv`.
pub(crate) fn search_in_form(language: Language, query: &str, ending: &str) -> String {
    search(language, query).replacen("/search", &format!("/search.{ending}"), 1)
}

/// Where a search is saved as an alert; `query` is that of its page.
pub(crate) fn new_alert(language: Language, query: &str) -> String {
    search(language, query).replacen("/search", "/alerts/new", 1)
}

/// Where trends are watched by mail.
pub(crate) fn watch_trends(language: Language, watch: &TrendWatch) -> String {
    format!("{}?{}", watched_trends(language), watch.query())
}

/// The same, before anything is chosen: the form of the list of trends leads there.
pub(crate) fn watched_trends(language: Language) -> String {
    format!("/{language}/alerts/trends")
}

/// The form of the list of trends, in which one chooses what to watch.
pub(crate) fn follow_trends(language: Language) -> String {
    format!("{}#follow", trends(language))
}

/// Where a reader is sent who has asked for an alert.
pub(crate) fn alert_asked(language: Language) -> String {
    format!("/{language}/alerts/sent")
}

/// Where an alert is confirmed. Words that only the reader knows stand in query strings, since those
/// are never logged.
pub(crate) fn confirm_alert(language: Language, question: Token) -> String {
    format!("/{language}/alerts/confirm?key={question}")
}

/// Where an alert is managed.
pub(crate) fn manage_alert(language: Language, key: Token) -> String {
    format!("/{language}/alerts/manage?key={key}")
}

/// Where an alert is ended.
pub(crate) fn stop_alert(language: Language, key: Token) -> String {
    format!("/{language}/alerts/stop?key={key}")
}

/// What a reader may be about to type; the words follow as `q`.
pub(crate) fn suggest(language: Language) -> String {
    format!("/{language}/suggest")
}

/// What the search box suggests, in the form that browsers ask for.
pub(crate) fn suggestions(language: Language) -> String {
    format!("/{language}/suggest.json")
}

/// What is like a document.
pub(crate) fn related(language: Language, key: &DocumentKey) -> String {
    format!("/{language}/related?of={key}")
}

/// A search for programs; `query` is that of its page.
pub(crate) fn search_of_programs(query: &str) -> String {
    search(Language::En, query).replacen("/en/search", "/api/v1/search", 1)
}

/// A document for programs.
pub(crate) fn document_of_programs(key: &DocumentKey) -> String {
    format!("/api/v1/documents/{key}")
}

/// What is related to a document, for programs.
pub(crate) fn related_of_programs(key: &DocumentKey) -> String {
    format!("/api/v1/related/{key}")
}

/// How programs ask.
pub(crate) fn api(language: Language) -> String {
    format!("/{language}/api")
}

/// What the site is.
pub(crate) fn about(language: Language) -> String {
    format!("/{language}/about")
}

/// Whatever a hit of a search stands for. A piece is shown in the language of the hit, an entry within
/// the reader's language.
pub(crate) fn document(reader: Language, key: &DocumentKey) -> String {
    match key {
        DocumentKey::Entry(id) => entry(reader, *id),
        DocumentKey::Brief { series, slug, language } => {
            brief(*language, &BriefAddress { series: *series, slug: slug.clone() })
        }
    }
}

/// A passage of a document, by its number and its page: a paragraph of a piece, a page or a section of
/// a paper. Other texts have no address within.
pub(crate) fn passage(
    reader: Language,
    key: &DocumentKey,
    number: Option<u32>,
    page: Option<u32>,
) -> Option<String> {
    match key {
        DocumentKey::Entry(id) => page.or(number).map(|number| entry_part(reader, *id, number)),
        DocumentKey::Brief { .. } => number.map(|number| paragraph(&document(reader, key), number)),
    }
}

/// A numbered paragraph of a page.
pub(crate) fn paragraph(page: &str, number: u32) -> String {
    format!("{page}#p{number}")
}

/// The same path in a language: `rest` begins with a slash.
pub(crate) fn in_language(language: Language, rest: &str) -> String {
    format!("/{language}{rest}")
}

/// The absolute address of a path of this site.
pub(crate) fn absolute(origin: &str, path: &str) -> String {
    format!("{}{path}", origin.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_plan() {
        let piece: BriefAddress = "future-vision/quantum".parse().unwrap();
        assert_eq!(brief(Language::Ar, &piece), "/ar/future-vision/quantum");
        assert_eq!(series_feed(Language::Fr, Series::LearningLabs), "/fr/learning-labs.atom");
        assert_eq!(absolute("https://a.org/", &home(Language::En)), "https://a.org/en/");
        assert_eq!(source_page(Language::En, &"itu".parse().unwrap(), 1), "/en/sources/itu");
        let key =
            DocumentKey::Brief { series: piece.series, slug: piece.slug, language: Language::Zh };
        assert_eq!(document(Language::En, &key), "/zh/future-vision/quantum");
    }
}
