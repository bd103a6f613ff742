//! The program as people run it: started, asked, killed.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, speaks to whoever runs it, and reads its own settings"
)]

mod beside;
mod commands;
mod demo;
mod editing;
mod import;
mod intake;
mod kill;
mod lists;
mod papers;
mod people;
mod publisher;
mod running;
mod shelf;
mod trends;
