//! One trend: whether it is real, what shows it, what would change our mind, what people said.

mod people;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Slug;
use observatory_model::alert::{About, TrendWatch};
use observatory_model::change::DocumentKey;
use observatory_model::decision::Standing;
use observatory_model::document::Document;
use observatory_model::trend::{Finding, Part, Picture};
use observatory_model::vocabulary::Vocabulary;
use observatory_search::glossary;
use observatory_store::Place;

use crate::cache::{Policy, redirect};
use crate::chrome::{Chrome, Section, dir};
use crate::error::PageError;
use crate::foresight::names::Name;
use crate::foresight::table::{self, Row};
use crate::foresight::{chart, words};
use crate::html::Html;
use crate::machine::trends as files;
use crate::pages::show;
use crate::pages::trends::one::people::People;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Documents that are shown as evidence; the feed of the trend has all.
const EVIDENCE: usize = 8;

/// Rows of a table of parts.
const PARTS: usize = 8;

/// Earlier places that are shown.
const PLACES: usize = 6;

/// Characters of a passage around the name.
const PASSAGE: usize = 160;

#[derive(Template)]
#[template(path = "pages/trend.html")]
struct TrendPage {
    c: Chrome,
    trends_href: String,
    name: Html,
    verdict: Html,
    dismissed: Option<(Html, String)>,
    quiet: Option<Html>,
    figures: Option<Figures>,
    people: People,
    places: Vec<Html>,
    follow_href: String,
    beside_href: String,
    search_href: String,
    csv_href: String,
    json_href: String,
    atom_href: String,
}

struct Figures {
    why: Vec<Html>,
    line: Option<Html>,
    rows: Vec<Row>,
    aliases: Vec<String>,
    change: String,
    evidence: Vec<Evidence>,
    neighbours: Vec<(Option<String>, String)>,
    tables: Vec<PartTable>,
}

struct PartTable {
    head: &'static str,
    rows: Vec<(Html, String, String)>,
}

struct Evidence {
    href: String,
    title: String,
    lang: Option<&'static str>,
    dir: &'static str,
    source: String,
    date: Html,
    passage: Option<String>,
}

/// `/{lang}/trends/{slug}`, and with `.csv`, `.json` or `.atom` its figures and its evidence
pub(crate) async fn trend(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let word: String = reader.part(1)?;
    if let Some((word, ending)) = word.split_once('.') {
        let slug = word.parse::<Slug>().or(Err(PageError::NotFound))?;
        return files::of_trend(&site, &reader, &slug, ending).await;
    }
    let slug: Slug = reader.part(1)?;
    let decisions = site.store().decisions(Some(&slug)).await?;
    let standing = Standing::of(&decisions);
    if let Some(into) = &standing.merged_into {
        let target = urls::trend(reader.language, into);
        return Ok(redirect(StatusCode::PERMANENT_REDIRECT, &target, Policy::Moved));
    }
    let picture = site.picture().await?;
    let found = picture.as_deref().and_then(|picture| picture.finding(&slug));
    let places = site.store().places_of(&slug).await?;
    if found.is_none() && places.is_empty() && decisions.is_empty() {
        return Err(PageError::NotFound);
    }
    let (locale, language) = (reader.locale, reader.language);
    let name = name_of(&slug, found.map(|(_, finding)| finding), &standing, &places, &reader);
    let query = search_query(found.map(|(_, finding)| finding), &name);
    let c = Chrome::new(&site, &reader, &name.text)
        .section(&reader, Section::Trends)
        .with_charts()
        .feed(urls::trend_as(language, &slug, "atom"), name.text.clone());
    let stage = words::stage(locale, site.vocabularies(), language, &standing, found);
    let follow = |about| urls::watch_trends(language, &TrendWatch { about, chance: None });
    let page = TrendPage {
        c,
        trends_href: urls::trends(language),
        name: name.html(),
        verdict: Html::text(&people::verdict(&site, &reader, stage, &standing)),
        dismissed: people::dismissed(&reader, &standing),
        quiet: quiet(&reader, found.is_some(), &places),
        figures: match (found, picture.as_deref()) {
            (Some((_, finding)), Some(picture)) => {
                Some(figures(&site, &reader, picture, finding).await?)
            }
            _ => None,
        },
        people: People::of(&site, &reader, &slug, &decisions).await?,
        places: places.iter().take(PLACES).map(|place| place_line(&reader, place)).collect(),
        follow_href: follow(About::Trend(slug.clone())),
        beside_href: follow(About::Topic(slug.clone())),
        search_href: urls::search(language, &query),
        csv_href: urls::trend_as(language, &slug, "csv"),
        json_href: urls::trend_as(language, &slug, "json"),
        atom_href: urls::trend_as(language, &slug, "atom"),
    };
    show(&page, Policy::Page)
}

