//! Search: an answer from all kinds and languages, down to the passage.

mod facets;
pub(crate) mod hits;
mod sentences;
mod tags;
mod takeaway;
mod ways;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::asked::Asked;
use observatory_model::search::{Order, SearchPage as Found, SearchRequest};

use crate::asked::heading;
use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::concepts::{Also, Term, also_searched, in_other_languages};
use crate::error::PageError;
use crate::html::Html;
use crate::pages::show_with_script;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

use facets::Group;
use hits::HitLine;
use tags::Tag;
use takeaway::Takeaway;
use ways::Way;

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage {
    c: Chrome,
    shows_filters: bool,
    opens_filters: bool,
    groups: Vec<Group>,
    from: String,
    until: String,
    /// What the form keeps though it shows no field for it.
    kept: Vec<(&'static str, &'static str)>,
    tags: Vec<Tag>,
    /// The way to take all filters off but those of the words, where there are several.
    reset: Option<String>,
    notes: Vec<String>,
    did_you_mean: Option<Html>,
    also: Vec<Also>,
    /// The way to search without, or again with, the other names of concepts.
    across: Option<(String, &'static str)>,
    terms: Vec<Term>,
    nothing: Html,
    is_bare: bool,
    ways: Vec<Way>,
    count: Html,
    orders: Vec<OrderLink>,
    hits: Vec<HitLine>,
    last_page: u32,
    page_of: String,
    previous: Option<String>,
    next: Option<String>,
    takeaway: Takeaway,
}

/// An order, and the way to it.
struct OrderLink {
    label: &'static str,
    href: String,
    current: bool,
}

/// `/{lang}/search?q=…`
pub(crate) async fn search(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let asked = Asked::parse(&reader.query);
    let request = SearchRequest { reader: Some(reader.language), ..asked.request(site.now()) };
    let found = site.search().search(request).await?;
    let mut hits = Vec::with_capacity(found.hits.len());
    for hit in &found.hits {
        hits.push(HitLine::new(&site, &reader, hit).await);
    }
    show_with_script(&SearchPage { hits, ..page(&site, &reader, &asked, &found) }, Policy::Search)
}

/// Everything but the hits.
fn page(site: &Site, reader: &Reader, asked: &Asked, found: &Found) -> SearchPage {
    let locale = reader.locale;
    let to = |asked: &Asked| urls::search(reader.language, &asked.query());
    let page_of = locale.plain(
        "search.page",
        &[("page", &found.page.to_string()), ("last", &found.last_page.to_string())],
    );
    let name = heading(locale, asked);
    let title = if found.page > 1 { format!("{name} · {page_of}") } else { name.clone() };
    let takeaway = Takeaway::new(site, reader, asked);
    let mut c =
        Chrome::new(site, reader, &title).unlisted().seeking().feed(takeaway.feed.clone(), name);
    c.words.clone_from(&asked.words);
    let tags = tags::tags(reader, asked, found, site.now());
    let also = also_searched(reader, asked, found);
    SearchPage {
        c,
        // With one document and no filter there is nothing to choose from.
        shows_filters: found.total > 1 || asked.has_filters(),
        opens_filters: !asked.wrong_dates().is_empty(),
        groups: facets::groups(reader, asked, found),
        from: asked.from.clone(),
        until: asked.until.clone(),
        kept: kept(asked),
        reset: (asked.has_filters() && tags.len() > 1).then(|| to(&asked.without_filters())),
        tags,
        notes: sentences::notes(reader, asked, found),
        did_you_mean: sentences::did_you_mean(reader, asked, found),
        across: across(reader, asked, !also.is_empty()),
        terms: if also.is_empty() { in_other_languages(reader, asked) } else { Vec::new() },
        also,
        nothing: sentences::nothing(reader, asked),
        is_bare: asked.words.is_empty() && !asked.has_filters(),
        ways: if found.hits.is_empty() { ways::ways(reader, asked, found) } else { Vec::new() },
        count: sentences::count(reader, asked, found.total),
        orders: orders(reader, asked, found.total),
        hits: Vec::new(),
        last_page: found.last_page,
        page_of,
        previous: (found.page > 1).then(|| to(&asked.on_page(found.page - 1))),
        next: (found.page < found.last_page).then(|| to(&asked.on_page(found.page + 1))),
        takeaway,
    }
}

fn kept(asked: &Asked) -> Vec<(&'static str, &'static str)> {
    let newest = (asked.order == Order::Newest).then_some(("order", "newest"));
    let only_typed = asked.only_typed.then_some(("across", "off"));
    [newest, only_typed].into_iter().flatten().collect()
}

/// The two orders. Without words all hits match equally, and one hit needs no order.
fn orders(reader: &Reader, asked: &Asked, total: u64) -> Vec<OrderLink> {
    if asked.words.is_empty() || total < 2 {
        return Vec::new();
    }
    let link = |order: Order, label: &'static str| OrderLink {
        label,
        href: urls::search(reader.language, &Asked { order, page: 1, ..asked.clone() }.query()),
        current: asked.order == order,
    };
    vec![
        link(Order::Best, reader.locale.say("search.best")),
        link(Order::Newest, reader.locale.say("search.newest")),
    ]
}

