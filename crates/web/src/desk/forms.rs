//! Forms: what was typed, kept as it was typed, and what is wrong with it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

use crate::error::PageError;
use crate::html::Html;
use crate::origin;
use crate::state::Site;

/// The values of a form, in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

/// Reads a form that one of our own pages has sent: [`PageError::Foreign`] when another site has sent it,
/// [`PageError::BadRequest`] when it is longer than any of ours.
impl FromRequest<Site> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Self::Rejection> {
        if !origin::is_own(request.headers(), &site.settings().public_origin) {
            return Err(PageError::Foreign);
        }
        let body = Bytes::from_request(request, site).await.or(Err(PageError::BadRequest))?;
        Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()))
    }
}

impl Form {
    /// The first value of a name; empty where it is missing. Line ends are those of Unix: browsers send
    /// others than scripts do, and the words are the same.
    pub(crate) fn get(&self, name: &str) -> String {
        self.find(name).map(|value| value.replace("\r\n", "\n")).unwrap_or_default()
    }

    /// The same without white space at its ends, as one line.
    pub(crate) fn line(&self, name: &str) -> String {
        self.get(name).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether a name was sent.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// What was sent, for a page that sends it again.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Something that is wrong with a field: where it stands, and what is said of it beside the field and
/// above the form.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    /// The `id` of the field.
    pub(crate) field: String,
    /// What is wrong and how to go on.
    pub(crate) words: Html,
}

/// What is said of a field, among everything that is wrong.
pub(crate) fn of_field<'a>(wrongs: &'a [Wrong], field: &str) -> Option<&'a Html> {
    wrongs.iter().find(|wrong| wrong.field == field).map(|wrong| &wrong.words)
}
