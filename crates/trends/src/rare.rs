//! Which documents have the words that are no terms by themselves: rare ones, and single characters.
//!
//! With the documents of the terms this says where every word stands that a phrase can begin or end with, so
//! that the documents of a phrase can be found without reading those that do not have its words.

use std::ops::Range;

use crate::beside::both;
use crate::documents::Documents;
use crate::grams;
use crate::lexicon::{FIRST, Lexicon, Word};
use crate::postings::Posting;
use crate::slices::{List, Slices};
use crate::varint;

/// The words, in two halves by the lowest bit of their ids, so that two threads can work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rare {
    halves: [Half; 2],
}

#[derive(Clone, Debug, Default)]
struct Half {
    rows: Vec<Row>,
    slices: Slices,
}

/// The documents of a word, as distances.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    list: List,
    last: u32,
}

/// What is known of a word while documents are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Unknown,
    Term,
    Rare,
}

impl Rare {
    /// Keeps these documents, which come after those that were kept, for each of their words with which a
    /// phrase can begin or end and whose phrase is not one of those that `is_term` knows by their numbers.
    pub(crate) fn keep(
        &mut self,
        documents: &Documents,
        range: Range<usize>,
        is_term: impl Fn(u64) -> bool + Sync,
    ) {
        let is_term = &is_term;
        let [even, odd] = &mut self.halves;
        let (one, other) = (range.clone(), range);
        both(|| even.keep(0, documents, one, is_term), || odd.keep(1, documents, other, is_term));
    }

    /// The documents that have the word of this id, in the order of their numbers.
    pub(crate) fn documents(&self, id: u32) -> Option<Posting<'_>> {
        let (half, place) = at(id)?;
        let half = self.halves.get(half)?;
        half.rows.get(place).map(|row| Posting::new(&half.slices, row.list))
    }
}

impl Half {
    fn keep(
        &mut self,
        which: usize,
        documents: &Documents,
        range: Range<usize>,
        is_term: impl Fn(u64) -> bool,
    ) {
        let lexicon = &documents.lexicon;
        let mut known = vec![Is::Unknown; lexicon.known().len() / 2 + 1];
        // Not twice as much room as is needed, as a vector that grows would take.
        self.rows.reserve_exact(known.len().saturating_sub(self.rows.len()));
        self.rows.resize(known.len(), Row::default());
        for document in documents.counted(range.start, range.end) {
            for id in varint::read(document.words) {
                let Some((_, place)) = at(id).filter(|(half, _)| *half == which) else { continue };
                let Some(is) = known.get_mut(place) else { continue };
                if *is == Is::Unknown {
                    *is = told(lexicon, id, &is_term);
                }
                // The languages of its document are asked last: few words are left.
                if *is == Is::Rare
                    && lexicon.word(id).is_some_and(|it| !it.is_no_beginning(document.mask))
                {
                    self.add(place, document.document);
                }
            }
        }
    }

    /// Adds a document that is not before the last one of the word.
    fn add(&mut self, place: usize, document: u32) {
        let Some(row) = self.rows.get_mut(place) else { return };
        if !row.list.is_empty() && document <= row.last {
            return;
        }
        let (bytes, count) = varint::short(document - row.last);
        self.slices.push(&mut row.list, bytes.get(..count).unwrap_or_default());
        row.last = document;
    }
}

/// Whether the documents of a word are kept here.
fn told(lexicon: &Lexicon, id: u32, is_term: impl Fn(u64) -> bool) -> Is {
    let is_term =
        |word: Word| !word.is_small() && is_term(grams::phrase(std::iter::once(word.key)));
    if lexicon.word(id).is_none_or(is_term) { Is::Term } else { Is::Rare }
}

/// The half and the place of a word.
const fn at(id: u32) -> Option<(usize, usize)> {
    match id.checked_sub(FIRST) {
        Some(place) => Some((place as usize % 2, place as usize / 2)),
        None => None,
    }
}
