//! Trends and radars as files: for people who count again, and for programs.

use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use observatory_model::alert::{About, TrendWatch};
use observatory_model::change::DocumentKey;
use observatory_model::decision::Standing;
use observatory_model::trend::{Finding, List};
use observatory_model::{Slug, Timestamp};
use observatory_publish::{FeedHead, FeedItem, atom, csv};
use observatory_search::glossary;
use serde_json::json;

use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::foresight::names::Name;
use crate::foresight::picture::MOST_DOTS;
use crate::foresight::{chart, words};
use crate::pages::trends::Seen;
use crate::pages::trends::radar::filter::Filter;
use crate::pages::trends::radar::{Shown, picture_of, with_page};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The content type of a table.
pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";
const JSON: &str = "application/json";
const ATOM: &str = "application/atom+xml; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// `/{lang}/trends.csv`, `.json`, `.atom`; with `?chance=1` only findings of which at most one in a
/// hundred is expected to come from chance, with `?topic=` those that have to do with it
pub(crate) async fn of_all(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let ending = reader.path.rsplit_once('.').map_or("", |(_, ending)| ending).to_owned();
    let seen = Seen::of(&site).await?;
    let sight = seen.sight(&site);
    // What is no number asks for everything.
    let chance = reader.parameter("chance").and_then(|most| most.parse::<f64>().ok());
    let chance = chance.filter(|most| most.is_finite()).unwrap_or(100.0);
    let topic = reader.parameter("topic").and_then(|topic| topic.parse::<Slug>().ok());
    let about = topic.map_or(About::Anything, About::Topic);
    let watch = TrendWatch { about, chance: None };
    let listed = List::ALL
        .into_iter()
        .flat_map(|list| sight.listed(list).into_iter().map(move |finding| (list, finding)))
        .filter(|(_, finding)| watch.holds(finding, &sight.standing(&finding.slug)))
        .filter(|(_, finding)| finding.false_alarms * 100.0 <= chance)
        .collect::<Vec<_>>();
    match ending.as_str() {
        "csv" => {
            let rows = listed.iter().map(|(list, one)| row(*list, one, &sight.standing(&one.slug)));
            Ok(file(CSV, "trends.csv", csv(COLUMNS, rows)))
        }
        "json" => {
            let picture = seen.picture.as_deref();
            // Its evidence stands with each trend, where it is held against what is public now.
            let shown = |(list, one): &(List, &Finding)| {
                let figures = Finding { evidence: Vec::new(), ..(*one).clone() };
                json!({"list": list, "finding": figures})
            };
            let body = json!({
                "schema": "observatory.trends/1",
                "at": picture.map(|picture| picture.at),
                "step": picture.map(|picture| picture.step),
                "documents": picture.map(|picture| picture.documents),
                "sources": picture.map(|picture| picture.sources),
                "tested": picture.map(|picture| picture.tested),
                "lack": picture.and_then(|picture| picture.lack),
                "listed": listed.iter().map(shown).collect::<Vec<_>>(),
            });
            Ok(answer(StatusCode::OK, JSON, Policy::Page, body.to_string()))
        }
        _ => feed_of_all(&site, &reader, &seen, &listed).await,
    }
}

const COLUMNS: [&str; 14] = [
    "list",
    "rank",
    "slug",
    "name",
    "concept",
    "growth",
    "growth_low",
    "growth_high",
    "z",
    "false_alarms",
    "breadth",
    "first_seen",
    "rising_since",
    "stage",
];

fn row(list: List, finding: &Finding, standing: &Standing) -> [String; COLUMNS.len()] {
    let suggested = finding.suggested_stage(list);
    let number = |value: f64| format!("{value:.4}");
    [
        if list == List::Trends { "trends" } else { "signals" }.to_owned(),
        finding.rank.to_string(),
        finding.slug.to_string(),
        finding.name.clone(),
        finding.concept.as_ref().map(ToString::to_string).unwrap_or_default(),
        number(finding.growth),
        number(finding.growth_between.0),
        number(finding.growth_between.1),
        number(finding.z),
        number(finding.false_alarms),
        number(finding.breadth),
        finding.first_seen.rfc3339(),
        finding.rising_since.rfc3339(),
        standing.stage.as_ref().map_or(suggested, Slug::as_str).to_owned(),
    ]
}

