//! What is wrong with a file, said so that its editor can mend it.

use std::fmt;

/// Something that keeps the folder from being published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or folder, relative to the content folder.
    pub file: String,
    /// The line, from 1; `None` when it is the file as a whole.
    pub line: Option<usize>,
    /// What is wrong, in a clause.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.file, self.what),
            None => write!(formatter, "{}: {}", self.file, self.what),
        }
    }
}

/// Problems of one file, as they are found.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    file: &'a str,
    found: &'a mut Vec<Problem>,
}

impl<'a> Problems<'a> {
    /// Adds what is found in `file` to `found`.
    pub(crate) const fn of(file: &'a str, found: &'a mut Vec<Problem>) -> Self {
        Self { file, found }
    }

    /// Adds a problem of a line.
    pub(crate) fn add(&mut self, line: usize, what: impl Into<String>) {
        self.found.push(Problem {
            file: self.file.to_owned(),
            line: Some(line),
            what: what.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_shown_as_compilers_show_them() {
        let mut problem = Problem {
            file: "a/b/index.en.md".to_owned(),
            line: Some(3),
            what: "is wrong".to_owned(),
        };
        assert_eq!(problem.to_string(), "a/b/index.en.md:3: is wrong");
        problem.line = None;
        assert_eq!(problem.to_string(), "a/b/index.en.md: is wrong");
    }
}
