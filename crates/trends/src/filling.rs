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
use crate::lexicon::{DIGITS, FIRST, Lexicon, Word};
use crate::postings::Posting;
use crate::stops;
use crate::varint;

/// A phrase whose documents are looked for.
#[derive(Clone, Debug)]
struct New {
    number: u64,
    /// The forms of its words, by their places in [`Forms`].
    forms: Vec<u32>,
}

/// The forms under which the words of the phrases are counted. Words of one form need not be alike: one may begin
/// no term, or be a number, where another is not.
#[derive(Debug, Default)]
struct Forms {
    all: Vec<Form>,
    places: NumberMap<u32>,
    /// The form of each word, by its id; [`NONE`] for those that no phrase has.
    of_word: Vec<u32>,
}

#[derive(Debug, Default)]
struct Form {
    /// Its number, and what any of its words is.
    word: Word,
    /// Its words.
    ids: Vec<u32>,
}

/// No form.
const NONE: u32 = u32::MAX;

/// What says which documents have a part of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// It is a term.
    Term(At),
    /// It is a word of this form, of which some may be no terms.
    Word(u32),
}

/// What is looked for: the documents that have both parts of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sought {
    large: Option<Part>,
    small: Part,
    place: usize,
}

/// How many candidates two threads keep at once, each, and those of one phrase beside: 16 MiB. Words that stand in
/// most documents can make any number of them.
const TOGETHER: usize = if cfg!(test) { 64 } else { 1 << 20 };

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
    forms: &'a Forms,
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
    let (one, other) = both(|| read(one), || read(other));
    let mut forms = Forms::default();
    let new = one.into_iter().chain(other).map(|(number, keys)| New {
        number,
        forms: keys.into_iter().map(|key| forms.place(key)).collect(),
    });
    let new = new.collect::<Vec<_>>();
    forms.read(&documents.lexicon);
    let numbers = new.iter().map(|it| it.number).collect();
    let finder = Finder { counts, documents, beginnings, new: &numbers, forms: &forms };
    for (place, found) in finder.find(&new) {
        let number = new.get(place).map(|it| it.number).filter(|_| found.len() >= least);
        let Some(number) = number else { continue };
        if let Some(shard) = counts.shards.get_mut(usize::from(number >> 63 == 1)) {
            shard.fill(number, &found);
        }
    }
}

/// Phrases with the forms of their words, from the documents that have them.
fn read(
    missed: &[(u64, u32)],
    documents: &Documents,
    beginnings: &Beginnings,
) -> Vec<(u64, Vec<u64>)> {
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
                let words = places.iter().skip(start).take(length).flatten();
                new.push((number, words.map(|word| word.key).collect()));
            }
        });
    }
    new
}

impl Forms {
    /// The place of a form.
    fn place(&mut self, key: u64) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(NONE);
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            let word = Word { key, ..Word::default() };
            self.all.push(Form { word, ids: Vec::new() });
        }
        place
    }

    /// Finds the words of all forms.
    fn read(&mut self, lexicon: &Lexicon) {
        self.of_word.resize(FIRST as usize, NONE);
        for (id, word) in (FIRST..).zip(lexicon.known()) {
            let place = self.places.get(&word.key).copied().unwrap_or(NONE);
            self.of_word.push(place);
            if let Some(form) = self.all.get_mut(place as usize) {
                form.word.flags |= word.flags;
                form.word.stops |= word.stops;
                form.ids.push(id);
            }
        }
    }

    fn word(&self, form: u32) -> Word {
        self.all.get(form as usize).map(|form| form.word).unwrap_or_default()
    }
}

