//! What else is about the same: by the words that tell a document from others, and by the concepts it
//! names, in all six languages.

use std::collections::BTreeMap;

use observatory_model::Language;
use observatory_model::change::DocumentKey;
use observatory_model::glossary::Concept;
use observatory_model::search::{Hit, Order, SearchRequest};
use tantivy::query::{
    BooleanQuery, BoostQuery, DisjunctionMaxQuery, EnableScoring, Occur, PhraseQuery, Query,
    TermQuery, Weight,
};
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocSet as _, TERMINATED, TantivyDocument, Term};

use crate::analyzers::Analyzer;
use crate::concepts::{OTHER_LABEL, names};
use crate::count::{Deadline, Pass, Wanted, count};
use crate::error::SearchError;
use crate::fielded::rarity;
use crate::filters::Choices;
use crate::hits::{Hits, reading};
use crate::lexemes::{Lexemes, Role};
use crate::results::Rules;
use crate::schema::{SET_COUNT, TextFields, language_of, part};
use crate::snapshot::Snapshot;
use crate::sought::{Origin, Sought, Trace};
use crate::statistics::{SetStatistics, float};

/// Most words by which a document is told from others. More of them find longer texts, not nearer ones.
const MOST_TERMS: usize = 12;

/// Most concepts that are looked for in the other languages.
const MOST_CONCEPTS: usize = 6;

/// Most hits.
const MOST_HITS: usize = 20;

/// Most labels of a concept in one language.
const MOST_LABELS: usize = 3;

/// How many of its words another document must have, so that it is about the same and does not only
/// name one thing that this one names: a third of them, and never only one.
const SHARE_OF_TERMS: usize = 3;

/// How much more often a word seems to stand in the text when it stands in the title.
const IN_TITLE: u32 = 3;

/// How much of a text is read, in bytes: what a document is about, it says in its first twenty pages.
const MOST_READ: usize = 64 * 1024;

/// A word that more than one document in five has, in a set of so many, says little.
const COMMON_SHARE: u64 = 5;
const COMMON_FROM: u64 = 500;

/// How much more a document in the language that the reader prefers counts.
const PREFERRED: f32 = 1.5;

/// How soon another occurrence says no more.
const SATURATION: f32 = 1.2;

/// What else is about the same as a document, the nearest first.
///
/// # Errors
/// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when the index cannot be
/// read.
pub(crate) fn related(
    snapshot: &Snapshot,
    rules: &Rules,
    (key, preferred): (&DocumentKey, Option<Language>),
    limit: usize,
    deadline: Deadline,
) -> Result<Vec<Hit>, SearchError> {
    let relatives = Relatives { snapshot, rules, deadline };
    let Some(kin) = relatives.of(key, preferred)? else { return Ok(Vec::new()) };
    let soughts = kin.each_ref().map(|kin| {
        let mut sought = Sought::default();
        for term in kin.iter().flat_map(|kin| &kin.marked) {
            let writings = vec![vec![(0, term.clone())]];
            sought.add(Trace { origin: Origin::as_typed(term), writings, ..Trace::default() });
        }
        sought
    });
    let wanted: Vec<Wanted<'_>> = (0..)
        .zip(&kin)
        .filter_map(|(set, kin)| {
            Some(Wanted { weight: &*kin.as_ref()?.weight, nearby: &[], set: Some(set) })
        })
        .collect();
    let request = SearchRequest::default();
    let pass = Pass {
        choices: &Choices::new(snapshot, &request, &[]),
        order: Order::Best,
        keep: limit.min(MOST_HITS),
        after: None,
        now: request.now,
        is_everything: false,
        deadline,
    };
    let tally = count(snapshot, &wanted, &pass)?;
    let mut hits = Hits { snapshot, rules, lexemes: Lexemes::default() };
    let nothing = Sought::default();
    let mut told = Vec::new();
    for candidate in &tally.first {
        deadline.check()?;
        let set = hits.set_of(candidate.segment, candidate.document)?;
        let sought = soughts.get(set).unwrap_or(&nothing);
        told.push(hits.hit(candidate, set, sought, tally.works.members(candidate.work))?);
    }
    Ok(told)
}

