//! Addresses of what is behind sign-in, of what leads there, and of what was handed in.

use observatory_model::alert::Token;
use observatory_model::rights::Stage;
use observatory_model::{Language, PersonId, Series, Slug, SubmissionId};

/// Where somebody signs in, and goes on to a page of the desk; `next` may be empty.
pub(crate) fn sign_in(language: Language, next: &str) -> String {
    with_next(&format!("/{language}/sign-in"), '?', next)
}

/// A link was sent.
pub(crate) fn sign_in_sent(language: Language) -> String {
    format!("/{language}/sign-in/sent")
}

/// The link that signs in.
pub(crate) fn sign_in_link(language: Language, key: Token, next: &str) -> String {
    with_next(&format!("/{language}/sign-in/link?key={key}"), '&', next)
}

/// Where the second proof is given.
pub(crate) fn sign_in_code(language: Language, next: &str) -> String {
    with_next(&format!("/{language}/sign-in/code"), '?', next)
}

/// Where a passkey's answer goes; with `/ask`, where its question comes from.
pub(crate) fn sign_in_passkey(language: Language) -> String {
    format!("/{language}/sign-in/passkey")
}

/// Where a session ends.
pub(crate) fn sign_out(language: Language) -> String {
    format!("/{language}/sign-out")
}

/// Where the way to a provider elsewhere begins.
pub(crate) fn sign_in_with(language: Language, provider: &str, next: &str) -> String {
    with_next(&format!("/{language}/sign-in/with/{provider}"), '?', next)
}

/// Where somebody comes back from a provider: one address for all languages, which the provider knows.
pub fn sign_in_back(provider: &str) -> String {
    format!("/sign-in/back/{provider}")
}

/// Signing in, after a way to a provider that did not end here: `failed`, or `unknown`.
pub(crate) fn sign_in_elsewhere(language: Language, came_of: &str, provider: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(account(language).as_bytes()).collect();
    format!("/{language}/sign-in?{came_of}={provider}&next={next}")
}

fn with_next(path: &str, sign: char, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{path}{sign}next={next}")
}

/// What waits for somebody who has signed in.
pub(crate) fn desk(language: Language) -> String {
    format!("/{language}/desk")
}

/// A person's own page.
pub(crate) fn account(language: Language) -> String {
    format!("/{language}/desk/account")
}

/// An act on a person's own page.
pub(crate) fn account_act(language: Language, act: &str) -> String {
    format!("/{language}/desk/account/{act}")
}

/// Where a piece is begun.
pub(crate) fn submit(language: Language) -> String {
    format!("/{language}/submit")
}

/// A piece that was handed in, as its authors and editors see it.
pub(crate) fn piece(language: Language, id: SubmissionId) -> String {
    format!("/{language}/desk/pieces/{id}")
}

/// Something that is done with a piece, or a part of it.
pub(crate) fn piece_act(language: Language, id: SubmissionId, act: &str) -> String {
    format!("/{language}/desk/pieces/{id}/{act}")
}

/// A page of the form in which a piece is written.
pub(crate) fn edit_piece(language: Language, id: SubmissionId, step: u8) -> String {
    format!("/{language}/desk/pieces/{id}/edit/{step}")
}

/// What is for members.
pub(crate) fn members(language: Language) -> String {
    format!("/{language}/desk/members")
}

/// What waits for editors.
pub(crate) fn queue(language: Language, stage: Stage, page: u32) -> String {
    let path = format!("/{language}/desk/queue?stage={stage}");
    if page <= 1 { path } else { format!("{path}&page={page}") }
}

/// Who is who.
pub(crate) fn people(language: Language) -> String {
    format!("/{language}/desk/people")
}

/// More people.
pub(crate) fn people_after(language: Language, last: PersonId) -> String {
    format!("/{language}/desk/people?after={last}")
}

/// Posting rights of domains.
pub(crate) fn domains(language: Language) -> String {
    format!("/{language}/desk/domains")
}

/// The mails that were written.
pub(crate) fn desk_mails(language: Language) -> String {
    format!("/{language}/desk/mails")
}

/// The log of what was done.
pub(crate) fn desk_log(language: Language) -> String {
    format!("/{language}/desk/log")
}

/// Older lines of the log.
pub(crate) fn desk_log_before(language: Language, number: u64) -> String {
    format!("/{language}/desk/log?before={number}")
}

/// A review, by the word of its link.
pub(crate) fn review(language: Language, key: Token) -> String {
    format!("/{language}/review?key={key}")
}

/// The copy of a file for a reviewer.
pub(crate) fn review_file(language: Language, key: Token) -> String {
    format!("/{language}/review/file?key={key}")
}

/// Until when a review is wanted, for a calendar.
pub(crate) fn review_calendar(language: Language, key: Token) -> String {
    format!("/{language}/review/deadline.ics?key={key}")
}

/// Who may do what.
pub(crate) fn rights(language: Language) -> String {
    format!("/{language}/about/rights")
}

/// A published piece that was handed in.
pub(crate) fn handed_in(language: Language, slug: &str) -> String {
    format!("/{language}/{}/{slug}", Series::AcademicNetwork)
}

/// One version of it, for good.
pub(crate) fn version(language: Language, slug: &Slug, version: u32) -> String {
    format!("/{language}/{}/{slug}/v{version}", Series::AcademicNetwork)
}

/// What somebody with an ORCID iD has written.
pub(crate) fn author(language: Language, orcid: &str) -> String {
    format!("/{language}/people/{orcid}")
}

/// What was written at an institution of the ROR.
pub(crate) fn institution(language: Language, ror: &str) -> String {
    format!("/{language}/institutions/{ror}")
}
