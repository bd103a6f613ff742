//! Which documents have which phrase: half of the phrases, so that two threads can work.
//!
//! All phrases are counted in a sketch, which counts at least as many as there are. Phrases whose count
//! reaches the threshold are admitted: from then on every document that has them is kept, and those of the past
//! are looked up. A phrase can be admitted too early, never too late; whoever asks filters by the exact
//! count.

use crate::hashing::NumberMap;
use crate::phrases::Phrases;
use crate::places::Places;
use crate::sketch::{Sketch, TOGETHER};
use crate::slices::{List, Slices};
use crate::varint;

/// How many counters there are for a document.
const COUNTERS_EACH: usize = 1024;

/// The least and the most counters of one half: half a mebibyte, 16 MiB.
const COUNTERS: (usize, usize) = (1 << 19, 1 << 24);

/// The counters of one half for what was not admitted.
const RARE: usize = 1 << 21;

/// A phrase that was admitted, and where the documents are that have it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    number: u64,
    /// Distances from one document to the next, the first from zero.
    list: List,
    last: u32,
    count: u32,
}

/// The documents that have a phrase.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Posting<'a> {
    slices: &'a Slices,
    list: List,
}

impl<'a> Posting<'a> {
    /// The documents of this list, each as the distance from the one before.
    pub(crate) const fn new(slices: &'a Slices, list: List) -> Self {
        Self { slices, list }
    }

    /// Gives `give` the documents in ascending order, forgotten ones too.
    pub(crate) fn each(self, mut give: impl FnMut(u32)) {
        let mut reader = Reader::new(self);
        while reader.quickly(&mut give) || reader.slowly(&mut give) {}
    }

    /// The same for two lists, each of which has to wait for itself only: the processor reads both at once.
    pub(crate) fn each_of(
        [one, other]: [Self; 2],
        mut give: impl FnMut(u32),
        mut give_other: impl FnMut(u32),
    ) {
        let (mut one, mut other) = (Reader::new(one), Reader::new(other));
        loop {
            let is_one = one.quickly(&mut give);
            let is_other = other.quickly(&mut give_other);
            if !is_one && !one.slowly(&mut give) {
                while other.quickly(&mut give_other) || other.slowly(&mut give_other) {}
                return;
            }
            if !is_other && !other.slowly(&mut give_other) {
                while one.quickly(&mut give) || one.slowly(&mut give) {}
                return;
            }
        }
    }

    /// The documents in ascending order, forgotten ones too.
    pub(crate) fn documents(self) -> impl Iterator<Item = u32> + 'a {
        varint::read_from(self.slices.of(self.list).flatten()).scan(0_u32, |document, distance| {
            *document = document.wrapping_add(distance);
            Some(*document)
        })
    }
}

/// Where in a list of documents somebody reads.
struct Reader<'a, Rest> {
    slice: &'a [u8],
    rest: Rest,
    document: u32,
    /// The lowest bits of a distance that is read byte by byte, and how many they are.
    distance: u32,
    shift: u32,
}

impl<'a> Reader<'a, ()> {
    fn new(posting: Posting<'a>) -> Reader<'a, impl Iterator<Item = &'a [u8]>> {
        let rest = posting.slices.of(posting.list);
        Reader { slice: &[], rest, document: 0, distance: 0, shift: 0 }
    }
}

impl<'a, Rest: Iterator<Item = &'a [u8]>> Reader<'a, Rest> {
    /// Gives the next document, if that takes the same few steps whatever it is.
    #[inline]
    fn quickly(&mut self, give: &mut impl FnMut(u32)) -> bool {
        let next = if self.shift == 0 { varint::quick(self.slice) } else { None };
        let Some((distance, slice)) = next else { return false };
        self.document = self.document.wrapping_add(distance);
        give(self.document);
        self.slice = slice;
        true
    }

    /// Goes on by a byte or to the next slice; nothing where all was read.
    fn slowly(&mut self, give: &mut impl FnMut(u32)) -> bool {
        let Some((byte, slice)) = self.slice.split_first() else {
            let next = self.rest.next();
            self.slice = next.unwrap_or_default();
            return next.is_some();
        };
        self.slice = slice;
        self.distance |= u32::from(byte & 0x7f) << self.shift;
        if *byte < 0x80 {
            self.document = self.document.wrapping_add(self.distance);
            give(self.document);
            (self.distance, self.shift) = (0, 0);
        } else {
            // Five bytes at most: what was written is read.
            self.shift = (self.shift + 7) % 32;
        }
        true
    }
}

/// Half of the phrases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shard {
    sketch: Sketch,
    /// What was not admitted, since all documents were read for what was to be.
    rare: Sketch,
    /// What of it seems to be frequent enough, with a document that has it.
    missed: NumberMap<u32>,
    places: Places,
    entries: Vec<Entry>,
    slices: Slices,
    /// Names of concepts in order, which are admitted when they are first met.
    always: Vec<u64>,
}

impl Shard {
    /// An empty half that admits the phrases of `always` at once.
    pub(crate) fn new(always: impl Iterator<Item = u64>) -> Self {
        let mut always = always.collect::<Vec<_>>();
        always.sort_unstable();
        Self { always, ..Self::default() }
    }

