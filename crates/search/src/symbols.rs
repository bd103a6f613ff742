//! Symbols and hyphenated words: parts that belong together.

use crate::lexemes::{Lexeme, Lexemes, Role};
use crate::nearby::NEARBY_COUNTS;
use crate::units::{Unit, Units, either};

/// Whether the parts of a symbol are words of letters: `boundary-layer`, and not `C23/52`.
fn is_hyphenated(lexemes: &Lexemes, chain: &[Lexeme]) -> bool {
    let mut parts = chain.iter().filter(|lexeme| lexeme.role == Role::Main);
    parts.all(|part| lexemes.term(part).chars().all(char::is_alphabetic))
}

impl Units<'_> {
    /// A symbol or a hyphenated word: its parts side by side, or in one piece.
    pub(crate) fn symbol(
        &mut self,
        word: &str,
        lexemes: &Lexemes,
        chain: &[Lexeme],
    ) -> tantivy::Result<Vec<Unit>> {
        let only = |role| chain.iter().filter(move |lexeme| lexeme.role == role);
        let mut unit = self.sequence(word, lexemes, &only(Role::Main).collect::<Vec<_>>())?;
        for joined in only(Role::Joined) {
            unit = either(unit, self.unit(word, lexemes, &[joined])?);
        }
        if !self.is_loose || !is_hyphenated(lexemes, chain) {
            return Ok(vec![unit]);
        }
        let mut units = vec![unit.boosted(NEARBY_COUNTS)];
        for forms in chain.chunk_by(|left, right| left.position == right.position) {
            let forms = forms.iter().filter(|one| one.role != Role::Joined).collect::<Vec<_>>();
            units.push(self.unit(word, lexemes, &forms)?);
        }
        Ok(units)
    }
}
