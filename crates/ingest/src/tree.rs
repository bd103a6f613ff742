//! Parts of a document in XML, one at a time as a small tree: the rest goes by.
//!
//! An answer of a repository holds hundreds of records. Each is taken out on its own, so that one that
//! is broken does not reach into the next, and memory is that of one record.

use observatory_model::source::{Failure, FailureReason};

use crate::markup::{Attributes, Token, Tokens, unescape};
use crate::outline::entities;

/// Deepest nesting inside a part; the deepest records at hand have 8.
const MAX_DEPTH: usize = 64;

/// Most elements of one part; the longest records at hand have 200. What follows them is left out.
const MAX_ELEMENTS: usize = 20_000;

/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 64;

/// An element with what stands in it.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// Its name in lower case, without prefix.
    pub(crate) name: String,
    /// Its attributes, their names in lower case and without prefix.
    pub(crate) attributes: Vec<(String, String)>,
    nodes: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Text(String),
    Element(Element),
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All text in it, in its order.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.add_text(&mut text);
        text.trim().to_owned()
    }

    fn add_text(&self, text: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.add_text(text),
            }
        }
    }

    /// The elements directly in it.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements of this name directly in it.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children().filter(move |child| child.name == name)
    }

    pub(crate) fn first(&self, name: &str) -> Option<&Self> {
        self.children().find(|child| child.name == name)
    }

    /// What each element of this name says, those that say nothing left out.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.all(name).map(Self::text).filter(|text| !text.is_empty()).collect()
    }

    /// What the first element of this name that says something says.
    pub(crate) fn said(&self, name: &str) -> Option<String> {
        self.all(name).map(Self::text).find(|text| !text.is_empty())
    }
}

/// A part that was looked for.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) element: Element,
    /// Whether it ends where the next part or the document ends, and not by itself.
    pub(crate) broke_off: bool,
}

/// What a document is, beside its parts.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// The name of its root in lower case, without prefix.
    pub(crate) root: String,
    /// Whether it ends before its root does.
    pub(crate) broke_off: bool,
}

/// Which parts are looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Their names, in lower case and without prefix.
    pub(crate) names: &'static [&'static str],
    /// What the part named first always begins with: a part of that name inside another begins a new
    /// one exactly when it begins like that. Formats of records have elements named `record` too.
    pub(crate) begins_with: Option<&'static str>,
}

/// Gives each outermost part that is wanted to `take`, in order, until `take` says that it has enough.
///
/// # Errors
/// [`FailureReason::Entities`] at a declaration, [`FailureReason::TooComplex`] beyond the limits of
/// depth, and what `take` says.
pub(crate) fn parts(
    text: &str,
    wanted: Wanted,
    take: &mut dyn FnMut(Taken) -> Result<(), Failure>,
) -> Result<Whole, Failure> {
    let mut walk = Walk { wanted, ..Walk::new() };
    let mut tokens = Tokens::new(text);
    while let Some(token) = tokens.next() {
        match token {
            Token::Start { name, attributes, empty } => {
                let next = Tokens::new(tokens.rest());
                if let Some(before) = walk.open(name, attributes, empty, next)? {
                    take(before)?;
                }
                if let Some(ended) = empty.then(|| walk.close_last()).flatten() {
                    take(ended)?;
                }
            }
            Token::End { name } => {
                if let Some(ended) = walk.close(name) {
                    take(ended)?;
                }
            }
            Token::Escaped(text) => walk.text(&unescape(text)),
            Token::Plain(text) => walk.text(text),
            Token::Doctype { declares: false, .. } => {}
            Token::Doctype { .. } | Token::Declaration => return Err(entities()),
        }
    }
    let broke_off = !walk.root_ended;
    if let Some(last) = walk.end_all(true) {
        take(last)?;
    }
    Ok(Whole { root: walk.root.unwrap_or_default(), broke_off })
}

struct Walk {
    wanted: Wanted,
    root: Option<String>,
    root_ended: bool,
    /// The wanted part that is open, and what is open in it.
    open: Vec<Element>,
    elements: usize,
    /// Open elements that are beyond [`MAX_ELEMENTS`] and left out.
    skipped: usize,
}

impl Walk {
    const fn new() -> Self {
        let wanted = Wanted { names: &[], begins_with: None };
        Self { wanted, root: None, root_ended: false, open: Vec::new(), elements: 0, skipped: 0 }
    }

