//! What a reader has chosen, and what the words say of it, as tests on the columns of a document.

use observatory_model::document::{Class, Kind};
use observatory_model::query::Filter;
use observatory_model::search::SearchRequest;
use observatory_model::{Language, Series, Slug, Timestamp};

use crate::schema::{SET_COUNT, set_of};
use crate::snapshot::{Snapshot, Values, source_of};

/// How many kinds of documents there are.
pub(crate) const KIND_COUNT: usize = Kind::ALL.len();

/// What readers choose by: each of these is counted as if nothing was chosen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Facet {
    Language,
    Class,
    Series,
    Topic,
    Source,
    Institution,
    Year,
}

/// The facets that a document fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failed(u8);

impl Failed {
    fn add(&mut self, facet: Facet) {
        self.0 |= 1 << (facet as u8);
    }

    /// Whether the document passes all.
    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether it fails more than one, so that no facet counts it.
    pub(crate) const fn is_many(self) -> bool {
        self.0.count_ones() > 1
    }

    /// Whether a facet counts the document: it passes all others.
    pub(crate) const fn leaves(self, facet: Facet) -> bool {
        self.0 & !(1 << (facet as u8)) == 0
    }
}

/// What the columns say of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) set: usize,
    pub(crate) kind: usize,
    pub(crate) date: i64,
    /// Its place among the sources of the snapshot.
    pub(crate) source: Option<usize>,
    pub(crate) institution: Option<usize>,
    pub(crate) topics: &'a [usize],
    pub(crate) year: i32,
}

/// Which values pass; everything where nothing is chosen.
#[derive(Clone, Debug)]
enum Passing {
    All,
    These(Vec<bool>),
}

impl Passing {
    fn of(values: &Values, is_empty: bool, is_chosen: impl Fn(&str) -> bool) -> Self {
        if is_empty { Self::All } else { Self::These(values.iter().map(is_chosen).collect()) }
    }

    fn has(&self, place: Option<usize>) -> bool {
        match self {
            Self::All => true,
            Self::These(flags) => {
                place.and_then(|place| flags.get(place)).is_some_and(|flag| *flag)
            }
        }
    }

    fn has_any(&self, places: &[usize]) -> bool {
        matches!(self, Self::All) || places.iter().any(|place| self.has(Some(*place)))
    }
}

/// What was chosen, in the numbers of a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    languages: [bool; SET_COUNT],
    classes: [bool; KIND_COUNT],
    series: [bool; KIND_COUNT],
    topics: Passing,
    sources: Passing,
    institutions: Passing,
    years: Vec<i32>,
    /// What always holds: the days of the request and the filters among the words.
    fixed: Fixed,
}

/// Conditions that no facet leaves out.
#[derive(Clone, Debug)]
struct Fixed {
    languages: [bool; SET_COUNT],
    kinds: [bool; KIND_COUNT],
    /// Each must be among the topics of a document; `None`: no document has it.
    topics: Vec<Option<usize>>,
    sources: Vec<Passing>,
    institutions: Vec<Passing>,
    from: i64,
    before: i64,
}

impl Choices {
    /// Of a request and the filters that stand beside its words.
    pub(crate) fn new(snapshot: &Snapshot, request: &SearchRequest, filters: &[&Filter]) -> Self {
        let any = |chosen: bool, is_empty: bool| is_empty || chosen;
        let kinds = |passes: &dyn Fn(Kind) -> bool| Kind::ALL.map(passes);
        let has = |list: &[Slug], value: &str| list.iter().any(|slug| slug.as_str() == value);
        Self {
            languages: std::array::from_fn(|set| {
                let mut chosen = request.languages.iter();
                any(chosen.any(|one| set_of(Some(*one)) == set), request.languages.is_empty())
            }),
            classes: kinds(&|kind| {
                any(request.classes.contains(&kind.class()), request.classes.is_empty())
            }),
            series: kinds(&|kind| {
                let series = kind.series().is_some_and(|series| request.series.contains(&series));
                any(series, request.series.is_empty())
            }),
            topics: Passing::of(&snapshot.topics, request.topics.is_empty(), |topic| {
                has(&request.topics, topic)
            }),
            sources: Passing::of(&snapshot.sources, request.sources.is_empty(), |source| {
                source_of(source).is_some_and(|(slug, _)| has(&request.sources, slug))
            }),
            institutions: Passing::of(
                &snapshot.institutions,
                request.institutions.is_empty(),
                |name| request.institutions.iter().any(|chosen| chosen == name),
            ),
            years: request.years.clone(),
            fixed: Fixed::new(snapshot, request, filters),
        }
    }

    /// Whether a request chooses nothing, so that every document passes.
    pub(crate) fn are_none(request: &SearchRequest, filters: &[&Filter]) -> bool {
        filters.is_empty()
            && request.languages.is_empty()
            && request.classes.is_empty()
            && request.series.is_empty()
            && request.topics.is_empty()
            && request.sources.is_empty()
            && request.institutions.is_empty()
            && request.years.is_empty()
            && request.from.is_none()
            && request.before.is_none()
    }

    /// Whether documents of this set can pass what always holds.
    pub(crate) fn may_have(&self, set: usize) -> bool {
        self.fixed.languages.get(set).is_some_and(|flag| *flag)
    }