/// What was newly found, the latest first: a trend comes into the feed once.
async fn feed_of_all(
    site: &Site,
    reader: &Reader,
    seen: &Seen,
    listed: &[(List, &Finding)],
) -> Result<Response, PageError> {
    let locale = reader.locale;
    let mut items = Vec::new();
    let firsts = site.store().all_first_listed().await?;
    let step = seen.picture.as_deref().map(|picture| picture.step);
    for (_, finding) in listed {
        let standing = seen.standings.get(&finding.slug).cloned().unwrap_or_default();
        let name = Name::of(&finding.names(&standing, glossary()), reader.language);
        let first = firsts.get(&finding.slug).copied().unwrap_or(Timestamp::EPOCH);
        let url = site.absolute(&urls::trend(reader.language, &finding.slug));
        let why = step.map(|step| words::why(locale, finding, step)).unwrap_or_default();
        items.push(FeedItem {
            id: url.clone(),
            url,
            title: name.text,
            summary: String::new(),
            html: Some(locale.sentences(&why).to_string()),
            published: first,
            updated: first,
            authors: vec![locale.say("site.name").to_owned()],
            language: name.foreign.or(Some(reader.language)),
            alternates: Vec::new(),
        });
    }
    items.sort_by(|one, other| other.published.cmp(&one.published).then(one.id.cmp(&other.id)));
    let own = site.absolute(&urls::trends_as(reader.language, "atom"));
    let head = FeedHead {
        title: title(reader, locale.say("trends.title")),
        subtitle: locale.say("trends.about").to_owned(),
        id: own.clone(),
        self_url: own,
        html_url: site.absolute(&urls::trends(reader.language)),
        language: reader.language,
        updated: items.first().map_or(Timestamp::EPOCH, |item| item.published),
    };
    Ok(answer(StatusCode::OK, ATOM, Policy::Feed, atom(&head, &items)))
}

fn title(reader: &Reader, heading: &str) -> String {
    let site = reader.locale.say("site.name");
    reader.locale.plain("site.titled", &[("title", heading), ("site", site)])
}

/// `/{lang}/trends/{slug}.csv`, `.json`, `.atom`
///
/// # Errors
/// [`PageError::NotFound`] when there is no such trend or ending; those of the store.
pub(crate) async fn of_trend(
    site: &Site,
    reader: &Reader,
    slug: &Slug,
    ending: &str,
) -> Result<Response, PageError> {
    let picture = site.picture().await?;
    let found = picture.as_deref().and_then(|picture| picture.finding(slug));
    let decisions = site.store().decisions(Some(slug)).await?;
    let places = site.store().places_of(slug).await?;
    if found.is_none() && places.is_empty() && decisions.is_empty() {
        return Err(PageError::NotFound);
    }
    let finding = found.map(|(_, finding)| finding);
    match ending {
        "csv" => {
            let counts = finding.map_or(&[][..], |finding| finding.counts.as_slice());
            let rows = counts.iter().map(|count| {
                let share = format!("{:.6}", chart::share(count));
                [count.from.rfc3339(), count.with.to_string(), count.all.to_string(), share]
            });
            Ok(file(CSV, "trend.csv", csv(["from", "with", "all", "share"], rows)))
        }
        "json" => {
            let body = json!({
                "schema": "observatory.trend/1",
                "slug": slug,
                "list": found.map(|(list, _)| list),
                "step": picture.as_deref().map(|picture| picture.step),
                "finding": public(site, finding).await?,
                "decisions": decisions,
                "ratings": site.store().ratings(Some(slug)).await?,
                "outcomes": site.store().outcomes(Some(slug)).await?.values().collect::<Vec<_>>(),
            });
            Ok(answer(StatusCode::OK, JSON, Policy::Page, body.to_string()))
        }
        "atom" => feed_of_evidence(site, reader, slug, finding, &Standing::of(&decisions)).await,
        _ => Err(PageError::NotFound),
    }
}

/// A finding with the evidence that the public may read now: since it was found, a document may have
/// been held back or taken away.
async fn public(site: &Site, finding: Option<&Finding>) -> Result<Option<Finding>, PageError> {
    let Some(finding) = finding else { return Ok(None) };
    let keys = finding.evidence.iter().filter_map(|one| one.document.parse().ok());
    let documents = site.store().documents(&keys.collect::<Vec<_>>(), site.now()).await?;
    let keys = documents.iter().map(|document| document.key.to_string());
    let keys = keys.collect::<std::collections::BTreeSet<_>>();
    let mut finding = finding.clone();
    finding.evidence.retain(|one| keys.contains(&one.document));
    Ok(Some(finding))
}

