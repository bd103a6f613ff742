//! XML read node by node: no document type is heeded, no entity but those of XML and HTML is known.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::entities;

/// Deepest nesting that is read; documents of Word have about 40 levels.
const MAX_DEPTH: usize = 256;

/// Most attributes of one element that are read.
const MAX_ATTRIBUTES: usize = 64;

/// A piece of XML; names are without their prefix.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    /// An element opens.
    Start {
        /// Its name.
        name: &'a str,
        /// Its attributes.
        attributes: &'a [(String, String)],
    },
    /// An element closes.
    End(&'a str),
    /// Text, its references resolved.
    Text(&'a str),
}

/// Why the rest of a document was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XmlProblem {
    /// It is not well-formed.
    #[error("the XML is not well-formed: {0}")]
    Broken(#[from] quick_xml::Error),
    /// It is nested deeper than what is read.
    #[error("the XML has more than {MAX_DEPTH} levels")]
    TooDeep,
}

/// Shows `visit` the nodes of `xml`, in order.
///
/// # Errors
/// [`XmlProblem`] says where reading ended early; what was shown until there stays shown.
pub(crate) fn walk(xml: &str, mut visit: impl FnMut(Node<'_>)) -> Result<(), XmlProblem> {
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
    let mut depth = 0_usize;
    loop {
        match reader.read_event()? {
            Event::Start(start) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(XmlProblem::TooDeep);
                }
                open(&start, &mut visit);
            }
            Event::Empty(start) => {
                open(&start, &mut visit);
                visit(Node::End(start.local_name().as_ref()));
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                visit(Node::End(end.local_name().as_ref()));
            }
            Event::Text(text) => visit(Node::Text(&text.into_inner())),
            Event::CData(text) => visit(Node::Text(&text.into_inner())),
            Event::GeneralRef(name) => {
                visit(Node::Text(&entities::resolve(&format!("&{};", name.into_inner()))));
            }
            Event::Eof => return Ok(()),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
}

fn open(start: &BytesStart<'_>, visit: &mut impl FnMut(Node<'_>)) {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).take(MAX_ATTRIBUTES).filter_map(Result::ok);
    let attributes = attributes.map(|attribute| {
        let value = entities::resolve(&attribute.value).into_owned();
        (attribute.key.local_name().as_ref().to_owned(), value)
    });
    let attributes = attributes.collect::<Vec<_>>();
    visit(Node::Start { name: start.local_name().as_ref(), attributes: &attributes });
}

/// The value of the first attribute of this name.
pub(crate) fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(xml: &str) -> (String, bool) {
        let mut shown = String::new();
        let end = walk(xml, |node| match node {
            Node::Start { name, attributes } => {
                shown += &["<", name, attribute(attributes, "a").unwrap_or(""), ">"].concat();
            }
            Node::End(name) => shown += &["</", name, ">"].concat(),
            Node::Text(text) => shown.push_str(text),
        });
        (shown, end.is_ok())
    }

    #[test]
    fn entities_of_a_document_are_never_read() {
        let bomb =
            "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><a>&c;&amp;&eacute;&#65;</a>";
        assert_eq!(shown(bomb), ("<a>&c;&éA</a>".to_owned(), true));
        assert_eq!(shown("<w:p a='1&amp;2'/>x"), ("<p1&2></p>x".to_owned(), true));
    }

    #[test]
    fn deep_and_broken_documents_end_early() {
        assert!(!shown(&"<a>".repeat(1_000_000)).1);
        assert_eq!(shown("<a>b</c>").0, "<a>b");
    }
}
