//! From the words of a reader to what the engine looks for, one language at a time.
//!
//! Each language has its own text fields and its own rules, and a document is in one language only:
//! so a search is up to seven searches, and a document counts in that of its language only. A language
//! in which a needed word does not occur is left out before anything is read.

use observatory_model::Language;
use observatory_model::query::Clause;
use tantivy::query::{BooleanQuery, EnableScoring, Occur, Query, Weight};

use crate::concepts::{OTHER_LABEL, Run};
use crate::nearby::Nearby;
use crate::nearly::{FEWEST_TO_LACK_ONE, nearly_all};
use crate::results::Rules;
use crate::schema::language_of;
use crate::snapshot::Snapshot;
use crate::sought::Sought;
use crate::statistics::SetStatistics;
use crate::units::{Unit, Units};

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
    /// All of these but one; those that have all come first.
    AllButOne,
    /// Any of them; those with more of them and rarer ones come first.
    Some,
}

/// What is looked for in one set of text fields.
pub(crate) struct Plan {
    /// The engine's side.
    pub(crate) weight: Box<dyn Weight>,
    /// What counts more where it stands side by side.
    pub(crate) nearby: Vec<Nearby>,
    /// What is marked in the hits.
    pub(crate) sought: Sought,
    /// Whether these are more words than one document can be expected to have.
    pub(crate) is_long: bool,
    /// Whether there are enough words that a document that lacks one of them is still about the rest.
    pub(crate) may_lack_one: bool,
    /// Whether a prefix stands for more words than are searched.
    pub(crate) has_many_words: bool,
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

/// Plans a search in one language.
pub(crate) struct Planner<'a> {
    set: usize,
    units: Units<'a>,
    /// What of the words names a concept.
    runs: &'a [Run<'a>],
    sought: Sought,
}

