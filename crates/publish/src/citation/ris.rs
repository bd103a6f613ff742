//! References in the format of RIS, which nearly every program that keeps references reads (Research
//! Information Systems, *RIS Format Specifications*).

use super::{Work, WorkKind, address, lines, one_line};

/// A reference: lines of a tag of two signs, `  - ` and a value, each ended by CR LF, from `TY` to `ER`.
///
/// Reports are `RPRT`, what is read as a page is `ELEC`. The version is the edition (`ET`), the number
/// stands in `SN`, where reports have theirs. A name stands as typed, or as `Family, Given` where the
/// author gave them apart: a comma in a name as typed is taken for that division by readers, and the
/// format has no way to say otherwise. There is no field for a licence.
pub fn ris(work: &Work) -> String {
    let (year, month, day) = work.published.ymd();
    let kind = match work.kind {
        WorkKind::Brief | WorkKind::WhitePaper => "RPRT",
        WorkKind::Lesson | WorkKind::ThoughtPiece | WorkKind::SprintContribution => "ELEC",
    };
    let mut text = Lines::default();
    text.line("TY", kind);
    text.line("ID", &work.key());
    for author in &work.authors {
        text.line("AU", &author.inverted());
    }
    text.line("TI", &work.title);
    text.line("T2", &work.series);
    text.line("PB", &work.publisher);
    text.line("PY", &format!("{year:04}"));
    text.line("DA", &format!("{year:04}/{month:02}/{day:02}"));
    text.line("ET", &work.version.to_string());
    text.line("SN", work.number.as_deref().unwrap_or_default());
    text.line("LA", work.language.code());
    for keyword in lines(&work.keywords) {
        text.line("KW", &keyword);
    }
    text.line("DO", work.doi().unwrap_or_default());
    text.line("UR", &address(&work.url));
    text.line("AB", &work.summary);
    text.0.push_str("ER  - \r\n");
    text.0
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Adds a field, unless it is empty.
    fn line(&mut self, tag: &str, value: &str) {
        let value = one_line(value);
        if !value.is_empty() {
            self.0.push_str(tag);
            self.0.push_str("  - ");
            self.0.push_str(&value);
            self.0.push_str("\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use biblib::{Citation, CitationParser as _, RisParser};
    use proptest::prelude::*;

    use super::*;
    use crate::citation::Author;
    use crate::citation::sample::{HOSTILE, hostile, work};

    fn read(text: &str) -> Citation {
        let mut read = RisParser::new().parse(text).unwrap();
        assert_eq!(read.len(), 1, "{text}");
        read.remove(0)
    }

    /// The tags, at which a reader that knows only the rule for a line begins its fields.
    fn tags(text: &str) -> Vec<&str> {
        text.lines().map(|line| line.split_once("  - ").unwrap().0).collect()
    }

    const TAGS: [&str; 18] = [
        "TY", "ID", "AU", "AU", "TI", "T2", "PB", "PY", "DA", "ET", "SN", "LA", "KW", "KW", "DO",
        "UR", "AB", "ER",
    ];

    #[test]
    fn what_is_written_is_read_back() {
        let text = ris(&work());
        assert_eq!(tags(&text), TAGS);
        let read = read(&text);
        assert_eq!(read.citation_type, ["Report"]);
        assert_eq!(read.title, work().title);
        let first = &read.authors[0];
        assert_eq!((first.name.as_str(), first.given_name.as_deref()), ("Lovelace", Some("Ada")));
        assert_eq!(first.middle_name.as_deref(), Some("Mary"));
        assert_eq!(read.authors[1].name, "李明");
        assert_eq!(read.journal.as_deref(), Some("Future Vision"));
        assert_eq!(read.publisher.as_deref(), Some("Observatory"));
        let date = read.date.unwrap();
        assert_eq!((date.year, date.month, date.day), (2026, Some(11), Some(4)));
        assert_eq!(read.language.as_deref(), Some("en"));
        assert_eq!(read.keywords, ["spectrum", "6G"]);
        assert_eq!(read.doi.as_deref(), Some("10.1000/182"));
        assert_eq!(read.urls, [work().url]);
        assert_eq!(read.abstract_text.as_deref(), Some("What it is about"));
        assert_eq!(read.issn, ["2026/4"]);
        assert_eq!(read.extra_fields["ET"], ["2"]);
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn no_value_begins_a_line() {
        let text = ris(&hostile());
        let expected = TAGS.iter().enumerate().filter(|(place, _)| *place != 12);
        assert_eq!(tags(&text), expected.map(|(_, tag)| *tag).collect::<Vec<_>>());
        assert!(!text.contains(['\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}']), "{text:?}");
        let read = read(&text);
        let value = one_line(HOSTILE);
        assert_eq!(read.title, value);
        assert_eq!(read.journal.as_deref(), Some(&*value));
        assert_eq!(read.publisher.as_deref(), Some(&*value));
        assert_eq!(read.abstract_text.as_deref(), Some(&*value));
        assert_eq!(read.keywords, [value.as_str()]);
        assert_eq!(read.issn, [value.as_str()]);
        assert_eq!(read.urls, [address(&hostile().url)]);
        assert_eq!(read.citation_type, ["Report"]);
        let mut others: Vec<_> = read.extra_fields.keys().map(String::as_str).collect();
        others.sort_unstable();
        assert_eq!(others, ["ET", "ID"]);
    }

    #[test]
    fn what_is_not_known_has_no_line() {
        let bare = Work {
            kind: WorkKind::ThoughtPiece,
            authors: vec![Author::default()],
            summary: "\r\n".to_owned(),
            series: String::new(),
            number: None,
            doi: None,
            keywords: vec![" ".to_owned()],
            ..work()
        };
        let text = ris(&bare);
        assert_eq!(tags(&text), ["TY", "ID", "TI", "PB", "PY", "DA", "ET", "LA", "UR", "ER"]);
        assert!(text.starts_with("TY  - ELEC\r\n"), "{text}");
    }

    proptest! {
        #[test]
        fn any_title_is_one_line(title in "(\\PC|[\r\n\u{85}\u{2028}\t-]|ER  - |\nTY  - ){0,20}x") {
            let text = ris(&Work { title: title.clone(), ..work() });
            prop_assert_eq!(tags(&text), TAGS);
            let (read, line) = (read(&text).title, one_line(&title));
            prop_assert_eq!(read.trim(), line.trim());
        }
    }
}
