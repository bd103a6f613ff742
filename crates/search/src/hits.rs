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

    /// The version of a work that is shown to a reader: the one in the reader's language where it
    /// matches, else the one that matches best. Its place in the order stays that of the best.
    ///
    /// # Errors
    /// [`SearchError::Corrupt`] when a segment is unknown.
    pub(crate) fn for_reader(
        &self,
        best: &Candidate,
        members: &[Member],
        reader: Option<Language>,
    ) -> Result<Candidate, SearchError> {
        let Some(reader) = reader else { return Ok(*best) };
        let wanted = crate::schema::set_of(Some(reader));
        if self.set_of(best.segment, best.document)? == wanted {
            return Ok(*best);
        }
        for &Member { segment, document, key } in members {
            if self.set_of(segment, document)? == wanted {
                return Ok(Candidate { segment, document, key, ..*best });
            }
        }
        Ok(*best)
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

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Fr, Ru, Zh};
    use observatory_model::document::Passage;
    use observatory_model::search::{Place, Reason, SearchRequest};

    use crate::fixture::{ask, document, entry, index_of, piece};

    fn reason(typed: &str, language: observatory_model::Language, fields: &[Place]) -> Reason {
        Reason {
            typed: typed.to_owned(),
            searched: typed.to_owned(),
            concept: None,
            language: Some(language),
            fields: fields.to_vec(),
        }
    }

    #[tokio::test]
    async fn a_hit_says_which_words_stand_where() {
        let mut one = document(0, Some(En), "Satellites", "Orbits of satellites near Shannon.");
        one.summary = "On orbits.".to_owned();
        one.headings = vec!["Launches".to_owned()];
        one.authors = vec!["C. Shannon".to_owned()];
        let (_folder, search) = index_of(vec![one]).await;
        let hit = ask(&search, "satellite orbit launch shannon").await.hits.remove(0);
        assert_eq!(
            hit.why,
            [
                reason("satellite", En, &[Place::Title, Place::Body]),
                reason("orbit", En, &[Place::Abstract, Place::Body]),
                reason("launch", En, &[Place::Heading]),
                reason("shannon", En, &[Place::Body, Place::Author]),
            ]
        );
        let hit = ask(&search, "orb*").await.hits.remove(0);
        assert_eq!(hit.why, [reason("orb*", En, &[Place::Abstract, Place::Body])]);
        assert_eq!(ask(&search, "").await.hits.remove(0).why, []);
    }

    #[tokio::test]
    async fn a_name_in_another_language_is_told_with_its_concept() {
        let (_folder, search) = index_of(vec![
            document(0, Some(En), "", "How smart cities grow"),
            document(1, Some(Fr), "", "La ville intelligente de demain"),
            document(2, Some(Ar), "", "مدن ذكية"),
            document(3, Some(Zh), "", "发展智慧城市"),
            document(4, Some(En), "", "smart phones"),
        ])
        .await;
        let page = ask(&search, "smart cities").await;
        let first = page.hits.first().unwrap();
        assert_eq!(first.key, entry(0));
        assert_eq!(page.total, 4, "{:?}", page.hits);
        assert_eq!(page.also.len(), 1);
        let french = page.hits.iter().find(|hit| hit.key == entry(1)).unwrap();
        let why = french.why.first().unwrap();
        assert_eq!((why.typed.as_str(), why.language), ("smart cities", Some(Fr)));
        assert_eq!(why.concept.as_ref().map(observatory_model::Slug::as_str), Some("smart-city"));
        assert!(french.passage.has_marks());
        let only = SearchRequest {
            words: "smart cities".to_owned(),
            only_typed: true,
            ..SearchRequest::default()
        };
        let only = search.search(only).await.unwrap();
        assert_eq!((only.total, only.also.len()), (1, 0));
    }

    #[tokio::test]
    async fn versions_of_a_work_are_one_hit() {
        let mut documents: Vec<_> =
            [(En, "The networks"), (Fr, "Les networks"), (Zh, "networks 网络 networks")]
                .into_iter()
                .map(|(language, text)| piece("net", language, "A piece", &[text]))
                .collect();
        for document in &mut documents {
            document.work = Some("future-vision/net".to_owned());
        }
        documents.push(document(0, Some(En), "", "networks alone"));
        let (_folder, search) = index_of(documents).await;
        let page = ask(&search, "networks").await;
        assert_eq!((page.total, page.hits.len()), (2, 2));
        let work = page.hits.iter().find(|hit| hit.source.is_none()).unwrap();
        assert_eq!(work.versions.len(), 2);
        assert!(work.versions.iter().all(|(key, _)| *key != work.key));
        // Each language counts the work once.
        let languages: Vec<u64> = page.facets.languages.iter().map(|(_, count)| *count).collect();
        assert_eq!(languages, [1, 2, 1]);
        assert_eq!(page.facets.series.iter().map(|(_, count)| *count).sum::<u64>(), 1);
        assert_eq!(page.facets.years.iter().map(|(_, count)| *count).sum::<u64>(), 2);
        let shown_to = async |reader| {
            let words = "networks".to_owned();
            let request = SearchRequest { words, reader, ..SearchRequest::default() };
            let page = search.search(request).await.unwrap();
            page.hits.into_iter().find(|hit| hit.source.is_none()).unwrap()
        };
        for language in [En, Fr, Zh] {
            let hit = shown_to(Some(language)).await;
            assert_eq!((hit.language, hit.versions.len()), (Some(language), 2));
            assert!((hit.score - work.score).abs() < f32::EPSILON, "its place stays");
            assert!(hit.passage.text().contains("networks"), "{}", hit.passage.text());
        }
        assert_eq!(shown_to(Some(Ru)).await.key, work.key);
        let chinese = ask(&search, "网络").await;
        assert_eq!(chinese.hits.first().unwrap().versions, []);
    }

    #[tokio::test]
    async fn a_long_document_is_one_hit_with_the_page_of_its_best_passage() {
        let mut long = document(0, Some(En), "Report", "");
        long.passages = (1..=40)
            .map(|page| {
                let mut text = "lorem ipsum dolor sit amet ".repeat(80);
                if page == 3 {
                    text.push_str("red apples");
                }
                if page == 33 {
                    text.push_str("the green apples of the report");
                }
                Passage { number: None, page: Some(page), text }
            })
            .collect();
        let (_folder, search) = index_of(vec![long]).await;
        assert!(search.document_count().await.unwrap() >= 1);
        let page = ask(&search, "green apples").await;
        let hit = page.hits.first().unwrap();
        assert_eq!((page.total, page.hits.len(), hit.passage_page), (1, 1, Some(33)));
        assert_eq!((hit.versions.len(), page.facets.languages.len()), (0, 1));
        assert_eq!(page.facets.languages, [(Some(En), 1)]);
        // Words far from each other meet in the document, and what it has is not missing.
        assert_eq!(ask(&search, "red green").await.total, 1);
        assert_eq!(ask(&search, "green -red").await.total, 0);
        assert_eq!(ask(&search, "appl*").await.total, 1);
    }
}
