//! The fields of the index.

use observatory_model::Language;
use observatory_model::document::Kind;
use tantivy::Term;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

use crate::analyzers::Analyzer;

/// The number of these fields. Raise it with every change here: the index is then built again at
/// the next start.
pub(crate) const SCHEMA_VERSION: u32 = 3;

/// How many sets of text fields there are: the six languages, and one for all others.
pub(crate) const SET_COUNT: usize = Language::ALL.len() + 1;

/// The set of fields for a language's text.
pub(crate) fn set_of(language: Option<Language>) -> usize {
    let known = Language::ALL.into_iter().position(|other| Some(other) == language);
    known.unwrap_or(Language::ALL.len())
}

/// The language of a set of fields.
pub(crate) fn language_of(set: usize) -> Option<Language> {
    Language::ALL.get(set).copied()
}

/// The number of a kind in the index.
pub(crate) fn number_of(kind: Kind) -> usize {
    Kind::ALL.into_iter().position(|other| other == kind).unwrap_or(0)
}

/// How many fields of a set are weighed.
pub(crate) const PART_COUNT: usize = 4;

/// The set whose rules names of authors are compared by: no ending is cut.
pub(crate) const AUTHOR_SET: usize = Language::ALL.len();

/// The rules of terms that are given as they are, see [`tokens`](crate::tokens).
pub(crate) const GIVEN: &str = "given";

/// The text fields of one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextFields {
    /// The title, the summary, the headings and the text, which are weighed against each other.
    pub(crate) parts: [Field; PART_COUNT],
    /// What else stands in the text of a long document, in each of its parts: its terms without their
    /// places, so that a search for two words also finds it where they stand far from each other.
    pub(crate) whole: Field,
    /// Its words as they are written, see [`surfaces`](crate::surfaces).
    pub(crate) words: Field,
}

/// The place of each weighed field in [`TextFields::parts`].
pub(crate) mod part {
    pub(crate) const TITLE: usize = 0;
    pub(crate) const SUMMARY: usize = 1;
    pub(crate) const HEADING: usize = 2;
    pub(crate) const BODY: usize = 3;
}

impl TextFields {
    /// One of the weighed fields.
    pub(crate) const fn part(&self, part: usize) -> Field {
        let [title, summary, heading, body] = self.parts;
        match part {
            part::TITLE => title,
            part::SUMMARY => summary,
            part::HEADING => heading,
            _ => body,
        }
    }
}

/// Every field of the index.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    /// For each language its own, so that each has its own rules and its own word counts.
    pub(crate) texts: [TextFields; SET_COUNT],
    /// Which of the weighed fields of its set a document has, see [`Fields::has_term`]: the average
    /// length of a field is that of the documents that have it.
    pub(crate) has: Field,
    /// The names of the authors.
    pub(crate) author: Field,
    /// What it is known by or names, see [`identifiers`](crate::identifiers).
    pub(crate) identifier: Field,
    /// The key of the document, to replace it and to break ties.
    pub(crate) key: Field,
    /// The number of the work it is a version or a part of; 0: it stands alone.
    pub(crate) work: Field,
    /// The number of its set.
    pub(crate) language: Field,
    /// The number of its kind.
    pub(crate) kind: Field,
    /// Its date in milliseconds.
    pub(crate) date: Field,
    /// The source's slug and name in one, see [`label`]: a count of sources needs both.
    pub(crate) source: Field,
    /// The source's slug alone, to be searched.
    pub(crate) source_slug: Field,
    /// The institution by name.
    pub(crate) institution: Field,
    /// What it is about.
    pub(crate) topic: Field,
    /// What is shown of it.
    pub(crate) title: Field,
    pub(crate) source_name: Field,
    pub(crate) passage: Field,
    /// For each passage where it stands, see [`spot`].
    pub(crate) spot: Field,
}

/// The names of the fields that are read as columns.
pub(crate) mod column {
    pub(crate) const KEY: &str = "key";
    pub(crate) const WORK: &str = "work";
    pub(crate) const LANGUAGE: &str = "language";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const DATE: &str = "date";
    pub(crate) const SOURCE: &str = "source";
    pub(crate) const INSTITUTION: &str = "institution";
    pub(crate) const TOPIC: &str = "topic";
}

