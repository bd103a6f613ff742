//! The phrases of documents in two halves: read by two threads, so that two others can take a half each.

use std::ops::Range;

use crate::beside::both;
use crate::documents::Documents;
use crate::grams::{self, Beginnings, Place};
use crate::lexicon::Lexicon;
use crate::varint;

/// How many bytes of words are read at once: their phrases fit into a near cache.
const PORTION: usize = 1 << 17;

/// How many of some documents are read at once.
const SOME: usize = 400;

/// A document that is to be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'a> {
    /// Its number.
    pub document: u32,
    /// The languages whose stop words hold for it.
    pub mask: u8,
    /// Its words.
    pub words: &'a [u8],
}

/// Phrases of one half.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phrases<'a> {
    /// All of them, document by document.
    pub numbers: &'a [u64],
    ends: &'a [(u32, usize)],
}

impl<'a> Phrases<'a> {
    /// The documents with their phrases.
    pub(crate) fn by_document(self) -> impl Iterator<Item = (u32, &'a [u64])> {
        let mut start = 0;
        self.ends.iter().map(move |(document, end)| {
            let numbers = self.numbers.get(start..*end).unwrap_or_default();
            start = *end;
            (*document, numbers)
        })
    }
}

/// What one thread has read.
#[derive(Debug, Default)]
struct Read {
    places: Vec<Place>,
    numbers: [Vec<u64>; 2],
    ends: [Vec<(u32, usize)>; 2],
}

impl Read {
    fn read<'a>(
        &mut self,
        part: impl Iterator<Item = Counted<'a>>,
        lexicon: &Lexicon,
        beginnings: &Beginnings,
    ) {
        self.numbers.iter_mut().for_each(Vec::clear);
        self.ends.iter_mut().for_each(Vec::clear);
        for document in part {
            grams::places(varint::read(document.words), lexicon, &mut self.places);
            let [low, high] = &mut self.numbers;
            grams::each(&self.places, document.mask, beginnings, |_, _, number| {
                if number >> 63 == 0 { low.push(number) } else { high.push(number) }
            });
            for (ends, numbers) in self.ends.iter_mut().zip(&self.numbers) {
                ends.push((document.document, numbers.len()));
            }
        }
    }

    fn half(&self, half: usize) -> Option<Phrases<'_>> {
        let (numbers, ends) = (self.numbers.get(half)?, self.ends.get(half)?);
        Some(Phrases { numbers, ends })
    }
}

/// Gives each of two halves, on two threads, its phrases of these documents in their order.
pub(crate) fn each<Half: Send>(
    halves: &mut [Half; 2],
    documents: &Documents,
    beginnings: &Beginnings,
    range: Range<usize>,
    take: impl Fn(&mut Half, Phrases<'_>) + Sync,
) {
    let mut reads = [Read::default(), Read::default()];
    let mut at = range.start;
    while at < range.end {
        let middle = documents.portion(at..range.end, PORTION);
        let end = documents.portion(middle..range.end, PORTION);
        let parts = [documents.counted(at, middle), documents.counted(middle, end)];
        portion(halves, &mut reads, parts, (&documents.lexicon, beginnings), &take);
        at = end;
    }
}

/// The same for some documents, those that do not count too.
pub(crate) fn each_of<Half: Send>(
    halves: &mut [Half; 2],
    documents: &Documents,
    beginnings: &Beginnings,
    some: &[u32],
    take: impl Fn(&mut Half, Phrases<'_>) + Sync,
) {
    let mut reads = [Read::default(), Read::default()];
    for some in some.chunks(SOME) {
        let (one, other) = some.split_at(some.len() / 2);
        let parts = [one, other].map(|some| some.iter().filter_map(|it| documents.any(*it)));
        portion(halves, &mut reads, parts, (&documents.lexicon, beginnings), &take);
    }
}

fn portion<'a, Half: Send>(
    halves: &mut [Half; 2],
    reads: &mut [Read; 2],
    parts: [impl Iterator<Item = Counted<'a>> + Send; 2],
    (lexicon, beginnings): (&Lexicon, &Beginnings),
    take: impl Fn(&mut Half, Phrases<'_>) + Sync,
) {
    let ([first, second], [one, other]) = (&mut *reads, parts);
    both(|| second.read(other, lexicon, beginnings), || first.read(one, lexicon, beginnings));
    let give = |half: &mut Half, which: usize| {
        let phrases = reads.iter().filter_map(|read| read.half(which));
        phrases.for_each(|phrases| take(half, phrases));
    };
    let [low, high] = halves;
    both(|| give(low, 0), || give(high, 1));
}
