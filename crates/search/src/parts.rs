//! How a document becomes one or several of the engine's.
//!
//! A long document is split at its passages: what is found is then a part of it, with the part's own
//! length and word counts, and a hit costs no more to show than one of a short text.

use std::collections::BTreeSet;

use observatory_model::change::DocumentKey;
use observatory_model::document::{Document, Passage};
use tantivy::TantivyDocument;

use crate::identifiers;
use crate::reading::Readings;
use crate::schema::{
    Fields, PART_COUNT, SUMMARY_SPOT, has_number, label, number, number_of, part, set_of, spot,
};
use crate::tokens::{NEXT, terms};

/// About how much text a part has, in bytes: three pages of a book. What is shown of it is then read
/// in a tenth of a millisecond, and a word that it has is not far from the next.
const PART_BYTES: usize = 16 * 1024;

/// Most parts of a document; those of a longer one are longer. Every part also has the terms of the
/// whole, so that without an end the index would grow with the square of a text.
const MOST_PARTS: usize = 64;

/// The documents of the engine for one of ours, in the order of the text.
pub(crate) fn write(
    fields: &Fields,
    readings: &mut Readings,
    document: &Document,
) -> Vec<TantivyDocument> {
    let passages = cut(&document.passages);
    let parts = groups(&passages);
    let set = set_of(document.language);
    let is_split = parts.len() > 1;
    let work = match (&document.work, is_split) {
        (Some(work), _) => hash("work", work),
        (None, true) => number_of_key(&document.key),
        (None, false) => 0,
    };
    let read = Read::new(readings, document, &passages, set);
    let whole = is_split.then(|| read.whole());
    let mut bodies = read.bodies.iter();
    let write_part = |part: &[Passage]| {
        let mut written = base(fields, document, &read, set);
        written.add_u64(fields.work, work);
        if let Some(texts) = fields.texts.get(set) {
            written.add_text(texts.words, &read.words);
            if let Some(whole) = &whole {
                written.add_text(texts.whole, whole);
            }
            for body in bodies.by_ref().take(part.len()) {
                written.add_text(texts.part(part::BODY), body);
            }
        }
        for passage in part {
            written.add_text(fields.passage, &passage.text);
            written.add_u64(fields.spot, spot(passage.number, passage.page));
        }
        if !part.is_empty() {
            written.add_u64(fields.has, has_number(set, part::BODY));
        }
        written
    };
    parts.into_iter().map(write_part).collect()
}

/// What the texts of a document come to, all in the form in which the engine takes them.
struct Read {
    /// The weighed texts above the passages, each with the place of its field.
    above: Vec<(usize, String)>,
    /// The passages.
    bodies: Vec<String>,
    authors: Vec<String>,
    /// All words as they are written.
    words: String,
    /// What it is known by and names.
    known_by: String,
}

impl Read {
    fn new(readings: &mut Readings, document: &Document, passages: &[Passage], set: usize) -> Self {
        let reading = readings.of(set);
        let headings = document.headings.iter().map(|heading| (part::HEADING, heading));
        let title = [(part::TITLE, &document.title), (part::SUMMARY, &document.summary)];
        let above = title.into_iter().chain(headings).filter(|(_, text)| !text.is_empty());
        let above = above.map(|(part, text)| (part, reading.terms(text))).collect();
        let bodies = passages.iter().map(|passage| reading.terms(&passage.text)).collect();
        let words = reading.take_words();
        let authors =
            document.authors.iter().map(|author| readings.authors.terms(author)).collect();
        Self { above, bodies, authors, words, known_by: together(&identifiers::terms(document)) }
    }

    /// All terms by the rules of the language, each once.
    fn whole(&self) -> String {
        let above = self.above.iter().map(|(_, given)| given);
        together(&above.chain(&self.bodies).flat_map(|given| terms(given)).collect())
    }
}

/// Terms whose places do not count, in one string.
fn together<T: AsRef<str>>(terms: &BTreeSet<T>) -> String {
    terms.iter().fold(String::new(), |mut given, term| {
        given.push(NEXT);
        given.push_str(term.as_ref());
        given
    })
}