    /// The phrases with their documents.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, Posting<'_>)> {
        self.entries.iter().map(|entry| (entry.number, self.of(entry)))
    }

    /// The phrase at this place.
    pub(crate) fn number(&self, place: u32) -> Option<u64> {
        number_at(&self.entries, place)
    }

    /// The place of a phrase among those that were admitted.
    pub(crate) fn place(&self, number: u64) -> Option<u32> {
        self.places.find(number, |place| number_at(&self.entries, place))
    }

    /// Reads where these phrases are, so that they wait for the memory together.
    pub(crate) fn touch(&self, numbers: &[u64]) {
        let count = |place: u32| self.entries.get(place as usize).map_or(0, |entry| entry.count);
        self.places.touch(numbers, count);
    }

    /// The documents of the phrase at this place.
    pub(crate) fn posting(&self, place: u32) -> Option<Posting<'_>> {
        self.entries.get(place as usize).map(|entry| self.of(entry))
    }

    /// How many phrases were admitted.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many documents the phrase at this place has, forgotten ones too.
    pub(crate) fn documents(&self, place: u32) -> u32 {
        self.entries.get(place as usize).map_or(0, |entry| entry.count)
    }

    /// The phrases that [`Shard::keep`] missed, each with a document that has it; nothing is missed any more.
    pub(crate) fn take_missed(&mut self) -> impl Iterator<Item = (u64, u32)> {
        std::mem::take(&mut self.missed).into_iter()
    }

    const fn of(&self, entry: &Entry) -> Posting<'_> {
        Posting::new(&self.slices, entry.list)
    }

    /// Whether the sketch is too small for so many documents.
    pub(crate) fn is_small(&self, documents: usize) -> bool {
        self.sketch.len() < wanted(documents)
    }

    /// Makes the sketch anew, large enough for so many documents and empty.
    pub(crate) fn clear(&mut self, documents: usize) {
        self.sketch = Sketch::new(wanted(documents));
        for number in &self.always {
            self.sketch.fill(*number);
        }
    }

    /// Counts the phrases of documents in the sketch.
    pub(crate) fn count(&mut self, phrases: Phrases<'_>) {
        for numbers in phrases.numbers.chunks(TOGETHER) {
            self.sketch.touch(numbers);
            for number in numbers {
                self.sketch.add(*number);
            }
        }
    }

    /// Counts the phrases of documents, and keeps the documents for those that were admitted; others that
    /// have reached `threshold` and, since all documents were read, `since` are missed.
    pub(crate) fn keep(&mut self, phrases: Phrases<'_>, threshold: u8, since: u8) {
        let each = phrases.by_document().flat_map(|(document, numbers)| {
            numbers.chunks(TOGETHER).map(move |numbers| (document, numbers))
        });
        for (document, numbers) in each {
            self.sketch.touch(numbers);
            self.touch(numbers);
            for number in numbers {
                let count = self.sketch.add(*number);
                let place = self.place(*number).or_else(|| {
                    let is_name = count == u8::MAX && self.always.binary_search(number).is_ok();
                    if is_name { self.enter(*number) } else { None }
                });
                if let Some(place) = place {
                    self.add(place, document);
                } else if self.rare.add(*number) >= since && count >= threshold {
                    self.missed.insert(*number, document);
                }
            }
        }
    }

    /// Admits the phrases of documents, all of which are read in order, whose counts have reached `threshold`;
    /// the documents of the phrases that are not among the first `filled` are kept.
    pub(crate) fn admit(&mut self, phrases: Phrases<'_>, threshold: u8, filled: usize) {
        let mut frequent = Vec::new();
        for (document, numbers) in phrases.by_document() {
            frequent.clear();
            for numbers in numbers.chunks(TOGETHER) {
                self.sketch.touch(numbers);
                frequent.extend(numbers.iter().filter(|it| self.sketch.get(**it) >= threshold));
            }
            self.touch(&frequent);
            for number in &frequent {
                let place = self.place(*number).or_else(|| self.enter(*number));
                if let Some(place) = place.filter(|place| *place as usize >= filled) {
                    self.add(place, document);
                }
            }
        }
    }

    /// All documents were read for what is to be admitted: what was not is counted from nought again.
    pub(crate) fn settle(&mut self) {
        self.entries.shrink_to_fit();
        self.rare = Sketch::new(RARE);
        self.missed = NumberMap::default();
    }

    /// Admits a phrase that was not admitted, with all documents that have it.
    pub(crate) fn fill(&mut self, number: u64, documents: &[u32]) {
        let Some(place) = self.enter(number) else { return };
        for document in documents {
            self.add(place, *document);
        }
    }

    fn enter(&mut self, number: u64) -> Option<u32> {
        let place = u32::try_from(self.entries.len()).ok().filter(|place| *place < u32::MAX)?;
        self.places.add(number, place, |place| number_at(&self.entries, place));
        self.entries.push(Entry { number, list: List::default(), last: 0, count: 0 });
        Some(place)
    }

    /// Adds a document that is not before the last one of the phrase.
    fn add(&mut self, place: u32, document: u32) {
        let Some(entry) = self.entries.get_mut(place as usize) else { return };
        if entry.count > 0 && document <= entry.last {
            return;
        }
        let (bytes, count) = varint::short(document - entry.last);
        self.slices.push(&mut entry.list, bytes.get(..count).unwrap_or_default());
        entry.last = document;
        entry.count += 1;
    }
}

fn number_at(entries: &[Entry], place: u32) -> Option<u64> {
    entries.get(place as usize).map(|entry| entry.number)
}

/// The counters of one half for so many documents.
fn wanted(documents: usize) -> usize {
    let wanted = documents.saturating_mul(COUNTERS_EACH / 2).next_power_of_two();
    wanted.clamp(COUNTERS.0, COUNTERS.1)
}
