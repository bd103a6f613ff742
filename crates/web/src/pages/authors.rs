//! What somebody has published here, and what was written at an institution. A page is there as soon as
//! something is published, and not before.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Series;
use observatory_model::brief::BriefAddress;
use observatory_model::identifier::{Identifier, Scheme};

use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::html::Html;
use crate::lines::{PieceLine, one_version_each};
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/author.html")]
struct AuthorPage {
    c: Chrome,
    name: String,
    number: Html,
    others: Vec<Html>,
    others_title: String,
    pieces: Vec<PieceLine>,
}

/// `/{lang}/people/{orcid}`
pub(crate) async fn author(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    page(&site, &reader, Scheme::Orcid).await
}

/// `/{lang}/institutions/{ror}`
pub(crate) async fn institution(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    page(&site, &reader, Scheme::Ror).await
}

async fn page(site: &Site, reader: &Reader, scheme: Scheme) -> Result<Response, PageError> {
    let number: String = reader.part(1)?;
    let known = Identifier::parse(&number).filter(|known| known.scheme == scheme);
    // One thing, one address: other ways to write it are none.
    let known = known.filter(|known| known.value == number).ok_or(PageError::NotFound)?;
    let is_person = scheme == Scheme::Orcid;
    let (orcid, ror) = if is_person { (Some(&*number), None) } else { (None, Some(&*number)) };
    let found = site.store().pieces_of(orcid, ror).await?;
    let (_, name, affiliation) = found.first().ok_or(PageError::NotFound)?;
    let t = reader.locale;
    let mut names: Vec<&String> =
        found.iter().map(|(_, name, place)| if is_person { place } else { name }).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    let versions = site.store().briefs(Some(Series::AcademicNetwork), site.now()).await?;
    let all = one_version_each(versions, reader.language);
    let mut pieces = Vec::new();
    let mut told = std::collections::BTreeSet::new();
    for (slug, ..) in &found {
        let address = BriefAddress { series: Series::AcademicNetwork, slug: slug.clone() };
        if told.insert(slug.clone())
            && let Some(piece) = all.iter().find(|piece| piece.address == address)
        {
            pieces.push(PieceLine::new(t, reader.language, piece).in_its_series());
        }
    }
    let heading = if is_person { name } else { affiliation };
    let heading = if heading.is_empty() { &number } else { heading };
    let outside = known.url().unwrap_or_default();
    let page = AuthorPage {
        c: Chrome::new(site, reader, heading)
            .section(reader, Section::Series(Series::AcademicNetwork))
            .feed(
                urls::series_feed(reader.language, Series::AcademicNetwork),
                t.series(Series::AcademicNetwork).to_owned(),
            ),
        name: heading.clone(),
        number: Html::address(&outside),
        others: names.into_iter().map(|name| Html::name(name)).collect(),
        others_title: t.say(if is_person { "author.places" } else { "author.people" }).to_owned(),
        pieces,
    };
    show(&page, Policy::Page)
}