impl<'a> Planner<'a> {
    /// A planner for the documents of a set.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        rules: &'a Rules,
        runs: &'a [Run<'a>],
        set: usize,
    ) -> Self {
        let units = Units::new(snapshot, rules, set);
        Self { set, units, runs, sought: Sought::default() }
    }

    /// The plan for exactly what was written; `None` when nothing here can fulfil it.
    pub(crate) fn exactly(mut self, clause: &Clause) -> tantivy::Result<Option<Plan>> {
        match self.clause(clause, true)? {
            Built::Query(query) => self.finish(&*query, Vec::new(), false).map(Some),
            Built::Silent | Built::Never => Ok(None),
        }
    }

    /// The plan for words without operators; `None` when nothing here has enough of them.
    pub(crate) fn plainly(mut self, clause: &Clause, need: Need) -> tantivy::Result<Option<Plan>> {
        let (wanted, unwanted) = match clause {
            Clause::All { wanted, unwanted } => (wanted.as_slice(), unwanted.as_slice()),
            one => (std::slice::from_ref(one), [].as_slice()),
        };
        self.units.is_loose = need == Need::Some;
        let Plain { units, helpful: mut helps } = self.plain(wanted, need)?;
        let pairs = units.iter().filter(|unit| unit.is_pair).count();
        let words: usize = units.iter().map(|unit| unit.words).sum();
        let is_long = words - pairs + pairs / 2 > LONGEST_EXACT;
        let size = self.units.size();
        let is_common =
            |unit: &Unit| size >= COMMON_FROM && unit.found_in.saturating_mul(COMMON_SHARE) > size;
        // Pairs of characters are neighbours already: they would count for it twice.
        let says_much = |unit: &Unit| !is_common(unit) && !unit.is_pair;
        let near = units.iter().map(|unit| unit.main.as_deref().filter(|_| says_much(unit)));
        let nearby = self.units.nearby(&near.collect::<Vec<_>>())?;
        let (mut common, mut telling): (Vec<_>, Vec<_>) = units.into_iter().partition(is_common);
        if telling.is_empty() {
            std::mem::swap(&mut common, &mut telling);
        }
        let count = telling.len();
        // A pair of ideographs is half a word.
        let may_lack_one = count >= FEWEST_TO_LACK_ONE && pairs == 0;
        let found = self.take_queries(telling, true);
        let needed = match need {
            Need::Every => count,
            Need::AllButOne => count - usize::from(may_lack_one),
            Need::Some => 1,
        };
        if found.len() < needed.max(1) {
            return Ok(None);
        }
        let mut optional = self.take_queries(common, false);
        let mut parts: Vec<(Occur, Box<dyn Query>)> = if need == Need::Some {
            // Another name of a concept finds too, where one word of it is enough.
            let labels = self.take_queries(std::mem::take(&mut helps.labels), true);
            let any = found.into_iter().chain(labels);
            vec![(Occur::Must, one_of(any.map(|query| (Occur::Should, query)).collect()))]
        } else if need == Need::AllButOne {
            nearly_all(found, count, needed)
        } else {
            found.into_iter().map(|query| (Occur::Must, query)).collect()
        };
        optional.append(&mut self.take_queries(helps.phrases, true));
        parts.extend(optional.into_iter().map(|query| (Occur::Should, query)));
        self.exclude(unwanted, &mut parts)?;
        let plan = self.finish(&*one_of(parts), nearby, is_long)?;
        Ok(Some(Plan { may_lack_one, ..plan }))
    }

    /// The units of a plain search.
    fn plain(&mut self, wanted: &[Clause], need: Need) -> tantivy::Result<Plain> {
        let mut plain = Plain::default();
        let mut rest = wanted;
        while let Some((clause, after)) = rest.split_first() {
            if let Some(run) = self.runs.iter().find(|run| run.begins(rest)) {
                let mut words = Vec::new();
                for clause in run.clauses {
                    words.append(&mut self.of_word(clause)?);
                }
                let labels = self.labels(run)?;
                if need != Need::Some && !labels.is_empty() {
                    plain.units.push(Unit::named(words, labels));
                } else {
                    if !labels.is_empty() {
                        let name = self.units.of_name(&run.typed)?;
                        plain.helpful.labels.push(Unit::otherwise_named(&name, labels));
                    }
                    plain.units.append(&mut words);
                }
                rest = rest.get(run.clauses.len().max(1)..).unwrap_or_default();
                continue;
            }
            rest = after;
            // A word that is said twice is wanted once.
            if wanted.iter().position(|one| one == clause) < Some(wanted.len() - rest.len() - 1) {
                continue;
            }
            match clause {
                Clause::Phrase(words) if need != Need::Some => {
                    plain.units.extend(self.units.phrase(words)?);
                }
                Clause::Phrase(words) => {
                    plain.helpful.phrases.extend(self.units.phrase(words)?);
                    plain.units.append(&mut self.units.of(words)?);
                }
                other => plain.units.append(&mut self.of_word(other)?),
            }
        }
        Ok(plain)
    }

    /// The units of a word, or of a year or an identifier that may also be words.
    fn of_word(&mut self, clause: &Clause) -> tantivy::Result<Vec<Unit>> {
        if let Clause::Word(word) = clause {
            return self.units.of(word);
        }
        let Some((meaning, words)) = clause.either_way() else { return Ok(Vec::new()) };
        let mut units = Vec::new();
        match words {
            Clause::All { wanted, .. } => {
                for word in wanted {
                    units.append(&mut self.of_word(word)?);
                }
            }
            word => units = self.of_word(word)?,
        }
        let meant = match meaning {
            Clause::Identifier(identifier) => self.units.identifier(identifier)?,
            Clause::Filter(filter) => self.units.filter(filter),
            _ => return Ok(units),
        };
        Ok(vec![Unit::any_of(units, vec![meant])])
    }

    /// The other names of a concept that documents of this set may have.
    fn labels(&mut self, run: &Run<'_>) -> tantivy::Result<Vec<Unit>> {
        let mut units = Vec::new();
        // People also name things in English; who knows how, where no language was recognised?
        let is_searched = |of: Language| {
            of == Language::En || language_of(self.set).is_none_or(|language| language == of)
        };
        for (_, label) in run.labels.iter().filter(|(of, _)| is_searched(*of)) {
            let Some(unit) = self.units.phrase(label)? else { continue };
            if unit.query.is_some() {
                units.push(unit.of_concept(run, label).boosted(OTHER_LABEL));
            }
        }
        Ok(units)
    }

    /// The queries of units that occur; what is to be marked is noted.
    fn take_queries(&mut self, units: Vec<Unit>, is_marked: bool) -> Vec<Box<dyn Query>> {
        let mut queries = Vec::with_capacity(units.len());
        for unit in units {
            if let Some(query) = unit.query {
                queries.push(query);
                if is_marked {
                    unit.traces.into_iter().for_each(|trace| self.sought.add(trace));
                }
            }
        }
        queries
    }

    fn finish(
        self,
        query: &dyn Query,
        nearby: Vec<Nearby>,
        is_long: bool,
    ) -> tantivy::Result<Plan> {
        let searcher = &self.units.snapshot.searcher;
        let statistics = SetStatistics { searcher, size: self.units.size() };
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, searcher);
        Ok(Plan {
            weight: query.weight(scoring)?,
            nearby,
            sought: self.sought,
            is_long,
            may_lack_one: false,
            has_many_words: self.units.has_many_words,
        })
    }

    /// Calls itself at most twice for each level of parentheses, of which the grammar allows few.
    fn clause(&mut self, clause: &Clause, is_wanted: bool) -> tantivy::Result<Built> {
        let units = match clause {
            Clause::All { wanted, unwanted } => return self.all(wanted, unwanted, is_wanted),
            Clause::Any(choices) => return self.any(choices, is_wanted),
            Clause::Word(word) => {
                let run = self.runs.iter().find(|run| run.begins(std::slice::from_ref(clause)));
                let units = self.units.of(word)?;
                match run {
                    Some(run) if is_wanted => vec![Unit::named(units, self.labels(run)?)],
                    _ => units,
                }
            }
            Clause::Phrase(words) => self.units.phrase(words)?.into_iter().collect(),
            Clause::Prefix(beginning) => self.units.prefix(beginning)?.into_iter().collect(),
            Clause::Title(inner) => self.units.in_title(inner)?,
            Clause::Author(inner) => self.units.by_author(inner)?,
            Clause::Identifier(identifier) => vec![self.units.identifier(identifier)?],
            Clause::Filter(filter) => vec![self.units.filter(filter)],
        };
        Ok(self.every(units, is_wanted))
    }

    fn all(
        &mut self,
        wanted: &[Clause],
        unwanted: &[Clause],
        is_wanted: bool,
    ) -> tantivy::Result<Built> {
        let mut parts = Vec::new();
        let mut rest = wanted;
        while let Some((clause, after)) = rest.split_first() {
            let built =
                if let Some(run) = self.runs.iter().find(|run| is_wanted && run.begins(rest)) {
                    let mut words = Vec::new();
                    for clause in run.clauses {
                        words.append(&mut self.of_word(clause)?);
                    }
                    rest = rest.get(run.clauses.len().max(1)..).unwrap_or_default();
                    let labels = self.labels(run)?;
                    self.every(vec![Unit::named(words, labels)], is_wanted)
                } else {
                    rest = after;
                    self.clause(clause, is_wanted)?
                };
            match built {
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

    fn any(&mut self, choices: &[Clause], is_wanted: bool) -> tantivy::Result<Built> {
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
}

/// The units of a plain search.
#[derive(Default)]
struct Plain {
    units: Vec<Unit>,
    helpful: Helpful,
}

/// What need not be found.
#[derive(Default)]
struct Helpful {
    phrases: Vec<Unit>,
    labels: Vec<Unit>,
}

/// The one part alone, or all parts together.
pub(crate) fn one_of(mut parts: Vec<(Occur, Box<dyn Query>)>) -> Box<dyn Query> {
    match parts.len() {
        1 if parts.iter().all(|(occur, _)| *occur != Occur::MustNot) => parts
            .pop()
            .map_or_else(|| Box::new(BooleanQuery::new(Vec::new())) as _, |(_, query)| query),
        _ => Box::new(BooleanQuery::new(parts)),
    }
}
