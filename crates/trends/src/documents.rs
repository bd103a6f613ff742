//! The documents as the detection keeps them: their words as numbers, and where they come from.

use std::collections::BTreeMap;
use std::ops::Range;

use observatory_model::{Language, Timestamp};

use crate::acronyms::{self, Pair};
use crate::archive::Observation;
use crate::content::{self, Content};
use crate::hashing::number;
use crate::lexicon::{BREAK, FIRST, Lexicon, OPEN, TEXT};
use crate::phrases::Counted;
use crate::places::Places;
use crate::room::{Kept, Room};
use crate::stops;
use crate::varint;
use crate::words::{Piece, split};

/// The words of a document that are looked at: those of its title and of the beginning of its text.
pub(crate) const MAX_DOCUMENT_WORDS: usize = 2_000;

/// From how many words on a document has a text and not only a title. Both kinds are compared with
/// their own kind, so that a source that begins to give abstracts makes nothing rise.
const LONG: usize = 40;

/// How much there is of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// No words: it is not counted.
    Nothing,
    /// A title, or little more.
    Title,
    /// A text.
    Text,
}

/// A document. Its key, its words and what it says of acronyms stand in the room of [`Documents`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// Its date.
    pub date: Timestamp,
    /// The place of its source among the names.
    pub source: u32,
    /// The place of its institution among the names.
    pub institution: Option<u32>,
    /// The language of its text.
    pub language: Option<Language>,
    /// How many wrote it.
    pub authors: u16,
    /// How much of it there is.
    pub extent: Extent,
    /// Whether it says what any acronym stands for.
    pub explains: bool,
    /// Whether it still counts.
    pub live: bool,
    /// Where its content is.
    pub kept: Kept,
}

impl Document {
    /// A document of which nothing is known.
    pub(crate) const NONE: Self = Self {
        date: Timestamp::from_millis(0),
        source: 0,
        institution: None,
        language: None,
        authors: 0,
        extent: Extent::Nothing,
        explains: false,
        live: true,
        kept: Kept::NONE,
    };
}

/// Names that are each kept once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    places: BTreeMap<String, u32>,
}

impl Names {
    /// The place of `name`.
    pub(crate) fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }

    /// The name at `place`.
    pub(crate) fn name(&self, place: u32) -> &str {
        self.names.get(place as usize).map_or("", String::as_str)
    }

    /// The places of all names, in the order of the names.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = u32> {
        self.places.values().copied()
    }

    /// All names, in the order in which they came, for saving.
    pub(crate) fn all(&self) -> &[String] {
        &self.names
    }
}

/// All documents, and the words and names they use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    /// The words.
    pub lexicon: Lexicon,
    /// The names of sources and institutions.
    pub names: Names,
    /// The documents, forgotten ones too.
    pub all: Vec<Document>,
    /// Of each document its content.
    room: Room,
    by_key: Places,
    dead: usize,
}

/// The words of some documents, as ids of a lexicon of their own.
struct Read {
    lexicon: Lexicon,
    words: Vec<Vec<u32>>,
}

impl Documents {
    /// Takes observations, each in the place of an earlier one with its key.
    pub(crate) fn take(&mut self, observations: &[Observation]) {
        for part in observations.chunks(8_192) {
            let (one, other) = part.split_at(part.len() / 2);
            let (one_read, other_read) = std::thread::scope(|scope| {
                let beside = (!one.is_empty()).then(|| scope.spawn(|| read(one)));
                let other_read = read(other);
                let one_read = beside.and_then(|beside| beside.join().ok());
                (one_read.unwrap_or_else(|| read(one)), other_read)
            });
            for (observations, read) in [(one, one_read), (other, other_read)] {
                self.keep(observations, &read);
            }
        }
    }

    /// Forgets the document of this key. Its content stays until [`Documents::drop_dead`].
    pub(crate) fn forget(&mut self, key: &str) {
        let place = self.place(number(key));
        let document = place.and_then(|place| self.all.get_mut(place as usize));
        if let Some(document) = document.filter(|document| document.live) {
            document.live = false;
            self.dead += 1;
        }
    }

    /// How many count.
    pub(crate) const fn live(&self) -> usize {
        self.all.len() - self.dead
    }

    /// Whether most of what is kept was forgotten.
    pub(crate) const fn is_mostly_dead(&self) -> bool {
        self.dead > 1_000 && self.dead * 2 > self.all.len()
    }

    /// Drops what was forgotten; all documents get new numbers.
    pub(crate) fn drop_dead(&mut self) {
        let room = std::mem::take(&mut self.room);
        let all = std::mem::take(&mut self.all);
        self.by_key = Places::default();
        self.dead = 0;
        for document in all.into_iter().filter(|document| document.live) {
            let content = room.get(document.kept);
            let key = number(content::key(content));
            let kept = self.room.keep(content);
            self.push(key, Document { kept, ..document });
        }
    }

    /// Puts back a document that was saved.
    pub(crate) fn restore(&mut self, document: Document, content: &Content<'_>) {
        let kept = self.room.keep(&content.bytes());
        let explains = !content.acronyms.is_empty();
        self.push(number(content.key), Document { explains, kept, ..document });
    }

    /// The key of a document.
    pub(crate) fn key(&self, document: &Document) -> &str {
        content::key(self.room.get(document.kept))
    }

