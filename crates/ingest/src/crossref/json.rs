//! The parts of a list of works that are read, taken out while the rest goes by.
//!
//! A work has a hundred fields and its references, of which twelve are read here; a tree of everything
//! would take a hundred times the size of the document.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The names of the fields that are read, at any depth.
const READ: [&str; 26] = [
    "status",
    "message-type",
    "message",
    "value",
    "items",
    "next-cursor",
    "total-results",
    "DOI",
    "title",
    "subtitle",
    "abstract",
    "author",
    "given",
    "family",
    "name",
    "published",
    "issued",
    "published-online",
    "published-print",
    "posted",
    "created",
    "date-parts",
    "deposited",
    "indexed",
    "date-time",
    "language",
];

/// Deepest nesting of what is read; `message.items[].author[].given` has six.
const MAX_DEPTH: usize = 10;

/// Most values of one list below the list of works; the longest lists of authors have some thousands,
/// of whom the first twenty are shown.
const MAX_VALUES: usize = 100;

/// Depth of the list of works, whose length the caller bounds.
const DEPTH_OF_ITEMS: usize = 2;

/// Most works that are taken at all.
const MAX_ITEMS: usize = 2_000;

/// A value of the document.
#[derive(Debug)]
pub(super) enum Json {
    Text(String),
    Number(u64),
    List(Vec<Json>),
    /// Only the fields that are read, by their place in [`READ`] or as `URL`.
    Object(Vec<(&'static str, Json)>),
    /// True, false, null, and numbers that are no count.
    Other,
}

impl Json {
    /// A field of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// A field that is a text with something in it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let Self::Text(text) = self.get(name)? else { return None };
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        let Self::List(values) = self else { return None };
        Some(values)
    }

    pub(super) const fn number(&self) -> Option<u64> {
        let Self::Number(number) = self else { return None };
        Some(*number)
    }

    /// The text, or the first text of the list.
    pub(super) fn first_text(&self) -> Option<&str> {
        let text = match self {
            Self::Text(text) => text,
            Self::List(values) => values.iter().find_map(|value| match value {
                Self::Text(text) => Some(text),
                _ => None,
            })?,
            _ => return None,
        };
        Some(text.trim()).filter(|text| !text.is_empty())
    }
}

/// Reads a whole document.
pub(super) fn parse(text: &str) -> Result<Json, serde_json::Error> {
    let mut document = serde_json::Deserializer::from_str(text);
    let root = Value { depth: 0 }.deserialize(&mut document)?;
    document.end()?;
    Ok(root)
}

#[derive(Clone, Copy)]
struct Value {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Json, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let most = if self.depth == DEPTH_OF_ITEMS { MAX_ITEMS } else { MAX_VALUES };
        let mut values = Vec::new();
        if self.depth < MAX_DEPTH {
            while values.len() < most {
                let Some(value) = list.next_element_seed(Self { depth: self.depth + 1 })? else {
                    return Ok(Json::List(values));
                };
                values.push(value);
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(&'static str, Json)> = Vec::new();
        while let Some(name) = object.next_key::<Cow<'de, str>>()? {
            let known = READ.iter().chain(&["URL"]).find(|known| **known == name).copied();
            let known = known.filter(|known| {
                self.depth < MAX_DEPTH && !fields.iter().any(|(found, _)| found == known)
            });
            match known {
                Some(known) => {
                    let value = object.next_value_seed(Self { depth: self.depth + 1 })?;
                    fields.push((known, value));
                }
                None => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Json::Object(fields))
    }
}
