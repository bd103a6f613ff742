//! The texts of documents on their way into the index: each is walked once, for its terms and for its
//! words as they are written.

use crate::analyzers::Analyzer;
use crate::lexemes::Lexemes;
use crate::schema::{AUTHOR_SET, SET_COUNT, language_of};
use crate::surfaces::Surfaces;
use crate::tokens::given;

/// Reads texts by the rules of every set, one document after the other.
pub(crate) struct Readings {
    texts: [Reading; SET_COUNT],
    /// For names of authors, which are no words of the text.
    pub(crate) authors: Reading,
}

impl Readings {
    pub(crate) fn new() -> Self {
        let reading = |set| Reading::new(set, Some(Surfaces::default()));
        Self { texts: std::array::from_fn(reading), authors: Reading::new(AUTHOR_SET, None) }
    }

    /// For the texts of a set.
    pub(crate) fn of(&mut self, set: usize) -> &mut Reading {
        self.texts.get_mut(set).unwrap_or(&mut self.authors)
    }
}

/// Reads texts by the rules of one set, and remembers the stems of their words.
pub(crate) struct Reading {
    analyzer: Analyzer,
    lexemes: Lexemes,
}

impl Reading {
    fn new(set: usize, surfaces: Option<Surfaces>) -> Self {
        let mut lexemes = Lexemes::for_many_texts();
        lexemes.forms.surfaces = surfaces;
        Self { analyzer: Analyzer::new(language_of(set)), lexemes }
    }

    /// The terms of a text with their places, as [`given`] writes them.
    pub(crate) fn terms(&mut self, text: &str) -> String {
        self.analyzer.analyze(text, &mut self.lexemes);
        given(&self.lexemes)
    }

    /// The words of all texts that were read since the last time, each once.
    pub(crate) fn take_words(&mut self) -> String {
        self.lexemes.forms.surfaces.as_mut().map(Surfaces::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Fr, Ru, Zh};
    use proptest::prelude::*;
    use tantivy::tokenizer::TokenStream as _;

    use super::*;
    use crate::lexemes::Lexeme;
    use crate::schema::set_of;
    use crate::surfaces::surface;
    use crate::tokens::{terms, tokenizers};
    use crate::words::{Chains, Kind};

    /// What the engine is told of a text: each term and its place.
    fn told(given: &str) -> Vec<(usize, String)> {
        let mut tokenizer = tokenizers().get("given").unwrap();
        let (mut stream, mut told) = (tokenizer.token_stream(given), Vec::new());
        while stream.advance() {
            told.push((stream.token().position, stream.token().text.clone()));
        }
        told
    }

    /// What the rules make of it.
    fn meant(set: usize, text: &str) -> Vec<(usize, String)> {
        let mut lexemes = Lexemes::default();
        Analyzer::new(language_of(set)).analyze(text, &mut lexemes);
        let term = |lexeme: &Lexeme| (lexeme.position, lexemes.term(lexeme).to_owned());
        lexemes.items().iter().map(term).filter(|(_, term)| !term.is_empty()).collect()
    }

    /// The words of a text as they are written, looked at one by one.
    fn written(text: &str) -> Vec<String> {
        let (mut chains, mut pieces, mut words) = (Chains::new(text), Vec::new(), Vec::new());
        while chains.next_chain(&mut pieces) {
            let pieces = pieces.iter().filter(|piece| piece.kind == Kind::Word);
            for word in pieces.map(|piece| surface(piece.of(text).unwrap())) {
                if !word.is_empty() && !words.contains(&word) {
                    words.push(word);
                }
            }
        }
        words
    }

    #[track_caller]
    fn holds(set: usize, texts: &[&str]) {
        let mut readings = Readings::new();
        let reading = readings.of(set);
        for text in texts {
            assert_eq!(told(&reading.terms(text)), meant(set, text), "{text}");
        }
        let words = reading.take_words();
        assert_eq!(terms(&words).collect::<Vec<_>>(), written(&texts.join(" ")));
        assert_eq!(reading.take_words(), "");
    }

    #[test]
    fn a_text_is_told_as_it_is_meant() {
        for (language, texts) in [
            (Some(En), ["Wi-Fi and WiFi in the U.N., at 3,5 GHz", "ITU's co-operation, C23/52"]),
            (Some(Fr), ["L’été à l'école, développée", "Côte d'Ivoire aujourd'hui"]),
            (Some(Ar), ["الاتصالات وال في العالم", "الأقمار الصناعية الـITU"]),
            (Some(Ru), ["Ёлки и связь ITU", "т.е. развитие"]),
            (Some(Zh), ["5G网络与卫星", "智慧城市 the satellites connect all of the schools"]),
            (None, ["dell'arte e più", "don't ＩＴＵ ﬁne"]),
        ] {
            holds(set_of(language), &texts);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_told_as_it_is_meant(
            set in 0..SET_COUNT,
            text in r"([a-zA-Z0-9'’.,\-/ \n\téÉßﬁ５السدةوлиё网络ー́\u{ad}]|\PC){0,40}",
        ) {
            holds(set, &[&text]);
        }
    }
}
