//! Titles that a reader may be about to type.

use std::collections::BTreeSet;

use observatory_model::change::DocumentKey;
use observatory_model::document::{Class, Kind};
use observatory_model::search::{Suggested, Suggestion};
use tantivy::query::{BooleanQuery, EnableScoring, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocId, DocSet as _, TERMINATED, TantivyDocument, Term};

use crate::error::SearchError;
use crate::hits::reading;
use crate::lexemes::{Lexemes, Role};
use crate::schema::{SET_COUNT, TextFields, number, number_of, part, set_of};
use crate::suggest::{MOST, Suggest, cut};
use crate::surfaces::surface;

/// Most words of a dictionary that may end what was begun.
const MOST_ENDINGS: usize = 50;

/// Most words of a dictionary that are looked at for one prefix in one segment: half a millisecond.
const MOST_LOOKED_AT: usize = 4000;

/// Most titles that are read for one language: four times as many as are shown, because some have the
/// word in another form.
const MOST_READ: usize = 4 * MOST;

/// From so many characters on, words of the whole text are looked at for what may have been begun:
/// their endings are cut in titles. Fewer characters begin too many words to choose between.
const LONG_PREFIX: usize = 3;

/// A title that may be shown.
struct Candidate {
    is_piece: bool,
    date: i64,
    address: DocAddress,
}

