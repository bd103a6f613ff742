//! Finding the documents of phrases that have become frequent, in the documents that have their parts.
//!
//! A phrase stands nowhere but where its first and its last words do, and shorter phrases inside it that are
//! terms: of these parts it is known which documents have them. What has two of them is read, and nothing else.

use std::ops::Range;

use crate::beside::both;
use crate::counts::{At, Counts};
use crate::documents::Documents;
use crate::grams::{self, Beginnings, MAX_LABEL, MAX_WORDS, Place};
use crate::hashing::{NumberMap, NumberSet};
use crate::lexicon::{DIGITS, FIRST, Word};
use crate::postings::Posting;
use crate::stops;
use crate::varint;

/// A phrase whose documents are looked for.
#[derive(Clone, Debug)]
struct New {
    number: u64,
    words: Vec<Word>,
    /// What stands for its words in [`Finder::forms`].
    forms: Vec<u32>,
}

/// What says which documents have a part of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// It is a term.
    Term(At),
    /// It is a word that is none, of this form.
    Word(u64),
}

/// A document that has the parts of a phrase, which is known by its place.
type Candidate = (u32, usize);

/// What the documents of phrases are found by.
#[derive(Clone, Copy, Debug)]
struct Finder<'a> {
    counts: &'a Counts,
    documents: &'a Documents,
    beginnings: &'a Beginnings,
    /// The phrases that are looked for.
    new: &'a NumberSet,
    /// The ids of words that are no terms, by their forms.
    ids: &'a NumberMap<Vec<u32>>,
    /// For each word, by its id, a number of the form under which it is counted where a phrase has it.
    forms: &'a [u32],
}

/// Admits those of the phrases `missed`, each with a document that has it, that `least` documents have, with all
/// of their documents.
pub(crate) fn fill(
    counts: &mut Counts,
    missed: &[(u64, u32)],
    documents: &Documents,
    beginnings: &Beginnings,
    least: usize,
) {
    if missed.is_empty() {
        return;
    }
    let (one, other) = missed.split_at(missed.len() / 2);
    let read = |missed| read(missed, documents, beginnings);
    let (mut new, others) = both(|| read(one), || read(other));
    new.extend(others);
    let (ids, forms) = (ids(&new, documents), forms(&mut new, documents));
    let numbers = new.iter().map(|it| it.number).collect();
    let finder = Finder { counts, documents, beginnings, new: &numbers, ids: &ids, forms: &forms };
    for (place, found) in finder.find(&new) {
        let number = new.get(place).map(|it| it.number).filter(|_| found.len() >= least);
        let Some(number) = number else { continue };
        if let Some(shard) = counts.shards.get_mut(usize::from(number >> 63 == 1)) {
            shard.fill(number, &found);
        }
    }
}

/// The words of phrases, from the documents that have them.
fn read(missed: &[(u64, u32)], documents: &Documents, beginnings: &Beginnings) -> Vec<New> {
    let mut places = Vec::<Place>::new();
    let mut new = Vec::new();
    for of_one in missed.chunk_by(|one, other| one.1 == other.1) {
        let document = of_one.first().and_then(|(_, it)| documents.all.get(*it as usize));
        let Some(document) = document else { continue };
        let mut numbers = of_one.iter().map(|(number, _)| *number).collect::<NumberSet>();
        grams::places(varint::read(documents.words(document)), &documents.lexicon, &mut places);
        let mask = stops::mask(document.language);
        grams::each(&places, mask, beginnings, |start, length, number| {
            if numbers.remove(&number) {
                let words = places.iter().skip(start).take(length).flatten().copied().collect();
                new.push(New { number, words, forms: Vec::new() });
            }
        });
    }
    new
}

/// The ids of those words of phrases of which it is known by their ids where they stand.
fn ids(new: &[New], documents: &Documents) -> NumberMap<Vec<u32>> {
    let mut ids = NumberMap::<Vec<u32>>::default();
    for New { words, .. } in new {
        let ends = [words.first(), words.last()].into_iter().flatten();
        for word in ends.filter(|word| words.len() == 1 || word.is_small()) {
            ids.entry(word.key).or_default();
        }
    }
    if !ids.is_empty() {
        for (id, word) in (FIRST..).zip(documents.lexicon.known()) {
            ids.entry(word.key).and_modify(|of| of.push(id));
        }
    }
    ids
}

