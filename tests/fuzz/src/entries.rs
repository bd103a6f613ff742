//! What holds of every entry, whatever it came from.

use observatory_model::Timestamp;
use observatory_model::entry::IncomingEntry;

use crate::{markup, words};

/// The time of every harvest here.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Most bytes of a problem's words.
const MAX_PROBLEM: usize = 4000;

/// `earliest` is the first time that an entry may bear.
pub(crate) fn check(entries: &[IncomingEntry], problems: &[String], earliest: Timestamp) {
    for problem in problems {
        assert!(!problem.contains("parser failed"), "{problem}");
        assert!(!problem.contains(strange) && problem.len() <= MAX_PROBLEM, "{problem:?}");
    }
    let mut keys = entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), entries.len(), "keys that stand twice");
    for entry in entries {
        let key = &entry.key;
        assert!((1..=512).contains(&key.len()) && !key.contains(char::is_control), "{key:?}");
        assert!((1..=500).contains(&entry.title.chars().count()), "{:?}", entry.title);
        assert!(entry.authors.len() <= 20 && entry.identifiers.len() <= 20);
        for line in entry.authors.iter().chain([&entry.title]) {
            assert!(!line.contains(strange) && !line.is_empty(), "{line:?}");
        }
        for time in [entry.published, entry.updated].into_iter().flatten() {
            assert!(time <= NOW && time >= earliest, "{time}");
        }
        assert!(!entry.text.contains('\0'), "{:?}", entry.text);
        markup::check_safe(&entry.html);
        entry.identifiers.iter().for_each(words::check_identifier);
    }
}

/// What moves the text around it, on a page or on a terminal.
pub(crate) fn strange(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
