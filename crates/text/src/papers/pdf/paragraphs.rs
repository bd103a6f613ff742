//! Rows become paragraphs: hyphens at the end of rows are joined, heads and feet that every page
//! repeats are set aside.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::Row;

/// Rows at the top and at the bottom of a page that may be its head or foot.
const EDGE_ROWS: usize = 3;

/// A paragraph of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Paragraph {
    /// Its text in one line.
    pub(crate) text: String,
    /// The size of its font, in points.
    pub(crate) size: f64,
    /// The rows it has.
    pub(crate) rows: usize,
}

/// A page, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read {
    /// Its paragraphs in the order of reading.
    pub(crate) paragraphs: Vec<Paragraph>,
    /// Its head, its foot and its number.
    pub(crate) margin: Vec<String>,
}

/// The pages of a document, each given as its rows in the order of reading.
pub(crate) fn pages(pages: Vec<Vec<Row>>) -> Vec<Read> {
    let repeated = repeated(&pages);
    let known = words(&pages);
    let several = pages.len() > 1;
    let read = pages.into_iter().map(|rows| {
        let edges = edges(&rows);
        let mut margin = Vec::new();
        let mut body = Vec::with_capacity(rows.len());
        for (number, row) in rows.into_iter().enumerate() {
            let is_margin = edges.contains(&number)
                && (repeated.contains(&pattern(&row.text))
                    || (several && is_page_number(&row.text)));
            if is_margin { margin.push(row.text) } else { body.push(row) }
        }
        if letters(body.iter().map(|row| row.text.as_str()))
            < letters(margin.iter().map(String::as_str))
        {
            // What is nearly all of a page is not its margin: slides, forms, pages that are alike.
            let all = std::mem::take(&mut margin).into_iter();
            let all = all.map(|text| Paragraph { text, size: 0.0, rows: 1 });
            let all = all.chain(paragraphs(&body, &known)).collect();
            return Read { paragraphs: all, margin };
        }
        Read { paragraphs: paragraphs(&body, &known), margin }
    });
    read.collect()
}

fn letters<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().filter(|c| c.is_alphabetic()).count()).sum()
}

/// Where the rows stand that are highest and lowest on the page.
fn edges(rows: &[Row]) -> BTreeSet<usize> {
    let mut order = rows.iter().enumerate().collect::<Vec<_>>();
    order.sort_by(|(_, one), (_, other)| one.across.total_cmp(&other.across));
    let numbers = order.into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    let highest = numbers.iter().take(EDGE_ROWS);
    highest.chain(numbers.iter().rev().take(EDGE_ROWS)).copied().collect()
}

/// Rows at the edges that at least three pages and a third of all have, but for their numbers.
fn repeated(pages: &[Vec<Row>]) -> BTreeSet<String> {
    let mut counts = BTreeMap::<String, usize>::new();
    for rows in pages {
        let edges = edges(rows);
        let rows = rows.iter().enumerate().filter(|(number, _)| edges.contains(number));
        for pattern in rows.map(|(_, row)| pattern(&row.text)).collect::<BTreeSet<_>>() {
            *counts.entry(pattern).or_default() += 1;
        }
    }
    let enough = |count: usize| count >= 3 && count * 3 >= pages.len();
    counts.into_iter().filter(|(_, count)| enough(*count)).map(|(pattern, _)| pattern).collect()
}

/// A row with each number as one sign, so that heads with page numbers are alike.
fn pattern(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars() {
        if character.is_numeric() {
            if !pattern.ends_with('#') {
                pattern.push('#');
            }
        } else if !character.is_whitespace() {
            pattern.extend(character.to_lowercase());
        }
    }
    pattern
}

/// `12`, `- 12 -`, `Page 3 of 9`.
fn is_page_number(text: &str) -> bool {
    let pattern = pattern(text);
    let bare = pattern.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
    matches!(bare, "#" | "#/#" | "page#" | "page#of#" | "#of#" | "p.#" | "стр.#" | "página#")
        && text.chars().filter(|c| c.is_numeric()).count() <= 8
}

/// The words of a document but for those that end a row, in lower case: what shows how a word that
/// is parted at the end of a row is written.
fn words(pages: &[Vec<Row>]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for row in pages.iter().flatten() {
        let mut of_row = row.text.split_whitespace().collect::<Vec<_>>();
        of_row.pop();
        let bare = of_row.into_iter().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        words.extend(bare.filter(|word| word.len() > 3).map(str::to_lowercase));
    }
    words
}

fn paragraphs(rows: &[Row], known: &BTreeSet<String>) -> Vec<Paragraph> {
    let leading = leading(rows);
    let mut done = Vec::<Paragraph>::new();
    let mut before: Option<&Row> = None;
    for row in rows {
        match (before, done.last_mut()) {
            (Some(before), Some(open)) if goes_on(before, row, leading) => {
                join(&mut open.text, &row.text, known);
                open.rows += 1;
            }
            _ => done.push(Paragraph { text: row.text.clone(), size: row.size, rows: 1 }),
        }
        before = Some(row);
    }
    for paragraph in &mut done {
        if paragraph.text.contains('\u{ad}') {
            paragraph.text.retain(|c| c != '\u{ad}');
        }
    }
    done
}

