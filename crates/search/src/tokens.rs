//! The rules of the languages, and texts that are taken as given, behind the engine's interface.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use crate::analyzers::Analyzer;
use crate::lexemes::Lexemes;
use crate::schema::{GIVEN, SET_COUNT, code_of, language_of};

/// Between terms that are given to the index as they are; no term has a line end.
pub(crate) const BETWEEN_GIVEN: char = '\n';

/// The rules of every set, as the engine wants them.
pub(crate) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for set in 0..SET_COUNT {
        let analyzer = Analyzer::new(language_of(set));
        let rules = Rules { analyzer, lexemes: Lexemes::for_many_texts() };
        manager.register(code_of(set), TextAnalyzer::from(rules));
    }
    manager.register(GIVEN, TextAnalyzer::from(Given));
    manager
}

/// The rules of one language.
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

/// Terms that are there already, one a line.
#[derive(Clone)]
struct Given;

impl Tokenizer for Given {
    type TokenStream<'a> = GivenTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> GivenTokens<'a> {
        GivenTokens { terms: text.split(BETWEEN_GIVEN), token: Token::default() }
    }
}

struct GivenTokens<'a> {
    terms: std::str::Split<'a, char>,
    token: Token,
}

impl TokenStream for GivenTokens<'_> {
    fn advance(&mut self) -> bool {
        for term in self.terms.by_ref() {
            if term.is_empty() {
                continue;
            }
            self.token.text.clear();
            self.token.text.push_str(term);
            self.token.position = self.token.position.wrapping_add(1);
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
