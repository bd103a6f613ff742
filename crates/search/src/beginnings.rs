//! Words that begin so: a bounded walk over the words of the index, as they are written.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use tantivy::Term;
use tantivy::postings::TermInfo;
use tantivy::query::Occur;
use tantivy::schema::Field;

use crate::fielded::rarity;
use crate::letters::{Class, class};
use crate::listed::Listed;
use crate::query::one_of;
use crate::sought::{Origin, Trace};
use crate::surfaces::surface;
use crate::units::{Found, Scope, Unit, Units};

/// Most words that a beginning stands for.
const MOST_WORDS: usize = 64;

/// Most words of a dictionary that are looked at for one beginning, in all segments together: of two
/// letters there are some thousands, and this is a millisecond.
const MOST_SCANNED: usize = 20_000;

impl Units<'_> {
    /// Words that begin so.
    pub(crate) fn prefix(&mut self, beginning: &str) -> tantivy::Result<Option<Unit>> {
        // Ideographs have no words that could begin with them: they stand anywhere.
        if beginning.chars().any(|character| class(character) == Class::Ideograph) {
            return self.phrase(beginning);
        }
        let start = surface(beginning);
        if start.is_empty() {
            return Ok(None);
        }
        let field =
            if self.scope == Scope::Author { self.rules.fields.author } else { self.texts().words };
        let words = self.words_with(field, &start)?;
        let mut unit = Unit { words: 1, ..Unit::default() };
        unit.found_in = words.iter().map(|(_, found)| found.documents).sum();
        let mut titles = Vec::new();
        if self.scope == Scope::Title {
            for (word, _) in &words {
                titles.extend(self.of(word)?.into_iter().filter_map(|unit| unit.query));
            }
        }
        let found: Vec<Vec<(usize, TermInfo)>> =
            words.into_iter().map(|(_, found)| found.infos).collect();
        if !found.is_empty() {
            let segments = Arc::clone(&self.segments);
            let worth = rarity(unit.found_in, self.size());
            unit.query = Some(Box::new(Listed::new(field, found, segments, worth)));
        }
        if self.scope == Scope::Title {
            // The word stands in the document, and one of its forms in the title.
            let titles: Vec<_> = titles.into_iter().map(|query| (Occur::Should, query)).collect();
            let words = unit.query.take().filter(|_| !titles.is_empty());
            unit.query = words
                .map(|words| one_of(vec![(Occur::Must, words), (Occur::Must, one_of(titles))]));
        }
        let mut origin = Origin::as_typed(beginning);
        origin.typed.push('*');
        origin.searched.push('*');
        unit.traces.push(Trace { origin, beginning: Some(start), ..Trace::default() });
        Ok(Some(unit))
    }

    /// The most frequent words of a dictionary that begin so, of documents that can be found.
    fn words_with(&mut self, field: Field, start: &str) -> tantivy::Result<Vec<(String, Found)>> {
        let mut words: BTreeMap<String, Found> = BTreeMap::new();
        let end = format!("{start}\u{10FFFF}");
        let mut scanned = 0;
        for (place, reader) in self.snapshot.searcher.segment_readers().iter().enumerate() {
            let index = reader.inverted_index(field)?;
            let mut stream = index.terms().range().ge(start).lt(&end).into_stream()?;
            while scanned < MOST_SCANNED && stream.advance() {
                scanned += 1;
                let word = String::from_utf8_lossy(stream.key()).into_owned();
                let found =
                    words.entry(word).or_insert_with(|| Found { infos: Vec::new(), documents: 0 });
                found.documents += u64::from(stream.value().doc_freq);
                found.infos.push((place, stream.value().clone()));
            }
        }
        let mut words: Vec<(String, Found)> = words.into_iter().collect();
        words.sort_by_key(|(_, found)| Reverse(found.documents));
        let mut living = Vec::with_capacity(words.len().min(MOST_WORDS + 1));
        for (word, found) in words {
            if living.len() > MOST_WORDS {
                break;
            }
            if self.snapshot.lives(&Term::from_field_text(field, &word))? {
                living.push((word, found));
            }
        }
        self.has_many_words |= living.len() > MOST_WORDS || scanned == MOST_SCANNED;
        living.truncate(MOST_WORDS);
        Ok(living)
    }
}
