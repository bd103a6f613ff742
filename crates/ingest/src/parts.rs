//! The parts a feed in XML is made of, and which element is which.

use crate::namespace::Vocabulary;

/// A whole feed.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// `xml:lang` and `xml:base` of the root and the channel.
    pub(crate) inherited: Inherited,
    /// Parts of the feed itself.
    pub(crate) parts: Vec<Part>,
    /// Its entries.
    pub(crate) entries: Vec<Item>,
    /// Whether the document ends before its root does.
    pub(crate) broke_off: bool,
    /// The name of the root, without prefix, in lower case.
    pub(crate) root: String,
}

/// What an element passes on to those inside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    pub(crate) language: Option<String>,
    /// Every `xml:base` from the outside in, to be joined.
    pub(crate) bases: Vec<String>,
}

/// One entry.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) inherited: Inherited,
    /// `rdf:about` of RSS 1.0.
    pub(crate) about: Option<String>,
    pub(crate) parts: Vec<Part>,
    /// Whether the document ends inside it; the part it ends in is left out.
    pub(crate) broke_off: bool,
}

/// One part of the feed or of an entry, such as its title.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// Text with references resolved once and tags inside it as they are.
    pub(crate) text: String,
    /// The same as markup: text escaped, so that tags inside it are the only tags.
    pub(crate) markup: String,
    /// Whether there are tags inside.
    pub(crate) has_tags: bool,
    /// Parts of a part: the name of an author.
    pub(crate) inner: Vec<(String, String)>,
    pub(crate) inherited: Inherited,
}

impl Outline {
    /// Whether the root is one of Atom, where a text without a type is plain.
    pub(crate) fn is_atom(&self) -> bool {
        matches!(self.root.as_str(), "feed" | "entry")
    }
}

impl Part {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

pub(crate) fn inherit(inherited: &mut Inherited, attributes: &[(String, String)]) {
    for (name, value) in attributes {
        match name.as_str() {
            // They are copied for each part, so they must be short.
            "xml:lang" if value.len() <= 64 => inherited.language = Some(value.trim().to_owned()),
            "xml:base" if value.len() <= 2048 && inherited.bases.len() < 8 => {
                inherited.bases.push(value.trim().to_owned());
            }
            _ => {}
        }
    }
}

pub(crate) fn is_entry(vocabulary: Vocabulary, local: &str) -> bool {
    vocabulary == Vocabulary::Feed && matches!(local, "item" | "entry")
}

/// Elements that hold entries or channels and are no part themselves.
pub(crate) fn is_container(vocabulary: Vocabulary, local: &str) -> bool {
    matches!(vocabulary, Vocabulary::Feed | Vocabulary::Rdf)
        && matches!(local, "channel" | "rdf" | "rss" | "feed")
}

/// Whether the text of a part is read at all.
pub(crate) fn is_read(part: &Part) -> bool {
    match part.vocabulary {
        Vocabulary::Feed => !matches!(
            part.name.as_str(),
            "image" | "textinput" | "items" | "source" | "cloud" | "enclosure" | "rating"
        ),
        Vocabulary::Content | Vocabulary::DublinCore | Vocabulary::Xhtml | Vocabulary::Itunes => {
            true
        }
        Vocabulary::Rdf | Vocabulary::Xml | Vocabulary::Other => false,
    }
}

pub(crate) fn is_person(part: &Part) -> bool {
    part.vocabulary == Vocabulary::Feed && matches!(part.name.as_str(), "author" | "contributor")
}

/// Elements of HTML that have no end.
pub(crate) fn is_void(local: &str) -> bool {
    matches!(
        local,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
