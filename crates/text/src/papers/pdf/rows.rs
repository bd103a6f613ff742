//! Pieces become rows, and rows stand in the order in which people read them: column by column where
//! a page has columns, and from right to left where the letters do.

use super::pieces::{Piece, Unit};

/// Columns within columns that are looked for.
const MAX_DEPTH: u32 = 4;

/// A row as it is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Its letters in the order of reading.
    pub(crate) text: String,
    /// Where it begins along the line, in points.
    pub(crate) from: f64,
    /// Where it ends.
    pub(crate) to: f64,
    /// Its baseline.
    pub(crate) across: f64,
    /// The size of its font.
    pub(crate) size: f64,
    /// Whether a column or another part of the page begins with it.
    pub(crate) opens: bool,
}

/// The rows of `pieces` in the order of reading.
pub(crate) fn rows(pieces: Vec<Piece>) -> Vec<Row> {
    let mut rows = Vec::new();
    read(pieces, 0, &mut rows);
    rows
}

fn read(pieces: Vec<Piece>, depth: u32, rows: &mut Vec<Row>) {
    let gutter = if depth < MAX_DEPTH { gutter(&pieces) } else { None };
    let Some(gutter) = gutter else {
        in_rows(pieces, rows);
        return;
    };
    let (mut across, mut beside) = (Vec::new(), Vec::new());
    for piece in pieces {
        let crosses = piece.from < gutter && piece.to > gutter;
        if crosses { across.push(piece) } else { beside.push(piece) }
    }
    across.sort_by(|one, other| one.across.total_cmp(&other.across));
    beside.sort_by(|one, other| one.across.total_cmp(&other.across));
    // What crosses the gutter parts the page into bands; each band is read column by column.
    let mut beside = beside.into_iter().peekable();
    let mut across = across.into_iter().peekable();
    loop {
        let end = across.peek().map(|piece| piece.across);
        let mut columns = (Vec::new(), Vec::new());
        while let Some(piece) = beside.next_if(|piece| end.is_none_or(|end| piece.across < end)) {
            let column = if piece.to <= gutter { &mut columns.0 } else { &mut columns.1 };
            column.push(piece);
        }
        let rightwards = !runs_left(columns.0.iter().chain(&columns.1));
        let (first, second) = if rightwards { columns } else { (columns.1, columns.0) };
        read(first, depth + 1, rows);
        read(second, depth + 1, rows);
        // Rows that cross and have no column between them belong together.
        let next = beside.peek().map(|piece| piece.across);
        let mut together = Vec::new();
        while let Some(piece) = across.next_if(|piece| next.is_none_or(|next| piece.across <= next))
        {
            together.push(piece);
        }
        if together.is_empty() && beside.peek().is_none() {
            break;
        }
        in_rows(together, rows);
    }
}

/// Whether most letters of these pieces are written from right to left.
fn runs_left<'a>(pieces: impl Iterator<Item = &'a Piece>) -> bool {
    most_to_left(pieces.flat_map(|piece| &piece.units).flat_map(|unit| unit.text.chars()))
}

/// Whether most letters of a text are written from right to left.
pub(crate) fn is_to_left(text: &str) -> bool {
    most_to_left(text.chars())
}

fn most_to_left(characters: impl Iterator<Item = char>) -> bool {
    let (mut left, mut right) = (0_usize, 0_usize);
    for character in characters {
        match direction(character) {
            Direction::Left => left += 1,
            Direction::Right => right += 1,
            Direction::Number | Direction::Neutral => {}
        }
    }
    left > right
}

/// Where the gutter between two columns of text is, in points along the line.
///
/// Columns of a table do not count: their cells are short, and are read row by row.
fn gutter(pieces: &[Piece]) -> Option<f64> {
    const BINS: u32 = 200;
    if pieces.len() < 8 {
        return None;
    }
    let from = pieces.iter().map(|piece| piece.from).min_by(f64::total_cmp)?;
    let to = pieces.iter().map(|piece| piece.to).max_by(f64::total_cmp)?;
    let step = (to - from) / f64::from(BINS);
    if step <= 0.0 || !step.is_finite() {
        return None;
    }
    let places = (BINS / 8..BINS - BINS / 8).map(|bin| from + (f64::from(bin) + 0.5) * step);
    let judged = places.filter_map(|place| worth(pieces, place).map(|worth| (place, worth)));
    let judged = judged.collect::<Vec<_>>();
    let best = judged.iter().map(|(_, worth)| *worth).max_by(f64::total_cmp)?;
    // The middle of the places that are as good as the best.
    let good = judged.iter().filter(|(_, worth)| *worth >= best).map(|(place, _)| *place);
    let good = good.collect::<Vec<_>>();
    good.get(good.len() / 2).copied()
}

