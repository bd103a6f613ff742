//! A page that says what happened and where to go on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::cache::{Policy, answer};
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::HTML;
use crate::reader::Reader;
use crate::state::Site;

#[derive(Template)]
#[template(path = "desk/notice.html")]
struct NoticePage {
    c: Chrome,
    heading: String,
    about: Vec<Html>,
    ways: Vec<Html>,
}

/// What happened, in a heading and sentences.
pub(crate) struct Notice<'a> {
    /// The heading.
    pub(crate) heading: &'a str,
    /// What it means.
    pub(crate) about: Vec<Html>,
    /// Where to go on.
    pub(crate) ways: Vec<Html>,
}

impl Notice<'_> {
    /// The page that says so.
    ///
    /// # Errors
    /// [`PageError::Internal`] when the template fails.
    pub(crate) fn answer(
        self,
        site: &Site,
        reader: &Reader,
        status: StatusCode,
    ) -> Result<Response, PageError> {
        let page = NoticePage {
            c: Chrome::new(site, reader, self.heading).unlisted().desk(),
            heading: self.heading.to_owned(),
            about: self.about,
            ways: self.ways,
        };
        Ok(answer(status, HTML, Policy::Never, page.render()?))
    }
}
