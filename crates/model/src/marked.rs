//! Text in which the words that were searched for are marked.

use serde::{Deserialize, Serialize};

/// A run of text, all of it marked or none of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The text as it stands in the document, not escaped.
    pub text: String,
    /// Whether it matches the search.
    pub marked: bool,
}

/// A line of text in pieces; together they are the original text, unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked(pub Vec<Piece>);

impl Marked {
    /// Text without any mark.
    pub fn plain(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        Self(vec![Piece { text: text.to_owned(), marked: false }])
    }

    /// The text without its marks.
    pub fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Whether anything is marked.
    pub fn has_marks(&self) -> bool {
        self.0.iter().any(|piece| piece.marked)
    }
}
