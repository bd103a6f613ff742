//! A hit: what is shown of a document, which other versions match too, and why it is here.

use observatory_model::change::DocumentKey;
use observatory_model::document::Kind;
use observatory_model::search::{Hit, Place, Reason};
use observatory_model::{Language, Timestamp};
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocId, DocSet as _, TantivyDocument, TantivyError, Term};

use crate::error::SearchError;
use crate::lexemes::Lexemes;
use crate::marks::{Kept, Marker, Seen};
use crate::ranking::{Candidate, Member, key_of};
use crate::results::Rules;
use crate::schema::{SUMMARY_SPOT, language_of, read_spot};
use crate::snapshot::{Snapshot, source_of};
use crate::sought::Sought;

/// Makes hits of what was found.
pub(crate) struct Hits<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) rules: &'a Rules,
    pub(crate) lexemes: Lexemes,
}

impl Hits<'_> {
    /// The set of fields in which a document is.
    ///
    /// # Errors
    /// [`SearchError::Corrupt`] when its segment is unknown.
    pub(crate) fn set_of(&self, segment: usize, document: DocId) -> Result<usize, SearchError> {
        let columns = self.snapshot.segments.get(segment);
        let columns = columns.ok_or_else(|| corrupt("a segment has no columns"))?;
        Ok(place(columns.language.get_val(document)))
    }

    /// The hit of a document, marked with what is sought in its language.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when a file cannot be read; [`SearchError::Corrupt`] when what it
    /// says cannot be.
    pub(crate) fn hit(
        &mut self,
        candidate: &Candidate,
        set: usize,
        sought: &Sought,
        members: &[Member],
    ) -> Result<Hit, SearchError> {
        let kept: TantivyDocument =
            self.snapshot.searcher.doc(address(candidate)).map_err(reading)?;
        let columns = self.snapshot.segments.get(candidate.segment);
        let columns = columns.ok_or_else(|| corrupt("a segment has no columns"))?;
        let fields = &self.rules.fields;
        let kind = place(columns.kind.get_val(candidate.document));
        let source = columns.sources.as_ref().and_then(|sources| {
            let value = sources.place(sources.ordinals.first(candidate.document))?;
            source_of(self.snapshot.sources.get(value)?)
        });
        let text = |field: Field| {
            kept.get_first(field).and_then(|value| value.as_str()).unwrap_or_default()
        };
        let key: DocumentKey =
            text(fields.key).parse().or(Err(corrupt("a document has no readable key")))?;
        let analyzer = self.rules.analyzers.get(set);
        let analyzer = analyzer.ok_or_else(|| corrupt("a document has an unknown language"))?;
        let spots = kept.get_all(fields.spot).map(|spot| spot.as_u64().unwrap_or_default());
        let passages: Vec<Kept<'_>> = kept
            .get_all(fields.passage)
            .zip(spots)
            .map(|(text, spot)| {
                let is_summary = spot == SUMMARY_SPOT;
                let (number, page) = if is_summary { (None, None) } else { read_spot(spot) };
                Kept { is_summary, number, page, text: text.as_str().unwrap_or_default() }
            })
            .collect();
        let mut seen = Seen::default();
        let mut marker = Marker { analyzer, sought, lexemes: &mut self.lexemes };
        let title = marker.whole(text(fields.title), &mut seen);
        let best = marker.best(&passages, &mut seen);
        Ok(Hit {
            kind: Kind::ALL
                .get(kind)
                .copied()
                .ok_or_else(|| corrupt("a document has an unknown kind"))?,
            language: language_of(set),
            title,
            passage: best.text,
            paragraph: best.number,
            passage_page: best.page,
            source: source.and_then(|(slug, _)| slug.parse().ok()),
            source_name: text(fields.source_name).to_owned(),
            date: Timestamp::from_millis(candidate.date),
            score: candidate.score,
            versions: self.versions(&key, members)?,
            why: self.why(candidate, set, sought, &seen)?,
            key,
        })
    }

    /// The other documents of a work.
    fn versions(
        &self,
        shown: &DocumentKey,
        members: &[Member],
    ) -> Result<Vec<(DocumentKey, Option<Language>)>, SearchError> {
        let mut versions: Vec<(DocumentKey, Option<Language>)> = Vec::new();
        for member in members {
            let key = key_of(self.snapshot, member.segment, member.key).map_err(reading)?;
            let key: DocumentKey = key.parse().or(Err(corrupt("a document has no key")))?;
            if key != *shown && versions.iter().all(|(other, _)| *other != key) {
                let set = self.set_of(member.segment, member.document)?;
                versions.push((key, language_of(set)));
            }
        }
        let order = |language: Option<Language>| crate::schema::set_of(language);
        versions.sort_by(|left, right| {
            (order(left.1), left.0.to_string()).cmp(&(order(right.1), right.0.to_string()))
        });
        Ok(versions)
    }

    /// What of the search stands where. Title, summary and text were read for the marks already.
    fn why(
        &self,
        candidate: &Candidate,
        set: usize,
        sought: &Sought,
        seen: &Seen,
    ) -> Result<Vec<Reason>, SearchError> {
        let mut reasons: Vec<Reason> = Vec::new();
        for (number, item) in sought.items().iter().enumerate() {
            let mut fields = Vec::new();
            for (place, seen) in [
                (Place::Title, &seen.title),
                (Place::Abstract, &seen.summary),
                (Place::Body, &seen.body),
            ] {
                if seen.contains(&number) {
                    fields.push(place);
                }
            }
            for (place, term) in &item.elsewhere {
                if !fields.contains(place) && self.stands(candidate, term).map_err(reading)? {
                    fields.push(*place);
                }
            }
            if fields.is_empty() {
                continue;
            }
            let origin = &item.origin;
            let same = reasons.iter_mut().find(|reason| {
                (&reason.typed, &reason.searched, &reason.concept)
                    == (&origin.typed, &origin.searched, &origin.concept)
            });
            match same {
                Some(reason) => reason.fields.append(&mut fields),
                None => reasons.push(Reason {
                    typed: origin.typed.clone(),
                    searched: origin.searched.clone(),
                    concept: origin.concept.clone(),
                    language: language_of(set),
                    fields,
                }),
            }
        }
        for reason in &mut reasons {
            reason.fields.sort_unstable();
            reason.fields.dedup();
        }
        Ok(reasons)
    }

    /// Whether a document has a term.
    fn stands(&self, candidate: &Candidate, term: &Term) -> tantivy::Result<bool> {
        let readers = self.snapshot.searcher.segment_readers();
        let Some(reader) = readers.get(candidate.segment) else { return Ok(false) };
        let index = reader.inverted_index(term.field())?;
        let postings = index.read_postings(term, IndexRecordOption::Basic)?;
        Ok(postings.is_some_and(|mut postings| {
            postings.doc() <= candidate.document
                && postings.seek(candidate.document) == candidate.document
        }))
    }
}

fn address(candidate: &Candidate) -> DocAddress {
    DocAddress::new(u32::try_from(candidate.segment).unwrap_or(u32::MAX), candidate.document)
}

/// A file could not be read.
pub(crate) fn reading(error: TantivyError) -> SearchError {
    SearchError::while_doing("be read")(error)
}

fn corrupt(what: &str) -> SearchError {
    SearchError::Corrupt { what: what.to_owned() }
}

fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
