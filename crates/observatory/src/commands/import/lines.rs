//! Lines of a file that may be as large as it likes: each has its number and a limit.

use std::io::{self, BufRead};

/// Longest line, in bytes: 1 MiB, a book of 150,000 words.
const MAX_LINE: usize = 1 << 20;

/// A line that is not empty.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number, from 1; empty lines are counted too.
    pub(super) number: u64,
    /// What stands in it; `None` when that is more than the limit.
    pub(super) bytes: Option<Vec<u8>>,
}

/// Reads line by line.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, number: 0, bytes: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line that is not empty; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some(line) = self.any()? else { return Ok(None) };
            let is_empty = |bytes: &Vec<u8>| bytes.iter().all(u8::is_ascii_whitespace);
            if !line.bytes.as_ref().is_some_and(is_empty) {
                return Ok(Some(line));
            }
        }
    }

    fn any(&mut self) -> io::Result<Option<Line>> {
        let mut kept: Option<Vec<u8>> = Some(Vec::new());
        let mut has_any = false;
        loop {
            let ahead = self.reader.fill_buf()?;
            if ahead.is_empty() {
                break;
            }
            has_any = true;
            let end = ahead.iter().position(|byte| *byte == b'\n');
            let part = ahead.get(..end.unwrap_or(ahead.len())).unwrap_or_default();
            // A line beyond the limit is passed over without being kept.
            match &mut kept {
                Some(line) if line.len() + part.len() <= MAX_LINE => line.extend(part),
                _ => kept = None,
            }
            let taken = part.len() + usize::from(end.is_some());
            self.reader.consume(taken);
            self.bytes += taken as u64;
            if end.is_some() {
                break;
            }
        }
        self.number += u64::from(has_any);
        Ok(has_any.then_some(Line { number: self.number, bytes: kept }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_passed_over() {
        let long = "x".repeat(MAX_LINE + 1);
        let text = format!("a\n\n{long}\nb");
        let mut lines = Lines::new(io::BufReader::with_capacity(7, text.as_bytes()));
        let mut all = Vec::new();
        while let Some(line) = lines.next().expect("memory is read") {
            all.push((line.number, line.bytes.map(|bytes| bytes.len())));
        }
        assert_eq!(all, [(1, Some(1)), (3, None), (4, Some(1))]);
        assert_eq!(lines.bytes(), text.len() as u64);
    }
}