impl Suggest<'_> {
    /// Titles that have all words typed, the last of them begun: in the reader's language first, and in
    /// each language pieces before others and newer before older.
    pub(crate) fn titles(&mut self) -> Result<Vec<Suggestion>, SearchError> {
        let own = set_of(Some(self.language));
        let mut titles = Vec::new();
        let mut seen = BTreeSet::new();
        for set in std::iter::once(own).chain((0..SET_COUNT).filter(|&set| set != own)) {
            if self.snapshot.set_sizes.get(set).is_none_or(|&size| size == 0) {
                continue;
            }
            let Some(query) = self.query(set).map_err(reading)? else { continue };
            for candidate in self.candidates(query.as_ref())? {
                if titles.len() >= self.limit {
                    return Ok(titles);
                }
                self.deadline.check()?;
                titles.extend(self.title(&candidate, set, &mut seen)?);
            }
        }
        Ok(titles)
    }

    /// What finds the titles of a set; `None` when no title has all words.
    fn query(&mut self, set: usize) -> tantivy::Result<Option<Box<dyn Query>>> {
        let Some(texts) = self.rules.fields.texts.get(set).copied() else { return Ok(None) };
        let Some(analyzer) = self.rules.analyzers.get(set) else { return Ok(None) };
        let field = texts.part(part::TITLE);
        analyzer.analyze(&self.typed.words, &mut self.lexemes);
        let lexemes = std::mem::take(&mut self.lexemes);
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut last = None;
        for chain in lexemes.items().chunk_by(|left, right| left.chain == right.chain) {
            let has_pairs = chain.iter().any(|lexeme| lexeme.role == Role::Pair);
            let mut places: Vec<(usize, Vec<&str>)> = Vec::new();
            for lexeme in chain {
                let term = lexemes.term(lexeme);
                match (lexeme.role, places.last_mut()) {
                    (Role::Joined, _) => {}
                    (Role::Single, _) if has_pairs => {}
                    (_, Some((position, terms))) if *position == lexeme.position => {
                        terms.push(term);
                    }
                    _ => places.push((lexeme.position, vec![term])),
                }
            }
            last = Some((chain.last().map_or(0, |lexeme| lexeme.end), parts.len()));
            for (_, terms) in places {
                last = last.map(|(end, _)| (end, parts.len()));
                parts.push((Occur::Must, any_of(field, terms)));
            }
        }
        let is_begun = !self.typed.prefix.is_empty();
        let ends = |(end, _): &(usize, usize)| *end == self.typed.words.len();
        if let Some((_, place)) = last.filter(ends).filter(|_| is_begun) {
            let begun = self.begun(texts, field, analyzer)?;
            if let Some(part) = parts.get_mut(place) {
                let whole = std::mem::replace(&mut part.1, Box::new(BooleanQuery::new(Vec::new())));
                let endings = any_of(field, begun.iter().map(String::as_str).collect());
                part.1 = Box::new(BooleanQuery::union(vec![whole, endings]));
            }
        }
        self.lexemes = lexemes;
        Ok((!parts.is_empty()).then(|| Box::new(BooleanQuery::new(parts)) as Box<dyn Query>))
    }

    /// The terms of titles that begin with the last word.
    fn begun(
        &self,
        texts: TextFields,
        title: Field,
        analyzer: &crate::analyzers::Analyzer,
    ) -> tantivy::Result<BTreeSet<String>> {
        let mut terms = self.endings(title, &self.typed.prefix)?;
        if self.typed.prefix.chars().nth(LONG_PREFIX - 1).is_some() {
            let mut lexemes = Lexemes::default();
            for word in self.endings(texts.words, &self.typed.prefix)? {
                analyzer.analyze(&word, &mut lexemes);
                terms.extend(lexemes.items().iter().map(|lexeme| lexemes.term(lexeme).to_owned()));
            }
        }
        Ok(terms.into_iter().collect())
    }

    /// The words of a dictionary with this beginning, the most frequent ones.
    pub(crate) fn endings(&self, field: Field, prefix: &str) -> tantivy::Result<Vec<String>> {
        let mut found: Vec<(u32, String)> = Vec::new();
        for reader in self.snapshot.searcher.segment_readers() {
            let index = reader.inverted_index(field)?;
            let mut stream = index.terms().range().ge(prefix).into_stream()?;
            let mut looked_at = 0;
            while stream.advance() && looked_at < MOST_LOOKED_AT {
                looked_at += 1;
                let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
                if !word.starts_with(prefix) {
                    break;
                }
                found.push((stream.value().doc_freq, word.to_owned()));
            }
        }
        found.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
        let mut words = Vec::new();
        for (_, word) in found {
            if words.len() < MOST_ENDINGS && !words.contains(&word) {
                words.push(word);
            }
        }
        Ok(words)
    }

    /// The first of what a query finds: pieces, then the newest.
    fn candidates(&mut self, query: &dyn Query) -> Result<Vec<Candidate>, SearchError> {
        let pieces: Vec<u64> = Kind::ALL
            .into_iter()
            .filter(|kind| kind.class() == Class::Piece)
            .map(|kind| number(number_of(kind)))
            .collect();
        let is_piece: Vec<Box<dyn Query>> = pieces
            .iter()
            .map(|&kind| Term::from_field_u64(self.rules.fields.kind, kind))
            .map(|term| Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>)
            .collect();
        let only_pieces = BooleanQuery::intersection(vec![
            query.box_clone(),
            Box::new(BooleanQuery::union(is_piece)),
        ]);
        let mut candidates = Vec::new();
        // Half for the pieces, however many others there are.
        let others = self.candidates_left / 2;
        self.candidates_left -= others;
        self.collect(&only_pieces, &pieces, &mut candidates)?;
        self.candidates_left += others;
        self.collect(query, &pieces, &mut candidates)?;
        candidates.sort_by(|left, right| {
            (right.is_piece, right.date, right.address).cmp(&(
                left.is_piece,
                left.date,
                left.address,
            ))
        });
        candidates.dedup_by_key(|candidate| candidate.address);
        candidates.truncate(MOST_READ);
        Ok(candidates)
    }

    /// Takes what a query finds from the newest end of each segment, as far as may be looked at.
    fn collect(
        &mut self,
        query: &dyn Query,
        pieces: &[u64],
        into: &mut Vec<Candidate>,
    ) -> Result<(), SearchError> {
        let scoring = EnableScoring::disabled_from_searcher(&self.snapshot.searcher);
        let weight = query.weight(scoring).map_err(reading)?;
        let readers = self.snapshot.searcher.segment_readers();
        for (number, (reader, columns)) in (0..).zip(readers.iter().zip(&self.snapshot.segments)) {
            self.deadline.check()?;
            let mut scorer = weight.scorer(reader, 1.0).map_err(reading)?;
            let about = scorer.size_hint().max(1);
            let left = u32::try_from(self.candidates_left).unwrap_or(u32::MAX);
            let mut document: DocId = scorer.doc();
            if about > left {
                // Later documents came later: of many, the last are the newest.
                let share = f64::from(left) / f64::from(about);
                document = seek_share(&mut *scorer, reader.max_doc(), share);
            }
            while document != TERMINATED && self.candidates_left > 0 {
                self.candidates_left -= 1;
                if reader.alive_bitset().is_none_or(|alive| alive.is_alive(document)) {
                    into.push(Candidate {
                        is_piece: pieces.contains(&columns.kind.get_val(document)),
                        date: columns.date.get_val(document),
                        address: DocAddress::new(number, document),
                    });
                }
                document = scorer.advance();
            }
        }
        Ok(())
    }

    /// The suggestion of a title, if it really has what was typed.
    fn title(
        &self,
        candidate: &Candidate,
        set: usize,
        seen: &mut BTreeSet<String>,
    ) -> Result<Option<Suggestion>, SearchError> {
        let kept: TantivyDocument =
            self.snapshot.searcher.doc(candidate.address).map_err(reading)?;
        let text = |field: Field| {
            kept.get_first(field).and_then(|value| value.as_str()).unwrap_or_default()
        };
        let title = text(self.rules.fields.title);
        let key: Result<DocumentKey, _> = text(self.rules.fields.key).parse();
        let Ok(key) = key else { return Ok(None) };
        if !self.has_prefix(title) || !seen.insert(title.to_owned()) {
            return Ok(None);
        }
        let language = crate::schema::language_of(set);
        Ok(Some(Suggestion { text: cut(title), language, what: Suggested::Title(key) }))
    }

    /// Whether a word of the title begins with the last one typed.
    fn has_prefix(&self, title: &str) -> bool {
        let prefix = self.typed.prefix.as_str();
        let words = title.split(|letter: char| !letter.is_alphanumeric());
        prefix.is_empty() || words.map(surface).any(|word| word.starts_with(prefix))
    }
}

/// Moves on so far that about this share of the documents is left.
fn seek_share(scorer: &mut dyn tantivy::query::Scorer, documents: u32, share: f64) -> DocId {
    let skipped = f64::from(documents) * (1.0 - share);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the number of documents"
    )]
    let target = skipped as u32;
    if target > scorer.doc() { scorer.seek(target) } else { scorer.doc() }
}

/// What has one of these terms in this field.
fn any_of(field: Field, terms: Vec<&str>) -> Box<dyn Query> {
    let term = |term: &str| {
        let term = Term::from_field_text(field, term);
        Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>
    };
    Box::new(BooleanQuery::union(terms.into_iter().map(term).collect()))
}