/// What it is called: as found now, else as it was called when it was last found.
fn name_of(
    slug: &Slug,
    found: Option<&Finding>,
    standing: &Standing,
    places: &[Place],
    reader: &Reader,
) -> Name {
    if let Some(finding) = found {
        return Name::of(&finding.names(standing, glossary()), reader.language);
    }
    if !standing.names.is_empty() {
        return Name::of(&standing.names, reader.language);
    }
    let then = places.first().map_or_else(|| slug.to_string(), |place| place.name.clone());
    Name { text: then, foreign: None }
}

/// The search for everything that names it, as the query of its page.
fn search_query(found: Option<&Finding>, name: &Name) -> String {
    const MOST_NAMES: usize = 6;
    let aliases = found.map_or(&[][..], |finding| finding.aliases.as_slice());
    let own = found.map_or(name.text.as_str(), |finding| finding.name.as_str());
    let names = std::iter::once(own).chain(aliases.iter().map(String::as_str)).take(MOST_NAMES);
    let words = names.map(|name| format!("\"{}\"", name.replace('"', " ")));
    let words = words.collect::<Vec<_>>().join(" OR ");
    url::form_urlencoded::Serializer::new(String::new()).append_pair("q", &words).finish()
}

fn quiet(reader: &Reader, is_found: bool, places: &[Place]) -> Option<Html> {
    let last = places.first().filter(|_| !is_found)?;
    let date = reader.locale.date(last.at.plus_seconds(-1));
    Some(reader.locale.fill("trend.quiet", &[("date", date)]))
}

fn place_line(reader: &Reader, place: &Place) -> Html {
    let date = reader.locale.date(place.at.plus_seconds(-1));
    let rank = Html::text(&reader.locale.number(u64::from(place.rank)));
    reader.locale.fill("trend.place", &[("rank", rank), ("date", date)])
}

async fn figures(
    site: &Site,
    reader: &Reader,
    picture: &Picture,
    finding: &Finding,
) -> Result<Figures, PageError> {
    let (locale, direction) = (reader.locale, reader.language.direction());
    let (_, before) = finding.shares();
    let label = table::label(reader, &finding.counts);
    let neighbours = finding.neighbours.iter().map(|neighbour| {
        let of = neighbour.slug.as_ref().filter(|slug| picture.finding(slug).is_some());
        (of.map(|slug| urls::trend(reader.language, slug)), neighbour.name.clone())
    });
    Ok(Figures {
        why: words::why(locale, finding, picture.step),
        line: chart::line(&finding.counts, direction, Some(&label)),
        rows: table::rows(reader, &finding.counts),
        aliases: finding.aliases.clone(),
        change: locale.plain("trend.change_text", &[("share", &words::percent(locale, before))]),
        evidence: evidence(site, reader, finding).await?,
        neighbours: neighbours.collect(),
        tables: tables(site, reader, finding, &source_names(site, finding).await?),
    })
}

/// What the sources are called that are still there, by their words in addresses.
async fn source_names(
    site: &Site,
    finding: &Finding,
) -> Result<BTreeMap<String, String>, PageError> {
    let mut names = BTreeMap::new();
    for part in finding.sources.iter().take(PARTS) {
        let Ok(slug) = part.name.parse::<Slug>() else { continue };
        if let Some(source) = site.store().source_by_slug(&slug).await? {
            names.insert(part.name.clone(), source.name);
        }
    }
    Ok(names)
}

