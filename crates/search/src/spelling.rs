//! "Did you mean": words that the index does not know, as it writes them.
//!
//! The only dictionary is the index itself, so that names and terms of the field are known and nothing
//! is proposed that finds nothing.

use std::collections::BTreeMap;

use observatory_model::Language;
use observatory_model::query::{Clause, SearchQuery, Wanted};
use observatory_model::search::{Note, SearchPage, SearchRequest};
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocSet as _, TERMINATED, TantivyDocument, Term};

use crate::count::Deadline;
use crate::error::SearchError;
use crate::hits::reading;
use crate::letters::{Class, class};
use crate::lexemes::{Lexemes, Role};
use crate::results::Rules;
use crate::schema::set_of;
use crate::snapshot::Snapshot;
use crate::surfaces::surface;
use crate::ways::Count;
use crate::words::{Chains, Kind};

/// A word in more documents than this is known, however it is spelt: one slip may have been indexed.
const FEW: u64 = 2;

/// In how many times more documents a proposal must be than the word as typed.
const TIMES_MORE: u64 = 5;

/// Fewest letters of a word that is looked at: most words of three are another word with one letter
/// changed.
const SHORTEST: usize = 4;

/// From so many letters on two slips are allowed for, before that one. A swap of neighbours is one.
const LONG: usize = 8;

/// Most words of a search that are looked at. Each costs a walk over a dictionary.
const MOST_WORDS: usize = 4;

/// Most neighbours of a word that are weighed.
const MOST_NEIGHBOURS: usize = 512;

/// How much nearer a word with one slip is than one with two.
const ONE_SLIP: u64 = 100;

/// How much nearer a word with the same first letter is: slips are rarest there.
const SAME_FIRST: u64 = 4;

/// The dictionary of an index.
pub(crate) struct Spelling<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) rules: &'a Rules,
    pub(crate) deadline: Deadline,
}

