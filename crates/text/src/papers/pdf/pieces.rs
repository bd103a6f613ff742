//! Glyphs become pieces: what stands close together on one baseline, cut into words.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use super::device::Glyph;

/// A gap wider than this part of the size of the font parts words. The narrowest space of a
/// justified line is about a fifth, the widest kerning about a tenth.
const WORD_GAP: f64 = 0.15;

/// A gap wider than this part of the size ends a piece: the gutters of columns are wider.
const PIECE_GAP: f64 = 1.0;

/// The letters of a glyph (or of several drawn over each other) and where they stand.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// The letters.
    pub(crate) text: String,
    /// Where they begin along the line.
    pub(crate) from: f64,
    /// Where they end.
    pub(crate) to: f64,
    /// Whether a space was drawn after them.
    pub(crate) spaced: bool,
    /// Raised and small: a mark of a footnote, an exponent.
    pub(crate) raised: bool,
}

/// Units that stand close together on one baseline, from left to right.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The units.
    pub(crate) units: Vec<Unit>,
    /// Where the piece begins along the line.
    pub(crate) from: f64,
    /// Where it ends.
    pub(crate) to: f64,
    /// Its baseline.
    pub(crate) across: f64,
    /// The size of its font.
    pub(crate) size: f64,
}

impl Piece {
    fn new(glyph: &Glyph) -> Self {
        Self {
            units: vec![unit(glyph)],
            from: glyph.along,
            to: glyph.along + glyph.width,
            across: glyph.across,
            size: glyph.size,
        }
    }

    /// The letters of the piece, counted.
    pub(crate) fn len(&self) -> usize {
        self.units.iter().map(|unit| unit.text.chars().count()).sum()
    }

    /// Whether `glyph` goes on where the piece is, in either direction of writing.
    fn continues(&self, glyph: &Glyph) -> bool {
        let size = self.size.max(glyph.size);
        let Some(last) = self.units.last() else { return true };
        // An accent is drawn over its letter, so that the two overlap.
        let is_accent = only(&last.text).and_then(combining).is_some();
        let overlap = if is_accent { -0.65 } else { -0.4 };
        let near = |gap: f64| gap > overlap * size && gap < PIECE_GAP * size;
        let alike = glyph.size > 0.45 * self.size && self.size > 0.45 * glyph.size;
        alike
            && (glyph.across - self.across).abs() < 0.45 * size
            && (near(glyph.along - last.to) || near(last.from - glyph.along - glyph.width))
    }

    fn push(&mut self, glyph: &Glyph) {
        let mut unit = unit(glyph);
        let lifted = self.across - glyph.across;
        unit.raised = glyph.size < 0.85 * self.size && lifted > 0.15 * self.size;
        self.from = self.from.min(unit.from);
        self.to = self.to.max(unit.to);
        if glyph.size > 1.1 * self.size {
            // The piece began with something small: what follows is the text.
            let raised = glyph.across - self.across > 0.15 * glyph.size;
            self.units.iter_mut().for_each(|unit| unit.raised |= raised);
            (self.size, self.across) = (glyph.size, glyph.across);
        }
        if let Some(last) = self.units.last_mut()
            && let Some(composed) = composed(last, &unit, glyph.size)
        {
            last.text = composed;
            last.from = last.from.min(unit.from);
            last.to = last.to.max(unit.to);
            return;
        }
        self.units.push(unit);
    }
}

fn unit(glyph: &Glyph) -> Unit {
    Unit {
        text: glyph.text.clone(),
        from: glyph.along,
        to: glyph.along + glyph.width,
        spaced: false,
        raised: false,
    }
}

/// The pieces of a page by direction of their lines, in the order in which they are drawn.
pub(crate) fn pieces(glyphs: &[Glyph]) -> BTreeMap<i32, Vec<Piece>> {
    let mut pages = BTreeMap::<i32, Vec<Piece>>::new();
    for glyph in glyphs {
        let found = pages.entry(glyph.turn).or_default();
        if glyph.text.chars().all(char::is_whitespace) {
            if let Some(last) = found.last_mut().and_then(|piece| piece.units.last_mut()) {
                last.spaced = true;
            }
            continue;
        }
        match found.last_mut() {
            Some(piece) if piece.continues(glyph) => piece.push(glyph),
            _ => found.push(Piece::new(glyph)),
        }
    }
    for found in pages.values_mut() {
        for piece in found.iter_mut() {
            space(piece);
        }
    }
    pages
}

/// An accent and a letter that are drawn over each other, as old TeX does, as one letter; marks of
/// Arabic and others stay with the letter they were drawn after.
fn composed(last: &Unit, unit: &Unit, size: f64) -> Option<String> {
    let (first, second) = (only(&last.text), only(&unit.text));
    if let Some(mark) = second.filter(|c| is_mark(*c)) {
        // Some programs draw the mark before the letter that it belongs to.
        let middle = f64::midpoint(unit.from, unit.to);
        let above = middle > last.from - 0.1 * size && middle < last.to + 0.1 * size;
        return above.then(|| format!("{}{mark}", last.text).nfc().collect());
    }
    let over = unit.from < last.to - 0.05 * size && last.from < unit.to - 0.05 * size;
    if !over {
        return None;
    }
    let join = |letter: char, mark: char| {
        let letter = if letter == 'ı' { 'i' } else { letter };
        let whole = [letter, mark].into_iter().nfc().collect::<String>();
        (whole.chars().count() == 1).then_some(whole)
    };
    let (first, second) = (first?, second?);
    match (combining(first), combining(second)) {
        (Some(mark), None) if second.is_alphabetic() => join(second, mark),
        (None, Some(mark)) if first.is_alphabetic() => join(first, mark),
        _ => None,
    }
}