fn tables(
    site: &Site,
    reader: &Reader,
    finding: &Finding,
    sources: &BTreeMap<String, String>,
) -> Vec<PartTable> {
    let locale = reader.locale;
    let of = |head: &'static str, parts: &[Part], name: &dyn Fn(&Part) -> Html| {
        let number = |number: u32| locale.number(u64::from(number));
        let row = |part: &Part| (name(part), number(part.recent), number(part.before));
        let rows = parts.iter().take(PARTS).map(row).collect::<Vec<_>>();
        PartTable { head: locale.sentence(head), rows }
    };
    let source = |part: &Part| match (part.name.parse::<Slug>(), sources.get(&part.name)) {
        (Ok(slug), Some(name)) => {
            Html::link_to_name(&urls::source(reader.language, &slug), &Html::name(name))
        }
        _ => Html::name(&part.name),
    };
    let region = |part: &Part| match part.name.parse::<Slug>() {
        Ok(word) => {
            Html::text(site.vocabularies().label(Vocabulary::Regions, &word, reader.language))
        }
        Err(_) => Html::text(locale.sentence("trend.no_region")),
    };
    let tables = [
        of("trend.by_source", &finding.sources, &source),
        of("trend.by_institution", &finding.institutions, &|part| Html::name(&part.name)),
        of("trend.by_language", &finding.languages, &|part| Html::text(locale.tag(&part.name))),
        of("trend.by_region", &finding.regions, &region),
    ];
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

/// The documents that show it and that the public may read now, each with the passage where it stands.
async fn evidence(
    site: &Site,
    reader: &Reader,
    finding: &Finding,
) -> Result<Vec<Evidence>, PageError> {
    let shown = finding.evidence.iter().take(EVIDENCE);
    let keys = shown.filter_map(|shown| shown.document.parse().ok()).collect::<Vec<DocumentKey>>();
    let documents = site.store().documents(&keys, site.now()).await?;
    let in_order = keys.iter().filter_map(|key| documents.iter().find(|one| one.key == *key));
    let names = finding.evidence.iter().map(|shown| (&shown.document, &shown.name));
    let names = names.collect::<BTreeMap<_, _>>();
    let line = |document: &Document| {
        let key = document.key.to_string();
        let name = names.get(&key).map(|name| name.as_str()).unwrap_or_default();
        Evidence {
            href: urls::document(reader.language, &document.key),
            title: document.title.clone(),
            lang: document.language.map(observatory_model::Language::code),
            dir: dir(document.language),
            source: document.source_name.clone(),
            date: reader.locale.date(document.date),
            passage: passage(document, name),
        }
    };
    Ok(in_order.map(line).collect())
}

/// The words around the place where `name` stands in the text; `None` where only the title has it.
fn passage(document: &Document, name: &str) -> Option<String> {
    let first = name.split_whitespace().next()?.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&name.to_lowercase());
    let texts = || document.passages.iter().map(|passage| passage.text.as_str());
    let text = texts().find(|text| has(text)).or_else(|| {
        texts().find(|text| !first.is_empty() && text.to_lowercase().contains(&first))
    })?;
    let wanted = if has(text) { name.to_lowercase() } else { first };
    Some(around(text, &wanted))
}

/// At most [`PASSAGE`] characters around the first place where `wanted` stands in `text`.
fn around(text: &str, wanted: &str) -> String {
    let lower = text.to_lowercase();
    let before =
        lower.find(wanted).map_or(0, |byte| lower.get(..byte).unwrap_or_default().chars().count());
    let start = before.saturating_sub(PASSAGE / 3);
    let middle = text.chars().skip(start).take(PASSAGE).collect::<String>();
    // A word that was cut at the beginning is left out; scripts without spaces have none to look for.
    let whole = match middle.split_once(' ') {
        Some((cut, rest)) if start > 0 && cut.chars().count() < 20 => rest,
        _ => middle.as_str(),
    };
    let cut = text.chars().count() > start + PASSAGE;
    let (head, tail) = (if start > 0 { "… " } else { "" }, if cut { "…" } else { "" });
    format!("{head}{}{tail}", whole.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_is_what_stands_around_the_name() {
        let text = format!("{} The MESH networks grew. {}", "word ".repeat(60), "more ".repeat(60));
        let shown = around(&text, "mesh networks");
        assert!(shown.contains("MESH networks grew") && shown.starts_with("… "), "{shown}");
        assert!(shown.chars().count() <= PASSAGE + 4);
        let chinese = "第一句话。".repeat(40) + "智慧城市正在增长。";
        assert!(around(&chinese, "智慧城市").contains("智慧城市"));
        assert_eq!(around("short", "absent"), "short");
    }
}
