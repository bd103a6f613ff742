//! The fields of the index, and how a document is written into them.

use observatory_model::Language;
use observatory_model::document::{Document, Kind};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{TantivyDocument, Term};

use crate::analyzers::Analyzer;
use crate::lexemes::Lexemes;

/// The number of these fields. Raise it with every change here: the index is then built again at
/// the next start.
pub(crate) const SCHEMA_VERSION: u32 = 1;

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

/// The text fields of one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextFields {
    pub(crate) title: Field,
    pub(crate) body: Field,
}

/// Every field of the index.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    /// One pair for each language, so that each has its own rules and its own word counts.
    pub(crate) texts: [TextFields; SET_COUNT],
    /// The key of the document, to replace it and to break ties.
    pub(crate) key: Field,
    /// The number of its set.
    pub(crate) language: Field,
    /// The number of its kind.
    pub(crate) kind: Field,
    /// Its date in milliseconds.
    pub(crate) date: Field,
    /// The source's slug and name in one, see [`label`]: a count of sources needs both.
    pub(crate) source: Field,
    /// What is shown of it.
    pub(crate) title: Field,
    pub(crate) source_name: Field,
    pub(crate) passage: Field,
    /// For each passage its number and one more; 0 for none.
    pub(crate) paragraph: Field,
}

/// The names of the fields that are read as columns.
pub(crate) mod column {
    pub(crate) const KEY: &str = "key";
    pub(crate) const LANGUAGE: &str = "language";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const DATE: &str = "date";
    pub(crate) const SOURCE: &str = "source";
}

/// The schema and its fields.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let mut text = |name: &str, set: usize| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(code_of(set))
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let options = TextOptions::default().set_indexing_options(indexing);
        builder.add_text_field(&format!("{name}_{}", code_of(set)), options)
    };
    let texts = std::array::from_fn(|set| TextFields {
        title: text("title", set),
        body: text("body", set),
    });
    let column_only = || TextOptions::default().set_fast("raw");
    let fields = Fields {
        texts,
        key: builder.add_text_field(column::KEY, STRING | STORED | column_only()),
        language: builder.add_u64_field(column::LANGUAGE, INDEXED | FAST),
        kind: builder.add_u64_field(column::KIND, FAST),
        date: builder.add_i64_field(column::DATE, FAST),
        source: builder.add_text_field(column::SOURCE, column_only()),
        title: builder.add_text_field("shown_title", STORED),
        source_name: builder.add_text_field("source_name", STORED),
        passage: builder.add_text_field("passage", STORED),
        paragraph: builder.add_u64_field("paragraph", STORED),
    };
    (builder.build(), fields)
}

fn code_of(set: usize) -> &'static str {
    language_of(set).map_or("other", Language::code)
}

/// The rules of every set, in their order.
pub(crate) fn analyzers() -> [Analyzer; SET_COUNT] {
    std::array::from_fn(|set| Analyzer::new(language_of(set)))
}

/// The rules of every set, as the engine wants them.
pub(crate) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for set in 0..SET_COUNT {
        let rules =
            Rules { analyzer: Analyzer::new(language_of(set)), lexemes: Lexemes::default() };
        manager.register(code_of(set), TextAnalyzer::from(rules));
    }
    manager
}

/// A source in the index: its slug and its name, with a line end between them, which no slug has.
///
/// Empty for documents without a source.
fn label(document: &Document) -> String {
    let source = document.source.as_ref();
    source.map(|slug| format!("{slug}\n{}", document.source_name)).unwrap_or_default()
}

/// The slug and the name of a label.
pub(crate) fn read_label(label: &str) -> Option<(&str, &str)> {
    label.split_once('\n')
}

impl Fields {
    /// The document as the index takes it.
    pub(crate) fn write(&self, document: &Document) -> TantivyDocument {
        let set = set_of(document.language);
        let mut written = TantivyDocument::default();
        written.add_text(self.key, document.key.to_string());
        written.add_u64(self.language, number(set));
        written.add_u64(self.kind, number(number_of(document.kind)));
        written.add_i64(self.date, document.date.millis());
        written.add_text(self.source, label(document));
        written.add_text(self.title, &document.title);
        written.add_text(self.source_name, &document.source_name);
        let fields = self.texts.get(set);
        if let Some(fields) = fields {
            written.add_text(fields.title, &document.title);
        }
        let summary = (None, document.summary.as_str());
        let passages = document.passages.iter().map(|passage| (passage.number, &*passage.text));
        for (number, text) in std::iter::once(summary).chain(passages) {
            if text.is_empty() {
                continue;
            }
            written.add_text(self.passage, text);
            written.add_u64(self.paragraph, number.map_or(0, |number| u64::from(number) + 1));
            if let Some(fields) = fields {
                written.add_text(fields.body, text);
            }
        }
        written
    }

    /// The term that finds the documents of a set.
    pub(crate) fn language_term(&self, set: usize) -> Term {
        Term::from_field_u64(self.language, number(set))
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The rules of one language behind the engine's interface.
#[derive(Clone)]
struct Rules {
    analyzer: Analyzer,
    lexemes: Lexemes,
}

impl Tokenizer for Rules {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        self.analyzer.analyze(text, &mut self.lexemes);
        Tokens { lexemes: &self.lexemes, next: 0, token: Token::default() }
    }
}

struct Tokens<'a> {
    lexemes: &'a Lexemes,
    next: usize,
    token: Token,
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        let Some(lexeme) = self.lexemes.items().get(self.next) else { return false };
        self.next += 1;
        self.token.offset_from = lexeme.start;
        self.token.offset_to = lexeme.end;
        self.token.position = lexeme.position;
        self.token.text.clear();
        self.token.text.push_str(self.lexemes.term(lexeme));
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
