//! A day not to be missed, as a file for calendars: iCalendar (RFC 5545).
//!
//! Own code writes it. The crate `icalendar` brings a clock, random ids and a parser for what are twenty
//! lines here, and passes control characters on; it reads what is written, in the tests.

use observatory_model::{Timestamp, WebAddress};

/// Longest line, in octets without its end (§3.1).
const MAX_LINE_OCTETS: usize = 75;

/// What is to be done, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What makes it the same deadline when it is sent again: an id and the host of the site, as in
    /// `id@example.org` (RFC 5545 §3.8.4.7).
    pub uid: String,
    /// When it was written: of two files with one `uid` the later one counts.
    pub written: Timestamp,
    /// The instant.
    pub at: Timestamp,
    /// What it is, in a few words of plain text.
    pub summary: String,
    /// What there is to know about it, as plain text; its lines stay lines.
    pub description: String,
    /// Where it is done.
    pub url: WebAddress,
}

/// The file: one event without length at the instant, in UTC and whole seconds, that reminds a day
/// before.
///
/// The event has no `DTEND`: it must not be the same as `DTSTART` (§3.8.2.2), and where it is missing the
/// event ends as it begins (§3.6.1). The method is `PUBLISH`, for mails (RFC 6047 §2.4). Lines end with
/// CR LF and hold at most 75 octets; longer ones are folded between characters (§3.1).
///
/// In the words, `\`, `;`, `,` and ends of lines of any kind are escaped (§3.3.11), and other control
/// characters are spaces: no word can begin a line. The words have no bound of their own.
pub fn deadline(deadline: &Deadline) -> String {
    let Deadline { uid, written, at, summary, description, url } = deadline;
    let summary = escaped(summary);
    let mut file = String::new();
    for (name, value) in [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//observatory//deadlines//EN"),
        ("METHOD", "PUBLISH"),
        ("BEGIN", "VEVENT"),
        ("UID", &escaped(uid)),
        ("DTSTAMP", &utc(*written)),
        ("DTSTART", &utc(*at)),
        ("SUMMARY", &summary),
        ("DESCRIPTION", &escaped(description)),
        // An address is no text: nothing in it is escaped (§3.3.13).
        ("URL", url.as_str()),
        ("BEGIN", "VALARM"),
        ("ACTION", "DISPLAY"),
        ("TRIGGER", "-P1D"),
        ("DESCRIPTION", &summary),
        ("END", "VALARM"),
        ("END", "VEVENT"),
        ("END", "VCALENDAR"),
    ] {
        line(&mut file, name, value);
    }
    file
}

/// `20261124T093000Z` (§3.3.5).
fn utc(time: Timestamp) -> String {
    time.rfc3339().replace(['-', ':'], "")
}

fn line(file: &mut String, name: &str, value: &str) {
    let mut octets = 0;
    for character in name.chars().chain([':']).chain(value.chars()) {
        if octets + character.len_utf8() > MAX_LINE_OCTETS {
            // The space belongs to the line that it begins.
            file.push_str("\r\n ");
            octets = 1;
        }
        file.push(character);
        octets += character.len_utf8();
    }
    file.push_str("\r\n");
}

