//! The words of a text as they are written, folded but with their endings: for prefixes, for "did you
//! mean" and for suggestions.

use crate::analyzers::{elided, without_possessive};
use crate::arabic;
use crate::letters::{Class, Folded, class};
use crate::words::{Chains, Kind, Piece};

/// The different words of texts, in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Surfaces {
    letters: String,
    words: Vec<(usize, usize)>,
    pieces: Vec<Piece>,
    folded: Folded,
    normal: String,
}

impl Surfaces {
    /// Adds the words of a text. Runs of ideographs have none: they are searched by their pairs.
    pub(crate) fn add(&mut self, text: &str) {
        let mut chains = Chains::new(text);
        while chains.next_chain(&mut self.pieces) {
            for piece in &self.pieces {
                if piece.kind == Kind::Run {
                    continue;
                }
                let start = self.letters.len();
                let word = piece.of(text).unwrap_or_default();
                push_surface(word, &mut self.folded, &mut self.normal, &mut self.letters);
                if self.letters.len() > start {
                    self.words.push((start, self.letters.len()));
                }
            }
        }
    }

    /// Every word once, in their order, with `between` between two of them.
    pub(crate) fn joined(&mut self, between: char) -> String {
        let letters = &self.letters;
        let word = |&(start, end): &(usize, usize)| letters.get(start..end).unwrap_or_default();
        self.words.sort_unstable_by(|left, right| word(left).cmp(word(right)));
        self.words.dedup_by(|left, right| word(left) == word(right));
        let mut joined = String::new();
        for place in &self.words {
            joined.push_str(word(place));
            joined.push(between);
        }
        joined
    }
}

/// The one word of a text as [`Surfaces`] has it; empty when it has none.
pub(crate) fn surface(word: &str) -> String {
    let mut into = String::new();
    push_surface(word, &mut Folded::default(), &mut String::new(), &mut into);
    into
}

/// Adds the surface of a word: folded; of Arabic, without the article and what stands before it, which
/// nobody counts as the beginning of a word.
fn push_surface(word: &str, folded: &mut Folded, normal: &mut String, into: &mut String) {
    let word = without_possessive(word);
    folded.set(word.get(elided(word)..).unwrap_or_default());
    if folded.plain.chars().next().is_some_and(|first| class(first) == Class::Arabic) {
        arabic::normalise(&folded.accented, normal);
        let bare = arabic::without_article(normal);
        if !arabic::is_bare_article(bare) {
            into.push_str(bare);
        }
        return;
    }
    into.push_str(&folded.plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_endings_and_lose_their_accents() {
        let mut surfaces = Surfaces::default();
        surfaces.add("Événements, satellites and satellite C23/52 5G网络 satellites");
        surfaces.add("والاتصالات الاتصالات l’eau ITU's");
        assert_eq!(
            surfaces.joined(' '),
            "52 5g and c23 eau evenements itu satellite satellites اتصالات "
        );
        assert_eq!(surface("المدارس"), "مدارس");
    }
}
