//! Text without markup: for the index, for titles, for summaries.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::entities;
use crate::tags::{Token, tokens};

/// The text of `html`: entities resolved, white space folded, scripts and styles dropped.
///
/// Paragraphs (and whatever browsers show as blocks) are separated by an empty line; lines of lists,
/// tables and verse by a line break. Control characters and those that override the direction of
/// writing are dropped.
pub fn to_plain(html: &str) -> String {
    let mut folded = Folded::default();
    let mut verbatim = 0_u32;
    for token in tokens(html) {
        match token {
            Token::Text(text) => folded.push(&entities::resolve(text), verbatim > 0),
            Token::Start(tag) => {
                verbatim = verbatim.saturating_add(u32::from(is_pre(tag.name)));
                folded.widen(gap_of(tag.name));
            }
            Token::End(name) => {
                verbatim = verbatim.saturating_sub(u32::from(is_pre(name)));
                folded.widen(gap_of(name));
            }
        }
    }
    folded.text
}

/// Plain text as safe HTML: a paragraph for each that an empty line separates. With three signs escaped
/// there is no markup in it.
pub fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts = escaped.split("\n\n").filter(|part| !part.is_empty());
    parts.flat_map(|part| ["<p>", part, "</p>"]).collect()
}

/// `text` in one line of at most `max_chars` characters, a cut marked by `…`.
///
/// White space is folded; control characters and those that override the direction of writing are
/// dropped; no grapheme (a letter with its accents, an emoji of several parts) is cut in two.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let line = folded(text, max_chars.saturating_add(1));
    if line.chars().nth(max_chars).is_none() {
        return line;
    }
    let Some(room) = max_chars.checked_sub(1) else { return String::new() };
    let mut cut = begin(line.graphemes(true), room);
    cut.push('…');
    cut
}

/// The first of `parts` that together have at most `max_chars` characters, without space at the end.
pub(crate) fn begin<'a>(parts: impl Iterator<Item = &'a str>, max_chars: usize) -> String {
    let mut cut = String::new();
    let mut room = max_chars;
    for part in parts {
        let Some(left) = room.checked_sub(part.chars().count()) else { break };
        room = left;
        cut.push_str(part);
    }
    cut.truncate(cut.trim_end().len());
    cut
}

/// `text` as [`one_line`] folds it; what comes after `max_chars` characters may be missing.
pub(crate) fn folded(text: &str, max_chars: usize) -> String {
    let mut folded = Folded::default();
    let mut count = 0_usize;
    for character in text.chars() {
        let before = folded.text.len();
        folded.push_char(character);
        count += usize::from(folded.text.len() > before);
        // A character may have brought a space with it, so that `count` is at most the length.
        if count > max_chars {
            break;
        }
    }
    // A title of nothing but joiners would be a link that nobody can see or hit.
    if folded.text.chars().all(shows_nothing) { String::new() } else { folded.text }
}

