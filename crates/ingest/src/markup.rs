//! Tags and text of a document that may be broken: every input gives tokens, and reading is linear.
//!
//! Where XML forbids something that people write all the same (a bare `&`, a bare `<`, attributes
//! without quotes, the entities of HTML), the reading that a browser would choose is taken. Nothing
//! declared in the document is ever expanded, and nothing outside it is opened.

use std::borrow::Cow;

use crate::encoding::{is_legal, windows};
use crate::entities::named;

/// One piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<name attributes>` or, when `empty`, `<name attributes/>`.
    Start { name: &'a str, attributes: &'a str, empty: bool },
    /// `</name>`.
    End { name: &'a str },
    /// Text whose references are not yet resolved: see [`unescape`].
    Escaped(&'a str),
    /// Text as it stands.
    Plain(&'a str),
    /// `<!DOCTYPE name …>`; `declares` when it has an internal subset.
    Doctype { name: &'a str, declares: bool },
    /// `<!ENTITY …>` and the like outside a document type.
    Declaration,
}

/// The tokens of a document.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// What is not yet read.
    pub(crate) const fn rest(&self) -> &'a str {
        self.rest
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes up to `end` and drops `end`; when it does not come, everything is taken.
    fn take_until(&mut self, end: &str) -> &'a str {
        let found = match end.as_bytes() {
            [byte] => memchr::memchr(*byte, self.rest.as_bytes()),
            bytes => memchr::memmem::find(self.rest.as_bytes(), bytes),
        };
        let taken = self.take(found.unwrap_or(self.rest.len()));
        self.take(end.len());
        taken
    }

    /// What begins with `<`; `None` for comments and instructions, which are passed over.
    fn markup(&mut self) -> Option<Token<'a>> {
        match self.rest.as_bytes().get(1) {
            Some(b'!') => self.special(),
            Some(b'?') => {
                self.take(2);
                self.take_until(">");
                None
            }
            Some(b'/') if self.rest.get(2..).is_some_and(starts_name) => {
                self.take(2);
                let inside = self.take_until(">");
                Some(Token::End { name: name_of(inside) })
            }
            Some(_) if self.rest.get(1..).is_some_and(starts_name) => {
                self.take(1);
                Some(self.start())
            }
            // A bare `<` is text.
            Some(_) | None => Some(Token::Plain(self.take(1))),
        }
    }

    /// What begins with `<!`.
    fn special(&mut self) -> Option<Token<'a>> {
        if self.skip("<!--") {
            self.take_until("-->");
            return None;
        }
        if self.skip("<![CDATA[") {
            return Some(Token::Plain(self.take_until("]]>")));
        }
        self.take(2);
        Some(self.declaration())
    }

    fn skip(&mut self, opening: &str) -> bool {
        let found = self.rest.strip_prefix(opening);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn declaration(&mut self) -> Token<'a> {
        let inside = self.take_until(">");
        let word = name_of(inside);
        if word.eq_ignore_ascii_case("doctype") {
            let after = inside.get(word.len()..).unwrap_or_default().trim_start();
            return Token::Doctype { name: name_of(after), declares: inside.contains('[') };
        }
        Token::Declaration
    }

    fn start(&mut self) -> Token<'a> {
        let name = self.take(name_of(self.rest).len());
        let length = end_of_tag(self.rest).unwrap_or(self.rest.len());
        let inside = self.take(length);
        // Where the next tag begins before this one ended, its `<` stays.
        if self.rest.starts_with('>') {
            self.take(1);
        }
        let trimmed = inside.trim_end();
        let (attributes, empty) = match trimmed.strip_suffix('/') {
            Some(attributes) => (attributes, true),
            None => (trimmed, false),
        };
        Token::Start { name, attributes, empty }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let token = match memchr::memchr(b'<', self.rest.as_bytes()) {
                None => Some(Token::Escaped(self.take(self.rest.len()))),
                Some(0) => self.markup(),
                Some(at) => Some(Token::Escaped(self.take(at))),
            };
            if token.is_some() {
                return token;
            }
        }
        None
    }
}

