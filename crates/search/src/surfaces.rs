//! The words of a text as they are written, folded but with their endings: for prefixes, for "did you
//! mean" and for suggestions.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::analyzers::{elided, without_possessive};
use crate::arabic;
use crate::letters::{Class, Folded, class};
use crate::tokens::NEXT;
use crate::words::Piece;

/// The different words of texts, in one piece of memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surfaces {
    /// As the index takes them.
    letters: String,
    /// Where each of them stands.
    places: HashTable<(usize, usize)>,
    /// With a secret: whoever writes a text must not choose words that share a place.
    hasher: DefaultHashBuilder,
    folded: Folded,
    normal: String,
}

impl Surfaces {
    /// Adds a word. A run of ideographs has none: it is searched by its pairs.
    pub(crate) fn add(&mut self, word: &str) {
        self.letters.push(NEXT);
        let start = self.letters.len();
        push_surface(word, &mut self.folded, &mut self.normal, &mut self.letters);
        self.settle(start);
    }

    /// Adds a piece of a text that was folded whole.
    pub(crate) fn add_folded(&mut self, word: &str, piece: &Piece, folded: &Folded) {
        let is_arabic = |first| class(first) == Class::Arabic;
        // With an apostrophe or another sign in it, only a part of it may have been folded.
        if !piece.letters.is_told() || folded.plain.chars().next().is_none_or(is_arabic) {
            return self.add(word);
        }
        self.letters.push(NEXT);
        let start = self.letters.len();
        self.letters.push_str(&folded.plain);
        self.settle(start);
    }

    /// Keeps the word that begins at `start`, or takes it away when it is none or is there already.
    fn settle(&mut self, start: usize) {
        let Self { letters, places, hasher, .. } = self;
        let place = (start, letters.len());
        let word = |&(start, end): &(usize, usize)| letters.get(start..end).unwrap_or_default();
        let hash = |place: &(usize, usize)| hasher.hash_one(word(place));
        let (number, same) = (hash(&place), |other: &(usize, usize)| word(other) == word(&place));
        if word(&place).is_empty() || places.find(number, same).is_some() {
            letters.truncate(start.saturating_sub(NEXT.len_utf8()));
        } else {
            places.insert_unique(number, place, hash);
        }
    }

    /// Takes out every word once, as the index takes them.
    pub(crate) fn take(&mut self) -> String {
        self.places.clear();
        std::mem::take(&mut self.letters)
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
    use crate::words::Chains;

    #[test]
    fn words_keep_their_endings_and_lose_their_accents() {
        let mut surfaces = Surfaces::default();
        let text = "Événements, satellites and satellite C23/52 5G satellites \
            والاتصالات الاتصالات l’eau ITU's";
        let (mut chains, mut pieces) = (Chains::new(text), Vec::new());
        while chains.next_chain(&mut pieces) {
            pieces.iter().filter_map(|piece| piece.of(text)).for_each(|word| surfaces.add(word));
        }
        assert_eq!(
            surfaces.take(),
            "\nevenements\nsatellites\nand\nsatellite\nc23\n52\n5g\nاتصالات\neau\nitu"
        );
        surfaces.add("and");
        assert_eq!(surfaces.take(), "\nand", "another document");
        assert_eq!(surface("المدارس"), "مدارس");
    }
}
