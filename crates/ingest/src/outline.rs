//! A feed in XML as a list of what stands directly in it and in each of its entries.
//!
//! Only three levels matter: the feed, its entries, and their parts. What stands deeper is either
//! markup of a text, which is kept as text, or nothing that is read. So the memory it takes is that
//! of the document, and an entry that is broken does not reach into the next.

use std::borrow::Cow;

use observatory_model::source::{Failure, FailureReason};

use crate::markup::{Attributes, Token, Tokens, unescape};
use crate::namespace::{Scopes, Vocabulary, lower};
use crate::parts::{
    Attribute, Item, Outline, Part, escape, inherit, is_container, is_entry, is_person, is_read,
    is_read_attribute, is_void,
};

/// Deepest nesting; the deepest of the real feeds at hand, markup of their texts included, has 30.
pub(crate) const MAX_DEPTH: usize = 256;

/// Most attributes of one element; the root of a real feed has up to 30.
const MAX_ATTRIBUTES: usize = 256;

/// Most parts of one entry that are kept; real entries have less than 100.
const MAX_PARTS: usize = 500;

/// Most parts of all entries together: twenty for each of ten thousand.
const MAX_ALL_PARTS: usize = 200_000;

/// Most parts of an author; RFC 4287 §3.2 knows three.
const MAX_INNER: usize = 16;

/// Reads a document whose root is a feed.
///
/// # Errors
/// [`FailureReason::Entities`] at a declaration, [`FailureReason::TooComplex`] beyond the limits.
pub(crate) fn outline(text: &str, max_entries: usize) -> Result<Outline<'_>, Failure> {
    let mut builder = Builder { max_entries, ..Builder::default() };
    for token in Tokens::new(text) {
        match token {
            Token::Start { name, attributes, empty } => builder.open(name, attributes, empty)?,
            Token::End { name } => builder.close(name),
            Token::Escaped(text) => builder.text(text, unescape),
            Token::Plain(text) => builder.text(text, Cow::Borrowed),
            Token::Doctype { declares: false, .. } => {}
            Token::Doctype { .. } | Token::Declaration => return Err(entities()),
        }
        if builder.finished {
            break;
        }
    }
    Ok(builder.finish())
}

pub(crate) fn entities() -> Failure {
    let detail =
        "the document declares entities or a document type of its own, which is never read";
    Failure::new(FailureReason::Entities, detail)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// The root, a channel, or a list of entries.
    Feed,
    Entry,
    Part,
    /// Inside a part.
    Inner,
}

#[derive(Debug)]
struct Open<'a> {
    name: &'a str,
    level: Level,
    /// Whether an end tag is written for it.
    has_end: bool,
}

#[derive(Debug, Default)]
struct Builder<'a> {
    max_entries: usize,
    open: Vec<Open<'a>>,
    scopes: Scopes,
    outline: Outline<'a>,
    entry: Option<Item<'a>>,
    /// The part that is open, where it is one that is read.
    part: Option<Part<'a>>,
    /// Parts that were kept so far.
    parts: usize,
    finished: bool,
}

