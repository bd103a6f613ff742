//! One file per page, with a struct that its template is checked against.

pub(crate) mod about;
pub(crate) mod alerts;
pub(crate) mod api;
pub(crate) mod authors;
pub(crate) mod brief;
pub(crate) mod choice;
pub(crate) mod entry;
pub(crate) mod failed;
pub(crate) mod handed_in;
pub(crate) mod home;
pub(crate) mod missing;
pub(crate) mod paper;
pub(crate) mod related;
pub(crate) mod search;
pub(crate) mod series;
pub(crate) mod source;
pub(crate) mod sources;
pub(crate) mod trends;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::assets::Scripts;
use crate::cache::{Policy, answer};
use crate::error::PageError;

/// The content type of every page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// A page as an answer.
///
/// # Errors
/// [`PageError::Internal`] when the template fails, which it does not on text in memory.
pub(crate) fn show(page: &impl Template, policy: Policy) -> Result<Response, PageError> {
    Ok(answer(StatusCode::OK, HTML, policy, page.render()?))
}

/// A page that loads this site's script, which its policy has to allow.
///
/// # Errors
/// Those of [`show`].
pub(crate) fn show_with_script(
    page: &impl Template,
    policy: Policy,
) -> Result<Response, PageError> {
    let mut response = show(page, policy)?;
    response.extensions_mut().insert(Scripts::Own);
    Ok(response)
}