/// A number for the form of each word, by its id, nought for those that no phrase has; the phrases are told theirs.
fn forms(new: &mut [New], documents: &Documents) -> Vec<u32> {
    let mut numbers = NumberMap::<u32>::default();
    for it in new {
        for word in &it.words {
            let next = u32::try_from(numbers.len() + 1).unwrap_or(u32::MAX);
            it.forms.push(*numbers.entry(word.key).or_insert(next));
        }
    }
    let words = documents.lexicon.known().iter();
    let forms = words.map(|word| numbers.get(&word.key).copied().unwrap_or_default());
    std::iter::repeat_n(0, FIRST as usize).chain(forms).collect()
}

impl<'a> Finder<'a> {
    /// The documents of each of these phrases, by its place.
    fn find(self, new: &[New]) -> impl Iterator<Item = (usize, Vec<u32>)> + use<> {
        let part = |places: Range<usize>| self.candidates(new, places);
        let half = new.len() / 2;
        let (one, other) = both(|| part(0..half), || part(half..new.len()));
        // Each document is read once, whatever is looked for in it.
        let candidates = in_order(one, other);
        let middle = candidates.get(candidates.len() / 2).map(|(document, _)| *document);
        let middle = candidates.partition_point(|(document, _)| Some(*document) < middle);
        let (one, other) = candidates.split_at(middle);
        let (mut found, others) = both(|| self.stands(one, new), || self.stands(other, new));
        found.extend(others);
        found.sort_unstable_by_key(|(document, place)| (*place, *document));
        let mut found = found.into_iter().peekable();
        std::iter::from_fn(move || {
            let (first, place) = found.next()?;
            let mut documents = vec![first];
            while let Some((document, _)) = found.next_if(|(_, other)| *other == place) {
                documents.push(document);
            }
            Some((place, documents))
        })
    }

    /// The documents that have two parts of each of these phrases.
    fn candidates(self, new: &[New], places: Range<usize>) -> Vec<Candidate> {
        let of = |place: usize| Some((self.parts(new.get(place)?)?, place));
        let mut parts = places.filter_map(of).collect::<Vec<_>>();
        // What the most documents have is spread out once for all phrases that have it.
        parts.sort_unstable_by_key(|((_, large), place)| (*large, *place));
        let mut candidates = Vec::new();
        let mut bits = vec![0_u64; self.documents.all.len() / 64 + 1];
        for same in parts.chunk_by(|((_, one), _), ((_, other), _)| one == other) {
            let large = same.first().and_then(|((_, large), _)| *large);
            bits.fill(0);
            for it in large.into_iter().flat_map(|large| self.postings(large)) {
                it.each(|document| {
                    if let Some(bits) = bits.get_mut(document as usize / 64) {
                        *bits |= 1 << (document % 64);
                    }
                });
            }
            for ((small, _), place) in same {
                for it in self.postings(*small) {
                    it.each(|document| {
                        let bits = bits.get(document as usize / 64).copied().unwrap_or_default();
                        if large.is_none() || bits >> (document % 64) & 1 == 1 {
                            candidates.push((document, *place));
                        }
                    });
                }
            }
        }
        candidates.sort_unstable();
        candidates
    }

    /// Two parts of a phrase, one that begins with it and one that ends with it, of those that the fewest
    /// documents have: what fewer have, and the other one; nothing where a part is too rare.
    fn parts(self, new: &New) -> Option<(Part, Option<Part>)> {
        let (words, count) = (new.words.as_slice(), new.words.len());
        if let [word] = words {
            return Some((Part::Word(word.key), None));
        }
        let stops = |place: usize| words.get(place).is_some_and(|word| word.stops != 0);
        let first = (1..count).filter(|end| *end == 1 || !stops(end - 1));
        let first = self.rarest(first.filter_map(|end| words.get(..end)))?;
        let last = (count.saturating_sub(MAX_WORDS).max(1)..count)
            .filter(|start| *start == count - 1 || !stops(*start));
        let last = last.filter_map(|start| words.get(start..));
        let digits = |part: &&[Word]| part.first().is_some_and(|word| word.flags & DIGITS != 0);
        let last = self.rarest(last.filter(|part| !digits(part)))?;
        let mut both = [first, last].into_iter().flatten().collect::<Vec<_>>();
        both.sort_unstable();
        let mut both = both.into_iter().map(|(_, part)| part);
        Some((both.next()?, both.next()))
    }

