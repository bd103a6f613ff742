//! The formats of records that are read: Dublin Core and MODS.

use crate::entry::Text;
use crate::known::identifier;
use crate::records::{Record, page_of, text};
use crate::tree::Element;

/// The formats that are read, the richest first. `oai_dc` is one that every repository has (§3.4).
pub const BEST_FIRST: [&str; 3] = ["mods", "oai_mods", "oai_dc"];

/// Whether records of this format are read.
pub fn is_read(prefix: &str) -> bool {
    BEST_FIRST.contains(&prefix) || prefix == "dc" || prefix.ends_with("_dc") || prefix == "qdc"
}

/// Most texts of a record that are looked at.
const MAX_BODIES: usize = 8;

/// What the content of `metadata` says.
pub(super) fn record(metadata: &Element) -> Record {
    let Some(content) = metadata.children().next() else { return Record::default() };
    match content.name.as_str() {
        "mods" => mods(content),
        "modscollection" => content.first("mods").map(mods).unwrap_or_default(),
        _ => dublin_core(content),
    }
}

/// The fifteen elements of `oai_dc`, and the terms that refine them.
fn dublin_core(content: &Element) -> Record {
    let said =
        |names: &[&str]| names.iter().flat_map(|name| content.texts(name)).collect::<Vec<_>>();
    let mut titles = said(&["title"]).into_iter();
    let identifiers = said(&["identifier"]);
    let known = identifiers.iter().filter_map(|said| identifier(said)).collect::<Vec<_>>();
    let bodies = said(&["abstract", "description"]);
    Record {
        title: titles.next(),
        bodies: bodies_of(bodies),
        authors: said(&["creator"]),
        dates: said(&["issued", "date", "available", "created"]),
        url: page_of(&identifiers, &known),
        languages: said(&["language"]),
        identifiers: known,
        ..Record::default()
    }
}

/// Descriptions as one text: abstracts in several languages, notes, tables of contents.
fn bodies_of(said: Vec<String>) -> Vec<Text<'static>> {
    let mut bodies: Vec<Text<'static>> = Vec::new();
    for value in said.into_iter().take(MAX_BODIES) {
        let next = text(value);
        match bodies.first_mut() {
            Some(first) if first.is_html == next.is_html => {
                let value = first.value.to_mut();
                value.push_str("\n\n");
                value.push_str(&next.value);
            }
            _ => bodies.push(next),
        }
    }
    bodies
}

/// MODS 3 (<https://www.loc.gov/standards/mods/>).
fn mods(content: &Element) -> Record {
    let title = content.all("titleinfo").find(|info| info.attribute("type").is_none());
    let title = title.or_else(|| content.first("titleinfo")).and_then(mods_title);
    let identifiers = content.all("identifier").map(|element| {
        let said = element.text();
        match element.attribute("type") {
            Some(kind) if kind.eq_ignore_ascii_case("doi") && !said.contains("doi") => {
                format!("doi:{said}")
            }
            _ => said,
        }
    });
    let identifiers = identifiers.collect::<Vec<_>>();
    let known = identifiers.iter().filter_map(|said| identifier(said)).collect::<Vec<_>>();
    let mut addresses =
        content.all("location").flat_map(|place| place.texts("url")).collect::<Vec<_>>();
    addresses.extend(identifiers);
    let origins = || content.all("origininfo");
    let mut dates = origins().flat_map(|origin| origin.texts("dateissued")).collect::<Vec<_>>();
    if dates.is_empty() {
        dates.extend(origins().flat_map(|origin| origin.texts("datecreated")));
    }
    Record {
        title,
        bodies: bodies_of(content.texts("abstract")),
        authors: content.all("name").filter(|name| is_author(name)).filter_map(mods_name).collect(),
        dates,
        url: page_of(&addresses, &known),
        languages: content.all("language").flat_map(language_terms).collect(),
        identifiers: known,
        ..Record::default()
    }
}

fn language_terms(language: &Element) -> Vec<String> {
    let terms = language.texts("languageterm");
    if terms.is_empty() {
        Some(language.text()).filter(|text| !text.is_empty()).into_iter().collect()
    } else {
        terms
    }
}

fn mods_title(info: &Element) -> Option<String> {
    let part = |name: &str| info.said(name);
    let main = match (part("nonsort"), part("title")?) {
        (Some(article), title) => format!("{article} {title}"),
        (None, title) => title,
    };
    Some(match part("subtitle") {
        Some(subtitle) => format!("{main}: {subtitle}"),
        None => main,
    })
}

/// Whether a name is that of whoever wrote it; a name without a role is.
fn is_author(name: &Element) -> bool {
    let roles = name.all("role").flat_map(|role| role.texts("roleterm")).collect::<Vec<_>>();
    let writes = |role: &String| {
        matches!(role.to_lowercase().as_str(), "aut" | "author" | "cre" | "creator")
    };
    roles.is_empty() || roles.iter().any(writes)
}

fn mods_name(name: &Element) -> Option<String> {
    let of = |kind: &str| {
        name.all("namepart").find(|part| part.attribute("type") == Some(kind)).map(Element::text)
    };
    match (of("given"), of("family")) {
        (Some(given), Some(family)) => Some(format!("{family}, {given}")),
        (_, Some(family)) => Some(family),
        _ => name.said("displayform").or_else(|| name.said("namepart")),
    }
}
