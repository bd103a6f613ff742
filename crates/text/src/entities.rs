//! Character references of HTML (`&eacute;`, `&#233;`) become the characters they stand for.

use std::borrow::Cow;
use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Names that are met in nearly all texts, in order; of the others the tokenizer of html5ever knows.
const FREQUENT: [(&str, char); 40] = [
    ("aacute", '\u{e1}'),
    ("acirc", '\u{e2}'),
    ("agrave", '\u{e0}'),
    ("amp", '&'),
    ("apos", '\''),
    ("auml", '\u{e4}'),
    ("bull", '\u{2022}'),
    ("ccedil", '\u{e7}'),
    ("copy", '\u{a9}'),
    ("deg", '\u{b0}'),
    ("eacute", '\u{e9}'),
    ("ecirc", '\u{ea}'),
    ("egrave", '\u{e8}'),
    ("euro", '\u{20ac}'),
    ("gt", '>'),
    ("hellip", '\u{2026}'),
    ("iacute", '\u{ed}'),
    ("icirc", '\u{ee}'),
    ("laquo", '\u{ab}'),
    ("ldquo", '\u{201c}'),
    ("lsquo", '\u{2018}'),
    ("lt", '<'),
    ("mdash", '\u{2014}'),
    ("middot", '\u{b7}'),
    ("nbsp", '\u{a0}'),
    ("ndash", '\u{2013}'),
    ("ntilde", '\u{f1}'),
    ("oacute", '\u{f3}'),
    ("ocirc", '\u{f4}'),
    ("ouml", '\u{f6}'),
    ("quot", '"'),
    ("raquo", '\u{bb}'),
    ("rdquo", '\u{201d}'),
    ("reg", '\u{ae}'),
    ("rsquo", '\u{2019}'),
    ("shy", '\u{ad}'),
    ("trade", '\u{2122}'),
    ("uacute", '\u{fa}'),
    ("ugrave", '\u{f9}'),
    ("uuml", '\u{fc}'),
];

/// The longest reference that is looked for, in bytes after the sign.
const LONGEST: usize = 12;

/// `text` with its character references resolved as browsers resolve them (HTML §13.5).
pub(crate) fn resolve(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(plainly_resolved(text).unwrap_or_else(|| tokenized(text)))
}

/// The same where every reference is a frequent one and ends in `;`, and nothing else in `text` is changed by
/// a tokenizer.
fn plainly_resolved(text: &str) -> Option<String> {
    if text.contains(['\r', '\0']) {
        return None;
    }
    let mut pieces = text.split('&');
    let mut resolved = String::with_capacity(text.len());
    resolved.push_str(pieces.next()?);
    for piece in pieces {
        if !piece.starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '#') {
            resolved.push('&');
            resolved.push_str(piece);
            continue;
        }
        let end = piece.bytes().take(LONGEST).position(|byte| byte == b';')?;
        let (name, rest) = piece.split_at_checked(end)?;
        resolved.push(referred_to(name)?);
        resolved.push_str(rest.strip_prefix(';')?);
    }
    Some(resolved)
}

/// The character of a frequent name or of a number that browsers take as it is.
fn referred_to(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        let place = FREQUENT.binary_search_by_key(&name, |(known, _)| known).ok()?;
        return FREQUENT.get(place).map(|(_, sign)| *sign);
    };
    let (digits, base) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let sign = char::from_u32(u32::from_str_radix(digits, base).ok()?)?;
    // Controls are some of them other characters, as Windows has them.
    (!sign.is_control()).then_some(sign)
}

/// The same, whatever the references are.
fn tokenized(text: &str) -> String {
    // What looks like a tag here is text: only references are to be read.
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text.replace('<', "&lt;").as_str()));
    let tokenizer = Tokenizer::new(Characters::default(), TokenizerOpts::default());
    // Only scripts make the tokenizer stop early, and there are no tags.
    let _done = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}

#[derive(Default)]
struct Characters(RefCell<String>);

impl TokenSink for Characters {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::CharacterTokens(text) = token {
            self.0.borrow_mut().push_str(&text);
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_become_characters() {
        for (text, expected) in [
            ("caf&eacute; &#233;&#xE9; &amp;amp;", "café éé &amp;"),
            ("AT&T &copy 2026 &nosuch; &", "AT&T © 2026 &nosuch; &"),
            ("1 < 2 &lt;b> </x>", "1 < 2 <b> </x>"),
            ("&#0;&#x110000;&#128;", "\u{fffd}\u{fffd}€"),
            ("none", "none"),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
            assert_eq!(tokenized(text), expected, "{text}");
        }
    }

    #[test]
    fn frequent_names_are_those_of_the_standard() {
        assert!(FREQUENT.is_sorted());
        for (name, sign) in FREQUENT {
            let text = format!("a &{name}; b");
            assert_eq!(plainly_resolved(&text), Some(format!("a {sign} b")), "{name}");
            assert_eq!(tokenized(&text), format!("a {sign} b"), "{name}");
        }
        for text in
            ["&nosuch;", "&copy 2", "&#128;", "&#0;", "&#xd800;", "&#;", "&#x;", "&#+5;", "a&b"]
        {
            assert_eq!(plainly_resolved(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_resolve_alike(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "&", "#", "x", ";", "amp", "lt", "eacute", "&amp;", "&#233;", "&#x2019;", "&#65534;",
                    "&#64976;", "&#127;", "&#10;", "&#1114111;", "nbsp", " ", "\n", "<", ">", "=", "7", "é", "&&",
                ]),
                0..12,
            ),
        ) {
            let text = parts.concat();
            prop_assert_eq!(resolve(&text).into_owned(), if text.contains('&') { tokenized(&text) } else { text });
        }
    }
}
