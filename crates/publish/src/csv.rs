//! Tables as comma-separated values (RFC 4180), for people who open them in a spreadsheet.

/// What a file begins with so that every spreadsheet reads it as UTF-8: without it the usual one takes
/// Arabic, Chinese and Cyrillic for the letters of Western Europe.
const MARK: char = '\u{feff}';

/// The table: a line of names, then one for each row, each ended by CR LF.
///
/// A cell that a spreadsheet would take for a formula begins with an apostrophe instead
/// (OWASP, CSV Injection), and no cell holds control characters or ends of lines.
pub fn csv<const COLUMNS: usize>(
    names: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = String::from(MARK);
    line(&mut table, names);
    for row in rows {
        line(&mut table, row.each_ref().map(String::as_str));
    }
    table
}

fn line<const COLUMNS: usize>(table: &mut String, cells: [&str; COLUMNS]) {
    for (cell, index) in cells.into_iter().zip(0_usize..) {
        if index > 0 {
            table.push(',');
        }
        table.push_str(&quoted(&harmless(cell)));
    }
    table.push_str("\r\n");
}

/// A cell that is text for every spreadsheet.
fn harmless(cell: &str) -> String {
    let line: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // What cannot be seen is left out by some before they look for a formula.
    let is_unseen = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let begins_formula = line
        .trim_start_matches(is_unseen)
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    // A tab or an end of line at the beginning is dangerous by itself, and is a space by now.
    let began_with_control = cell.starts_with(char::is_control);
    if begins_formula || began_with_control { format!("'{line}") } else { line }
}

/// A cell in quotes, where it needs them.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\'']) || cell.starts_with(' ') || cell.ends_with(' ') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rows of a table, read by the rules of RFC 4180 alone.
    fn read(table: &str) -> Vec<Vec<String>> {
        let mut rows = vec![];
        let mut row = vec![];
        let mut cell = String::new();
        let mut inside = false;
        let mut characters = table.strip_prefix(MARK).unwrap().chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if inside && characters.peek() == Some(&'"') => {
                    cell.push('"');
                    characters.next();
                }
                '"' => inside = !inside,
                ',' if !inside => row.push(std::mem::take(&mut cell)),
                '\r' if !inside => {
                    assert_eq!(characters.next(), Some('\n'));
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                other => cell.push(other),
            }
        }
        assert!(!inside && row.is_empty() && cell.is_empty(), "the last line has its end");
        rows
    }

    #[test]
    fn cells_are_read_back() {
        let row = ["a,b", "say \"no\"", "لا، 数字"].map(str::to_owned);
        let table = csv(["one", "two", "three"], [row.clone()]);
        assert_eq!(table, "\u{feff}one,two,three\r\n\"a,b\",\"say \"\"no\"\"\",لا، 数字\r\n");
        assert_eq!(read(&table)[1], row);
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in [
            "=1+1",
            "+1",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\tx",
            "  =HYPERLINK(\"http://x\",\"y\")",
            "\u{200b}=1",
            "\u{202e}=1",
            "＝1",
        ] {
            let table = csv(["a"], [[cell.to_owned()]]);
            let read = read(&table);
            assert!(read[1][0].starts_with('\''), "{cell:?}: {table:?}");
            assert!(table.contains("\n\"'"), "{table:?}");
        }
        for cell in ["", "a=b", "2026-11-25", "https://example.org/?a=b"] {
            assert_eq!(harmless(cell), cell);
        }
    }

    proptest! {
        #[test]
        fn any_cells_are_a_table(cells in proptest::collection::vec(any::<[String; 2]>(), 0..4)) {
            let rows = read(&csv(["a", "b"], cells.clone()));
            prop_assert_eq!(rows.len(), cells.len() + 1);
            for (row, cells) in rows.iter().skip(1).zip(&cells) {
                prop_assert_eq!(row.len(), 2);
                prop_assert_eq!(&row[0], &harmless(&cells[0]));
                prop_assert!(!row[0].starts_with(['=', '+', '-', '@', '\t', '\r']));
            }
        }
    }
}