/// What all parts have: everything but the text.
fn base(fields: &Fields, document: &Document, read: &Read, set: usize) -> TantivyDocument {
    let mut written = TantivyDocument::default();
    written.add_text(fields.key, document.key.to_string());
    written.add_u64(fields.language, number(set));
    written.add_u64(fields.kind, number(number_of(document.kind)));
    written.add_i64(fields.date, document.date.millis());
    if let Some(slug) = &document.source {
        written.add_text(fields.source, label(slug.as_str(), &document.source_name));
        written.add_text(fields.source_slug, slug.as_str());
    }
    if let Some(institution) = &document.institution {
        written.add_text(fields.institution, institution);
    }
    for topic in &document.topics {
        written.add_text(fields.topic, topic.as_str());
    }
    for author in &read.authors {
        written.add_text(fields.author, author);
    }
    if !read.known_by.is_empty() {
        written.add_text(fields.identifier, &read.known_by);
    }
    written.add_text(fields.title, &document.title);
    written.add_text(fields.source_name, &document.source_name);
    if !document.summary.is_empty() {
        written.add_text(fields.passage, &document.summary);
        written.add_u64(fields.spot, SUMMARY_SPOT);
    }
    let Some(texts) = fields.texts.get(set) else { return written };
    let mut has = [false; PART_COUNT];
    for (part, given) in &read.above {
        written.add_text(texts.part(*part), given);
        if let Some(has) = has.get_mut(*part) {
            *has = true;
        }
    }
    for (part, _) in has.into_iter().enumerate().filter(|(_, has)| *has) {
        written.add_u64(fields.has, has_number(set, part));
    }
    written
}

/// The passages that have text, none much longer than a part.
fn cut(passages: &[Passage]) -> Vec<Passage> {
    let mut pieces = Vec::with_capacity(passages.len());
    let total: usize = passages.iter().map(|passage| passage.text.len()).sum();
    let longest = PART_BYTES.max(total / MOST_PARTS);
    for passage in passages.iter().filter(|passage| !passage.text.is_empty()) {
        let mut rest = passage.text.as_str();
        while rest.len() > longest + longest / 2 {
            let end = end_of_piece(rest, longest);
            let Some((piece, after)) = rest.split_at_checked(end) else { break };
            pieces.push(Passage { text: piece.to_owned(), ..passage.clone() });
            rest = after;
        }
        pieces.push(Passage { text: rest.to_owned(), ..passage.clone() });
    }
    pieces
}

/// The last line end before so many bytes, or the last space; any place where there is none.
fn end_of_piece(text: &str, bytes: usize) -> usize {
    let longest = text.floor_char_boundary(bytes);
    let head = text.get(..longest).unwrap_or_default();
    // Far back, a part would only become small.
    let nearest = longest / 2;
    let after = |(at, found): (usize, &str)| at + found.len();
    let line = head.rmatch_indices('\n').next().map(after).filter(|&end| end > nearest);
    let space = || head.rmatch_indices(' ').next().map(after).filter(|&end| end > nearest);
    line.or_else(space).unwrap_or(longest).max(1)
}

/// The passages in groups of about the same size; at least one, even without passages.
fn groups(passages: &[Passage]) -> Vec<&[Passage]> {
    let total: usize = passages.iter().map(|passage| passage.text.len()).sum();
    let count = total.div_ceil(PART_BYTES).clamp(1, MOST_PARTS);
    // A text that is only a little too long stays in one piece.
    if total <= PART_BYTES + PART_BYTES / 2 {
        return vec![passages];
    }
    let size = total.div_ceil(count);
    let mut groups = Vec::with_capacity(count);
    let (mut first, mut bytes) = (0, 0);
    for (index, passage) in passages.iter().enumerate() {
        bytes += passage.text.len();
        if bytes >= size {
            groups.extend(passages.get(first..=index));
            first = index + 1;
            bytes = 0;
        }
    }
    groups.extend(passages.get(first..).filter(|rest| !rest.is_empty()));
    groups
}

/// A number for the key of a document; that of another is the same by chance only.
pub(crate) fn number_of_key(key: &DocumentKey) -> u64 {
    hash("key", &key.to_string())
}

/// A number for a work, never 0 (FNV-1a, 64 bits: two of a billion works share one by a chance of three
/// in a hundred, and would be told as one).
fn hash(what: &str, name: &str) -> u64 {
    let bytes = what.bytes().chain([b':']).chain(name.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passages(sizes: &[usize]) -> Vec<Passage> {
        let text = |size: &usize| "lorem ".repeat(size / 6);
        sizes.iter().map(|size| Passage { number: None, page: None, text: text(size) }).collect()
    }

    #[test]
    fn long_texts_are_split_and_nothing_is_lost() {
        for (sizes, expected) in [
            (vec![], 1),
            (vec![600], 1),
            (vec![20_000], 1),
            (vec![6000; 10], 4),
            (vec![100_000], 7),
            (vec![6_000_000], 64),
        ] {
            let passages = passages(&sizes);
            let pieces = cut(&passages);
            let groups = groups(&pieces);
            assert!(groups.len().abs_diff(expected) <= 1, "{sizes:?} {}", groups.len());
            let text = |passages: &[Passage]| -> String {
                passages.iter().map(|passage| passage.text.as_str()).collect()
            };
            assert_eq!(groups.concat().len(), pieces.len());
            assert_eq!(text(&groups.concat()), text(&passages));
        }
    }
}