/// How good a gutter a place would be; `None` when it is none.
fn worth(pieces: &[Piece], place: f64) -> Option<f64> {
    let (mut left, mut right, mut crossing) = (Side::default(), Side::default(), Side::default());
    for piece in pieces {
        let side = if piece.to <= place {
            &mut left
        } else if piece.from >= place {
            &mut right
        } else {
            &mut crossing
        };
        side.add(piece);
    }
    if !left.is_text() || !right.is_text() {
        return None;
    }
    let beside = left.letters.min(right.letters);
    let overlap = left.bottom.min(right.bottom) - left.top.max(right.top);
    let shared = overlap / (left.bottom - left.top).min(right.bottom - right.top).max(1.0);
    (shared > 0.5 && crossing.letters < 2.0 * (left.letters + right.letters))
        .then_some(beside - crossing.letters)
}

/// What stands on one side of a gutter.
#[derive(Debug)]
struct Side {
    pieces: f64,
    letters: f64,
    widths: f64,
    from: f64,
    to: f64,
    top: f64,
    bottom: f64,
}

impl Default for Side {
    fn default() -> Self {
        let (far, near) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { pieces: 0.0, letters: 0.0, widths: 0.0, from: far, to: near, top: far, bottom: near }
    }
}

impl Side {
    fn add(&mut self, piece: &Piece) {
        self.pieces += 1.0;
        self.letters += f64::from(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        self.widths += piece.to - piece.from;
        self.from = self.from.min(piece.from);
        self.to = self.to.max(piece.to);
        self.top = self.top.min(piece.across - piece.size);
        self.bottom = self.bottom.max(piece.across);
    }

    /// Whether the pieces are lines of running text: several, long, and as wide as their column.
    fn is_text(&self) -> bool {
        self.pieces >= 4.0
            && self.letters / self.pieces >= 10.0
            && self.widths / self.pieces >= 0.4 * (self.to - self.from)
    }
}

/// Reads pieces row by row.
fn in_rows(mut pieces: Vec<Piece>, rows: &mut Vec<Row>) {
    pieces.sort_by(|one, other| one.across.total_cmp(&other.across));
    let mut row = Vec::<Piece>::new();
    let mut opens = true;
    for piece in pieces {
        let same =
            row.iter().max_by(|one, other| one.size.total_cmp(&other.size)).is_none_or(|main| {
                let overlap = main.across
                    - (piece.across - 0.75 * piece.size).max(main.across - 0.75 * main.size);
                // A row of two sizes shares its baseline; notes hang above, indices below it.
                overlap > 0.4 * main.size.min(piece.size)
                    && (piece.across - main.across).abs() < 0.6 * main.size.max(piece.size)
            });
        if !same {
            rows.extend(together(std::mem::take(&mut row), std::mem::take(&mut opens)));
        }
        row.push(piece);
    }
    rows.extend(together(row, opens));
}

/// One row of the pieces that share a baseline.
fn together(mut pieces: Vec<Piece>, opens: bool) -> Option<Row> {
    pieces.sort_by(|one, other| one.from.total_cmp(&other.from));
    let main = pieces.iter().max_by_key(|piece| piece.len())?;
    let (across, size) = (main.across, main.size);
    let from = pieces.iter().map(|piece| piece.from).min_by(f64::total_cmp)?;
    let to = pieces.iter().map(|piece| piece.to).max_by(f64::total_cmp)?;
    let mut units = Vec::new();
    for piece in pieces {
        let raised = piece.size < 0.85 * size && across - piece.across > 0.15 * size;
        if let Some(last) = units.last_mut() {
            let last: &mut Unit = last;
            last.spaced |= piece.from - last.to > 0.15 * size;
        }
        units.extend(
            piece.units.into_iter().map(|unit| Unit { raised: unit.raised || raised, ..unit }),
        );
    }
    let text = in_order(&units);
    (!text.is_empty()).then_some(Row { text, from, to, across, size, opens })
}

/// The side to which a letter is written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Left,
    Right,
    /// Digits, and the signs within numbers.
    Number,
    Neutral,
}

fn direction(character: char) -> Direction {
    match character {
        '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' => Direction::Number,
        '\u{590}'..='\u{5ff}'
        | '\u{600}'..='\u{7bf}'
        | '\u{860}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' => Direction::Left,
        _ if character.is_numeric() => Direction::Number,
        _ if character.is_alphabetic() => Direction::Right,
        _ => Direction::Neutral,
    }
}

/// A unit, or the space between two, with its direction.
type Step<'a> = (&'a str, Direction);

