//! The commands, one file each.

pub(crate) mod alert;
pub(crate) mod audit;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod index;
pub(crate) mod ingest;
pub(crate) mod publish;
pub(crate) mod read;
pub(crate) mod read_paper;
pub(crate) mod rule;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod source;
pub(crate) mod story;
pub(crate) mod submission;
pub(crate) mod trends;
pub(crate) mod user;

/// How a command speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// Results as JSON.
    pub(crate) json: bool,
    /// Nothing but results and errors.
    pub(crate) quiet: bool,
}

impl Said {
    /// Tells the person what is going on, unless they want to hear nothing.
    pub(crate) fn tell(self, line: &str) {
        if !self.quiet {
            crate::output::say(line);
        }
    }
}