    /// Begins an element; returns the part that ends because another begins.
    fn open(
        &mut self,
        name: &str,
        attributes: &str,
        empty: bool,
        next: Tokens<'_>,
    ) -> Result<Option<Taken>, Failure> {
        let name = local(name);
        if self.root.is_none() {
            self.root = Some(name.clone());
            self.root_ended = empty;
        }
        let is_wanted = self.wanted.names.contains(&name.as_str());
        if self.open.is_empty() && !is_wanted {
            return Ok(None);
        }
        let begins_anew = is_wanted
            && !self.open.is_empty()
            && self.wanted.names.first() == Some(&name.as_str())
            && self
                .wanted
                .begins_with
                .is_some_and(|first| first_start(next).as_deref() == Some(first));
        let before = if begins_anew { self.end_all(true) } else { None };
        if self.elements >= MAX_ELEMENTS && !self.open.is_empty() {
            self.skipped += usize::from(!empty);
            return Ok(before);
        }
        if self.open.len() >= MAX_DEPTH {
            let detail = format!("the document has a record with more than {MAX_DEPTH} levels");
            return Err(Failure::new(FailureReason::TooComplex, detail));
        }
        self.elements += 1;
        let attributes = Attributes::new(attributes).take(MAX_ATTRIBUTES);
        let attributes =
            attributes.map(|(name, value)| (local(name), value.into_owned())).collect();
        self.open.push(Element { name, attributes, nodes: Vec::new() });
        Ok(before)
    }

    fn text(&mut self, text: &str) {
        let Some(last) = self.open.last_mut().filter(|_| self.skipped == 0) else { return };
        match last.nodes.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => last.nodes.push(Node::Text(text.to_owned())),
        }
    }

    /// Closes the nearest open element of this name and everything inside it; a name that is not open
    /// closes nothing. Returns the wanted part, when it has ended.
    fn close(&mut self, name: &str) -> Option<Taken> {
        let name = local(name);
        if self.skipped > 0 && self.open.first().is_none_or(|part| part.name != name) {
            self.skipped -= 1;
            return None;
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else {
            // A part that is still open when the root ends has broken off.
            if self.root.as_deref() == Some(&name) {
                self.root_ended = true;
                return self.end_all(true);
            }
            return None;
        };
        let mut ended = None;
        while self.open.len() > at {
            ended = self.close_last();
        }
        ended
    }

    fn close_last(&mut self) -> Option<Taken> {
        let element = self.open.pop()?;
        if let Some(parent) = self.open.last_mut() {
            parent.nodes.push(Node::Element(element));
            return None;
        }
        (self.elements, self.skipped) = (0, 0);
        Some(Taken { element, broke_off: false })
    }

    fn end_all(&mut self, broke_off: bool) -> Option<Taken> {
        let mut ended = None;
        while !self.open.is_empty() {
            ended = self.close_last();
        }
        ended.map(|taken| Taken { broke_off, ..taken })
    }
}

/// A name in lower case, without prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

/// The name of the element that begins next, when nothing but white space comes before it.
fn first_start(tokens: Tokens<'_>) -> Option<String> {
    for token in tokens.take(3) {
        match token {
            Token::Start { name, .. } => return Some(local(name)),
            Token::Escaped(text) | Token::Plain(text) if text.trim().is_empty() => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDS: Wanted = Wanted { names: &["record", "error"], begins_with: Some("header") };

    fn read(text: &str) -> (Vec<(String, bool)>, Whole) {
        let mut found = Vec::new();
        let whole = parts(text, RECORDS, &mut |taken| {
            found.push((taken.element.text(), taken.broke_off));
            Ok(())
        });
        (found, whole.unwrap())
    }

    #[test]
    fn parts_are_taken_one_by_one() {
        let text = "<a:OAI xmlns:a='x'><ListRecords><a:record><header>1</header><b>&lt;x</b></a:record>\
            <record><header>2</header><metadata><record><leader>m</leader></record></metadata></record>\
            </ListRecords><error code='x'/></a:OAI>";
        let (found, whole) = read(text);
        let expected =
            [("1<x".to_owned(), false), ("2m".to_owned(), false), (String::new(), false)];
        assert_eq!(found, expected);
        assert_eq!((whole.root.as_str(), whole.broke_off), ("oai", false));
    }

    #[test]
    fn what_is_broken_does_not_reach_into_the_next() {
        let (found, whole) =
            read("<o><record><header>1<b>x<record> <header>2</header></record><record><header>3");
        let expected = [("1x".to_owned(), true), ("2".to_owned(), false), ("3".to_owned(), true)];
        assert_eq!(found, expected);
        assert!(whole.broke_off);
        let (found, whole) = read("<o><record><header>1</o>");
        assert_eq!((found, whole.broke_off), (vec![("1".to_owned(), true)], false));
    }

    #[test]
    fn what_is_too_deep_or_declared_is_refused() {
        let deep = format!("<o><record>{}", "<a>".repeat(100));
        let reason = |text: &str| {
            parts(text, RECORDS, &mut |_| Ok(())).map(drop).map_err(|failure| failure.reason)
        };
        assert_eq!(reason(&deep), Err(FailureReason::TooComplex));
        assert_eq!(reason("<!DOCTYPE o [<!ENTITY a 'b'>]><o/>"), Err(FailureReason::Entities));
        let long = format!(
            "<o><record><header/>{}</record><record><header>2</header></record></o>",
            "<a>x</a>".repeat(30_000)
        );
        let (found, _) = read(&long);
        assert_eq!(found.len(), 2);
        assert!((10_000..=20_000).contains(&found[0].0.len()), "{}", found[0].0.len());
    }
}
