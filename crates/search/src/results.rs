//! A search from its words to its page of hits.

use observatory_model::change::DocumentKey;
use observatory_model::document::Kind;
use observatory_model::query::{Clause, SearchQuery, Wanted};
use observatory_model::search::{HITS_PER_PAGE, Hit, LAST_PAGE, Note, SearchPage, SearchRequest};
use observatory_model::{Slug, Timestamp};
use tantivy::query::{AllQuery, EnableScoring, Query as _, Weight};
use tantivy::schema::{Field, Value as _};
use tantivy::{DocAddress, TantivyDocument, TantivyError};

use crate::analyzers::{Analyzer, Lexemes};
use crate::count::{Candidate, Deadline, Filters, Tally, count};
use crate::error::SearchError;
use crate::marks::{Kept, Marker};
use crate::query::{Need, Plan, Planner};
use crate::schema::{Fields, SET_COUNT, language_of};
use crate::snapshot::Snapshot;
use crate::sought::Sought;

/// Most sources that are told.
const MOST_SOURCES: usize = 20;

/// What every search needs and none changes.
pub(crate) struct Rules {
    pub(crate) fields: Fields,
    pub(crate) analyzers: [Analyzer; SET_COUNT],
}

/// Answers a search.
///
/// # Errors
/// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when the index cannot
/// be read.
pub(crate) fn answer(
    snapshot: &Snapshot,
    rules: &Rules,
    request: &SearchRequest,
    deadline: Deadline,
) -> Result<SearchPage, SearchError> {
    let query = SearchQuery::parse(&request.words);
    let filters = Filters::of(request);
    let keep = place_of(request.page.clamp(1, LAST_PAGE) * HITS_PER_PAGE);
    let search = Search { snapshot, rules, filters: &filters, keep, deadline };
    let mut notes = query.notes.clone();
    let (plans, tally) = match &query.wanted {
        Wanted::Everything => (no_plans(), search.everything()?),
        Wanted::Nothing => (no_plans(), Tally::default()),
        Wanted::These(clause) if query.is_plain() => {
            let (plans, tally) = search.run(|planner| planner.plainly(clause, Need::Every))?;
            if tally.matching > 0 || is_one_word(clause) {
                (plans, tally)
            } else {
                // Nothing has all words: most readers are helped by what has some of them.
                let (plans, tally) = search.run(|planner| planner.plainly(clause, Need::Some))?;
                if tally.matching > 0 {
                    notes.push(Note::SomeWords);
                }
                (plans, tally)
            }
        }
        Wanted::These(clause) => search.run(|planner| planner.exactly(clause))?,
    };
    search.page(request.page, &plans, tally, notes)
}

fn is_one_word(clause: &Clause) -> bool {
    // A run of Chinese is one word as written and many as read.
    matches!(clause, Clause::Word(word) if word.is_ascii())
}

type Plans = [Option<Plan>; SET_COUNT];

fn no_plans() -> Plans {
    std::array::from_fn(|_| None)
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    rules: &'a Rules,
    filters: &'a Filters,
    keep: usize,
    deadline: Deadline,
}

