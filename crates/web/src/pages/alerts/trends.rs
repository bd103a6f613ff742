//! What rises is watched: one trend, a topic, or anything new.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use observatory_model::alert::{About, Chance, Name, TrendWatch};
use observatory_model::asked::Asked;
use observatory_model::radar::standings;
use observatory_model::vocabulary::Vocabulary;
use observatory_model::{Language, Slug};
use observatory_search::glossary;

use crate::cache::{Policy, redirect};
use crate::error::PageError;
use crate::foresight::names::Name as TrendName;
use crate::locale::Locale;
use crate::pages::alerts::{Wanted, ask_for, form};
use crate::questions::Peer;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// `/{lang}/alerts/trends?…`; where nothing is chosen, the list of trends has the form to choose.
pub(crate) async fn new(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    match wanted(&site, &reader).await? {
        Some(wanted) => form(&site, &reader, &wanted),
        None => Ok(redirect(
            StatusCode::SEE_OTHER,
            &urls::follow_trends(reader.language),
            Policy::Never,
        )),
    }
}

/// The form is sent.
pub(crate) async fn ask(
    State(site): State<Site>,
    reader: Reader,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, PageError> {
    let Some(wanted) = wanted(&site, &reader).await? else { return Err(PageError::BadRequest) };
    ask_for(&site, &reader, wanted, peer.map(|Extension(peer)| peer), &headers, body).await
}

async fn wanted(site: &Site, reader: &Reader) -> Result<Option<Wanted>, PageError> {
    let Some(watch) = TrendWatch::parse(&reader.query) else { return Ok(None) };
    let name = name(site, reader, &watch).await?;
    let action = urls::watch_trends(reader.language, &watch);
    Ok(Some(Wanted { asked: Asked::parse(""), trends: Some(watch), name, action }))
}

/// What is watched, in words of its reader.
async fn name(site: &Site, reader: &Reader, watch: &TrendWatch) -> Result<Name, PageError> {
    let (t, language) = (reader.locale, reader.language);
    let mut parts = vec![match &watch.about {
        About::Anything => t.say("alerts.any_trend").to_owned(),
        About::Topic(topic) => {
            t.plain("alerts.topic", &[("name", &topic_name(site, t, language, topic))])
        }
        About::Trend(trend) => {
            t.plain("alerts.trend", &[("name", &trend_name(site, language, trend).await?)])
        }
    }];
    parts.extend(watch.chance.map(|chance| at_most(t, chance)));
    Ok(Name::new(&parts.join(" · ")))
}

/// How much of what is told may come from chance.
pub(crate) fn at_most(t: &Locale, chance: Chance) -> String {
    t.plain("alerts.at_most", &[("percent", &t.tenths(chance.tenths().into()))])
}

/// The name of a concept of the glossary, of a sector, or of a topic of the site.
fn topic_name(site: &Site, t: &Locale, language: Language, topic: &Slug) -> String {
    if site.vocabularies().has(Vocabulary::Sectors, topic) {
        return site.vocabularies().label(Vocabulary::Sectors, topic, language).to_owned();
    }
    let known = glossary().named(topic);
    known.map_or_else(|| t.topic(topic), |concept| concept.preferred(language).to_owned())
}

/// The name of a trend, whether it stands in the present picture or not.
async fn trend_name(site: &Site, language: Language, trend: &Slug) -> Result<String, PageError> {
    let decisions = site.store().decisions(Some(trend)).await?;
    let standing = standings(&decisions).remove(trend).unwrap_or_default();
    let picture = site.picture().await?;
    let found = picture.as_deref().and_then(|picture| picture.finding(trend));
    let Some((_, finding)) = found else {
        let places = site.store().places_of(trend).await?;
        let last = places.into_iter().next().ok_or(PageError::NotFound)?;
        return Ok(last.name);
    };
    Ok(TrendName::of(&finding.names(&standing, glossary()), language).text)
}
