//! The identifiers of scholarly records, as their repositories write them.

use observatory_model::identifier::{Identifier, Scheme};

/// How OAI-PMH names the records of arXiv.
const OAI_OF_ARXIV: &str = "oai:arxiv.org:";

/// What a record is known by, when a text is such a name and nothing else: a DOI, a number of arXiv or a
/// symbol of a document, in any of its forms. A serial, a person or an institution is not the record.
pub(crate) fn identifier(text: &str) -> Option<Identifier> {
    let text = text.trim();
    let of_arxiv = text.split_at_checked(OAI_OF_ARXIV.len());
    let found = match of_arxiv.filter(|(head, _)| head.eq_ignore_ascii_case(OAI_OF_ARXIV)) {
        Some((_, number)) => Identifier::parse(&format!("arXiv:{number}")),
        None => Identifier::parse(text),
    };
    found.filter(|found| matches!(found.scheme, Scheme::Doi | Scheme::Arxiv | Scheme::Symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_records_are_read_in_their_forms() {
        let value = |text| identifier(text).map(|identifier| identifier.value);
        for text in [
            "10.1000/ABC.1",
            " doi:10.1000/abc.1",
            "https://doi.org/10.1000/abc.1",
            "http://dx.doi.org/10.1000/abc.1",
        ] {
            assert_eq!(value(text).as_deref(), Some("10.1000/abc.1"), "{text}");
        }
        for text in ["http://arxiv.org/abs/2202.12139v1", "oai:arXiv.org:2202.12139"] {
            assert_eq!(value(text).as_deref(), Some("2202.12139"), "{text}");
        }
        assert_eq!(value("oai:arXiv.org:hep-th/9901001").as_deref(), Some("hep-th/9901001"));
        for text in
            ["oai:a.org:1", "2049-3630", "https://orcid.org/0000-0002-1825-0097", "p. 7", ""]
        {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