impl Search<'_> {
    fn everything(&self) -> Result<Tally, SearchError> {
        let scoring = EnableScoring::disabled_from_searcher(&self.snapshot.searcher);
        let all = AllQuery.weight(scoring).map_err(reading)?;
        self.count(&[&*all], true)
    }

    /// Plans the search in every language and counts what all plans find together.
    fn run<P>(&self, plan: P) -> Result<(Plans, Tally), SearchError>
    where
        P: Fn(Planner<'_>) -> tantivy::Result<Option<Plan>>,
    {
        let mut plans = no_plans();
        let sets = self.rules.fields.texts.iter().zip(&self.rules.analyzers);
        for ((place, (fields, analyzer)), size) in
            plans.iter_mut().zip(sets).zip(self.snapshot.set_sizes)
        {
            if size > 0 {
                let planner = Planner::new(self.snapshot, *fields, analyzer, size);
                *place = plan(planner).map_err(reading)?;
            }
        }
        let weights: Vec<&dyn Weight> = plans.iter().flatten().map(|plan| &*plan.weight).collect();
        let tally = self.count(&weights, false)?;
        Ok((plans, tally))
    }

    fn count(&self, weights: &[&dyn Weight], is_everything: bool) -> Result<Tally, SearchError> {
        let mut tally = count(self.snapshot, weights, self.filters, self.keep, self.deadline)?;
        if is_everything {
            for candidate in &mut tally.first {
                candidate.score = 0.0;
            }
        }
        Ok(tally)
    }

    fn page(
        &self,
        wanted: u32,
        plans: &Plans,
        tally: Tally,
        notes: Vec<Note>,
    ) -> Result<SearchPage, SearchError> {
        let pages = tally.total.div_ceil(u64::from(HITS_PER_PAGE));
        let last_page = u32::try_from(pages).unwrap_or(LAST_PAGE).clamp(1, LAST_PAGE);
        let page = wanted.clamp(1, last_page);
        let skipped = place_of((page - 1) * HITS_PER_PAGE);
        let shown = tally.first.iter().skip(skipped).take(place_of(HITS_PER_PAGE));
        let mut lexemes = Lexemes::default();
        let mut hits = Vec::new();
        for candidate in shown {
            self.deadline.check()?;
            hits.push(self.hit(candidate, plans, &mut lexemes)?);
        }
        Ok(SearchPage {
            total: tally.total,
            page,
            last_page,
            hits,
            languages: self.languages(&tally),
            kinds: self.kinds(&tally),
            sources: self.sources(tally),
            notes,
        })
    }

    fn languages(&self, tally: &Tally) -> Vec<(Option<observatory_model::Language>, u64)> {
        let is_told = |&(set, &count): &(usize, &u64)| {
            count > 0
                || (self.filters.has_language(set) && !self.filters.has_language(SET_COUNT - 1))
        };
        let counts = tally.languages.iter().enumerate().filter(is_told);
        counts.map(|(set, count)| (language_of(set), *count)).collect()
    }

    fn kinds(&self, tally: &Tally) -> Vec<(Kind, u64)> {
        let counts = Kind::ALL.into_iter().zip(tally.kinds);
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn sources(&self, tally: Tally) -> Vec<(Slug, String, u64)> {
        let mut sources: Vec<(Slug, String, u64)> = tally
            .sources
            .into_iter()
            .filter_map(|(slug, (name, count))| Some((slug.parse().ok()?, name, count)))
            .collect();
        let is_chosen =
            |slug: &Slug| self.filters.sources().iter().any(|chosen| chosen == slug.as_str());
        // Chosen ones first, so that they are told and can be taken back.
        sources.sort_by(|(left, _, left_count), (right, _, right_count)| {
            (is_chosen(right), right_count, left).cmp(&(is_chosen(left), left_count, right))
        });
        sources.truncate(MOST_SOURCES);
        sources.sort_by(|(left, _, left_count), (right, _, right_count)| {
            (right_count, left).cmp(&(left_count, right))
        });
        sources
    }

    fn hit(
        &self,
        candidate: &Candidate,
        plans: &Plans,
        lexemes: &mut Lexemes,
    ) -> Result<Hit, SearchError> {
        let segment = u32::try_from(candidate.segment).unwrap_or(u32::MAX);
        let address = DocAddress::new(segment, candidate.document);
        let kept: TantivyDocument = self.snapshot.searcher.doc(address).map_err(reading)?;
        let columns = self.snapshot.segments.get(candidate.segment);
        let columns = columns.ok_or_else(|| corrupt("a segment has no columns"))?;
        let fields = &self.rules.fields;
        let set = place(columns.language.get_val(candidate.document));
        let kind = place(columns.kind.get_val(candidate.document));
        let source = columns.sources.get(place(columns.source.get_val(candidate.document)));
        let text = |field: Field| {
            kept.get_first(field).and_then(|value| value.as_str()).unwrap_or_default()
        };
        let key: DocumentKey =
            text(fields.key).parse().or(Err(corrupt("a document has no readable key")))?;
        let analyzer = self.rules.analyzers.get(set);
        let analyzer = analyzer.ok_or_else(|| corrupt("a document has an unknown language"))?;
        let nothing = Sought::default();
        let sought = plans.get(set).and_then(Option::as_ref).map_or(&nothing, |plan| &plan.sought);
        let mut marker = Marker { analyzer, sought, lexemes };
        let passages: Vec<Kept<'_>> = kept
            .get_all(fields.passage)
            .zip(kept.get_all(fields.paragraph))
            .map(|(text, number)| Kept {
                number: number
                    .as_u64()
                    .and_then(|number| u32::try_from(number.checked_sub(1)?).ok()),
                text: text.as_str().unwrap_or_default(),
            })
            .collect();
        let (passage, paragraph) = marker.best(&passages);
        Ok(Hit {
            key,
            kind: Kind::ALL
                .get(kind)
                .copied()
                .ok_or_else(|| corrupt("a document has an unknown kind"))?,
            language: language_of(set),
            title: marker.whole(text(fields.title)),
            passage,
            paragraph,
            source: source.and_then(Option::as_ref).and_then(|(slug, _)| slug.parse().ok()),
            source_name: text(fields.source_name).to_owned(),
            date: Timestamp::from_millis(candidate.date),
            score: candidate.score,
        })
    }
}

fn reading(error: TantivyError) -> SearchError {
    SearchError::while_doing("be read")(error)
}

fn corrupt(what: &str) -> SearchError {
    SearchError::Corrupt { what: what.to_owned() }
}

fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn place_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
