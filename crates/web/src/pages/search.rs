//! Search: an answer from all kinds and languages, down to the passage.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::brief::BriefAddress;
use observatory_model::change::DocumentKey;
use observatory_model::search::{Hit, SearchPage as Found};
use observatory_model::{Language, Series, document::Class};

use crate::asked::heading;
use crate::cache::Policy;
use crate::chrome::{Chrome, dir};
use crate::concepts::{Term, in_other_languages};
use crate::error::PageError;
use crate::html::Html;
use crate::locale;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use observatory_model::asked::Asked;

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage {
    c: Chrome,
    shows_filters: bool,
    opens_filters: bool,
    groups: Vec<Group>,
    from: String,
    until: String,
    tags: Vec<Tag>,
    reset: String,
    notes: Vec<String>,
    terms: Vec<Term>,
    nothing: Html,
    is_bare: bool,
    feed: String,
    ways: Vec<Html>,
    count: Html,
    hits: Vec<HitLine>,
    last_page: u32,
    page_of: String,
    previous: Option<String>,
    next: Option<String>,
}

/// A filter with its values.
struct Group {
    title: String,
    name: &'static str,
    options: Vec<FilterOption>,
    others: Option<String>,
}

/// A value of a filter.
struct FilterOption {
    value: String,
    label: String,
    language: Option<Language>,
    count: String,
    chosen: bool,
}

/// A filter that is set, and the way to take it off.
struct Tag {
    label: String,
    language: Option<Language>,
    remove: String,
    href: String,
}

/// A document that matches.
struct HitLine {
    kind: String,
    source: String,
    date: Html,
    language: Option<Language>,
    language_name: &'static str,
    foreign: bool,
    dir: &'static str,
    href: String,
    title: Html,
    passage: Html,
    has_passage: bool,
    paragraph: Option<(String, String)>,
    /// The same piece in the reader's language.
    translated: Option<String>,
}

/// `/{lang}/search?q=…`
pub(crate) async fn search(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let asked = Asked::parse(&reader.query);
    let found = site.search().search(asked.request(site.now())).await?;
    let mut hits = Vec::with_capacity(found.hits.len());
    for hit in &found.hits {
        let translated = translated(&site, &reader, hit).await;
        hits.push(HitLine { translated, ..HitLine::new(&reader, hit) });
    }
    show(&SearchPage { hits, ..page(&site, &reader, &asked, &found) }, Policy::Search)
}

/// Where a piece in another language can be read in the reader's. Searching goes on without the store,
/// so what it cannot say is left out.
async fn translated(site: &Site, reader: &Reader, hit: &Hit) -> Option<String> {
    let DocumentKey::Brief { series, slug, language } = &hit.key else { return None };
    if *language == reader.language {
        return None;
    }
    let address = BriefAddress { series: *series, slug: slug.clone() };
    let versions = site.store().brief_languages(&address, site.now()).await.unwrap_or_default();
    let is_there = versions.iter().any(|(language, _)| *language == reader.language);
    is_there.then(|| urls::brief(reader.language, &address))
}

fn page(site: &Site, reader: &Reader, asked: &Asked, found: &Found) -> SearchPage {
    let locale = reader.locale;
    let to = |asked: &Asked| urls::search(reader.language, &asked.query());
    let page_of = locale.plain(
        "search.page",
        &[("page", &found.page.to_string()), ("last", &found.last_page.to_string())],
    );
    let name = heading(locale, asked);
    let heading = if found.page > 1 { format!("{name} · {page_of}") } else { name.clone() };
    let feed = urls::search_feed(reader.language, &asked.on_page(1).query());
    let mut c = Chrome::new(site, reader, &heading).unlisted().seeking().feed(feed.clone(), name);
    c.words.clone_from(&asked.words);
    let is_bare = asked.words.is_empty() && !asked.has_filters();
    let nothing = match (is_bare, asked.words.is_empty()) {
        (true, _) => Html::text(locale.say("search.empty")),
        (false, true) => Html::text(locale.say("search.none")),
        (false, false) => locale.fill("search.none_for", &[("words", Html::name(&asked.words))]),
    };
    SearchPage {
        c,
        feed,
        // With one document and no filter there is nothing to choose from.
        shows_filters: found.total > 1 || asked.has_filters(),
        opens_filters: !asked.wrong_dates().is_empty(),
        groups: groups(reader, asked, found),
        from: asked.from.clone(),
        until: asked.until.clone(),
        tags: tags(reader, asked, found),
        reset: to(&asked.without_filters()),
        notes: notes(reader, asked, found),
        terms: in_other_languages(reader, asked),
        nothing,
        is_bare,
        ways: ways(reader, asked),
        count: count(reader, asked, found.total),
        hits: Vec::new(),
        last_page: found.last_page,
        page_of,
        previous: (found.page > 1).then(|| to(&asked.on_page(found.page - 1))),
        next: (found.page < found.last_page).then(|| to(&asked.on_page(found.page + 1))),
    }
}

