//! tantivy with nothing around it, doing what a page of the site shows: the first twenty, the count,
//! counts by four columns, and snippets.

use frostem::{Algorithm, Stemmer};
use tantivy::collector::{Collector, SegmentCollector, TopDocs};
use tantivy::columnar::Column;
use tantivy::query::{
    BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, RangeQuery, RegexQuery, TermQuery,
};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions,
    Value as _,
};
use tantivy::snippet::SnippetGenerator;
use tantivy::tokenizer::{SimpleTokenizer, TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{
    DocId, Index, Score, Searcher, SegmentOrdinal, SegmentReader, TantivyDocument, Term, doc,
};

use crate::Result;
use crate::questions::Question;
use crate::records::Record;

/// The tokenizer of both text fields.
const STEMMED: &str = "stemmed";

/// The columns that are counted.
const COLUMNS: [&str; 4] = ["year", "language", "kind", "source"];

pub(crate) struct Engine {
    searcher: Searcher,
    analyzer: TextAnalyzer,
    title: Field,
    text: Field,
    year: Field,
    _folder: tempfile::TempDir,
}

impl Engine {
    pub(crate) fn build(records: &[Record]) -> Result<Self> {
        let mut builder = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(STEMMED)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let options = TextOptions::default().set_indexing_options(indexing).set_stored();
        let title = builder.add_text_field("title", options.clone());
        let text = builder.add_text_field("text", options);
        let year = builder.add_i64_field("year", INDEXED | FAST | STORED);
        let others = ["language", "kind", "source"].map(|name| builder.add_i64_field(name, FAST));
        let folder = tempfile::tempdir()?;
        let index = Index::create_in_dir(folder.path(), builder.build())?;
        let analyzer = TextAnalyzer::from(Stemmed::default());
        index.tokenizers().register(STEMMED, analyzer.clone());
        let mut writer = index.writer_with_num_threads(1, 50_000_000)?;
        for (number, record) in (0_i64..).zip(records) {
            let mut document = doc!(title => record.title.as_str(), text => record.text.as_str(), year => record.year);
            for field in others {
                document.add_i64(field, number % 7);
            }
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index.reader()?;
        reader.reload()?;
        Ok(Self { searcher: reader.searcher(), analyzer, title, text, year, _folder: folder })
    }

    /// Answers as a page would, and returns how many match.
    pub(crate) fn answer(&self, question: &Question) -> Result<u64> {
        let query = self.query(question)?;
        let (first, counts) =
            self.searcher.search(&*query, &(TopDocs::with_limit(20).order_by_score(), Counts))?;
        let mut shown = 0;
        if !first.is_empty() {
            let snippets = SnippetGenerator::create(&self.searcher, &*query, self.text)?;
            for (_, address) in &first {
                let document: TantivyDocument = self.searcher.doc(*address)?;
                shown += snippets.snippet_from_doc(&document).to_html().len();
                shown += document
                    .get_first(self.title)
                    .and_then(|title| title.as_str())
                    .map_or(0, str::len);
            }
        }
        std::hint::black_box(shown);
        Ok(counts.total)
    }

    fn query(&self, question: &Question) -> Result<Box<dyn Query>> {
        let fields = [(self.title, 2.0), (self.text, 1.0)];
        let terms: Vec<String> = question.words.iter().map(|word| self.stem(word)).collect();
        let in_fields = |make: &dyn Fn(Field) -> Result<Box<dyn Query>>| -> Result<Box<dyn Query>> {
            let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
            for (field, boost) in fields {
                parts.push((Occur::Should, Box::new(BoostQuery::new(make(field)?, boost))));
            }
            Ok(Box::new(BooleanQuery::new(parts)))
        };
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        match question.kind {
            "phrase" => {
                let query = in_fields(&|field| {
                    let terms =
                        terms.iter().map(|term| Term::from_field_text(field, term)).collect();
                    Ok(Box::new(PhraseQuery::new(terms)))
                })?;
                parts.push((Occur::Must, query));
            }
            "prefix" => {
                let pattern = format!("{}.*", question.words.concat());
                let query =
                    in_fields(&|field| Ok(Box::new(RegexQuery::from_pattern(&pattern, field)?)))?;
                parts.push((Occur::Must, query));
            }
            _ => {
                for term in &terms {
                    let query = in_fields(&|field| {
                        let term = Term::from_field_text(field, term);
                        Ok(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)))
                    })?;
                    parts.push((Occur::Must, query));
                }
            }
        }
        if let Some((first, last)) = question.years {
            let bound = |year| std::ops::Bound::Included(Term::from_field_i64(self.year, year));
            parts.push((Occur::Must, Box::new(RangeQuery::new(bound(first), bound(last)))));
        }
        Ok(Box::new(BooleanQuery::new(parts)))
    }

    fn stem(&self, word: &str) -> String {
        let mut stemmed = String::new();
        self.analyzer
            .clone()
            .token_stream(word)
            .process(&mut |token| stemmed.push_str(&token.text));
        stemmed
    }
}

/// The words of a text, cut by the stemmer that the site uses too.
#[derive(Clone, Default)]
struct Stemmed {
    simple: SimpleTokenizer,
    tokens: Vec<Token>,
}

impl Tokenizer for Stemmed {
    type TokenStream<'a> = Stems<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stems<'a> {
        self.tokens.clear();
        let tokens = &mut self.tokens;
        self.simple.token_stream(text).process(&mut |token| {
            let lower = token.text.to_lowercase();
            let text = Stemmer::new(Algorithm::English).stem(&lower).into_owned();
            tokens.push(Token { text, ..token.clone() });
        });
        Stems { tokens: &mut self.tokens, next: 0 }
    }
}

struct Stems<'a> {
    tokens: &'a mut Vec<Token>,
    next: usize,
}

impl TokenStream for Stems<'_> {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    #[expect(clippy::indexing_slicing, reason = "the engine asks only after it has advanced")]
    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    #[expect(clippy::indexing_slicing, reason = "the engine asks only after it has advanced")]
    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}

/// Counts what matches, by each of the columns.
struct Counts;

#[derive(Default)]
struct Counted {
    total: u64,
    by_column: [std::collections::BTreeMap<i64, u64>; 4],
}

struct OfSegment {
    columns: [Option<Column<i64>>; 4],
    counted: Counted,
}

impl Collector for Counts {
    type Fruit = Counted;
    type Child = OfSegment;

    fn for_segment(&self, _: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<OfSegment> {
        let columns = COLUMNS.map(|name| reader.fast_fields().i64(name).ok());
        Ok(OfSegment { columns, counted: Counted::default() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Counted>) -> tantivy::Result<Counted> {
        let mut all = Counted::default();
        for fruit in fruits {
            all.total += fruit.total;
            for (into, from) in all.by_column.iter_mut().zip(fruit.by_column) {
                for (value, count) in from {
                    *into.entry(value).or_default() += count;
                }
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for OfSegment {
    type Fruit = Counted;

    fn collect(&mut self, document: DocId, _: Score) {
        self.counted.total += 1;
        for (column, counts) in self.columns.iter().zip(&mut self.counted.by_column) {
            if let Some(value) = column.as_ref().and_then(|column| column.first(document)) {
                *counts.entry(value).or_default() += 1;
            }
        }
    }

    fn harvest(self) -> Counted {
        self.counted
    }
}
