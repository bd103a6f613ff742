//! Who reads: the language and the path of a request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use observatory_model::Language;

use crate::error::PageError;
use crate::language::negotiate;
use crate::locale::{self, Locale};

/// The reader of a page: the language stands in the address.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    /// The language of the page.
    pub(crate) language: Language,
    /// Its sentences.
    pub(crate) locale: &'static Locale,
    /// The path after the language, from its slash on.
    pub(crate) path: String,
    /// The query string, without its question mark; may be empty.
    pub(crate) query: String,
}

impl Reader {
    /// The reader of an address; `None` when it names no language.
    fn of(uri: &Uri) -> Option<Self> {
        let path = uri.path().strip_prefix('/')?;
        let (language, rest) = path.split_once('/').unwrap_or((path, ""));
        let language = language.parse().ok()?;
        let path = format!("/{rest}");
        let query = uri.query().unwrap_or_default().to_owned();
        Some(Self { language, locale: locale::of(language), path, query })
    }

    /// The reader of an address, whatever it is: its language, else the browser's, else English.
    pub(crate) fn guess(uri: &Uri, headers: &HeaderMap) -> Self {
        Self::of(uri).unwrap_or_else(|| {
            let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            let language = negotiate(header).unwrap_or(Language::En);
            Self {
                language,
                locale: locale::of(language),
                path: "/".to_owned(),
                query: String::new(),
            }
        })
    }

    /// The path after the language with its query string.
    pub(crate) fn with_query(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// A part of the path after the language: 0 is the first. Parts are slugs and ids, in which
    /// nothing is ever percent-encoded, so they are read as they stand.
    ///
    /// # Errors
    /// [`PageError::NotFound`] when there is no such part or it is no `T`.
    pub(crate) fn part<T: std::str::FromStr>(&self, index: usize) -> Result<T, PageError> {
        let part = self.path.split('/').nth(index + 1).ok_or(PageError::NotFound)?;
        part.parse().or(Err(PageError::NotFound))
    }

    /// The first value of a parameter of the query string.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Self::of(&parts.uri).ok_or(PageError::NotFound)
    }
}

/// The language that the browser prefers, where the address names none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preferred(pub(crate) Option<Language>);

impl<S: Sync> FromRequestParts<S> for Preferred {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(negotiate(header)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_language() {
        let reader = Reader::of(&"/fr/sources/itu?page=2".parse().unwrap()).unwrap();
        assert_eq!((reader.language, reader.path.as_str()), (Language::Fr, "/sources/itu"));
        assert_eq!(reader.part::<String>(1).unwrap(), "itu");
        assert!(reader.part::<String>(2).is_err());
        assert_eq!(reader.parameter("page").as_deref(), Some("2"));
        assert_eq!(Reader::of(&"/fr".parse().unwrap()).unwrap().path, "/");
        for wrong in ["/", "/de/", "/FR/", "/f%72/"] {
            assert!(Reader::of(&wrong.parse().unwrap()).is_none(), "{wrong}");
        }
    }
}