/// Whether a character leaves no trace on the page by itself: spaces, joiners, marks of direction,
/// fillers, selectors, tags.
fn shows_nothing(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// What stands between two pieces of text; the widest wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

/// Text that grows, its white space folded.
#[derive(Debug, Default)]
struct Folded {
    text: String,
    gap: Gap,
}

impl Folded {
    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn push(&mut self, text: &str, verbatim: bool) {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            // Most text is words with a space between each two, which need no look at each letter.
            let (run, after) = rest.split_at_checked(words_at(rest)).unwrap_or((rest, ""));
            if !run.is_empty() {
                self.begin();
                self.text.push_str(run);
                rest = after;
                continue;
            }
            if verbatim && character == '\n' {
                self.widen(Gap::Line);
            } else {
                self.push_char(character);
            }
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }

    /// Writes what stands between the text before and what comes.
    fn begin(&mut self) {
        if !self.text.is_empty() {
            self.text.push_str(match self.gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        self.gap = Gap::None;
    }

    fn push_char(&mut self, character: char) {
        if character.is_whitespace() {
            self.widen(Gap::Space);
        } else if !is_unwanted(character) {
            self.begin();
            self.text.push(character);
        }
    }
}

/// The length of the words of ASCII that a text begins with, the single spaces between them included.
fn words_at(text: &str) -> usize {
    let next = text.bytes().skip(1).chain([b' ']);
    let of_words =
        |byte: u8, next: u8| byte.is_ascii_graphic() || (byte == b' ' && next.is_ascii_graphic());
    if text.starts_with(' ') {
        return 0;
    }
    text.bytes().zip(next).position(|(byte, next)| !of_words(byte, next)).unwrap_or(text.len())
}

/// Characters that show nothing and disturb what stands around them: controls, overrides and
/// isolates of direction, the byte order mark, non-characters.
///
/// Joiners and the marks LRM, RLM and ALM stay: Arabic, Persian and many emoji need them.
fn is_unwanted(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
        || (u32::from(character) & 0xfffe) == 0xfffe
}

fn is_pre(name: &str) -> bool {
    name.eq_ignore_ascii_case("pre")
}

/// The gap that a tag of this name makes, opening or closing.
fn gap_of(name: &str) -> Gap {
    let small = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    };
    match &*small {
        "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table"
        | "blockquote" | "pre" | "hr" | "figure" | "section" | "article" | "header" | "footer"
        | "aside" | "main" | "nav" | "address" | "details" | "center" => Gap::Paragraph,
        "br" | "li" | "tr" | "dt" | "dd" | "caption" | "figcaption" | "option" => Gap::Line,
        "td" | "th" | "button" | "label" => Gap::Space,
        _ => Gap::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_markup() {
        let html = paragraphs("1 < 2 & <b>so on</b>\n\nmore");
        assert_eq!(html, "<p>1 &lt; 2 &amp; &lt;b&gt;so on&lt;/b&gt;</p><p>more</p>");
        assert_eq!(paragraphs(""), "");
    }

    #[test]
    fn blocks_become_paragraphs() {
        for (html, expected) in [
            ("<p>One\n two</p><p>three<br>four</p>", "One two\n\nthree\nfour"),
            ("<ul><li>a</li> <li>b</li></ul>c", "a\nb\n\nc"),
            ("<table><tr><th>a<td>b<tr><td>c</table>", "a b\nc"),
            ("<pre>one\n  two</pre>", "one\ntwo"),
            ("a<script>b</script><style>c</style>d<!-- e -->", "ad"),
            ("caf&eacute;&nbsp;&amp; <b>bar</b>s", "café & bars"),
            ("a\u{0}\u{202e}b\u{2066}c&#8238;d", "abcd"),
            ("", ""),
        ] {
            assert_eq!(to_plain(html), expected, "{html}");
        }
    }

    #[test]
    fn lines_are_folded_and_cut_between_graphemes() {
        assert_eq!(one_line(" a \n\t b\u{a0}c ", 20), "a b c");
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("abcdefg", 6), "abcde…");
        assert_eq!(one_line("ab cdefg", 4), "ab…");
        assert_eq!(one_line("👩‍🚀👩‍🚀", 5), "👩‍🚀…");
        assert_eq!(one_line("e\u{301}e\u{301}", 3), "e\u{301}…");
        assert_eq!(one_line("\u{202e}evil\u{7}", 9), "evil");
        assert_eq!(one_line("\u{200b} \u{200f}\u{3164}\u{e0041}", 9), "", "nothing to see");
        assert_eq!(one_line("\u{200f}a", 9), "\u{200f}a");
        assert_eq!(one_line("abc", 1), "…");
        assert_eq!(one_line("abc", 0), "");
        assert_eq!(one_line("", 0), "");
    }

    #[test]
    fn a_long_text_is_folded_only_as_far_as_needed() {
        let line = one_line(&"word ".repeat(1_000_000), 50);
        assert_eq!(line.chars().count(), 50);
    }
}
