//! Acronyms and what they stand for, where a document says both: `long form (ACR)`.

use std::collections::BTreeMap;

use crate::grams::{MAX_LABEL, phrase};
use crate::lexicon::{CAPITALS, FIRST, Lexicon, OPEN};
use crate::scene::{EARLIER, Scene};

/// The most pairs that are kept of a document.
const MAX_PAIRS: usize = 20;

/// How many documents must say what an acronym stands for.
const MIN_SAID: u32 = 3;

/// From which part of those that explain an acronym on it stands for one thing, in tenths.
const TENTHS: u32 = 6;

/// What a document says an acronym stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    /// The phrase of the acronym.
    pub short: u64,
    /// The phrase of its long form.
    pub long: u64,
}

/// The pairs of a document.
pub(crate) fn pairs(ids: &[u32], lexicon: &Lexicon) -> Box<[Pair]> {
    let mut pairs = Vec::new();
    for (open, id) in ids.iter().enumerate() {
        if *id != OPEN || pairs.len() == MAX_PAIRS {
            continue;
        }
        let Some((short, acronym)) = ids.get(open + 1).and_then(|id| {
            let word = lexicon.word(*id).filter(|word| word.flags & CAPITALS != 0)?;
            Some((word.key, lexicon.written(*id)))
        }) else {
            continue;
        };
        // Only a word that stands in the parenthesis alone.
        if ids.get(open + 2).is_some_and(|id| *id >= FIRST) {
            continue;
        }
        let before = ids.get(open.saturating_sub(MAX_LABEL)..open).unwrap_or_default();
        let words = before.iter().rev().take_while(|id| **id >= FIRST).count();
        let before = before.get(before.len() - words..).unwrap_or_default();
        if let Some(long) = long_form(before, acronym, lexicon) {
            let keys = long.iter().filter_map(|id| lexicon.word(*id)).map(|word| word.key);
            pairs.push(Pair { short: phrase(std::iter::once(short)), long: phrase(keys) });
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into()
}

/// The last words whose initials, with or without those of stop words, are the letters of the acronym.
fn long_form<'a>(before: &'a [u32], acronym: &str, lexicon: &Lexicon) -> Option<&'a [u32]> {
    let plain = acronym.strip_suffix('s').unwrap_or(acronym).to_lowercase();
    let initial = |id: &u32| lexicon.written(*id).chars().next();
    (2..=before.len()).find_map(|count| {
        let words = before.get(before.len() - count..)?;
        let first = words.first().and_then(|id| lexicon.word(*id))?;
        let all = words.iter().filter_map(initial).collect::<String>().to_lowercase();
        let content = words.iter().filter(|id| lexicon.word(**id).is_some_and(|it| it.stops == 0));
        let content = content.filter_map(initial).collect::<String>().to_lowercase();
        (first.stops == 0 && (all == plain || content == plain)).then_some(words)
    })
}

/// The phrases that name one thing: each long form with its acronyms, of what documents before the
/// question say.
pub(crate) fn groups(scene: &Scene<'_>) -> BTreeMap<u64, Vec<u64>> {
    let mut said = Vec::new();
    for (document, period) in scene.documents.all.iter().zip(&scene.periods) {
        if document.explains && *period <= EARLIER {
            said.extend(scene.documents.acronyms(document));
        }
    }
    said.sort_unstable();
    let mut groups = BTreeMap::<u64, Vec<u64>>::new();
    for of_short in said.chunk_by(|one, other| one.short == other.short) {
        let all = u32::try_from(of_short.len()).unwrap_or(u32::MAX);
        let of_long = of_short.chunk_by(|one, other| one.long == other.long);
        let most = of_long.map(|same| (same.len(), same.first())).max_by_key(|(count, _)| *count);
        let Some((count, Some(pair))) = most else { continue };
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count >= MIN_SAID && count.saturating_mul(10) >= all.saturating_mul(TENTHS) {
            groups.entry(pair.long).or_default().push(pair.short);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashing::number;
    use crate::keys::key;
    use crate::lexicon::BREAK;
    use crate::words::{Piece, split};

    fn found(text: &str) -> Vec<Pair> {
        let mut lexicon = Lexicon::default();
        let mut ids = Vec::new();
        split(text, 100, |piece| {
            ids.push(match piece {
                Piece::Word(word) => lexicon.id(word),
                Piece::Open => OPEN,
                Piece::Break => BREAK,
            });
        });
        pairs(&ids, &lexicon).into()
    }

    fn pair(short: &str, long: &str) -> Pair {
        let number = |text: &str| phrase(text.split(' ').map(|word| number(&key(word))));
        Pair { short: number(short), long: number(long) }
    }

    #[test]
    fn initials_say_what_an_acronym_stands_for() {
        assert_eq!(found("the Internet of Things (IoT)."), [pair("IoT", "Internet of Things")]);
        assert_eq!(
            found("deep convolutional neural networks (CNNs) and"),
            [pair("CNN", "convolutional neural network")]
        );
        assert_eq!(found("искусственный интеллект (ИИ)"), [pair("ИИ", "искусственный интеллект")]);
        for none in
            ["in Paris (FR)", "neural networks (NN with)", "(AB)", "a big (AB", "things. (IoT)"]
        {
            assert_eq!(found(none), [], "{none}");
        }
    }
}
