//! The parts a feed in XML is made of, and which element is which.

use std::rc::Rc;

use crate::namespace::Vocabulary;

/// Most `xml:base` around each other; real feeds have up to three.
const MAX_BASES: usize = 8;

/// A whole feed.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// `xml:lang` and `xml:base` of the root and the channel.
    pub(crate) inherited: Rc<Inherited>,
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
    pub(crate) language: Option<Rc<str>>,
    /// Every `xml:base` from the outside in, to be joined.
    pub(crate) bases: Vec<Rc<str>>,
}

/// One entry.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) inherited: Rc<Inherited>,
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
    /// The same as markup, when there are tags inside: text escaped, so that they are the only tags.
    pub(crate) markup: String,
    /// Whether there are tags inside.
    pub(crate) has_tags: bool,
    /// Parts of a part: the name of an author.
    pub(crate) inner: Vec<(String, String)>,
    pub(crate) inherited: Rc<Inherited>,
}

impl Outline {
    /// Whether the root is one of Atom, where a text without a type is plain.
    pub(crate) fn is_atom(&self) -> bool {
        matches!(self.root.as_str(), "feed" | "entry")
    }
}

impl Part {
    /// Its text as markup.
    pub(crate) fn as_markup(&self) -> String {
        if self.has_tags { self.markup.clone() } else { escape(&self.text) }
    }

    /// Whether it says nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.inner.is_empty() && self.text.trim().is_empty()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Notes what an element passes on. All that pass on the same share it: a feed of a megabyte has room
/// for half a million parts, each of which would hold a copy.
pub(crate) fn inherit(inherited: &mut Rc<Inherited>, attributes: &[(String, String)]) {
    for (name, value) in attributes {
        match name.as_str() {
            "xml:lang" if value.len() <= 64 => {
                Rc::make_mut(inherited).language = Some(value.trim().into());
            }
            "xml:base" if value.len() <= 2048 && inherited.bases.len() < MAX_BASES => {
                Rc::make_mut(inherited).bases.push(value.trim().into());
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

/// The attributes that mean something: to a feed, and those that safe HTML may have.
pub(crate) fn is_read_attribute(name: &str) -> bool {
    matches!(
        name,
        "about"
            | "colspan"
            | "dir"
            | "href"
            | "ispermalink"
            | "lang"
            | "mode"
            | "rdf:about"
            | "rel"
            | "rowspan"
            | "scope"
            | "src"
            | "start"
            | "type"
            | "xml:base"
            | "xml:lang"
    )
}

/// Text as markup. Quotation marks stay: in a text they mean nothing.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}
