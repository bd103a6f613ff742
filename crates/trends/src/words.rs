//! Text cut into words and the places where a phrase ends.
//!
//! The words are those of the protocol the detection is judged by: letters and digits, with single dots
//! inside; each Han character and each kana is a word of its own; `'s` is left out; marks of
//! punctuation end a phrase, hyphens do not. Mark-up, formulas and addresses are no words.

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

/// The longest word, in bytes; what is longer is no word but data.
pub(crate) const MAX_WORD_BYTES: usize = 64;

/// How far the end of a tag, an entity or a formula is looked for, in bytes.
const MAX_MARKUP_BYTES: usize = 300;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A word as it stands there (NFKC, without the vowel marks of Arabic).
    Word(&'a str),
    /// No phrase goes on here.
    Break,
    /// The same, by an opening parenthesis: an acronym may follow.
    Open,
}

/// Gives `give` the pieces of `text` in order, at most `limit` words.
pub(crate) fn split(text: &str, limit: usize, mut give: impl FnMut(Piece<'_>)) {
    let composed;
    let text = if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text
    } else {
        // A little text can become long (one ligature stands for eighteen letters): cut it first.
        composed = text.nfkc().take(text.len().saturating_mul(2)).collect::<String>();
        &composed
    };
    let mut rest = text;
    let mut words = 0;
    let mut bare = String::new();
    while let Some(first) = rest.chars().next() {
        if words >= limit {
            return;
        }
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        if is_han(first) {
            give(Piece::Word(rest.get(..first.len_utf8()).unwrap_or_default()));
            words += 1;
            rest = after;
        } else if is_part(first) {
            let (word, next) = word_at(rest);
            rest = next;
            if let Some(address) = address_after(word, next) {
                rest = address;
                give(Piece::Break);
            } else if word.len() > MAX_WORD_BYTES {
                give(Piece::Break);
            } else if word.contains(is_vowel_mark) {
                bare.clear();
                bare.extend(word.chars().filter(|c| !is_vowel_mark(*c)));
                give(if bare.is_empty() { Piece::Break } else { Piece::Word(&bare) });
                words += 1;
            } else {
                give(Piece::Word(word));
                words += 1;
            }
        } else {
            rest = between(first, rest, after, &mut give);
        }
    }
}

/// What stands between words: gives its break, if it is one, and says where it ends.
fn between<'a>(
    first: char,
    rest: &'a str,
    after: &'a str,
    give: &mut impl FnMut(Piece<'_>),
) -> &'a str {
    match first {
        '(' | '（' => give(Piece::Open),
        '<' if after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!')) => {
            if let Some(end) = within(after, MAX_MARKUP_BYTES).find('>') {
                return after.get(end + 1..).unwrap_or_default();
            }
        }
        '&' => {
            if let Some(end) = within(after, 10).find(';').filter(|end| is_entity(after, *end)) {
                return after.get(end + 1..).unwrap_or_default();
            }
        }
        '$' => {
            give(Piece::Break);
            if let Some(end) = formula(after) {
                return after.get(end..).unwrap_or_default();
            }
        }
        '\\' => return after.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
        '\'' | '’' | 'ʼ' => {
            let owner = after.strip_prefix(['s', 'S']);
            if let Some(next) = owner.filter(|next| !next.starts_with(is_part)) {
                return next;
            }
        }
        _ if ends_phrase(first) => give(Piece::Break),
        _ => {}
    }
    rest.get(first.len_utf8()..).unwrap_or_default()
}

/// The word at the beginning of `text`, which begins with a part of one, and what follows.
fn word_at(text: &str) -> (&str, &str) {
    let mut end = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let dot = c == '.' && letters.peek().is_some_and(|(_, next)| is_part(*next));
        if !is_part(c) && !dot {
            break;
        }
        end = at + c.len_utf8();
    }
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// What follows an address that `word` is the beginning of.
fn address_after<'a>(word: &str, next: &'a str) -> Option<&'a str> {
    let scheme = word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"));
    let is_address = (scheme && next.starts_with("://"))
        || word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    is_address.then(|| next.trim_start_matches(|c: char| !c.is_whitespace()))
}

/// Whether what stands before the semicolon is the name or number of a character.
fn is_entity(after: &str, end: usize) -> bool {
    let name = after.get(..end).unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
}

/// Where the formula ends that may begin here.
fn formula(after: &str) -> Option<usize> {
    let end = within(after, MAX_MARKUP_BYTES).find('$')?;
    let inside = after.get(..end)?;
    let is_formula =
        inside.contains(['\\', '^', '_', '=', '{']) || (end <= 20 && !inside.contains(' '));
    is_formula.then_some(end + 1)
}

/// The first `bytes` of `text`, or a little less, so that no character is cut.
fn within(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Whether `c` is a word of its own: a Han character or a kana.
pub(crate) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{3040}'..='\u{30ff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

/// The vowel marks of Arabic and the stroke that lengthens a word.
const fn is_vowel_mark(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{655}' | '\u{670}' | '\u{640}')
}

/// Whether `c` is part of a word.
fn is_part(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    !is_han(c) && (c.is_alphanumeric() || is_vowel_mark(c) || matches!(c, '\u{300}'..='\u{36f}'))
}

/// Whether no phrase goes on after `c`.
const fn ends_phrase(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '"'
            | '/'
            | '–'
            | '—'
            | '|'
            | '…'
            | '。'
            | '，'
            | '、'
            | '；'
            | '：'
            | '？'
            | '！'
            | '）'
            | '「'
            | '」'
            | '《'
            | '》'
            | '“'
            | '”'
            | '«'
            | '»'
            | '،'
            | '؛'
            | '؟'
            | '•'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut shown = String::new();
        split(text, 100, |piece| {
            match piece {
                Piece::Word(word) => shown.push_str(word),
                Piece::Break => shown.push('|'),
                Piece::Open => shown.push('('),
            }
            shown.push(' ');
        });
        shown.trim_end().to_owned()
    }

    #[test]
    fn words_and_the_ends_of_phrases() {
        assert_eq!(
            shown("Multi-agent LLMs, the Bank's 802.11 e.g. x."),
            "Multi agent LLMs | the Bank 802.11 e.g | x |"
        );
        assert_eq!(shown("long form (LF)"), "long form ( LF |");
        assert_eq!(shown("l’intelligence d'Europe"), "l intelligence d Europe");
        assert_eq!(shown("人工智能AI。"), "人 工 智 能 AI |");
        assert_eq!(shown("ذَكَاء اصطنـاعي"), "ذكاء اصطناعي");
        assert_eq!(shown("ＳＭＡＲＴ ﬁre"), "SMART fire");
    }

    #[test]
    fn markup_formulas_and_addresses_are_no_words() {
        assert_eq!(
            shown("a <b class=\"x\">bold</b> &amp; see https://a.b/c?d e www.x.y z"),
            "a bold see | e | z"
        );
        assert_eq!(
            shown("the $O(n^2)$ bound \\emph{holds}"),
            "the | bound holds |".replace("holds", "| holds")
        );
        assert_eq!(shown("$5 and $6 < 7"), "| 5 and | 6 7");
        assert_eq!(shown(&"x".repeat(65)), "|");
        assert_eq!(shown("😀🎉 a🚀b"), "a b");
        assert_eq!(shown("\u{64b} <"), "|");
    }
}
