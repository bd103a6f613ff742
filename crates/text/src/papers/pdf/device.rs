//! What a page draws, reduced to its glyphs: which letters, where, how large, in which direction.

use std::collections::BTreeMap;

use hayro_interpret::font::{Glyph as Drawn, GlyphRun, OutlineFontData};
use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::kurbo::{Affine, BezPath, Point};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask,
};
use skrifa::{FontRef, MetadataProvider as _};
use unicode_normalization::UnicodeNormalization as _;

/// Most glyphs of one page that are kept; a page of a newspaper has about 30,000.
const MAX_GLYPHS: usize = 100_000;

/// Most letters of one font that are looked up: all of Unicode's first plane.
const MAX_MAPPINGS: usize = 65_536;

/// The width of a cell in which glyphs are compared, in points: wider than what parts doubles.
const CELL: f64 = 8.0;

/// Units of a font's em (PDF 32000 §9.2.4).
const EM: f64 = 1000.0;

/// A glyph in the frame of its own line: `along` grows in the direction of writing of the page's
/// matrix, `across` from line to line.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    /// The letters it stands for.
    pub(crate) text: String,
    /// Where it begins along the line, in points.
    pub(crate) along: f64,
    /// Its baseline, in points.
    pub(crate) across: f64,
    /// How far it reaches along the line, in points.
    pub(crate) width: f64,
    /// The size of its font, in points.
    pub(crate) size: f64,
    /// The direction of its line, in degrees clockwise from left to right.
    pub(crate) turn: i32,
}

/// Takes down the glyphs of a page, in the order in which they are drawn.
#[derive(Debug)]
pub(crate) struct Glyphs {
    /// The glyphs.
    pub(crate) drawn: Vec<Glyph>,
    /// Glyphs whose letters nothing in the document tells.
    pub(crate) unknown: usize,
    /// Images that were drawn.
    pub(crate) images: usize,
    width: f64,
    height: f64,
    /// The letters by glyph of the fonts that say nothing else, by the key of the font.
    fonts: BTreeMap<u128, BTreeMap<u32, char>>,
    /// The numbers of the glyphs by place, in cells of [`CELL`] points.
    cells: BTreeMap<(i32, i32), Vec<usize>>,
}

impl Glyphs {
    /// For a page of this width and height, in points.
    pub(crate) fn new(width: f64, height: f64) -> Self {
        let (fonts, cells) = (BTreeMap::new(), BTreeMap::new());
        Self { drawn: Vec::new(), unknown: 0, images: 0, width, height, fonts, cells }
    }

    fn take(&mut self, glyph: &Drawn<'_>, matrix: Affine, mode: WritingMode) {
        let [right_x, right_y, up_x, up_y, x, y] = matrix.as_coeffs();
        let size = up_x.hypot(up_y) * EM;
        let across_page = x < -size || y < -size || x > self.width + size || y > self.height + size;
        if !size.is_finite() || size < 0.5 || across_page || self.drawn.len() >= MAX_GLYPHS {
            return;
        }
        let Some(text) = self.letters(glyph) else {
            self.unknown += 1;
            return;
        };
        let advance = match glyph {
            Drawn::Outline(outline) => outline.advance_width(),
            Drawn::Type3(drawing) => drawing.advance_width(),
        };
        let advance = f64::from(advance.unwrap_or(500.0)).clamp(0.0, 5.0 * EM);
        // Vertical writing goes where the ascenders do not; its lines follow each other to the left,
        // which is where the lines of text turned by a quarter follow each other as well.
        let vertical = mode == WritingMode::Vertical;
        let turn = if vertical { turn_of(-up_x, -up_y) } else { turn_of(right_x, right_y) };
        let width =
            if vertical { size * advance_down(&text) } else { advance * right_x.hypot(right_y) };
        let (sin, cos) = f64::from(turn).to_radians().sin_cos();
        let (along, across) = (x * cos + y * sin, y * cos - x * sin);
        let glyph = Glyph { text, along, across, width, size, turn };
        if !self.is_drawn_again(&glyph) {
            self.drawn.push(glyph);
        }
    }
}

impl Glyphs {
    /// Whether the same letter stands there already: bold type, shadows and outlines are drawn so.
    fn is_drawn_again(&mut self, glyph: &Glyph) -> bool {
        if glyph.width < 0.2 * glyph.size {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a saturating cell of a few points")]
        let cell = |place: f64| (place / CELL).floor() as i32;
        let (column, row) = (cell(glyph.along), cell(glyph.across));
        let near = |other: &Glyph| {
            other.turn == glyph.turn
                && (other.along - glyph.along).abs() < 0.12 * glyph.size
                && (other.across - glyph.across).abs() < 0.12 * glyph.size
                && (other.size - glyph.size).abs() < 0.1 * glyph.size
                && other.text == glyph.text
        };
        for column in column.saturating_sub(1)..=column.saturating_add(1) {
            for row in row.saturating_sub(1)..=row.saturating_add(1) {
                let there = self.cells.get(&(column, row)).into_iter().flatten();
                if there.filter_map(|number| self.drawn.get(*number)).any(near) {
                    return true;
                }
            }
        }
        let there = self.cells.entry((column, row)).or_default();
        // A flood of glyphs in one place is not worth comparing.
        if there.len() < 64 {
            there.push(self.drawn.len());
        }
        false
    }

    /// The letters of a glyph in the form in which people search for them; `None` when nothing tells.
    fn letters(&mut self, glyph: &Drawn<'_>) -> Option<String> {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(character)) => character.to_string(),
            Some(BfString::String(text)) => text,
            None => self.in_font(glyph)?.to_string(),
        };
        let text =
            text.chars().flat_map(searchable).filter(|c| *c != '\u{fffd}').collect::<String>();
        (!text.is_empty()).then_some(text)
    }

