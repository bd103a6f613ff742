//! What happens on a request: one file per page, and the loop that lets readers in.
//!
//! Everything a reader sees is rendered here, in six languages, with the style sheet inside the page; no
//! page needs a script. [`router()`] is the site, [`serve()`] the way it is reached.

mod asked;
mod assets;
mod cache;
mod chrome;
mod concepts;
mod connection;
mod credit;
mod desk;
mod error;
mod foresight;
mod guests;
mod headers;
mod html;
mod language;
mod letters;
mod limits;
mod lines;
mod locale;
mod machine;
mod origin;
mod pages;
mod proofs;
mod questions;
mod reader;
mod router;
mod serve;
mod settings;
mod state;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod testing;
mod urls;
mod visitor;

pub use letters::SiteLetters;
pub use pages::sources::failure_in_words;
pub use router::router;
pub use serve::serve;
pub use settings::Settings;
pub use state::Site;
pub use urls::sign_in_back;