    /// Which facets a document fails; `None` when it fails what always holds.
    pub(crate) fn test(&self, row: &Row<'_>) -> Option<Failed> {
        if !self.fixed.holds(row) {
            return None;
        }
        let flag = |flags: &[bool], place: usize| flags.get(place).is_some_and(|flag| *flag);
        let mut failed = Failed::default();
        let mut test = |facet: Facet, passes: bool| {
            if !passes {
                failed.add(facet);
            }
        };
        test(Facet::Language, flag(&self.languages, row.set));
        test(Facet::Class, flag(&self.classes, row.kind));
        test(Facet::Series, flag(&self.series, row.kind));
        test(Facet::Topic, self.topics.has_any(row.topics));
        test(Facet::Source, self.sources.has(row.source));
        test(Facet::Institution, self.institutions.has(row.institution));
        test(Facet::Year, self.years.is_empty() || self.years.contains(&row.year));
        Some(failed)
    }
}

impl Fixed {
    fn new(snapshot: &Snapshot, request: &SearchRequest, filters: &[&Filter]) -> Self {
        let mut fixed = Self {
            languages: [true; SET_COUNT],
            kinds: [true; KIND_COUNT],
            topics: Vec::new(),
            sources: Vec::new(),
            institutions: Vec::new(),
            from: request.from.map_or(i64::MIN, Timestamp::millis),
            before: request.before.map_or(i64::MAX, Timestamp::millis),
        };
        for filter in filters {
            match filter {
                Filter::Language(language) => fixed.only_language(*language),
                Filter::Class(class) => fixed.only_kinds(|kind| kind.class() == *class),
                Filter::Series(series) => fixed.only_kinds(|kind| kind.series() == Some(*series)),
                Filter::Topic(topic) => {
                    fixed.topics.push(snapshot.topics.iter().position(|one| one == topic.as_str()));
                }
                Filter::Source(wanted) => {
                    fixed.sources.push(Passing::of(&snapshot.sources, false, |source| {
                        source_of(source).is_some_and(|(slug, _)| slug == wanted.as_str())
                    }));
                }
                Filter::Institution(wanted) => {
                    let is_wanted = |name: &str| name == wanted;
                    let passing = Passing::of(&snapshot.institutions, false, is_wanted);
                    fixed.institutions.push(passing);
                }
                Filter::Dates { from, before } => {
                    fixed.from = fixed.from.max(from.map_or(i64::MIN, Timestamp::millis));
                    fixed.before = fixed.before.min(before.map_or(i64::MAX, Timestamp::millis));
                }
            }
        }
        fixed
    }

    fn only_language(&mut self, language: Language) {
        for (set, flag) in self.languages.iter_mut().enumerate() {
            *flag &= set == set_of(Some(language));
        }
    }

    fn only_kinds(&mut self, passes: impl Fn(Kind) -> bool) {
        for (kind, flag) in Kind::ALL.into_iter().zip(&mut self.kinds) {
            *flag &= passes(kind);
        }
    }

    fn holds(&self, row: &Row<'_>) -> bool {
        row.date >= self.from
            && row.date < self.before
            && self.languages.get(row.set).is_some_and(|flag| *flag)
            && self.kinds.get(row.kind).is_some_and(|flag| *flag)
            && self.topics.iter().all(|topic| topic.is_some_and(|one| row.topics.contains(&one)))
            && self.sources.iter().all(|sources| sources.has(row.source))
            && self.institutions.iter().all(|names| names.has(row.institution))
    }
}

/// The kinds of a class or a series, by their numbers.
pub(crate) fn kinds_of(
    class: Option<Class>,
    series: Option<Series>,
) -> impl Iterator<Item = usize> {
    let kinds = Kind::ALL.into_iter().enumerate();
    kinds
        .filter(move |(_, kind)| {
            class.is_some_and(|class| kind.class() == class)
                || series.is_some_and(|series| kind.series() == Some(series))
        })
        .map(|(number, _)| number)
}

/// The year (UTC) of milliseconds since 1970, by the calendar of today for all times.
pub(crate) const fn year_of(millis: i64) -> i32 {
    // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    let days = millis.div_euclid(86_400_000) + 719_468;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    // Years of this reckoning begin in March.
    let after_december = (5 * day_of_year + 2) / 153 >= 10;
    let year = year + era * 400 + if after_december { 1 } else { 0 };
    #[expect(clippy::cast_possible_truncation, reason = "timestamps are of the years 1 to 9999")]
    let year = year as i32;
    year
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_those_of_the_calendar() {
        for (date, year) in [
            ("1969-12-31", 1969),
            ("1970-01-01", 1970),
            ("2000-02-29", 2000),
            ("2023-12-31", 2023),
            ("2024-01-01", 2024),
            ("2024-12-31", 2024),
            ("0001-01-01", 1),
            ("9999-12-31", 9999),
        ] {
            let time: Timestamp = date.parse().unwrap();
            assert_eq!((year_of(time.millis()), time.ymd().0), (year, year), "{date}");
        }
    }

    #[test]
    fn a_facet_counts_what_only_it_leaves_out() {
        let mut failed = Failed::default();
        assert!(failed.is_none() && failed.leaves(Facet::Year));
        failed.add(Facet::Topic);
        assert!(failed.leaves(Facet::Topic) && !failed.leaves(Facet::Year) && !failed.is_many());
        failed.add(Facet::Year);
        assert!(failed.is_many() && !failed.leaves(Facet::Topic));
    }
}