fn across(reader: &Reader, asked: &Asked, is_across: bool) -> Option<(String, &'static str)> {
    let to = |only_typed: bool| {
        let other = Asked { only_typed, page: 1, ..asked.clone() };
        urls::search(reader.language, &other.query())
    };
    if asked.only_typed && !asked.words.is_empty() {
        Some((to(false), reader.locale.say("search.across_on")))
    } else {
        is_across.then(|| (to(true), reader.locale.say("search.across_off")))
    }
}

#[cfg(test)]
mod tests {
    use observatory_model::Language;
    use observatory_model::change::DocumentKey;
    use observatory_model::document::{Class, Kind};
    use observatory_model::marked::{Marked, Piece};
    use observatory_model::search::{
        AlsoSearched, Facets, Hit, Narrowing, Note, Place, Reason, Ways,
    };

    use super::*;
    use crate::locale;
    use crate::testing::{TestSite, now};

    fn key(language: Language) -> DocumentKey {
        let slug = "everywhere".parse().unwrap();
        DocumentKey::Brief { series: observatory_model::Series::FutureVision, slug, language }
    }

    fn marked(text: &str) -> Marked {
        Marked(vec![Piece { text: text.to_owned(), marked: true }])
    }

    fn hit() -> Hit {
        Hit {
            key: key(Language::Fr),
            kind: Kind::Piece(observatory_model::Series::FutureVision),
            language: Some(Language::Fr),
            title: marked("Le titre"),
            passage: marked("Le passage"),
            paragraph: Some(3),
            passage_page: Some(14),
            source: None,
            source_name: "Who".to_owned(),
            date: now(),
            score: 1.0,
            versions: vec![(key(Language::Ar), Some(Language::Ar))],
            why: vec![Reason {
                typed: "cities".to_owned(),
                searched: "villes".to_owned(),
                concept: Some("smart-city".parse().unwrap()),
                language: Some(Language::Fr),
                fields: vec![Place::Title, Place::Body],
            }],
        }
    }

    async fn shown(language: Language, query: &str, found: &Found) -> String {
        let site = TestSite::filled().await;
        let reader = Reader {
            language,
            locale: locale::of(language),
            path: "/search".to_owned(),
            query: query.to_owned(),
        };
        let site = site.site();
        let mut hits = Vec::new();
        for hit in &found.hits {
            hits.push(HitLine::new(&site, &reader, hit).await);
        }
        let page = page(&site, &reader, &Asked::parse(query), found);
        SearchPage { hits, ..page }.render().unwrap()
    }