impl Spelling<'_> {
    /// What a search that found little may have meant: other words, with which it finds more.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when the index cannot be read. When the time is over, nothing was
    /// meant: the search itself has its answer.
    pub(crate) fn meant(
        &self,
        request: &SearchRequest,
        query: &SearchQuery,
        page: &SearchPage,
        count: &Count<'_>,
    ) -> Result<Option<String>, SearchError> {
        let Wanted::These(clause) = &query.wanted else { return Ok(None) };
        let is_partly = |page: &SearchPage| {
            page.notes.iter().any(|note| matches!(note, Note::SomeWords | Note::LackOneWord))
        };
        if page.total > FEW && !is_partly(page) {
            return Ok(None);
        }
        let try_all = || {
            let Some(words) = self.corrected(&request.words, clause)? else { return Ok(None) };
            let other = SearchRequest { page: 1, words: words.clone(), ..request.clone() };
            let other = count(&other)?;
            let is_whole = is_partly(page) && !is_partly(&other) && other.total > 0;
            let is_better = is_whole || other.total > page.total;
            Ok(is_better.then_some(words))
        };
        match try_all() {
            Err(SearchError::TooSlow) => Ok(None),
            tried => tried,
        }
    }

    /// The words of a search with those replaced that the index hardly knows; `None` when it knows them
    /// all, or nothing like them.
    ///
    /// # Errors
    /// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when the index cannot
    /// be read.
    pub(crate) fn corrected(
        &self,
        words: &str,
        clause: &Clause,
    ) -> Result<Option<String>, SearchError> {
        let mut typed = Vec::new();
        words_of(clause, &mut typed);
        let mut corrected: Option<String> = None;
        for word in typed.into_iter().filter(|word| may_be_wrong(word)).take(MOST_WORDS) {
            if let Some(better) = self.better(word)? {
                let before = corrected.as_deref().unwrap_or(words);
                corrected = replaced(before, word, &better).or(corrected);
            }
        }
        Ok(corrected)
    }

    /// What a word should be; `None` when it is known or nothing is like it.
    fn better(&self, word: &str) -> Result<Option<String>, SearchError> {
        let typed = surface(word);
        let sets = sets_of(&typed);
        let known = self.found_in(&sets, word, &typed)?;
        if known > FEW || typed.chars().count() < SHORTEST {
            return Ok(None);
        }
        let mut neighbours: BTreeMap<String, u64> = BTreeMap::new();
        self.add_neighbours(&sets, &typed, 1, ONE_SLIP, &mut neighbours)?;
        if typed.chars().nth(LONG - 1).is_some() {
            self.add_neighbours(&sets, &typed, 2, 1, &mut neighbours)?;
        }
        let least = known.saturating_mul(TIMES_MORE).max(1);
        let mut best: Vec<(u64, String)> = Vec::new();
        for (neighbour, weight) in neighbours {
            if neighbour != typed && self.frequency(&sets, &neighbour)? >= least {
                let is_same = neighbour.chars().next() == typed.chars().next();
                best.push((weight * if is_same { SAME_FIRST } else { 1 }, neighbour));
            }
        }
        best.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
        for (_, neighbour) in best.into_iter().take(MOST_WORDS) {
            for &set in &sets {
                let Some(field) = self.words_field(set) else { continue };
                let term = Term::from_field_text(field, &neighbour);
                // The dictionary also has the words of what was taken away: these are nobody's business.
                if let Some(address) = self.first_living(&term).map_err(reading)? {
                    return self.as_written(address, &neighbour).map(Some);
                }
            }
        }
        Ok(None)
    }

    /// In how many documents a word is, as it stands or in another form.
    fn found_in(&self, sets: &[usize], word: &str, typed: &str) -> Result<u64, SearchError> {
        let mut most = self.frequency(sets, typed)?;
        let mut lexemes = Lexemes::default();
        for &set in sets {
            let (Some(analyzer), Some(texts)) =
                (self.rules.analyzers.get(set), self.rules.fields.texts.get(set))
            else {
                continue;
            };
            analyzer.analyze(word, &mut lexemes);
            for lexeme in lexemes.items() {
                for field in texts.parts {
                    let term = Term::from_field_text(field, lexemes.term(lexeme));
                    let found = self.snapshot.searcher.doc_freq(&term).map_err(reading)?;
                    if matches!(lexeme.role, Role::Main | Role::Variant) {
                        most = most.max(found);
                    }
                }
            }
        }
        Ok(most)
    }

    fn frequency(&self, sets: &[usize], word: &str) -> Result<u64, SearchError> {
        let mut sum = 0;
        for field in sets.iter().filter_map(|&set| self.words_field(set)) {
            let term = Term::from_field_text(field, word);
            sum += self.snapshot.searcher.doc_freq(&term).map_err(reading)?;
        }
        Ok(sum)
    }

    fn words_field(&self, set: usize) -> Option<Field> {
        self.rules.fields.texts.get(set).map(|texts| texts.words)
    }

    /// Adds the words at this distance or nearer, with their weight.
    fn add_neighbours(
        &self,
        sets: &[usize],
        typed: &str,
        slips: u8,
        weight: u64,
        into: &mut BTreeMap<String, u64>,
    ) -> Result<(), SearchError> {
        for field in sets.iter().filter_map(|&set| self.words_field(set)) {
            let near = FuzzyTermQuery::new(Term::from_field_text(field, typed), slips, true);
            for reader in self.snapshot.searcher.segment_readers() {
                self.deadline.check()?;
                let index = reader.inverted_index(field).map_err(reading)?;
                let automaton = near.automaton().map_err(reading)?;
                let stream = index.terms().search(automaton).into_stream();
                let mut stream = stream.map_err(SearchError::while_doing("be read"))?;
                while stream.advance() && into.len() < MOST_NEIGHBOURS {
                    let found = u64::from(stream.value().doc_freq) * weight;
                    if let Ok(word) = std::str::from_utf8(stream.key()) {
                        let place = into.entry(word.to_owned()).or_default();
                        *place = place.saturating_add(found);
                    }
                }
            }
        }
        Ok(())
    }

    /// A document with this term that can be found.
    fn first_living(&self, term: &Term) -> tantivy::Result<Option<DocAddress>> {
        for (segment, reader) in (0..).zip(self.snapshot.searcher.segment_readers()) {
            let index = reader.inverted_index(term.field())?;
            let Some(mut documents) = index.read_postings(term, IndexRecordOption::Basic)? else {
                continue;
            };
            let mut document = documents.doc();
            while document != TERMINATED {
                if reader.alive_bitset().is_none_or(|alive| alive.is_alive(document)) {
                    return Ok(Some(DocAddress::new(segment, document)));
                }
                document = documents.advance();
            }
        }
        Ok(None)
    }

    /// A word of the dictionary with its accents, as a document has it; as it is, where that document
    /// has it in another of its parts.
    fn as_written(&self, address: DocAddress, word: &str) -> Result<String, SearchError> {
        let kept: TantivyDocument = self.snapshot.searcher.doc(address).map_err(reading)?;
        let mut pieces = Vec::new();
        for field in [self.rules.fields.title, self.rules.fields.passage] {
            for text in kept.get_all(field).filter_map(|value| value.as_str()) {
                let mut chains = Chains::new(text);
                while chains.next_chain(&mut pieces) {
                    let written = pieces.iter().filter(|piece| piece.kind == Kind::Word);
                    for written in written.filter_map(|piece| piece.of(text)) {
                        // Not with an article before it, of which the dictionary knows nothing.
                        let is_bare = written.chars().count() <= word.chars().count() + 1;
                        if is_bare && surface(written) == word {
                            return Ok(written.to_lowercase());
                        }
                    }
                }
            }
        }
        Ok(word.to_owned())
    }
}