impl<'a> Finder<'a> {
    /// The documents of each of these phrases, by its place.
    fn find(self, new: &[New]) -> impl Iterator<Item = (usize, Vec<u32>)> + use<> {
        let half = new.len() / 2;
        let (one, other) = both(|| self.sought(new, 0..half), || self.sought(new, half..new.len()));
        let (mut one, mut other) = (one.as_slice(), other.as_slice());
        let mut found = Vec::new();
        while !one.is_empty() || !other.is_empty() {
            let ((candidates, after), (others, after_other)) =
                both(|| self.candidates(one), || self.candidates(other));
            (one, other) = (after, after_other);
            // Each document is read once, whatever is looked for in it.
            let candidates = in_order(candidates, others);
            let middle = candidates.get(candidates.len() / 2).map(|(document, _)| *document);
            let middle = candidates.partition_point(|(document, _)| Some(*document) < middle);
            let (first, second) = candidates.split_at(middle);
            let stand = both(|| self.stands(first, new), || self.stands(second, new));
            found.extend(stand.0.into_iter().chain(stand.1));
        }
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

    /// What is looked for where, of those phrases all parts of which are frequent; what has the same larger part
    /// together.
    fn sought(self, new: &[New], places: Range<usize>) -> Vec<Sought> {
        let mut sought = places
            .filter_map(|place| {
                let (small, large) = self.parts(new.get(place)?)?;
                Some(Sought { large, small, place })
            })
            .collect::<Vec<_>>();
        sought.sort_unstable();
        sought
    }

    /// The documents that have both parts, of as many phrases as can be kept, and the other phrases.
    fn candidates(self, sought: &[Sought]) -> (Vec<Candidate>, &[Sought]) {
        let mut candidates = Vec::new();
        let mut bits = vec![0_u64; self.documents.all.len() / 64 + 1];
        let (mut spread, mut rest) = (None, sought);
        while let Some((Sought { large, small, place }, after)) = rest.split_first()
            && candidates.len() < TOGETHER
        {
            // What the most documents have is spread out once for all phrases that have it.
            if spread != Some(*large) {
                spread = Some(*large);
                bits.fill(0);
                for it in large.iter().flat_map(|large| self.postings(*large)) {
                    it.each(|document| {
                        if let Some(bits) = bits.get_mut(document as usize / 64) {
                            *bits |= 1 << (document % 64);
                        }
                    });
                }
            }
            for it in self.postings(*small) {
                it.each(|document| {
                    let bits = bits.get(document as usize / 64).copied().unwrap_or_default();
                    if large.is_none() || bits >> (document % 64) & 1 == 1 {
                        candidates.push((document, *place));
                    }
                });
            }
            rest = after;
        }
        candidates.sort_unstable();
        (candidates, rest)
    }

    /// Two parts of a phrase, one that begins with it and one that ends with it, of those that the fewest
    /// documents have: what fewer have, and the other one; nothing where a part is too rare.
    fn parts(self, new: &New) -> Option<(Part, Option<Part>)> {
        let (forms, count) = (new.forms.as_slice(), new.forms.len());
        if let [form] = forms {
            return Some((Part::Word(*form), None));
        }
        let word =
            |place: usize| forms.get(place).map(|it| self.forms.word(*it)).unwrap_or_default();
        let first = (1..count).filter(|end| *end == 1 || word(end - 1).stops == 0);
        let first = self.rarest(first.filter_map(|end| forms.get(..end)))?;
        let last = (count.saturating_sub(MAX_WORDS).max(1)..count).filter(|start| {
            let word = word(*start);
            (*start == count - 1 || word.stops == 0) && word.flags & DIGITS == 0
        });
        let last = self.rarest(last.filter_map(|start| forms.get(start..)))?;
        let mut both = [first, last].into_iter().flatten().collect::<Vec<_>>();
        both.sort_unstable();
        let mut both = both.into_iter().map(|(_, part)| part);
        Some((both.next()?, both.next()))
    }

    /// The part that the fewest documents have; none of none, and nothing where one of them is no term, so that
    /// the whole is none either.
    #[expect(clippy::option_option, reason = "no part and a part that is too rare are two things")]
    fn rarest<'b>(self, parts: impl Iterator<Item = &'b [u32]>) -> Option<Option<(u32, Part)>> {
        let mut rarest = None;
        for forms in parts {
            let words = forms.iter().map(|form| self.forms.word(*form));
            let number = grams::phrase(words.map(|it| it.key));
            let is_new = self.new.contains(&number);
            let part = match forms {
                // How many have a single character is not known, and it may be many.
                [form] if self.forms.word(*form).is_small() => (u32::MAX, Part::Word(*form)),
                [form] if is_new => (0, Part::Word(*form)),
                _ if is_new => continue,
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
        let (at, form) = match part {
            Part::Term(at) => (Some(at), None),
            Part::Word(form) => (None, self.forms.all.get(form as usize)),
        };
        let term = form.map(|form| grams::phrase(std::iter::once(form.word.key)));
        let at = at.or_else(|| self.counts.at(term?));
        let words = form.into_iter().flat_map(|form| &form.ids);
        let words = words.filter_map(move |id| self.counts.rare.documents(*id));
        at.and_then(|at| self.counts.posting(at)).into_iter().chain(words)
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
            let form = |id: u32| self.forms.of_word.get(id as usize).copied().unwrap_or(NONE);
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
