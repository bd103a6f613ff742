//! On which line of the front matter a key stands, so that a problem can be found in the file.
//!
//! The parsers give values without places. The lines are found by reading the text once more, simply:
//! where it is written in an unusual way, the line of the nearest key above is given.

use crate::front_matter::Format;

/// Where in the front matter something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// At the top.
    Top,
    /// In the map that is the value of a key.
    In(&'a str),
    /// In an item (from 0) of the list that is the value of a key.
    Item(&'a str, usize),
}

/// The lines of front matter.
#[derive(Clone, Debug)]
pub(crate) struct KeyLines<'a> {
    lines: Vec<&'a str>,
    format: Format,
}

impl<'a> KeyLines<'a> {
    /// Of what stands between the fences.
    pub(crate) fn new(head: &'a str, format: Format) -> Self {
        Self { lines: head.lines().collect(), format }
    }

    /// The line of the file on which a place begins; the first when it is not found.
    pub(crate) fn of_place(&self, place: Place<'_>) -> usize {
        self.span(place).map_or(1, |(from, _)| in_file(from))
    }

    /// The line of the file on which a key stands; that of its place when it is not found.
    pub(crate) fn of_key(&self, place: Place<'_>, key: &str) -> usize {
        let Some((from, until)) = self.span(place) else { return 1 };
        let candidates = self.lines.iter().enumerate().take(until).skip(from);
        let mut lines = candidates.filter(|(_, line)| match place {
            Place::Top => self.is_top_key(line, key),
            Place::In(_) | Place::Item(..) => self.is_key(strip_dash(line.trim_start()), key),
        });
        match lines.next() {
            Some((line, _)) => in_file(line),
            None if place == Place::Top => 1,
            None => in_file(from),
        }
    }

    /// The lines (from 0) of a place: first, and first behind.
    fn span(&self, place: Place<'_>) -> Option<(usize, usize)> {
        match place {
            Place::Top => Some((0, self.lines.len())),
            Place::In(key) => self.value_span(key),
            Place::Item(key, index) => match self.format {
                Format::Toml if self.header_lines(key).next().is_some() => {
                    let from = self.header_lines(key).nth(index)?;
                    Some((from, self.next_header(from)))
                }
                _ => self.item_span(key, index),
            },
        }
    }

    /// The lines of a top key with its value.
    fn value_span(&self, key: &str) -> Option<(usize, usize)> {
        let (from, first) =
            self.lines.iter().enumerate().find(|(_, line)| self.is_top_key(line, key))?;
        let mut after = self.lines.iter().enumerate().skip(from + 1);
        let until = match self.format {
            Format::Yaml => after.find(|(_, line)| {
                line.starts_with(|first: char| !first.is_whitespace() && !"-#".contains(first))
            }),
            Format::Toml if is_header(first) => after.find(|(_, line)| is_header(line)),
            Format::Toml => after.find(|(_, line)| is_header(line) || line.contains(" = ")),
        };
        Some((from, until.map_or(self.lines.len(), |(line, _)| line)))
    }

    /// The lines of an item of a list that is written with one item, or more lines, each.
    fn item_span(&self, key: &str, index: usize) -> Option<(usize, usize)> {
        let (from, until) = self.value_span(key)?;
        let inside = || self.lines.iter().enumerate().take(until).skip(from + 1);
        let starts_item = |line: &str| match self.format {
            Format::Yaml => line.starts_with('-'),
            Format::Toml => line.starts_with(['"', '\'', '{']),
        };
        let indent = |line: &str| line.len() - line.trim_start().len();
        let first = inside().find(|(_, line)| starts_item(line.trim_start()));
        let Some((_, first)) = first else { return Some((from, until)) };
        let starts = inside()
            .filter(|(_, line)| indent(line) == indent(first) && starts_item(line.trim_start()))
            .map(|(line, _)| line)
            .collect::<Vec<_>>();
        let start = *starts.get(index)?;
        Some((start, starts.get(index + 1).copied().unwrap_or(until)))
    }

    fn header_lines(&self, key: &str) -> impl Iterator<Item = usize> {
        let header = format!("[[{key}]]");
        let found = move |(at, line): (usize, &&str)| (line.trim() == header).then_some(at);
        self.lines.iter().enumerate().filter_map(found)
    }

    fn next_header(&self, from: usize) -> usize {
        let mut after = self.lines.iter().enumerate().skip(from + 1);
        after.find(|(_, line)| is_header(line)).map_or(self.lines.len(), |(line, _)| line)
    }

    fn is_top_key(&self, line: &str, key: &str) -> bool {
        let is_header =
            self.format == Format::Toml && line.trim().trim_matches(['[', ']']).trim() == key;
        self.is_key(line, key) || is_header
    }

    /// Whether a line gives a value to a key, quoted or not.
    fn is_key(&self, line: &str, key: &str) -> bool {
        let sign = match self.format {
            Format::Yaml => ':',
            Format::Toml => '=',
        };
        let bare = line.trim_start_matches(['"', '\'']);
        let after = bare.strip_prefix(key).map(|rest| rest.trim_start_matches(['"', '\'']));
        after.is_some_and(|rest| rest.trim_start().starts_with(sign))
    }
}

/// The number of a line in the file, where a fence stands above the first.
const fn in_file(line: usize) -> usize {
    line + 2
}

fn is_header(line: &str) -> bool {
    line.starts_with('[')
}

fn strip_dash(line: &str) -> &str {
    line.strip_prefix('-').map_or(line, str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "title: x\nquestions:\n  - \"a\"\n  - >\n    b\n  - c\nevidence:\n- id: one\n  url: u\n- \n  id: two\n  \"url\": v\ntranslation:\n  version: 1\ntopics: [a, b]\n";
    const TOML: &str = "title = \"x\"\nquestions = [\n  \"a\",\n  \"b\",\n]\ntopics = [\"a\", \"b\"]\n[translation]\nversion = 1\n[[evidence]]\nid = \"one\"\n[[evidence]]\nid = \"two\"\nurl = \"v\"\n";

    #[test]
    fn lines_of_yaml_are_found() {
        let lines = KeyLines::new(YAML, Format::Yaml);
        assert_eq!(lines.of_key(Place::Top, "title"), 2);
        assert_eq!(lines.of_key(Place::Top, "version"), 1);
        assert_eq!(lines.of_place(Place::Item("questions", 1)), 5);
        assert_eq!(lines.of_place(Place::Item("questions", 2)), 7);
        assert_eq!(lines.of_key(Place::Item("evidence", 0), "url"), 10);
        assert_eq!(lines.of_key(Place::Item("evidence", 1), "url"), 13);
        assert_eq!(lines.of_key(Place::Item("evidence", 1), "title"), 11);
        assert_eq!(lines.of_key(Place::In("translation"), "version"), 15);
        assert_eq!(lines.of_place(Place::Item("topics", 1)), 16);
        assert_eq!(lines.of_place(Place::Item("nothing", 1)), 1);
    }

    #[test]
    fn lines_of_toml_are_found() {
        let lines = KeyLines::new(TOML, Format::Toml);
        assert_eq!(lines.of_key(Place::Top, "title"), 2);
        assert_eq!(lines.of_place(Place::Item("questions", 1)), 5);
        assert_eq!(lines.of_place(Place::Item("topics", 1)), 7);
        assert_eq!(lines.of_key(Place::In("translation"), "version"), 9);
        assert_eq!(lines.of_key(Place::Item("evidence", 1), "url"), 14);
        assert_eq!(lines.of_key(Place::Item("evidence", 0), "url"), 10);
    }
}