/// The text of units that stand from left to right, in the order in which it is read: the reverse of
/// what the bidirectional algorithm does (UAX 9), for the levels that occur in documents.
fn in_order(units: &[Unit]) -> String {
    let mut steps = Vec::<Step<'_>>::with_capacity(units.len() * 2);
    let mut before: Option<&Unit> = None;
    for unit in units {
        if before.is_some_and(|before| before.spaced || parts_note(before, unit)) {
            steps.push((" ", Direction::Neutral));
        }
        let main = unit.text.chars().map(direction).find(|main| *main != Direction::Neutral);
        steps.push((unit.text.as_str(), main.unwrap_or(Direction::Neutral)));
        before = Some(unit);
    }
    let count = |wanted| steps.iter().filter(|(_, direction)| *direction == wanted).count();
    let (left, right) = (count(Direction::Left), count(Direction::Right));
    if left == 0 {
        return steps.into_iter().map(|(text, _)| text).collect();
    }
    let ordered = if left >= right {
        steps.reverse();
        turned(&steps, |direction| matches!(direction, Direction::Right | Direction::Number))
    } else {
        turned(&steps, |direction| direction == Direction::Left)
    };
    ordered.concat()
}

/// `steps` with every run of those that `is_turned` reversed; what is neutral within a run goes along.
fn turned<'a>(steps: &[Step<'a>], is_turned: impl Fn(Direction) -> bool) -> Vec<&'a str> {
    let mut done = Vec::with_capacity(steps.len());
    let (mut run, mut neutral) = (Vec::new(), Vec::new());
    for (text, direction) in steps {
        if is_turned(*direction) {
            run.append(&mut neutral);
            run.push(*text);
        } else if *direction == Direction::Neutral && !run.is_empty() {
            neutral.push(*text);
        } else {
            done.extend(run.drain(..).rev());
            done.append(&mut neutral);
            done.push(*text);
        }
    }
    done.extend(run.drain(..).rev());
    done.append(&mut neutral);
    done
}

/// Whether the mark of a note stands close to a word: it is none of its letters.
fn parts_note(before: &Unit, unit: &Unit) -> bool {
    let letter = |unit: &Unit| unit.text.chars().all(char::is_alphabetic);
    before.raised != unit.raised
        && ((unit.raised && letter(before) && !letter(unit)) || (before.raised && letter(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, from: f64, across: f64) -> Piece {
        let mut at = from;
        let units = text.split(' ').map(|word| {
            let width = 5.0 * f64::from(u32::try_from(word.chars().count()).unwrap());
            let unit = Unit {
                text: word.to_owned(),
                from: at,
                to: at + width,
                spaced: true,
                raised: false,
            };
            at += width + 3.0;
            unit
        });
        let units = units.collect::<Vec<_>>();
        let to = units.last().unwrap().to;
        Piece { units, from, to, across, size: 10.0 }
    }

    fn texts(pieces: Vec<Piece>) -> Vec<String> {
        rows(pieces).into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn columns_are_read_one_after_the_other() {
        let mut page =
            vec![piece("A title that crosses the gutter of the page entirely here", 50.0, 50.0)];
        for row in 0..5_u32 {
            let across = 80.0 + 12.0 * f64::from(row);
            page.push(piece(&format!("left column line number {row}"), 50.0, across));
            page.push(piece(&format!("right column line number {row}"), 220.0, across));
        }
        page.push(piece("A foot that crosses the gutter of the page just as well", 50.0, 200.0));
        let found = texts(page);
        assert_eq!(found.len(), 12);
        assert!(found[0].starts_with("A title") && found[11].starts_with("A foot"), "{found:?}");
        assert!(found[1..6].iter().all(|text| text.starts_with("left")), "{found:?}");
        assert!(found[6..11].iter().all(|text| text.starts_with("right")), "{found:?}");
    }

    #[test]
    fn tables_are_read_row_by_row() {
        let mut table = Vec::new();
        for row in 0..6_u32 {
            let across = 80.0 + 12.0 * f64::from(row);
            table.push(piece(&format!("name {row}"), 50.0, across));
            table.push(piece(&format!("{row}"), 220.0, across));
        }
        assert_eq!(texts(table)[2], "name 2 2");
    }

    #[test]
    fn lines_from_right_to_left_are_read_so() {
        let row = |words: &[&str]| {
            let units = words.iter().map(|text| Unit {
                text: (*text).to_owned(),
                from: 0.0,
                to: 0.0,
                spaced: true,
                raised: false,
            });
            in_order(&units.collect::<Vec<_>>())
        };
        assert_eq!(row(&["ج", "ITU", "5G", "2026", "ب", "ا"]), "ا ب ITU 5G 2026 ج");
        assert_eq!(row(&["the", "ب", "ا", "word", "here"]), "the ا ب word here");
        assert_eq!(row(&["one", "two"]), "one two");
    }
}
