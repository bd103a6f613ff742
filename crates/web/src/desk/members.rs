//! What is for members: their list behind sign-in, and a piece at the address that it has for nobody else.
//!
//! Who is no member is answered before anything is looked up, as for an address at which there is
//! nothing: neither words nor the time they take tell the two apart.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::brief::{Brief, BriefAddress};
use observatory_model::rights::Office;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::lines::{PieceLine, one_version_each};
use crate::pages::brief::show_to_members;
use crate::pages::{missing, show};
use crate::reader::Reader;
use crate::state::Site;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "desk/members.html")]
struct MembersPage {
    c: Chrome,
    pieces: Vec<PieceLine>,
}

/// `/{lang}/desk/members`
pub(crate) async fn members(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    visitor.in_office(Office::ReadMembers)?;
    let (t, language) = (reader.locale, reader.language);
    let versions = site.store().members_briefs(site.now()).await?;
    let line = |piece| PieceLine { level: 2, ..PieceLine::new(t, language, piece) };
    let page = MembersPage {
        pieces: one_version_each(versions, language).iter().map(line).collect(),
        c: Chrome::new(&site, &reader, t.say("members.title")).unlisted(),
    };
    show(&page, Policy::Members)
}

/// The page of a piece for members, for one of them; `None` for everybody else, whatever is there.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn piece(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
    address: &BriefAddress,
) -> Result<Option<Response>, PageError> {
    if !visitor.holds(Office::ReadMembers) {
        return Ok(None);
    }
    let now = site.now();
    let versions = site.store().members_brief_languages(address, now).await?;
    match site.store().members_brief(address, reader.language, now).await? {
        Some(piece) => show_to_members(site, reader, piece, &versions).await.map(Some),
        None if versions.is_empty() => Ok(None),
        None => missing::missing(site, reader, address, versions).await.map(Some),
    }
}

/// The words of such a piece, for the other forms of its page.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn text(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
    address: &BriefAddress,
) -> Result<Option<Brief>, PageError> {
    if !visitor.holds(Office::ReadMembers) {
        return Ok(None);
    }
    Ok(site.store().members_brief(address, reader.language, site.now()).await?)
}