impl<'a> Builder<'a> {
    fn open(&mut self, name: &'a str, attributes: &'a str, empty: bool) -> Result<(), Failure> {
        let depth = self.open.len();
        if depth >= MAX_DEPTH {
            return Err(too_complex(&format!("has more than {MAX_DEPTH} levels")));
        }
        if self.parts >= MAX_ALL_PARTS {
            return Err(too_complex(&format!("has more than {MAX_ALL_PARTS} parts")));
        }
        let attributes = self.attributes(depth, attributes)?;
        let (vocabulary, local) = self.scopes.resolve(name);
        // What was never closed (an entry, or a part of the feed) ends where the next entry begins.
        if is_entry(vocabulary, &local) {
            self.close_to_feed(false);
        }
        let level = match self.open.last().map(|open| open.level) {
            None => Level::Feed,
            Some(Level::Feed) if is_entry(vocabulary, &local) => Level::Entry,
            Some(Level::Feed) if is_container(vocabulary, &local) => Level::Feed,
            Some(Level::Feed | Level::Entry) => Level::Part,
            Some(Level::Part | Level::Inner) => Level::Inner,
        };
        match level {
            Level::Feed => inherit(&mut self.outline.inherited, &attributes),
            Level::Entry => self.begin_entry(&attributes)?,
            Level::Part => self.begin_part(vocabulary, local.clone(), attributes),
            Level::Inner => self.begin_inner(name, &local, &attributes, empty),
        }
        let alone = empty || (level == Level::Inner && is_void(&local));
        self.open.push(Open { name, level, has_end: !alone });
        if alone {
            self.end_last();
        }
        if depth == 0 {
            local.as_ref().clone_into(&mut self.outline.root);
        }
        // A root that is an entry itself (RFC 4287 §2 allows it) is a feed of one.
        if level == Level::Feed && depth == 0 && is_entry(vocabulary, &local) {
            self.begin_entry(&[])?;
            if let Some(root) = self.open.last_mut() {
                root.level = Level::Entry;
            }
        }
        Ok(())
    }