    #[tokio::test]
    async fn a_hit_tells_its_place_its_versions_and_why() {
        let found =
            Found { total: 1, page: 1, last_page: 1, hits: vec![hit()], ..Found::default() };
        let html = shown(Language::En, "q=cities", &found).await;
        for part in [
            "<a class=num href=\"/fr/future-vision/everywhere#p3\">¶ 3</a>",
            "<a class=num lang=en href=\"/fr/future-vision/everywhere#p3\">p. 14</a>",
            "<p lang=fr dir=ltr><mark>Le passage</mark>",
            "<a href=\"/en/future-vision/everywhere\" lang=en>English</a> · \
             <a href=\"/ar/future-vision/everywhere\" lang=ar>العربية</a>",
            "<bdi>villes</bdi>, the same concept as <bdi>cities</bdi>: title, text · \
             compared as French",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }

    #[tokio::test]
    async fn other_names_are_told_and_can_be_left_out() {
        let also = AlsoSearched {
            typed: "smart cities".to_owned(),
            concept: "smart-city".parse().unwrap(),
            labels: vec![
                (Language::Fr, "ville intelligente".to_owned()),
                (Language::Fr, "villes intelligentes".to_owned()),
            ],
        };
        let found = Found {
            total: 1,
            hits: vec![hit()],
            also: vec![also],
            did_you_mean: Some("smart city".to_owned()),
            ..Found::default()
        };
        let html = shown(Language::En, "q=smart+cities+now&lang=en", &found).await;
        for part in [
            "<a href=\"/en/search?q=ville+intelligente+now\" lang=fr dir=ltr>ville intelligente</a>",
            "<a href=\"/en/search?q=smart+cities+now&#38;lang=en&#38;across=off\">",
            "<a href=\"/en/search?q=smart+city&amp;lang=en\">smart city</a>",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        assert!(!html.contains("villes intelligentes"), "one name of each language");
        let found = Found { total: 1, hits: vec![hit()], ..Found::default() };
        let html = shown(Language::En, "q=smart+cities+now&across=off", &found).await;
        let on = locale::of(Language::En).say("search.across_on");
        assert!(html.contains(&format!("<a href=\"/en/search?q=smart+cities+now\">{on}</a>")));
    }

    #[tokio::test]
    async fn nothing_found_leads_on_with_numbers() {
        let ways = Ways {
            without: vec![(Narrowing::Languages, 14), (Narrowing::Words(5..12), 2)],
            languages: vec![(Some(Language::Ar), 3), (Some(Language::Fr), 0), (None, 9)],
            concept: Some("smart-city".parse().unwrap()),
        };
        let found = Found { ways, notes: vec![Note::UnknownField], ..Found::default() };
        let html = shown(Language::Es, "q=zzzz+kind:up&lang=ru", &found).await;
        for part in [
            "<a href=\"/es/search?q=zzzz+kind%3Aup\">Sin el filtro «Idioma»: 14 resultados</a>",
            "<a href=\"/es/search?q=zzzz&amp;lang=ru\">Sin el filtro «kind:up»: 2 resultados</a>",
            "<a lang=ar href=\"/es/search?q=zzzz+kind%3Aup&amp;lang=ar\">العربية</a></bdi> 3",
            "<a href=\"/es/search?q=ciudad+inteligente\">ciudad inteligente</a>",
            "<a href=\"/es/alerts/new?q=zzzz+kind%3Aup&amp;lang=ru\">",
            locale::of(Language::Es).say("note.unknown-field"),
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }

    #[tokio::test]
    async fn long_filters_are_folded_and_open_where_something_is_chosen() {
        let facets = Facets {
            classes: vec![(Class::Piece, 2), (Class::Entry, 1)],
            topics: (0..9).map(|n| (format!("topic-{n}").parse().unwrap(), 9 - n)).collect(),
            years: (2001..2026).rev().map(|year| (year, 1)).collect(),
            ..Facets::default()
        };
        let found = Found { total: 2, hits: vec![hit()], facets, ..Found::default() };
        let html = shown(Language::Fr, "q=a&year=1999&topic=data", &found).await;
        assert!(html.contains("<details open><summary>Année</summary>"), "{html}");
        assert!(html.contains("<details open><summary>Thème</summary>"));
        assert!(
            html.contains("name=year value=\"1999\" checked> <bdi>1999</bdi> <span class=num>0<")
        );
        assert!(html.contains("<legend>Type</legend>"), "short ones are not folded");
        let html = shown(Language::Fr, "q=a", &found).await;
        assert!(html.contains("<details><summary>Année</summary>"));
    }

    #[tokio::test]
    async fn what_was_understood_can_be_taken_off() {
        let found = Found { total: 2, hits: vec![hit()], ..Found::default() };
        let words = "a lang:ar -title:b since:2025";
        let html = shown(Language::En, "q=a+lang:ar+-title:b+since:2025", &found).await;
        for (label, left) in [
            ("in Arabic", "a+-title%3Ab+since%3A2025"),
            ("without: title: b", "a+lang%3Aar+since%3A2025"),
            ("from 2025", "a+lang%3Aar+-title%3Ab"),
        ] {
            let tag = format!(
                "<a href=\"/en/search?q={left}\" aria-label=\"Remove the filter {label}\">"
            );
            assert!(html.contains(&tag), "{words}: {tag}\n{html}");
        }
        assert_eq!(html.matches("<li class=not>").count(), 1);
    }
}
