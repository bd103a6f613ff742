//! The head of a file: what stands between its two fences, as values with lines.

use std::collections::BTreeMap;

use crate::key_lines::KeyLines;
use crate::problem::Problems;

/// Keys and their values.
pub(crate) type Map = BTreeMap<String, Value>;

/// A value of front matter, whether it was YAML or TOML.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A text, or a date.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Self>),
    /// Keys and their values.
    Map(Map),
    /// Nothing, or something that no key here can be.
    Nothing,
}

/// How front matter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Between two lines `---`.
    Yaml,
    /// Between two lines `+++`.
    Toml,
}

/// A file in its two parts.
#[derive(Debug)]
pub(crate) struct FrontMatter<'a> {
    /// The keys; empty when they could not be read.
    pub(crate) map: Map,
    /// On which line each of them stands.
    pub(crate) lines: KeyLines<'a>,
    /// The Markdown below.
    pub(crate) body: &'a str,
    /// The number of the line before the body: what is to be added to its line numbers.
    pub(crate) body_offset: usize,
}

/// Cuts a file and reads its front matter; `None`, and a problem, when it has none or cannot be read.
pub(crate) fn read<'a>(text: &'a str, problems: &mut Problems<'_>) -> Option<FrontMatter<'a>> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (format, fence) = match first.trim_end() {
        "---" => (Format::Yaml, "---"),
        "+++" => (Format::Toml, "+++"),
        _ => {
            problems.add(1, "does not begin with front matter: a line --- (YAML) or +++ (TOML)");
            return None;
        }
    };
    let Some((head, body)) = cut(rest, fence) else {
        problems.add(1, format!("has no second line {fence} that ends its front matter"));
        return None;
    };
    let map = match format {
        Format::Yaml => yaml(head),
        Format::Toml => toml(head),
    };
    let map = match map {
        Ok(map) => map,
        Err((line, what)) => {
            problems.add(line + 1, what);
            return None;
        }
    };
    let lines = KeyLines::new(head, format);
    Some(FrontMatter { map, lines, body, body_offset: head.lines().count() + 2 })
}

/// What stands before and after the line that is the fence.
fn cut<'a>(text: &'a str, fence: &str) -> Option<(&'a str, &'a str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == fence {
            let (head, rest) = text.split_at_checked(at)?;
            return Some((head, rest.strip_prefix(line)?));
        }
        at += line.len();
    }
    None
}

/// Reads YAML; else the line (from 1) and what is wrong there.
fn yaml(head: &str) -> Result<Map, (usize, String)> {
    match serde_yaml_ng::from_str::<serde_yaml_ng::Value>(head) {
        Ok(value) => match from_yaml(value) {
            Value::Map(map) => Ok(map),
            _ => Err((1, "has front matter that is no list of keys and values".to_owned())),
        },
        Err(error) => {
            let (first, message) = in_file(&error.to_string());
            let line = repeated_key(head, &message).or(first).unwrap_or(1);
            Err((line, format!("has front matter that is no YAML: {message}")))
        }
    }
}