/// What finds the related documents of a set.
pub(crate) struct Kin {
    pub(crate) weight: Box<dyn Weight>,
    /// What of it is to be marked in the hits.
    pub(crate) marked: Vec<String>,
}

/// The document whose relatives are looked for.
struct Subject {
    set: usize,
    /// The number of the work it is a version of.
    work: u64,
    title: String,
    text: String,
}

/// Finds relatives.
pub(crate) struct Relatives<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) rules: &'a Rules,
    pub(crate) deadline: Deadline,
}

impl Relatives<'_> {
    /// What finds the relatives of a document in each set; `None` when no such document can be found.
    ///
    /// # Errors
    /// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when the index cannot
    /// be read.
    pub(crate) fn of(
        &self,
        key: &DocumentKey,
        preferred: Option<Language>,
    ) -> Result<Option<[Option<Kin>; SET_COUNT]>, SearchError> {
        let Some(subject) = self.subject(key).map_err(reading)? else { return Ok(None) };
        let concepts = concepts_of(&subject);
        let mut kin: [Option<Kin>; SET_COUNT] = std::array::from_fn(|_| None);
        for (set, place) in kin.iter_mut().enumerate() {
            self.deadline.check()?;
            let boost =
                if language_of(set) == preferred && preferred.is_some() { PREFERRED } else { 1.0 };
            *place = self.kin(set, &subject, &concepts, key, boost).map_err(reading)?;
        }
        Ok(Some(kin))
    }

    /// Reads the document, all its parts, as far as is needed.
    fn subject(&self, key: &DocumentKey) -> tantivy::Result<Option<Subject>> {
        let term = Term::from_field_text(self.rules.fields.key, &key.to_string());
        let mut subject: Option<Subject> = None;
        let readers = self.snapshot.searcher.segment_readers();
        for (segment, (reader, columns)) in (0..).zip(readers.iter().zip(&self.snapshot.segments)) {
            let index = reader.inverted_index(self.rules.fields.key)?;
            let Some(mut documents) = index.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            let mut document = documents.doc();
            while document != TERMINATED {
                let is_read =
                    subject.as_ref().is_some_and(|subject| subject.text.len() > MOST_READ);
                if !is_read && reader.alive_bitset().is_none_or(|alive| alive.is_alive(document)) {
                    let address = DocAddress::new(segment, document);
                    let kept: TantivyDocument = self.snapshot.searcher.doc(address)?;
                    let subject = subject.get_or_insert_with(|| Subject {
                        set: usize::try_from(columns.language.get_val(document))
                            .unwrap_or(SET_COUNT),
                        work: columns.work.get_val(document),
                        title: text_of(&kept, self.rules.fields.title),
                        text: String::new(),
                    });
                    subject.text.push_str(&text_of(&kept, self.rules.fields.passage));
                }
                document = documents.advance();
            }
        }
        Ok(subject)
    }

    fn kin(
        &self,
        set: usize,
        subject: &Subject,
        concepts: &[&'static Concept],
        key: &DocumentKey,
        boost: f32,
    ) -> tantivy::Result<Option<Kin>> {
        let size = self.snapshot.set_sizes.get(set).copied().unwrap_or_default();
        let (Some(texts), Some(analyzer)) =
            (self.rules.fields.texts.get(set), self.rules.analyzers.get(set))
        else {
            return Ok(None);
        };
        let mut marked = Vec::new();
        let mut parts: Vec<Box<dyn Query>> = Vec::new();
        let mut least = 1;
        if size > 0 && set == subject.set {
            let terms = self.telling(subject, texts, analyzer, size)?;
            least = (terms.len() / SHARE_OF_TERMS).max(2).min(terms.len());
            for (term, _) in &terms {
                let of = |part| {
                    TermQuery::new(
                        Term::from_field_text(texts.part(part), term),
                        IndexRecordOption::WithFreqs,
                    )
                };
                let fields: Vec<Box<dyn Query>> = [part::TITLE, part::HEADING, part::BODY]
                    .map(|part| Box::new(of(part)) as _)
                    .into();
                parts.push(Box::new(BooleanQuery::union(fields)));
            }
            marked.extend(terms.into_iter().map(|(term, _)| term));
        } else if size > 0
            && let Some(language) = language_of(set)
        {
            for concept in concepts {
                parts.extend(self.label_query(concept, language, texts, analyzer)?);
            }
        }
        if parts.is_empty() {
            return Ok(None);
        }
        let similar = BooleanQuery::union_with_minimum_required_clauses(parts, least);
        let without = |term: Term| {
            let query = TermQuery::new(term, IndexRecordOption::Basic);
            (Occur::MustNot, Box::new(query) as Box<dyn Query>)
        };
        let fields = &self.rules.fields;
        let itself = without(Term::from_field_text(fields.key, &key.to_string()));
        let mut all =
            vec![(Occur::Must, Box::new(BoostQuery::new(Box::new(similar), boost)) as _), itself];
        if subject.work > 0 {
            all.push(without(Term::from_field_u64(fields.work, subject.work)));
        }
        let searcher = &self.snapshot.searcher;
        let statistics = SetStatistics { searcher, size };
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, searcher);
        let weight = BooleanQuery::new(all).weight(scoring)?;
        Ok(Some(Kin { weight, marked }))
    }

    /// The terms that tell the document from others of its language, with how much they tell.
    fn telling(
        &self,
        subject: &Subject,
        texts: &TextFields,
        analyzer: &Analyzer,
        size: u64,
    ) -> tantivy::Result<Vec<(String, f32)>> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut lexemes = Lexemes::default();
        for (text, weight) in [(&subject.title, IN_TITLE), (&subject.text, 1)] {
            analyzer.analyze(text, &mut lexemes);
            for lexeme in lexemes.items() {
                let term = lexemes.term(lexeme);
                // A single letter or number says nothing, and half of a Chinese word little.
                let is_word = matches!(lexeme.role, Role::Main | Role::Pair)
                    && term.chars().nth(1).is_some()
                    && term.chars().any(char::is_alphabetic);
                if is_word {
                    *counts.entry(term.to_owned()).or_default() += weight;
                }
            }
        }
        let mut terms = Vec::new();
        for (term, count) in counts {
            let mut found_in = 0;
            for field in [texts.part(part::BODY), texts.part(part::TITLE)] {
                let term = Term::from_field_text(field, &term);
                found_in = found_in.max(self.snapshot.searcher.doc_freq(&term)?);
            }
            let is_common = size >= COMMON_FROM && found_in.saturating_mul(COMMON_SHARE) > size;
            // What stands here only finds nothing else.
            if found_in > 1 && !is_common {
                let count = float(u64::from(count));
                let tells = rarity(found_in, size) * count / (count + SATURATION);
                terms.push((term, tells));
            }
        }
        terms.sort_by(|left, right| right.1.total_cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        terms.truncate(MOST_TERMS);
        Ok(terms)
    }

    /// What finds the labels of a concept in a language.
    fn label_query(
        &self,
        concept: &Concept,
        language: Language,
        texts: &TextFields,
        analyzer: &Analyzer,
    ) -> tantivy::Result<Option<Box<dyn Query>>> {
        let mut lexemes = Lexemes::default();
        let mut choices: Vec<Box<dyn Query>> = Vec::new();
        for label in concept.labels(language).iter().take(MOST_LABELS) {
            analyzer.analyze(label, &mut lexemes);
            let words = phrase_of(&lexemes);
            for field in [texts.part(part::TITLE), texts.part(part::BODY)] {
                choices.extend(self.phrase(field, &words)?);
            }
        }
        let any =
            |choices| BoostQuery::new(Box::new(DisjunctionMaxQuery::new(choices)), OTHER_LABEL);
        Ok((!choices.is_empty()).then(|| Box::new(any(choices)) as _))
    }

    fn phrase(
        &self,
        field: Field,
        words: &[(usize, String)],
    ) -> tantivy::Result<Option<Box<dyn Query>>> {
        let mut terms = Vec::with_capacity(words.len());
        for (distance, word) in words {
            let term = Term::from_field_text(field, word);
            if self.snapshot.searcher.doc_freq(&term)? == 0 {
                return Ok(None);
            }
            terms.push((*distance, term));
        }
        Ok(match terms.len() {
            0 => None,
            1 => terms.pop().map(|(_, term)| {
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>
            }),
            _ => Some(Box::new(PhraseQuery::new_with_offset(terms))),
        })
    }
}

