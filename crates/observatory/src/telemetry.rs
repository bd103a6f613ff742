//! Log lines: to the standard error, as text or as JSON.

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogSection};
use crate::output;

/// The filter of commands that speak for themselves.
pub(crate) const QUIET: &str = "error";

/// Sends the log lines of the process to the standard error.
///
/// # Errors
/// A filter that is none.
pub(crate) fn start(settings: &LogSection) -> anyhow::Result<()> {
    let filter: EnvFilter = settings.filter.parse().context("log.filter is no filter")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::is_watched());
    let started = match settings.format {
        LogFormat::Text => builder.compact().try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!(error)).context("cannot start the log")
}