/// Text as it stands in a value.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            // Some programs end a line at each of these.
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                out.push_str("\\n");
            }
            other if other.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use icalendar::parser::{Component, read_calendar, unfold};
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Deadline {
        Deadline {
            uid: "0190@observatory.example".to_owned(),
            written: "2026-11-24T09:30:00.999Z".parse().unwrap(),
            at: "2026-12-08T23:59:59+01:00".parse().unwrap(),
            summary: "Review; \"Bridges, old\\new\"".to_owned(),
            description: "One\nTwo\r\n\r\nثلاثة".to_owned(),
            url: "https://observatory.example/en/reviews/1?a=b;c,d".parse().unwrap(),
        }
    }

    /// A value as the reader understands it, without its escapes.
    fn value(component: &Component<'_>, name: &str) -> String {
        let mut found = component.properties.iter().filter(|property| property.name == name);
        let value = found.next().unwrap_or_else(|| panic!("no {name}")).val.as_str().to_owned();
        assert!(found.next().is_none(), "one {name}");
        value
    }

    /// What is kept of the words.
    fn kept(text: &str) -> String {
        let text = text.replace("\r\n", "\n");
        let ends = ['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        text.replace(ends, "\n").replace(|c: char| c != '\n' && c.is_control(), " ")
    }

    /// Reads a file back with a program of others and compares all of it.
    fn check(written: &Deadline) {
        let file = deadline(written);
        assert!(file.ends_with("\r\nEND:VCALENDAR\r\n"));
        for line in file.strip_suffix("\r\n").unwrap().split("\r\n") {
            assert!(line.len() <= MAX_LINE_OCTETS, "{line:?}");
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        let unfolded = unfold(&file);
        assert_eq!(unfolded.matches("\r\n").count(), 18, "{unfolded}");
        let calendar = read_calendar(&unfolded).unwrap();
        let [event] = calendar.components.as_slice() else { panic!("one event: {unfolded}") };
        let [alarm] = event.components.as_slice() else { panic!("one alarm: {unfolded}") };
        assert_eq!((event.name.as_str(), event.properties.len()), ("VEVENT", 6));
        assert_eq!((alarm.name.as_str(), alarm.properties.len()), ("VALARM", 3));
        assert_eq!(value(event, "UID"), kept(&written.uid));
        assert_eq!(value(event, "SUMMARY"), kept(&written.summary));
        assert_eq!(value(event, "DESCRIPTION"), kept(&written.description));
        assert_eq!(value(event, "URL"), written.url.as_str());
        assert_eq!(value(alarm, "DESCRIPTION"), kept(&written.summary));
    }

    #[test]
    fn a_deadline_is_an_event_that_reminds() {
        let file = deadline(&sample());
        let expected = "\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//observatory//deadlines//EN\r
METHOD:PUBLISH\r
BEGIN:VEVENT\r
UID:0190@observatory.example\r
DTSTAMP:20261124T093000Z\r
DTSTART:20261208T225959Z\r
SUMMARY:Review\\; \"Bridges\\, old\\\\new\"\r
DESCRIPTION:One\\nTwo\\n\\nثلاثة\r
URL:https://observatory.example/en/reviews/1?a=b;c,d\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
TRIGGER:-P1D\r
DESCRIPTION:Review\\; \"Bridges\\, old\\\\new\"\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
";
        assert_eq!(file, expected);
        check(&sample());
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        for letter in ["a", "é", "国", "😀", "\\", " "] {
            for shift in 0..4 {
                let summary = format!("{}{}", "x".repeat(shift), letter.repeat(100));
                check(&Deadline { summary, ..sample() });
            }
        }
        let summary = "国".repeat(30);
        let file = deadline(&Deadline { summary, ..sample() });
        let folded = format!("\r\nSUMMARY:{}\r\n {}\r\n", "国".repeat(22), "国".repeat(8));
        assert!(file.contains(&folded), "{file}");
        let long = format!("https://observatory.example/{}", "a".repeat(1900));
        check(&Deadline { url: long.parse().unwrap(), ..sample() });
    }

    #[test]
    fn no_word_begins_a_line() {
        for words in [
            "",
            " ",
            "\\",
            "\\n",
            "\\\\n;,",
            "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b",
            "a\nATTENDEE:mailto:a@example.org",
            "a\rURL:https://b.example",
            "a\r\n ATTACH:https://b.example",
            "a\u{2028}METHOD:CANCEL\u{2029}\u{85}\u{b}\u{c}b",
            "a\0b\u{1b}[2J\tc\u{7f}",
            "\";VALUE=URI:x",
            "a\\\r\nb\n\r\n\rc",
            "\u{202e}cod",
        ] {
            let words = words.to_owned();
            check(&Deadline { summary: words.clone(), ..sample() });
            check(&Deadline { description: words.clone(), ..sample() });
            check(&Deadline { uid: words, ..sample() });
        }
        let url = "https://a.example/\r\nMETHOD:CANCEL\u{2028}é?\\#\t;".parse().unwrap();
        check(&Deadline { url, ..sample() });
    }

    #[test]
    fn the_ends_of_time_are_written() {
        for (millis, expected) in [(i64::MIN, "00010101T000000Z"), (i64::MAX, "99991231T235959Z")] {
            assert_eq!(utc(Timestamp::from_millis(millis)), expected);
        }
    }

    proptest! {
        #[test]
        fn any_words_are_read_back(words in any::<[String; 2]>(), repeated in 1..40_usize) {
            let [summary, description] = words;
            let description = description.repeat(repeated);
            check(&Deadline { summary, description, ..sample() });
        }
    }
}
