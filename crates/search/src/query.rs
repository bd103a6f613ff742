//! From the words of a reader to what the engine looks for, one language at a time.
//!
//! Each language has its own text fields and its own rules, and a document is in one language only:
//! so a search is up to seven searches that never find the same document twice. A language in which
//! a needed word does not occur is left out before anything is read.

use observatory_model::query::Clause;
use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, DisjunctionMaxQuery, EnableScoring, Occur, PhraseQuery, Query,
    TermQuery, Weight,
};
use tantivy::schema::{Field, IndexRecordOption};

use crate::analyzers::Analyzer;
use crate::lexemes::{Lexeme, Lexemes, Role};
use crate::schema::{TextFields, part};
use crate::snapshot::Snapshot;
use crate::sought::Sought;
use crate::statistics::SetStatistics;

/// How much more a word counts in a title than in the text.
///
/// A title is short, so that a word in it says more about the whole than the same word in passing.
const TITLE_BOOST: f32 = 2.0;

/// Most terms of a search in one language. A word is one term, but a run of Chinese has as many as
/// it has characters, and 512 bytes hold 170 of them.
const MOST_TERMS: usize = 64;

/// A word of a plain search that more than one document in five has says little: it need not occur,
/// it only adds to the score. "The" and "of" in every language, without a list for any.
const COMMON_SHARE: u64 = 5;

/// In fewer documents than this no word is common: with three documents, every word is in a third.
const COMMON_FROM: u64 = 500;

/// Most words of a plain search of which only documents with all of them are shown.
///
/// More words are a question or a title that was pasted. The document that answers it rarely has
/// every word of it, and one that has them all by chance is not the best: with 93 and 225 such
/// searches in two public collections, wanting every word cost up to a tenth of the quality.
const LONGEST_EXACT: usize = 6;

/// How many of the words of a plain search must occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// All that are not common.
    Every,
    /// Any of them; those with more of them and rarer ones come first.
    Some,
}

/// What is looked for in one set of text fields.
pub(crate) struct Plan {
    /// The engine's side.
    pub(crate) weight: Box<dyn Weight>,
    /// What is marked in the hits.
    pub(crate) sought: Sought,
    /// Whether these are more words than one document can be expected to have.
    pub(crate) is_long: bool,
}

/// What a clause has become in one language.
enum Built {
    /// The rules of the language leave nothing of it: it neither finds nor hinders.
    Silent,
    /// No document can fulfil it.
    Never,
    /// What fulfils it.
    Query(Box<dyn Query>),
}

/// A part of a search that stands or falls as one: a word, a symbol, a pair of ideographs.
struct Unit {
    /// `None` when no document has it.
    query: Option<Box<dyn Query>>,
    /// Half a word: a pair of ideographs.
    is_pair: bool,
    /// In how many documents it is, roughly.
    found_in: u64,
    /// The ways in which it is written: one term, or terms at their distances.
    writings: Vec<Vec<(usize, String)>>,
}

/// Plans a search in one language.
pub(crate) struct Planner<'a> {
    snapshot: &'a Snapshot,
    fields: TextFields,
    analyzer: &'a Analyzer,
    size: u64,
    lexemes: Lexemes,
    sought: Sought,
    terms_left: usize,
}

