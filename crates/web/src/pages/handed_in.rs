//! Pieces that were handed in: the newest at the address of the piece, every version at one of its own
//! for good, their references and files, and what stands in the place of one that was taken back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Series;
use observatory_model::brief::{Brief, BriefAddress};
use observatory_model::credit::{Credit, Tombstone};
use observatory_publish::{bibtex, csl_json, ris};

use crate::cache::{Policy, answer};
use crate::credit;
use crate::desk::file::send;
use crate::desk::notice::Notice;
use crate::error::PageError;
use crate::html::Html;
use crate::machine::texts;
use crate::pages::brief::show_handed_in;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The page of a piece that was handed in.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn show(
    site: &Site,
    reader: &Reader,
    piece: Brief,
    credit: &Credit,
    bar: Option<Html>,
) -> Result<Response, PageError> {
    let credited = credit::of(site, reader, &piece, credit).await?;
    let tags = credit::tags(site, reader.locale, &piece, credit);
    show_handed_in(site, reader, piece, credited, tags, bar).await
}

/// `/{lang}/{series}/{slug}/v1`, with `.bib`, `.ris` or `.csl.json` its reference; and `…/file`.
pub(crate) async fn version(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let address = BriefAddress { series: reader.part(0)?, slug: reader.part(1)? };
    if address.series != Series::AcademicNetwork || reader.part::<String>(3).is_ok() {
        return Err(PageError::NotFound);
    }
    let versions = site.store().piece_versions(&address.slug).await?;
    let newest = versions.first().ok_or(PageError::NotFound)?.version;
    let word: String = reader.part(2)?;
    if word == "file" {
        let known = site.store().piece_version(&address.slug, newest).await?;
        let Some((_, credit)) = known.filter(|(piece, _)| piece.language == reader.language) else {
            return gone(&site, &reader, &address).await;
        };
        let attachment = credit.attachment.ok_or(PageError::NotFound)?;
        return send(&site, &attachment).await;
    }
    let (name, form) =
        word.split_once('.').map_or((&*word, None), |(name, form)| (name, Some(form)));
    let number: u32 =
        name.strip_prefix('v').and_then(|n| n.parse().ok()).ok_or(PageError::NotFound)?;
    // One version, one address: v01 is none.
    if name != format!("v{number}") {
        return Err(PageError::NotFound);
    }
    let known = site.store().piece_version(&address.slug, number).await?;
    let Some((piece, credit)) = known.filter(|(piece, _)| piece.language == reader.language) else {
        return gone(&site, &reader, &address).await;
    };
    if let Some(form) = form {
        let cited = credit::work(&site, reader.locale, &piece, &credit);
        let (kind, text) = match form {
            "bib" => (texts::BIBTEX, bibtex(&cited)),
            "ris" => ("application/x-research-info-systems; charset=utf-8", ris(&cited)),
            "csl.json" => ("application/vnd.citationstyles.csl+json", csl_json(&cited)),
            _ => return Err(PageError::NotFound),
        };
        return Ok(answer(StatusCode::OK, kind, Policy::Page, text));
    }
    let t = reader.locale;
    let values =
        [("version", Html::text(&number.to_string())), ("newest", Html::text(&newest.to_string()))];
    let newest_href = urls::brief(reader.language, &piece.address);
    let bar = if number < newest {
        let way = Html::link(&newest_href, t.say("credit.newest"));
        Some(t.sentences(&[t.fill("credit.older", &values), way]))
    } else {
        None
    };
    show(&site, &reader, piece, &credit, bar).await
}

/// What stands at the address of a piece that is not there: of one that was handed in and taken back,
/// who did it, why, and what to read instead.
///
/// # Errors
/// [`PageError::Gone`], [`PageError::NotFound`]; when the store does not answer.
pub(crate) async fn gone(
    site: &Site,
    reader: &Reader,
    address: &BriefAddress,
) -> Result<Response, PageError> {
    let is_ours = address.series == Series::AcademicNetwork;
    let tomb = if is_ours { site.store().tombstone(&address.slug).await? } else { None };
    let Some(tomb) = tomb else {
        let gone = site.store().withdrawn(address).await?;
        return Err(if gone { PageError::Gone } else { PageError::NotFound });
    };
    let t = reader.locale;
    let by = match tomb.by.as_str() {
        Tombstone::EDITORS => Html::text(t.say("tomb.by_editors")),
        name => Html::name(name),
    };
    let values = [("title", Html::name(&tomb.title)), ("by", by), ("date", t.date(tomb.at))];
    let about = vec![t.fill("tomb.about", &values), Html::name(&tomb.reason)];
    let mut ways =
        vec![Html::link(&urls::series(reader.language, address.series), t.series(address.series))];
    if let Some(instead) = elsewhere(&tomb.instead) {
        ways.insert(0, Html::link(&instead, t.say("tomb.instead")));
    }
    let notice = Notice { heading: t.say("gone.title"), about, ways };
    notice.answer(site, reader, StatusCode::GONE)
}

/// Where readers go on: a path of this site, or an address of another.
fn elsewhere(instead: &str) -> Option<String> {
    let is_path = instead.starts_with('/')
        && !instead.starts_with("//")
        && instead.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path {
        return Some(instead.to_owned());
    }
    let address = instead.parse::<observatory_model::WebAddress>().ok()?;
    Some(address.as_str().to_owned())
}