/// Where the tag ends whose attributes a text begins with: at a `>` or `<` that stands in no quotes, or, where a
/// quote is never closed, at the next `>`.
fn end_of_tag(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let is_mark = |byte: &u8| matches!(byte, b'<' | b'>' | b'"' | b'\'');
        let at = from + bytes.get(from..)?.iter().position(is_mark)?;
        let mark = *bytes.get(at)?;
        if matches!(mark, b'<' | b'>') {
            return Some(at);
        }
        from = at + 1;
        if !text.get(..at)?.trim_end().ends_with('=') {
            continue;
        }
        let rest = bytes.get(from..)?;
        match memchr::memchr(mark, rest) {
            Some(length) => from += length + 1,
            None => return memchr::memchr(b'>', rest).map(|length| from + length),
        }
    }
}

/// The attributes of a start tag with their references resolved, in order.
pub(crate) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    pub(crate) const fn new(attributes: &'a str) -> Self {
        Self { rest: attributes }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let separator = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '=');
        // Nearly always one space, and a name in usual letters.
        self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
        if usual_letters(self.rest) == 0 {
            self.rest = self.rest.trim_start_matches(separator);
        }
        if self.rest.is_empty() {
            return None;
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'');
        let (name, rest) = self.rest.split_at_checked(until(self.rest, ends))?;
        let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
            self.rest = rest;
            return Some((name, Cow::Borrowed("")));
        };
        let (value, rest) = match value.chars().next() {
            Some('"') => quoted(value, b'"'),
            Some('\'') => quoted(value, b'\''),
            _ => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        self.rest = rest;
        Some((name, unescape(value)))
    }
}

/// A value in quotes, without them, and what follows; all of it where the quote is never closed.
fn quoted(value: &str, quote: u8) -> (&str, &str) {
    let inside = value.get(1..).unwrap_or_default();
    let Some(end) = memchr::memchr(quote, inside.as_bytes()) else { return (inside, "") };
    (inside.get(..end).unwrap_or_default(), inside.get(end + 1..).unwrap_or_default())
}

/// The references that are nearly all of those in feeds, and need not be looked up.
const USUAL: [(&str, char); 5] =
    [("lt;", '<'), ("gt;", '>'), ("amp;", '&'), ("quot;", '"'), ("#39;", '\'')];

/// Resolves references: those of XML, those of HTML that feeds use undeclared, and numbers.
///
/// An unknown name stays as it is written. Numbers 128–159 are read as Windows-1252, as browsers do.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    let next = |text: &str| memchr::memchr(b'&', text.as_bytes());
    let Some(first) = next(text) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let (plain, mut rest) = text.split_at(first);
    out.push_str(plain);
    loop {
        rest = rest.get(1..).unwrap_or_default();
        let usual = USUAL.iter().find_map(|(name, c)| Some((*c, rest.strip_prefix(name)?)));
        match usual.or_else(|| reference(rest)) {
            Some((meaning, after)) => {
                out.push(meaning);
                rest = after;
            }
            None => out.push('&'),
        }
        let (plain, after) = rest.split_at(next(rest).unwrap_or(rest.len()));
        out.push_str(plain);
        if after.is_empty() {
            return Cow::Owned(out);
        }
        rest = after;
    }
}

/// What the reference means that a text begins with, and what follows it.
fn reference(text: &str) -> Option<(char, &str)> {
    // The longest name has eight letters; looking much further would make reading quadratic.
    let end = text.bytes().take(33).position(|byte| byte == b';')?;
    Some((resolve(text.get(..end)?)?, text.get(end + 1..)?))
}

fn resolve(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return named(name);
    };
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse::<u32>(),
    };
    let value = value.ok()?;
    let c = match char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER) {
        c @ '\u{80}'..='\u{9f}' => windows(c),
        c => c,
    };
    Some(if is_legal(c) { c } else { ' ' })
}

fn starts_name(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == ':')
}

/// The name at the beginning of a tag.
fn name_of(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '>' | '<' | '"' | '\'' | '=' | '&');
    text.get(..until(text, ends)).unwrap_or_default()
}

/// The bytes of a text before the first character that ends it; it must be none of the [`usual_letters`].
fn until(text: &str, ends: impl Fn(char) -> bool) -> usize {
    let usual = usual_letters(text);
    let rest = text.get(usual..).unwrap_or_default();
    usual + rest.find(ends).unwrap_or(rest.len())
}