impl<'a> Planner<'a> {
    /// A planner for the text fields `fields` with `size` documents.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        fields: TextFields,
        analyzer: &'a Analyzer,
        size: u64,
    ) -> Self {
        let (lexemes, sought) = (Lexemes::default(), Sought::default());
        Self { snapshot, fields, analyzer, size, lexemes, sought, terms_left: MOST_TERMS }
    }

    /// The plan for exactly what was written; `None` when nothing here can fulfil it.
    pub(crate) fn exactly(mut self, clause: &Clause) -> tantivy::Result<Option<Plan>> {
        match self.clause(clause, true)? {
            Built::Query(query) => self.finish(&*query, false).map(Some),
            Built::Silent | Built::Never => Ok(None),
        }
    }

    /// The plan for words without operators; `None` when nothing here has enough of them.
    pub(crate) fn plainly(mut self, clause: &Clause, need: Need) -> tantivy::Result<Option<Plan>> {
        let mut units = Vec::new();
        let mut phrases = Vec::new();
        let (wanted, unwanted) = match clause {
            Clause::All { wanted, unwanted } => (wanted.as_slice(), unwanted.as_slice()),
            one => (std::slice::from_ref(one), [].as_slice()),
        };
        for part in wanted {
            match part {
                Clause::Word(word) => units.append(&mut self.units(word)?),
                Clause::Phrase(words) if need == Need::Every => units.extend(self.phrase(words)?),
                Clause::Phrase(words) => {
                    phrases.extend(self.phrase(words)?);
                    units.append(&mut self.units(words)?);
                }
                _ => {}
            }
        }
        let pairs = units.iter().filter(|unit| unit.is_pair).count();
        let is_long = units.len() - pairs + pairs / 2 > LONGEST_EXACT;
        let is_common = |unit: &Unit| {
            self.size >= COMMON_FROM && unit.found_in.saturating_mul(COMMON_SHARE) > self.size
        };
        let (mut common, mut telling): (Vec<_>, Vec<_>) = units.into_iter().partition(is_common);
        if telling.is_empty() {
            std::mem::swap(&mut common, &mut telling);
        }
        let count = telling.len();
        let found = self.take_queries(telling, true);
        if found.is_empty() || (need == Need::Every && found.len() < count) {
            return Ok(None);
        }
        let mut helpful = self.take_queries(common, false);
        helpful.append(&mut self.take_queries(phrases, true));
        let mut parts: Vec<(Occur, Box<dyn Query>)> = if need == Need::Some {
            let any = one_of(found.into_iter().map(|query| (Occur::Should, query)).collect());
            vec![(Occur::Must, any)]
        } else {
            found.into_iter().map(|query| (Occur::Must, query)).collect()
        };
        parts.extend(helpful.into_iter().map(|query| (Occur::Should, query)));
        self.exclude(unwanted, &mut parts)?;
        self.finish(&*one_of(parts), is_long).map(Some)
    }

    /// The queries of units that occur; what is to be marked is noted.
    fn take_queries(&mut self, units: Vec<Unit>, is_marked: bool) -> Vec<Box<dyn Query>> {
        let mut queries = Vec::with_capacity(units.len());
        for unit in units {
            if let Some(query) = unit.query {
                queries.push(query);
                if is_marked {
                    self.sought.add(unit.writings);
                }
            }
        }
        queries
    }

    fn finish(self, query: &dyn Query, is_long: bool) -> tantivy::Result<Plan> {
        let searcher = &self.snapshot.searcher;
        let statistics = SetStatistics { searcher, size: self.size };
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, searcher);
        Ok(Plan { weight: query.weight(scoring)?, sought: self.sought, is_long })
    }

    /// Calls itself at most twice for each level of parentheses, of which the grammar allows few.
    fn clause(&mut self, clause: &Clause, is_wanted: bool) -> tantivy::Result<Built> {
        match clause {
            Clause::Word(word) => {
                let units = self.units(word)?;
                Ok(self.every(units, is_wanted))
            }
            Clause::Phrase(words) => {
                let unit = self.phrase(words)?;
                Ok(self.every(unit.into_iter().collect(), is_wanted))
            }
            Clause::All { wanted, unwanted } => {
                let mut parts = Vec::new();
                for clause in wanted {
                    match self.clause(clause, is_wanted)? {
                        Built::Silent => {}
                        Built::Never => return Ok(Built::Never),
                        Built::Query(query) => parts.push((Occur::Must, query)),
                    }
                }
                if parts.is_empty() {
                    return Ok(Built::Silent);
                }
                self.exclude(unwanted, &mut parts)?;
                Ok(Built::Query(one_of(parts)))
            }
            Clause::Any(choices) => {
                let mut parts = Vec::new();
                let mut result = Built::Silent;
                for clause in choices {
                    match self.clause(clause, is_wanted)? {
                        Built::Silent => {}
                        Built::Never => result = Built::Never,
                        Built::Query(query) => parts.push((Occur::Should, query)),
                    }
                }
                Ok(if parts.is_empty() { result } else { Built::Query(one_of(parts)) })
            }
            _ => Ok(Built::Silent),
        }
    }

    fn exclude(
        &mut self,
        unwanted: &[Clause],
        parts: &mut Vec<(Occur, Box<dyn Query>)>,
    ) -> tantivy::Result<()> {
        for clause in unwanted {
            if let Built::Query(query) = self.clause(clause, false)? {
                parts.push((Occur::MustNot, query));
            }
        }
        Ok(())
    }

    fn every(&mut self, units: Vec<Unit>, is_wanted: bool) -> Built {
        if units.is_empty() {
            return Built::Silent;
        }
        if units.iter().any(|unit| unit.query.is_none()) {
            return Built::Never;
        }
        let queries = self.take_queries(units, is_wanted);
        Built::Query(one_of(queries.into_iter().map(|query| (Occur::Must, query)).collect()))
    }

    /// The parts of a word that must each occur.
    fn units(&mut self, word: &str) -> tantivy::Result<Vec<Unit>> {
        self.analyzer.analyze(word, &mut self.lexemes);
        let mut units = Vec::new();
        for chain in self.lexemes.items().chunk_by(|left, right| left.chain == right.chain) {
            if self.terms_left == 0 {
                break;
            }
            let has = |role| chain.iter().any(|lexeme| lexeme.role == role);
            let only = |role| chain.iter().filter(move |lexeme| lexeme.role == role);
            if has(Role::Single) {
                let role = if has(Role::Pair) { Role::Pair } else { Role::Single };
                for lexeme in only(role).take(self.terms_left) {
                    units.push(self.unit(&[lexeme])?);
                }
            } else if only(Role::Main).nth(1).is_none() {
                units.push(self.unit(&chain.iter().collect::<Vec<_>>())?);
            } else {
                // The parts of a symbol side by side, or in one piece.
                let mut unit = self.sequence(&only(Role::Main).collect::<Vec<_>>())?;
                for joined in only(Role::Joined) {
                    unit = either(unit, self.unit(&[joined])?);
                }
                units.push(unit);
            }
            self.terms_left = self.terms_left.saturating_sub(chain.len());
        }
        Ok(units)
    }

    /// Words that stand side by side; `None` when the rules of the language leave none.
    fn phrase(&mut self, words: &str) -> tantivy::Result<Option<Unit>> {
        self.analyzer.analyze(words, &mut self.lexemes);
        let mut parts: Vec<&Lexeme> = Vec::new();
        for chain in self.lexemes.items().chunk_by(|left, right| left.chain == right.chain) {
            let has_pairs = chain.iter().any(|lexeme| lexeme.role == Role::Pair);
            parts.extend(chain.iter().filter(|lexeme| match lexeme.role {
                Role::Main | Role::Pair => true,
                Role::Single => !has_pairs,
                Role::Variant | Role::Joined => false,
            }));
        }
        parts.truncate(self.terms_left);
        let unit = match parts.as_slice() {
            [] => None,
            // A single word in quotes may still be written in its other form.
            [_] => Some(self.unit(&self.lexemes.items().iter().collect::<Vec<_>>())?),
            parts => Some(self.sequence(parts)?),
        };
        self.terms_left = self.terms_left.saturating_sub(parts.len());
        Ok(unit)
    }

    /// One word in any of its forms, in the title or in the text.
    fn unit(&self, forms: &[&Lexeme]) -> tantivy::Result<Unit> {
        let is_pair = forms.iter().any(|lexeme| lexeme.role == Role::Pair);
        let mut unit = Unit { query: None, is_pair, found_in: 0, writings: Vec::new() };
        let mut parts = Vec::new();
        for (field, boost) in self.places() {
            let mut choices: Vec<Box<dyn Query>> = Vec::new();
            for lexeme in forms {
                let term = Term::from_field_text(field, self.lexemes.term(lexeme));
                let found_in = self.snapshot.searcher.doc_freq(&term)?;
                if found_in > 0 {
                    unit.found_in = unit.found_in.max(found_in);
                    choices.push(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)));
                }
            }
            // Both forms of a word often stand at one place: the better counts, not both.
            let choice: Option<Box<dyn Query>> = match choices.len() {
                0 | 1 => choices.pop(),
                _ => Some(Box::new(DisjunctionMaxQuery::new(choices))),
            };
            parts.extend(choice.map(|query| (Occur::Should, boosted(query, boost))));
        }
        if !parts.is_empty() {
            unit.query = Some(one_of(parts));
        }
        for lexeme in forms {
            unit.writings.push(vec![(0, self.lexemes.term(lexeme).to_owned())]);
        }
        Ok(unit)
    }

    /// Terms at the distances they have in the search, in the title or in the text.
    fn sequence(&self, parts: &[&Lexeme]) -> tantivy::Result<Unit> {
        let first = parts.first().map_or(0, |lexeme| lexeme.position);
        let writing: Vec<(usize, String)> = parts
            .iter()
            .map(|lexeme| (lexeme.position - first, self.lexemes.term(lexeme).to_owned()))
            .collect();
        let mut unit = Unit { query: None, is_pair: false, found_in: 0, writings: Vec::new() };
        let mut places = Vec::new();
        for (field, boost) in self.places() {
            let mut terms = Vec::with_capacity(writing.len());
            let mut found_in = u64::MAX;
            for (distance, term) in &writing {
                let term = Term::from_field_text(field, term);
                found_in = found_in.min(self.snapshot.searcher.doc_freq(&term)?);
                terms.push((*distance, term));
            }
            if found_in > 0 && terms.len() > 1 {
                unit.found_in = unit.found_in.max(found_in);
                let phrase = Box::new(PhraseQuery::new_with_offset(terms));
                places.push((Occur::Should, boosted(phrase, boost)));
            }
        }
        if !places.is_empty() {
            unit.query = Some(one_of(places));
        }
        unit.writings.push(writing);
        Ok(unit)
    }

    fn places(&self) -> [(Field, f32); 2] {
        [(self.fields.part(part::TITLE), TITLE_BOOST), (self.fields.part(part::BODY), 1.0)]
    }
}

/// The one part alone, or all parts together.
fn one_of(mut parts: Vec<(Occur, Box<dyn Query>)>) -> Box<dyn Query> {
    match parts.len() {
        1 => parts
            .pop()
            .map_or_else(|| Box::new(BooleanQuery::new(Vec::new())) as _, |(_, query)| query),
        _ => Box::new(BooleanQuery::new(parts)),
    }
}

fn either(left: Unit, right: Unit) -> Unit {
    let parts = [left.query, right.query].into_iter().flatten();
    let parts: Vec<_> = parts.map(|query| (Occur::Should, query)).collect();
    Unit {
        query: if parts.is_empty() { None } else { Some(one_of(parts)) },
        is_pair: false,
        found_in: left.found_in.max(right.found_in),
        writings: [left.writings, right.writings].concat(),
    }
}

fn boosted(query: Box<dyn Query>, boost: f32) -> Box<dyn Query> {
    if (boost - 1.0).abs() < f32::EPSILON { query } else { Box::new(BoostQuery::new(query, boost)) }
}