    /// Reads the attributes that mean something, and the declarations of vocabularies.
    fn attributes(&mut self, depth: usize, text: &'a str) -> Result<Vec<Attribute<'a>>, Failure> {
        let mut kept: Vec<Attribute<'a>> = Vec::new();
        for (index, (name, value)) in Attributes::new(text).enumerate() {
            if index >= MAX_ATTRIBUTES {
                let what = format!("has an element with more than {MAX_ATTRIBUTES} attributes");
                return Err(too_complex(&what));
            }
            let name = lower(name);
            if name == "xmlns" {
                self.scopes.declare(depth, "", &value);
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.scopes.declare(depth, prefix, &value);
            } else if is_read_attribute(&name) && !kept.iter().any(|(known, _)| *known == name) {
                kept.push((name, value));
            }
        }
        Ok(kept)
    }

    fn begin_entry(&mut self, attributes: &[Attribute<'a>]) -> Result<(), Failure> {
        if self.outline.entries.len() >= self.max_entries {
            return Err(too_complex(&format!("has more than {} entries", self.max_entries)));
        }
        let mut inherited = self.outline.inherited.clone();
        inherit(&mut inherited, attributes);
        let about = attributes.iter().find(|(name, _)| name == "rdf:about" || name == "about");
        let about = about.map(|(_, value)| value.clone());
        self.entry = Some(Item { inherited, about, ..Item::default() });
        Ok(())
    }

    fn begin_part(
        &mut self,
        vocabulary: Vocabulary,
        name: Cow<'a, str>,
        attributes: Vec<Attribute<'a>>,
    ) {
        if !is_read(vocabulary, &name) {
            self.part = None;
            return;
        }
        let mut inherited = match &self.entry {
            Some(entry) => entry.inherited.clone(),
            None => self.outline.inherited.clone(),
        };
        inherit(&mut inherited, &attributes);
        self.part = Some(Part {
            vocabulary,
            name,
            attributes,
            text: Cow::default(),
            markup: String::new(),
            has_tags: false,
            inner: Vec::new(),
            inherited,
        });
    }

    fn begin_inner(&mut self, name: &str, local: &str, attributes: &[Attribute<'a>], empty: bool) {
        let direct = self.open.last().is_some_and(|open| open.level == Level::Part);
        let Some(part) = self.part.as_mut() else { return };
        if direct && is_person(part) {
            if part.inner.len() < MAX_INNER {
                part.inner.push((local.to_owned(), String::new()));
            }
            return;
        }
        if !part.has_tags {
            part.has_tags = true;
            part.markup = escape(&part.text);
        }
        let mut tag = format!("<{}", name.rsplit(':').next().unwrap_or(name));
        for (name, value) in attributes {
            let value = match value.as_ref() {
                plain if !plain.contains(['&', '<', '>', '"']) => Cow::Borrowed(plain),
                other => escape(other).replace('"', "&quot;").into(),
            };
            for piece in [" ", name.as_ref(), "=\"", &value, "\""] {
                tag.push_str(piece);
            }
        }
        // In HTML, `<iframe/>` would be open, and take in what follows.
        tag.push('>');
        if empty && !is_void(local) {
            for piece in ["</", name.rsplit(':').next().unwrap_or(name), ">"] {
                tag.push_str(piece);
            }
        }
        part.text.to_mut().push_str(&tag);
        part.markup.push_str(&tag);
    }

    /// Text as it is written, and how to read it.
    fn text(&mut self, written: &'a str, read: fn(&'a str) -> Cow<'a, str>) {
        let Some(part) = self.part.as_mut() else { return };
        let text = read(written);
        if is_person(part) && self.open.last().is_some_and(|open| open.level == Level::Inner) {
            if let Some((_, inner)) = part.inner.last_mut() {
                inner.push_str(&text);
            }
            return;
        }
        if part.has_tags {
            part.markup.push_str(&escape(&text));
        }
        if part.text.is_empty() {
            part.text = text;
        } else {
            part.text.to_mut().push_str(&text);
        }
    }

    /// Closes the nearest open element of this name and everything inside it; a name that is not
    /// open closes nothing. An end inside an entry does not reach out of it, except to its parents.
    fn close(&mut self, name: &str) {
        let same = |open: &Open<'_>| open.name.eq_ignore_ascii_case(name);
        let Some(at) = self.open.iter().rposition(same) else { return };
        while self.open.len() > at {
            self.end_last();
        }
    }

    fn end_last(&mut self) {
        let Some(ended) = self.open.pop() else { return };
        self.scopes.leave(self.open.len());
        match ended.level {
            Level::Inner if ended.has_end => self.end_inner(ended.name),
            Level::Part => self.end_part(),
            Level::Entry => self.end_entry(false),
            Level::Inner | Level::Feed => {}
        }
        self.finished = self.open.is_empty();
    }

    fn end_inner(&mut self, name: &str) {
        let Some(part) = self.part.as_mut().filter(|part| !is_person(part)) else { return };
        let tag = format!("</{}>", name.rsplit(':').next().unwrap_or(name));
        part.text.to_mut().push_str(&tag);
        part.markup.push_str(&tag);
    }

    fn end_part(&mut self) {
        let Some(part) = self.part.take() else { return };
        if part.is_empty() {
            return;
        }
        let parts = match &mut self.entry {
            Some(entry) => &mut entry.parts,
            None => &mut self.outline.parts,
        };
        if parts.len() < MAX_PARTS {
            parts.push(part);
            self.parts += 1;
        }
    }

    /// Ends the open entry or part. Where the document broke off, the part it broke off in is left out.
    fn close_to_feed(&mut self, broke_off: bool) {
        if !broke_off {
            self.end_part();
        }
        while self.open.last().is_some_and(|open| open.level != Level::Feed) {
            let Some(ended) = self.open.pop() else { break };
            if ended.level == Level::Entry {
                self.end_entry(broke_off);
            }
        }
        self.scopes.leave(self.open.len());
    }

    fn end_entry(&mut self, broke_off: bool) {
        self.part = None;
        if let Some(mut entry) = self.entry.take() {
            entry.broke_off = broke_off;
            self.outline.entries.push(entry);
        }
    }

    fn finish(mut self) -> Outline<'a> {
        self.outline.broke_off = !self.open.is_empty();
        self.close_to_feed(true);
        self.outline
    }
}

fn too_complex(what: &str) -> Failure {
    Failure::new(FailureReason::TooComplex, format!("the document {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        let outline = outline(text, 100).unwrap();
        let title = |item: &Item<'_>| {
            let found = item.parts.iter().find(|part| part.name == "title");
            found.map(|part| part.text.to_string()).unwrap_or_default()
        };
        outline.entries.iter().map(title).collect()
    }

    #[test]
    fn entries_of_every_format_are_found() {
        for text in [
            "<rss><channel><item><title>a</title></item><item><title>b</title></item></channel></rss>",
            "<rdf:RDF xmlns='http://purl.org/rss/1.0/'><channel/><item><title>a</title></item>\
             <item><title>b</title></item></rdf:RDF>",
            "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>a</a:title></a:entry>\
             <a:entry><a:title>b</a:title></a:entry></a:feed>",
            "<RSS><CHANNEL><ITEM><TITLE>a</TITLE></ITEM><ITEM><TITLE>b</title></item></CHANNEL></RSS>",
        ] {
            assert_eq!(titles(text), ["a", "b"], "{text}");
        }
        assert_eq!(titles("<entry><title>a</title></entry>"), ["a"]);
    }

    #[test]
    fn broken_entries_do_not_reach_into_others() {
        let text = "<rss><channel><item><title>a & b</title><x></item><item><title>c</title>\
                    <item><title>d</b></title></p></item></channel></rss>";
        assert_eq!(titles(text), ["a & b", "c", "d"]);
    }

    #[test]
    fn a_document_that_breaks_off_keeps_what_was_whole() {
        let read = outline("<rss><channel><item><title>a</title><description>b", 9).unwrap();
        let item = read.entries.first().unwrap();
        assert!(read.broke_off && item.broke_off);
        assert_eq!(item.parts.len(), 1);
        for whole in ["<rss><channel></channel></rss>", "<rss></rss", "<rss/>"] {
            assert!(!outline(whole, 9).unwrap().broke_off, "{whole}");
        }
    }

    #[test]
    fn markup_inside_texts_is_kept_twice() {
        let text = "<rss><item><description>1 &lt; 2 <b class='x' lang='y\"'>&amp;lt;</b><br>.</description></item></rss>";
        let read = outline(text, 9).unwrap();
        let part = read.entries.first().unwrap().parts.first().unwrap();
        assert_eq!(part.text, "1 < 2 <b lang=\"y&quot;\">&lt;</b><br>.");
        assert_eq!(part.markup, "1 &lt; 2 <b lang=\"y&quot;\">&amp;lt;</b><br>.");
        assert!(part.has_tags);
    }

    #[test]
    fn languages_and_bases_are_passed_on() {
        let text = "<feed xml:lang='fr' xml:base='http://a.org/'><entry xml:base='b/'>\
                    <title xml:lang='en'>x</title></entry><entry/></feed>";
        let read = outline(text, 9).unwrap();
        let part = read.entries.first().unwrap().parts.first().unwrap();
        assert_eq!(part.inherited.language.as_deref(), Some("en"));
        let bases = part.inherited.bases.iter().map(AsRef::as_ref).collect::<Vec<&str>>();
        assert_eq!(bases, ["http://a.org/", "b/"]);
        assert_eq!(read.entries.last().unwrap().inherited.language.as_deref(), Some("fr"));
    }

    #[test]
    fn limits_hold() {
        let reason = |text: &str| outline(text, 3).unwrap_err().reason;
        assert_eq!(reason(&"<a>".repeat(300)), FailureReason::TooComplex);
        assert_eq!(
            reason(&format!("<rss>{}</rss>", "<item/>".repeat(4))),
            FailureReason::TooComplex
        );
        assert_eq!(reason(&format!("<rss {}/>", "a=b ".repeat(300))), FailureReason::TooComplex);
        assert_eq!(reason("<!DOCTYPE a [<!ENTITY b 'c'>]><rss/>"), FailureReason::Entities);
        assert!(outline("<!DOCTYPE rss PUBLIC '-//N//D' 'x.dtd'><rss/>", 3).is_ok());
    }

    #[test]
    fn images_and_sources_are_no_titles() {
        let text = "<rss><channel><image><title>no</title></image><title>yes</title><item><source>\
                    <title>no</title></source><title>b</title></item></channel></rss>";
        let read = outline(text, 9).unwrap();
        assert_eq!(read.parts.iter().map(|part| part.text.as_ref()).collect::<Vec<_>>(), ["yes"]);
        assert_eq!(titles(text), ["b"]);
    }
}