    /// The letter that the tables of the embedded font have for a glyph.
    fn in_font(&mut self, glyph: &Drawn<'_>) -> Option<char> {
        let Drawn::Outline(outline) = glyph else { return None };
        let font = outline.font_data()?;
        let letters = self.fonts.entry(font.cache_key).or_insert_with(|| letters_of(&font));
        letters.get(&outline.glyph_id().to_u32()).copied()
    }
}

impl<'a> Device<'a> for Glyphs {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            self.take(glyph, props.transform * glyph.transform(), run.writing_mode());
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, props: ImageDrawProps<'a>) {
        // Rules and bullets are drawn as images too; only one that could hold a page counts.
        let corner =
            props.transform * Point::new(1.0, 1.0) - props.transform * Point::new(0.0, 0.0);
        if corner.x.is_finite() && corner.y.is_finite() {
            self.images += 1;
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// The direction of a line, drawn to the nearest quarter when it is only a little aslant (scans are).
fn turn_of(a: f64, b: f64) -> i32 {
    const SLANT: f64 = 8.0;
    let degrees = b.atan2(a).to_degrees();
    let quarter = (degrees / 90.0).round() * 90.0;
    let turn = if (degrees - quarter).abs() < SLANT { quarter } else { degrees.round() };
    // Between -180 and 180, so that the whole part fits.
    #[expect(clippy::cast_possible_truncation, reason = "an angle in degrees")]
    let turn = turn as i32;
    turn.rem_euclid(360)
}

/// How far a glyph of vertical writing reaches, in sizes of its font: Latin letters are narrower.
fn advance_down(text: &str) -> f64 {
    if text.is_ascii() { 0.5 } else { 1.0 }
}

/// Which letter the tables of an embedded font give to each glyph.
fn letters_of(font: &OutlineFontData) -> BTreeMap<u32, char> {
    let data: &[u8] = font.data.as_ref().as_ref();
    let Ok(font) = FontRef::new(data) else { return BTreeMap::new() };
    let mappings = font.charmap().mappings().take(MAX_MAPPINGS);
    let mut letters = BTreeMap::new();
    for (code, glyph) in mappings {
        // Symbol fonts keep ASCII at U+F020 (OpenType, cmap of platform 3, encoding 0).
        let code = if matches!(code, 0xf020..=0xf07e) { code - 0xf000 } else { code };
        if let Some(letter) = char::from_u32(code) {
            // Of several letters with the same glyph the first: later ones are compatibility forms.
            letters.entry(glyph.to_u32()).or_insert(letter);
        }
    }
    letters
}

/// A character without the shapes that only printing knows: ligatures, Arabic presentation forms,
/// Kangxi radicals; bullets of symbol fonts as bullets; nothing for other private and control ones.
fn searchable(character: char) -> Vec<char> {
    match character {
        '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{2e80}'..='\u{2fdf}' => {
            // The isolated forms of marks decompose to a space and the mark.
            let whole = character.nfkc().collect::<Vec<_>>();
            if whole.len() > 1 { whole.into_iter().filter(|c| *c != ' ').collect() } else { whole }
        }
        '\u{f0b7}' | '\u{f0a7}' | '\u{f076}' | '\u{f0d8}' => vec!['•'],
        '\t' | '\n' | '\r' | '\u{a0}' => vec![' '],
        '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{202a}'..='\u{202e}' => Vec::new(),
        _ if character.is_control() => Vec::new(),
        _ => vec![character],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_a_little_aslant_are_upright() {
        for ((a, b), expected) in [
            ((1.0, 0.0), 0),
            ((1.0, 0.05), 0),
            ((1.0, -0.05), 0),
            ((0.0, 1.0), 90),
            ((-1.0, 0.0), 180),
            ((-1.0, -0.01), 180),
            ((0.0, -1.0), 270),
            ((1.0, 1.0), 45),
        ] {
            assert_eq!(turn_of(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn shapes_of_printing_become_letters() {
        let found = |text: &str| text.chars().flat_map(searchable).collect::<String>();
        assert_eq!(found("\u{fb01}\u{fb03}"), "fiffi");
        assert_eq!(found("\u{fefb}\u{fe8e}"), "\u{644}\u{627}\u{627}");
        assert_eq!(found("\u{2f00}\u{f0b7}\u{0}\u{e123}"), "一•");
    }
}
