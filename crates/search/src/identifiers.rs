//! What documents are known by and name, as terms of the index.

use std::collections::BTreeSet;

use observatory_model::document::Document;
use observatory_model::identifier::{Identifier, find};
use observatory_model::search::Place;
use tantivy::Term;

use crate::fielded::Part;
use crate::sought::{Origin, Trace};
use crate::units::{Unit, Units};

/// How far from its first number an identifier may reach, in bytes: "Resolution of the Plenipotentiary
/// Conference 71" and its city in the six languages.
const AROUND_A_NUMBER: usize = 120;

/// How much an identifier counts: as much as a word of a title.
const IDENTIFIER_COUNTS: f32 = 3.0;

/// The term under which an identifier is looked for: its normal form in small letters.
pub(crate) fn term(identifier: &Identifier) -> String {
    identifier.value.to_lowercase()
}

/// Every term under which a document is found: the identifiers it is known by and those that its title
/// and its text name, each also in the shorter forms that people use.
pub(crate) fn terms(document: &Document) -> BTreeSet<String> {
    let above = [&document.title, &document.summary];
    let texts = above.into_iter().chain(document.passages.iter().map(|passage| &passage.text));
    let pieces = texts.flat_map(|text| near_numbers(text)).flat_map(find);
    let named = pieces.map(|(_, identifier)| identifier);
    let all = document.identifiers.iter().cloned().chain(named);
    all.flat_map(|identifier| identifier.forms()).map(|form| form.to_lowercase()).collect()
}

/// The stretches of a text around its numbers: every identifier has one, and to look for them at every
/// word of a text costs as much as all the rest of its way into the index.
fn near_numbers(text: &str) -> Vec<&str> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (at, _) in text.char_indices().filter(|(_, character)| character.is_numeric()) {
        let end = text.ceil_char_boundary(at + AROUND_A_NUMBER);
        match stretches.last_mut() {
            Some((_, last)) if at < *last => *last = end,
            _ => {
                stretches.push((text.floor_char_boundary(at.saturating_sub(AROUND_A_NUMBER)), end));
            }
        }
    }
    let whole_words = |(start, end): (usize, usize)| {
        // A word that is cut in two is none.
        let before = text.get(..start)?.rfind(char::is_whitespace).unwrap_or(0);
        let after = text.get(end..)?.find(char::is_whitespace).map_or(text.len(), |at| end + at);
        text.get(before..after)
    };
    stretches.into_iter().filter_map(whole_words).collect()
}

impl Units<'_> {
    /// Documents that are known by an identifier, or name it.
    pub(crate) fn identifier(&mut self, identifier: &Identifier) -> tantivy::Result<Unit> {
        let field = self.rules.fields.identifier;
        let sought = Term::from_field_text(field, &term(identifier));
        // In a text it is seen by its words.
        let text = self.phrase(&identifier.value)?;
        let mut unit = Unit { words: 1, ..Unit::default() };
        if let Some(found) = self.look_up(&sought)? {
            unit.found_in = found.documents;
            let weight = IDENTIFIER_COUNTS;
            let part = Part { field, lengths: None, weight, form: 0, found: found.infos };
            unit.query = self.fielded(vec![part], found.documents, 1.0);
        }
        let writings = text.into_iter().flat_map(|unit| unit.traces);
        unit.traces.push(Trace {
            origin: Origin::as_typed(&identifier.value),
            writings: writings.flat_map(|trace| trace.writings).collect(),
            elsewhere: vec![(Place::Identifier, sought)],
            ..Trace::default()
        });
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use observatory_model::identifier::Scheme;

    use super::*;
    use crate::fixture::document;

    #[test]
    fn a_document_is_found_by_what_it_is_known_by_and_what_it_names() {
        let mut document =
            document(0, None, "On ITU-T Y.3172", "As A/RES/78/265 says, doi:10.1000/ABC.");
        let far = "Words without any of it. ".repeat(40);
        let text =
            format!("{far}See A/RES/70/1. {far}{far}Résolution 71 (Rév. Bucarest, 2022){far}");
        document.summary = text;
        let arxiv = Identifier { scheme: Scheme::Arxiv, value: "1804.08333".to_owned() };
        document.identifiers.push(arxiv);
        let terms = terms(&document);
        for term in [
            "itu-t y.3172",
            "y.3172",
            "a/res/78/265",
            "10.1000/abc",
            "1804.08333",
            "a/res/70/1",
            "resolution 71",
        ] {
            assert!(terms.contains(term), "{term} {terms:?}");
        }
    }
}
