//! Bytes and markup that others wrote become safe HTML, plain text and a language.
//!
//! Everything here is pure: no file, no clock, no network. Markdown comes from editors and is
//! checked strictly; HTML comes from strangers and is cleaned, whatever it is.

pub mod difference;
mod entities;
mod escape;
pub mod excerpt;
mod function_words;
pub mod language;
pub mod likeness;
pub mod markdown;
pub mod papers;
pub mod plain;
pub mod retelling;
pub mod sanitize;
mod scopes;
mod scripts;
mod tags;
mod tidy;
pub mod words;

pub use difference::{Change, difference};
pub use excerpt::excerpt;
pub use language::{Detected, beginning, detect, detect_beside};
pub use plain::{one_line, paragraphs, to_plain};
pub use sanitize::sanitize;
pub use words::count_words;