    /// The part that the fewest documents have; none of none, and nothing where one of them is no term, so that
    /// the whole is none either.
    #[expect(clippy::option_option, reason = "no part and a part that is too rare are two things")]
    fn rarest<'b>(self, parts: impl Iterator<Item = &'b [Word]>) -> Option<Option<(u32, Part)>> {
        let mut rarest = None;
        for words in parts {
            let number = grams::phrase(words.iter().map(|it| it.key));
            let part = match words {
                // How many have a single character is not known, and it may be many.
                [word] if word.is_small() => (u32::MAX, Part::Word(word.key)),
                [word] if self.new.contains(&number) => (0, Part::Word(word.key)),
                _ if self.new.contains(&number) => continue,
                _ => {
                    let at = self.counts.at(number)?;
                    (self.counts.size(at), Part::Term(at))
                }
            };
            rarest = Some(rarest.map_or(part, |other| part.min(other)));
        }
        Some(rarest)
    }

    /// The documents that have a part, which may be told twice where it is written in several ways.
    fn postings(self, part: Part) -> impl Iterator<Item = Posting<'a>> {
        let (term, form) = match part {
            Part::Term(at) => (self.counts.posting(at), None),
            Part::Word(form) => (None, self.ids.get(&form)),
        };
        let words = form.into_iter().flatten();
        term.into_iter().chain(words.filter_map(move |id| self.counts.rare.documents(*id)))
    }

    /// Those of the candidates, which are in order, in which the phrase stands.
    fn stands(self, candidates: &[Candidate], new: &[New]) -> Vec<Candidate> {
        let mut forms = Vec::new();
        let mut found = Vec::new();
        for of_one in candidates.chunk_by(|one, other| one.0 == other.0) {
            let document = of_one.first().and_then(|it| self.documents.all.get(it.0 as usize));
            let Some(document) = document.filter(|document| document.live) else { continue };
            let words = self.documents.words(document);
            forms.clear();
            let form = |id: u32| self.forms.get(id as usize).copied().unwrap_or_default();
            varint::each(words, |id| forms.push(form(id)));
            let mask = stops::mask(document.language);
            let has = |new: &New| {
                new.may_stand(&forms)
                    && (0..forms.len()).any(|start| {
                        forms.get(start..).is_some_and(|rest| rest.starts_with(&new.forms))
                            && self.begins(words, start, mask, new.number)
                    })
            };
            found.extend(of_one.iter().filter(|(_, place)| new.get(*place).is_some_and(has)));
        }
        found
    }

    /// Whether a phrase begins at this place of these words.
    fn begins(self, words: &[u8], start: usize, mask: u8, phrase: u64) -> bool {
        let mut places = Vec::<Place>::new();
        let ids = varint::read(words).skip(start).take(MAX_LABEL);
        grams::places(ids, &self.documents.lexicon, &mut places);
        let mut begins = false;
        grams::each(&places, mask, self.beginnings, |start, _, number| {
            begins |= start == 0 && number == phrase;
        });
        begins
    }
}

/// Candidates that are in order, put together.
fn in_order(mut one: Vec<Candidate>, other: Vec<Candidate>) -> Vec<Candidate> {
    one.extend(other);
    #[expect(
        clippy::stable_sort_primitive,
        reason = "two rows in order are put together in one walk"
    )]
    one.sort();
    one.dedup();
    one
}

impl New {
    /// Whether its first two words, or its only one, stand somewhere in these forms: nearly always they do not,
    /// and many places are compared at once.
    fn may_stand(&self, forms: &[u32]) -> bool {
        let places = match self.forms.as_slice() {
            [first, second, ..] => {
                let pairs = forms.iter().zip(forms.get(1..).unwrap_or_default());
                pairs.map(|(one, next)| u32::from(one == first) & u32::from(next == second)).sum()
            }
            [first] => forms.iter().map(|form| u32::from(form == first)).sum::<u32>(),
            [] => 0,
        };
        places > 0
    }
}