/// The words of a phrase at their distances: words, and of Chinese pairs where there are any.
pub(crate) fn phrase_of(lexemes: &Lexemes) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    for chain in lexemes.items().chunk_by(|left, right| left.chain == right.chain) {
        let has_pairs = chain.iter().any(|lexeme| lexeme.role == Role::Pair);
        words.extend(chain.iter().filter_map(|lexeme| {
            let is_word = match lexeme.role {
                Role::Main | Role::Pair => true,
                Role::Single => !has_pairs,
                Role::Variant | Role::Joined => false,
            };
            is_word.then(|| (lexeme.position, lexemes.term(lexeme).to_owned()))
        }));
    }
    let first = words.first().map_or(0, |(position, _)| *position);
    for (position, _) in &mut words {
        *position -= first;
    }
    words
}

/// The concepts that a document names most often; those of its title first.
fn concepts_of(subject: &Subject) -> Vec<&'static Concept> {
    let Some(language) = language_of(subject.set) else { return Vec::new() };
    let mut mentions = Vec::new();
    let mut counts: Vec<(&'static Concept, u32)> = Vec::new();
    for (text, weight) in [(&subject.title, 2 * IN_TITLE), (&subject.text, 1)] {
        mentions.clear();
        names().mentions(text, language, &mut mentions);
        for mention in &mentions {
            match counts.iter_mut().find(|(concept, _)| concept.name == mention.concept.name) {
                Some((_, count)) => *count += weight,
                None => counts.push((mention.concept, weight)),
            }
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().take(MOST_CONCEPTS).map(|(concept, _)| concept).collect()
}

/// The texts of a field, each on its own line.
fn text_of(kept: &TantivyDocument, field: Field) -> String {
    let texts = kept.get_all(field).filter_map(|value| value.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Fr};

    use super::*;
    use crate::Search;
    use crate::fixture::{batch, document, entry, index_of, number_of};

    async fn found(search: &Search, number: u32, language: Option<Language>) -> Vec<u32> {
        let hits = search.related(&entry(number), language, 10).await.unwrap();
        hits.iter().map(|hit| number_of(&hit.key)).collect()
    }

    async fn library() -> (tempfile::TempDir, Search) {
        let mut version =
            document(5, Some(Fr), "Satellites en orbite basse", "Les écoles rurales.");
        version.work = Some("satellites".to_owned());
        let mut first = document(
            0,
            Some(En),
            "Low earth orbit satellites",
            "Constellations connect rural schools to broadband from orbit.",
        );
        first.work = Some("satellites".to_owned());
        index_of(vec![
            first,
            document(1, Some(En), "Constellations in orbit", "Satellites for rural schools."),
            document(2, Some(En), "Water", "Clean rivers and wells for villages."),
            document(3, Some(Ar), "النطاق العريض", "النطاق العريض في المدارس"),
            document(4, Some(Fr), "Le large bande", "Pour toutes les écoles."),
            version,
            document(6, Some(En), "Villages", "Rural wells and clean rivers."),
        ])
        .await
    }

    #[tokio::test]
    async fn what_is_about_the_same_is_found_in_all_languages_and_never_itself() {
        let (_folder, search) = library().await;
        let near = found(&search, 0, None).await;
        assert_eq!(near.first(), Some(&1), "{near:?}");
        assert!(near.contains(&3) && near.contains(&4), "{near:?}");
        assert!(!near.contains(&0) && !near.contains(&5), "{near:?}");
        assert!(!near.contains(&2), "{near:?}");
        assert_eq!(found(&search, 2, None).await, [6]);
        assert_eq!(found(&search, 99, None).await, [] as [u32; 0]);
        let hits = search.related(&entry(0), None, 1).await.unwrap();
        assert_eq!(hits.len(), 1);
    }

    #[tokio::test]
    async fn what_was_taken_away_has_no_relatives() {
        let (_folder, search) = library().await;
        let removals = vec![entry(0), entry(1)];
        let gone = crate::Batch { removals, ..batch(Vec::new(), 2) };
        search.apply(gone).await.unwrap();
        search.commit().await.unwrap();
        assert_eq!(found(&search, 0, None).await, [] as [u32; 0]);
    }
}
