//! The one place that writes to the streams of the process.
//!
//! Results go to the standard output, everything else to the standard error. A reader that has gone
//! away (`| head -1`) is no error.

use std::io::{self, IsTerminal as _};

/// Writes a line of the result.
pub(crate) fn result(line: &str) {
    write(&mut io::stdout().lock(), line);
}

/// Writes a value as one line of JSON, as a result.
///
/// Every object says which shape it has: `"schema": "observatory.…/1"`. Fields are only ever added.
pub(crate) fn json(value: &serde_json::Value) {
    result(&value.to_string());
}

/// Writes a line for the person in front of the terminal.
pub(crate) fn say(line: &str) {
    write(&mut io::stderr().lock(), line);
}

/// Writes an error with its causes, and what to do about it.
pub(crate) fn error(error: &anyhow::Error, hint: Option<&str>) {
    let mut lines = vec![format!("error: {error}")];
    lines.extend(error.chain().skip(1).map(|cause| format!("  because: {cause}")));
    lines.extend(hint.map(|hint| format!("hint: {hint}")));
    say(&lines.join("\n"));
}

/// Whether a person sees the standard error as it is written.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Text from outside, as it may stand on a terminal: no control characters, and what is written from
/// right to left is kept in its place by FSI and PDI (UAX #9) where a terminal shows it.
pub(crate) fn foreign(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    if io::stdout().is_terminal() { format!("\u{2068}{clean}\u{2069}") } else { clean }
}

/// Writes a line, and ignores that nobody reads it.
fn write(stream: &mut dyn io::Write, line: &str) {
    drop(writeln!(stream, "{line}").and_then(|()| stream.flush()));
}
