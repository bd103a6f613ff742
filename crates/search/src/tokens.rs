//! Terms that are there already, behind the engine's interface.
//!
//! Texts are taken apart before they reach the engine (see [`reading`](crate::reading)), so that each is
//! walked once for everything that is made of it, and on another thread than the engine's.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use crate::lexemes::Lexemes;
use crate::schema::{GIVEN, SET_COUNT, code_of};

/// Before a term that stands at the place after the last one's; no term has a line end.
pub(crate) const NEXT: char = '\n';

/// Before a term that stands at the place of the last one; no term has a tab.
const SAME: char = '\t';

/// The terms of a text with their places, in one string.
pub(crate) fn given(lexemes: &Lexemes) -> String {
    let items = lexemes.items();
    let mut given = String::with_capacity(lexemes.bytes() + items.len());
    let mut after = 0;
    for lexeme in items {
        if lexeme.position < after {
            given.push(SAME);
        }
        // A place may be left empty.
        given.extend((after..=lexeme.position).map(|_| NEXT));
        given.push_str(lexemes.term(lexeme));
        after = lexeme.position + 1;
    }
    given
}

/// The terms of what [`given`] made, without their places.
pub(crate) fn terms(given: &str) -> impl Iterator<Item = &str> {
    given.split([NEXT, SAME]).filter(|term| !term.is_empty())
}

/// Reads what is given, in the fields of every set: by which rules it was made is done with.
pub(crate) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for name in (0..SET_COUNT).map(code_of).chain([GIVEN]) {
        manager.register(name, TextAnalyzer::from(Given));
    }
    manager
}

#[derive(Clone)]
struct Given;

impl Tokenizer for Given {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        Tokens { rest: text, token: Token::default() }
    }
}

struct Tokens<'a> {
    rest: &'a str,
    token: Token,
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        while let Some(sign) = self.rest.chars().next() {
            if sign == NEXT {
                // The first place follows the largest number.
                self.token.position = self.token.position.wrapping_add(1);
            }
            let after = self.rest.get(sign.len_utf8()..).unwrap_or_default();
            let end = after.bytes().position(is_sign).unwrap_or(after.len());
            let (term, rest) = after.split_at_checked(end).unwrap_or_default();
            self.rest = rest;
            if !term.is_empty() {
                self.token.text.clear();
                self.token.text.push_str(term);
                return true;
            }
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

fn is_sign(byte: u8) -> bool {
    matches!(char::from(byte), NEXT | SAME)
}
