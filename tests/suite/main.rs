//! The house from outside: one program of stories that need more than one crate.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, speaks to whoever runs it, and starts its own tasks"
)]

mod alerts;
mod architecture;
mod content;
mod courtesy;
mod elsewhere;
mod foresight;
mod glossary;
mod harvest;
mod hub;
mod index;
mod languages;
mod manners;
mod material;
mod members;
mod papers;
mod progress;
mod provider;
mod recorded;
mod replay;
mod repositories;
mod rules;
mod site;
#[path = "../support/smtp_server.rs"]
mod smtp_server;
mod stories;
mod subscriptions;
mod trend_alerts;
mod upstream;
mod websub;