/// A message with its lines counted in the file, and the first of them, counted in the front matter.
///
/// Of a quotation that is never closed, the parser names the end of the text and the beginning of the
/// quotation; the mistake is at the first.
fn in_file(message: &str) -> (Option<usize>, String) {
    const SIGN: &str = " at line ";
    let mut parts = message.split(SIGN);
    let mut shifted = parts.next().unwrap_or_default().to_owned();
    let mut first = None;
    for part in parts {
        let digits = part.find(|end: char| !end.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at_checked(digits).unwrap_or((part, ""));
        let line = number.parse::<usize>().unwrap_or(1);
        first = Some(first.map_or(line, |first: usize| first.min(line)));
        shifted.extend([SIGN, &(line + 1).to_string(), rest]);
    }
    (first, shifted)
}

/// The line on which a key of the top stands for the second time, if that is what a message says.
fn repeated_key(head: &str, message: &str) -> Option<usize> {
    let (_, key) = message.split_once("duplicate entry with key \"")?;
    let (key, _) = key.split_once('"')?;
    let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let mut lines = head.lines().enumerate().filter(|(_, line)| is_key(line));
    lines.nth(1).map(|(line, _)| line + 1)
}

fn from_yaml(value: serde_yaml_ng::Value) -> Value {
    use serde_yaml_ng::Value as Yaml;
    match value {
        Yaml::Null => Value::Nothing,
        Yaml::Bool(flag) => Value::Flag(flag),
        Yaml::Number(number) => number.as_i64().map_or(Value::Nothing, Value::Number),
        Yaml::String(text) => Value::Text(text),
        Yaml::Sequence(items) => Value::List(items.into_iter().map(from_yaml).collect()),
        Yaml::Mapping(pairs) => {
            let key_of = |key: Yaml| match key {
                Yaml::String(text) => text,
                other => format!("{other:?}"),
            };
            Value::Map(
                pairs.into_iter().map(|(key, value)| (key_of(key), from_yaml(value))).collect(),
            )
        }
        Yaml::Tagged(tagged) => from_yaml(tagged.value),
    }
}

/// Reads TOML; else the line (from 1) and what is wrong there.
fn toml(head: &str) -> Result<Map, (usize, String)> {
    match head.parse::<toml::Table>() {
        Ok(table) => Ok(table.into_iter().map(|(key, value)| (key, from_toml(value))).collect()),
        Err(error) => {
            let before = error.span().and_then(|span| head.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Err((line, format!("has front matter that is no TOML: {}", error.message())))
        }
    }
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Integer(number) => Value::Number(number),
        toml::Value::Float(_) => Value::Nothing,
        toml::Value::Boolean(flag) => Value::Flag(flag),
        toml::Value::Datetime(time) => Value::Text(time.to_string()),
        toml::Value::Array(items) => Value::List(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => {
            Value::Map(table.into_iter().map(|(key, value)| (key, from_toml(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_of(text: &str) -> String {
        let mut found = Vec::new();
        assert!(read(text, &mut Problems::of("f", &mut found)).is_none());
        found.pop().unwrap().to_string()
    }

    #[test]
    fn both_formats_give_the_same() {
        let mut found = Vec::new();
        let mut problems = Problems::of("f", &mut found);
        let yaml = "---\ntitle: \"A\"\nday: 2026-11-24\nn: 1\non: true\nlist: [a, b]\nin:\n  x: y\n---\n\nBody\n---\n";
        let toml = "+++\ntitle = \"A\"\nday = 2026-11-24\nn = 1\non = true\nlist = [\"a\", \"b\"]\n[in]\nx = \"y\"\n+++\n\nBody\n---\n";
        let yaml = read(yaml, &mut problems).unwrap();
        let toml = read(toml, &mut problems).unwrap();
        assert_eq!(yaml.map, toml.map);
        assert_eq!(yaml.map["day"], Value::Text("2026-11-24".to_owned()));
        assert_eq!((yaml.body, yaml.body_offset), ("\nBody\n---\n", 9));
        assert_eq!((toml.body, toml.body_offset), ("\nBody\n---\n", 9));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        assert!(problem_of("title: x").starts_with("f:1: does not begin"));
        assert!(problem_of("").starts_with("f:1: does not begin"));
        assert!(problem_of("---\ntitle: x\n").starts_with("f:1: has no second line ---"));
        assert_eq!(
            problem_of("---\na: b\nc: \"d\ne: f\n---\n"),
            "f:3: has front matter that is no YAML: found unexpected end of stream at line 5 column 1, \
             while scanning a quoted scalar at line 3 column 4"
        );
        assert_eq!(
            problem_of("---\na: b\na: c\n---\n"),
            "f:3: has front matter that is no YAML: duplicate entry with key \"a\""
        );
        assert!(
            problem_of("+++\na = 1\nb = = 2\n+++\n")
                .starts_with("f:3: has front matter that is no TOML")
        );
        assert!(
            problem_of("---\n- a\n---\n")
                .starts_with("f:2: has front matter that is no list of keys")
        );
    }
}