    /// The words of a document, as ids; none where it has breaks alone.
    pub(crate) fn words(&self, document: &Document) -> &[u8] {
        content::words(self.room.get(document.kept))
    }

    /// What a document says acronyms stand for.
    pub(crate) fn acronyms(&self, document: &Document) -> impl ExactSizeIterator<Item = Pair> {
        content::acronyms(self.room.get(document.kept))
    }

    /// The newest of these documents, newest first, no more than `count`.
    pub(crate) fn newest<'a>(
        &self,
        documents: impl Iterator<Item = &'a Document>,
        count: usize,
    ) -> Vec<&'a Document> {
        let order = |one: &&Document, other: &&Document| {
            other.date.cmp(&one.date).then_with(|| self.key(one).cmp(self.key(other)))
        };
        let mut documents = documents.collect::<Vec<_>>();
        if documents.len() > count {
            documents.select_nth_unstable_by(count, order);
            documents.truncate(count);
        }
        documents.sort_unstable_by(order);
        documents
    }

    /// The documents from `first` to before `end` that count.
    pub(crate) fn counted(&self, first: usize, end: usize) -> impl Iterator<Item = Counted<'_>> {
        let part = self.all.get(first..end.min(self.all.len())).unwrap_or_default();
        let live = (first..).zip(part).filter(|(_, document)| document.live);
        live.filter_map(|(place, _)| self.any(u32::try_from(place).ok()?))
    }

    /// A document, whether it counts or not.
    pub(crate) fn any(&self, place: u32) -> Option<Counted<'_>> {
        let document = self.all.get(place as usize)?;
        let mask = stops::mask(document.language);
        Some(Counted { document: place, mask, words: self.words(document) })
    }

    /// The end of the first documents of `range` that have so many bytes of words, one document at least.
    pub(crate) fn portion(&self, range: Range<usize>, bytes: usize) -> usize {
        let mut sum = 0;
        let part = self.all.get(range.clone()).unwrap_or_default();
        let fits = part.iter().take_while(|document| {
            let goes_on = sum < bytes;
            sum += self.words(document).len() + 1;
            goes_on
        });
        range.start + fits.count()
    }

    fn keep(&mut self, observations: &[Observation], read: &Read) {
        let ids = read.lexicon.all().map(|word| self.lexicon.id(word)).collect::<Vec<_>>();
        let global = |id: u32| match id {
            BREAK | OPEN | TEXT => id,
            id => ids.get((id - FIRST) as usize).copied().unwrap_or(BREAK),
        };
        for (observation, words) in observations.iter().zip(&read.words) {
            let words = words.iter().map(|id| global(*id)).collect::<Vec<_>>();
            let counted = words.iter().filter(|id| **id >= FIRST).count();
            let mut bytes = Vec::with_capacity(words.len() * 2);
            for id in &words {
                varint::push(&mut bytes, *id);
            }
            let content = Content {
                key: &observation.key,
                acronyms: &acronyms::pairs(&words, &self.lexicon),
                words: if counted == 0 { &[] } else { &bytes },
            };
            let institution = observation.institution.as_deref();
            let document = Document {
                date: observation.date,
                source: self.names.place(&observation.source),
                institution: institution.map(|name| self.names.place(name)),
                language: observation.language,
                authors: u16::try_from(observation.authors).unwrap_or(u16::MAX),
                extent: match counted {
                    0 => Extent::Nothing,
                    LONG.. => Extent::Text,
                    _ => Extent::Title,
                },
                ..Document::NONE
            };
            if !self.has(&document, &content) {
                self.forget(&observation.key);
                self.restore(document, &content);
            }
        }
    }

    /// Whether this document is kept as it is.
    fn has(&self, document: &Document, content: &Content<'_>) -> bool {
        let place = self.place(number(content.key));
        place.and_then(|place| self.all.get(place as usize)).is_some_and(|earlier| {
            Document { explains: false, kept: Kept::NONE, ..*earlier } == *document
                && self.room.get(earlier.kept) == content.bytes()
        })
    }

    /// Where the document is whose key has this number, forgotten or not.
    fn place(&self, key: u64) -> Option<u32> {
        self.by_key.find(key, |place| key_at(&self.all, &self.room, place))
    }

    fn push(&mut self, key: u64, document: Document) {
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(document);
        self.by_key.set(key, place, |place| key_at(&self.all, &self.room, place));
    }
}

/// The number of the key of the document at this place.
fn key_at(all: &[Document], room: &Room, place: u32) -> Option<u64> {
    all.get(place as usize).map(|document| number(content::key(room.get(document.kept))))
}

/// Reads the words of documents.
fn read(observations: &[Observation]) -> Read {
    let mut lexicon = Lexicon::default();
    let words = observations.iter().map(|observation| {
        let mut words = Vec::with_capacity(observation.text.len() / 6 + 16);
        let mut left = MAX_DOCUMENT_WORDS;
        for (text, end) in [(&observation.title, TEXT), (&observation.text, BREAK)] {
            let mut taken = 0;
            split(text, left, |piece| match piece {
                Piece::Word(word) => {
                    words.push(lexicon.id(word));
                    taken += 1;
                }
                Piece::Open => words.push(OPEN),
                Piece::Break if words.last() == Some(&BREAK) => {}
                Piece::Break => words.push(BREAK),
            });
            left -= taken;
            words.push(end);
        }
        words
    });
    let words = words.collect();
    Read { lexicon, words }
}
