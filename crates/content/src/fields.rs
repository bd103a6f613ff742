//! Values taken out of front matter one by one, every misfit noted with its line.

use std::fmt;

use crate::front_matter::{FrontMatter, Map, Value};
use crate::key_lines::{KeyLines, Place};
use crate::problem::Problems;

/// Whether a key has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It is missed when absent.
    Required,
    /// It may be there.
    Optional,
    /// It may not be there.
    Refused,
}

/// Keys that are still to be read, of one map.
///
/// What is never taken is unknown: [`Self::finish`] says so.
#[derive(Debug)]
pub(crate) struct Fields<'a, 'p> {
    map: Map,
    lines: &'a KeyLines<'a>,
    place: Place<'a>,
    problems: &'a mut Problems<'p>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// The keys at the top of a file.
    pub(crate) fn of_file(front: &'a FrontMatter<'a>, problems: &'a mut Problems<'p>) -> Self {
        Self { map: front.map.clone(), lines: &front.lines, place: Place::Top, problems }
    }

    /// The keys of a map that was found at `place`.
    pub(crate) fn inside<'b>(&'b mut self, map: Map, place: Place<'b>) -> Fields<'b, 'p> {
        Fields { map, lines: self.lines, place, problems: self.problems }
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The line on which a key stands, or should stand.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        self.lines.of_key(self.place, key)
    }

    /// The line of an item of a list.
    pub(crate) fn line_of_item(&self, key: &str, index: usize) -> usize {
        self.lines.of_place(Place::Item(key, index))
    }

    /// Notes a problem with a key.
    pub(crate) fn add(&mut self, key: &str, what: impl fmt::Display) {
        let line = self.line_of(key);
        self.problems.add(line, format!("{}{key} {what}", self.prefix()));
    }

    /// Notes a problem with an item of a list.
    pub(crate) fn add_to_item(&mut self, key: &str, index: usize, what: impl fmt::Display) {
        let line = self.line_of_item(key, index);
        self.problems.add(line, format!("{key} {} {what}", index + 1));
    }

    fn prefix(&self) -> String {
        match self.place {
            Place::Top => String::new(),
            Place::In(key) => format!("{key}: "),
            Place::Item(key, index) => format!("{key} {}: ", index + 1),
        }
    }

    /// Takes a value; notes when it is missing, or refused.
    fn take(&mut self, key: &str, need: Need) -> Option<Value> {
        match (self.map.remove(key), need) {
            (None | Some(Value::Nothing), Need::Required) => {
                self.add(key, "is missing");
                None
            }
            (Some(_), Need::Refused) => {
                self.add(key, "does not belong here");
                None
            }
            (value, _) => value.filter(|value| *value != Value::Nothing),
        }
    }

    /// Takes a text of one line, at most `max_chars` characters.
    pub(crate) fn text(&mut self, key: &str, need: Need, max_chars: usize) -> Option<String> {
        let value = self.take(key, need)?;
        match line_of_text(value, max_chars) {
            Ok(text) => Some(text),
            Err(misfit) => {
                self.add(key, misfit);
                None
            }
        }
    }

    /// Takes a text, or a number (a year) as text.
    pub(crate) fn text_or_number(&mut self, key: &str, max_chars: usize) -> Option<String> {
        if let Some(Value::Number(number)) = self.map.get(key) {
            let text = number.to_string();
            self.map.remove(key);
            return Some(text);
        }
        self.text(key, Need::Optional, max_chars)
    }

    /// Takes a text and reads it as what it has to be.
    pub(crate) fn parsed<T>(&mut self, key: &str, need: Need) -> Option<T>
    where
        T: std::str::FromStr<Err: fmt::Display>,
    {
        let text = self.text(key, need, 2_048)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(misfit) => {
                self.add(key, format_args!("is {text:?}: {misfit}"));
                None
            }
        }
    }

    /// Takes texts of one line each; an empty list when there are none.
    pub(crate) fn texts(&mut self, key: &str, need: Need, max_chars: usize) -> Option<Vec<String>> {
        let items = self.list(key, need)?;
        let mut texts = Vec::with_capacity(items.len());
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            match line_of_text(item, max_chars) {
                Ok(text) => texts.push(text),
                Err(misfit) => self.add_to_item(key, index, misfit),
            }
        }
        (texts.len() == count).then_some(texts)
    }

    /// Takes a list; an empty one when it may be absent and is.
    pub(crate) fn list(&mut self, key: &str, need: Need) -> Option<Vec<Value>> {
        let Some(value) = self.take(key, need) else {
            return (need != Need::Required).then(Vec::new);
        };
        let Value::List(items) = value else {
            self.add(key, "is no list");
            return None;
        };
        Some(items)
    }

    /// Takes keys and their values.
    pub(crate) fn map(&mut self, key: &str) -> Option<Map> {
        let Value::Map(map) = self.take(key, Need::Required)? else {
            self.add(key, "is no list of keys and values");
            return None;
        };
        Some(map)
    }

    /// Takes a whole number from 1.
    pub(crate) fn number(&mut self, key: &str) -> Option<u32> {
        let value = self.take(key, Need::Required)?;
        let number = match value {
            Value::Number(number) => u32::try_from(number).ok().filter(|number| *number > 0),
            _ => None,
        };
        if number.is_none() {
            self.add(key, "is no whole number from 1");
        }
        number
    }

    /// Takes true or false.
    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        let Value::Flag(flag) = self.take(key, Need::Required)? else {
            self.add(key, "is neither true nor false");
            return None;
        };
        Some(flag)
    }

    /// Notes every key that was not taken.
    pub(crate) fn finish(mut self, why: &str) {
        for key in std::mem::take(&mut self.map).into_keys() {
            self.add(&key, why);
        }
    }
}

/// A value as text of one line, without space around it.
fn line_of_text(value: Value, max_chars: usize) -> Result<String, String> {
    let Value::Text(text) = value else {
        return Err("is no text; put it between quotation marks".to_owned());
    };
    let text = text.trim();
    let chars = text.chars().count();
    if text.is_empty() {
        Err("is empty".to_owned())
    } else if chars > max_chars {
        Err(format!(
            "has {chars} characters, {} more than the {max_chars} it may have",
            chars - max_chars
        ))
    } else if text.contains(is_unfit) {
        Err("has a line break, a control character, or one that overrides the direction of text"
            .to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