/// With how many of the letters a text begins in which nearly all names are written, and which need not be put
/// together from bytes.
fn usual_letters(text: &str) -> usize {
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_');
    text.bytes().take_while(is_usual).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        Tokens::new(text).collect()
    }

    const fn start<'a>(name: &'a str, attributes: &'a str) -> Token<'a> {
        Token::Start { name, attributes, empty: false }
    }

    #[test]
    fn well_formed_documents_are_read() {
        let text = "<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//x' \"http://y\"><rss a='>'>\
                    <!-- <x> --><b/>t &amp; u<![CDATA[<p>&amp;]]></rss>";
        let expected = vec![
            Token::Doctype { name: "rss", declares: false },
            start("rss", " a='>'"),
            Token::Start { name: "b", attributes: "", empty: true },
            Token::Escaped("t &amp; u"),
            Token::Plain("<p>&amp;"),
            Token::End { name: "rss" },
        ];
        assert_eq!(tokens(text), expected);
    }

    #[test]
    fn broken_documents_are_read_as_a_browser_would() {
        let bare = vec![Token::Escaped("1 "), Token::Plain("<"), Token::Escaped(" 2 & 3 > 2")];
        assert_eq!(tokens("1 < 2 & 3 > 2"), bare);
        let next = vec![start("a", " b"), start("c", "")];
        assert_eq!(tokens("<a b<c>"), next);
        let quote = vec![start("a", " b=\"c"), Token::Escaped("d")];
        assert_eq!(tokens("<a b=\"c>d"), quote);
        for (text, count) in [("<a><b", 2), ("<a><!-- x", 1), ("<a><![CDATA[ x", 2), ("<a b='", 1)]
        {
            assert_eq!(tokens(text).len(), count, "{text}");
        }
    }

    #[test]
    fn declarations_are_seen_and_not_read() {
        let bomb = "<!DOCTYPE lolz [<!ENTITY a \"b\">]><lolz>&a;</lolz>";
        assert_eq!(tokens(bomb).first(), Some(&Token::Doctype { name: "lolz", declares: true }));
        assert_eq!(tokens("<!entity a 'b'>"), [Token::Declaration]);
    }

    #[test]
    fn attributes_are_read_with_and_without_quotes() {
        let found = Attributes::new(" a = 'x&amp;y' b=\"2\"c=3 checked d='").collect::<Vec<_>>();
        let plain = found.iter().map(|(name, value)| (*name, value.as_ref())).collect::<Vec<_>>();
        assert_eq!(plain, [("a", "x&y"), ("b", "2"), ("c", "3"), ("checked", ""), ("d", "")]);
    }

    #[test]
    fn references_are_resolved_once() {
        for (text, expected) in [
            ("a", "a"),
            ("&amp;lt;", "&lt;"),
            ("&lt;b&gt; &quot;&apos;", "<b> \"'"),
            ("&nbsp;&eacute;&hellip;&mdash;", "\u{a0}é…—"),
            ("&#233;&#xe9;&#XE9;", "ééé"),
            ("&#150;&#x99;", "–™"),
            ("&#11;&#0;&#xfffe;", "   "),
            ("&#xd800;&#x110000;", "\u{fffd}\u{fffd}"),
            ("AT&T &unknown; &; & &#; &#x;", "AT&T &unknown; &; & &#; &#x;"),
            ("a?b=1&c=2", "a?b=1&c=2"),
        ] {
            assert_eq!(unescape(text), expected, "{text}");
        }
    }

    #[test]
    fn reading_is_linear() {
        // Each of these took minutes when a search began anew at every tag.
        for piece in ["<!--", "<?", "<![CDATA[", "<a '", "<a b=\"", "&", "<", "</a", "<!", "&#x"] {
            let text = piece.repeat(300_000);
            let count = Tokens::new(&text).count();
            assert!(count <= 600_001, "{piece}");
            assert!(unescape(&text).len() <= text.len(), "{piece}");
            assert!(Attributes::new(&text).count() <= text.len(), "{piece}");
        }
    }
}
