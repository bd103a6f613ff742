//! The house from outside: one program of stories that need more than one crate.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, speaks to whoever runs it, and starts its own tasks"
)]

mod architecture;
mod content;
mod glossary;
mod harvest;
mod languages;
mod material;
mod replay;
mod site;
mod upstream;
