//! What a piece rests on, as its front matter lists it.

use observatory_model::brief::Evidence;
use observatory_model::{Slug, Timestamp};

use crate::fields::{Fields, Need};
use crate::front_matter::{Map, Value};
use crate::key_lines::Place;

const MAX_TITLE_CHARS: usize = 300;
const MAX_QUOTE_CHARS: usize = 300;

/// The evidence of a piece, in the order of its front matter.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Every id that can be cited, with its line, whether the rest of its item is right or not.
    pub(crate) ids: Vec<(Slug, usize)>,
    /// All items; `None` when one of them is wrong.
    pub(crate) items: Option<Vec<Evidence>>,
}

/// Reads the list.
pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Listed {
    let Some(values) = fields.list("evidence", Need::Optional) else { return Listed::default() };
    let count = values.len();
    let mut listed = Listed::default();
    let mut items = Vec::with_capacity(count);
    for (index, value) in values.into_iter().enumerate() {
        let Value::Map(map) = value else {
            fields.add_to_item("evidence", index, "is no list of keys and values");
            continue;
        };
        items.extend(item(fields, map, index, &mut listed.ids));
    }
    listed.items = (items.len() == count).then_some(items);
    listed
}

fn item(
    fields: &mut Fields<'_, '_>,
    map: Map,
    index: usize,
    ids: &mut Vec<(Slug, usize)>,
) -> Option<Evidence> {
    let mut fields = fields.inside(map, Place::Item("evidence", index));
    let id = fields.parsed::<Slug>("id", Need::Required);
    let is_new = id.as_ref().is_none_or(|id| !ids.iter().any(|(known, _)| known == id));
    if let Some(id) = &id {
        if is_new {
            ids.push((id.clone(), fields.line_of("id")));
        } else {
            fields.add("id", format_args!("{id} is used twice"));
        }
    }
    let title = fields.text("title", Need::Required, MAX_TITLE_CHARS);
    let publisher = fields.text("publisher", Need::Required, MAX_TITLE_CHARS);
    let url = fields.parsed("url", Need::Required);
    let has_date = fields.has("date");
    let mut date = fields.text_or_number("date", 10);
    if date.as_ref().is_some_and(|date| !is_date(date)) {
        fields.add("date", "is none: write YYYY, YYYY-MM or YYYY-MM-DD, or leave the key out");
        date = None;
    }
    let mut language = fields.text("language", Need::Required, 35);
    if language.as_ref().is_some_and(|tag| !is_tag(tag)) {
        fields.add("language", "has to be a language tag such as en or zh-Hans");
        language = None;
    }
    let has_quote = fields.has("quote");
    let quote = fields.text("quote", Need::Optional, MAX_QUOTE_CHARS);
    let verified = fields.flag("verified");
    fields.finish("is no key of evidence");
    let evidence = Evidence {
        id: id?,
        title: title?,
        publisher: publisher?,
        url: url?,
        date,
        language: language?,
        quote,
        verified: verified?,
        cited_in: Vec::new(),
    };
    let is_right =
        is_new && has_date == evidence.date.is_some() && has_quote == evidence.quote.is_some();
    is_right.then_some(evidence)
}

/// Whether the text is a year, a month or a day.
fn is_date(text: &str) -> bool {
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return false,
    };
    day.parse::<Timestamp>().is_ok()
}

/// Whether the text has the form of a BCP 47 tag.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_known_as_far_as_they_are() {
        for right in ["1992", "2026-02", "2024-02-29"] {
            assert!(is_date(right), "{right}");
        }
        for wrong in ["", "92", "2026-13", "2026-2", "2025-02-29", "year", "2026/01"] {
            assert!(!is_date(wrong), "{wrong}");
        }
    }

    #[test]
    fn tags_have_their_form() {
        for right in ["en", "zh-Hans", "pt-BR", "gsw"] {
            assert!(is_tag(right), "{right}");
        }
        for wrong in ["", "EN", "english", "en-", "e", "en_GB"] {
            assert!(!is_tag(wrong), "{wrong}");
        }
    }
}
