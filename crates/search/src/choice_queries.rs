//! Choices that are written below an `OR` or behind a minus, as queries.

use std::ops::Bound;

use observatory_model::Timestamp;
use observatory_model::query::Filter;
use tantivy::Term;
use tantivy::query::{ConstScoreQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;

use crate::filters::kinds_of;
use crate::query::one_of;
use crate::schema::{number, set_of};
use crate::units::{Unit, Units};

impl Units<'_> {
    /// Documents that a choice leaves. It finds and does not count.
    pub(crate) fn filter(&self, filter: &Filter) -> Unit {
        let fields = &self.rules.fields;
        let one = |term: Term| -> (Occur, Box<dyn Query>) {
            (Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::Basic)))
        };
        let kind = |kind: usize| one(Term::from_field_u64(fields.kind, number(kind)));
        let query = match filter {
            Filter::Language(language) => {
                one_of(vec![one(fields.language_term(set_of(Some(*language))))])
            }
            Filter::Class(class) => one_of(kinds_of(Some(*class), None).map(kind).collect()),
            Filter::Series(series) => one_of(kinds_of(None, Some(*series)).map(kind).collect()),
            Filter::Topic(topic) => {
                one_of(vec![one(Term::from_field_text(fields.topic, topic.as_str()))])
            }
            Filter::Source(source) => {
                one_of(vec![one(Term::from_field_text(fields.source_slug, source.as_str()))])
            }
            Filter::Institution(name) => {
                one_of(vec![one(Term::from_field_text(fields.institution, name))])
            }
            Filter::Dates { from, before } => {
                let at = |time: Timestamp| Term::from_field_i64(fields.date, time.millis());
                let first = from.map_or(Timestamp::from_millis(i64::MIN), |from| from);
                let before = before.map_or(Bound::Unbounded, |before| Bound::Excluded(at(before)));
                Box::new(RangeQuery::new(Bound::Included(at(first)), before))
            }
        };
        Unit { query: Some(Box::new(ConstScoreQuery::new(query, 0.0))), ..Unit::default() }
    }
}