/// The words that a document must have, without those in quotes and in fields.
fn words_of<'a>(clause: &'a Clause, into: &mut Vec<&'a str>) {
    match clause {
        Clause::Word(word) => into.push(word),
        Clause::All { wanted, .. } => wanted.iter().for_each(|clause| words_of(clause, into)),
        Clause::Any(choices) => choices.iter().for_each(|clause| words_of(clause, into)),
        _ => {}
    }
}

/// Whether this is a plain word of a script with letters: ideographs are no slips of the hand, and
/// numbers and symbols are meant as they are.
fn may_be_wrong(word: &str) -> bool {
    word.chars().nth(SHORTEST - 1).is_some()
        && word.chars().all(|letter| {
            matches!(
                class(letter),
                Class::Arabic | Class::Letter | Class::Mark | Class::Apostrophe | Class::Invisible
            )
        })
}

/// The sets whose documents have words of this script.
fn sets_of(word: &str) -> Vec<usize> {
    let first = word.chars().next().unwrap_or_default();
    let languages: &[Language] = match first {
        '\u{400}'..='\u{52F}' => &[Language::Ru],
        _ if class(first) == Class::Arabic => &[Language::Ar],
        _ => &[Language::En, Language::Fr, Language::Es],
    };
    let sets = languages.iter().map(|&language| set_of(Some(language)));
    sets.chain([set_of(None)]).collect()
}

/// The words with the first standing-alone occurrence of one replaced.
fn replaced(words: &str, old: &str, new: &str) -> Option<String> {
    let at = words.match_indices(old).map(|(at, _)| at).find(|&at| {
        let before = words.get(..at).and_then(|before| before.chars().next_back());
        let after = words.get(at + old.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })?;
    Some(format!("{}{new}{}", words.get(..at)?, words.get(at + old.len()..)?))
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Es, Fr, Ru, Zh};

    use super::*;
    use crate::fixture::{ask, batch, document, entry, index_of};
    use crate::{Batch, Search};

    async fn meant(search: &Search, words: &str) -> Option<String> {
        ask(search, words).await.did_you_mean
    }

    async fn many() -> (tempfile::TempDir, Search) {
        let texts = [
            (Some(En), "satellites connect schools"),
            (Some(En), "satellite connectivity for a school"),
            (Some(Fr), "le développement de la connectivité"),
            (Some(Es), "la administración electrónica"),
            (Some(Ru), "развитие спутниковой связи"),
            (Some(Ar), "تنمية الاتصالات في الجامعات"),
            (Some(Zh), "卫星网络"),
        ];
        let numbered = (0..).zip(texts);
        index_of(
            numbered.map(|(n, (language, text))| document(n, language, "Title", text)).collect(),
        )
        .await
    }

    #[tokio::test]
    async fn unknown_words_are_proposed_as_the_index_writes_them() {
        let (_folder, search) = many().await;
        for (words, expected) in [
            ("sattelites", Some("satellites")),
            ("shcools satellite", Some("schools satellite")),
            ("satellite conectivitty", Some("satellite connectivity")),
            ("devellopement", Some("développement")),
            ("administrasion", Some("administración")),
            ("спутникавой", Some("спутниковой")),
            ("الاتصلات", Some("اتصالات")),
            ("satellites", None),
            ("卫量", None),
            ("scol", None),
            ("\"sattelites\"", None),
            ("zebra", None),
        ] {
            assert_eq!(meant(&search, words).await.as_deref(), expected, "{words}");
        }
    }

    #[tokio::test]
    async fn the_words_of_what_was_taken_away_are_told_to_nobody() {
        let (_folder, search) = many().await;
        let secret = vec![document(50, Some(En), "Title", "embargoed")];
        search.apply(batch(secret, 2)).await.unwrap();
        search.commit().await.unwrap();
        assert_eq!(meant(&search, "embargoet").await.as_deref(), Some("embargoed"));
        let removals = vec![entry(50)];
        search.apply(Batch { removals, ..batch(Vec::new(), 3) }).await.unwrap();
        search.commit().await.unwrap();
        assert_eq!(meant(&search, "embargoet").await, None);
    }

    #[tokio::test]
    async fn a_proposal_finds_something() {
        let (_folder, search) = many().await;
        for words in ["sattelites", "devellopement", "спутникавой", "الاتصلات"] {
            let better = meant(&search, words).await.unwrap();
            let request = SearchRequest { words: better, ..SearchRequest::default() };
            assert!(search.search(request).await.unwrap().total > 0, "{words}");
        }
        // Each word is known, and no document has both.
        assert_eq!(meant(&search, "satellites administración").await, None);
    }
}
