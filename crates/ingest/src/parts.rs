//! The parts a feed in XML is made of, and which element is which.

use std::borrow::Cow;
use std::rc::Rc;

use crate::namespace::Vocabulary;

/// Most `xml:base` around each other; real feeds have up to three.
const MAX_BASES: usize = 8;

/// An attribute: its name in lower case, and its value.
pub(crate) type Attribute<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A whole feed. What stands in the document as it is meant is borrowed from it.
#[derive(Debug, Default)]
pub(crate) struct Outline<'a> {
    /// `xml:lang` and `xml:base` of the root and the channel.
    pub(crate) inherited: Rc<Inherited>,
    /// Parts of the feed itself.
    pub(crate) parts: Vec<Part<'a>>,
    /// Its entries.
    pub(crate) entries: Vec<Item<'a>>,
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
pub(crate) struct Item<'a> {
    pub(crate) inherited: Rc<Inherited>,
    /// `rdf:about` of RSS 1.0.
    pub(crate) about: Option<Cow<'a, str>>,
    pub(crate) parts: Vec<Part<'a>>,
    /// Whether the document ends inside it; the part it ends in is left out.
    pub(crate) broke_off: bool,
}

/// One part of the feed or of an entry, such as its title.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) name: Cow<'a, str>,
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// Text with references resolved once and tags inside it as they are.
    pub(crate) text: Cow<'a, str>,
    /// The same as markup, when there are tags inside: text escaped, so that they are the only tags.
    pub(crate) markup: String,
    /// Whether there are tags inside.
    pub(crate) has_tags: bool,
    /// Parts of a part: the name of an author.
    pub(crate) inner: Vec<(String, String)>,
    pub(crate) inherited: Rc<Inherited>,
}

impl Outline<'_> {
    /// Whether the root is one of Atom, where a text without a type is plain.
    pub(crate) fn is_atom(&self) -> bool {
        matches!(self.root.as_str(), "feed" | "entry")
    }
}

impl<'a> Part<'a> {
    /// Takes its text out, as markup.
    pub(crate) fn take_markup(&mut self) -> String {
        if self.has_tags { std::mem::take(&mut self.markup) } else { escape(&self.text) }
    }

    /// Whether it says nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.inner.is_empty() && self.text.trim().is_empty()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.value(name).map(|value| value.trim())
    }

    /// The same as it is written.
    pub(crate) fn value(&self, name: &str) -> Option<&Cow<'a, str>> {
        let found = self.attributes.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value).filter(|value| !value.trim().is_empty())
    }
}

/// Notes what an element passes on. All that pass on the same share it: a feed of a megabyte has room
/// for half a million parts, each of which would hold a copy.
pub(crate) fn inherit(inherited: &mut Rc<Inherited>, attributes: &[Attribute<'_>]) {
    for (name, value) in attributes {
        match name.as_ref() {
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
pub(crate) fn is_read(vocabulary: Vocabulary, name: &str) -> bool {
    match vocabulary {
        Vocabulary::Feed => !matches!(
            name,
            "image" | "textinput" | "items" | "source" | "cloud" | "enclosure" | "rating"
        ),
        Vocabulary::Content | Vocabulary::DublinCore | Vocabulary::Xhtml | Vocabulary::Itunes => {
            true
        }
        Vocabulary::Rdf | Vocabulary::Xml | Vocabulary::Other => false,
    }
}

pub(crate) fn is_person(part: &Part<'_>) -> bool {
    part.vocabulary == Vocabulary::Feed && matches!(part.name.as_ref(), "author" | "contributor")
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
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'&', b'<', b'>', rest.as_bytes()) {
        let (plain, sign) = rest.split_at(at);
        out.push_str(plain);
        out.push_str(match sign.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            _ => "&gt;",
        });
        rest = sign.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}
