//! Behind sign-in: handing pieces in, following them, reviewing and deciding, and the people who do so.
//!
//! Each file is a page or the acts of one. What may be done is asked of `model::rights` through
//! [`Visitor`](crate::visitor::Visitor), never decided here.

pub(crate) mod account;
pub(crate) mod acts;
pub(crate) mod codes;
pub(crate) mod edit;
pub(crate) mod elsewhere;
pub(crate) mod file;
mod forms;
pub(crate) mod log;
pub(crate) mod mails;
pub(crate) mod members;
pub(crate) mod notice;
pub(crate) mod passkeys;
pub(crate) mod people;
pub(crate) mod piece;
pub(crate) mod piece_reviews;
mod proof;
pub(crate) mod queue;
pub(crate) mod reviewing;
pub(crate) mod rights;
pub(crate) mod saves;
pub(crate) mod sign_in;
pub(crate) mod start;
pub(crate) mod submit;
pub(crate) mod words;