/// The documents that show a trend, the newest first: who follows it sees each new one once.
async fn feed_of_evidence(
    site: &Site,
    reader: &Reader,
    slug: &Slug,
    finding: Option<&Finding>,
    standing: &Standing,
) -> Result<Response, PageError> {
    let shown = finding.map_or(&[][..], |finding| finding.evidence.as_slice());
    let keys =
        shown.iter().filter_map(|one| one.document.parse().ok()).collect::<Vec<DocumentKey>>();
    let mut documents = site.store().documents(&keys, site.now()).await?;
    documents.sort_by(|one, other| other.date.cmp(&one.date).then(one.key.cmp(&other.key)));
    let item = |document: &observatory_model::document::Document| {
        let url = site.absolute(&urls::document(reader.language, &document.key));
        FeedItem {
            id: url.clone(),
            url,
            title: document.title.clone(),
            summary: document.summary.clone(),
            html: None,
            published: document.date,
            updated: document.date,
            authors: vec![document.source_name.clone()],
            language: document.language,
            alternates: Vec::new(),
        }
    };
    let items = documents.iter().map(item).collect::<Vec<_>>();
    let name = finding.map_or_else(
        || slug.to_string(),
        |finding| Name::of(&finding.names(standing, glossary()), reader.language).text,
    );
    let chance = finding.map(|finding| words::chance(reader.locale, finding).to_string());
    let own = site.absolute(&urls::trend_as(reader.language, slug, "atom"));
    let head = FeedHead {
        title: title(reader, &name),
        subtitle: chance.unwrap_or_default(),
        id: own.clone(),
        self_url: own,
        html_url: site.absolute(&urls::trend(reader.language, slug)),
        language: reader.language,
        updated: items.first().map_or(Timestamp::EPOCH, |item| item.published),
    };
    Ok(answer(StatusCode::OK, ATOM, Policy::Feed, atom(&head, &items)))
}

/// `/{lang}/radar.svg`, `.csv`, `.json`
pub(crate) async fn of_present_radar(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let ending = reader.path.rsplit_once('.').map_or("", |(_, ending)| ending).to_owned();
    of_radar(&site, &reader, None, &ending).await
}

/// A radar as a file.
///
/// # Errors
/// [`PageError::NotFound`] when there is no such edition, ending or picture; those of the store.
pub(crate) async fn of_radar(
    site: &Site,
    reader: &Reader,
    name: Option<Slug>,
    ending: &str,
) -> Result<Response, PageError> {
    let mut shown = Shown::of(site, name).await?;
    shown.narrow(&Filter::read(reader, &shown.edition));
    match ending {
        "svg" => {
            let origin = site.absolute("");
            let linked = with_page(site, shown.edition.blips.iter().take(MOST_DOTS)).await?;
            let svg = picture_of(&shown, &linked, reader, Some(&origin));
            let svg = svg.ok_or(PageError::NotFound)?;
            Ok(answer(StatusCode::OK, SVG, Policy::Page, svg))
        }
        "csv" => {
            let rows = (1..).zip(&shown.edition.blips).map(|(number, blip): (usize, _)| {
                let name = Name::of(&blip.names, reader.language).text;
                let is_new = shown.moved(blip) == "radar.new";
                let growth = blip.growth.map(|growth| format!("{growth:.4}")).unwrap_or_default();
                [
                    name,
                    blip.ring.to_string(),
                    blip.sector.to_string(),
                    if is_new { "TRUE" } else { "FALSE" }.to_owned(),
                    blip.note.clone(),
                    number.to_string(),
                    blip.trend.to_string(),
                    growth,
                ]
            });
            // The first five are those that other radars read.
            let columns =
                ["name", "ring", "quadrant", "isNew", "description", "number", "trend", "growth"];
            Ok(file(CSV, "radar.csv", csv(columns, rows)))
        }
        "json" => {
            let body = serde_json::to_string(&shown.edition)
                .map_err(|error| PageError::Internal(error.to_string()))?;
            Ok(answer(StatusCode::OK, JSON, Policy::Page, body))
        }
        _ => Err(PageError::NotFound),
    }
}

/// A table that a browser saves under this name.
pub(crate) fn file(content_type: &'static str, name: &'static str, body: String) -> Response {
    let mut response = answer(StatusCode::OK, content_type, Policy::Page, body);
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    response
}
