//! A few words about what went wrong, as they may stand on a page or a terminal.

use std::fmt;

/// Longest detail, in characters.
pub(crate) const MAX_DETAIL: usize = 300;

/// What a server or a document said, on one line of at most [`MAX_DETAIL`] characters: nothing of it may
/// move what is around it.
pub(crate) fn on_one_line(detail: impl fmt::Display) -> String {
    let harmless = |c: char| match c {
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    };
    detail.to_string().chars().map(harmless).take(MAX_DETAIL).collect()
}
