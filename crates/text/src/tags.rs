//! HTML cut into tags and text, in one pass whatever the input.
//!
//! The order of the work comes first: html5ever compares every attribute of a tag with every other,
//! and keeps every open element, so that a megabyte of either takes minutes. This scanner reads as
//! the tokenizer of the HTML standard does (§13.2.5), and forgets what nobody here needs. It decides
//! nothing about safety: of what it lets through only names of a list are written again.

/// Most attributes of one tag that are kept; the rest is read and forgotten.
const MAX_ATTRIBUTES: usize = 32;

/// Elements whose content is not markup, and is never shown here.
const RAW: [&str; 8] =
    ["script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"];

/// A piece of HTML; entities are left as they are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Text between tags.
    Text(&'a str),
    /// A tag that opens an element.
    Start(Start<'a>),
    /// The name of a tag that closes an element.
    End(&'a str),
}

/// A tag that opens an element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Start<'a> {
    /// Its name as written.
    pub(crate) name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Start<'a> {
    /// The value of its first attribute of this name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'a str> {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }
}

/// The tokens of `html`, in order.
pub(crate) const fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html }
}

/// See [`tokens`].
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while !self.rest.is_empty() {
            let at = markup_at(self.rest);
            if at > 0 {
                return Some(Token::Text(self.take(at)));
            }
            if let Some(token) = self.markup() {
                return Some(token);
            }
        }
        None
    }
}

impl<'a> Tokens<'a> {
    /// Takes `bytes` bytes off the rest; everything, should that not be the start of a character.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes what stands before `end`, and `end` itself; everything when it never comes.
    fn take_through(&mut self, end: &str) -> &'a str {
        let (taken, rest) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let at = self.rest.find(stop).unwrap_or(self.rest.len());
        self.take(at)
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(unwanted);
    }

    /// Reads the markup the rest begins with; `None` for comments, raw text and unfinished tags.
    fn markup(&mut self) -> Option<Token<'a>> {
        self.take(1);
        if let Some(comment) = self.rest.strip_prefix("!--") {
            self.rest = comment;
            if comment.starts_with('>') || comment.starts_with("->") {
                self.take_through(">");
            } else {
                self.take_through("-->");
            }
            return None;
        }
        if let Some(closing) = self.rest.strip_prefix('/') {
            if !closing.starts_with(|first: char| first.is_ascii_alphabetic()) {
                self.take_through(">");
                return None;
            }
            self.rest = closing;
            return self.tag().map(|tag| Token::End(tag.name));
        }
        if self.rest.starts_with(['!', '?']) {
            self.take_through(">");
            return None;
        }
        let tag = self.tag()?;
        if RAW.iter().any(|raw| raw.eq_ignore_ascii_case(tag.name)) {
            self.skip_raw(tag.name);
            return None;
        }
        Some(Token::Start(tag))
    }

    /// Reads a name, its attributes and the `>`; `None` when the input ends before.
    fn tag(&mut self) -> Option<Start<'a>> {
        let name = self.take_until(ends_name);
        let mut attributes = Vec::new();
        loop {
            self.skip(|character| is_space(character) || character == '/');
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return Some(Start { name, attributes });
            }
            if self.rest.is_empty() {
                return None;
            }
            let attribute = self.attribute();
            if attributes.len() < MAX_ATTRIBUTES {
                attributes.push(attribute);
            }
        }
    }

    fn attribute(&mut self) -> (&'a str, &'a str) {
        // An equals sign at the beginning belongs to the name.
        let first = usize::from(self.rest.starts_with('='));
        let after_first = self.rest.split_at_checked(first).map_or("", |(_, rest)| rest);
        let length = after_first.find(|at| at == '=' || ends_name(at));
        let name = self.take(length.map_or(self.rest.len(), |length| first + length));
        self.skip(is_space);
        let Some(value) = self.rest.strip_prefix('=') else { return (name, "") };
        self.rest = value;
        self.skip(is_space);
        for quote in ["\"", "'"] {
            if let Some(value) = self.rest.strip_prefix(quote) {
                self.rest = value;
                return (name, self.take_through(quote));
            }
        }
        (name, self.take_until(|character| is_space(character) || character == '>'))
    }

    /// Skips the text of a raw element and its closing tag.
    fn skip_raw(&mut self, name: &str) {
        while !self.rest.is_empty() {
            self.take_through("</");
            let Some((found, after)) = self.rest.split_at_checked(name.len()) else { continue };
            if found.eq_ignore_ascii_case(name) && after.starts_with(ends_name) {
                self.tag();
                return;
            }
        }
    }
}

/// Where the next markup begins; the length of the text when there is none.
fn markup_at(text: &str) -> usize {
    let begins = |at: usize| match text.as_bytes().get(at + 1) {
        Some(next) => next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?'),
        None => false,
    };
    memchr::memchr_iter(b'<', text.as_bytes()).find(|at| begins(*at)).unwrap_or(text.len())
}

const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

const fn ends_name(character: char) -> bool {
    is_space(character) || matches!(character, '/' | '>')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let shown = tokens(html).map(|token| match token {
            Token::Text(text) => text.to_owned(),
            Token::Start(tag) => {
                let attributes =
                    tag.attributes.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("<{}{}>", tag.name, attributes.collect::<Vec<_>>().concat())
            }
            Token::End(name) => format!("</{name}>"),
        });
        shown.collect::<Vec<_>>().concat()
    }

    #[test]
    fn tags_are_read_as_browsers_read_them() {
        for (html, expected) in [
            ("a < b <c>d</c>", "a < b <c>d</c>"),
            ("<a href='x>y' B=c/d e>f", "<a href=x>y B=c/d e=>f"),
            ("<a/b=c / d = \"e\"f>g", "<a b=c d=e f=>g"),
            ("<a =b=c>d", "<a =b=c>d"),
            ("1<!-- <b> -->2<!-->3<!--->4<!doctype x>5<?xml?>6</>7</ x>8", "12345678"),
            ("1<script>if (a</b>) </scripted></SCRIPT x>2<style>", "12"),
            ("1<textarea><b></textarea >2<title>x</title>3", "123"),
            ("unfinished <a href=\"x>", "unfinished "),
            ("<", "<"),
            ("</", ""),
            ("", ""),
        ] {
            assert_eq!(shown(html), expected, "{html}");
        }
    }

    #[test]
    fn of_a_flood_of_attributes_the_first_are_kept() {
        let html = format!("<a href=x {}>y", "b=c ".repeat(100_000));
        let tag = match tokens(&html).next() {
            Some(Token::Start(tag)) => tag,
            other => panic!("{other:?}"),
        };
        assert_eq!(tag.attributes.len(), MAX_ATTRIBUTES);
        assert_eq!(tag.attribute("HREF"), Some("x"));
    }
}
