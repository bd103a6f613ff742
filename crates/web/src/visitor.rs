//! Who is asking: the session behind the cookie, and what its owner may see.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::response::Response;
use observatory_model::alert::Token;
use observatory_model::person::{Person, Roles, Strength};
use observatory_model::rights::{Action, Office, Whose, may};
use observatory_model::submission::Submission;
use observatory_model::{SubmissionId, Timestamp};
use observatory_store::Session;

use crate::error::PageError;
use crate::reader::Reader;
use crate::state::Site;

/// The one cookie of the site. Its prefix has browsers refuse it from elsewhere, without encryption, or
/// for a part of the site (RFC 6265bis §4.1.3.2).
const COOKIE_NAME: &str = "__Host-session";

/// Seconds for which a browser keeps the word; the store ends the session earlier where it has to.
const COOKIE_SECONDS: i64 = 30 * 24 * 3600;

/// Whoever asks for a page behind sign-in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    session: Option<Session>,
}

impl Visitor {
    /// The session, however strong.
    pub(crate) const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The person, when they have proved all that their roles ask for.
    pub(crate) fn person(&self) -> Option<&Person> {
        let session = self.session.as_ref()?;
        session.person.as_ref().filter(|_| session.strength == Strength::Full)
    }

    /// The person, or the way to become one.
    ///
    /// # Errors
    /// [`PageError::SignIn`], [`PageError::SecondFactor`].
    pub(crate) fn signed_in(&self) -> Result<(&Person, &Session), PageError> {
        match self.session.as_ref() {
            Some(session) => match (&session.person, session.strength) {
                (Some(person), Strength::Full) => Ok((person, session)),
                (Some(_), _) => Err(PageError::SecondFactor),
                (None, _) => Err(PageError::SignIn),
            },
            None => Err(PageError::SignIn),
        }
    }

    /// The person, when their roles let them do this. Nobody learns what is there for others.
    ///
    /// # Errors
    /// As [`Self::signed_in`]; [`PageError::NotFound`].
    pub(crate) fn in_office(&self, office: Office) -> Result<&Person, PageError> {
        let (person, _) = self.signed_in()?;
        if office.may(&person.roles) { Ok(person) } else { Err(PageError::NotFound) }
    }

    /// Whether this is somebody whose roles let them do this.
    pub(crate) fn holds(&self, office: Office) -> bool {
        self.person().is_some_and(|person| office.may(&person.roles))
    }

    /// Whose a submission is, as this visitor sees it.
    fn whose(&self, submission: &Submission) -> Whose {
        let owned = match (self.person(), submission.owner) {
            (Some(person), Some(owner)) => person.id == owner,
            _ => false,
        };
        if owned || self.began(submission.id) && submission.owner.is_none() {
            Whose::Own
        } else {
            Whose::Other
        }
    }

    /// Whether this is the guest who began the draft.
    fn began(&self, id: SubmissionId) -> bool {
        self.session.as_ref().is_some_and(|session| {
            session.strength == Strength::Guest && session.submission == Some(id)
        })
    }

    /// Whether this visitor may do this with a submission.
    pub(crate) fn may(&self, submission: &Submission, action: Action) -> bool {
        // A guest has not shown that the address is theirs: nothing leaves in their name.
        if self.person().is_none() && action == Action::Send {
            return false;
        }
        let nobody = Roles::default();
        let roles = self.person().map_or(&nobody, |person| &person.roles);
        may(roles, self.whose(submission), submission.stage, action)
    }

    /// The submission that the address names; whoever has no session is not told whether it names one.
    ///
    /// # Errors
    /// [`PageError::SignIn`], [`PageError::NotFound`].
    fn named(&self, reader: &Reader) -> Result<SubmissionId, PageError> {
        if self.session.is_none() { Err(PageError::SignIn) } else { reader.part(2) }
    }

    /// The submission that the address names, when this visitor may do this with it; the same answer for
    /// one that is not there and one that is not theirs.
    ///
    /// # Errors
    /// [`PageError::NotFound`]; for whoever has no session, [`PageError::SignIn`];
    /// [`PageError::SecondFactor`].
    pub(crate) async fn submission(
        &self,
        site: &Site,
        reader: &Reader,
        action: Action,
    ) -> Result<Submission, PageError> {
        let id = self.named(reader)?;
        if self.session.as_ref().is_some_and(|session| session.strength == Strength::Half) {
            return Err(PageError::SecondFactor);
        }
        let found = site.store().submission(id).await?;
        found.filter(|found| self.may(found, action)).ok_or(PageError::NotFound)
    }

    /// The submission, when it is this visitor's own, whatever has become of it: words that were typed
    /// into its form are kept beside it even when nobody may change it any more.
    ///
    /// # Errors
    /// As [`Self::submission`].
    pub(crate) async fn own(&self, site: &Site, reader: &Reader) -> Result<Submission, PageError> {
        let found = self.submission(site, reader, Action::Read).await?;
        if self.whose(&found) == Whose::Own { Ok(found) } else { Err(PageError::NotFound) }
    }

    /// By what the log names whoever does something with a submission.
    pub(crate) fn who(&self, submission: &Submission) -> String {
        self.person().map_or(submission.mail.as_str(), |person| person.mail.as_str()).to_owned()
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let Some(token) = token_of(&parts.headers) else { return Ok(Self::default()) };
        Ok(Self { session: site.store().session(token, site.now()).await? })
    }
}

/// Whether a request carries the word of a session, good or not.
pub(crate) fn has_session(headers: &HeaderMap) -> bool {
    token_of(headers).is_some()
}

/// The word in the cookie.
fn token_of(headers: &HeaderMap) -> Option<Token> {
    cookie_of(headers, COOKIE_NAME)?.parse().ok()
}

/// The value of a cookie.
pub(crate) fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// Gives the browser the word of a session.
pub(crate) fn let_in(response: &mut Response, token: Token) {
    set(response, &token.to_string(), COOKIE_SECONDS);
}

/// Has the browser forget the word.
pub(crate) fn let_out(response: &mut Response) {
    set(response, "", 0);
}

fn set(response: &mut Response, value: &str, seconds: i64) {
    let cookie =
        format!("{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// What a browser says it is, in one short line for its owner to know it by.
pub(crate) fn browser(headers: &HeaderMap) -> String {
    let said = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has = |word: &str| said.contains(word);
    let name = match () {
        () if has("Firefox/") => "Firefox",
        () if has("Edg/") => "Edge",
        () if has("Chrome/") => "Chrome",
        () if has("Safari/") => "Safari",
        () => "",
    };
    let system = match () {
        () if has("Android") => "Android",
        () if has("iPhone") || has("iPad") => "iOS",
        () if has("Windows") => "Windows",
        () if has("Mac OS") => "macOS",
        () if has("Linux") => "Linux",
        () => "",
    };
    [name, system].iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" · ")
}

/// Whether a person who is signed in now has shown who they are lately: before secrets are changed.
pub(crate) fn is_fresh(session: &Session, now: Timestamp) -> bool {
    now.seconds_since(session.created) < 15 * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_found_among_other_cookies() {
        let word = "0123456789abcdef0123456789abcdef";
        let of = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, line.parse().unwrap());
            token_of(&headers).map(|token| token.to_string())
        };
        assert_eq!(of(&format!("a=b; __Host-session={word}; c=d")).as_deref(), Some(word));
        assert_eq!(of(&format!("session={word}")), None);
        assert_eq!(of("__Host-session=../../etc"), None);
    }
}