/// How many, and for what.
fn count(reader: &Reader, asked: &Asked, total: u64) -> Html {
    let locale = reader.locale;
    let count = Html::text(&locale.count("results", total));
    if asked.words.is_empty() {
        locale.fill("search.found", &[("count", count)])
    } else {
        locale.fill("search.found_for", &[("count", count), ("words", Html::name(&asked.words))])
    }
}

impl HitLine {
    fn new(reader: &Reader, hit: &Hit) -> Self {
        let href = urls::document(reader.language, &hit.key);
        let label = |number: u32| {
            reader.locale.plain("search.paragraph", &[("number", &number.to_string())])
        };
        Self {
            kind: reader.locale.kind(hit.kind).to_owned(),
            source: hit.source_name.clone(),
            date: reader.locale.date(hit.date),
            language: hit.language,
            language_name: hit.language.map_or("", locale::own_name),
            foreign: hit.language != Some(reader.language),
            dir: dir(hit.language),
            title: Html::marked(&hit.title),
            passage: Html::marked(&hit.passage),
            has_passage: !hit.passage.0.is_empty(),
            paragraph: hit.paragraph.map(|number| (urls::paragraph(&href, number), label(number))),
            href,
            translated: None,
        }
    }
}

fn groups(reader: &Reader, asked: &Asked, found: &Found) -> Vec<Group> {
    let locale = reader.locale;
    let counted = |count: u64| locale.number(count);
    let language = |language: Language| {
        let count = found.facets.languages.iter().find(|(known, _)| *known == Some(language));
        let chosen = asked.languages.contains(&language);
        (count.is_some() || chosen).then(|| FilterOption {
            value: language.code().to_owned(),
            label: locale::own_name(language).to_owned(),
            language: Some(language),
            count: counted(count.map_or(0, |(_, count)| *count)),
            chosen,
        })
    };
    let others = found.facets.languages.iter().find(|(known, count)| known.is_none() && *count > 0);
    let class = |class: Class| {
        let count = found.facets.classes.iter().find(|(known, _)| *known == class);
        let chosen = asked.classes.contains(&class);
        (count.is_some() || chosen).then(|| FilterOption {
            value: class.code().to_owned(),
            label: locale.class(class).to_owned(),
            language: None,
            count: counted(count.map_or(0, |(_, count)| *count)),
            chosen,
        })
    };
    let series = |series: Series| {
        let count = found.facets.series.iter().find(|(known, _)| *known == series);
        let chosen = asked.series.contains(&series);
        (count.is_some() || chosen).then(|| FilterOption {
            value: series.slug().to_owned(),
            label: locale.series(series).to_owned(),
            language: None,
            count: counted(count.map_or(0, |(_, count)| *count)),
            chosen,
        })
    };
    let mut sources: Vec<FilterOption> = found
        .facets
        .sources
        .iter()
        .map(|(slug, name, count)| FilterOption {
            value: slug.to_string(),
            label: name.clone(),
            language: None,
            count: counted(*count),
            chosen: asked.sources.contains(slug),
        })
        .collect();
    for slug in &asked.sources {
        if !found.facets.sources.iter().any(|(known, ..)| known == slug) {
            sources.push(FilterOption {
                value: slug.to_string(),
                label: slug.to_string(),
                language: None,
                count: counted(0),
                chosen: true,
            });
        }
    }
    let group = |title: &str, name, options: Vec<FilterOption>, others| {
        let title = title.to_owned();
        (!options.is_empty()).then_some(Group { title, name, options, others })
    };
    let others =
        others.map(|(_, count)| format!("{} {}", locale.say("language.rest"), counted(*count)));
    let languages = Language::ALL.into_iter().filter_map(language).collect();
    let classes = Class::ALL.into_iter().filter_map(class).collect();
    let series = Series::ALL.into_iter().filter_map(series).collect();
    [
        group(locale.say("search.language"), "lang", languages, others),
        group(locale.say("search.kind"), "kind", classes, None),
        group(locale.say("search.series"), "series", series, None),
        group(locale.say("search.source"), "source", sources, None),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One tag for each value of each filter.
fn tags(reader: &Reader, asked: &Asked, found: &Found) -> Vec<Tag> {
    let locale = reader.locale;
    let tag = |label: String, language: Option<Language>, without: Asked| Tag {
        remove: locale.plain("search.remove", &[("filter", &label)]),
        label,
        language,
        href: urls::search(reader.language, &without.on_page(1).query()),
    };
    let mut tags = Vec::new();
    for language in &asked.languages {
        let mut without = asked.clone();
        without.languages.retain(|other| other != language);
        tags.push(tag(locale::own_name(*language).to_owned(), Some(*language), without));
    }
    for class in &asked.classes {
        let mut without = asked.clone();
        without.classes.retain(|other| other != class);
        tags.push(tag(locale.class(*class).to_owned(), None, without));
    }
    for series in &asked.series {
        let mut without = asked.clone();
        without.series.retain(|other| other != series);
        tags.push(tag(locale.series(*series).to_owned(), None, without));
    }
    for slug in &asked.sources {
        let mut without = asked.clone();
        without.sources.retain(|other| other != slug);
        let known = found.facets.sources.iter().find(|(other, ..)| other == slug);
        let label = known.map_or_else(|| slug.to_string(), |(_, name, _)| name.clone());
        tags.push(tag(label, None, without));
    }
    let day = |written: &str| locale.partial_date(written);
    if !asked.from.is_empty() {
        let label = locale.plain("search.from_tag", &[("date", &day(&asked.from))]);
        tags.push(tag(label, None, Asked { from: String::new(), ..asked.clone() }));
    }
    if !asked.until.is_empty() {
        let label = locale.plain("search.until_tag", &[("date", &day(&asked.until))]);
        tags.push(tag(label, None, Asked { until: String::new(), ..asked.clone() }));
    }
    tags
}

fn notes(reader: &Reader, asked: &Asked, found: &Found) -> Vec<String> {
    let locale = reader.locale;
    let wrong = |date| locale.plain("search.date_wrong", &[("date", date)]);
    let note = |note: &observatory_model::search::Note| {
        use observatory_model::search::Note;
        locale
            .say(match note {
                Note::TooLong => "note.too-long",
                Note::TooManyTerms => "note.too-many-terms",
                Note::PlainWords => "note.plain-words",
                Note::OnlyExclusions => "note.only-exclusions",
                Note::SomeWords => "note.some-words",
                Note::UnknownField => "note.unknown-field",
                Note::ManyPrefixWords => "note.many-prefix-words",
            })
            .to_owned()
    };
    let dates = asked.wrong_dates().into_iter().map(wrong);
    dates.chain(found.notes.iter().map(note)).collect()
}

/// Ways on when nothing was found.
fn ways(reader: &Reader, asked: &Asked) -> Vec<Html> {
    let locale = reader.locale;
    let to = |asked: &Asked| urls::search(reader.language, &asked.query());
    let mut ways = Vec::new();
    if asked.has_filters() {
        ways.push(Html::link(&to(&asked.without_filters()), locale.say("search.try_filters")));
    }
    let words: Vec<&str> = asked.words.split_whitespace().collect();
    if let [fewer @ .., _] = words.as_slice()
        && !fewer.is_empty()
    {
        let fewer = Asked { words: fewer.join(" "), page: 1, ..asked.clone() };
        let text = locale.plain("search.try_fewer", &[("words", &fewer.words)]);
        ways.push(Html::link(&to(&fewer), &text));
    } else {
        ways.push(Html::text(locale.say("search.try_spelling")));
    }
    if !asked.has_filters() {
        ways.push(Html::text(locale.say("search.try_languages")));
    }
    let feed = urls::search_feed(reader.language, &asked.on_page(1).query());
    ways.push(Html::link(&feed, locale.say("search.try_feed")));
    ways.push(Html::link(&urls::home(reader.language), locale.say("search.try_browse")));
    ways
}