/// The schema and its fields.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let texts = std::array::from_fn(|set| {
        let mut add = |name: &str, options: TextOptions| {
            builder.add_text_field(&format!("{name}_{}", code_of(set)), options)
        };
        TextFields {
            parts: ["title", "abstract", "heading", "body"].map(|name| add(name, analysed(set))),
            whole: add("whole", given()),
            words: add("words", given()),
        }
    });
    let column_only = || TextOptions::default().set_fast("raw");
    let fields = Fields {
        texts,
        has: builder.add_u64_field("has", INDEXED),
        author: builder.add_text_field("author", analysed(AUTHOR_SET)),
        identifier: builder.add_text_field("identifier", given()),
        key: builder.add_text_field(column::KEY, STRING | STORED | column_only()),
        work: builder.add_u64_field(column::WORK, INDEXED | FAST),
        language: builder.add_u64_field(column::LANGUAGE, INDEXED | FAST),
        kind: builder.add_u64_field(column::KIND, INDEXED | FAST),
        date: builder.add_i64_field(column::DATE, FAST),
        source: builder.add_text_field(column::SOURCE, column_only()),
        source_slug: builder.add_text_field("source_slug", STRING),
        institution: builder.add_text_field(column::INSTITUTION, STRING | column_only()),
        topic: builder.add_text_field(column::TOPIC, STRING | column_only()),
        title: builder.add_text_field("shown_title", STORED),
        source_name: builder.add_text_field("source_name", STORED),
        passage: builder.add_text_field("passage", STORED),
        spot: builder.add_u64_field("spot", STORED),
    };
    (builder.build(), fields)
}

/// Text by the rules of a set.
fn analysed(set: usize) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(code_of(set))
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    )
}

/// Terms that are given; how often and where they stand is not kept.
fn given() -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(GIVEN)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false),
    )
}

/// The word for a set in the names of its fields.
pub(crate) fn code_of(set: usize) -> &'static str {
    language_of(set).map_or("other", Language::code)
}

/// The rules of every set, in their order.
pub(crate) fn analyzers() -> [Analyzer; SET_COUNT] {
    std::array::from_fn(|set| Analyzer::new(language_of(set)))
}

/// A source in the index: its slug and its name, with a line end between them, which no slug has.
pub(crate) fn label(slug: &str, name: &str) -> String {
    format!("{slug}\n{name}")
}

/// The slug and the name of a label.
pub(crate) fn read_label(label: &str) -> Option<(&str, &str)> {
    label.split_once('\n')
}

/// Where a passage stands, in one number: its ¶ number and one more (0 for none) in the lower 32 bits,
/// its page (0 for none) in the upper.
pub(crate) fn spot(number: Option<u32>, page: Option<u32>) -> u64 {
    let number = number.map_or(0, |number| u64::from(number.saturating_add(1)));
    let page = page.map_or(0, u64::from);
    (page << 32) | number
}

/// The spot of the summary above the text.
pub(crate) const SUMMARY_SPOT: u64 = u64::MAX;

/// The ¶ number and the page of a spot of the text.
pub(crate) fn read_spot(spot: u64) -> (Option<u32>, Option<u32>) {
    let number = u32::try_from(spot & u64::from(u32::MAX)).ok();
    let page = u32::try_from(spot >> 32).ok();
    (number.and_then(|number| number.checked_sub(1)), page.filter(|page| *page > 0))
}

impl Fields {
    /// The term that finds the documents of a set.
    pub(crate) fn language_term(&self, set: usize) -> Term {
        Term::from_field_u64(self.language, number(set))
    }

    /// The term that finds the documents that have this weighed field in this set.
    pub(crate) fn has_term(&self, set: usize, part: usize) -> Term {
        Term::from_field_u64(self.has, has_number(set, part))
    }
}

/// The number of a weighed field of a set.
pub(crate) fn has_number(set: usize, part: usize) -> u64 {
    number(set * PART_COUNT + part)
}

pub(crate) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_read_as_it_was_written() {
        for (number, page) in [(None, None), (Some(0), None), (Some(7), Some(14)), (None, Some(1))]
        {
            assert_eq!(read_spot(spot(number, page)), (number, page));
        }
    }
}