fn only(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// The combining form of a free-standing accent.
const fn combining(accent: char) -> Option<char> {
    Some(match accent {
        '`' => '\u{300}',
        '´' | '\u{2ca}' => '\u{301}',
        '^' | 'ˆ' => '\u{302}',
        '˜' | '~' => '\u{303}',
        '¯' => '\u{304}',
        '˘' => '\u{306}',
        '˙' => '\u{307}',
        '¨' => '\u{308}',
        '˚' => '\u{30a}',
        '˝' => '\u{30b}',
        'ˇ' => '\u{30c}',
        '¸' => '\u{327}',
        '˛' => '\u{328}',
        _ => return None,
    })
}

/// Marks that belong to the letter before them, whatever the direction of writing.
const fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{5b0}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}')
}

/// Puts the units of a piece from left to right and finds the gaps that are spaces.
fn space(piece: &mut Piece) {
    let backwards =
        piece.units.iter().zip(piece.units.iter().skip(1)).any(|(one, next)| next.from < one.from);
    if backwards {
        if runs_left(&piece.units) {
            // A space drawn after a letter stands on its left: right of the letter drawn next.
            let mut carried = false;
            for unit in &mut piece.units {
                std::mem::swap(&mut unit.spaced, &mut carried);
            }
        }
        piece.units.sort_by(|one, other| one.from.total_cmp(&other.from));
    }
    give_back_marks(&mut piece.units);
    let gaps = piece.units.iter().zip(piece.units.iter().skip(1));
    let mut gaps = gaps.map(|(one, next)| next.from - one.to).collect::<Vec<_>>();
    let widest = gaps.clone();
    gaps.sort_by(f64::total_cmp);
    // Letters that are spaced out have a gap everywhere.
    let usual = gaps.get(gaps.len() / 2).copied().filter(|_| gaps.len() >= 6).unwrap_or(0.0);
    let word_gap = WORD_GAP * piece.size + usual.max(0.0);
    for (unit, gap) in piece.units.iter_mut().zip(widest) {
        unit.spaced |= gap > word_gap;
    }
}

/// Gives marks that were drawn apart from their letters to the letter they stand over.
fn give_back_marks(units: &mut Vec<Unit>) {
    let is_bare = |unit: &Unit| unit.text.chars().all(is_mark);
    if !units.iter().any(is_bare) {
        return;
    }
    let (marks, mut letters): (Vec<Unit>, Vec<Unit>) = units.drain(..).partition(is_bare);
    for mark in marks {
        let middle = f64::midpoint(mark.from, mark.to);
        let far = |unit: &Unit| (f64::midpoint(unit.from, unit.to) - middle).abs();
        let letter = letters.iter_mut().min_by(|one, other| far(one).total_cmp(&far(other)));
        match letter {
            Some(letter) => letter.text.push_str(&mark.text),
            None => letters.push(mark),
        }
    }
    *units = letters;
}

/// Whether most steps from unit to unit go to the left.
fn runs_left(units: &[Unit]) -> bool {
    let steps = units.iter().zip(units.iter().skip(1));
    let left = steps.filter(|(one, next)| next.from < one.from).count();
    2 * left > units.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyph(text: &str, along: f64, width: f64) -> Glyph {
        Glyph { text: text.to_owned(), along, across: 100.0, width, size: 10.0, turn: 0 }
    }

    fn words(glyphs: &[Glyph]) -> Vec<String> {
        let found = pieces(glyphs);
        let pieces = found.values().flatten();
        let texts = pieces.map(|piece| {
            let units = piece.units.iter();
            let texts =
                units.map(|unit| format!("{}{}", unit.text, if unit.spaced { " " } else { "" }));
            texts.collect::<String>()
        });
        texts.collect()
    }

    #[test]
    fn gaps_part_words_and_pieces() {
        let line = [
            glyph("a", 0.0, 5.0),
            glyph("b", 5.0, 5.0),
            glyph("c", 12.0, 5.0),
            glyph("d", 40.0, 5.0),
        ];
        assert_eq!(words(&line), ["ab c", "d"]);
    }

    #[test]
    fn what_runs_to_the_left_is_put_from_left_to_right() {
        let line = [
            glyph("ا", 20.0, 5.0),
            glyph("ب", 15.0, 5.0),
            glyph(" ", 12.0, 3.0),
            glyph("ج", 7.0, 5.0),
        ];
        assert_eq!(words(&line), ["ج با"]);
    }

    #[test]
    fn accents_belong_to_the_letters_they_are_drawn_over() {
        let line = [glyph("´", 0.0, 5.0), glyph("e", 0.5, 5.0), glyph("t", 5.5, 4.0)];
        assert_eq!(words(&line), ["ét"]);
    }
}