/// The usual distance from row to row, in sizes of the font.
fn leading(rows: &[Row]) -> f64 {
    let steps = rows.iter().zip(rows.iter().skip(1)).filter(|(_, next)| !next.opens);
    let mut steps = steps
        .map(|(one, next)| (next.across - one.across) / one.size.max(1.0))
        .filter(|step| *step > 0.8 && *step < 2.5)
        .collect::<Vec<_>>();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied().unwrap_or(1.2)
}

/// Whether a row is in the same paragraph as the row before it.
fn goes_on(before: &Row, row: &Row, leading: f64) -> bool {
    let alike = (before.size - row.size).abs() < 0.12 * before.size.max(row.size);
    let starts_small =
        row.text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase);
    let ends = before.text.trim_end().ends_with(['.', '!', '?', ':', '。', '！', '？', '؟', '：']);
    if row.opens {
        // A sentence goes on in the next column.
        return alike && starts_small && !ends;
    }
    let step = (row.across - before.across) / before.size.max(1.0);
    let near = step < (1.25 * leading).max(1.3) + 0.1 && step > -0.5;
    let bullet = row.text.starts_with(['•', '◦', '▪', '■', '●', '–', '—', '·', '►', '✓']);
    // Where the text runs to the left, lines begin on the right.
    let to_left = super::rows::is_to_left(&row.text);
    let (indent, short) = if to_left {
        (before.to - row.to, row.from - before.from)
    } else {
        (row.from - before.from, row.to - before.to)
    };
    let indented =
        indent > 0.9 * row.size && !starts_small && (ends || short.abs() < 3.0 * row.size);
    let stopped = ends
        && (if to_left { before.from - row.from } else { row.to - before.to }) > 4.0 * row.size;
    alike && near && !bullet && !indented && !stopped
}

/// Adds a row to a paragraph.
fn join(text: &mut String, row: &str, known: &BTreeSet<String>) {
    let first = row.chars().next();
    if let Some(stem) = text.strip_suffix(['-', '\u{2010}', '\u{ad}']) {
        let head = stem.rsplit(char::is_whitespace).next().unwrap_or_default();
        let tail = row.split(char::is_whitespace).next().unwrap_or_default();
        if head.chars().next_back().is_some_and(char::is_alphabetic)
            && first.is_some_and(char::is_alphabetic)
        {
            if is_one_word(head, tail, text.ends_with('\u{ad}'), known) {
                text.pop();
            }
            text.push_str(row);
            return;
        }
    }
    let both_east_asian =
        text.chars().next_back().is_some_and(is_east_asian) && first.is_some_and(is_east_asian);
    if !both_east_asian && !text.ends_with(' ') {
        text.push(' ');
    }
    text.push_str(row);
}

/// Whether the hyphen between two halves is there only because the row ended.
fn is_one_word(head: &str, tail: &str, soft: bool, known: &BTreeSet<String>) -> bool {
    if soft {
        return true;
    }
    let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let (first, second) = (bare(head), bare(tail));
    if known.contains(&format!("{first}{second}")) {
        return true;
    }
    if known.contains(&format!("{first}-{second}")) || first.contains('-') {
        return false;
    }
    tail.chars().next().is_some_and(char::is_lowercase)
}

const fn is_east_asian(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}'
        | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, across: f64) -> Row {
        Row { text: text.to_owned(), from: 50.0, to: 300.0, across, size: 10.0, opens: false }
    }

    fn texts(read: &Read) -> Vec<&str> {
        read.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect()
    }

    #[test]
    fn words_parted_by_the_end_of_a_row_are_whole() {
        let read = pages(vec![vec![
            row("This is state-of-the-art informa-", 100.0),
            row("tion about well-known things of state-of-the-", 112.0),
            row("art, a docu\u{ad}", 124.0),
            row("ment", 136.0),
            row("A new paragraph.", 180.0),
        ]]);
        assert_eq!(
            texts(&read[0]),
            [
                "This is state-of-the-art information about well-known things of state-of-the-art, a document",
                "A new paragraph."
            ]
        );
    }

    #[test]
    fn chinese_rows_join_without_a_space() {
        let read = pages(vec![vec![row("国际电信联", 100.0), row("盟是机构", 112.0)]]);
        assert_eq!(texts(&read[0]), ["国际电信联盟是机构"]);
    }

    #[test]
    fn heads_and_page_numbers_are_set_aside() {
        let page = |number: usize| {
            let mut rows = vec![row("Report on connectivity", 20.0)];
            rows.extend((0..8_usize).map(|line| {
                row(
                    &"axbxc".repeat(line + 9 * number),
                    100.0 + 12.0 * f64::from(u32::try_from(line).unwrap()),
                )
            }));
            rows.push(row(&number.to_string(), 800.0));
            rows
        };
        let read = pages((1..5).map(page).collect());
        assert_eq!(read[2].margin, ["Report on connectivity", "3"]);
        assert!(texts(&read[2])[0].starts_with("axbxc"), "{:?}", read[2]);
    }
}
