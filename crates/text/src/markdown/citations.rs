//! `[^id]` in running text.

/// A piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Words as they stand.
    Words(&'a str),
    /// The id that is cited.
    Citation(&'a str),
}

/// Cuts `text` at its citations; together the pieces are the whole text.
///
/// An id is whatever stands in the brackets without white space: whether it is one that exists is
/// checked by those who ask.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut words_from = 0;
    for (at, opening) in text.match_indices("[^") {
        let from = at + opening.len();
        let opened = text.split_at_checked(from).map_or("", |(_, opened)| opened);
        let Some((id, closing)) = opened
            .find(|end: char| matches!(end, ']' | '[') || end.is_whitespace())
            .and_then(|end| opened.split_at_checked(end))
        else {
            continue;
        };
        if !id.is_empty() && closing.starts_with(']') {
            pieces.extend(words(text, words_from, at));
            pieces.push(Piece::Citation(id));
            words_from = from + id.len() + 1;
        }
    }
    pieces.extend(words(text, words_from, text.len()));
    pieces
}

fn words(text: &str, from: usize, until: usize) -> Option<Piece<'_>> {
    text.get(from..until).filter(|words| !words.is_empty()).map(Piece::Words)
}

#[cfg(test)]
mod tests {
    use super::Piece::{Citation, Words};
    use super::*;

    #[test]
    fn text_is_cut_at_citations() {
        for (text, expected) in [
            ("a[^b][^c] d", &[Words("a"), Citation("b"), Citation("c"), Words(" d")][..]),
            ("[^B_1]", &[Citation("B_1")]),
            ("x [^ y] [^z", &[Words("x [^ y] [^z")]),
            ("[^[^a]", &[Words("[^"), Citation("a")]),
            ("[^] é[^é]", &[Words("[^] é"), Citation("é")]),
            ("", &[]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
