//! What is kept of a document beside its facts, as one piece of bytes: key, acronyms and words.

use crate::acronyms::Pair;
use crate::varint;

/// The bytes of a pair.
const PAIR: usize = 16;

/// The content of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    /// Its key.
    pub key: &'a str,
    /// What it says acronyms stand for.
    pub acronyms: &'a [Pair],
    /// Its words, as ids; none where it has breaks alone.
    pub words: &'a [u8],
}

impl Content<'_> {
    /// As one piece: the lengths of key and pairs, then key, pairs and words.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            Vec::with_capacity(10 + self.key.len() + self.acronyms.len() * PAIR + self.words.len());
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        varint::push(&mut bytes, length(self.key.len()));
        varint::push(&mut bytes, length(self.acronyms.len()));
        bytes.extend_from_slice(self.key.as_bytes());
        for pair in self.acronyms {
            bytes.extend_from_slice(&pair.short.to_le_bytes());
            bytes.extend_from_slice(&pair.long.to_le_bytes());
        }
        bytes.extend_from_slice(self.words);
        bytes
    }
}

/// The key in a piece.
pub(crate) fn key(bytes: &[u8]) -> &str {
    std::str::from_utf8(parts(bytes).0).unwrap_or_default()
}

/// The pairs in a piece.
pub(crate) fn acronyms(bytes: &[u8]) -> impl ExactSizeIterator<Item = Pair> {
    let (halves, _) = parts(bytes).1.as_chunks::<{ PAIR / 2 }>();
    let (pairs, _) = halves.as_chunks::<2>();
    pairs.iter().map(|[short, long]| {
        let [short, long] = [short, long].map(|half| u64::from_le_bytes(*half));
        Pair { short, long }
    })
}

/// The words in a piece.
pub(crate) fn words(bytes: &[u8]) -> &[u8] {
    parts(bytes).2
}

fn parts(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let mut numbers = varint::read(bytes);
    let mut length = || numbers.next().unwrap_or_default() as usize;
    let (key, pairs) = (length(), length());
    let rest = numbers.rest();
    let (key, rest) = rest.split_at(key.min(rest.len()));
    let (pairs, words) = rest.split_at((pairs * PAIR).min(rest.len()));
    (key, pairs, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let all = [Pair { short: 1, long: u64::MAX }, Pair { short: 1 << 40, long: 0 }];
        for (name, pairs, said) in [("", 0, ""), ("entry:7", 2, "abc"), ("é", 1, ""), ("k", 0, "x")]
        {
            let acronyms_of = all.get(..pairs).unwrap();
            let content = Content { key: name, acronyms: acronyms_of, words: said.as_bytes() };
            let bytes = content.bytes();
            assert_eq!(key(&bytes), name);
            assert_eq!(acronyms(&bytes).collect::<Vec<_>>(), acronyms_of);
            assert_eq!(words(&bytes), said.as_bytes());
        }
        assert_eq!((key(&[]), acronyms(&[]).len(), words(&[])), ("", 0, &[][..]));
        assert_eq!((key(&[200]), key(&[9, 9, 65]), words(&[9, 9, 65])), ("", "A", &[][..]));
    }
}
