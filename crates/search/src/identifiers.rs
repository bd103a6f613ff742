//! What documents are known by and name, as terms of the index.

use std::collections::BTreeSet;

use observatory_model::document::Document;
use observatory_model::identifier::{Identifier, find};

/// The term under which an identifier is looked for: its normal form in small letters.
pub(crate) fn term(identifier: &Identifier) -> String {
    identifier.value.to_lowercase()
}

/// Every term under which a document is found: the identifiers it is known by and those that its title
/// and its text name, each also in the shorter forms that people use.
pub(crate) fn terms(document: &Document) -> BTreeSet<String> {
    let above = [&document.title, &document.summary];
    let texts = above.into_iter().chain(document.passages.iter().map(|passage| &passage.text));
    let named = texts.flat_map(|text| find(text)).map(|(_, identifier)| identifier);
    let all = document.identifiers.iter().cloned().chain(named);
    all.flat_map(|identifier| identifier.forms()).map(|form| form.to_lowercase()).collect()
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
        let isbn = Identifier { scheme: Scheme::Arxiv, value: "1804.08333".to_owned() };
        document.identifiers.push(isbn);
        let terms = terms(&document);
        for term in ["itu-t y.3172", "y.3172", "a/res/78/265", "10.1000/abc", "1804.08333"] {
            assert!(terms.contains(term), "{term} {terms:?}");
        }
    }
}
